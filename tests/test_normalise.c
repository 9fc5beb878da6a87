/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each kind of record becomes in a normalised stream, and what is refused: streams by hand. */
#include "check.h"

#include <string.h>

#include "base/addr.h"
#include "normal_stream.h"
#include "vm/payload.h"
#include "x86/perm.h"

#define ROOT	0x1000u /* gpa of tables */
#define PDPT	0x2000u
#define PD	0x3000u
#define PT	0x4000u
#define OTHER	0x5000u				/* a second root */
#define FLAGS	(PTE_P | PTE_W | PTE_A | PTE_D) /* the kernel's: no U */
#define ALIAS	0x100000u			/* gva 0x100000 + gpa, for gpa below 64K */
#define DATA	0x40000u			/* gva; gpa 0x80000 */
#define CONST	0x50000u			/* gva; read-only */
#define LOAD8	(OP_LOAD | 3u << OP_SIZE_SHIFT)
#define STORE8	(OP_STORE | 3u << OP_SIZE_SHIFT)
#define STORE64 (OP_STORE | 6u << OP_SIZE_SHIFT)
#define LOAD1	(OP_LOAD | OP_USER)

static void give(struct stream *s, uint64_t gpa, unsigned level, const uint64_t *words)
{
	stream_event(
		s, &(struct event){ .kind = EVENT_PTPAGE, .gpa = gpa, .level = (uint8_t)level },
		words);
}

static void give_root(struct stream *s, uint64_t gpa)
{
	uint64_t words[512] = { PDPT | FLAGS };

	give(s, gpa, 4, words);
}

static void give_tables(struct stream *s)
{
	uint64_t words[512] = { 0 };

	give_root(s, ROOT);
	words[0] = PD | FLAGS;
	give(s, PDPT, 3, words);
	words[0] = PT | FLAGS;
	give(s, PD, 2, words);
	words[0] = 0;
	for (unsigned i = 0; i < 16; i++)
		words[ALIAS / PAGE_BYTES + i] = i * PAGE_BYTES | FLAGS;
	words[DATA / PAGE_BYTES] = 0x80000 | FLAGS;
	words[DATA / PAGE_BYTES + 1] = PT | FLAGS;
	words[CONST / PAGE_BYTES] = 0x90000 | PTE_P;
	give(s, PT, 1, words);
}

/* A guest in its first address space. */
static void begin(struct stream *s)
{
	stream_init(s);
	s->meta = (struct trace_meta){ .name = "hand",
				       .origin = "by hand",
				       .tools = "",
				       .n_ram = 1,
				       .n_vcpu = 1,
				       .has_tables = true,
				       .has_frames = true };
	s->meta.ram[0].bytes = (uint64_t)1 << 20;
	s->meta.regs = (struct regs){ .cr0 = CR0_PG | CR0_WP | 1,
				      .cr3 = ROOT,
				      .cr4 = CR4_PAE | CR4_PGE,
				      .efer = EFER_LME | EFER_LMA | EFER_NXE };
	give_tables(s);
}

static void event(struct stream *s, enum event_kind kind, uint64_t address, uint64_t value)
{
	stream_event(
		s,
		&(struct event){ .kind = kind, .gva = address, .gpa = address, .value = value },
		NULL);
}

/* What is the payload's own: of the runs nothing but the guest's records is left. */
static bool is_payloads(const struct stream *s, size_t i)
{
	return !stream_event_at(s, i) && payload_owns(s->gva[i]);
}

/* Normalises `s` and takes it apart; out has the guest's own records from the first access or
 * event behind the first run's begin on. */
static void convert(struct stream *s, struct stream *out)
{
	struct normalise_options o = { .batch = 0 };
	struct sim_error err = { 0 };
	struct stream all;
	size_t i = 0;

	if (stream_normalise(s, &o, UINT32_MAX, &all, &err))
		fail_msg("%s: %s", err.where, err.text);
	stream_init(out);
	out->meta = all.meta;
	while (i < all.n && !is_payloads(&all, i))
		i++;
	for (; i < all.n; i++)
		if (!is_payloads(&all, i) && stream_event_at(&all, i))
			stream_event(out, stream_event_at(&all, i), NULL);
		else if (!is_payloads(&all, i))
			stream_access(out, all.op[i], all.gva[i]);
	stream_fini(&all);
	stream_fini(s);
}

