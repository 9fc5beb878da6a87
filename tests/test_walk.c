/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_walk.c - the page walker: closed forms, sizes, rights, A/D, faults, what it caches */
#include "check.h"

#include "hw/cpu_parts.h"
#include "tables.h"

#define GUEST_TABLES 16u  /* gfn */
#define DATA_GFN     100u /* of a 4K page */
#define HOST_TABLES  0x1000u

static const struct paging mode = { .levels = 4, .wp = true, .nxe = true, .pge = true };
static const struct access load = { ACCESS_LOAD, true }, store = { ACCESS_STORE, true },
			   fetch = { ACCESS_FETCH, true };

struct world {
	struct machine m;
	struct counters n;
	struct cpu *c;
	struct tables guest, host;
	struct walk_result r;
};

/* A machine without any cache of translations but the TLBs that a cpu must have. */
static struct machine bare(void)
{
	struct machine m = { .vendor = VENDOR_INTEL };

	m.l1d[0] = (struct tlb_geometry){ { 4, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) };
	m.l1i[0] = m.l1d[0];
	return m;
}

static struct machine cached(void)
{
	struct machine m = bare();

	for (unsigned level = 2; level <= LEVEL_MAX; level++)
		m.pwc[level] = m.host_pwc[level] = (struct assoc_geometry){ 4, 4, ASSOC_LRU };
	m.ntlb = (struct assoc_geometry){ 16, 4, ASSOC_LRU };
	return m;
}

static void map_guest_leaf(struct world *w, unsigned level)
{
	tables_map(&w->guest, 0, level, level == 1 ? DATA_GFN : 0, tables_all(PT_X86));
}

/* Host leaves for every guest frame below 512 (or the one large page around them). */
static void map_host(struct world *w, unsigned level)
{
	enum pt_kind kind = w->host.t.kind;

	for (uint64_t gfn = 0; gfn < (level == 1 ? 512 : 1); gfn++)
		tables_map(&w->host, gfn << PAGE_SHIFT, level, TABLES_BASE + gfn,
			   tables_all(kind));
}

static void open_world(struct world *w, struct machine m, enum pt_kind host_kind,
		       const unsigned shape[4])
{
	*w = (struct world){ .m = m };
	tables_open(&w->guest, PT_X86, shape[0], GUEST_TABLES);
	tables_open(&w->host, host_kind, shape[2], HOST_TABLES);
	map_guest_leaf(w, shape[1]);
	map_host(w, shape[3]);
	assert_int_equal(cpu_create(&w->c, &w->m, 1, &w->n, NULL), 0);
}

static void close_world(struct world *w)
{
	cpu_destroy(w->c);
	tables_close(&w->guest);
	tables_close(&w->host);
}

/* 4-level guest, 4K leaf; 4-level EPT, 4K leaves. */
static const unsigned plain[4] = { 4, 1, 4, 1 };

static enum walk_status two(struct world *w, uint64_t gva, struct access a)
{
	walk_2d(w->c, &w->guest.t, &w->host.t, &mode, gva_make(gva), a, &w->r);
	return w->r.status;
}

static enum walk_status one(struct world *w, uint64_t gva, struct access a)
{
	walk_1d(w->c, &w->guest.t, &mode, gva_make(gva), a, &w->r);
	return w->r.status;
}

static uint64_t refs(const struct world *w)
{
	return w->n.walk_refs_guest + w->n.walk_refs_host;
}

/* --- closed forms --- */

