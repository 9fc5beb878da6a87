/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page tables in saved guests: walks, what is counted of them, and the tables of a hypervisor, beside closed forms. */
#include "config.h"

#include "check.h"

#include <string.h>
#include <unistd.h>

#include "small_snapshot.h"
#include "snapshot/info_tlb.h"
#include "snapshot/table_stream.h"
#include "snapshot/table_survey.h"
#include "trace/reader.h"
#include "vm/verify.h"

#define RW   ((uint64_t)2)
#define USR  ((uint64_t)4)
#define ACC  ((uint64_t)0x20)
#define DTY  ((uint64_t)0x40)
#define GLB  ((uint64_t)0x100)
#define NX   ((uint64_t)1 << 63)
#define HIGH 0xffff888000000000u /* Linux's direct map */
#define M2   ((uint64_t)2 << 20)

/* A guest, a dump of it, opened. */
struct world {
	struct small_snapshot g;
	struct small_file f;
	struct snapshot s;
	FILE *stream;
};

static void world_open(struct world *w)
{
	static const struct small_elf e = { .bits = 64, .machine = 62, .cpus = 1 };
	struct sim_error err = { 0 };

	w->f = (struct small_file){ NULL, 0, 0 };
	small_elf_dump(&w->f, &w->g, &e);
	w->stream = fmemopen(w->f.p, w->f.n, "rb");
	assert_non_null(w->stream);
	assert_int_equal(snapshot_open_stream(&w->s, w->stream, "bytes", &err), 0);
}

static void world_close(struct world *w)
{
	snapshot_close(&w->s);
	fclose(w->stream);
	small_fini(&w->f);
	small_snapshot_fini(&w->g);
}

/* --- walks --- */

struct seen {
	struct table_leaf leaf[32];
	size_t n;
	unsigned tables[LEVEL_MAX + 1];
	struct text tlb, mem;
	struct info_mem m;
};

static int on_table(void *arg, const struct table_page *p, struct sim_error *err)
{
	struct seen *s = arg;

	(void)err;
	s->tables[p->level]++;
	return 0;
}

static int on_leaf(void *arg, const struct table_leaf *l, struct sim_error *err)
{
	struct seen *s = arg;

	(void)err;
	assert_true(s->n < 32);
	s->leaf[s->n++] = *l;
	info_tlb_leaf(l, &s->tlb);
	info_mem_leaf(&s->m, l, &s->mem);
	return 0;
}

static const struct table_walk_ops ops = { on_table, on_leaf };

static void walk(struct world *w, struct seen *seen, uint64_t from, uint64_t to)
{
	struct table_walk k = table_walk_all(w->g.cr3, w->g.levels, &ops, seen);
	struct sim_error err = { 0 };

	*seen = (struct seen){ .m = { .levels = w->g.levels } };
	k.from = gva_make(from);
	k.to = gva_make(to);
	assert_int_equal(table_walk_run(&w->s, &k, &err), 0);
	info_mem_end(&seen->m, &seen->mem);
	text_add(&seen->tlb, "%s", "");
	text_add(&seen->mem, "%s", "");
}

static void seen_fini(struct seen *seen)
{
	text_fini(&seen->tlb);
	text_fini(&seen->mem);
}

