/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * invalidate - which cached mappings each operation removes
 *
 * Sources: Intel SDM vol. 3A "Invalidation of TLBs and paging-structure caches", vol. 3C
 * "Invalidating cached translation information"; AMD64 APM vol. 2 "TLB management".
 *
 * Where the manuals say what must go and what may go, exactly what must goes here.
 */
#include "hw/cpu_parts.h"

static const struct scope everything = { 0, 0, MAPPING_BOTH };
static const struct scope globals = { CONTEXT_MASK, CONTEXT_GLOBAL, MAPPING_BOTH };
static const struct scope non_globals = { CONTEXT_GLOBAL_BIT, 0, MAPPING_BOTH };

static struct scope of_context(uint64_t context)
{
	return (struct scope){ CONTEXT_MASK, context, MAPPING_BOTH };
}

/* An operation that software asked for. */
static void begin(struct cpu *c)
{
	c->counters->tlb_invalidations++;
	c->epoch++;
}

static void drop_tlbs(struct cpu *c, const struct scope *s)
{
	for (unsigned i = 0; i < 2 * CPU_SIDES; i++)
		tlb_drop(&c->tlb[i], s);
}

static void drop_page(struct cpu *c, gva_t gva, const struct scope *s)
{
	for (unsigned i = 0; i < 2 * CPU_SIDES; i++)
		tlb_drop_page(&c->tlb[i], tlb_vpn(gva.v), s);
}

/*
 * The same for software that names an address to forget. A large page may be here in pieces, of
 * which software knows nothing: all go (SDM vol. 3A "Details of TLB Use").
 */
static void drop_named_page(struct cpu *c, gva_t gva, const struct scope *s)
{
	drop_page(c, gva, s);
	for (unsigned i = 0; i < 2 * CPU_SIDES; i++)
		tlb_drop_pieces(&c->tlb[i], tlb_vpn(gva.v), s);
}

static void drop_guest_physical(struct cpu *c)
{
	tlb_drop(&c->ntlb, &everything);
	pwc_drop(&c->host_pwc, &everything);
}

void cpu_invlpg(struct cpu *c, gva_t gva)
{
	struct scope own = of_context(c->context);

	begin(c);
	drop_named_page(c, gva, &own);
	drop_named_page(c, gva, &globals);
	pwc_drop(&c->pwc, &own);
}

void cpu_flush_pcid(struct cpu *c, uint16_t pcid)
{
	struct scope own = of_context(context_pcid(pcid));

	begin(c);
	drop_tlbs(c, &own);
	pwc_drop(&c->pwc, &own);
}

void cpu_flush_all_pcids(struct cpu *c)
{
	begin(c);
	drop_tlbs(c, &everything);
	pwc_drop(&c->pwc, &everything);
}

void cpu_flush_non_global(struct cpu *c)
{
	begin(c);
	drop_tlbs(c, &non_globals);
	pwc_drop(&c->pwc, &everything);
}

void cpu_invpcid_addr(struct cpu *c, gva_t gva, uint16_t pcid)
{
	struct scope own = of_context(context_pcid(pcid));

	begin(c);
	drop_named_page(c, gva, &own);
	pwc_drop_address(&c->pwc, gva.v, &own);
}

void cpu_pf_delivered(struct cpu *c, gva_t gva)
{
	struct scope own = of_context(c->context);

	c->epoch++;
	drop_page(c, gva, &own);
	drop_page(c, gva, &globals);
	pwc_drop_address(&c->pwc, gva.v, &own);
}

void cpu_ept_violation(struct cpu *c, gva_t gva, gpa_t gpa)
{
	struct scope own = { CONTEXT_MASK, c->context, MAPPING_COMBINED };
	struct scope global = { CONTEXT_MASK, CONTEXT_GLOBAL, MAPPING_COMBINED };

	c->epoch++;
	drop_page(c, gva, &own);
	drop_page(c, gva, &global);
	pwc_drop_address(&c->pwc, gva.v, &own);
	tlb_drop_page(&c->ntlb, tlb_vpn(gpa.v), &everything);
	pwc_drop_address(&c->host_pwc, gpa.v, &everything);
}

void cpu_invvpid_addr(struct cpu *c, gva_t gva)
{
	begin(c);
	drop_named_page(c, gva, &everything);
	pwc_drop_address(&c->pwc, gva.v, &everything);
}

void cpu_invvpid(struct cpu *c)
{
	cpu_flush_all_pcids(c);
}

void cpu_invvpid_keep_globals(struct cpu *c)
{
	cpu_flush_non_global(c);
}

void cpu_invept(struct cpu *c)
{
	static const struct scope combined = { 0, 0, MAPPING_COMBINED };

	begin(c);
	drop_tlbs(c, &combined);
	pwc_drop(&c->pwc, &combined);
	drop_guest_physical(c);
}

void cpu_flush_asid(struct cpu *c)
{
	cpu_flush_all_pcids(c);
	drop_guest_physical(c);
}

void cpu_invlpga(struct cpu *c, gva_t gva)
{
	begin(c);
	drop_named_page(c, gva, &everything);
	pwc_drop(&c->pwc, &everything);
}

void cpu_vm_exit(struct cpu *c)
{
	if (!c->vpid)
		cpu_flush_all_pcids(c);
}