static void check_form(const unsigned shape[4], enum pt_kind kind)
{
	unsigned g = shape[0] - shape[1] + 1, h = shape[2] - shape[3] + 1;
	struct world w;

	open_world(&w, bare(), kind, shape);
	assert_int_equal(two(&w, 0, load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, g);
	assert_int_equal(w.n.walk_refs_host, (g + 1) * h);
	assert_int_equal(refs(&w), (g + 1) * (h + 1) - 1);
	assert_int_equal(w.n.walk_refs_mem, refs(&w));
	assert_int_equal(one(&w, 0, load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, 2 * g);
	assert_int_equal(w.n.walks, 2);
	close_world(&w);
}

static void uncached_walks_read_g1_h1_minus_1(void **state)
{
	(void)state;
	for (unsigned g = 1; g <= 5; g++)
		for (unsigned h = 1; h <= 5; h++) {
			const unsigned shape[4] = { g, 1, h, 1 };

			check_form(shape, PT_EPT);
			check_form(shape, PT_NPT);
		}
	for (unsigned g = 4; g <= 5; g++)
		for (unsigned h = 4; h <= 5; h++)
			for (unsigned leaf = 0; leaf < 9; leaf++) {
				const unsigned shape[4] = { g, 1 + leaf / 3, h, 1 + leaf % 3 };

				check_form(shape, PT_EPT);
			}
}

static void known_sums(void **state)
{
	static const unsigned shape[3][4] = { { 4, 1, 4, 1 }, { 4, 1, 4, 2 }, { 4, 2, 4, 2 } };
	static const unsigned sum[3] = { 24, 19, 15 };
	struct world w;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		open_world(&w, bare(), PT_EPT, shape[i]);
		assert_int_equal(two(&w, 0, load), WALK_OK);
		assert_int_equal(refs(&w), sum[i]);
		close_world(&w);
	}
}

/* --- where it ends --- */

static void the_smaller_size_counts(void **state)
{
	uint64_t gva = 0x35123; /* frame 0x35 of a large page */

	(void)state;
	for (unsigned g = 1; g <= 3; g++)
		for (unsigned h = 1; h <= 3; h++) {
			const unsigned shape[4] = { 5, g, 4, h };
			unsigned level = g < h ? g : h;
			uint64_t gfn = g == 1 ? DATA_GFN : 0x35;
			struct world w;

			open_world(&w, bare(), PT_EPT, shape);
			assert_int_equal(two(&w, g == 1 ? 0x123 : gva, load), WALK_OK);
			assert_int_equal(w.r.gpa.v, gfn << PAGE_SHIFT | 0x123);
			assert_int_equal(w.r.guest_level, g);
			assert_int_equal(w.r.t.level, level);
			assert_int_equal(w.r.t.frame,
					 TABLES_BASE + (gfn & ~(level_frames(level) - 1)));
			assert_true(w.r.t.combined);
			assert_int_equal(one(&w, g == 1 ? 0x123 : gva, load), WALK_OK);
			assert_int_equal(w.r.t.level, g);
			assert_int_equal(w.r.t.frame, g == 1 ? DATA_GFN : 0);
			assert_false(w.r.t.combined);
			close_world(&w);
		}
}

static void rights_are_anded(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, bare(), PT_EPT, plain);
	assert_int_equal(two(&w, 0, store), WALK_OK);
	assert_int_equal(w.r.t.perm, PERM_ALL);
	assert_true(w.r.t.dirty);
	*tables_entry(&w.guest, 0, 3) &= ~PTE_W; /* an upper entry of the guest */
	assert_int_equal(two(&w, 0, load), WALK_OK);
	assert_int_equal(w.r.t.perm, PERM_U | PERM_X);
	assert_int_equal(two(&w, 0, store), WALK_FAULT);
	assert_int_equal(w.r.error_code, PFEC_P | PFEC_W | PFEC_U);
	*tables_entry(&w.guest, 0, 3) |= PTE_W | PTE_NX;
	assert_int_equal(two(&w, 0, fetch), WALK_FAULT);
	assert_int_equal(w.r.error_code, PFEC_P | PFEC_I | PFEC_U);
	*tables_entry(&w.guest, 0, 3) &= ~(PTE_NX | PTE_U);
	assert_int_equal(two(&w, 0, load), WALK_FAULT);
	assert_int_equal(w.r.error_code, PFEC_P | PFEC_U);
	*tables_entry(&w.guest, 0, 3) |= PTE_U;
	*tables_entry(&w.host, DATA_GFN << PAGE_SHIFT, 1) &= ~(EPT_W | EPT_X);
	assert_int_equal(two(&w, 0x10, load), WALK_OK);
	assert_int_equal(w.r.t.perm, PERM_U);
	assert_int_equal(two(&w, 0x10, store), WALK_VIOLATION);
	assert_int_equal(w.r.gpa.v, DATA_GFN << PAGE_SHIFT | 0x10);
	assert_true(w.r.is_write && !w.r.in_table);
	assert_int_equal(two(&w, 0x10, fetch), WALK_VIOLATION);
	assert_false(w.r.is_write);
	assert_int_equal(w.n.walk_faults, 5);
	close_world(&w);
}

