/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_walk.c - the page walker: closed forms, sizes, rights, faults, A/D */
#include "check.h"

#include "walk_world.h"

/* --- closed forms --- */

static void check_form(struct world_shape shape, enum pt_kind kind)
{
	unsigned g = shape.guest - shape.guest_leaf + 1, h = shape.host - shape.host_leaf + 1;
	struct world w;

	world_open(&w, world_bare(), kind, shape);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, g);
	assert_int_equal(w.n.walk_refs_host, (g + 1) * h);
	assert_int_equal(world_refs(&w), (g + 1) * (h + 1) - 1);
	assert_int_equal(w.n.walk_refs_mem, world_refs(&w));
	assert_int_equal(world_one(&w, 0, world_load), WALK_OK);
	assert_int_equal(w.n.walk_refs_guest, 2 * g);
	assert_int_equal(w.n.walks, 2);
	world_close(&w);
}

static void uncached_walks_read_g1_h1_minus_1(void **state)
{
	(void)state;
	for (unsigned g = 1; g <= 5; g++)
		for (unsigned h = 1; h <= 5; h++) {
			const struct world_shape shape = { g, 1, h, 1 };

			check_form(shape, PT_EPT);
			check_form(shape, PT_NPT);
		}
	for (unsigned g = 4; g <= 5; g++)
		for (unsigned h = 4; h <= 5; h++)
			for (unsigned leaf = 0; leaf < 9; leaf++) {
				const struct world_shape shape = { g, 1 + leaf / 3, h,
								   1 + leaf % 3 };

				check_form(shape, PT_EPT);
			}
}

static void known_sums(void **state)
{
	static const struct world_shape shape[3] = { { 4, 1, 4, 1 },
						     { 4, 1, 4, 2 },
						     { 4, 2, 4, 2 } };
	static const unsigned sum[3] = { 24, 19, 15 };
	struct world w;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		world_open(&w, world_bare(), PT_EPT, shape[i]);
		assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
		assert_int_equal(world_refs(&w), sum[i]);
		world_close(&w);
	}
}

/* --- where it ends --- */

static void the_smaller_size_counts(void **state)
{
	uint64_t gva = 0x35123; /* frame 0x35 of a large page */

	(void)state;
	for (unsigned g = 1; g <= 3; g++)
		for (unsigned h = 1; h <= 3; h++) {
			const struct world_shape shape = { 5, g, 4, h };
			unsigned level = g < h ? g : h;
			uint64_t gfn = g == 1 ? WORLD_DATA : 0x35;
			struct world w;

			world_open(&w, world_bare(), PT_EPT, shape);
			assert_int_equal(world_two(&w, g == 1 ? 0x123 : gva, world_load),
					 WALK_OK);
			assert_int_equal(w.r.gpa.v, gfn << PAGE_SHIFT | 0x123);
			assert_int_equal(w.r.guest_level, g);
			assert_int_equal(w.r.t.level, level);
			assert_int_equal(w.r.t.frame,
					 TABLES_BASE + (gfn & ~(level_frames(level) - 1)));
			assert_true(w.r.t.combined);
			assert_int_equal(world_one(&w, g == 1 ? 0x123 : gva, world_load),
					 WALK_OK);
			assert_int_equal(w.r.t.level, g);
			assert_int_equal(w.r.t.frame, g == 1 ? WORLD_DATA : 0);
			assert_false(w.r.t.combined);
			world_close(&w);
		}
}