static void a_walk_finds_each_leaf_with_its_rights(void **state)
{
	struct world w;
	struct seen seen;

	(void)state;
	small_snapshot_init(&w.g, 4);
	small_map(&w.g, w.g.cr3, 0x400000, 0x5000, 1, USR | ACC);
	small_map(&w.g, w.g.cr3, 0x401000, 0x6000, 1, USR | RW | NX | ACC | DTY);
	small_map(&w.g, w.g.cr3, 0x402000, 0x1000, 1, USR | RW | NX);
	small_map(&w.g, w.g.cr3, HIGH, 0, 2, RW | NX | GLB | ACC | DTY);
	small_map(&w.g, w.g.cr3, HIGH + ((uint64_t)1 << 30), (uint64_t)4 << 30, 3, RW);
	small_map(&w.g, w.g.cr3, 0xfffffffffffff000, 0xfee00000, 1, RW | 0x10);
	/* What a level above takes away. */
	*small_word(&w.g, w.g.cr3 + 511 * 8) ^= RW | NX;
	world_open(&w);
	walk(&w, &seen, 0, UINT64_MAX);
	assert_int_equal(seen.n, 6);
	assert_int_equal(seen.tables[4], 1);
	assert_int_equal(seen.tables[3], 3);
	assert_int_equal(seen.tables[2], 3);
	assert_int_equal(seen.tables[1], 2);
	assert_int_equal(seen.leaf[0].gva.v, 0x400000);
	assert_int_equal(seen.leaf[0].rights, USR);
	assert_int_equal(seen.leaf[1].rights, USR | RW | NX);
	assert_int_equal(seen.leaf[3].gva.v, HIGH);
	assert_int_equal(seen.leaf[3].level, 2);
	assert_int_equal(seen.leaf[4].level, 3);
	assert_int_equal(table_leaf_gpa(&seen.leaf[4]).v, (uint64_t)4 << 30);
	assert_int_equal(seen.leaf[5].gva.v, 0xfffffffffffff000);
	assert_int_equal(seen.leaf[5].rights, NX);
	assert_string_equal(seen.tlb.s, "0000000000400000: 0000000000005000 ----A--U-\n"
					"0000000000401000: 0000000000006000 X--DA--UW\n"
					"0000000000402000: 0000000000001000 X------UW\n"
					"ffff888000000000: 0000000000000000 XGPDA---W\n"
					"ffff888040000000: 0000000100000000 --P-----W\n"
					"fffffffffffff000: 00000000fee00000 -----C--W\n");
	assert_string_equal(seen.mem.s,
			    "0000000000400000-0000000000401000 0000000000001000 ur-\n"
			    "0000000000401000-0000000000403000 0000000000002000 urw\n"
			    "ffff888000000000-ffff888000200000 0000000000200000 -rw\n"
			    "ffff888040000000-ffff888080000000 0000000040000000 -rw\n"
			    "fffffffffffff000-0001000000000000 0000000000001000 -r-\n");
	seen_fini(&seen);
	walk(&w, &seen, 0x401fff, HIGH);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.leaf[0].gva.v, 0x401000);
	assert_int_equal(seen.leaf[2].gva.v, HIGH);
	seen_fini(&seen);
	world_close(&w);
}

static void five_levels_are_walked(void **state)
{
	struct world w;
	struct seen seen;

	(void)state;
	small_snapshot_init(&w.g, 5);
	small_map(&w.g, w.g.cr3, 0x00fff00000001000, 0x5000, 1, USR);
	small_map(&w.g, w.g.cr3, 0xff11000000000000, 0, 2, RW);
	world_open(&w);
	walk(&w, &seen, 0, UINT64_MAX);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.tables[5], 1);
	assert_int_equal(seen.leaf[0].gva.v, 0x00fff00000001000);
	assert_int_equal(seen.leaf[1].gva.v, 0xff11000000000000);
	seen_fini(&seen);
	world_close(&w);
}

static void a_table_that_is_nowhere_is_refused(void **state)
{
	struct sim_error err = { 0 };
	struct world w;
	struct seen seen = { .n = 0 };
	struct table_walk k;
	unsigned levels;

	(void)state;
	small_snapshot_init(&w.g, 4);
	*small_word(&w.g, w.g.cr3 + 8) = 0x12345067;
	world_open(&w);
	k = table_walk_all(w.g.cr3, 4, &ops, &seen);
	assert_int_equal(table_walk_run(&w.s, &k, &err), SIM_ERANGE);
	assert_non_null(strstr(err.text, "level-3 table for gva 0x8000000000 would be at gpa "
					 "0x12345000"));
	w.s.cpu[0].regs.efer = 0;
	err = (struct sim_error){ 0 };
	assert_int_equal(table_walk_levels(&w.s, &w.s.cpu[0], &levels, &err), SIM_EUNSUP);
	assert_non_null(strstr(err.text, "paging is PAE"));
	w.s.cpu[0].regs.cr4 = 0;
	assert_string_equal(snapshot_paging(&w.s.cpu[0].regs), "32-bit");
	w.s.cpu[0].regs.cr0 = 0x11;
	assert_string_equal(snapshot_paging(&w.s.cpu[0].regs), "off");
	world_close(&w);
}