/* A store that CR0.WP = 0 lets through the guest's tables must still meet the host's. */
static void read_only_host_pages_are_never_dirty(void **state)
{
	struct paging no_wp = { .levels = 4, .nxe = true };
	struct access kernel = { ACCESS_LOAD, false };
	struct world w;

	(void)state;
	open_world(&w, bare(), PT_EPT, plain);
	*tables_entry(&w.host, DATA_GFN << PAGE_SHIFT, 1) &= ~EPT_W;
	walk_2d(w.c, &w.guest.t, &w.host.t, &no_wp, gva_make(0), kernel, &w.r);
	assert_int_equal(w.r.status, WALK_OK);
	assert_false(w.r.t.dirty);
	close_world(&w);
}

static void the_g_flag_needs_pge(void **state)
{
	struct paging no_pge = mode;
	struct world w;

	(void)state;
	open_world(&w, bare(), PT_EPT, plain);
	no_pge.pge = false;
	*tables_entry(&w.guest, 0, 1) |= PTE_G;
	assert_int_equal(one(&w, 0, load), WALK_OK);
	assert_true(w.r.t.global);
	walk_1d(w.c, &w.guest.t, &no_pge, gva_make(0), load, &w.r);
	assert_false(w.r.t.global);
	close_world(&w);
}

/* --- faults --- */

static void a_missing_entry_faults_at_its_level(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, bare(), PT_EPT, plain);
	for (unsigned level = 1; level <= 4; level++) {
		uint64_t *e = tables_entry(&w.guest, 0, level), was = *e;

		*e &= ~PTE_P;
		assert_int_equal(two(&w, 0, store), WALK_FAULT);
		assert_int_equal(w.r.error_code, PFEC_W | PFEC_U);
		assert_int_equal(w.r.guest_level, level);
		*e = was | PTE_RSVD_HIGH;
		assert_int_equal(two(&w, 0, load), WALK_FAULT);
		assert_int_equal(w.r.error_code, PFEC_P | PFEC_RSVD | PFEC_U);
		assert_int_equal(w.r.guest_level, level);
		*e = was;
	}
	assert_int_equal(two(&w, 0, load), WALK_OK);
	close_world(&w);
}

static void a_table_nobody_gave_is_unknown(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, bare(), PT_EPT, plain);
	pages_drop(&w.guest.pages, pte_frame(*tables_entry(&w.guest, 0, 3), 1));
	assert_int_equal(one(&w, 0, load), WALK_UNKNOWN);
	assert_int_equal(w.r.gpa.v, (GUEST_TABLES + 2) << PAGE_SHIFT);
	close_world(&w);
}

