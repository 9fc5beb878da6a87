/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_invalidate.c - each operation against the table of what it must remove, no more and no less
 *
 * Two addresses (in different 512 GiB), cached under the current PCID, under another one, and in
 * the TLB as a global page of either; two guest-physical addresses. Every row is run with linear
 * and with combined mappings. Sources: Intel SDM vol. 3A "Invalidation of TLBs and
 * paging-structure caches", vol. 3C "Operations that invalidate cached mappings"; AMD64 APM vol. 2
 * "TLB management".
 */
#include "check.h"

#include <string.h>

#include "hw/cpu_parts.h"

#define OWN   5u
#define OTHER 6u

static const gva_t here = { (uint64_t)1 << 40 }, there = { (uint64_t)5 << 40 };
static const gpa_t near = { 0x1000000 }, far = { (uint64_t)3 << 40 };

/* The cells: TLB entries, paging-structure entries, nested TLB and host-side entries. */
enum cell {
	TLB_OWN,
	TLB_OTHER,
	TLB_GLOBAL_PAGE,
	TLB_OWN_THERE,
	TLB_OTHER_THERE,
	TLB_GLOBAL_THERE,
	PSC_OWN,
	PSC_OTHER,
	PSC_OWN_THERE,
	PSC_OTHER_THERE,
	GP_TLB,
	GP_PSC,
	GP_TLB_FAR,
	GP_PSC_FAR,
	CELLS
};

#define BIT(cell) (1u << (cell))

#define TLB_ALL_OWN    (BIT(TLB_OWN) | BIT(TLB_OWN_THERE))
#define TLB_ALL_OTHER  (BIT(TLB_OTHER) | BIT(TLB_OTHER_THERE))
#define TLB_ALL_GLOBAL (BIT(TLB_GLOBAL_PAGE) | BIT(TLB_GLOBAL_THERE))
#define TLB_ALL	       (TLB_ALL_OWN | TLB_ALL_OTHER | TLB_ALL_GLOBAL)
#define PSC_ALL_OWN    (BIT(PSC_OWN) | BIT(PSC_OWN_THERE))
#define PSC_ALL_OTHER  (BIT(PSC_OTHER) | BIT(PSC_OTHER_THERE))
#define PSC_ALL	       (PSC_ALL_OWN | PSC_ALL_OTHER)
#define GP_NEAR	       (BIT(GP_TLB) | BIT(GP_PSC))
#define GP_ALL	       (GP_NEAR | BIT(GP_TLB_FAR) | BIT(GP_PSC_FAR))

/* --- fixture --- */

static struct machine machine_of_test(void)
{
	struct machine m = { .vendor = VENDOR_INTEL };

	m.l1d[0] = (struct tlb_geometry){ { 16, 16, ASSOC_LRU }, HOLDS(LEVEL_4K) };
	m.l1i[0] = m.l1d[0];
	m.stlb[0] = (struct tlb_geometry){ { 64, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) };
	for (unsigned level = 2; level <= LEVEL_MAX; level++)
		m.pwc[level] = m.host_pwc[level] = (struct assoc_geometry){ 16, 16, ASSOC_LRU };
	m.ntlb = (struct assoc_geometry){ 16, 16, ASSOC_LRU };
	return m;
}

static struct translation entry_of(unsigned kind)
{
	return (struct translation){ .frame = 1,
				     .level = LEVEL_4K,
				     .perm = PERM_ALL,
				     .dirty = true,
				     .combined = kind == MAPPING_COMBINED };
}

/* Globals lie on the next page, so that they do not hide the others. */
static gva_t global_of(gva_t a)
{
	return gva_make(a.v + PAGE_BYTES);
}

/* Both first levels and the second: the fetch finds the second. */
static void fill_tlb(struct cpu *c, gva_t a, unsigned kind)
{
	static const struct access data = { ACCESS_LOAD, true }, code = { ACCESS_FETCH, true };
	static const struct paging mode = { .levels = 4 };
	struct translation t = entry_of(kind);

	cpu_tlb_fill(c, a, data, &t);
	assert_true(cpu_tlb_lookup(c, a, code, &mode, &t));
}