static void leaves_of_one_kind_are_one_run(void **state)
{
	struct table_leaf l = { gva_make(0x1000), 1, 0x5000 | ACC, USR };
	struct table_run r = table_run_of(&l);

	(void)state;
	l = (struct table_leaf){ gva_make(0x2000), 1, 0x6000 | DTY, USR };
	assert_true(table_run_extend(&r, &l));
	assert_int_equal(r.n, 2);
	assert_int_equal(r.bytes, 0x2000);
	assert_int_equal(r.accessed, 1);
	assert_int_equal(r.dirty, 1);
	l.gva = gva_make(0x3000);
	assert_false(table_run_extend(&r, &l)); /* another gpa */
	l.entry = 0x7000;
	l.rights = USR | RW;
	assert_false(table_run_extend(&r, &l));
	l.rights = USR;
	l.entry = 0x7000 | GLB;
	assert_false(table_run_extend(&r, &l));
	l.entry = 0x7000 | 0x80; /* PAT */
	assert_false(table_run_extend(&r, &l));
	l.entry = 0x7000;
	l.gva = gva_make(0x4000);
	assert_false(table_run_extend(&r, &l));
	l.gva = gva_make(0x3000);
	assert_true(table_run_extend(&r, &l));
}

/* --- what is counted --- */

/*
 * Two address spaces. User pages of the first: 512 of 4K at 2M, which are RAM from 0 on (2M in place); 512 at 6M, the same
 * frames backwards (2M when moved); one page of the DIMM. Of the second: that page at another place, and one more. The kernel
 * half, shared: all of the DIMM as 2M, one page of a device.
 */
static uint64_t two_spaces(struct world *w)
{
	uint64_t other;

	small_snapshot_init(&w->g, 4);
	for (uint64_t i = 0; i < 512; i++) {
		small_map(&w->g, w->g.cr3, M2 + i * 4096, i * 4096, 1, USR | RW | ACC);
		small_map(&w->g, w->g.cr3, 3 * M2 + i * 4096, (511 - i) * 4096, 1, USR | DTY);
	}
	small_map(&w->g, w->g.cr3, 0x7f0000001000, SMALL_DIMM_AT, 1, USR | NX);
	small_map(&w->g, w->g.cr3, HIGH, SMALL_DIMM_AT, 2, RW | NX);
	small_map(&w->g, w->g.cr3, HIGH + ((uint64_t)1 << 39), 0xfee00000, 1, RW | NX);
	/* A page that shares the kernel half, and holds other things below. */
	other = small_root(&w->g);
	memcpy(small_word(&w->g, other + 2048), small_word(&w->g, w->g.cr3 + 2048), 2048);
	*small_word(&w->g, other) = 0x5063;
	other = small_root(&w->g);
	memcpy(small_word(&w->g, other + 2048), small_word(&w->g, w->g.cr3 + 2048), 2048);
	small_map(&w->g, other, 0x5000, SMALL_DIMM_AT, 1, USR);
	small_map(&w->g, other, 0x6000, SMALL_DIMM_AT + 0x1000, 1, USR);
	world_open(w);
	return other;
}

