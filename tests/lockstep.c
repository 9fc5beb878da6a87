/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lockstep_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/host_op.h"
#include "x86/ptformat.h"

int lockstep_disagree(struct lockstep *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why, s->why_size, fmt, ap);
	va_end(ap);
	return -1;
}

/* --- memory --- */

static int add_slot(struct lockstep *s, uint64_t gpa, uint64_t bytes)
{
	struct slot *slot = &s->slot[s->n_slot++];

	*slot = (struct slot){ .gfn = gpa >> 12, .n = bytes >> 12 };
	if (host_mmap(s->host, bytes, gpa_make(gpa), &slot->hva, NULL))
		return lockstep_disagree(s, "the oracle's host has no memory");
	return 0;
}

const struct slot *lockstep_slot(const struct lockstep *s, uint64_t gfn)
{
	for (unsigned i = 0; i < s->n_slot; i++)
		if (gfn - s->slot[i].gfn < s->slot[i].n)
			return &s->slot[i];
	return NULL;
}

/* What was stored there is gone with the memory. */
static int del_slot(struct lockstep *s, uint64_t gpa)
{
	unsigned i = 0;
	hva_t hva;

	while (s->slot[i].gfn != gpa >> 12)
		i++;
	for (unsigned k = 0; k < s->n_lane; k++)
		for (uint64_t f = 0; f < s->slot[i].n; f++)
			map_del(&s->lane[k].stored, s->slot[i].gfn + f);
	for (uint64_t f = 0; f < s->slot[i].n; f++)
		map_del(&s->reclaimed, s->slot[i].gfn + f);
	hva = s->slot[i].hva;
	s->slot[i] = s->slot[--s->n_slot];
	return host_munmap(s->host, hva, NULL)
		       ? lockstep_disagree(s, "the oracle's host lost a mapping")
		       : 0;
}

static struct host_mapping mapping_of(const struct lockstep *s, const struct slot *slot,
				      uint64_t gfn)
{
	return host_lookup(s->host, hva_make(slot->hva.v + ((gfn - slot->gfn) << 12)));
}

uint64_t lockstep_word(const struct lane *l, uint64_t gfn, unsigned index)
{
	const uint64_t *page = pages_get(&vm_mmu(l->vm)->guest, gfn);

	return page ? page[index] : 0;
}

/* --- is an answer explained by an outcome? --- */

static enum stored stored(const struct lane *l, uint64_t gfn)
{
	uint64_t value = STORED_NEVER;

	map_get(&l->stored, gfn, &value);
	return (enum stored)value;
}

/* Of the host's page of 4K or 2M that holds gfn: was any part of it stored to, perhaps? */
static enum stored stored_in_unit(const struct lockstep *s, const struct lane *l, uint64_t gfn,
				  unsigned level)
{
	uint64_t n = level_frames(level), first = gfn / n * n;
	enum stored most = STORED_NEVER;

	for (uint64_t i = first; i < first + n && most != STORED; i++)
		if (stored(l, i) == STORED)
			most = STORED;
		else if (stored(l, i) == STORED_PERHAPS || guest_was_table(s->guest, i))
			most = STORED_PERHAPS; /* a walk's look at a table may be a store too */
	return most;
}

/* A page that is made on demand is the shared zero page of its size until the first store. */
static bool is_right_frame(const struct lockstep *s, const struct lane *l,
			   const struct oracle_access *a, uint64_t gfn, uint64_t hfn)
{
	struct host_mapping h = mapping_of(s, lockstep_slot(s, gfn), gfn);
	bool is_made = s->cfg.host.prepopulated && !map_get(&s->reclaimed, gfn, NULL);
	uint64_t zero = h.level == LEVEL_4K ? ZERO_HFN : HUGE_ZERO_HFN + gfn % 512;
	enum stored how;

	if (is_made || h.level > LEVEL_2M || l->is_native || a->kind == ORACLE_STORE)
		return hfn == h.hfn.v;
	how = stored_in_unit(s, l, gfn, h.level);
	if (hfn == zero)
		return how != STORED;
	return hfn == h.hfn.v && how != STORED_NEVER;
}

static unsigned perm_of(unsigned perm)
{
	return (perm & ORACLE_W ? PERM_W : 0) | (perm & ORACLE_U ? PERM_U : 0) |
	       (perm & ORACLE_X ? PERM_X : 0);
}

/*
 * The TLB may hold no more than the guest's tables gave. KVM alone turns a page that the
 * kernel may write because CR0.WP is 0 into a writable page of the kernel's.
 */
static bool is_right_entry(const struct lockstep *s, const struct lane *l,
			   const struct oracle_outcome *o, const struct translation *t)
{
	unsigned extra = t->perm & ~perm_of(o->perm);

	if (t->level > o->level)
		return false;
	if (l->is_native)
		return t->perm == perm_of(o->perm);
	if (l->is_shadow && extra == PERM_W && !(t->perm & PERM_U))
		return !vm_mmu(l->vm)->vcpu[s->vcpu].paging.wp;
	return !extra;
}

