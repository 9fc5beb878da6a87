/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page tables where two streams meet. */
#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "mem/guest_walk.h"
#include "vm/joiner_state.h"

#define STORE_8 ((uint8_t)(OP_STORE | 3u << OP_SIZE_SHIFT))
#define SUPERVISOR_STORE                                                                       \
	(struct access)                                                                        \
	{                                                                                      \
		ACCESS_STORE, false                                                            \
	}

/* --- a mapping of a frame --- */

/* A depth-first search of the present address space. */
struct search {
	const struct pages *tables;
	struct paging mode;
	uint64_t gfn; /* wanted */
	uint64_t gva; /* found: of its page */
};

static uint64_t canonical(uint64_t gva, unsigned levels)
{
	unsigned spare = 64 - level_shift(levels + 1);

	return (uint64_t)((int64_t)(gva << spare) >> spare);
}

static bool leaf_has(const struct search *f, uint64_t pte, unsigned level)
{
	return f->gfn - pte_frame(pte, level) < level_frames(level);
}

static bool is_way(const struct search *f, uint64_t pte, unsigned level)
{
	return (pte & PTE_P) && ((pte & PTE_W) || !f->mode.wp) &&
	       !pte_reserved(pte, level, &f->mode);
}

/* Recursion ends at level 1. */
static bool find_below(struct search *f, uint64_t table, unsigned level, uint64_t gva)
{
	const uint64_t *page = pages_get(f->tables, table);

	for (unsigned i = 0; page && i < 512; i++) {
		uint64_t here = gva | (uint64_t)i << level_shift(level), pte = page[i];

		if (!is_way(f, pte, level))
			continue;
		if (!pte_is_leaf(pte, level)) {
			if (find_below(f, pte_frame(pte, 1), level - 1, here))
				return true;
		} else if (leaf_has(f, pte, level)) {
			f->gva = canonical(here, f->mode.levels) +
				 ((f->gfn - pte_frame(pte, level)) << PAGE_SHIFT);
			return true;
		}
	}
	return false;
}

/* --- stores that must have been made --- */

static int find_mapping(struct joiner *j, uint64_t gfn, uint64_t *gva, struct sim_error *err)
{
	const struct regs *r = stream_state_regs(&j->s);
	struct search f = { .tables = &j->s.tables, .mode = paging_of(r), .gfn = gfn };
	struct guest_walk w;

	if (f.mode.levels && find_below(&f, cr3_frame(r->cr3), f.mode.levels, 0)) {
		guest_walk(&j->s.tables, r->cr3, &f.mode, gva_make(f.gva), SUPERVISOR_STORE, 0,
			   &w);
		if (w.status == GUEST_WALK_OK && w.gfn.v == gfn) {
			*gva = f.gva;
			return 0;
		}
	}
	return sim_fail(err, SIM_ESTATE, NULL,
			"the page table at gpa 0x%" PRIx64
			" is not what it was where the trace before ends, and nothing maps it "
			"there for the guest to write to: a part is missing in between that "
			"cannot be made up",
			gfn << PAGE_SHIFT);
}

static int put_store(struct joiner *j, uint64_t gva, uint64_t gfn, struct sim_error *err)
{
	struct trace_access a = { .op = STORE_8,
				  .gva = gva_make(gva),
				  .frame = j->has_frames ? gfn : FRAME_NONE };

	j->counts.records++;
	j->counts.stores++;
	return trace_writer_access(j->w, &a, err);
}

enum tell { TELL_WRITES, TELL_NOTHING };

/* Stores the entries of `to` that differ from `from`. */
static int rewrite(struct joiner *j, uint64_t gfn, const uint64_t *from, const uint64_t *to,
		   enum tell tell, uint64_t *n, struct sim_error *err)
{
	uint64_t gva = 0, was[512];
	int rc = 0;

	memcpy(was, from, sizeof(was)); /* the writes change `from` */
	for (unsigned i = 0; !rc && i < 512; i++) {
		struct event e = { .kind = EVENT_PTW,
				   .gpa = (gfn << PAGE_SHIFT) + 8 * (uint64_t)i,
				   .value = to[i] };

		if (was[i] == to[i])
			continue;
		/* again each time: the entry before may have been on the way */
		rc = find_mapping(j, gfn, &gva, err);
		if (!rc)
			rc = put_store(j, gva + 8 * (uint64_t)i, gfn, err);
		if (!rc && tell == TELL_WRITES)
			rc = joiner_event(j, &e, NULL, err);
		++*n;
	}
	return rc;
}

/* --- tables --- */

static int give(struct joiner *j, const struct stream_table *t, const uint64_t *words,
		struct sim_error *err)
{
	struct event e = { .kind = EVENT_PTPAGE,
			   .gpa = t->gfn << PAGE_SHIFT,
			   .level = t->level };

	j->counts.given++;
	return joiner_event(j, &e, words, err);
}

static int free_table(struct joiner *j, uint64_t gfn, struct sim_error *err)
{
	struct event e = { .kind = EVENT_PTFREE, .gpa = gfn << PAGE_SHIFT };

	j->counts.freed++;
	return joiner_event(j, &e, NULL, err);
}

/* A page that is to be a table, and is none of that level now. */
static int make_table(struct joiner *j, const struct stream_table *t, const uint64_t *words,
		      uint64_t *n, struct sim_error *err)
{
	const uint64_t *last;
	int rc = 0;

	if (stream_state_table(&j->s, t->gfn))
		rc = free_table(j, t->gfn, err);
	last = pages_get(&j->once, t->gfn);
	if (!rc && last)
		rc = rewrite(j, t->gfn, last, words, TELL_NOTHING, n, err);
	return rc ? rc : give(j, t, words, err);
}

int joiner_tables(struct joiner *j, uint64_t *n, struct sim_error *err)
{
	uint64_t *gfn = stream_state_list(&j->t);
	size_t count = j->t.n_table;
	int rc = 0;

	if (!gfn)
		return sim_fail_nomem(err);
	for (size_t i = 0; !rc && i < count; i++) {
		const struct stream_table *t = stream_state_table(&j->t, gfn[i]);
		const struct stream_table *s = stream_state_table(&j->s, gfn[i]);

		if (!s || s->level != t->level)
			rc = make_table(j, t, pages_get(&j->t.tables, gfn[i]), n, err);
	}
	for (size_t i = 0; !rc && i < count; i++) {
		uint64_t before = *n;

		rc = rewrite(j, gfn[i], pages_get(&j->s.tables, gfn[i]),
			     pages_get(&j->t.tables, gfn[i]), TELL_WRITES, n, err);
		j->counts.repeated += *n == before;
	}
	sim_free(gfn);
	return rc;
}

int joiner_free_tables(struct joiner *j, struct sim_error *err)
{
	uint64_t *gfn = stream_state_list(&j->s);
	size_t count = j->s.n_table;
	int rc = 0;

	if (!gfn)
		return sim_fail_nomem(err);
	for (size_t i = 0; !rc && i < count; i++)
		if (!stream_state_table(&j->t, gfn[i]))
			rc = free_table(j, gfn[i], err);
	sim_free(gfn);
	return rc;
}