static void sizes_contiguity_and_sharing_are_counted(void **state)
{
	struct world w;
	uint64_t other = two_spaces(&w);
	struct roots roots = { .cr3 = NULL };
	struct sim_error err = { 0 };
	struct table_survey t;
	const struct table_half_survey *u = &t.half[TABLE_HALF_USER],
				       *k = &t.half[TABLE_HALF_KERNEL];

	(void)state;
	assert_int_equal(roots_add(&roots, w.g.cr3, NULL), 0);
	assert_int_equal(roots_add(&roots, w.g.cr3 | 5, NULL), 0); /* another PCID */
	assert_int_equal(roots.n, 1);
	assert_int_equal(table_survey_run(&t, &w.s, &roots, 4, &err), 0);
	assert_int_equal(u->leaf[1], 1025);
	assert_int_equal(u->leaf[2], 0);
	assert_int_equal(u->bytes, 1025 * 4096);
	assert_int_equal(u->accessed, 512);
	assert_int_equal(u->dirty, 512);
	assert_int_equal(u->device, 0);
	assert_int_equal(k->leaf[1], 1);
	assert_int_equal(k->leaf[2], 1);
	assert_int_equal(k->device, 1);
	assert_int_equal(u->runs, 1 + 512 + 1);
	assert_int_equal(u->bin_runs[0], 513);
	assert_int_equal(u->bin_runs[9], 1);
	assert_int_equal(u->bin_pages[9], 512);
	assert_int_equal(u->in_place_2m, 1);
	assert_int_equal(u->moved_2m, 1);
	assert_int_equal(k->runs, 2);
	assert_int_equal(t.tables[4], 1);
	assert_int_equal(t.tables[3], 4);
	assert_int_equal(t.tables[2], 4);
	assert_int_equal(t.tables[1], 4);
	assert_int_equal(t.sharing.mapped, 1024);
	assert_int_equal(t.sharing.user, 513);
	assert_int_equal(t.sharing.kernel, 512);
	assert_int_equal(t.sharing.both, 1);
	assert_int_equal(t.sharing.user_twice, 512);
	assert_int_equal(t.sharing.kernel_twice, 0);
	assert_int_equal(t.sharing.several_roots, 0);
	assert_int_equal(roots_add(&roots, other, NULL), 0);
	assert_int_equal(table_survey_run(&t, &w.s, &roots, 4, &err), 0);
	assert_int_equal(u->leaf[1], 1027);
	assert_int_equal(k->leaf[1], 1);
	assert_int_equal(t.tables[4], 2);
	assert_int_equal(t.tables[1], 5);
	assert_int_equal(t.sharing.mapped, 1024);
	assert_int_equal(t.sharing.user, 514);
	assert_int_equal(t.sharing.both, 2);
	assert_int_equal(t.sharing.user_twice, 512);
	assert_int_equal(t.sharing.several_roots, 1);
	roots_fini(&roots);
	world_close(&w);
}

static void what_is_contiguous_or_aligned_alone_is_no_2m(void **state)
{
	struct roots roots = { .cr3 = NULL };
	struct table_survey t;
	struct world w;

	(void)state;
	small_snapshot_init(&w.g, 4);
	for (uint64_t i = 0; i < 512; i++) {
		/* Two pages swapped; all of it one page too far; the last one with other rights, or missing. */
		small_map(&w.g, w.g.cr3, M2 + i * 4096, (i >> 1 == 1 ? i ^ 1 : i) * 4096, 1,
			  USR);
		small_map(&w.g, w.g.cr3, 2 * M2 + i * 4096, (i + 1) * 4096, 1, USR);
		small_map(&w.g, w.g.cr3, 3 * M2 + i * 4096, i * 4096, 1, i < 511 ? USR : RW);
		if (i < 511)
			small_map(&w.g, w.g.cr3, 4 * M2 + i * 4096, i * 4096, 1, USR);
	}
	world_open(&w);
	assert_int_equal(roots_add(&roots, w.g.cr3, NULL), 0);
	assert_int_equal(table_survey_run(&t, &w.s, &roots, 4, NULL), 0);
	assert_int_equal(t.half[TABLE_HALF_USER].in_place_2m, 0);
	assert_int_equal(t.half[TABLE_HALF_USER].moved_2m, 2);
	roots_fini(&roots);
	world_close(&w);
}

static void roots_that_nobody_named_are_found(void **state)
{
	struct world w;
	uint64_t other = two_spaces(&w);
	struct roots roots = { .cr3 = NULL };
	struct sim_error err = { 0 };

	(void)state;
	assert_int_equal(roots_add(&roots, w.g.cr3, NULL), 0);
	assert_int_equal(roots_find(&roots, &w.s, w.g.cr3, &err), 0);
	assert_int_equal(roots.n, 2);
	assert_int_equal(roots.cr3[1], other);
	assert_int_equal(roots_find(&roots, &w.s, 0x5000, &err), SIM_EUNSUP);
	roots_fini(&roots);
	world_close(&w);
}

/* --- the stream, and the models --- */

static void counters_of(struct world *w, const struct roots *roots, const char *technique,
			unsigned page_level, struct counters *c)
{
	struct table_stream_options o = { .cpu = &w->s.cpu[0], .roots = roots, .levels = 4 };
	struct vm_config cfg = {
		.technique = technique,
		.host = { .page_level = page_level, .prepopulated = true },
		.mmu = { .tdp_levels = 4, .use_vpid = true, .shadow_quota = UINT32_MAX }
	};
	struct sim_error err = { 0 };
	char path[512];
	int rc;

	assert_int_equal(
		machine_load(&cfg.machine,
			     source_path(path, sizeof(path), "models/machine/icelake-sp.json"),
			     &err),
		0);
	rc = table_stream_replay(&w->s, &o, &cfg, c, &err);
	if (rc)
		print_message("# %s: %s\n", err.where, err.text);
	assert_int_equal(rc, 0);
}

