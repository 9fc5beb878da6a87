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

void cpu_set_pcid(struct cpu *c, uint16_t pcid)
{
	c->context = context_pcid(pcid);
	c->epoch++;
}

/* The first place of a set is another entry's now: filters of other kinds on that set no longer
 * stand for the most recent one. */
static void displace(struct cpu *c, enum access_kind kind, const uint64_t *set)
{
	static const uint8_t others[3][2] = { { ACCESS_STORE, ACCESS_FETCH },
					      { ACCESS_LOAD, ACCESS_FETCH },
					      { ACCESS_LOAD, ACCESS_STORE } };

	c->filtered[kind] = set;
	c->epoch += c->filtered[others[kind][0]] == set || c->filtered[others[kind][1]] == set;
}

static void use(struct cpu *c, enum access_kind kind, const struct tlb_place *p)
{
	if ((p->set[0] & p->array->recent_mask) == p->way) {
		c->filtered[kind] = p->set;
		return;
	}
	assoc_touch(p->array, p->set, p->way);
	displace(c, kind, p->set);
}

static SIM_ALWAYS_INLINE void fill_l1(struct cpu *c, uint64_t vpn, enum access_kind kind,
				      uint64_t e, unsigned level)
{
	displace(c, kind, tlb_insert(c->l1[cpu_side_of(kind)], vpn, c->context, e, level));
}

/* The same for any size, in the piece that the first level can hold. */
static SIM_NOINLINE void fill_l1_piece(struct cpu *c, uint64_t vpn, enum access_kind kind,
				       uint64_t e)
{
	e = tlb_piece(e, vpn, c->l1[cpu_side_of(kind)]->holds);
	fill_l1(c, vpn, kind, e, tlb_level(e));
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

static bool lookup_l2(struct cpu *c, uint64_t vpn, struct access a, const struct paging *mode,
		      struct translation *t)
{
	enum cpu_side side = cpu_side_of(a.kind);
	struct tlb_place p;
	uint64_t e;

	if (side == CPU_CODE)
		c->counters->l1i_tlb_misses++;
	else
		c->counters->l1d_tlb_misses++;
	if (!tlb_find(c->l2[side], vpn, c->context, &p)) {
		c->counters->stlb_misses++;
		return false;
	}
	c->counters->stlb_hits++;
	e = tlb_entry(&p);
	if (!allows(e, a, mode))
		return rewalk(c, vpn, side);
	assoc_touch(p.array, p.set, p.way);
	if (SIM_LIKELY(tlb_level(e) == LEVEL_4K))
		fill_l1(c, vpn, a.kind, e, LEVEL_4K);
	else
		fill_l1_piece(c, vpn, a.kind, e);
	*t = tlb_unpack(e);
	return true;
}

bool cpu_tlb_lookup(struct cpu *c, gva_t gva, struct access a, const struct paging *mode,
		    struct translation *t)
{
	uint64_t vpn = tlb_vpn(gva.v), e;
	enum cpu_side side = cpu_side_of(a.kind);
	struct tlb_place p;

	if (!tlb_find(c->l1[side], vpn, c->context, &p))
		return lookup_l2(c, vpn, a, mode, t);
	e = tlb_entry(&p);
	if (!allows(e, a, mode))
		return rewalk(c, vpn, side);
	use(c, a.kind, &p);
	*t = tlb_unpack(e);
	return true;
}

static SIM_NOINLINE void fill_large(struct cpu *c, uint64_t vpn, enum access_kind kind,
				    uint64_t e)
{
	struct tlb *l2 = c->l2[cpu_side_of(kind)];

	e = tlb_piece(e, vpn, c->l1[cpu_side_of(kind)]->holds | l2->holds);
	if (l2->holds & HOLDS(tlb_level(e)))
		tlb_insert(l2, vpn, c->context, e, tlb_level(e));
	fill_l1_piece(c, vpn, kind, e);
}

void cpu_tlb_fill(struct cpu *c, gva_t gva, struct access a, const struct translation *t)
{
	struct tlb *l2 = c->l2[cpu_side_of(a.kind)];
	uint64_t vpn = tlb_vpn(gva.v), e = tlb_pack(t);

	if (t->level != LEVEL_4K) {
		fill_large(c, vpn, a.kind, e);
		return;
	}
	if (l2->holds & HOLDS(LEVEL_4K))
		tlb_insert(l2, vpn, c->context, e, LEVEL_4K);
	fill_l1(c, vpn, a.kind, e, LEVEL_4K);
}

void cpu_data_ref(struct cpu *c, uint64_t hpa)
{
	if (c->pte_cache == PTE_CACHE_FULL)
		ptecache_ref(&c->cache, hpa);
}