static void host_refusals_say_where(void **state)
{
	uint64_t table = GUEST_TABLES + 2, *e; /* the guest's page directory */
	struct world w;

	(void)state;
	open_world(&w, bare(), PT_EPT, plain);
	e = tables_entry(&w.host, table << PAGE_SHIFT, 1);
	*e = 0;
	assert_int_equal(two(&w, (uint64_t)5 << 21, load), WALK_VIOLATION);
	assert_int_equal(w.r.gpa.v, table << PAGE_SHIFT | 5 * 8);
	assert_true(w.r.in_table && w.r.is_write); /* EPT A/D: a table access is a write */
	*e = EPT_MISCONFIG;
	assert_int_equal(two(&w, 0, load), WALK_MISCONFIG);
	assert_true(w.r.in_table);
	*e = (TABLES_BASE + table) << PAGE_SHIFT | tables_all(PT_EPT);
	e = tables_entry(&w.host, DATA_GFN << PAGE_SHIFT, 1);
	*e = EPT_MISCONFIG;
	assert_int_equal(two(&w, 0x18, store), WALK_MISCONFIG);
	assert_int_equal(w.r.gpa.v, DATA_GFN << PAGE_SHIFT | 0x18);
	assert_true(!w.r.in_table && w.r.is_write);
	close_world(&w);
}

static void npt_walks_are_user_accesses(void **state)
{
	uint64_t *data, *table;
	struct world w;

	(void)state;
	open_world(&w, bare(), PT_NPT, plain);
	data = tables_entry(&w.host, DATA_GFN << PAGE_SHIFT, 1);
	table = tables_entry(&w.host, GUEST_TABLES << PAGE_SHIFT, 1);
	assert_int_equal(two(&w, 0, store), WALK_OK);
	*data &= ~PTE_U;
	assert_int_equal(two(&w, 0, load), WALK_VIOLATION);
	*data |= PTE_U;
	*table &= ~PTE_W; /* guest table walks are writes */
	assert_int_equal(two(&w, 0, load), WALK_VIOLATION);
	assert_true(w.r.in_table && w.r.is_write);
	*table |= PTE_W;
	*data |= PTE_MMIO;
	assert_int_equal(two(&w, 0, load), WALK_MISCONFIG);
	close_world(&w);
}

/* --- accessed and dirty --- */

static void clear_ad(struct world *w)
{
	for (unsigned level = 1; level <= 4; level++)
		*tables_entry(&w->guest, 0, level) &= ~(PTE_A | PTE_D);
}

static void allowed_accesses_set_a_and_d(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, bare(), PT_EPT, plain);
	clear_ad(&w);
	assert_int_equal(two(&w, 0, load), WALK_OK);
	for (unsigned level = 1; level <= 4; level++)
		assert_true(*tables_entry(&w.guest, 0, level) & PTE_A);
	assert_false(*tables_entry(&w.guest, 0, 1) & PTE_D);
	assert_false(w.r.t.dirty);
	assert_int_equal(w.n.guest_accessed_sets, 4);
	assert_int_equal(two(&w, 0, store), WALK_OK);
	assert_true(*tables_entry(&w.guest, 0, 1) & PTE_D);
	assert_false(*tables_entry(&w.guest, 0, 2) & PTE_D);
	assert_true(w.r.t.dirty);
	assert_int_equal(w.n.guest_accessed_sets, 4);
	assert_int_equal(w.n.guest_dirty_sets, 1);
	assert_int_equal(two(&w, 0, load), WALK_OK);
	assert_true(w.r.t.dirty);
	close_world(&w);
}

static void refused_accesses_set_nothing(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, cached(), PT_EPT, plain);
	clear_ad(&w);
	*tables_entry(&w.guest, 0, 1) &= ~PTE_W;
	assert_int_equal(two(&w, 0, store), WALK_FAULT);
	for (unsigned level = 1; level <= 4; level++)
		assert_false(*tables_entry(&w.guest, 0, level) & (PTE_A | PTE_D));
	assert_int_equal(w.n.guest_accessed_sets + w.n.guest_dirty_sets, 0);
	assert_int_equal(two(&w, 0, load), WALK_OK); /* and had cached nothing */
	assert_int_equal(w.n.pwc_hits_pde + w.n.pwc_hits_pdpte + w.n.pwc_hits_pml4e, 0);
	close_world(&w);
}