/*
 * EPT: a table per 512 frames, per 2^18, per 2^27, and the root, over the frames that are touched: 2M of RAM,
 * where the guest's tables are too, and the DIMM.
 *
 * SPT: a shadow page for each guest table, with the rights that lead there, and one for the 2M leaf when host pages are 4K
 * (a leaf over the guest's tables would stay small with 2M as well: KVM protects those page by page). Both roots have the kernel's tables at the same rights, hence once.
 */
static void tables_of_a_hypervisor_are_as_many_as_thought(void **state)
{
	struct world w;
	uint64_t other = two_spaces(&w);
	struct roots roots = { .cr3 = NULL };
	struct table_survey t;
	struct counters c;
	uint64_t guest_tables = 0;

	(void)state;
	assert_int_equal(roots_add(&roots, w.g.cr3, NULL), 0);
	assert_int_equal(roots_add(&roots, other, NULL), 0);
	assert_int_equal(table_survey_run(&t, &w.s, &roots, 4, NULL), 0);
	for (unsigned level = 1; level <= 4; level++)
		guest_tables += t.tables[level];
	/* The table of the device's page is never walked: nothing is loaded through it. Its three levels. */
	counters_of(&w, &roots, "spt", LEVEL_4K, &c);
	assert_int_equal(c.shadow_pages, guest_tables - 3 + 1);
	assert_int_equal(c.pages_4k, 512 + 512 + 1 + 2 + 512);
	assert_int_equal(c.loads, 512 + 512 + 1 + 2 + 512);
	counters_of(&w, &roots, "spt", LEVEL_2M, &c);
	assert_int_equal(c.shadow_pages, guest_tables - 3);
	assert_int_equal(c.pages_2m, 1);
	counters_of(&w, &roots, "ept", LEVEL_4K, &c);
	assert_int_equal(c.pages_4k, 512 + 512);
	assert_int_equal(c.tdp_pages, 1 + 1 + 2 + 2);
	counters_of(&w, &roots, "ept", LEVEL_2M, &c);
	assert_int_equal(c.pages_2m, 2);
	assert_int_equal(c.pages_4k, 0);
	assert_int_equal(c.tdp_pages, 1 + 1 + 2);
	roots_fini(&roots);
	world_close(&w);
}

static uint64_t verified(const char *path)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct verify *v;
	struct batch b;
	uint64_t n;
	int rc;

	assert_int_equal(trace_open(&r, path, TRACE_DETAIL, &err), 0);
	assert_int_equal(verify_create(&v, trace_meta(r), &err), 0);
	while (!(rc = trace_next(r, 0, &b, &err)))
		assert_int_equal(verify_add(v, &b, &err), 0);
	assert_int_equal(rc, SIM_EOF);
	assert_true(verify_passed(v));
	n = verify_counts(v)->equal;
	verify_destroy(v);
	trace_close(r);
	return n;
}

static void its_trace_loads_each_page_once(void **state)
{
	static const struct {
		enum table_stream_half half;
		uint64_t loads;
	} row[] = {
		{ TABLE_STREAM_ALL, 512 + 512 + 1 + 2 + 512 },
		{ TABLE_STREAM_USER, 512 + 512 + 1 + 2 },
		{ TABLE_STREAM_KERNEL, 512 },
	};
	char path[] = "/tmp/snt-snapshot-XXXXXX";
	struct world w;
	uint64_t other = two_spaces(&w), loads;
	struct roots roots = { .cr3 = NULL };
	struct table_stream_options o = { .cpu = &w.s.cpu[0], .roots = &roots, .levels = 4 };
	struct sim_error err = { 0 };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(roots_add(&roots, w.g.cr3, NULL), 0);
	assert_int_equal(roots_add(&roots, other, NULL), 0);
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		o.half = row[i].half;
		assert_int_equal(table_stream_write(&w.s, &o, path, &loads, &err), 0);
		assert_int_equal(loads, row[i].loads);
		assert_int_equal(verified(path), loads);
	}
	unlink(path);
	roots_fini(&roots);
	world_close(&w);
}

static int stop_at_once(void)
{
	return 1;
}