static bool is_right_place(const struct lockstep *s, const struct lane *l,
			   const struct oracle_access *a, const struct oracle_outcome *o,
			   const struct vm_result *r)
{
	uint64_t gpa = o->gfn << 12 | (a->gva & 0xfff);

	if (o->is_fault)
		return r->status == FILL_FAULT && r->error_code == o->error_code;
	if (!lockstep_slot(s, o->gfn)) {
		if (l->is_native)
			return r->status == FILL_OK && r->hpa.v == gpa;
		return r->status == FILL_MMIO && r->gpa.v == gpa;
	}
	if (r->status == FILL_DONE) {
		if (!l->is_shadow || a->kind != ORACLE_STORE)
			return false;
	} else if (r->status != FILL_OK || !is_right_entry(s, l, o, &r->t)) {
		return false;
	}
	return (r->hpa.v & 0xfff) == (a->gva & 0xfff) &&
	       is_right_frame(s, l, a, o->gfn, r->hpa.v >> 12);
}

static bool has_bits(const struct lane *l, const struct oracle_outcome *o)
{
	for (unsigned i = 0; i < o->n_ref; i++) {
		const struct oracle_ref *ref = &o->ref[i];

		if (ref->must & ~lockstep_word(l, ref->gfn, ref->index))
			return false;
	}
	return true;
}

/* The first outcome from `from` on that explains the answer; legal->n: none does. */
static unsigned explain(const struct lockstep *s, const struct lane *l,
			const struct oracle_access *a, const struct oracle_legal *legal,
			unsigned from, const struct vm_result *r)
{
	unsigned i = from;

	while (i < legal->n &&
	       !((l->is_shadow || !legal->only_shadow[i]) &&
		 is_right_place(s, l, a, &legal->o[i], r) && has_bits(l, &legal->o[i])))
		i++;
	return i;
}

/* --- the sink --- */

static int check_word(struct lockstep *s, const struct lane *l, uint64_t gfn, unsigned index,
		      uint64_t may)
{
	uint64_t written = oracle_word(s->o, gfn, index), has = lockstep_word(l, gfn, index);

	may |= oracle_word_may(s->o, gfn, index);
	if (!(has & ~may) && !(written & ~has))
		return 0;
	return lockstep_disagree(s,
				 "%s: entry %" PRIx64 "[%u] is 0x%" PRIx64
				 ", written 0x%" PRIx64 ", may be 0x%" PRIx64,
				 l->name, gfn, index, has, written, may);
}

/* No bit was set that no legal way through the tables sets. */
static int check_words(struct lockstep *s, const struct lane *l,
		       const struct oracle_legal *legal)
{
	for (unsigned i = 0; i < legal->n; i++)
		for (unsigned k = 0; k < legal->o[i].n_ref; k++) {
			const struct oracle_ref *ref = &legal->o[i].ref[k];
			uint64_t may = 0;

			for (unsigned j = 0; j < legal->n; j++)
				for (unsigned m = 0; m < legal->o[j].n_ref; m++)
					if (legal->o[j].ref[m].gfn == ref->gfn &&
					    legal->o[j].ref[m].index == ref->index)
						may |= legal->o[j].ref[m].may;
			if (check_word(s, l, ref->gfn, ref->index, may))
				return -1;
		}
	return 0;
}

static int note_store(struct lockstep *s, struct lane *l, const struct oracle_legal *legal,
		      const struct oracle_outcome *done)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < legal->n; i++) {
		uint64_t gfn = legal->o[i].gfn;

		if (!legal->o[i].is_fault && lockstep_slot(s, gfn) && !stored(l, gfn))
			rc = map_put(&l->stored, gfn, STORED_PERHAPS);
	}
	if (!rc && !done->is_fault && lockstep_slot(s, done->gfn))
		rc = map_put(&l->stored, done->gfn, STORED);
	return rc ? lockstep_disagree(s, "out of memory") : 0;
}

static const char *what_is_wrong(const struct lockstep *s, const struct lane *l,
				 const struct oracle_access *a,
				 const struct oracle_legal *legal, const struct vm_result *r)
{
	for (unsigned i = 0; i < legal->n; i++)
		if (is_right_place(s, l, a, &legal->o[i], r))
			return "A/D bits";
	return "answer";
}

static int judge(struct lockstep *s, struct lane *l, const struct oracle_access *a,
		 struct oracle_legal *legal, unsigned n_walk, const struct vm_result *r)
{
	unsigned i = explain(s, l, a, legal, 0, r);

