/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_normalise.c - a short stream for test_inject */
#include "inject_subjects.h"

#include "base/addr.h"
#include "vm/normalise.h"
#include "x86/ptformat.h"

#define ROOT  0x1000u
#define FLAGS (PTE_P | PTE_W | PTE_A | PTE_D)
#define LOADS 40

enum { TABLES = 4 };

/* gva 0 to 2M is gpa 0 to 2M, through tables from ROOT on. */
static void fill(uint64_t words[TABLES][512], struct event *e)
{
	for (unsigned i = 0; i < TABLES; i++) {
		e[i] = (struct event){ .kind = EVENT_PTPAGE,
				       .level = (uint8_t)(TABLES - i),
				       .gpa = ROOT + i * PAGE_BYTES,
				       .words = i * 512 };
		words[i][0] = (ROOT + (i + 1) * PAGE_BYTES) | FLAGS;
	}
	for (unsigned i = 0; i < 512; i++)
		words[TABLES - 1][i] = i * PAGE_BYTES | FLAGS;
}

int inject_normalise(void *arg, struct sim_error *err)
{
	uint64_t words[TABLES][512] = { { 0 } }, gva[TABLES + LOADS];
	struct normalise_options o = { .batch = 5 };
	struct trace_meta meta = { .n_ram = 1, .n_vcpu = 1, .has_tables = true };
	struct event e[TABLES];
	uint8_t op[TABLES + LOADS];
	struct batch in = {
		.n = TABLES + LOADS, .op = op, .gva = gva, .event = e, .word = &words[0][0]
	};
	struct batch out;
	struct normaliser *n;
	int rc;

	(void)arg;
	fill(words, e);
	for (unsigned i = 0; i < in.n; i++) {
		op[i] = i < TABLES ? OP_EVENT : OP_LOAD;
		gva[i] = i < TABLES ? i : i * PAGE_BYTES;
	}
	meta.ram[0].bytes = (uint64_t)16 << 20;
	meta.regs = (struct regs){ .cr0 = CR0_PG | CR0_WP,
				   .cr3 = ROOT,
				   .cr4 = CR4_PAE,
				   .efer = EFER_LME | EFER_LMA | EFER_NXE };
	rc = normaliser_create(&n, &meta, &o, err);
	if (rc)
		return rc;
	rc = normalise(n, &in, &out, err);
	if (!rc)
		rc = normalise(n, NULL, &out, err);
	normaliser_destroy(n);
	return rc;
}