static void shadow_tables_are_not_the_guests(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, bare(), PT_EPT, plain);
	clear_ad(&w);
	w.guest.t.shadow = true;
	assert_int_equal(one(&w, 0, store), WALK_OK);
	assert_true(*tables_entry(&w.guest, 0, 1) & PTE_D);
	assert_int_equal(w.n.guest_accessed_sets + w.n.guest_dirty_sets, 0);
	close_world(&w);
}

static void ept_a_and_d(void **state)
{
	uint64_t *data, *table;
	struct world w;

	(void)state;
	open_world(&w, bare(), PT_EPT, plain);
	data = tables_entry(&w.host, DATA_GFN << PAGE_SHIFT, 1);
	table = tables_entry(&w.host, GUEST_TABLES << PAGE_SHIFT, 1);
	*data &= ~(EPT_A | EPT_D);
	*table &= ~(EPT_A | EPT_D);
	assert_int_equal(two(&w, 0, load), WALK_OK);
	assert_true((*data & EPT_A) && !(*data & EPT_D));
	assert_true((*table & EPT_A) && (*table & EPT_D));
	assert_false(w.r.t.dirty); /* the guest's leaf is dirty, EPT's is not */
	assert_int_equal(two(&w, 0, store), WALK_OK);
	assert_true(*data & EPT_D);
	assert_true(w.r.t.dirty);
	*table &= ~EPT_W;
	assert_int_equal(two(&w, 0, load), WALK_VIOLATION);
	assert_true(w.r.in_table && w.r.is_write);
	close_world(&w);
}

static void without_ept_ad_only_setting_a_bit_writes(void **state)
{
	uint64_t table = GUEST_TABLES + 3; /* the guest's page table */
	struct world w;

	(void)state;
	open_world(&w, cached(), PT_EPT, plain);
	w.host.t.ad = false;
	*tables_entry(&w.host, table << PAGE_SHIFT, 1) &= ~(EPT_W | EPT_A | EPT_D);
	assert_int_equal(two(&w, 0, load), WALK_OK); /* all bits are set already */
	assert_true(w.r.t.dirty);
	assert_false(*tables_entry(&w.host, table << PAGE_SHIFT, 1) & (EPT_A | EPT_D));
	*tables_entry(&w.guest, 0, 1) &= ~PTE_D;
	for (unsigned i = 0; i < 2; i++) { /* the second time through the PDE cache */
		assert_int_equal(two(&w, 0, store), WALK_VIOLATION);
		assert_int_equal(w.r.gpa.v, table << PAGE_SHIFT);
		assert_true(w.r.in_table && w.r.is_write);
	}
	assert_int_equal(w.n.pwc_hits_pde, 2);
	assert_false(*tables_entry(&w.guest, 0, 1) & PTE_D);
	*tables_entry(&w.host, table << PAGE_SHIFT, 1) |= EPT_W;
	cpu_ept_violation(w.c, gva_make(0), w.r.gpa);
	assert_int_equal(two(&w, 0, store), WALK_OK);
	close_world(&w);
}

/* --- what is cached --- */

