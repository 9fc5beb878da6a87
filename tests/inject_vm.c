/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_vm.c - a guest of two address spaces for test_inject */
#include "inject_subjects.h"

#include <string.h>

#include "mmu/dirty_ring.h"
#include "vm/host_op.h"
#include "vm/vm.h"

#define RAM_BYTES ((uint64_t)16 << 20)
#define SPACES	  2u
#define DATA	  0x40000000u /* gva: 512 pages, gfn 0x200 up */
#define ALIAS	  0x40200000u /* gva: the page that holds table gfn 0 and up */
#define FLAGS	  (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)

/* The tables of one space, root first; the guest frame of table i of space s is frame_of(s, i).
 */
enum { PML4, PDPT, PD, PT_DATA, PT_ALIAS, TABLES };

void inject_machine(struct machine *m)
{
	const struct tlb_geometry small = {
		{ 16, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) | HOLDS(LEVEL_1G)
	};

	*m = (struct machine){ .name = "small",
			       .vendor = VENDOR_INTEL,
			       .ntlb = { 16, 4, ASSOC_LRU },
			       .l1 = { 32768, 8 },
			       .l2 = { 262144, 4 },
			       .l3 = { 1u << 20, 16 },
			       .pte_cache = PTE_CACHE_TABLES,
			       .has_vpid = true,
			       .has_pcid = true,
			       .has_invpcid = true,
			       .has_1g = true,
			       .has_ept_ad = true,
			       .has_pml = true };
	m->l1d[0] = small;
	m->l1i[0] = small;
	m->stlb[0] = small;
	for (unsigned level = 2; level <= 4; level++)
		m->pwc[level] = m->host_pwc[level] = (struct assoc_geometry){ 4, 4, ASSOC_LRU };
}

static uint64_t frame_of(unsigned space, unsigned table)
{
	return 0x10 + space * TABLES + table;
}

static void fill_tables(unsigned space, uint64_t t[TABLES][512])
{
	memset(t, 0, TABLES * PAGE_BYTES);
	t[PML4][0] = frame_of(space, PDPT) << PAGE_SHIFT | FLAGS;
	t[PDPT][1] = frame_of(space, PD) << PAGE_SHIFT | FLAGS;
	t[PD][0] = frame_of(space, PT_DATA) << PAGE_SHIFT | FLAGS;
	t[PD][1] = frame_of(space, PT_ALIAS) << PAGE_SHIFT | FLAGS;
	for (unsigned i = 0; i < 512; i++) {
		t[PT_DATA][i] = (0x200 + (uint64_t)i) << PAGE_SHIFT | FLAGS;
		t[PT_ALIAS][i] = (uint64_t)i << PAGE_SHIFT | FLAGS;
	}
}

static int declare_space(struct vm *vm, unsigned space, struct sim_error *err)
{
	static const uint8_t level[TABLES] = { 4, 3, 2, 1, 1 };
	uint64_t t[TABLES][512];
	int rc = 0;

	fill_tables(space, t);
	for (unsigned i = 0; i < TABLES && !rc; i++) {
		struct event e = { .kind = EVENT_PTPAGE,
				   .gpa = frame_of(space, i) << PAGE_SHIFT,
				   .level = level[i] };

		rc = vm_event(vm, &e, t[i], err);
	}
	return rc;
}

static int event(struct vm *vm, enum event_kind kind, uint64_t gpa, uint64_t value,
		 struct sim_error *err)
{
	struct event e = { .kind = kind, .gpa = gpa, .gva = DATA, .value = value };

	return vm_event(vm, &e, NULL, err);
}

static int access(struct vm *vm, uint64_t gva, enum access_kind kind, struct sim_error *err)
{
	struct vm_result r;

	return vm_access(vm, gva_make(gva), (struct access){ kind, true }, 8, &r, err);
}

/* The guest stores to entry i of a table: the access, then what the tables now hold. */
static int edit(struct vm *vm, uint64_t frame, unsigned i, uint64_t value,
		struct sim_error *err)
{
	int rc = access(vm, ALIAS + (frame << PAGE_SHIFT) + 8 * i, ACCESS_STORE, err);

	return rc ? rc : event(vm, EVENT_PTW, (frame << PAGE_SHIFT) + 8 * i, value, err);
}