static void rights_are_anded(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, world_bare(), PT_EPT, world_plain);
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	assert_int_equal(w.r.t.perm, PERM_ALL);
	assert_true(w.r.t.dirty);
	*tables_entry(&w.guest, 0, 3) &= ~PTE_W; /* an upper entry of the guest */
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_int_equal(w.r.t.perm, PERM_U | PERM_X);
	assert_int_equal(world_two(&w, 0, world_store), WALK_FAULT);
	assert_int_equal(w.r.error_code, PFEC_P | PFEC_W | PFEC_U);
	*tables_entry(&w.guest, 0, 3) |= PTE_W | PTE_NX;
	assert_int_equal(world_two(&w, 0, world_fetch), WALK_FAULT);
	assert_int_equal(w.r.error_code, PFEC_P | PFEC_I | PFEC_U);
	*tables_entry(&w.guest, 0, 3) &= ~(PTE_NX | PTE_U);
	assert_int_equal(world_two(&w, 0, world_load), WALK_FAULT);
	assert_int_equal(w.r.error_code, PFEC_P | PFEC_U);
	*tables_entry(&w.guest, 0, 3) |= PTE_U;
	*tables_entry(&w.host, WORLD_DATA << PAGE_SHIFT, 1) &= ~(EPT_W | EPT_X);
	assert_int_equal(world_two(&w, 0x10, world_load), WALK_OK);
	assert_int_equal(w.r.t.perm, PERM_U);
	assert_int_equal(world_two(&w, 0x10, world_store), WALK_VIOLATION);
	assert_int_equal(w.r.gpa.v, WORLD_DATA << PAGE_SHIFT | 0x10);
	assert_true(w.r.is_write && !w.r.in_table);
	assert_int_equal(world_two(&w, 0x10, world_fetch), WALK_VIOLATION);
	assert_false(w.r.is_write);
	assert_int_equal(w.n.walk_faults, 5);
	world_close(&w);
}

/* A store that CR0.WP = 0 lets through the guest's tables must still meet the host's. */
static void read_only_host_pages_are_never_dirty(void **state)
{
	struct paging no_wp = { .levels = 4, .nxe = true };
	struct access kernel = { ACCESS_LOAD, false };
	struct world w;

	(void)state;
	world_open(&w, world_bare(), PT_EPT, world_plain);
	*tables_entry(&w.host, WORLD_DATA << PAGE_SHIFT, 1) &= ~EPT_W;
	walk_2d(w.c, &w.guest.t, &w.host.t, &no_wp, gva_make(0), kernel, &w.r);
	assert_int_equal(w.r.status, WALK_OK);
	assert_false(w.r.t.dirty);
	world_close(&w);
}

static void the_g_flag_needs_pge(void **state)
{
	struct paging no_pge = world_mode;
	struct world w;

	(void)state;
	world_open(&w, world_bare(), PT_EPT, world_plain);
	no_pge.pge = false;
	*tables_entry(&w.guest, 0, 1) |= PTE_G;
	assert_int_equal(world_one(&w, 0, world_load), WALK_OK);
	assert_true(w.r.t.global);
	walk_1d(w.c, &w.guest.t, &no_pge, gva_make(0), world_load, &w.r);
	assert_false(w.r.t.global);
	world_close(&w);
}

/* --- faults --- */

static void a_missing_entry_faults_at_its_level(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, world_bare(), PT_EPT, world_plain);
	for (unsigned level = 1; level <= 4; level++) {
		uint64_t *e = tables_entry(&w.guest, 0, level), was = *e;

		*e &= ~PTE_P;
		assert_int_equal(world_two(&w, 0, world_store), WALK_FAULT);
		assert_int_equal(w.r.error_code, PFEC_W | PFEC_U);
		assert_int_equal(w.r.guest_level, level);
		*e = was | PTE_RSVD_HIGH;
		assert_int_equal(world_two(&w, 0, world_load), WALK_FAULT);
		assert_int_equal(w.r.error_code, PFEC_P | PFEC_RSVD | PFEC_U);
		assert_int_equal(w.r.guest_level, level);
		*e = was;
	}
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	world_close(&w);
}

static void a_table_nobody_gave_is_unknown(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, world_bare(), PT_EPT, world_plain);
	pages_drop(&w.guest.pages, pte_frame(*tables_entry(&w.guest, 0, 3), 1));
	assert_int_equal(world_one(&w, 0, world_load), WALK_UNKNOWN);
	assert_int_equal(w.r.gpa.v, (WORLD_TABLES + 2) << PAGE_SHIFT);
	world_close(&w);
}

