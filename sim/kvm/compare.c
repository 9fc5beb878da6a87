/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/compare.h"

#include "kvm/kvm_replayer.h"
#include "vm/sim_replayer.h"

#define DEADLINE_MS 20000

static void widen(struct span *s, int64_t v, unsigned runs)
{
	if (!runs || v < s->min)
		s->min = v;
	if (!runs || v > s->max)
		s->max = v;
}

static bool is_exact(unsigned id)
{
	return counter_info[id].truth == COUNTER_EXACT;
}

/* In everything EXACT that both have. */
static bool agree(const struct measured *a, const struct measured *b)
{
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (is_exact(i) && a->have[i] && b->have[i] && a->value[i] != b->value[i])
			return false;
	return a->dirty_pages == b->dirty_pages;
}

static void add_kind(struct truth *t, const struct measured *m)
{
	unsigned i = 0;

	while (i < t->n_kinds && !agree(&t->kind[i].m, m))
		i++;
	if (i == RUN_KINDS)
		return;
	if (i == t->n_kinds)
		t->kind[t->n_kinds++] = (struct run_kind){ .m = *m };
	t->kind[i].runs++;
}

void compare_add(struct truth *t, const struct measured *m)
{
	add_kind(t, m);
	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		widen(&t->value[i], m->value[i], t->runs);
		t->have[i] = m->have[i];
	}
	widen(&t->dirty_pages, (int64_t)m->dirty_pages, t->runs);
	t->runs++;
}

int compare_make_simulator(struct subject *s, const struct stand_in *who,
			   const struct machine *machine, struct replayer *r,
			   struct sim_error *err)
{
	struct vm_config cfg = { .technique = who->technique,
				 .machine = *machine,
				 .host = *subject_host(s),
				 .mmu = { .tdp_levels = 4,
					  .use_vpid = machine->has_vpid,
					  .shadow_quota = subject_quota(s),
					  .kvm_version = who->kvm_version,
					  .no_mmio_caching = who->no_mmio_caching,
					  .leave_unsync_children =
						  who->leave_unsync_children } };

	return sim_replayer_create(r, &cfg, subject_meta(s), err);
}

int compare_make_kvm(struct subject *s, const char *device, struct replayer *r,
		     struct sim_error *err)
{
	struct kvm_config cfg = { .device = device,
				  .host = *subject_host(s),
				  .shadow_quota = subject_quota(s),
				  .deadline_ms = DEADLINE_MS };
	const struct encode_style style = { .rounds = 1, .is_ordered = true };
	int rc = kvm_replayer_create(r, &cfg, subject_meta(s), err);

	if (!rc)
		kvm_replayer_set_style(r, &style);
	return rc;
}

int compare_run(struct subject *s, struct replayer *r, struct measured *m,
		struct sim_error *err)
{
	int rc = subject_run(s, r, m, err);

	r->ops->destroy(r->self);
	return rc;
}

/* The kind that came most often; of several, the one that the simulator agrees with. NULL: a recording, or runs that
 * never came twice. */
static const struct run_kind *usual_kind(const struct truth *t,
					 const struct measured *simulator)
{
	const struct run_kind *best = NULL;

	for (unsigned i = 0; i < t->n_kinds; i++) {
		const struct run_kind *k = &t->kind[i];

		if (!best || k->runs > best->runs ||
		    (k->runs == best->runs && agree(&k->m, simulator)))
			best = k;
	}
	return best && (best->runs > 1 || t->n_kinds == 1) ? best : NULL;
}

/* All runs say what the simulator says, or it came twice. */
static bool is_settled(const struct truth *t, const struct measured *simulator)
{
	for (unsigned i = 0; i < t->n_kinds; i++)
		if (agree(&t->kind[i].m, simulator))
			return t->n_kinds == 1 || t->kind[i].runs > 1;
	return false;
}

int compare_measure(struct subject *s, const char *device, const struct measured *simulator,
		    unsigned runs, struct truth *t, struct sim_error *err)
{
	unsigned most = runs + COMPARE_MORE_RUNS;
	int rc = 0;

	while (!rc && (t->runs < runs || (t->runs < most && !is_settled(t, simulator)))) {
		struct replayer kvm;
		struct measured m;

		rc = compare_make_kvm(s, device, &kvm, err);
		if (!rc)
			rc = compare_run(s, &kvm, &m, err);
		if (!rc)
			compare_add(t, &m);
	}
	return rc;
}

/* --- judgement --- */

int64_t compare_difference(const struct compare_line *l)
{
	if (l->verdict != COMPARE_SHOWN)
		return l->simulator - l->judged;
	if (l->simulator < l->kvm.min)
		return l->simulator - l->kvm.min;
	return l->simulator > l->kvm.max ? l->simulator - l->kvm.max : 0;
}

static void add_line(struct comparison *c, const char *name, struct span kvm, int64_t simulator)
{
	struct compare_line *l = &c->line[c->n++];

	*l = (struct compare_line){ .name = name,
				    .kvm = kvm,
				    .judged = kvm.min,
				    .simulator = simulator,
				    .verdict = COMPARE_SHOWN };
}

/* judged: KVM's value; NULL: no run came twice, so that only a counter that never varied can be equal. */
static void judge_line(struct comparison *c, const int64_t *judged)
{
	struct compare_line *l = &c->line[c->n - 1];
	bool varies = l->kvm.min != l->kvm.max, same;

	if (judged)
		l->judged = *judged;
	same = l->judged == l->simulator && (judged || !varies);
	l->verdict = same ? COMPARE_EQUAL : COMPARE_DIFFERS;
	c->n_exact++;
	c->n_differ += !same;
	c->n_vary += varies;
}

void compare_judge(struct comparison *c, const struct truth *t,
		   const struct measured *simulator)
{
	const struct run_kind *usual = usual_kind(t, simulator);
	int64_t dirty = usual ? (int64_t)usual->m.dirty_pages : 0;

	*c = (struct comparison){ .n = 0 };
	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		if (!t->have[i] || !simulator->have[i] || counter_info[i].truth == COUNTER_OURS)
			continue;
		add_line(c, counter_info[i].name, t->value[i], simulator->value[i]);
		if (is_exact(i))
			judge_line(c, usual ? &usual->m.value[i] : NULL);
	}
	add_line(c, "dirty_pages", t->dirty_pages, (int64_t)simulator->dirty_pages);
	judge_line(c, usual ? &dirty : NULL);
}
