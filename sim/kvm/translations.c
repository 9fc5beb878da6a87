/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/translations.h"

#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "kvm/kvm_replayer.h"
#include "vm/payload.h"

/* Pages whose number the guest is to read. */
struct numbers {
	uint64_t *gva, *gfn, *read;
	size_t n, cap_gva, cap_gfn, cap_read;
};

/* A replayer that drives two others and compares after each batch. */
struct pair {
	struct replayer kvm, simulator;
	struct map to_simulator, to_kvm; /* host frames */
	struct map touched;		 /* page -> 1, in this batch */
	struct map seen;		 /* page ^ address space -> 1, ever */
	struct map tables; /* frames that have been page tables: no number there */
	struct numbers numbers;
	bool wants_numbers, is_numbered;
	uint64_t cr3;
	struct translations *t;
};

static void differs(struct translations *t, uint64_t *count, uint64_t gva)
{
	if (!translations_mismatches(t))
		t->first = gva;
	(*count)++;
}

/* --- what the guest reads --- */

static int add_number(struct pair *p, uint64_t gva, uint64_t gfn, struct sim_error *err)
{
	struct numbers *x = &p->numbers;

	if (!p->is_numbered || map_get(&p->tables, gfn, NULL))
		return 0;
	if (sim_grow((void **)&x->gva, &x->cap_gva, x->n, sizeof(*x->gva)) ||
	    sim_grow((void **)&x->gfn, &x->cap_gfn, x->n, sizeof(*x->gfn)) ||
	    sim_grow((void **)&x->read, &x->cap_read, x->n, sizeof(*x->read)))
		return sim_fail_nomem(err);
	x->gva[x->n] = gva | KVM_TAG_OFFSET;
	x->gfn[x->n++] = gfn;
	return 0;
}

static int read_numbers(struct pair *p, struct sim_error *err)
{
	struct numbers *x = &p->numbers;
	int rc = x->n ? kvm_replayer_read(&p->kvm, x->gva, x->n, x->read, err) : 0;

	for (size_t i = 0; !rc && i < x->n; i++) {
		p->t->read++;
		if (x->read[i] != x->gfn[i])
			differs(p->t, &p->t->number, x->gva[i]);
	}
	x->n = 0;
	return rc;
}

static int note_tables(struct pair *p, const struct batch *b, struct sim_error *err)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct event *e;

		if ((b->op[i] & OP_KIND) != OP_EVENT)
			continue;
		e = &b->event[b->gva[i]];
		if (e->kind == EVENT_CR3)
			p->cr3 = e->value;
		if (e->kind == EVENT_PTPAGE && map_put(&p->tables, e->gpa >> PAGE_SHIFT, 1))
			return sim_fail_nomem(err);
	}
	return 0;
}

/* --- places --- */

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
	int rc;

	if (!kvm->hpa.v) {
		p->t->hidden++;
		return 0;
	}
	rc = same_frame(&p->to_simulator, a, b, &same, err);
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
	int rc;

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
	rc = add_number(p, gva, kvm->gpa.v >> PAGE_SHIFT, err);
	return rc ? rc : compare_hpa(p, gva, kvm, simulator, err);
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

static int pair_run(void *self, const struct batch *b, struct sim_error *err)
{
	struct pair *p = self;
	int rc = p->kvm.ops->run(p->kvm.self, b, err);

	if (!rc)
		rc = p->simulator.ops->run(p->simulator.self, b, err);
	if (!rc)
		rc = note_tables(p, b, err);
	if (!rc && p->wants_numbers && !p->is_numbered) {
		rc = kvm_replayer_tag(&p->kvm, err);
		p->is_numbered = true;
	}
	if (!rc)
		rc = look_up_touched(p, b, err);
	return rc ? rc : read_numbers(p, err);
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
	map_fini(&p->tables);
	sim_free(p->numbers.gva);
	sim_free(p->numbers.gfn);
	sim_free(p->numbers.read);
}

int translations_check(struct subject *s, const struct stand_in *who,
		       const struct machine *machine, const char *device,
		       struct translations *t, struct sim_error *err)
{
	static const struct replayer_ops ops = { .run = pair_run };
	struct pair p = { .t = t, .wants_numbers = subject_host(s)->prepopulated };
	struct replayer both = { &ops, &p };
	int rc = compare_make_kvm(s, device, &p.kvm, err);

	*t = (struct translations){ .pages = 0 };
	if (rc)
		return rc;
	map_init(&p.to_simulator);
	map_init(&p.to_kvm);
	map_init(&p.touched);
	map_init(&p.seen);
	map_init(&p.tables);
	rc = compare_make_simulator(s, who, machine, &p.simulator, err);
	if (!rc)
		rc = subject_run_by_space(s, &both, err);
	pair_fini(&p);
	return rc;
}
