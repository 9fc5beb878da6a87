/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of the guest. */
#include <inttypes.h>

#include "base/addr.h"
#include "scenario/player.h"
#include "x86/perm.h"
#include "x86/ptformat.h"

#define BATCH_RECORDS 1024 /* handed on when as many have gathered */

static int event(struct player *p, enum event_kind kind, uint64_t gva, uint64_t value,
		 struct sim_error *err)
{
	struct event e = { .kind = kind, .gva = gva, .value = value };

	return stream_event(&p->st, &e, err);
}

static unsigned space_of(const struct player *p, const struct step *s)
{
	return s->space == STEP_UNSET ? p->space : (unsigned)s->space;
}

/* The guest's kernel stores an entry, through its alias. */
static int store_entry(struct player *p, uint64_t *e, uint64_t value, struct sim_error *err)
{
	struct event ptw = { .kind = EVENT_PTW,
			     .gpa = guest_entry_gpa(&p->g, e),
			     .value = value };
	int rc = stream_access(&p->st, OP_STORE, guest_alias(ptw.gpa), err);

	*e = value;
	return rc ? rc : stream_event(&p->st, &ptw, err);
}

static int find_entry(struct player *p, const struct step *s, uint64_t gva, unsigned level,
		      uint64_t **e, struct sim_error *err)
{
	*e = guest_entry(&p->g, space_of(p, s), gva, level);
	if (*e)
		return 0;
	return sim_fail(err, SIM_ERANGE, NULL,
			"gva 0x%" PRIx64 " has no table of level %u in space %u", gva, level,
			space_of(p, s));
}

/* --- one page of a step each --- */

static int touch(struct player *p, const struct step *s, uint64_t gva, uint64_t i,
		 struct sim_error *err)
{
	unsigned kind = s->kind == STEP_LOAD ? OP_LOAD : OP_STORE;
	uint64_t *e;
	int rc;

	(void)i;
	if (s->table == STEP_UNSET)
		return stream_access(&p->st, kind, gva, err);
	rc = find_entry(p, s, gva, (unsigned)s->table, &e, err);
	return rc ? rc
		  : stream_access(&p->st, kind, guest_alias(guest_entry_gpa(&p->g, e)), err);
}

static int invlpg(struct player *p, const struct step *s, uint64_t gva, uint64_t i,
		  struct sim_error *err)
{
	(void)s;
	(void)i;
	return event(p, EVENT_INVLPG, gva, 0, err);
}

/* What `old` becomes. */
static int new_entry(const struct step *s, uint64_t old, unsigned level, uint64_t i,
		     uint64_t *value, struct sim_error *err)
{
	uint64_t flags = s->flags == STEP_UNSET ? old & ~(PTE_ADDR | PTE_PS) : s->flags;
	uint64_t target = old & (PTE_ADDR | PTE_PS);

	if (s->gpa != STEP_UNSET)
		target = (s->gpa + i * level_bytes(level)) | (level > 1 ? PTE_PS : 0);
	*value = flags & PTE_P ? target | flags : 0;
	if ((flags & PTE_P) && !(old & PTE_P) && s->gpa == STEP_UNSET)
		return sim_fail(err, SIM_ERANGE, NULL,
				"nothing is mapped there yet: gpa must be given");
	return 0;
}

static int store_entries(struct player *p, const struct step *s, uint64_t gva, uint64_t i,
			 struct sim_error *err)
{
	unsigned level = (unsigned)s->level;
	uint64_t *e, value = 0;
	int rc = find_entry(p, s, gva, level, &e, err);

	if (!rc)
		rc = new_entry(s, *e, level, i, &value, err);
	return rc ? rc : store_entry(p, e, value, err);
}

/* A table of zeros below an entry that has none. */
static int grow_table(struct player *p, uint64_t *e, unsigned level, struct sim_error *err)
{
	uint64_t gfn;
	int rc = guest_new_table(&p->g, level - 1, &gfn, err);

	if (!rc)
		rc = stream_table(&p->st, gfn, level - 1, p->g.table[gfn - GUEST_TABLE_GFN],
				  err);
	if (rc)
		return rc;
	return store_entry(p, e, gfn << PAGE_SHIFT | GUEST_TABLE_ENTRY, err);
}