static void fill_global(struct cpu *c, gva_t a, unsigned kind)
{
	static const struct access data = { ACCESS_LOAD, true };
	struct translation t = entry_of(kind);

	t.global = true;
	cpu_tlb_fill(c, global_of(a), data, &t);
}

static void fill_psc(struct cpu *c, gva_t a, unsigned pcid, unsigned kind)
{
	struct pwc_entry e = { 1, 1, PERM_ALL | (kind == MAPPING_COMBINED ? PWC_COMBINED : 0) };

	for (unsigned level = 2; level <= 4; level++)
		pwc_insert(&c->pwc, a.v, level, context_pcid((uint16_t)pcid), &e);
}

static void fill_guest_physical(struct cpu *c, gpa_t a)
{
	struct translation t = entry_of(MAPPING_LINEAR);
	struct pwc_entry e = { 1, 1, PERM_ALL };

	tlb_insert(&c->ntlb, tlb_vpn(a.v), CONTEXT_VALID, tlb_pack(&t), t.level);
	for (unsigned level = 2; level <= 4; level++)
		pwc_insert(&c->host_pwc, a.v, level, CONTEXT_VALID, &e);
}

static struct cpu *full_cpu(struct counters *n, uint16_t vpid, unsigned kind)
{
	static const unsigned pcids[] = { OTHER, OWN };
	struct machine m = machine_of_test();
	struct cpu *c;

	assert_int_equal(cpu_create(&c, &m, vpid, n, NULL), 0);
	for (unsigned i = 0; i < 2; i++) {
		cpu_set_pcid(c, (uint16_t)pcids[i]);
		fill_tlb(c, here, kind);
		fill_tlb(c, there, kind);
		fill_psc(c, here, pcids[i], kind);
		fill_psc(c, there, pcids[i], kind);
	}
	fill_global(c, here, kind);
	fill_global(c, there, kind);
	fill_guest_physical(c, near);
	fill_guest_physical(c, far);
	return c;
}

/* --- what is there --- */

static bool tlb_has(const struct tlb *t, gva_t a, unsigned pcid)
{
	struct tlb_place p;

	return tlb_find(t, tlb_vpn(a.v), context_pcid((uint16_t)pcid), &p);
}

/* In the first level and in the second, or in neither. */
static bool tlbs_have(const struct cpu *c, gva_t a, unsigned pcid)
{
	bool there_is = tlb_has(c->l1[CPU_DATA], a, pcid);

	assert_int_equal(tlb_has(c->l2[CPU_DATA], a, pcid), there_is);
	return there_is;
}

static bool psc_has(const struct pwc *p, uint64_t a, uint64_t context)
{
	struct pwc_entry e;

	return pwc_find(p, a, context, &e) != 0;
}

static unsigned cells_of(const struct cpu *c)
{
	uint64_t own = context_pcid(OWN), other = context_pcid(OTHER);
	struct tlb_place p;
	unsigned n = 0;

	n |= tlbs_have(c, here, OWN) ? BIT(TLB_OWN) : 0;
	n |= tlbs_have(c, here, OTHER) ? BIT(TLB_OTHER) : 0;
	n |= tlbs_have(c, global_of(here), 77) ? BIT(TLB_GLOBAL_PAGE) : 0;
	n |= tlbs_have(c, there, OWN) ? BIT(TLB_OWN_THERE) : 0;
	n |= tlbs_have(c, there, OTHER) ? BIT(TLB_OTHER_THERE) : 0;
	n |= tlbs_have(c, global_of(there), 77) ? BIT(TLB_GLOBAL_THERE) : 0;
	n |= psc_has(&c->pwc, here.v, own) ? BIT(PSC_OWN) : 0;
	n |= psc_has(&c->pwc, here.v, other) ? BIT(PSC_OTHER) : 0;
	n |= psc_has(&c->pwc, there.v, own) ? BIT(PSC_OWN_THERE) : 0;
	n |= psc_has(&c->pwc, there.v, other) ? BIT(PSC_OTHER_THERE) : 0;
	n |= tlb_find(&c->ntlb, tlb_vpn(near.v), CONTEXT_VALID, &p) ? BIT(GP_TLB) : 0;
	n |= psc_has(&c->host_pwc, near.v, CONTEXT_VALID) ? BIT(GP_PSC) : 0;
	n |= tlb_find(&c->ntlb, tlb_vpn(far.v), CONTEXT_VALID, &p) ? BIT(GP_TLB_FAR) : 0;
	n |= psc_has(&c->host_pwc, far.v, CONTEXT_VALID) ? BIT(GP_PSC_FAR) : 0;
	return n;
}

