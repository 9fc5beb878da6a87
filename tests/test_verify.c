/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify sees each kind of contradiction, and sees tables as they stand at the access. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/addr.h"
#include "vm/verify.h"
#include "x86/perm.h"
#include "x86/ptformat.h"

#define PML4  0x1000u
#define PDPT  0x2000u
#define PD    0x3000u
#define PT    0x4000u
#define ROOT2 0x5000u /* a second address space, same lower tables */
#define GVA   0x200000u
#define UPPER (PTE_P | PTE_W | PTE_U)

static const struct trace_meta meta = {
	.ram = { { 0, 16u << 20 } },
	.n_ram = 1,
	.n_vcpu = 2,
	.regs = { CR0_PG | CR0_WP, PML4, CR4_PAE, EFER_LME | EFER_LMA | EFER_NXE },
	.has_tables = true,
	.has_frames = true,
};

static void add_event(struct verify *v, struct event e, const uint64_t *words)
{
	const uint8_t op = OP_EVENT;
	const uint64_t index = 0, frame = FRAME_NONE;
	struct batch b = { .n = 1,
			   .op = &op,
			   .gva = &index,
			   .frame = &frame,
			   .event = &e,
			   .word = words,
			   .n_event = 1 };
	struct sim_error err = { 0 };

	assert_int_equal(verify_add(v, &b, &err), 0);
}

static void add_access(struct verify *v, unsigned op, uint64_t gva, uint64_t frame)
{
	const uint8_t ops = (uint8_t)op;
	struct batch b = { .n = 1, .op = &ops, .gva = &gva, .frame = &frame, .first = 42 };
	struct sim_error err = { 0 };

	assert_int_equal(verify_add(v, &b, &err), 0);
}

static void add_table(struct verify *v, uint64_t gpa, unsigned level, unsigned index,
		      uint64_t pte)
{
	uint64_t words[512] = { 0 };

	words[index] = pte;
	add_event(v,
		  (struct event){ .kind = EVENT_PTPAGE, .gpa = gpa, .level = (uint8_t)level },
		  words);
}

static void write_pte(struct verify *v, uint64_t gpa, uint64_t pte)
{
	add_event(v, (struct event){ .kind = EVENT_PTW, .gpa = gpa, .value = pte }, NULL);
}

/* GVA (level 1 entry 0) to frame 0x100, and GVA + 2 MiB to the 2 MiB leaf at 0x200000. */
static struct verify *small_guest(void)
{
	struct sim_error err = { 0 };
	struct verify *v;

	assert_int_equal(verify_create(&v, &meta, &err), 0);
	add_table(v, PML4, 4, 0, PDPT | UPPER);
	add_table(v, ROOT2, 4, 0, PDPT | UPPER);
	add_table(v, PDPT, 3, 0, PD | UPPER);
	add_table(v, PD, 2, 1, PT | UPPER);
	write_pte(v, PD + 8 * 2, 0x200000 | UPPER | PTE_PS);
	add_table(v, PT, 1, 0, 0x100000 | UPPER);
	return v;
}

static const struct verify_counts *counts_of(struct verify *v)
{
	return verify_counts(v);
}

static void agrees(void **state)
{
	struct verify *v = small_guest();

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		add_access(v, OP_LOAD | OP_USER, GVA + 8 * i, 0x100);
		add_access(v, OP_STORE, GVA + 0x200123, 0x200);
		add_access(v, OP_FETCH, GVA + 0x3ff000, 0x3ff);
	}
	assert_int_equal(counts_of(v)->equal, 9);
	assert_int_equal(counts_of(v)->leaf[LEVEL_4K], 3);
	assert_int_equal(counts_of(v)->leaf[LEVEL_2M], 6);
	assert_true(verify_passed(v));
	verify_destroy(v);
}

/* The cache of translations must not outlive a write to a table. */
static void follows_writes(void **state)
{
	struct verify *v = small_guest();
	const struct verify_example *e;

	(void)state;
	add_access(v, OP_LOAD, GVA, 0x100);
	write_pte(v, PT, 0x101000 | UPPER);
	add_access(v, OP_LOAD, GVA, 0x101);
	assert_true(verify_passed(v));
	add_access(v, OP_LOAD, GVA + 4, 0x100);
	assert_int_equal(counts_of(v)->mismatch, 1);
	assert_false(verify_passed(v));
	assert_int_equal(verify_examples(v, &e), 1);
	assert_int_equal(e->record, 42);
	assert_int_equal(e->gva, GVA + 4);
	assert_int_equal(e->recorded, 0x100);
	assert_int_equal(e->walked, 0x101);
	assert_int_equal(e->what, VERIFY_WALKED);
	verify_destroy(v);
}