static void expect_access(const struct stream *s, size_t i, unsigned op, uint64_t gva)
{
	assert_true(i < s->n);
	assert_int_equal(s->op[i], op);
	assert_int_equal(s->gva[i], gva);
}

static const struct event *expect_event(const struct stream *s, size_t i, enum event_kind kind)
{
	assert_true(i < s->n);
	assert_non_null(stream_event_at(s, i));
	assert_int_equal(stream_event_at(s, i)->kind, kind);
	return stream_event_at(s, i);
}

/* --- accesses --- */

static void accesses_are_made_at_cpl_3(void **state)
{
	struct stream s, out;

	(void)state;
	begin(&s);
	stream_access(&s, LOAD8, DATA);
	stream_access(&s, STORE8 | OP_SYSTEM, DATA + 8);
	stream_access(&s, OP_FETCH, DATA + 3);
	convert(&s, &out);
	assert_int_equal(out.n, 3);
	expect_access(&out, 0, LOAD8 | OP_USER, DATA);
	expect_access(&out, 1, STORE8 | OP_USER, DATA + 8);
	expect_access(&out, 2, LOAD1, DATA + 3);
	stream_fini(&out);
}

static void wide_and_crossing_ones_become_several(void **state)
{
	struct stream s, out;

	(void)state;
	begin(&s);
	stream_access(&s, OP_LOAD | 5u << OP_SIZE_SHIFT, DATA);
	stream_access(&s, LOAD8 | OP_CROSS, DATA + 0xffd);
	convert(&s, &out);
	assert_int_equal(out.n, 8);
	for (unsigned i = 0; i < 4; i++)
		expect_access(&out, i, LOAD8 | OP_USER, DATA + 8 * i);
	expect_access(&out, 4, LOAD1 | 1u << OP_SIZE_SHIFT, DATA + 0xffd);
	expect_access(&out, 5, LOAD1, DATA + 0xfff);
	expect_access(&out, 6, LOAD1 | 2u << OP_SIZE_SHIFT, DATA + 0x1000);
	expect_access(&out, 7, LOAD1, DATA + 0x1004);
	stream_fini(&out);
}

/* --- stores to tables --- */

static void expect_table_store(const struct stream *s, size_t i, uint64_t gva, uint64_t gpa,
			       uint64_t value)
{
	const struct event *e = expect_event(s, i + 1, EVENT_PTW);

	expect_access(s, i, STORE8 | OP_USER, gva);
	assert_int_equal(e->gpa, gpa);
	assert_int_equal(e->value, value);
}

static void a_wide_store_to_a_table_is_one_each(void **state)
{
	struct stream s, out;

	(void)state;
	begin(&s);
	stream_access(&s, STORE64, ALIAS + PT + 0x800);
	for (unsigned i = 0; i < 8; i++)
		event(&s, EVENT_PTW, PT + 0x800 + 8 * i, i % 2 ? 0x7000 | PTE_P : 0x7000);
	convert(&s, &out);
	assert_int_equal(out.n, 16);
	for (unsigned i = 0; i < 8; i++)
		expect_table_store(&out, 2 * i, ALIAS + PT + 0x800 + 8 * i, PT + 0x800 + 8 * i,
				   i % 2 ? 0x7000 | PTE_P | PTE_U : 0x7000);
	stream_fini(&out);
}

static void a_narrow_store_to_a_table_is_one_of_an_entry(void **state)
{
	struct stream s, out;

	(void)state;
	begin(&s);
	stream_access(&s, OP_STORE, ALIAS + PT + 0x801);
	event(&s, EVENT_PTW, PT + 0x800, 0x80000 | FLAGS);
	stream_access(&s, OP_STORE, DATA);
	convert(&s, &out);
	assert_int_equal(out.n, 3);
	expect_table_store(&out, 0, ALIAS + PT + 0x800, PT + 0x800, 0x80000 | FLAGS | PTE_U);
	expect_access(&out, 2, OP_STORE | OP_USER, DATA);
	stream_fini(&out);
}