/* Reads, then makes the guest write its tables, in one space. */
static int live_in(struct vm *vm, unsigned space, struct sim_error *err)
{
	int rc = event(vm, EVENT_CR3, 0, frame_of(space, PML4) << PAGE_SHIFT, err);

	for (unsigned i = 0; i < 40 && !rc; i++)
		rc = access(vm, DATA + i * PAGE_BYTES, i & 1 ? ACCESS_STORE : ACCESS_LOAD, err);
	for (unsigned i = 0; i < 8 && !rc; i++)
		rc = edit(vm, frame_of(space, PT_DATA), i,
			  (0x300 + (uint64_t)i) << PAGE_SHIFT | FLAGS, err);
	if (!rc)
		rc = event(vm, EVENT_INVLPG, 0, 0, err);
	if (!rc)
		rc = edit(vm, frame_of(space, PD), 5, 0, err);
	return rc ? rc : access(vm, DATA, ACCESS_LOAD, err);
}

/* The host acts on the guest's memory: moves it, logs writes to it, shows it twice. */
static int live_on_host(struct vm *vm, struct sim_error *err)
{
	static const struct host_op op[] = {
		{ .kind = HOST_OP_MOVE, .gpa = 0x200000, .bytes = 16 * PAGE_BYTES },
		{ .kind = HOST_OP_LOG_ON },
		{ .kind = HOST_OP_LOG_GET },
		{ .kind = HOST_OP_DISCARD, .gpa = 0x200000, .bytes = 4 * PAGE_BYTES },
		{ .kind = HOST_OP_LOG_OFF },
		{ .kind = HOST_OP_SLOT_ADD,
		  .gpa = RAM_BYTES,
		  .bytes = RAM_BYTES,
		  .read_only = true,
		  .alias = 0 },
		{ .kind = HOST_OP_SLOT_DEL, .gpa = RAM_BYTES },
		{ .kind = HOST_OP_QUOTA, .n = 64 },
	};
	int rc = 0;

	for (unsigned i = 0; i < sizeof(op) / sizeof(*op) && !rc; i++) {
		rc = vm_host_op(vm, &op[i], err);
		for (unsigned k = 0; k < 20 && !rc; k++)
			rc = access(vm, DATA + k * PAGE_BYTES,
				    k & 1 ? ACCESS_STORE : ACCESS_LOAD, err);
	}
	return rc;
}

static int live(struct vm *vm, struct sim_error *err)
{
	int rc = 0;

	for (unsigned s = 0; s < SPACES && !rc; s++)
		rc = declare_space(vm, s, err);
	for (unsigned i = 0; i < 2 * SPACES && !rc; i++)
		rc = live_in(vm, i % SPACES, err);
	if (!rc)
		rc = event(vm, EVENT_RAM_ADD, RAM_BYTES, RAM_BYTES, err);
	if (!rc)
		rc = event(vm, EVENT_RAM_DEL, RAM_BYTES, RAM_BYTES, err);
	return rc ? rc : live_on_host(vm, err);
}

int inject_vm(void *arg, struct sim_error *err)
{
	const struct inject_vm *a = arg;
	struct vm_config cfg = { .technique = a->technique,
				 .host = { .page_level = a->page_level },
				 .mmu = { .tdp_levels = 4, .use_vpid = true, .pml = true } };
	struct trace_meta meta = { .n_ram = 1, .n_vcpu = 2, .has_tables = true };
	struct vm *vm;
	int rc;

	inject_machine(&cfg.machine);
	cfg.mmu.dirty_ring = a->page_level > LEVEL_4K ? DIRTY_RING_MIN * 4 : 0;
	meta.ram[0].bytes = RAM_BYTES;
	meta.regs = (struct regs){ .cr0 = CR0_PG | CR0_WP,
				   .cr3 = frame_of(0, PML4) << PAGE_SHIFT,
				   .cr4 = CR4_PAE | CR4_PGE,
				   .efer = EFER_LME | EFER_LMA | EFER_NXE };
	rc = vm_create(&vm, &cfg, &meta, err);
	if (rc)
		return rc;
	rc = live(vm, err);
	vm_destroy(vm);
	return rc;
}
