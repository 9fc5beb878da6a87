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

void compare_add(struct truth *t, const struct measured *m)
{
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

/* --- judgement --- */

int64_t compare_difference(const struct compare_line *l)
{
	if (l->simulator < l->kvm.min)
		return l->simulator - l->kvm.min;
	return l->simulator > l->kvm.max ? l->simulator - l->kvm.max : 0;
}

static void add_line(struct comparison *c, const char *name, struct span kvm, int64_t simulator)
{
	struct compare_line *l = &c->line[c->n++];

	*l = (struct compare_line){ .name = name, .kvm = kvm, .simulator = simulator };
}

static void judge_line(struct comparison *c)
{
	struct compare_line *l = &c->line[c->n - 1];
	bool same = l->kvm.min == l->kvm.max && l->kvm.min == l->simulator;

	l->verdict = same ? COMPARE_EQUAL : COMPARE_DIFFERS;
	c->n_exact++;
	c->n_differ += !same;
}

void compare_judge(struct comparison *c, const struct truth *t,
		   const struct measured *simulator)
{
	*c = (struct comparison){ .n = 0 };
	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		if (!t->have[i] || !simulator->have[i] || counter_info[i].truth == COUNTER_OURS)
			continue;
		add_line(c, counter_info[i].name, t->value[i], simulator->value[i]);
		if (counter_info[i].truth == COUNTER_EXACT)
			judge_line(c);
		else
			c->line[c->n - 1].verdict = COMPARE_SHOWN;
	}
	add_line(c, "dirty_pages", t->dirty_pages, (int64_t)simulator->dirty_pages);
	judge_line(c);
}