static void follows_cr3_and_vcpu(void **state)
{
	struct verify *v = small_guest();

	(void)state;
	write_pte(v, ROOT2, 0);
	add_access(v, OP_LOAD, GVA, 0x100);
	add_event(v, (struct event){ .kind = EVENT_CR3, .value = ROOT2 }, NULL);
	add_access(v, OP_LOAD, GVA, 0x100);
	assert_int_equal(counts_of(v)->fault, 1);
	add_event(v, (struct event){ .kind = EVENT_VCPU, .vcpu = 1 }, NULL);
	add_access(v, OP_LOAD, GVA, 0x100);
	add_event(v, (struct event){ .kind = EVENT_VCPU, .vcpu = 0 }, NULL);
	add_access(v, OP_LOAD, GVA, 0x100);
	assert_int_equal(counts_of(v)->fault, 2);
	assert_int_equal(counts_of(v)->equal, 2);
	verify_destroy(v);
}

static void missing_table(void **state)
{
	struct verify *v = small_guest();
	const struct verify_example *e;

	(void)state;
	add_event(v, (struct event){ .kind = EVENT_PTFREE, .gpa = PT }, NULL);
	add_access(v, OP_LOAD, GVA, 0x100);
	assert_int_equal(counts_of(v)->missing_table, 1);
	assert_int_equal(verify_examples(v, &e), 1);
	assert_int_equal(e->what, VERIFY_MISSING_TABLE);
	write_pte(v, PT, 0);
	assert_int_equal(counts_of(v)->ptw_untracked, 1);
	assert_false(verify_passed(v));
	verify_destroy(v);
}

/* Rights count: a supervisor page refuses CPL 3, but not the processor's own access. */
static void rights(void **state)
{
	struct verify *v = small_guest();

	(void)state;
	write_pte(v, PT, 0x100000 | PTE_P);
	add_access(v, OP_LOAD, GVA, 0x100);
	add_access(v, OP_LOAD | OP_USER | OP_SYSTEM, GVA, 0x100);
	assert_true(verify_passed(v));
	add_access(v, OP_LOAD | OP_USER, GVA, 0x100);
	add_access(v, OP_STORE, GVA, 0x100);
	assert_int_equal(counts_of(v)->fault, 2);
	verify_destroy(v);
}

static void devices_and_unknown_frames(void **state)
{
	struct verify *v = small_guest();

	(void)state;
	write_pte(v, PT, 0xfee00000 | UPPER);
	add_access(v, OP_LOAD, GVA, 0xfee00);
	assert_int_equal(counts_of(v)->device, 1);
	add_event(v,
		  (struct event){ .kind = EVENT_RAM_ADD, .gpa = 0xfee00000, .value = 0x1000 },
		  NULL);
	add_access(v, OP_LOAD, GVA, 0xfee00);
	assert_int_equal(counts_of(v)->device, 1);
	add_event(v,
		  (struct event){ .kind = EVENT_RAM_DEL, .gpa = 0xfee00000, .value = 0x1000 },
		  NULL);
	add_access(v, OP_LOAD, GVA, FRAME_NONE);
	assert_int_equal(counts_of(v)->device, 2);
	assert_int_equal(counts_of(v)->no_frame, 1);
	assert_int_equal(counts_of(v)->equal, 2);
	verify_destroy(v);
}

static void page_faults(void **state)
{
	struct verify *v = small_guest();
	struct event pf = { .kind = EVENT_PF, .gva = GVA + 0x1000, .value = PFEC_U | PFEC_W };

	(void)state;
	add_event(v, pf, NULL);
	assert_int_equal(counts_of(v)->pf_inconsistent, 0);
	pf.value |= PFEC_P;
	add_event(v, pf, NULL);
	assert_int_equal(counts_of(v)->pf_inconsistent, 1);
	pf.gva = GVA;
	add_event(v, pf, NULL);
	assert_int_equal(counts_of(v)->pf_inconsistent, 2);
	assert_false(verify_passed(v));
	verify_destroy(v);
}

static void invlpg_after_write(void **state)
{
	struct verify *v = small_guest();
	struct event inv = { .kind = EVENT_INVLPG, .gva = GVA };

	(void)state;
	add_event(v, inv, NULL);
	assert_int_equal(counts_of(v)->invlpg_after_write, 0);
	write_pte(v, PT, 0);
	add_event(v, inv, NULL);
	assert_int_equal(counts_of(v)->invlpg_after_write, 1);
	for (unsigned i = 0; i < 4096; i++)
		write_pte(v, PT + 8, i);
	add_event(v, inv, NULL);
	assert_int_equal(counts_of(v)->invlpg_after_write, 1);
	verify_destroy(v);
}

static void cannot(void **state)
{
	struct sim_error err = { 0 };
	struct trace_meta m = meta;
	struct verify *v;

	(void)state;
	m.has_tables = false;
	assert_int_equal(verify_create(&v, &m, &err), SIM_EUNSUP);
	m = meta;
	m.regs.cr0 = 0;
	err = (struct sim_error){ 0 };
	assert_int_equal(verify_create(&v, &m, &err), SIM_ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees),
		cmocka_unit_test(follows_writes),
		cmocka_unit_test(follows_cr3_and_vcpu),
		cmocka_unit_test(missing_table),
		cmocka_unit_test(rights),
		cmocka_unit_test(devices_and_unknown_frames),
		cmocka_unit_test(page_faults),
		cmocka_unit_test(invlpg_after_write),
		cmocka_unit_test(cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