static void a_cached_pde_leaves_one_reference(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, cached(), PT_EPT, plain);
	tables_map(&w.guest, PAGE_BYTES, 1, DATA_GFN + 1, tables_all(PT_X86));
	assert_int_equal(one(&w, 0, load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, 4);
	assert_int_equal(one(&w, PAGE_BYTES, load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, 5);
	assert_int_equal(w.n.pwc_hits_pde, 1);
	close_world(&w);
}

static void each_level_is_cached(void **state)
{
	static const unsigned deep[4] = { 5, 1, 5, 1 };
	static const unsigned shift[] = { 21, 30, 39, 48 };
	struct world w;

	(void)state;
	open_world(&w, cached(), PT_EPT, deep);
	for (unsigned i = 0; i < 4; i++)
		tables_map(&w.guest, (uint64_t)1 << shift[i], 1, DATA_GFN, tables_all(PT_X86));
	assert_int_equal(one(&w, 0, load), WALK_OK);
	for (unsigned i = 0; i < 4; i++) {
		w.n.walk_refs_guest = 0;
		assert_int_equal(one(&w, (uint64_t)1 << shift[i], load), WALK_OK);
		assert_int_equal(w.n.walk_refs_guest, 2 + i);
	}
	assert_int_equal(w.n.pwc_hits_pdpte, 1);
	assert_int_equal(w.n.pwc_hits_pml4e, 1);
	assert_int_equal(w.n.pwc_hits_pml5e, 1);
	assert_int_equal(w.n.pwc_hits_pde, 0);
	close_world(&w);
}

/* A combined entry skips the guest levels above and their nested translations. */
static void combined_entries_skip_both_dimensions(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, cached(), PT_EPT, plain);
	tables_map(&w.guest, PAGE_BYTES, 1, DATA_GFN + 1, tables_all(PT_X86));
	assert_int_equal(two(&w, 0, load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, 4);
	assert_int_equal(w.n.walk_refs_host, 4 + 1 + 1 + 1 + 1); /* PDE of EPT cached */
	assert_int_equal(w.n.ntlb_misses, 4);
	assert_int_equal(w.n.host_pwc_hits, 4);
	assert_int_equal(two(&w, PAGE_BYTES, load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, 5);
	assert_int_equal(w.n.walk_refs_host, 9); /* the data's only */
	assert_int_equal(w.n.ntlb_hits, 0);
	assert_int_equal(w.r.t.frame, TABLES_BASE + DATA_GFN + 1);
	close_world(&w);
}

static void nested_tlb_holds_guest_table_pages(void **state)
{
	struct machine m = bare();
	struct world w;

	(void)state;
	m.ntlb = (struct assoc_geometry){ 16, 4, ASSOC_LRU };
	open_world(&w, m, PT_EPT, plain);
	assert_int_equal(two(&w, 0, load), WALK_OK);
	assert_int_equal(refs(&w), 24);
	assert_int_equal(w.n.ntlb_misses, 4);
	assert_int_equal(two(&w, 0, load), WALK_OK);
	assert_int_equal(w.n.ntlb_hits, 4);
	assert_int_equal(refs(&w), 24 + 4 + 4); /* the data's page is translated anew */
	close_world(&w);
}

static void nested_tlb_holds_large_host_pages(void **state)
{
	static const unsigned large[4] = { 4, 1, 4, 2 };
	struct machine m = bare();
	struct world w;

	(void)state;
	m.ntlb = (struct assoc_geometry){ 16, 4, ASSOC_LRU };
	open_world(&w, m, PT_EPT, large);
	assert_int_equal(two(&w, 0, load), WALK_OK);
	assert_int_equal(w.n.ntlb_misses, 1); /* all four tables lie in one 2M page */
	assert_int_equal(w.n.ntlb_hits, 3);
	assert_int_equal(w.r.t.frame, TABLES_BASE + DATA_GFN);
	close_world(&w);
}

/* Nothing is cached from an absent entry; accessed entries above it may be. */
static void a_fault_caches_what_was_accessed_above(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, cached(), PT_EPT, plain);
	*tables_entry(&w.guest, 0, 1) = 0;
	*tables_entry(&w.guest, 0, 3) &= ~PTE_A;
	assert_int_equal(one(&w, 0, load), WALK_FAULT);
	w.n.walk_refs_guest = 0;
	assert_int_equal(one(&w, 0, load), WALK_FAULT);
	assert_int_equal(w.n.pwc_hits_pml4e, 1); /* not the PDPTE: its A is clear */
	assert_int_equal(w.n.walk_refs_guest, 3);
	*tables_entry(&w.guest, 0, 3) |= PTE_A;
	assert_int_equal(one(&w, 0, load), WALK_FAULT);
	assert_int_equal(one(&w, 0, load), WALK_FAULT);
	assert_int_equal(w.n.pwc_hits_pde, 1);
	map_guest_leaf(&w, 1); /* absent to present needs no invalidation */
	assert_int_equal(one(&w, 0, load), WALK_OK);
	close_world(&w);
}

static void pcids_do_not_share_entries(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, cached(), PT_EPT, plain);
	assert_int_equal(two(&w, 0, load), WALK_OK);
	cpu_set_pcid(w.c, 7);
	assert_int_equal(two(&w, 0, load), WALK_OK);
	assert_int_equal(w.n.pwc_hits_pde, 0);
	cpu_set_pcid(w.c, 0);
	assert_int_equal(two(&w, 0, load), WALK_OK);
	assert_int_equal(w.n.pwc_hits_pde, 1);
	close_world(&w);
}