/* The guest's #PF handler: it makes what tables are missing, then the entry. */
static int handle_fault(struct player *p, const struct step *s, uint64_t gva, uint64_t i,
			struct sim_error *err)
{
	struct step handler = *s;
	unsigned level;
	uint64_t *e, value = 0, old;
	int rc = 0;

	while ((level = guest_lowest(&p->g, p->space, gva, &e)) > 1 && !*e && !rc)
		rc = grow_table(p, e, level, err);
	if (rc)
		return rc;
	old = *e;
	if (s->flags == STEP_UNSET)
		handler.flags = PTE_P | PTE_U | PTE_W | PTE_A | PTE_D;
	rc = new_entry(&handler, old, level, i, &value, err);
	if (!rc)
		rc = store_entry(p, e, value, err);
	return rc || !(old & PTE_P) ? rc : event(p, EVENT_INVLPG, gva, 0, err);
}

static int fault(struct player *p, const struct step *s, uint64_t gva, uint64_t i,
		 struct sim_error *err)
{
	unsigned code = PFEC_U | (s->write ? PFEC_W : 0);
	uint64_t *e;
	int rc;

	guest_lowest(&p->g, p->space, gva, &e);
	rc = event(p, EVENT_PF, gva, code | (*e & PTE_P ? PFEC_P : 0), err);
	if (!rc)
		rc = handle_fault(p, s, gva, i, err);
	return rc ? rc : stream_access(&p->st, s->write ? OP_STORE : OP_LOAD, gva, err);
}

static int unlink_table(struct player *p, const struct step *s, uint64_t gva, uint64_t i,
			struct sim_error *err)
{
	struct event freed = { .kind = EVENT_PTFREE };
	uint64_t *e;
	int rc = find_entry(p, s, gva, (unsigned)s->level, &e, err);

	(void)i;
	if (rc)
		return rc;
	if (!guest_points_to_table(*e, (unsigned)s->level))
		return sim_fail(err, SIM_ERANGE, NULL, "no table hangs there");
	freed.gpa = *e & PTE_ADDR;
	rc = store_entry(p, e, 0, err);
	return rc ? rc : stream_event(&p->st, &freed, err);
}

static int split(struct player *p, const struct step *s, uint64_t gva, uint64_t i,
		 struct sim_error *err)
{
	uint64_t *e, *table, gfn = 0;
	int rc = find_entry(p, s, gva, LEVEL_2M, &e, err);

	(void)i;
	if (!rc && !((*e & PTE_P) && pte_is_leaf(*e, LEVEL_2M)))
		rc = sim_fail(err, SIM_ERANGE, NULL, "no page of 2M is mapped there");
	if (!rc)
		rc = guest_new_table(&p->g, 1, &gfn, err);
	if (rc)
		return rc;
	table = p->g.table[gfn - GUEST_TABLE_GFN];
	for (uint64_t k = 0; k < 512; k++)
		table[k] = (*e & ~PTE_PS) + k * PAGE_BYTES;
	rc = stream_table(&p->st, gfn, 1, table, err);
	return rc ? rc : store_entry(p, e, gfn << PAGE_SHIFT | GUEST_TABLE_ENTRY, err);
}

static int load_cr3(struct player *p, const struct step *s, uint64_t gva, uint64_t i,
		    struct sim_error *err)
{
	(void)gva;
	(void)i;
	p->space = (unsigned)s->space;
	return event(p, EVENT_CR3, 0, p->g.root[p->space] << PAGE_SHIFT, err);
}

typedef int page_step(struct player *, const struct step *, uint64_t, uint64_t,
		      struct sim_error *);

static page_step *const page_steps[STEP_KIND_COUNT] = {
	[STEP_LOAD] = touch,
	[STEP_STORE] = touch,
	[STEP_STORE_ENTRIES] = store_entries,
	[STEP_UNLINK] = unlink_table,
	[STEP_SPLIT] = split,
	[STEP_INVLPG] = invlpg,
	[STEP_CR3] = load_cr3,
	[STEP_FAULT] = fault,
};

int player_guest(struct player *p, const struct step *s, struct sim_error *err)
{
	int rc = 0;

	for (uint64_t i = 0; !rc && i < s->pages; i++) {
		uint64_t page = step_nth((enum step_order)s->order, i, s->pages);

		rc = page_steps[s->kind](p, s, s->gva + page * s->stride, page, err);
		if (!rc && p->st.n >= BATCH_RECORDS)
			rc = player_pass(p, err);
	}
	return rc;
}