/* DATA's second page is the table PT; its first is none. */
static void a_store_across_pages_hits_the_right_one(void **state)
{
	struct stream s, out;

	(void)state;
	begin(&s);
	stream_access(&s, STORE8 | OP_CROSS, DATA + 0xffc);
	event(&s, EVENT_PTW, PT, 0);
	convert(&s, &out);
	assert_int_equal(out.n, 3);
	expect_table_store(&out, 0, DATA + 0x1000, PT, 0);
	expect_access(&out, 2, OP_STORE | OP_USER | 2u << OP_SIZE_SHIFT, DATA + 0xffc);
	stream_fini(&out);
}

/* --- events --- */

static void a_fault_is_what_cpl_3_would_take(void **state)
{
	struct stream s, out;

	(void)state;
	begin(&s);
	stream_access(&s, LOAD8, DATA);
	event(&s, EVENT_PF, 0x60000, PFEC_U | PFEC_I);	      /* fetch, not mapped */
	event(&s, EVENT_PF, 0x60000, PFEC_W);		      /* store of the kernel */
	event(&s, EVENT_PF, DATA, PFEC_P | PFEC_U);	      /* the kernel's page */
	event(&s, EVENT_PF, CONST, PFEC_P | PFEC_W | PFEC_U); /* read-only */
	event(&s, EVENT_PF, CONST, PFEC_P | PFEC_U | PFEC_I); /* may be loaded */
	convert(&s, &out);
	assert_int_equal(out.n, 6);
	assert_int_equal(expect_event(&out, 1, EVENT_PF)->value, PFEC_U);
	assert_int_equal(expect_event(&out, 2, EVENT_PF)->value, PFEC_U | PFEC_W);
	assert_int_equal(expect_event(&out, 3, EVENT_INVLPG)->gva, DATA);
	assert_int_equal(expect_event(&out, 4, EVENT_PF)->value, PFEC_P | PFEC_W | PFEC_U);
	assert_int_equal(expect_event(&out, 5, EVENT_INVLPG)->gva, CONST);
	stream_fini(&out);
}

