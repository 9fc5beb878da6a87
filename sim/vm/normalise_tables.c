/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page tables: open to CPL 3, with the payload's entry in each root. */
#include <inttypes.h>

#include "vm/normalise_state.h"

#define ROOT_LEVEL    4u
#define STORE_8	      ((uint8_t)(OP_STORE | OP_USER | 3u << OP_SIZE_SHIFT))
#define PAYLOAD_FLAGS (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)

static uint64_t payload_entry(enum payload_page page)
{
	return payload_gpa(page) | PAYLOAD_FLAGS;
}

/* --- entries --- */

/* Does a present entry lead to memory of the payload, or to its doorbell? */
static bool meets_payload(uint64_t pte, unsigned level)
{
	bool is_leaf = pte_is_leaf(pte, level);
	uint64_t from = pte_frame(pte, is_leaf ? level : 1) << PAGE_SHIFT;
	uint64_t bytes = is_leaf ? level_bytes(level) : PAGE_BYTES;

	return from <= PAYLOAD_DOORBELL_GPA && from + bytes > PAYLOAD_GPA;
}

/* The entry at `index` of a table, as the output has it. */
static int make_entry(const struct normaliser *n, unsigned level, unsigned index, uint64_t *pte,
		      struct sim_error *err)
{
	if (level == ROOT_LEVEL && index == PAYLOAD_TOP_INDEX) {
		if (*pte)
			return sim_fail(
				err, SIM_EUNSUP, NULL,
				"the guest uses slot %u of a root table (entry 0x%" PRIx64
				"), which replay needs for itself",
				index, *pte);
		*pte = payload_entry(PAYLOAD_PDPT);
		return 0;
	}
	if (!(*pte & PTE_P))
		return 0;
	if (meets_payload(*pte, level))
		return sim_fail(err, SIM_EUNSUP, NULL,
				"entry 0x%" PRIx64 " of a page table leads to gpa 0x%" PRIx64
				" or near it, which replay needs for itself",
				*pte, PAYLOAD_GPA);
	*pte |= PTE_U;
	if (n->opt.set_accessed_dirty)
		*pte |= pte_is_leaf(*pte, level) ? PTE_A | PTE_D : PTE_A;
	return 0;
}

int normalise_table(struct normaliser *n, const struct event *e, const uint64_t *words,
		    struct sim_error *err)
{
	uint64_t gfn = e->gpa >> PAGE_SHIFT, *page;
	int rc = 0;

	if (e->level > ROOT_LEVEL || gfn >> PAGES_FRAME_BITS)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"a page table of level %u at gpa 0x%" PRIx64
				"; replay covers 4 levels and %d address bits",
				e->level, e->gpa, PAGES_FRAME_BITS + PAGE_SHIFT);
	page = pages_make(&n->tables, gfn);
	if (!page || map_put(&n->level, gfn, e->level))
		return sim_fail_nomem(err);
	for (unsigned i = 0; !rc && i < 512; i++) {
		page[i] = words[i];
		rc = make_entry(n, e->level, i, &page[i], err);
	}
	return rc ? rc : normalise_between(n, e, page, err);
}

/* The store that wrote the entry, and what it wrote. */
int normalise_table_write(struct normaliser *n, const struct event *e, const uint64_t *words,
			  struct sim_error *err)
{
	uint64_t gfn = e->gpa >> PAGE_SHIFT, level, *page = pages_get(&n->tables, gfn);
	struct store_part *part = normalise_held_part(n, gpa_make(e->gpa));
	unsigned index = (unsigned)(e->gpa >> 3) & 511;
	struct event own = *e;
	int rc;

