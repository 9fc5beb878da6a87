/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random machines, hosts and guests for the lockstep. */
#include <stdio.h>
#include <string.h>

#include "lockstep.h"

#define ALL_SIZES (HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) | HOLDS(LEVEL_1G))

static unsigned below(struct rng *r, unsigned n)
{
	return (unsigned)rng_below(r, n);
}

static bool chance(struct rng *r, unsigned percent)
{
	return below(r, 100) < percent;
}

/* sets x ways entries; tree-PLRU only where it can be. */
static struct assoc_geometry geometry(struct rng *r, unsigned sets_max, unsigned ways_max)
{
	uint32_t ways = 1 + below(r, ways_max);
	struct assoc_geometry g = { .entries = ways * (1 + below(r, sets_max)), .ways = ways };

	if (!(ways & (ways - 1)) && chance(r, 30))
		g.policy = ASSOC_PLRU;
	return g;
}

static void split_l1(struct rng *r, struct tlb_geometry *l1)
{
	l1[0] = (struct tlb_geometry){ geometry(r, 4, 4), HOLDS(LEVEL_4K) };
	if (chance(r, 80))
		l1[1] = (struct tlb_geometry){ geometry(r, 2, 4), HOLDS(LEVEL_2M) };
	if (chance(r, 50))
		l1[2] = (struct tlb_geometry){ geometry(r, 1, 2), HOLDS(LEVEL_1G) };
}

static void random_tlbs(struct rng *r, struct machine *m)
{
	if (m->vendor == VENDOR_AMD || chance(r, 20))
		m->l1d[0] = (struct tlb_geometry){ geometry(r, 1, 8), ALL_SIZES };
	else
		split_l1(r, m->l1d);
	m->l1_unified = chance(r, 20);
	if (!m->l1_unified && m->vendor == VENDOR_AMD)
		m->l1i[0] = (struct tlb_geometry){ geometry(r, 1, 8), ALL_SIZES };
	else if (!m->l1_unified)
		split_l1(r, m->l1i);
	if (chance(r, 70))
		m->stlb[0] =
			(struct tlb_geometry){ geometry(r, 4, 6),
					       HOLDS(LEVEL_4K) |
						       (chance(r, 60) ? HOLDS(LEVEL_2M) : 0) };
	if (m->stlb[0].g.entries && chance(r, 30))
		m->stlb[1] = (struct tlb_geometry){ m->stlb[0].g,
						    HOLDS(LEVEL_4K) | HOLDS(LEVEL_1G) };
	if (m->vendor == VENDOR_AMD && chance(r, 60))
		m->stlb_i[0] = (struct tlb_geometry){ geometry(r, 4, 4), HOLDS(LEVEL_4K) };
}

static void random_pwcs(struct rng *r, struct machine *m)
{
	m->pwc_unified = m->vendor == VENDOR_AMD && chance(r, 70);
	for (unsigned level = 2; level <= 5; level++) {
		if (chance(r, 70) && (level == 2 || !m->pwc_unified))
			m->pwc[level] = geometry(r, 1, 4);
		if (chance(r, 70) && (level == 2 || !m->pwc_unified))
			m->host_pwc[level] = geometry(r, 1, 4);
	}
	if (chance(r, 70))
		m->ntlb = geometry(r, 2, 4);
}

static void random_machine(struct rng *r, struct machine *m)
{
	*m = (struct machine){ .name = "random",
			       .vendor = chance(r, 30) ? VENDOR_AMD : VENDOR_INTEL,
			       .has_pcid = true,
			       .has_invpcid = true,
			       .has_la57 = true,
			       .has_1g = true };
	m->has_vpid = chance(r, 80);
	m->has_ept_ad = chance(r, 60);
	m->pte_cache = PTE_CACHE_NONE;
	random_tlbs(r, m);
	random_pwcs(r, m);
}

void lockstep_random_config(struct rng *r, struct lockstep_config *cfg)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->guest = (struct guest_config){ .levels = chance(r, 25) ? 5 : 4,
					    .n_vcpu = chance(r, 50) ? 1 : 1 + below(r, 3),
					    .pcid = chance(r, 60),
					    .fine_direct_map = chance(r, 50) };
	random_machine(r, &cfg->machine);
	cfg->host = (struct host_config){ .page_level = 1 + below(r, 3),
					  .prepopulated = chance(r, 50),
					  .layout = chance(r, 50) ? HOST_CONTIGUOUS
								  : HOST_FRAGMENTED,
					  .seed = rng_next(r) };
	cfg->mmu = (struct mmu_config){ .tdp_levels = chance(r, 25) ? 5 : 4,
					.use_vpid = chance(r, 85) };
	if (chance(r, 40))
		cfg->mmu.shadow_quota = 4 * cfg->guest.n_vcpu + 12 + below(r, 24);
}

void lockstep_describe(const struct lockstep_config *cfg, char *buf, size_t size)
{
	snprintf(buf, size,
		 "%u levels, %u vCPUs, pcid %d, %s direct map; %s, vpid %d, L1 %u+%u+%u%s, "
		 "STLB %u+%u, PWC %u/%u/%u/%u%s; host L%u %s %s; tdp %u, quota %u",
		 cfg->guest.levels, cfg->guest.n_vcpu, cfg->guest.pcid,
		 cfg->guest.fine_direct_map ? "4K" : "2M",
		 cfg->machine.vendor == VENDOR_AMD ? "AMD" : "Intel",
		 cfg->machine.has_vpid && cfg->mmu.use_vpid, cfg->machine.l1d[0].g.entries,
		 cfg->machine.l1d[1].g.entries, cfg->machine.l1d[2].g.entries,
		 cfg->machine.l1_unified ? " unified" : "", cfg->machine.stlb[0].g.entries,
		 cfg->machine.stlb[1].g.entries, cfg->machine.pwc[2].entries,
		 cfg->machine.pwc[3].entries, cfg->machine.pwc[4].entries,
		 cfg->machine.pwc[5].entries, cfg->machine.pwc_unified ? " unified" : "",
		 cfg->host.page_level, cfg->host.prepopulated ? "populated" : "on demand",
		 cfg->host.layout == HOST_CONTIGUOUS ? "contiguous" : "fragmented",
		 cfg->mmu.tdp_levels, cfg->mmu.shadow_quota);
}