	if (i == legal->n && i == n_walk) {
		oracle_recall(s->o, s->vcpu, a, legal);
		i = explain(s, l, a, legal, i, r);
	}
	if (i == legal->n)
		return lockstep_unexplained(s, l, what_is_wrong(s, l, a, legal, r), a, legal,
					    r);
	s->n_stale += i > 0;
	if (a->kind == ORACLE_STORE && note_store(s, l, legal, &legal->o[i]))
		return -1;
	return check_words(s, l, legal);
}

static int access_lane(struct lockstep *s, struct lane *l, const struct oracle_access *a,
		       unsigned bytes, struct vm_result *r)
{
	struct access access = { .kind = (enum access_kind)a->kind, .user = a->user };
	struct sim_error err = { 0 };
	char text[96];

	if (!vm_access(l->vm, gva_make(a->gva), access, bytes, r, &err))
		return 0;
	lockstep_say_access(s, a, text, sizeof(text));
	return lockstep_disagree(s, "%s: %s: error: %s", text, l->name, err.text);
}

static int on_access(void *arg, const struct oracle_access *a, unsigned bytes,
		     struct oracle_legal *legal)
{
	struct lockstep *s = arg;
	unsigned n_fault = 0, n_walk = legal->n;

	s->n_access++;
	lockstep_say_step(s, a, bytes, legal);
	if (legal->overflowed || legal->met_unknown)
		return lockstep_disagree(s, "the guest broke its own rules: %s",
					 legal->overflowed ? "too many outcomes"
							   : "unknown table");
	for (unsigned i = 0; i < s->n_lane; i++) {
		struct vm_result r;

		if (access_lane(s, &s->lane[i], a, bytes, &r) ||
		    judge(s, &s->lane[i], a, legal, n_walk, &r))
			return -1;
		n_fault += r.status == FILL_FAULT;
	}
	return n_fault == s->n_lane ? GUEST_FAULTED : GUEST_DONE;
}

/* What the VMM's process writes is there for good. */
static int note_write(struct lockstep *s, struct lane *l, uint64_t gpa, uint64_t bytes)
{
	uint64_t last = (gpa + (bytes ? bytes - 1 : 0)) >> 12;
	int rc = 0;

	for (uint64_t gfn = gpa >> 12; gfn <= last && !rc; gfn++)
		if (lockstep_slot(s, gfn))
			rc = map_put(&l->stored, gfn, STORED);
	return rc;
}

static int on_event(void *arg, const struct event *e, const uint64_t *words)
{
	struct lockstep *s = arg;

	lockstep_say_event(s, e);
	if (e->kind == EVENT_VCPU)
		s->vcpu = e->vcpu;
	if (e->kind == EVENT_RAM_DEL && del_slot(s, e->gpa))
		return -1;
	if (e->kind == EVENT_RAM_ADD && add_slot(s, e->gpa, e->value))
		return -1;
	for (unsigned i = 0; i < s->n_lane; i++) {
		struct sim_error err = { 0 };

		if (vm_event(s->lane[i].vm, e, words, &err))
			return lockstep_disagree(s, "%s: %s: error: %s", event_name(e->kind),
						 s->lane[i].name, err.text);
		if (e->kind == EVENT_PTPAGE || e->kind == EVENT_DMA)
			if (note_write(s, &s->lane[i], e->gpa,
				       e->kind == EVENT_DMA ? e->n : PAGE_BYTES))
				return lockstep_disagree(s, "out of memory");
	}
	return 0;
}

static int reclaim_of(struct lockstep *s, struct lane *l, uint64_t gfn)
{
	const struct host_op op = { .kind = HOST_OP_DISCARD,
				    .gpa = gfn << PAGE_SHIFT,
				    .bytes = PAGE_BYTES };
	struct sim_error err = { 0 };

	if (vm_host_op(l->vm, &op, &err))
		return lockstep_disagree(s, "reclaim: %s: error: %s", l->name, err.text);
	map_del(&l->stored, gfn);
	return 0;
}

/* Pages of the host's own size only: a huge one would take others with it. */
static int on_reclaim(void *arg, uint64_t gfn)
{
	struct lockstep *s = arg;
	const struct slot *slot = lockstep_slot(s, gfn);

	if (!slot || mapping_of(s, slot, gfn).level > LEVEL_4K)
		return 0;
	if (s->flags & LOCKSTEP_VERBOSE)
		printf("#   host takes gfn 0x%" PRIx64 "\n", gfn);
	for (unsigned i = 0; i < s->n_lane; i++)
		if (reclaim_of(s, &s->lane[i], gfn))
			return -1;
	return map_put(&s->reclaimed, gfn, 1) ? lockstep_disagree(s, "out of memory") : 0;
}

/* --- making and ending --- */

