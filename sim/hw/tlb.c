/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hw/tlb.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

static unsigned key_level(uint64_t key)
{
	return key >> TLB_VPN_BITS & 3;
}

static void link_sizes(struct tlb *t, const struct tlb_geometry *g, struct tlb_array *array)
{
	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++) {
		if (!(g->holds & HOLDS(level)))
			continue;
		if (!t->of[level][0])
			t->of[level][0] = array;
		t->of[level][1] = array;
	}
	t->holds |= (uint8_t)g->holds;
}

int tlb_init(struct tlb *t, const struct tlb_geometry g[TLB_ARRAYS_MAX], struct sim_error *err)
{
	memset(t, 0, sizeof(*t));
	for (unsigned i = 0; i < TLB_ARRAYS_MAX; i++) {
		struct tlb_array *array = &t->array[i];

		if (!g[i].g.entries)
			continue;
		if (assoc_init(&array->a, &g[i].g, err))
			goto fail;
		array->t =
			sim_calloc((size_t)array->a.sets * array->a.stride, sizeof(*array->t));
		if (!array->t) {
			sim_fail_nomem(err);
			goto fail;
		}
		link_sizes(t, &g[i], array);
	}
	return 0;
fail:
	tlb_fini(t);
	return SIM_ENOMEM;
}

void tlb_fini(struct tlb *t)
{
	for (unsigned i = 0; i < TLB_ARRAYS_MAX; i++) {
		assoc_fini(&t->array[i].a);
		sim_free(t->array[i].t);
	}
	memset(t, 0, sizeof(*t));
}

static void one_more(struct tlb *t, struct tlb_array *array, uint64_t key)
{
	array->n[key_level(key)]++;
	t->n[key_level(key)]++;
}

static void one_less(struct tlb *t, struct tlb_array *array, uint64_t key)
{
	array->n[key_level(key)]--;
	t->n[key_level(key)]--;
}

struct tlb_place tlb_insert(struct tlb *t, uint64_t vpn, uint64_t context,
			    const struct translation *e)
{
	struct tlb_place p = tlb_place(t, vpn, e->level);
	uint64_t key = tlb_key(vpn, e->level, e->global ? CONTEXT_GLOBAL : context);
	uint64_t old;

	p.slot = assoc_victim(&p.array->a, p.set);
	old = p.array->a.key[p.slot];
	if (old)
		one_less(t, p.array, old);
	assoc_put(&p.array->a, p.set, p.slot, key);
	one_more(t, p.array, key);
	p.array->t[p.slot] = *e;
	return p;
}

static bool in_scope(const struct tlb_array *array, uint32_t slot, const struct scope *s)
{
	uint64_t key = array->a.key[slot];

	return key &&
	       scope_has(s, key, array->t[slot].combined ? MAPPING_COMBINED : MAPPING_LINEAR);
}

static bool drop_set(struct tlb *t, struct tlb_array *array, uint32_t set,
		     const struct scope *scope)
{
	uint32_t slot = set * array->a.stride, end = slot + array->a.ways;
	bool any = false;

	for (; slot < end; slot++)
		if (in_scope(array, slot, scope)) {
			one_less(t, array, array->a.key[slot]);
			assoc_remove(&array->a, set, slot);
			any = true;
		}
	return any;
}

bool tlb_drop_page(struct tlb *t, uint64_t vpn, const struct scope *scope)
{
	bool any = false;

	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++) {
		struct tlb_place p;
		struct scope page = { .mask = scope->mask | ~CONTEXT_MASK,
				      .want = scope->want | tlb_key(vpn, level, 0),
				      .kinds = scope->kinds };

		if (!t->n[level])
			continue;
		p = tlb_place(t, vpn, level);
		any |= drop_set(t, p.array, p.set, &page);
	}
	return any;
}

static bool is_empty(const struct tlb_array *array)
{
	return !(array->n[LEVEL_4K] | array->n[LEVEL_2M] | array->n[LEVEL_1G]);
}

void tlb_drop(struct tlb *t, const struct scope *scope)
{
	for (unsigned i = 0; i < TLB_ARRAYS_MAX; i++)
		for (uint32_t set = 0; set < t->array[i].a.sets && !is_empty(&t->array[i]);
		     set++)
			drop_set(t, &t->array[i], set, scope);
}

struct translation tlb_piece(const struct translation *e, uint64_t vpn, unsigned holds)
{
	struct translation piece = *e;

	while (!(holds & HOLDS(piece.level))) {
		assert(piece.level > LEVEL_4K);
		piece.level--;
	}
	if (piece.level < e->level)
		piece.frame += vpn & (level_frames(e->level) - level_frames(piece.level));
	return piece;
}