	(void)words;
	if (!page || !map_get(&n->level, gfn, &level))
		return sim_fail(err, SIM_ESTATE, NULL,
				"write to a page table at gpa 0x%" PRIx64
				" whose contents the stream never gave",
				e->gpa);
	if (!part)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"the entry at gpa 0x%" PRIx64
				" changes, and no store before it hits that address",
				e->gpa);
	rc = make_entry(n, (unsigned)level, index, &own.value, err);
	if (!rc)
		rc = normalise_reserve(n, 2, err);
	if (!rc)
		rc = normalise_put_access(
			n, STORE_8,
			(part->gva.v & ~(PAGE_BYTES - 1)) | (e->gpa & (PAGE_BYTES - 1)), err);
	part->is_told = true;
	page[index] = own.value;
	return rc ? rc : normalise_put_event(n, &own, err);
}

/* --- the payload --- */

static int give_payload_table(struct normaliser *n, enum payload_page page, unsigned level,
			      const uint64_t *words, struct sim_error *err)
{
	struct event e = { .kind = EVENT_PTPAGE,
			   .level = (uint8_t)level,
			   .gpa = payload_gpa(page) };

	return normalise_between(n, &e, words, err);
}

static int write_payload(struct normaliser *n, enum payload_page first, unsigned pages,
			 struct sim_error *err)
{
	struct event e = { .kind = EVENT_DMA,
			   .gpa = payload_gpa(first),
			   .n = pages * (uint32_t)PAGE_BYTES };

	return normalise_between(n, &e, NULL, err);
}

int normalise_payload(struct normaliser *n, struct sim_error *err)
{
	uint64_t pdpt[512] = { 0 }, pd[512] = { 0 }, pt[512] = { 0 };
	int rc = write_payload(n, PAYLOAD_CODE, PAYLOAD_MAPPED, err);

	pdpt[0] = payload_entry(PAYLOAD_PD);
	pd[0] = payload_entry(PAYLOAD_PT);
	for (unsigned i = 0; i < PAYLOAD_MAPPED; i++)
		pt[i] = payload_entry((enum payload_page)i);
	pt[PAYLOAD_DOORBELL] = PAYLOAD_DOORBELL_GPA | PAYLOAD_FLAGS;
	if (!rc)
		rc = write_payload(n, PAYLOAD_PDPT, PAYLOAD_PT - PAYLOAD_PDPT + 1, err);
	if (!rc)
		rc = give_payload_table(n, PAYLOAD_PDPT, 3, pdpt, err);
	if (!rc)
		rc = give_payload_table(n, PAYLOAD_PD, 2, pd, err);
	return rc ? rc : give_payload_table(n, PAYLOAD_PT, 1, pt, err);
}

/* --- the root --- */

int normalise_check_root(const struct normaliser *n, uint64_t cr3, struct sim_error *err)
{
	uint64_t level;

	if (!map_get(&n->level, cr3_frame(cr3), &level))
		return sim_fail(err, SIM_ESTATE, NULL,
				"CR3 is 0x%" PRIx64
				", a page table whose contents the stream never gave",
				cr3);
	if (level != ROOT_LEVEL)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"CR3 is 0x%" PRIx64
				", which the stream gave as a page table of level %" PRIu64,
				cr3, level);
	return 0;
}

void normalise_hold_cr3(struct normaliser *n, uint64_t value)
{
	n->next_cr3 = cr3_frame(value) << PAGE_SHIFT;
	n->has_next_cr3 = true;
}

/* The payload runs on in the new address space: its entry must be there. */
int normalise_release_cr3(struct normaliser *n, struct sim_error *err)
{
	struct event e = { .kind = EVENT_CR3, .value = n->next_cr3 };
	int rc;

	if (!n->has_next_cr3)
		return 0;
	n->has_next_cr3 = false;
	rc = normalise_check_root(n, n->next_cr3, err);
	if (!rc)
		rc = normalise_reserve(n, 1, err);
	n->cr3 = n->next_cr3;
	if (!rc)
		rc = normalise_put_event(n, &e, err);
	return rc ? rc : normalise_put_touch(n, PAYLOAD_CODE, err);
}