static int make_lanes(struct lockstep *s, const struct trace_meta *meta)
{
	const struct mmu_ops *ops;
	struct vm_config cfg = { .machine = s->cfg.machine,
				 .host = s->cfg.host,
				 .mmu = s->cfg.mmu };

	for (; (ops = mmu_at(s->n_lane)) && s->n_lane < LANES_MAX; s->n_lane++) {
		struct lane *l = &s->lane[s->n_lane];
		struct sim_error err = { 0 };

		*l = (struct lane){ .name = ops->name,
				    .is_native = ops->frames_are_gfn,
				    .is_shadow = !strcmp(ops->name, "spt") };
		cfg.technique = ops->name;
		map_init(&l->stored);
		if (vm_create(&l->vm, &cfg, meta, &err))
			return lockstep_disagree(s, "%s: %s", ops->name, err.text);
	}
	return 0;
}

static int make(struct lockstep *s)
{
	struct guest_sink sink = {
		.arg = s, .event = on_event, .access = on_access, .reclaim = on_reclaim
	};
	struct trace_meta meta;

	guest_meta(&s->cfg.guest, &meta);
	if (host_create(&s->host, &s->cfg.host, NULL))
		return lockstep_disagree(s, "the oracle's host cannot be");
	for (unsigned i = 0; i < meta.n_ram; i++)
		if (add_slot(s, meta.ram[i].gpa, meta.ram[i].bytes))
			return -1;
	if (make_lanes(s, &meta))
		return -1;
	s->guest = guest_create(&s->cfg.guest, &sink);
	if (!s->guest)
		return -1;
	s->o = guest_oracle(s->guest);
	return 0;
}

struct lockstep *lockstep_create(const struct lockstep_config *cfg, unsigned flags, char *why,
				 size_t why_size)
{
	struct lockstep *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	map_init(&s->reclaimed);
	s->cfg = *cfg;
	s->flags = flags;
	s->why = why;
	s->why_size = why_size;
	if (make(s)) {
		lockstep_destroy(s);
		return NULL;
	}
	return s;
}

void lockstep_destroy(struct lockstep *s)
{
	if (!s)
		return;
	guest_destroy(s->guest);
	for (unsigned i = 0; i < LANES_MAX; i++) {
		vm_destroy(s->lane[i].vm);
		map_fini(&s->lane[i].stored);
	}
	host_destroy(s->host);
	map_fini(&s->reclaimed);
	free(s);
}

int lockstep_run(struct lockstep *s, const struct op *op)
{
	if (s->flags & LOCKSTEP_VERBOSE)
		printf("# %s 0x%x 0x%x 0x%x\n", guest_op_name(op), op->x, op->y, op->z);
	return guest_run(s->guest, op);
}

/* --- what always holds --- */

static int audit_table(struct lockstep *s, uint64_t gfn)
{
	uint64_t written[512], may[512];

	oracle_words(s->o, gfn, written, may);
	for (unsigned i = 0; i < s->n_lane; i++) {
		const uint64_t *page = pages_get(&vm_mmu(s->lane[i].vm)->guest, gfn);

		for (unsigned k = 0; k < 512; k++)
			if ((page[k] & ~may[k]) || (written[k] & ~page[k]))
				return check_word(s, &s->lane[i], gfn, k, 0);
	}
	return 0;
}

static int audit_counters(struct lockstep *s, const struct lane *l)
{
	const struct counters *c = vm_counters(l->vm);
	uint64_t misses = c->l1d_tlb_misses + c->l1i_tlb_misses;

	if (counters_sum_exits(c) != c->exits)
		return lockstep_disagree(s, "%s: %" PRIu64 " exits, their sum is %" PRIu64,
					 l->name, c->exits, counters_sum_exits(c));
	if (c->stlb_hits + c->stlb_misses != misses)
		return lockstep_disagree(
			s, "%s: %" PRIu64 " L1 misses, STLB %" PRIu64 " + %" PRIu64, l->name,
			misses, c->stlb_hits, c->stlb_misses);
	if (misses > c->loads + c->stores + c->fetches)
		return lockstep_disagree(s, "%s: more misses than accesses", l->name);
	return 0;
}

int lockstep_audit(struct lockstep *s)
{
	uint64_t gfn;

	for (unsigned i = 0; i < s->n_lane; i++)
		if (audit_counters(s, &s->lane[i]))
			return -1;
	for (unsigned i = 0; oracle_table_at(s->o, i, &gfn); i++)
		if (audit_table(s, gfn))
			return -1;
	return 0;
}

uint64_t lockstep_accesses(const struct lockstep *s)
{
	return s->n_access;
}

uint64_t lockstep_stale(const struct lockstep *s)
{
	return s->n_stale;
}

const struct counters *lockstep_counters(struct lockstep *s, unsigned i)
{
	return i < s->n_lane ? vm_counters(s->lane[i].vm) : NULL;
}