static void a_stopped_trace_leaves_nothing(void **state)
{
	char path[] = "/tmp/snt-snapshot-XXXXXX", temporary[64];
	struct world w;
	uint64_t other = two_spaces(&w), loads;
	struct roots roots = { .cr3 = NULL };
	struct table_stream_options o = {
		.cpu = &w.s.cpu[0], .roots = &roots, .levels = 4, .stopped = stop_at_once
	};
	struct sim_error err = { 0 };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	assert_int_equal(roots_add(&roots, other, NULL), 0);
	assert_int_equal(table_stream_write(&w.s, &o, path, &loads, &err), SIM_EINTR);
	snprintf(temporary, sizeof(temporary), "%s.tmp0", path);
	assert_true(access(path, F_OK) && access(temporary, F_OK));
	roots_fini(&roots);
	world_close(&w);
}

/* --- what is far larger than its file --- */

/* A root of nothing but itself has 2^36 leaves; it is a table of each level in each half. */
static void a_root_that_maps_itself_comes_to_an_end(void **state)
{
	struct world w;
	struct roots roots = { .cr3 = NULL };
	struct table_survey t;
	struct counters c;

	(void)state;
	small_snapshot_init(&w.g, 4);
	for (uint64_t i = 0; i < TABLE_ENTRIES; i++)
		*small_word(&w.g, w.g.cr3 + 8 * i) = w.g.cr3 | PTE_P | RW | USR;
	world_open(&w);
	assert_int_equal(roots_add(&roots, w.g.cr3, NULL), 0);
	assert_int_equal(table_survey_run(&t, &w.s, &roots, 4, NULL), 0);
	for (unsigned half = 0; half < TABLE_HALF_COUNT; half++)
		assert_int_equal(t.half[half].leaf[LEVEL_4K], TABLE_ENTRIES);
	for (unsigned level = 1; level <= 4; level++)
		assert_int_equal(t.tables[level], level == 4);
	counters_of(&w, &roots, "ept", LEVEL_4K, &c);
	assert_int_equal(c.loads, 2 * TABLE_ENTRIES);
	roots_fini(&roots);
	world_close(&w);
}

/* KASAN's shadow: one table at many places counts once, in each half that has it. */
static void a_table_at_several_places_counts_once(void **state)
{
	struct world w;
	struct roots roots = { .cr3 = NULL };
	struct table_survey t;
	uint64_t *low, *high;

	(void)state;
	small_snapshot_init(&w.g, 4);
	small_map(&w.g, w.g.cr3, 0x1000, 0x5000, LEVEL_4K, RW | USR);
	low = small_word(&w.g, w.g.cr3);
	high = small_word(&w.g, w.g.cr3 + 8 * 256);
	low[1] = low[7] = high[0] = high[9] = low[0];
	world_open(&w);
	assert_int_equal(roots_add(&roots, w.g.cr3, NULL), 0);
	assert_int_equal(table_survey_run(&t, &w.s, &roots, 4, NULL), 0);
	assert_int_equal(t.half[TABLE_HALF_USER].leaf[LEVEL_4K], 1);
	assert_int_equal(t.half[TABLE_HALF_KERNEL].leaf[LEVEL_4K], 1);
	for (unsigned level = 1; level <= 4; level++)
		assert_int_equal(t.tables[level], 1);
	assert_int_equal(t.sharing.both, 1);
	roots_fini(&roots);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_finds_each_leaf_with_its_rights),
		cmocka_unit_test(five_levels_are_walked),
		cmocka_unit_test(a_table_that_is_nowhere_is_refused),
		cmocka_unit_test(leaves_of_one_kind_are_one_run),
		cmocka_unit_test(sizes_contiguity_and_sharing_are_counted),
		cmocka_unit_test(what_is_contiguous_or_aligned_alone_is_no_2m),
		cmocka_unit_test(roots_that_nobody_named_are_found),
		cmocka_unit_test(tables_of_a_hypervisor_are_as_many_as_thought),
		cmocka_unit_test(its_trace_loads_each_page_once),
		cmocka_unit_test(a_stopped_trace_leaves_nothing),
		cmocka_unit_test(a_root_that_maps_itself_comes_to_an_end),
		cmocka_unit_test(a_table_at_several_places_counts_once),
	};

	return cmocka_run_group_tests_name("snapshot_tables", tests, NULL, NULL);
}