static void host_refusals_say_where(void **state)
{
	uint64_t table = WORLD_TABLES + 2, *e; /* the guest's page directory */
	struct world w;

	(void)state;
	world_open(&w, world_bare(), PT_EPT, world_plain);
	e = tables_entry(&w.host, table << PAGE_SHIFT, 1);
	*e = 0;
	assert_int_equal(world_two(&w, (uint64_t)5 << 21, world_load), WALK_VIOLATION);
	assert_int_equal(w.r.gpa.v, table << PAGE_SHIFT | 5 * 8);
	assert_true(w.r.in_table && w.r.is_write); /* EPT A/D: a table access is a write */
	*e = EPT_MISCONFIG;
	assert_int_equal(world_two(&w, 0, world_load), WALK_MISCONFIG);
	assert_true(w.r.in_table);
	*e = (TABLES_BASE + table) << PAGE_SHIFT | tables_all(PT_EPT);
	e = tables_entry(&w.host, WORLD_DATA << PAGE_SHIFT, 1);
	*e = EPT_MISCONFIG;
	assert_int_equal(world_two(&w, 0x18, world_store), WALK_MISCONFIG);
	assert_int_equal(w.r.gpa.v, WORLD_DATA << PAGE_SHIFT | 0x18);
	assert_true(!w.r.in_table && w.r.is_write);
	world_close(&w);
}

static void npt_walks_are_user_accesses(void **state)
{
	uint64_t *data, *table;
	struct world w;

	(void)state;
	world_open(&w, world_bare(), PT_NPT, world_plain);
	data = tables_entry(&w.host, WORLD_DATA << PAGE_SHIFT, 1);
	table = tables_entry(&w.host, WORLD_TABLES << PAGE_SHIFT, 1);
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	*data &= ~PTE_U;
	assert_int_equal(world_two(&w, 0, world_load), WALK_VIOLATION);
	*data |= PTE_U;
	*table &= ~PTE_W; /* guest table walks are writes */
	assert_int_equal(world_two(&w, 0, world_load), WALK_VIOLATION);
	assert_true(w.r.in_table && w.r.is_write);
	*table |= PTE_W;
	*data |= PTE_MMIO;
	assert_int_equal(world_two(&w, 0, world_load), WALK_MISCONFIG);
	world_close(&w);
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
	world_open(&w, world_bare(), PT_EPT, world_plain);
	clear_ad(&w);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	for (unsigned level = 1; level <= 4; level++)
		assert_true(*tables_entry(&w.guest, 0, level) & PTE_A);
	assert_false(*tables_entry(&w.guest, 0, 1) & PTE_D);
	assert_false(w.r.t.dirty);
	assert_int_equal(w.n.guest_accessed_sets, 4);
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	assert_true(*tables_entry(&w.guest, 0, 1) & PTE_D);
	assert_false(*tables_entry(&w.guest, 0, 2) & PTE_D);
	assert_true(w.r.t.dirty);
	assert_int_equal(w.n.guest_accessed_sets, 4);
	assert_int_equal(w.n.guest_dirty_sets, 1);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_true(w.r.t.dirty);
	world_close(&w);
}

static void refused_accesses_set_nothing(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, world_cached(), PT_EPT, world_plain);
	clear_ad(&w);
	*tables_entry(&w.guest, 0, 1) &= ~PTE_W;
	assert_int_equal(world_two(&w, 0, world_store), WALK_FAULT);
	for (unsigned level = 1; level <= 4; level++)
		assert_false(*tables_entry(&w.guest, 0, level) & (PTE_A | PTE_D));
	assert_int_equal(w.n.guest_accessed_sets + w.n.guest_dirty_sets, 0);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK); /* and had cached nothing */
	assert_int_equal(w.n.pwc_hits_pde + w.n.pwc_hits_pdpte + w.n.pwc_hits_pml4e, 0);
	world_close(&w);
}

static void shadow_tables_are_not_the_guests(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, world_bare(), PT_EPT, world_plain);
	clear_ad(&w);
	w.guest.t.shadow = true;
	assert_int_equal(world_one(&w, 0, world_store), WALK_OK);
	assert_true(*tables_entry(&w.guest, 0, 1) & PTE_D);
	assert_int_equal(w.n.guest_accessed_sets + w.n.guest_dirty_sets, 0);
	world_close(&w);
}

