/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/small_guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint64_t new_table(struct small_guest *g, unsigned level)
{
	assert_true(g->n_table < SMALL_TABLES);
	g->level[g->n_table] = (uint8_t)level;
	return SMALL_FIRST + g->n_table++;
}

static uint64_t *table_at(struct small_guest *g, uint64_t gfn)
{
	return g->table[gfn - SMALL_FIRST];
}

static uint64_t *entry_at(struct small_guest *g, uint64_t cr3, uint64_t gva, unsigned level)
{
	uint64_t gfn = cr3 >> PAGE_SHIFT;

	for (unsigned l = 4; l > level; l--) {
		uint64_t *e = &table_at(g, gfn)[level_index(gva, l)];

		if (!*e)
			*e = new_table(g, l - 1) << PAGE_SHIFT | SMALL_RW | PTE_A;
		gfn = *e >> PAGE_SHIFT & 0xfffffffff;
	}
	return &table_at(g, gfn)[level_index(gva, level)];
}

void small_map(struct small_guest *g, uint64_t cr3, uint64_t gva, uint64_t gfn, uint64_t flags,
	       unsigned level)
{
	*entry_at(g, cr3, gva, level) = gfn << PAGE_SHIFT | flags | (level > 1 ? PTE_PS : 0);
}

uint64_t small_space(struct small_guest *g)
{
	uint64_t cr3 = new_table(g, 4) << PAGE_SHIFT;

	for (unsigned i = 0; i < SMALL_TABLES; i++)
		small_map(g, cr3, SMALL_ALIAS + i * PAGE_BYTES, SMALL_FIRST + i,
			  SMALL_RW | SMALL_AD, 1);
	small_map(g, cr3, SMALL_CODE, SMALL_CODE_GFN, SMALL_RW | SMALL_AD, 1);
	return cr3;
}

static void small_machine(struct machine *m)
{
	*m = (struct machine){ .name = "small",
			       .vendor = VENDOR_INTEL,
			       .has_vpid = true,
			       .has_pcid = true,
			       .has_invpcid = true,
			       .has_1g = true,
			       .has_ept_ad = true,
			       .has_pml = true };
	m->l1d[0] =
		(struct tlb_geometry){ { 16, 4, ASSOC_LRU },
				       HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) | HOLDS(LEVEL_1G) };
	m->l1i[0] = m->l1d[0];
	m->stlb[0] = (struct tlb_geometry){ { 64, 4, ASSOC_LRU },
					    HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) };
}

void small_init(struct small_guest *g, const struct small_options *o)
{
	struct trace_meta meta = { .n_ram = 1,
				   .n_vcpu = o->n_vcpu ? o->n_vcpu : 1,
				   .has_tables = true };
	struct vm_config cfg = { .technique = o->technique,
				 .host = o->host,
				 .mmu = { .tdp_levels = 4,
					  .use_vpid = true,
					  .shadow_quota = o->shadow_quota,
					  .pml = o->pml,
					  .dirty_ring = o->dirty_ring },
				 .memory = o->memory };
	struct sim_error err = { 0 };

	memset(g, 0, sizeof(*g));
	if (o->machine)
		cfg.machine = *o->machine;
	else
		small_machine(&cfg.machine);
	g->cr3 = small_space(g);
	meta.ram[0] = (struct trace_ram){ 0, o->ram_bytes };
	meta.regs = (struct regs){ .cr0 = CR0_PG | CR0_WP | 1,
				   .cr3 = g->cr3,
				   .cr4 = CR4_PAE | CR4_PGE | o->cr4,
				   .efer = EFER_LME | EFER_LMA | EFER_NXE };
	if (vm_create(&g->vm, &cfg, &meta, &err))
		fail_msg("%s", err.text);
}

void small_fini(struct small_guest *g)
{
	vm_destroy(g->vm);
}

void small_start(struct small_guest *g)
{
	struct vm_result r;
	struct sim_error err = { 0 };

	for (unsigned i = 0; i < g->n_table; i++) {
		struct event e = { .kind = EVENT_PTPAGE,
				   .level = g->level[i],
				   .gpa = (SMALL_FIRST + i) << PAGE_SHIFT };

		if (vm_event(g->vm, &e, g->table[i], &err))
			fail_msg("%s", err.text);
	}
	assert_int_equal(vm_access(g->vm, gva_make(SMALL_CODE),
				   (struct access){ ACCESS_FETCH, true }, 1, &r, &err),
			 0);
	assert_int_equal(r.status, FILL_OK);
}

uint64_t small_entry_gpa(struct small_guest *g, uint64_t cr3, uint64_t gva, unsigned level)
{
	size_t word = (size_t)(entry_at(g, cr3, gva, level) - &g->table[0][0]);

	return (SMALL_FIRST + word / 512) << PAGE_SHIFT | (word % 512) * 8;
}

struct vm_result small_access(struct small_guest *g, uint64_t gva, enum access_kind kind)
{
	struct sim_error err = { 0 };
	struct vm_result r = { 0 };

	if (vm_access(g->vm, gva_make(gva), (struct access){ kind, true }, 8, &r, &err))
		fail_msg("%s", err.text);
	return r;
}

static enum fill_status access_at(struct small_guest *g, uint64_t gva, enum access_kind kind)
{
	return small_access(g, gva, kind).status;
}

void small_load(struct small_guest *g, uint64_t gva)
{
	assert_int_not_equal(access_at(g, gva, ACCESS_LOAD), FILL_FAULT);
}

void small_store(struct small_guest *g, uint64_t gva)
{
	assert_int_not_equal(access_at(g, gva, ACCESS_STORE), FILL_FAULT);
}

void small_event(struct small_guest *g, enum event_kind kind, uint64_t gva, uint64_t value)
{
	struct event e = { .kind = kind, .gva = gva, .value = value };
	struct sim_error err = { 0 };

	if (kind == EVENT_VCPU)
		e.vcpu = (uint16_t)value;
	if (vm_event(g->vm, &e, NULL, &err))
		fail_msg("%s", err.text);
}

enum fill_status small_store_entry(struct small_guest *g, uint64_t gpa, uint64_t value)
{
	uint64_t gva = SMALL_ALIAS + (gpa - ((uint64_t)SMALL_FIRST << PAGE_SHIFT));
	enum fill_status status = access_at(g, gva, ACCESS_STORE);
	struct event e = { .kind = EVENT_PTW, .gpa = gpa, .value = value };
	struct sim_error err = { 0 };

	assert_int_not_equal(status, FILL_FAULT);
	if (vm_event(g->vm, &e, NULL, &err))
		fail_msg("%s", err.text);
	return status;
}

uint64_t small_entry(struct small_guest *g, uint64_t gpa)
{
	return pages_get(&vm_mmu(g->vm)->guest, gpa >> PAGE_SHIFT)[(gpa >> 3) & 511];
}