static void a_cr3_load_comes_behind_its_tables(void **state)
{
	struct normalise_options o = { .batch = 0 };
	struct sim_error err = { 0 };
	struct stream s, out;
	size_t table = 0, load = 0;

	(void)state;
	begin(&s);
	event(&s, EVENT_CR3, 0, ROOT); /* the initial value: no load */
	stream_access(&s, LOAD8, DATA);
	event(&s, EVENT_CR3, 0, OTHER | CR3_NOFLUSH | 5);
	give_root(&s, OTHER);
	stream_access(&s, LOAD8, DATA);
	if (stream_normalise(&s, &o, 1, &out, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < out.n; i++) {
		const struct event *e = stream_event_at(&out, i);

		if (e && e->kind == EVENT_PTPAGE && e->gpa == OTHER)
			table = i;
		if (e && e->kind == EVENT_CR3) {
			assert_int_equal(load, 0);
			assert_int_equal(e->value, OTHER);
			load = i;
		}
	}
	assert_true(table && table < load);
	expect_access(&out, load + 1, LOAD8 | OP_USER, payload_gva(PAYLOAD_CODE));
	stream_fini(&out);
	stream_fini(&s);
}

static void flushes_become_what_cpl_0_without_pcid_has(void **state)
{
	struct stream s, out;

	(void)state;
	begin(&s);
	stream_access(&s, LOAD8, DATA);
	event(&s, EVENT_CR4, 0, CR4_PAE);
	event(&s, EVENT_CR4, 0, CR4_PAE | (uint64_t)1 << 9); /* flushes nothing */
	event(&s, EVENT_CR0, 0, CR0_PG | CR0_WP);
	event(&s, EVENT_INT, 0, 0);
	event(&s, EVENT_TAG, 0, 7);
	stream_event(&s, &(struct event){ .kind = EVENT_INVPCID, .n = 2 }, NULL);
	stream_event(&s, &(struct event){ .kind = EVENT_INVPCID, .gva = DATA, .value = 3 },
		     NULL);
	event(&s, EVENT_INVLPG, CONST, 0);
	convert(&s, &out);
	assert_int_equal(out.n, 5);
	assert_int_equal(expect_event(&out, 1, EVENT_CR3)->value, ROOT);
	assert_int_equal(expect_event(&out, 2, EVENT_CR3)->value, ROOT);
	assert_int_equal(expect_event(&out, 3, EVENT_INVLPG)->gva, DATA);
	assert_int_equal(expect_event(&out, 4, EVENT_INVLPG)->gva, CONST);
	stream_fini(&out);
}

/* --- the whole --- */

static void the_metadata_tell_the_payload(void **state)
{
	struct stream s, out;

	(void)state;
	begin(&s);
	s.meta.ram[1] = (struct trace_ram){ PAYLOAD_GPA * 2, PAGE_BYTES };
	s.meta.n_ram = 2;
	convert(&s, &out);
	assert_int_equal(out.meta.n_ram, 3);
	assert_int_equal(out.meta.ram[1].gpa, PAYLOAD_GPA);
	assert_int_equal(out.meta.ram[1].bytes, PAYLOAD_PAGES * PAGE_BYTES);
	assert_int_equal(out.meta.ram[2].gpa, PAYLOAD_GPA * 2);
	assert_false(out.meta.has_frames);
	assert_true(out.meta.has_tables);
	assert_int_equal(out.meta.regs.cr0, 0x80050033);
	assert_int_equal(out.meta.regs.cr3, ROOT);
	assert_int_equal(out.meta.regs.cr4, 0x620);
	assert_int_equal(out.meta.regs.efer, 0xd01);
	stream_fini(&out);
}

/* The start, word for word: the payload's memory, its tables, the guest's; then the first run. */
static void a_stream_begins_with_the_payload(void **state)
{
	static const enum event_kind kinds[] = { EVENT_DMA,    EVENT_DMA,    EVENT_PTPAGE,
						 EVENT_PTPAGE, EVENT_PTPAGE, EVENT_PTPAGE,
						 EVENT_PTPAGE, EVENT_PTPAGE, EVENT_PTPAGE };
	struct normalise_options o = { .batch = 0 };
	struct sim_error err = { 0 };
	struct stream s, out;
	const struct event *e;
	size_t at = 0;

	(void)state;
	begin(&s);
	stream_access(&s, LOAD8, DATA);
	event(&s, EVENT_END, 0, 77);
	if (stream_normalise(&s, &o, UINT32_MAX, &out, &err))
		fail_msg("%s", err.text);
	for (; at < 9; at++)
		expect_event(&out, at, kinds[at]);
	e = stream_event_at(&out, 4); /* the payload's PT */
	assert_int_equal(out.word[e->words + PAYLOAD_RECORDS],
			 payload_gpa(PAYLOAD_RECORDS) | FLAGS | PTE_U);
	assert_int_equal(out.word[e->words + PAYLOAD_DOORBELL],
			 PAYLOAD_DOORBELL_GPA | FLAGS | PTE_U);
	assert_int_equal(out.word[e->words + PAYLOAD_DOORBELL + 1], 0);
	e = stream_event_at(&out, 5); /* the guest's root */
	assert_int_equal(out.word[e->words], PDPT | FLAGS | PTE_U);
	assert_int_equal(out.word[e->words + PAYLOAD_TOP_INDEX],
			 payload_gpa(PAYLOAD_PDPT) | FLAGS | PTE_U);
	for (unsigned i = 0; i < PAYLOAD_MAPPED; i++)
		expect_access(&out, at++, LOAD8 | OP_USER, payload_gva((enum payload_page)i));
	expect_access(&out, at++, LOAD8 | OP_USER, payload_gva(PAYLOAD_CODE));
	expect_access(&out, at++, LOAD8 | OP_USER, payload_gva(PAYLOAD_RECORDS));
	expect_access(&out, at++, LOAD8 | OP_USER, DATA);
	expect_access(&out, at++, LOAD8 | OP_USER, payload_gva(PAYLOAD_CODE));
	expect_access(&out, at++, OP_STORE | 2u << OP_SIZE_SHIFT | OP_USER,
		      payload_gva(PAYLOAD_DOORBELL));
	assert_int_equal(expect_event(&out, at++, EVENT_END)->value, PAYLOAD_MAPPED + 5);
	assert_int_equal(at, out.n);
	stream_fini(&out);
	stream_fini(&s);
}

static void entries_are_accessed_and_dirty_on_demand(void **state)
{
	struct normalise_options o = { .set_accessed_dirty = true };
	struct sim_error err = { 0 };
	struct stream s, out;
	const struct event *e;

	(void)state;
	begin(&s);
	stream_access(&s, STORE8, ALIAS + PT + 0x800);
	event(&s, EVENT_PTW, PT + 0x800, 0x7000 | PTE_P);
	stream_access(&s, STORE8, ALIAS + PD + 0x800);
	event(&s, EVENT_PTW, PD + 0x800, PT | PTE_P);
	stream_access(&s, STORE8, ALIAS + PD + 0x808);
	event(&s, EVENT_PTW, PD + 0x808, PTE_PS | PTE_P);
	if (stream_normalise(&s, &o, 3, &out, &err))
		fail_msg("%s", err.text);
	e = stream_event_at(&out, 8); /* PT */
	assert_int_equal(out.word[e->words + CONST / PAGE_BYTES],
			 0x90000 | PTE_P | PTE_U | PTE_A | PTE_D);
	assert_int_equal(out.word[e->words + 100], 0);
	for (size_t i = 0, nth = 0; i < out.n; i++) {
		static const uint64_t want[] = { 0x7000 | PTE_A | PTE_D, PT | PTE_A,
						 PTE_PS | PTE_A | PTE_D };

		e = stream_event_at(&out, i);
		if (e && e->kind == EVENT_PTW)
			assert_int_equal(e->value, want[nth++] | PTE_P | PTE_U);
	}
	stream_fini(&out);
	stream_fini(&s);
}

static void a_run_is_as_long_as_asked(void **state)
{
	struct normalise_options o = { .batch = 3 };
	struct sim_error err = { 0 };
	struct stream s, out;
	unsigned rings = 0;

	(void)state;
	begin(&s);
	for (unsigned i = 0; i < 7; i++)
		stream_access(&s, LOAD8, DATA);
	if (stream_normalise(&s, &o, 2, &out, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < out.n; i++)
		rings += !stream_event_at(&out, i) &&
			 out.gva[i] == payload_gva(PAYLOAD_DOORBELL);
	assert_int_equal(rings, 3);
	stream_fini(&out);
	stream_fini(&s);
}

/* --- what cannot be said --- */

/* `s` is refused at record `at` (SIZE_MAX: before the first), with these words. */
static void refuse(struct stream *s, int code, size_t at, const char *words)
{
	struct normalise_options o = { .batch = 0 };
	struct sim_error err = { 0 };
	struct stream out;
	char where[40];

	snprintf(where, sizeof(where), "record %zu", at);
	assert_int_equal(stream_normalise(s, &o, 1, &out, &err), code);
	assert_int_equal(err.code, code);
	assert_string_equal(err.where, at == SIZE_MAX ? "" : where);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
	stream_fini(&out);
	stream_fini(s);
}

static void machines_of_another_kind_are_refused(void **state)
{
	struct stream s;

	(void)state;
	begin(&s);
	s.meta.regs.cr4 |= CR4_LA57;
	refuse(&s, SIM_EUNSUP, SIZE_MAX, "4-level paging");
	begin(&s);
	s.meta.n_vcpu = 2;
	refuse(&s, SIM_EUNSUP, SIZE_MAX, "2 vCPUs");
	begin(&s);
	s.meta.has_tables = false;
	refuse(&s, SIM_EUNSUP, SIZE_MAX, "no page tables");
	begin(&s);
	s.meta.ram[0].bytes = PAYLOAD_GPA + 1;
	refuse(&s, SIM_EUNSUP, SIZE_MAX, "RAM at gpa 0x0");
	begin(&s);
	s.meta.ram[0] = (struct trace_ram){ PAYLOAD_DOORBELL_GPA, PAGE_BYTES };
	refuse(&s, SIM_EUNSUP, SIZE_MAX, "replay needs for itself");
}

static void the_payloads_slot_is_refused(void **state)
{
	uint64_t words[512] = { [PAYLOAD_TOP_INDEX] = PDPT | FLAGS };
	struct stream s;

	(void)state;
	begin(&s);
	give(&s, OTHER, 4, words);
	refuse(&s, SIM_EUNSUP, 4, "slot 200");
	begin(&s);
	stream_access(&s, STORE8, ALIAS + ROOT + PAYLOAD_TOP_INDEX * 8);
	event(&s, EVENT_PTW, ROOT + PAYLOAD_TOP_INDEX * 8, PTE_P);
	refuse(&s, SIM_EUNSUP, 5, "slot 200");
	begin(&s);
	stream_access(&s, LOAD8, PAYLOAD_GVA - 4);
	refuse(&s, SIM_EUNSUP, 4, "slot 200");
	begin(&s);
	event(&s, EVENT_INVLPG, PAYLOAD_GVA, 0);
	refuse(&s, SIM_EUNSUP, 4, "slot 200");
	begin(&s);
	event(&s, EVENT_PF, PAYLOAD_GVA, 0);
	refuse(&s, SIM_EUNSUP, 4, "slot 200");
	begin(&s);
	stream_access(&s, STORE8, ALIAS + PT + 0x800);
	event(&s, EVENT_PTW, PT + 0x800, PAYLOAD_DOORBELL_GPA | FLAGS);
	refuse(&s, SIM_EUNSUP, 5, "leads to gpa");
}

static void stores_that_make_no_sense_are_refused(void **state)
{
	struct stream s;

	(void)state;
	begin(&s);
	stream_access(&s, LOAD8, DATA);
	event(&s, EVENT_PTW, PT, 0);
	refuse(&s, SIM_EUNSUP, 5, "no store before it");
	begin(&s);
	stream_access(&s, STORE8, ALIAS + PT + 8);
	event(&s, EVENT_PTW, PT, 0);
	refuse(&s, SIM_EUNSUP, 5, "no store before it");
	begin(&s);
	stream_access(&s, STORE8, ALIAS + 0x8000);
	event(&s, EVENT_PTW, 0x8000, 0);
	refuse(&s, SIM_ESTATE, 5, "never gave");
	begin(&s);
	stream_access(&s, STORE8, CONST);
	refuse(&s, SIM_EUNSUP, 4, "read-only");
	begin(&s);
	stream_access(&s, STORE8, 0x60000);
	refuse(&s, SIM_ESTATE, 4, "do not map it");
}

static void registers_out_of_the_ordinary_are_refused(void **state)
{
	struct stream s;

	(void)state;
	begin(&s);
	event(&s, EVENT_CR3, 0, OTHER);
	stream_access(&s, LOAD8, DATA);
	refuse(&s, SIM_ESTATE, 5, "never gave");
	begin(&s);
	event(&s, EVENT_CR3, 0, PT);
	stream_access(&s, LOAD8, DATA);
	refuse(&s, SIM_EUNSUP, 5, "level 1");
	begin(&s);
	event(&s, EVENT_CR0, 0, 1);
	refuse(&s, SIM_EUNSUP, 4, "leaves 4-level paging");
	begin(&s);
	event(&s, EVENT_EFER, 0, 0);
	refuse(&s, SIM_EUNSUP, 4, "EFER");
	begin(&s);
	stream_event(&s, &(struct event){ .kind = EVENT_VCPU, .vcpu = 1 }, NULL);
	refuse(&s, SIM_EUNSUP, 4, "vCPU 1");
	begin(&s);
	event(&s, EVENT_RAM_ADD, PAYLOAD_GPA, PAGE_BYTES);
	refuse(&s, SIM_EUNSUP, 4, "RAM at gpa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accesses_are_made_at_cpl_3),
		cmocka_unit_test(wide_and_crossing_ones_become_several),
		cmocka_unit_test(a_wide_store_to_a_table_is_one_each),
		cmocka_unit_test(a_narrow_store_to_a_table_is_one_of_an_entry),
		cmocka_unit_test(a_store_across_pages_hits_the_right_one),
		cmocka_unit_test(a_fault_is_what_cpl_3_would_take),
		cmocka_unit_test(a_cr3_load_comes_behind_its_tables),
		cmocka_unit_test(flushes_become_what_cpl_0_without_pcid_has),
		cmocka_unit_test(the_metadata_tell_the_payload),
		cmocka_unit_test(a_stream_begins_with_the_payload),
		cmocka_unit_test(entries_are_accessed_and_dirty_on_demand),
		cmocka_unit_test(a_run_is_as_long_as_asked),
		cmocka_unit_test(machines_of_another_kind_are_refused),
		cmocka_unit_test(the_payloads_slot_is_refused),
		cmocka_unit_test(stores_that_make_no_sense_are_refused),
		cmocka_unit_test(registers_out_of_the_ordinary_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
