/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/translations.h"

#include <string.h>

#include "base/map.h"
#include "vm/payload.h"

/* A replayer that drives two others and compares after each batch. */
struct pair {
	struct replayer kvm, simulator;
	struct map to_simulator, to_kvm; /* host frames */
	struct map touched;		 /* page -> 1, in this batch */
	struct map seen;		 /* page ^ address space -> 1, ever */
	uint64_t cr3;
	struct translations *t;
};

static bool differs(struct translations *t, uint64_t *count, uint64_t gva)
{
	if (!translations_mismatches(t))
		t->first = gva;
	(*count)++;
	return true;
}

/* Each frame of one side has met one of the other. */
static int same_frame(struct map *m, uint64_t from, uint64_t to, bool *same,
		      struct sim_error *err)
{
	uint64_t met;

	if (map_get(m, from, &met)) {
		*same = *same && met == to;
		return 0;
	}
	return map_put(m, from, to) ? sim_fail_nomem(err) : 0;
}

static int compare_hpa(struct pair *p, uint64_t gva, const struct place *kvm,
		       const struct place *simulator, struct sim_error *err)
{
	uint64_t a = kvm->hpa.v >> PAGE_SHIFT, b = simulator->hpa.v >> PAGE_SHIFT;
	bool same = true;
	int rc = same_frame(&p->to_simulator, a, b, &same, err);

	if (!rc)
		rc = same_frame(&p->to_kvm, b, a, &same, err);
	if (!same)
		differs(p->t, &p->t->hpa, gva);
	return rc;
}

static int compare_places(struct pair *p, uint64_t gva, const struct place *kvm,
			  const struct place *simulator, struct sim_error *err)
{
	struct translations *t = p->t;

	if (kvm->mapped != simulator->mapped) {
		differs(t, &t->one_side, gva);
		return 0;
	}
	if (!kvm->mapped) {
		t->unmapped++;
		return 0;
	}
	if (kvm->gpa.v != simulator->gpa.v) {
		differs(t, &t->gpa, gva);
		return 0;
	}
	if (kvm->offset != simulator->offset)
		differs(t, &t->offset, gva);
	return compare_hpa(p, gva, kvm, simulator, err);
}

static int note_seen(struct pair *p, uint64_t page, struct sim_error *err)
{
	uint64_t key = page ^ p->cr3 << 24;

	p->t->pages++;
	if (map_get(&p->seen, key, NULL))
		return 0;
	p->t->distinct++;
	return map_put(&p->seen, key, 1) ? sim_fail_nomem(err) : 0;
}

static int look_up(struct pair *p, uint64_t gva, struct sim_error *err)
{
	struct place kvm = { .mapped = false }, simulator = { .mapped = false };
	int rc = note_seen(p, gva >> PAGE_SHIFT, err);

	if (!rc)
		rc = p->kvm.ops->place(p->kvm.self, gva_make(gva), &kvm, err);
	if (!rc)
		rc = p->simulator.ops->place(p->simulator.self, gva_make(gva), &simulator, err);
	return rc ? rc : compare_places(p, gva, &kvm, &simulator, err);
}

/* Each page that the batch touched, once. */
static int look_up_touched(struct pair *p, const struct batch *b, struct sim_error *err)
{
	int rc = 0;

	map_fini(&p->touched);
	map_init(&p->touched);
	for (uint32_t i = 0; !rc && i < b->n; i++) {
		uint64_t page = b->gva[i] >> PAGE_SHIFT;

		if ((b->op[i] & OP_KIND) == OP_EVENT || payload_owns(b->gva[i]) ||
		    map_get(&p->touched, page, NULL))
			continue;
		if (map_put(&p->touched, page, 1))
			return sim_fail_nomem(err);
		rc = look_up(p, page << PAGE_SHIFT, err);
	}
	return rc;
}

static void note_cr3(struct pair *p, const struct batch *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		if ((b->op[i] & OP_KIND) == OP_EVENT && b->event[b->gva[i]].kind == EVENT_CR3)
			p->cr3 = b->event[b->gva[i]].value;
}

static int pair_run(void *self, const struct batch *b, struct sim_error *err)
{
	struct pair *p = self;
	int rc = p->kvm.ops->run(p->kvm.self, b, err);

	if (!rc)
		rc = p->simulator.ops->run(p->simulator.self, b, err);
	note_cr3(p, b);
	return rc ? rc : look_up_touched(p, b, err);
}

static void pair_fini(struct pair *p)
{
	if (p->kvm.ops)
		p->kvm.ops->destroy(p->kvm.self);
	if (p->simulator.ops)
		p->simulator.ops->destroy(p->simulator.self);
	map_fini(&p->to_simulator);
	map_fini(&p->to_kvm);
	map_fini(&p->touched);
	map_fini(&p->seen);
}

int translations_check(struct subject *s, const struct stand_in *who,
		       const struct machine *machine, const char *device,
		       struct translations *t, struct sim_error *err)
{
	static const struct replayer_ops ops = { .run = pair_run };
	struct pair p = { .t = t };
	struct replayer both = { &ops, &p };
	int rc = compare_make_kvm(s, device, &p.kvm, err);

	*t = (struct translations){ .pages = 0 };
	if (rc)
		return rc;
	map_init(&p.to_simulator);
	map_init(&p.to_kvm);
	map_init(&p.touched);
	map_init(&p.seen);
	rc = compare_make_simulator(s, who, machine, &p.simulator, err);
	if (!rc)
		rc = subject_run_by_space(s, &both, err);
	pair_fini(&p);
	return rc;
}
