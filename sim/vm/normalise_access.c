/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accesses: at CPL 3, in pieces that a processor moves at once. */
#include <inttypes.h>

#include "mem/guest_walk.h"
#include "mmu/mmu.h"
#include "vm/normalise_state.h"

#define PIECE_MAX 8u

int normalise_check_gva(gva_t gva, struct sim_error *err)
{
	if (!payload_owns(gva.v))
		return 0;
	return sim_fail(err, SIM_EUNSUP, NULL,
			"gva 0x%" PRIx64
			" lies in slot %u of the root table, which replay needs for itself",
			gva.v, PAYLOAD_TOP_INDEX);
}

static unsigned left_in_page(gva_t gva)
{
	return (unsigned)(PAGE_BYTES - (gva.v & (PAGE_BYTES - 1)));
}

static unsigned log2_below(unsigned bytes)
{
	unsigned log = 0;

	while (log < 3 && 2u << log <= bytes)
		log++;
	return log;
}

/* The bytes may reach into the next page. */
static int put_pieces(struct normaliser *n, unsigned kind, gva_t gva, unsigned bytes,
		      struct sim_error *err)
{
	int rc = 0;

	while (!rc && bytes) {
		unsigned left = left_in_page(gva);
		unsigned log = log2_below(bytes < left ? bytes : left);

		rc = normalise_reserve(n, 1, err);
		if (!rc)
			rc = normalise_put_access(
				n, (uint8_t)(kind | OP_USER | log << OP_SIZE_SHIFT), gva.v,
				err);
		gva.v += 1u << log;
		bytes -= 1u << log;
	}
	return rc;
}

/* --- stores --- */

static int not_writable(const struct guest_walk *w, gva_t gva, struct sim_error *err)
{
	if (w->status == GUEST_WALK_UNKNOWN)
		return mmu_unknown_table(w->table_gfn[w->level].v, gva, err);
	if (w->error_code & PFEC_P)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"a store to gva 0x%" PRIx64
				", which is read-only: the guest has CR0.WP off, and CPL 3 "
				"cannot do without it",
				gva.v);
	return sim_fail(err, SIM_ESTATE, NULL,
			"a store to gva 0x%" PRIx64
			" succeeded in the guest, but its page tables as the stream gives them "
			"do not map it",
			gva.v);
}

static int hold_part(struct normaliser *n, gva_t gva, unsigned bytes, struct sim_error *err)
{
	struct access a = { ACCESS_STORE, true };
	struct guest_walk w;

	guest_walk(&n->tables, n->cr3, &n->mode, gva, a, 0, &w);
	if (w.status != GUEST_WALK_OK)
		return not_writable(&w, gva, err);
	n->held.part[n->held.n++] =
		(struct store_part){ .gva = gva, .bytes = bytes, .gfn = w.gfn };
	return 0;
}

static int hold_store(struct normaliser *n, gva_t gva, unsigned bytes, struct sim_error *err)
{
	unsigned first = bytes < left_in_page(gva) ? bytes : left_in_page(gva);
	int rc = hold_part(n, gva, first, err);

	if (rc || first == bytes)
		return rc;
	return hold_part(n, gva_make(gva.v + first), bytes - first, err);
}

struct store_part *normalise_held_part(struct normaliser *n, gpa_t gpa)
{
	unsigned offset = (unsigned)(gpa.v & (PAGE_BYTES - 1));

	for (unsigned i = 0; i < n->held.n; i++) {
		struct store_part *p = &n->held.part[i];
		unsigned at = (unsigned)(p->gva.v & (PAGE_BYTES - 1));

		if (gfn_eq(p->gfn, gpa_to_gfn(gpa)) && at < offset + 8 &&
		    offset < at + p->bytes)
			return p;
	}
	return NULL;
}

int normalise_release_store(struct normaliser *n, struct sim_error *err)
{
	unsigned parts = n->held.n;
	int rc = 0;

	n->held.n = 0;
	for (unsigned i = 0; !rc && i < parts; i++) {
		const struct store_part *p = &n->held.part[i];

		if (!p->is_told)
			rc = put_pieces(n, OP_STORE, p->gva, p->bytes, err);
	}
	return rc;
}

/* --- all --- */

int normalise_access(struct normaliser *n, uint8_t op, gva_t gva, struct sim_error *err)
{
	unsigned bytes = 1u << ((op & OP_SIZE) >> OP_SIZE_SHIFT);
	int rc = normalise_check_gva(gva, err);

	n->has_run = true;
	if (!rc)
		rc = normalise_check_gva(gva_make(gva.v + bytes - 1), err);
	if (rc)
		return rc;
	if ((op & OP_KIND) == OP_STORE)
		return hold_store(n, gva, bytes, err);
	return put_pieces(n, OP_LOAD, gva, bytes, err);
}

/* Where CPL 3 would not fault, what is left of a fault is that the processor forgets the address. */
int normalise_fault(struct normaliser *n, const struct event *e, const uint64_t *words,
		    struct sim_error *err)
{
	struct access a = { e->value & PFEC_W ? ACCESS_STORE : ACCESS_LOAD, true };
	struct event own = { .kind = EVENT_PF, .gva = e->gva };
	struct guest_walk w;
	int rc = normalise_check_gva(gva_make(e->gva), err);

	(void)words;
	if (rc)
		return rc;
	guest_walk(&n->tables, n->cr3, &n->mode, gva_make(e->gva), a, 0, &w);
	if (w.status == GUEST_WALK_UNKNOWN)
		return mmu_unknown_table(w.table_gfn[w.level].v, gva_make(e->gva), err);
	if (w.status == GUEST_WALK_OK)
		own.kind = EVENT_INVLPG;
	own.value = w.error_code;
	rc = normalise_reserve(n, 1, err);
	return rc ? rc : normalise_put_event(n, &own, err);
}
