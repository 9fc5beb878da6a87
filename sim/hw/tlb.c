/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hw/tlb.h"

#include <assert.h>
#include <string.h>

static unsigned key_level(uint64_t key)
{
	return key >> TLB_VPN_BITS & 3;
}

static void link_sizes(struct tlb *t, unsigned holds, const struct assoc *array)
{
	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++) {
		if (!(holds & HOLDS(level)))
			continue;
		if (!t->of[level][0])
			t->of[level][0] = array;
		t->of[level][1] = array;
	}
	t->holds |= (uint8_t)holds;
}

int tlb_init(struct tlb *t, const struct tlb_geometry g[TLB_ARRAYS_MAX], struct sim_error *err)
{
	memset(t, 0, sizeof(*t));
	for (unsigned i = 0; i < TLB_ARRAYS_MAX; i++) {
		if (!g[i].g.entries)
			continue;
		if (assoc_init(&t->array[i], &g[i].g, 1, err)) {
			tlb_fini(t);
			return SIM_ENOMEM;
		}
		link_sizes(t, g[i].holds, &t->array[i]);
	}
	if (t->of[LEVEL_4K][0] && t->of[LEVEL_4K][0] == t->of[LEVEL_4K][1] &&
	    t->of[LEVEL_4K][0]->set_mask != UINT32_MAX)
		t->plain = t->of[LEVEL_4K][0];
	return 0;
}

void tlb_fini(struct tlb *t)
{
	for (unsigned i = 0; i < TLB_ARRAYS_MAX; i++)
		assoc_fini(&t->array[i]);
	memset(t, 0, sizeof(*t));
}

void tlb_recount(struct tlb *t, uint64_t old, uint64_t now)
{
	unsigned gone = key_level(old), come = key_level(now);

	if (old && !--t->n[gone])
		t->present &= (uint8_t)~HOLDS(gone);
	if (now && !t->n[come]++)
		t->present |= (uint8_t)HOLDS(come);
}

bool tlb_find_among(const struct tlb *t, unsigned levels, uint64_t vpn, uint64_t context,
		    struct tlb_place *p)
{
	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++) {
		uint64_t key = tlb_key(vpn, level, 0);
		struct tlb_place at;

		if (!(levels & HOLDS(level)))
			continue;
		at.set = tlb_set(t, vpn >> 9 * (level - 1), level, &at.array);
		at.way = assoc_find(at.array, at.set, context | key, CONTEXT_GLOBAL | key);
		if (at.way == ASSOC_NONE)
			continue;
		*p = at;
		return true;
	}
	return false;
}

static bool is_in_scope(uint64_t key, uint64_t e, const struct scope *scope)
{
	return scope_has(scope, key, e & TLB_COMBINED ? MAPPING_COMBINED : MAPPING_LINEAR);
}

/* Drops the entries of one set that are in scope. */
static bool drop_set(struct tlb *t, const struct assoc *a, uint64_t *set,
		     const struct scope *scope)
{
	bool any = false;

	for (uint32_t way = 0; way < a->ways; way++) {
		uint64_t key = *assoc_key(a, set, way), e = *assoc_value(a, set, way);

		if (!key || !is_in_scope(key, e, scope))
			continue;
		tlb_recount(t, key, 0);
		assoc_remove(a, set, way);
		any = true;
	}
	return any;
}

bool tlb_drop_page(struct tlb *t, uint64_t vpn, const struct scope *scope)
{
	bool any = false;

	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++) {
		struct scope page = { .mask = scope->mask | ~CONTEXT_MASK,
				      .want = scope->want | tlb_key(vpn, level, 0),
				      .kinds = scope->kinds };
		const struct assoc *array;
		uint64_t *set;

		if (!(t->present & HOLDS(level)))
			continue;
		set = tlb_set(t, vpn >> 9 * (level - 1), level, &array);
		any |= drop_set(t, array, set, &page);
	}
	return any;
}

void tlb_drop(struct tlb *t, const struct scope *scope)
{
	for (unsigned i = 0; i < TLB_ARRAYS_MAX; i++)
		for (uint32_t s = 0; t->present && s < t->array[i].sets; s++)
			drop_set(t, &t->array[i], assoc_set(&t->array[i], s), scope);
}

/* Is the entry a piece of a larger page that has vpn in it? */
static bool is_piece_of(uint64_t key, uint64_t e, uint64_t vpn)
{
	unsigned level = tlb_level(e), whole = e >> 12 & 15;
	uint64_t page = key & (((uint64_t)1 << TLB_VPN_BITS) - 1);

	return page >> 9 * (whole - level) == vpn >> 9 * (whole - 1);
}

/* True when other pieces stay in the set. */
static bool drop_pieces_of_set(struct tlb *t, const struct assoc *a, uint64_t *set,
			       uint64_t vpn, const struct scope *scope)
{
	bool any_left = false;

	for (uint32_t way = 0; way < a->ways; way++) {
		uint64_t key = *assoc_key(a, set, way), e = *assoc_value(a, set, way);

		if (!key || !tlb_is_piece(e, tlb_level(e)))
			continue;
		if (is_piece_of(key, e, vpn) && is_in_scope(key, e, scope)) {
			tlb_recount(t, key, 0);
			assoc_remove(a, set, way);
		} else {
			any_left = true;
		}
	}
	return any_left;
}

void tlb_drop_pieces(struct tlb *t, uint64_t vpn, const struct scope *scope)
{
	bool any_left = false;

	if (!t->has_pieces)
		return;
	for (unsigned i = 0; i < TLB_ARRAYS_MAX; i++)
		for (uint32_t n = 0; n < t->array[i].sets; n++)
			any_left |= drop_pieces_of_set(t, &t->array[i],
						       assoc_set(&t->array[i], n), vpn, scope);
	t->has_pieces = any_left;
}

uint64_t tlb_piece(uint64_t e, uint64_t vpn, unsigned holds)
{
	unsigned whole = tlb_level(e), level = whole;
	uint64_t inside;

	while (!(holds & HOLDS(level))) {
		assert(level > LEVEL_4K);
		level--;
	}
	inside = vpn & (level_frames(whole) - level_frames(level));
	return e + (inside << 16) - ((uint64_t)(whole - level) << 8);
}