/* --- the table --- */

static void invlpg(struct cpu *c)
{
	cpu_invlpg(c, here);
}

static void invlpg_global(struct cpu *c)
{
	cpu_invlpg(c, global_of(here));
}

static void flush_own(struct cpu *c)
{
	cpu_flush_pcid(c, OWN);
}

static void flush_other(struct cpu *c)
{
	cpu_flush_pcid(c, OTHER);
}

static void mov_cr3_keeping(struct cpu *c)
{
	cpu_set_pcid(c, OTHER);
	cpu_set_pcid(c, OWN);
}

static void invpcid_addr_own(struct cpu *c)
{
	cpu_invpcid_addr(c, here, OWN);
}

static void invpcid_addr_other(struct cpu *c)
{
	cpu_invpcid_addr(c, here, OTHER);
}

static void invpcid_addr_global(struct cpu *c)
{
	cpu_invpcid_addr(c, global_of(here), OTHER);
}

static void page_fault(struct cpu *c)
{
	cpu_pf_delivered(c, here);
}

static void page_fault_global(struct cpu *c)
{
	cpu_pf_delivered(c, global_of(here));
}

static void violation(struct cpu *c)
{
	cpu_ept_violation(c, here, near);
}

static void invvpid_addr(struct cpu *c)
{
	cpu_invvpid_addr(c, here);
}

static void invvpid_addr_global(struct cpu *c)
{
	cpu_invvpid_addr(c, global_of(here));
}

static void invlpga(struct cpu *c)
{
	cpu_invlpga(c, here);
}

struct row {
	const char *name;
	void (*op)(struct cpu *c);
	uint16_t vpid;
	unsigned linear, combined; /* cells dropped, of linear and of combined mappings */
	unsigned guest_physical;
	unsigned counted; /* in tlb_invalidations */
};

