/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hw/cpu_parts.h"

#include <string.h>

#include "base/alloc.h"

static bool has_arrays(const struct tlb_geometry g[TLB_ARRAYS_MAX])
{
	for (unsigned i = 0; i < TLB_ARRAYS_MAX; i++)
		if (g[i].g.entries)
			return true;
	return false;
}

/* One level of TLBs: data, and code when it has arrays of its own. */
static int init_level(struct tlb *storage, struct tlb *side[CPU_SIDES],
		      const struct tlb_geometry *data, const struct tlb_geometry *code,
		      struct sim_error *err)
{
	side[CPU_DATA] = side[CPU_CODE] = &storage[CPU_DATA];
	if (tlb_init(&storage[CPU_DATA], data, err))
		return SIM_ENOMEM;
	if (!has_arrays(code))
		return 0;
	side[CPU_CODE] = &storage[CPU_CODE];
	return tlb_init(&storage[CPU_CODE], code, err);
}

static int init_parts(struct cpu *c, const struct machine *m, struct sim_error *err)
{
	const struct tlb_geometry ntlb[TLB_ARRAYS_MAX] = {
		{ m->ntlb, HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) | HOLDS(LEVEL_1G) }
	};
	enum pwc_shape shape = m->pwc_unified ? PWC_UNIFIED : PWC_PER_LEVEL;
	int rc;

	if ((rc = init_level(&c->tlb[0], c->l1, m->l1d, m->l1i, err)) ||
	    (rc = init_level(&c->tlb[CPU_SIDES], c->l2, m->stlb, m->stlb_i, err)) ||
	    (rc = tlb_init(&c->ntlb, ntlb, err)) ||
	    (rc = pwc_init(&c->pwc, m->pwc, shape, err)) ||
	    (rc = pwc_init(&c->host_pwc, m->host_pwc, shape, err)))
		return rc;
	return ptecache_init(&c->cache, m, err);
}

int cpu_create(struct cpu **out, const struct machine *m, uint16_t vpid,
	       struct counters *counters, struct sim_error *err)
{
	struct cpu *c = sim_calloc_aligned(64, 1, sizeof(*c));

	if (!c)
		return sim_fail_nomem(err);
	c->context = context_pcid(0);
	c->counters = counters;
	c->vpid = vpid;
	c->pte_cache = m->pte_cache;
	c->miss[CPU_DATA].vpn = c->miss[CPU_CODE].vpn = CPU_NO_MISS;
	if (init_parts(c, m, err)) {
		cpu_destroy(c);
		return SIM_ENOMEM;
	}
	*out = c;
	return 0;
}

void cpu_destroy(struct cpu *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < 2 * CPU_SIDES; i++)
		tlb_fini(&c->tlb[i]);
	tlb_fini(&c->ntlb);
	pwc_fini(&c->pwc);
	pwc_fini(&c->host_pwc);
	ptecache_fini(&c->cache);
	sim_free(c);
}

void cpu_set_pml(struct cpu *c, struct pml *p)
{
	c->pml = p;
}

void cpu_set_pcid(struct cpu *c, uint16_t pcid)
{
	c->context = context_pcid(pcid);
	c->epoch++;
}

/* Fills the first level with the piece that it can hold. */
static SIM_NOINLINE void fill_l1_piece(struct cpu *c, uint64_t vpn, enum access_kind kind,
				       uint64_t e)
{
	struct tlb *l1 = c->l1[cpu_side_of(kind)];

	e = tlb_piece(e, vpn, l1->holds);
	tlb_insert(l1, vpn, c->context, e, tlb_level(e));
}

static SIM_ALWAYS_INLINE void fill_l1(struct cpu *c, uint64_t vpn, enum access_kind kind,
				      uint64_t e)
{
	if (SIM_LIKELY(tlb_level(e) == LEVEL_4K))
		tlb_insert(c->l1[cpu_side_of(kind)], vpn, c->context, e, LEVEL_4K);
	else
		fill_l1_piece(c, vpn, kind, e);
}

static bool allows(uint64_t e, struct access a, const struct paging *mode)
{
	return perm_allows(e & PERM_ALL, a, mode) &&
	       (a.kind != ACCESS_STORE || (e & TLB_DIRTY));
}

/* An entry forbids the access: the walk that follows must find none for this address. */
static SIM_NOINLINE bool rewalk(struct cpu *c, uint64_t vpn, enum cpu_side side)
{
	struct scope own = { CONTEXT_MASK, c->context, MAPPING_BOTH };
	struct scope global = { CONTEXT_MASK, CONTEXT_GLOBAL, MAPPING_BOTH };

	c->counters->tlb_rewalks++;
	c->epoch++;
	tlb_drop_page(c->l1[side], vpn, &own);
	tlb_drop_page(c->l1[side], vpn, &global);
	tlb_drop_page(c->l2[side], vpn, &own);
	tlb_drop_page(c->l2[side], vpn, &global);
	return false;
}