/* Rights of the levels that a cached entry skips still count. */
static void cached_entries_carry_rights(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, cached(), PT_EPT, plain);
	*tables_entry(&w.guest, 0, 4) &= ~PTE_W;
	assert_int_equal(two(&w, 0, load), WALK_OK);
	assert_int_equal(two(&w, 0, store), WALK_FAULT);
	assert_int_equal(w.n.pwc_hits_pde, 1);
	*tables_entry(&w.guest, 0, 4) |= PTE_W; /* a stale right, as the architecture allows */
	assert_int_equal(two(&w, 0, store), WALK_FAULT);
	cpu_pf_delivered(w.c, gva_make(0)); /* a #PF drops them */
	assert_int_equal(two(&w, 0, store), WALK_OK);
	close_world(&w);
}

static void references_are_priced_by_the_caches(void **state)
{
	struct machine m = bare();
	struct world w;

	(void)state;
	m.pte_cache = PTE_CACHE_TABLES;
	m.l1 = (struct cache_geometry){ 64, 1 }; /* one line */
	m.l2 = (struct cache_geometry){ 4096, 8 };
	open_world(&w, m, PT_EPT, plain);
	assert_int_equal(one(&w, 0, load), WALK_OK);
	assert_int_equal(w.n.walk_refs_mem, 4);
	assert_int_equal(one(&w, 0, load), WALK_OK);
	assert_int_equal(w.n.walk_refs_l2, 4);
	assert_int_equal(w.n.walk_refs_l1, 0);
	cpu_data_ref(w.c, 0x1000); /* without effect: tables only */
	assert_false(cpu_wants_data(w.c));
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uncached_walks_read_g1_h1_minus_1),
		cmocka_unit_test(known_sums),
		cmocka_unit_test(the_smaller_size_counts),
		cmocka_unit_test(rights_are_anded),
		cmocka_unit_test(read_only_host_pages_are_never_dirty),
		cmocka_unit_test(the_g_flag_needs_pge),
		cmocka_unit_test(a_missing_entry_faults_at_its_level),
		cmocka_unit_test(a_table_nobody_gave_is_unknown),
		cmocka_unit_test(host_refusals_say_where),
		cmocka_unit_test(npt_walks_are_user_accesses),
		cmocka_unit_test(allowed_accesses_set_a_and_d),
		cmocka_unit_test(refused_accesses_set_nothing),
		cmocka_unit_test(shadow_tables_are_not_the_guests),
		cmocka_unit_test(ept_a_and_d),
		cmocka_unit_test(without_ept_ad_only_setting_a_bit_writes),
		cmocka_unit_test(a_cached_pde_leaves_one_reference),
		cmocka_unit_test(each_level_is_cached),
		cmocka_unit_test(combined_entries_skip_both_dimensions),
		cmocka_unit_test(nested_tlb_holds_guest_table_pages),
		cmocka_unit_test(nested_tlb_holds_large_host_pages),
		cmocka_unit_test(a_fault_caches_what_was_accessed_above),
		cmocka_unit_test(pcids_do_not_share_entries),
		cmocka_unit_test(cached_entries_carry_rights),
		cmocka_unit_test(references_are_priced_by_the_caches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