static void ept_a_and_d(void **state)
{
	uint64_t *data, *table;
	struct world w;

	(void)state;
	world_open(&w, world_bare(), PT_EPT, world_plain);
	data = tables_entry(&w.host, WORLD_DATA << PAGE_SHIFT, 1);
	table = tables_entry(&w.host, WORLD_TABLES << PAGE_SHIFT, 1);
	*data &= ~(EPT_A | EPT_D);
	*table &= ~(EPT_A | EPT_D);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_true((*data & EPT_A) && !(*data & EPT_D));
	assert_true((*table & EPT_A) && (*table & EPT_D));
	assert_false(w.r.t.dirty); /* the guest's leaf is dirty, EPT's is not */
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	assert_true(*data & EPT_D);
	assert_true(w.r.t.dirty);
	*table &= ~EPT_W;
	assert_int_equal(world_two(&w, 0, world_load), WALK_VIOLATION);
	assert_true(w.r.in_table && w.r.is_write);
	world_close(&w);
}

/* Each D bit of EPT that is set is logged, once; a full log lets neither A nor D be set. */
static void pml_logs_what_becomes_dirty(void **state)
{
	uint64_t *data, *table;
	struct pml pml = { 0 };
	struct world w;

	(void)state;
	world_open(&w, world_bare(), PT_EPT, world_plain);
	data = tables_entry(&w.host, WORLD_DATA << PAGE_SHIFT, 1);
	table = tables_entry(&w.host, WORLD_TABLES << PAGE_SHIFT, 1);
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	*data &= ~(EPT_A | EPT_D);
	*table &= ~EPT_D;
	cpu_set_pml(w.c, &pml);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_int_equal(pml.n, 1);
	assert_int_equal(pml.gfn[0].v, WORLD_TABLES);
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	assert_int_equal(pml.n, 2);
	assert_int_equal(pml.gfn[1].v, WORLD_DATA);
	pml.n = PML_ENTRIES;
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	*data &= ~EPT_A;
	assert_int_equal(world_two(&w, 0, world_load), WALK_PML_FULL);
	assert_false(*data & EPT_A);
	*data = (*data | EPT_A) & ~EPT_D;
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK);
	assert_int_equal(world_two(&w, 0, world_store), WALK_PML_FULL);
	assert_false(*data & EPT_D);
	pml.n = 0;
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	assert_int_equal(pml.n, 1);
	cpu_set_pml(w.c, NULL);
	*data &= ~EPT_D;
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	assert_int_equal(pml.n, 1);
	world_close(&w);
}

static void without_ept_ad_only_setting_a_bit_writes(void **state)
{
	uint64_t table = WORLD_TABLES + 3; /* the guest's page table */
	struct world w;

	(void)state;
	world_open(&w, world_cached(), PT_EPT, world_plain);
	w.host.t.ad = false;
	*tables_entry(&w.host, table << PAGE_SHIFT, 1) &= ~(EPT_W | EPT_A | EPT_D);
	assert_int_equal(world_two(&w, 0, world_load), WALK_OK); /* all bits are set already */
	assert_true(w.r.t.dirty);
	assert_false(*tables_entry(&w.host, table << PAGE_SHIFT, 1) & (EPT_A | EPT_D));
	*tables_entry(&w.guest, 0, 1) &= ~PTE_D;
	for (unsigned i = 0; i < 2; i++) { /* the second time through the PDE cache */
		assert_int_equal(world_two(&w, 0, world_store), WALK_VIOLATION);
		assert_int_equal(w.r.gpa.v, table << PAGE_SHIFT);
		assert_true(w.r.in_table && w.r.is_write);
	}
	assert_int_equal(w.n.pwc_hits_pde, 2);
	assert_false(*tables_entry(&w.guest, 0, 1) & PTE_D);
	*tables_entry(&w.host, table << PAGE_SHIFT, 1) |= EPT_W;
	cpu_ept_violation(w.c, gva_make(0), w.r.gpa);
	assert_int_equal(world_two(&w, 0, world_store), WALK_OK);
	world_close(&w);
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
		cmocka_unit_test(pml_logs_what_becomes_dirty),
		cmocka_unit_test(without_ept_ad_only_setting_a_bit_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