static const struct row rows[] = {
	{ "INVLPG", invlpg, 1, BIT(TLB_OWN) | PSC_ALL_OWN, BIT(TLB_OWN) | PSC_ALL_OWN, 0, 1 },
	{ "INVLPG of a global page", invlpg_global, 1, BIT(TLB_GLOBAL_PAGE) | PSC_ALL_OWN,
	  BIT(TLB_GLOBAL_PAGE) | PSC_ALL_OWN, 0, 1 },
	{ "MOV CR3, bit 63 clear", flush_own, 1, TLB_ALL_OWN | PSC_ALL_OWN,
	  TLB_ALL_OWN | PSC_ALL_OWN, 0, 1 },
	{ "MOV CR3, bit 63 set", mov_cr3_keeping, 1, 0, 0, 0, 0 },
	{ "CR4.PGE, INVPCID 2", cpu_flush_all_pcids, 1, TLB_ALL | PSC_ALL, TLB_ALL | PSC_ALL, 0,
	  1 },
	{ "INVPCID 0", invpcid_addr_own, 1, BIT(TLB_OWN) | BIT(PSC_OWN),
	  BIT(TLB_OWN) | BIT(PSC_OWN), 0, 1 },
	{ "INVPCID 0 of another PCID", invpcid_addr_other, 1, BIT(TLB_OTHER) | BIT(PSC_OTHER),
	  BIT(TLB_OTHER) | BIT(PSC_OTHER), 0, 1 },
	{ "INVPCID 0 of a global page", invpcid_addr_global, 1, BIT(PSC_OTHER), BIT(PSC_OTHER),
	  0, 1 },
	{ "INVPCID 1", flush_other, 1, TLB_ALL_OTHER | PSC_ALL_OTHER,
	  TLB_ALL_OTHER | PSC_ALL_OTHER, 0, 1 },
	{ "INVPCID 3", cpu_flush_non_global, 1, TLB_ALL_OWN | TLB_ALL_OTHER | PSC_ALL,
	  TLB_ALL_OWN | TLB_ALL_OTHER | PSC_ALL, 0, 1 },
	{ "#PF", page_fault, 1, BIT(TLB_OWN) | BIT(PSC_OWN), BIT(TLB_OWN) | BIT(PSC_OWN), 0,
	  0 },
	{ "#PF of a global page", page_fault_global, 1, BIT(TLB_GLOBAL_PAGE) | BIT(PSC_OWN),
	  BIT(TLB_GLOBAL_PAGE) | BIT(PSC_OWN), 0, 0 },
	{ "EPT violation", violation, 1, 0, BIT(TLB_OWN) | BIT(PSC_OWN), GP_NEAR, 0 },
	{ "INVVPID 0", invvpid_addr, 1,
	  BIT(TLB_OWN) | BIT(TLB_OTHER) | BIT(PSC_OWN) | BIT(PSC_OTHER),
	  BIT(TLB_OWN) | BIT(TLB_OTHER) | BIT(PSC_OWN) | BIT(PSC_OTHER), 0, 1 },
	{ "INVVPID 0 of a global page", invvpid_addr_global, 1,
	  BIT(TLB_GLOBAL_PAGE) | BIT(PSC_OWN) | BIT(PSC_OTHER),
	  BIT(TLB_GLOBAL_PAGE) | BIT(PSC_OWN) | BIT(PSC_OTHER), 0, 1 },
	{ "INVVPID 1", cpu_invvpid, 1, TLB_ALL | PSC_ALL, TLB_ALL | PSC_ALL, 0, 1 },
	{ "INVVPID 3", cpu_invvpid_keep_globals, 1, TLB_ALL_OWN | TLB_ALL_OTHER | PSC_ALL,
	  TLB_ALL_OWN | TLB_ALL_OTHER | PSC_ALL, 0, 1 },
	{ "INVEPT", cpu_invept, 1, 0, TLB_ALL | PSC_ALL, GP_ALL, 1 },
	{ "VM exit, VPID on", cpu_vm_exit, 1, 0, 0, 0, 0 },
	{ "VM exit, VPID off", cpu_vm_exit, 0, TLB_ALL | PSC_ALL, TLB_ALL | PSC_ALL, 0, 1 },
	{ "flush of an ASID", cpu_flush_asid, 1, TLB_ALL | PSC_ALL, TLB_ALL | PSC_ALL, GP_ALL,
	  1 },
	{ "INVLPGA", invlpga, 1, BIT(TLB_OWN) | BIT(TLB_OTHER) | PSC_ALL,
	  BIT(TLB_OWN) | BIT(TLB_OTHER) | PSC_ALL, 0, 1 },
};

static void check_row(const struct row *row, unsigned kind)
{
	unsigned all = BIT(CELLS) - 1, want, got;
	struct counters n = { 0 };
	struct cpu *c = full_cpu(&n, row->vpid, kind);
	uint64_t epoch = cpu_epoch(c);

	assert_int_equal(cells_of(c), all);
	row->op(c);
	want = all & ~(kind == MAPPING_LINEAR ? row->linear : row->combined) &
	       ~row->guest_physical;
	got = cells_of(c);
	if (got != want)
		fail_msg("%s, %s mappings: 0x%x stayed, not 0x%x", row->name,
			 kind == MAPPING_LINEAR ? "linear" : "combined", got, want);
	assert_int_equal(n.tlb_invalidations, row->counted);
	if (got != all)
		assert_true(cpu_epoch(c) > epoch);
	cpu_destroy(c);
}

static void every_cell(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row(&rows[i], MAPPING_LINEAR);
		check_row(&rows[i], MAPPING_COMBINED);
	}
}

/* The code side's first level is dropped with the others. */
static void code_is_dropped_too(void **state)
{
	struct counters n = { 0 };
	struct cpu *c = full_cpu(&n, 1, MAPPING_LINEAR);

	(void)state;
	assert_true(tlb_has(c->l1[CPU_CODE], here, OWN));
	cpu_invlpg(c, here);
	assert_false(tlb_has(c->l1[CPU_CODE], here, OWN));
	assert_true(tlb_has(c->l1[CPU_CODE], there, OWN));
	cpu_flush_pcid(c, OWN);
	assert_false(tlb_has(c->l1[CPU_CODE], there, OWN));
	cpu_destroy(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell),
		cmocka_unit_test(code_is_dropped_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