/* Nothing found: the sets are kept for the fill. */
static SIM_ALWAYS_INLINE void keep_miss(struct cpu *c, enum cpu_side side, uint64_t vpn,
					uint64_t prints, const struct tlb_place *l1,
					const struct tlb_place *l2)
{
	struct cpu_miss *miss = &c->miss[side];

	c->counters->stlb_misses++;
	miss->vpn = CPU_NO_MISS;
	if (!c->l1[side]->plain || !c->l2[side]->plain)
		return;
	miss->vpn = vpn;
	miss->prints = prints;
	miss->l1 = l1->array;
	miss->l2 = l2->array;
	miss->l1_set = l1->set;
	miss->l2_set = l2->set;
}

/* The second level, after the first, where *l1 is the set, had nothing. */
static SIM_ALWAYS_INLINE bool lookup_l2(struct cpu *c, uint64_t vpn, struct access a,
					const struct paging *mode, uint64_t prints,
					const struct tlb_place *l1, struct translation *t)
{
	enum cpu_side side = cpu_side_of(a.kind);
	struct tlb_place l2;
	uint64_t e;

	if (side == CPU_CODE)
		c->counters->l1i_tlb_misses++;
	else
		c->counters->l1d_tlb_misses++;
	if (!tlb_find_prints(c->l2[side], vpn, c->context, prints, &l2)) {
		keep_miss(c, side, vpn, prints, l1, &l2);
		return false;
	}
	c->counters->stlb_hits++;
	e = tlb_entry(&l2);
	if (SIM_UNLIKELY(!allows(e, a, mode)))
		return rewalk(c, vpn, side);
	assoc_touch(l2.array, l2.set, l2.way);
	fill_l1(c, vpn, a.kind, e);
	*t = tlb_unpack(e);
	return true;
}

bool cpu_tlb_lookup(struct cpu *c, gva_t gva, struct access a, const struct paging *mode,
		    struct translation *t)
{
	uint64_t vpn = tlb_vpn(gva.v), prints = tlb_prints(vpn), e;
	enum cpu_side side = cpu_side_of(a.kind);
	struct tlb_place l1;

	if (!tlb_find_prints(c->l1[side], vpn, c->context, prints, &l1))
		return lookup_l2(c, vpn, a, mode, prints, &l1, t);
	e = tlb_entry(&l1);
	if (SIM_UNLIKELY(!allows(e, a, mode)))
		return rewalk(c, vpn, side);
	assoc_touch(l1.array, l1.set, l1.way);
	*t = tlb_unpack(e);
	return true;
}

static SIM_NOINLINE void fill_any(struct cpu *c, uint64_t vpn, enum access_kind kind,
				  uint64_t e)
{
	struct tlb *l2 = c->l2[cpu_side_of(kind)];

	e = tlb_piece(e, vpn, c->l1[cpu_side_of(kind)]->holds | l2->holds);
	if (l2->holds & HOLDS(tlb_level(e)))
		tlb_insert(l2, vpn, c->context, e, tlb_level(e));
	fill_l1(c, vpn, kind, e);
}

void cpu_tlb_fill(struct cpu *c, gva_t gva, struct access a, const struct translation *t)
{
	enum cpu_side side = cpu_side_of(a.kind);
	struct cpu_miss *miss = &c->miss[side];
	uint64_t vpn = tlb_vpn(gva.v), e = tlb_pack(t), key;

	if (SIM_UNLIKELY(t->level != LEVEL_4K || miss->vpn != vpn)) {
		fill_any(c, vpn, a.kind, e);
		return;
	}
	key = tlb_key(vpn, LEVEL_4K, t->global ? CONTEXT_GLOBAL : c->context);
	c->l2[side]->has_pieces |= t->page_level > LEVEL_4K;
	c->l1[side]->has_pieces |= t->page_level > LEVEL_4K;
	tlb_put(c->l2[side], miss->l2, miss->l2_set, key, miss->prints, e);
	tlb_put(c->l1[side], miss->l1, miss->l1_set, key, miss->prints, e);
}

void cpu_data_ref(struct cpu *c, uint64_t hpa)
{
	if (c->pte_cache == PTE_CACHE_FULL)
		ptecache_ref(&c->cache, hpa, CACHE_DATA);
}

void cpu_settle(struct cpu *c)
{
	const uint64_t *walk = c->cache.found[CACHE_WALK], *data = c->cache.found[CACHE_DATA];

	ptecache_settle(&c->cache);
	c->counters->walk_refs_l1 += walk[CACHE_L1];
	c->counters->walk_refs_l2 += walk[CACHE_L2];
	c->counters->walk_refs_l3 += walk[CACHE_L3];
	c->counters->walk_refs_mem += walk[CACHE_MEMORY];
	c->counters->data_refs_l1 += data[CACHE_L1];
	c->counters->data_refs_l2 += data[CACHE_L2];
	c->counters->data_refs_l3 += data[CACHE_L3];
	c->counters->data_refs_mem += data[CACHE_MEMORY];
	memset(c->cache.found, 0, sizeof(c->cache.found));
}

void cpu_look_ahead(struct cpu *c, gva_t near, gva_t far)
{
	const uint64_t *guest = ahead_entry(c->ahead.guest, far.v), *host = NULL;

	if (guest)
		SIM_PREFETCH(guest);
	if (!c->ahead.has_host)
		return;
	guest = ahead_entry(c->ahead.guest, near.v);
	if (guest)
		host = ahead_entry(c->ahead.host, *guest & PTE_ADDR);
	if (host)
		SIM_PREFETCH(host);
}
