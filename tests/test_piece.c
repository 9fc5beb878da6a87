/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_piece.c - where pieces begin and what they begin with, on streams made by hand
 *
 * Records are told by letters: L load, S store, F fetch, W ptw, P ptpage, 3 cr3, T tag, v vcpu ...
 */
#include "config.h"

#include "check.h"

#include <string.h>

#include "trace_bytes.h"
#include "vm/piece.h"

#define ROOT  0x10000u
#define FLAGS (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)

static const struct trace_meta meta = {
	.name = "small",
	.origin = "made by a test",
	.tools = "test_piece",
	.ram = { { 0, 16u << 20 } },
	.n_ram = 1,
	.n_vcpu = 3,
	.regs = { .cr0 = CR0_PG | CR0_WP,
		  .cr3 = ROOT,
		  .cr4 = CR4_PAE,
		  .efer = EFER_LME | EFER_LMA | EFER_NXE },
	.has_tables = true,
};

/* --- making --- */

static void put_event(struct trace_writer *w, struct event e)
{
	uint64_t words[512] = { 0 };
	struct sim_error err = { 0 };

	/* level n at gpa leads to level n-1 a page on; the last maps 2 MiB from 0 on */
	words[0] = e.level == 2 ? (uint64_t)PTE_PS | FLAGS : (e.gpa + PAGE_BYTES) | FLAGS;
	if (trace_writer_event(w, &e, e.kind == EVENT_PTPAGE ? words : NULL, &err))
		fail_msg("%s", err.text);
}

static void put_access(struct trace_writer *w, uint8_t op, uint64_t gva, uint64_t count)
{
	struct trace_access a = {
		.op = op, .gva = gva_make(gva), .frame = FRAME_NONE, .count = count
	};

	assert_int_equal(trace_writer_access(w, &a, NULL), 0);
}

static void put_tables(struct trace_writer *w, uint64_t root)
{
	for (unsigned level = 4; level >= 2; level--)
		put_event(w, (struct event){ .kind = EVENT_PTPAGE,
					     .level = (uint8_t)level,
					     .gpa = root + (4 - level) * PAGE_BYTES });
}

static void put_letter(struct trace_writer *w, char c)
{
	switch (c) {
	case 'L':
		put_access(w, OP_LOAD, 0x5000, 0);
		break;
	case 'S':
		put_access(w, OP_STORE | 3u << OP_SIZE_SHIFT, ROOT + 8, 0);
		break;
	case 'F':
		put_access(w, OP_FETCH, 0x6000, 10);
		break;
	case 'W':
		put_event(w, (struct event){ .kind = EVENT_PTW, .gpa = ROOT + 8 });
		break;
	case 'P':
		put_event(w,
			  (struct event){ .kind = EVENT_PTPAGE, .level = 1, .gpa = 0x20000 });
		break;
	case 'f':
		put_event(w, (struct event){ .kind = EVENT_PTFREE, .gpa = 0x20000 });
		break;
	case 'X': /* a write to a page that is no table */
		put_event(w, (struct event){ .kind = EVENT_PTW, .gpa = 0x20000 });
		break;
	case '3':
		put_event(w, (struct event){ .kind = EVENT_CR3, .value = ROOT });
		break;
	case 'T':
		put_event(w, (struct event){ .kind = EVENT_TAG, .value = 5 });
		break;
	case 'b':
	case 'e':
		put_event(w, (struct event){ .kind = EVENT_PHASE, .n = 2, .value = c == 'e' });
		break;
	default:
		fail_msg("no letter %c", c);
	}
}

/* Three tables, then the letters, then the end with 1000 instructions. */
static void make(struct trace_bytes *t, const char *letters)
{
	struct trace_writer *w = trace_bytes_create(t, &meta);

	put_tables(w, ROOT);
	for (; *letters; letters++)
		put_letter(w, *letters);
	put_event(w, (struct event){ .kind = EVENT_END, .value = 1000 });
	trace_bytes_done(t, w);
}

/* --- looking --- */

/* The records of a piece behind its prologue and before its end, as letters. */
static void spell(struct trace_bytes *t, uint64_t prologue, char *out)
{
	static const char kinds[EVENT_KIND_COUNT + 1] = "Ev03"
							"4Ei"
							"ip!"
							"PWfd"
							"bTramup"
							"kxqsa";
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct batch b;

	trace_bytes_open(t, &r);
	while (!trace_next(r, 1, &b, &err)) {
		if (prologue) {
			prologue--;
			continue;
		}
		if ((b.op[0] & OP_KIND) != OP_EVENT)
			*out++ = "LSF"[b.op[0] & OP_KIND];
		else if (b.event[0].kind == EVENT_PHASE)
			*out++ = b.event[0].value ? 'e' : 'b';
		else if (b.event[0].kind != EVENT_END)
			*out++ = kinds[b.event[0].kind];
	}
	*out = '\0';
	trace_bytes_close(t, r);
}

static void check_cut(const char *letters, struct cut_rule rule, const char *expect)
{
	char spelt[100];
	struct trace_bytes t;
	struct pieces p;

	make(&t, letters);
	if (!expect) {
		assert_int_equal(pieces_cut(&p, &t, &rule, 0), SIM_ERANGE);
	} else {
		assert_int_equal(pieces_cut(&p, &t, &rule, 1), 0);
		assert_int_equal(p.n, 1);
		spell(&p.t[0], p.piece[0].prologue, spelt);
		assert_string_equal(spelt, expect);
	}
	pieces_free(&p);
	trace_bytes_free(&t);
}

/* Positions count the three tables in front. */
static void records(uint64_t from, uint64_t to, const char *letters, const char *expect)
{
	check_cut(letters, (struct cut_rule){ CUT_RECORDS, from + 3, to + 3 }, expect);
}

static void borders(void **state)
{
	(void)state;
	records(0, 3, "LLFLL", "LLF");
	records(1, 4, "LLFLL", "LFL");
	records(1, UINT64_MAX - 3, "LLFL", "LFL");
	/* a store keeps its writes */
	records(1, 3, "SWLL", "L"); /* asks to begin at W */
	records(0, 1, "SWWLL", "SWW");
	records(2, 4, "SWWLL", "L");
	/* a CR3 write and the tables behind it, and what follows at once, stay together */
	records(1, 9, "L3PLL", "LL");
	records(0, 1, "L3PLL", "L3P");
	records(0, 2, "L3PPTL", "L3PP");
	/* the initial tables are no place to begin */
	check_cut("LL", (struct cut_rule){ CUT_RECORDS, 1, 5 }, "LL");
	/* from the very first record on there is nothing to put in front */
	check_cut("LL", (struct cut_rule){ CUT_RECORDS, 0, 4 }, "PPPL");
	/* nothing there */
	records(2, 3, "LSWWWL", NULL);
	records(5, 9, "LLL", NULL);
	check_cut("LLL", (struct cut_rule){ CUT_RECORDS, 5, 5 }, NULL);
}

static void by_other(void **state)
{
	(void)state;
	check_cut("LFLFLFL", (struct cut_rule){ CUT_INSTRUCTIONS, 20, 30 }, "FL");
	check_cut("LFLFLFL", (struct cut_rule){ CUT_INSTRUCTIONS, 11, UINT64_MAX }, "FLFL");
	check_cut("LFL", (struct cut_rule){ CUT_INSTRUCTIONS, 11, UINT64_MAX }, NULL);
	check_cut("LbLFeL", (struct cut_rule){ CUT_PHASE, 2, 0 }, "bLFe");
	check_cut("LbLFeLbLe", (struct cut_rule){ CUT_PHASE, 2, 0 }, "bLFe");
	check_cut("LbLF", (struct cut_rule){ CUT_PHASE, 2, 0 }, "bLF");
	check_cut("LbLFeL", (struct cut_rule){ CUT_PHASE, 3, 0 }, NULL);
	check_cut("LTLFTL", (struct cut_rule){ CUT_TAG, 5, 0 }, "TLF");
	check_cut("LTLF", (struct cut_rule){ CUT_TAG, 6, 0 }, NULL);
}

static void check_split(const char *letters, struct cut_rule rule, const char *const *expect)
{
	struct trace_bytes t;
	struct pieces p;
	size_t i = 0;

	make(&t, letters);
	assert_int_equal(pieces_cut(&p, &t, &rule, 0), 0);
	for (; expect[i]; i++) {
		char spelt[100];

		assert_true(i < p.n);
		spell(&p.t[i], p.piece[i].prologue, spelt);
		assert_string_equal(spelt, expect[i]);
	}
	assert_int_equal(p.n, i);
	pieces_free(&p);
	trace_bytes_free(&t);
}

static void splits(void **state)
{
	static const char *const records_[] = { "PPPLLLSWW", "TL", NULL };
	static const char *const instructions[] = { "PPPLFL", "FLFL", "FL", NULL };
	static const char *const phases[] = { "PPPL", "bLe", "LL", "bSWe", NULL };
	static const char *const tags[] = { "PPPL", "TL", "TSW", "TL", NULL };
	static const char *const first[] = { "PPPTL", "TL", NULL };

	(void)state;
	check_split("LLLSWWTL", (struct cut_rule){ SPLIT_RECORDS, 7, 0 }, records_);
	check_split("LFLFLFLFL", (struct cut_rule){ SPLIT_INSTRUCTIONS, 20, 0 }, instructions);
	check_split("LbLeLLbSWe", (struct cut_rule){ SPLIT_PHASES, 0, 0 }, phases);
	check_split("LTLTSWTL", (struct cut_rule){ SPLIT_TAGS, 0, 0 }, tags);
	/* a piece of nothing but tables is none */
	check_split("TLTL", (struct cut_rule){ SPLIT_TAGS, 0, 0 }, first);
}

/* --- what stands in front --- */

static struct event first_of(struct trace_bytes *t, enum event_kind kind, unsigned skip)
{
	struct sim_error err = { 0 };
	struct event found = { 0 };
	struct trace_reader *r;
	struct batch b;

	trace_bytes_open(t, &r);
	while (!trace_next(r, 1, &b, &err)) {
		if ((b.op[0] & OP_KIND) != OP_EVENT || b.event[0].kind != kind || skip--)
			continue;
		found = b.event[0];
		break;
	}
	assert_int_equal(found.kind, kind);
	trace_bytes_close(t, r);
	return found;
}

/* Registers of each vCPU, RAM that was plugged, tables as they were written, mappings, processes. */
static void put_everything(struct trace_writer *w)
{
	put_tables(w, ROOT);
	put_tables(w, 0x30000);
	put_event(w,
		  (struct event){ .kind = EVENT_RAM_ADD, .gpa = 1u << 30, .value = 2u << 20 });
	put_event(w, (struct event){ .kind = EVENT_MAP,
				     .pid = 9,
				     .gva = 0x7000,
				     .value = 0x3000,
				     .n = MAPPING_READ });
	put_event(w, (struct event){
			     .kind = EVENT_UNMAP, .pid = 9, .gva = 0x8000, .value = 0x1000 });
	put_event(w, (struct event){ .kind = EVENT_SWITCH, .pid = 9 });
	put_letter(w, 'L');
	put_event(w, (struct event){ .kind = EVENT_VCPU, .vcpu = 2 });
	put_event(w, (struct event){ .kind = EVENT_CR3, .value = 0x30000 });
	put_event(w, (struct event){ .kind = EVENT_CR4, .value = CR4_PAE | CR4_PGE });
	put_letter(w, 'S');
	put_event(w, (struct event){ .kind = EVENT_PTW, .gpa = 0x30010, .value = 0x77 });
	put_event(w, (struct event){ .kind = EVENT_VCPU, .vcpu = 1 });
	put_letter(w, 'L'); /* cut here */
	put_event(w, (struct event){ .kind = EVENT_VCPU, .vcpu = 2 });
	put_letter(w, 'L');
	put_event(w,
		  (struct event){ .kind = EVENT_RAM_DEL, .gpa = 1u << 30, .value = 2u << 20 });
	put_letter(w, 'L');
	put_event(w, (struct event){ .kind = EVENT_END });
}

static void everything(void **state)
{
	struct cut_rule rule = { CUT_RECORDS, 17, UINT64_MAX };
	static const char prologue[] = "RPPPPPP"
				       "v43"
				       "mm"
				       "vs"
				       "v";
	struct verify_counts counts;
	struct counters c;
	struct trace_reader *r;
	struct trace_bytes t;
	struct trace_writer *w = trace_bytes_create(&t, &meta);
	struct pieces p;
	struct event e;

	(void)state;
	put_everything(w);
	trace_bytes_done(&t, w);
	assert_int_equal(pieces_cut(&p, &t, &rule, 0), 0);
	assert_int_equal(p.piece[0].prologue, strlen(prologue));
	assert_int_equal(p.piece[0].first, 17);
	trace_bytes_open(&p.t[0], &r);
	assert_int_equal(trace_meta(r)->regs.cr3, ROOT); /* vCPU 1's, the current one */
	assert_int_equal(trace_meta(r)->n_ram, 1);
	trace_bytes_close(&p.t[0], r);
	assert_int_equal(first_of(&p.t[0], EVENT_RAM_ADD, 0).gpa, 1u << 30);
	assert_int_equal(first_of(&p.t[0], EVENT_VCPU, 0).vcpu, 2);
	assert_int_equal(first_of(&p.t[0], EVENT_CR3, 0).value, 0x30000);
	assert_int_equal(first_of(&p.t[0], EVENT_CR4, 0).value, CR4_PAE | CR4_PGE);
	e = first_of(&p.t[0], EVENT_MAP, 1);
	assert_int_equal(e.gva, 0x9000);
	assert_int_equal(e.value, 0x1000);
	assert_int_equal(first_of(&p.t[0], EVENT_VCPU, 1).vcpu, 0);
	assert_int_equal(first_of(&p.t[0], EVENT_SWITCH, 0).pid, 9);
	assert_int_equal(first_of(&p.t[0], EVENT_VCPU, 2).vcpu, 1);
	trace_bytes_verify(&p.t[0], &counts);
	assert_int_equal(counts.no_frame, 3);
	trace_bytes_replay(&p.t[0], "ept", &c); /* the RAM can be unplugged */
	trace_bytes_replay(&p.t[0], "spt", &c);
	pieces_free(&p);
	trace_bytes_free(&t);
}

/* A write to a page that was a table before the piece began cannot be replayed there. */
static void strays(void **state)
{
	struct cut_rule rule = { CUT_RECORDS, 3, UINT64_MAX };
	struct trace_bytes t;
	struct pieces p;

	(void)state;
	make(&t, "LPLfLXLPfXL");
	for (rule.from = 6; rule.from < 14; rule.from++) {
		assert_int_equal(pieces_cut(&p, &t, &rule, 0), 0);
		assert_int_equal(p.piece[0].stray_writes, rule.from == 7);
		pieces_free(&p);
	}
	trace_bytes_free(&t);
}

/* Instructions: what the fetches count, and behind the last what the end says. */
static void instructions(void **state)
{
	struct cut_rule rule = { .kind = SPLIT_RECORDS, .from = 5 };
	struct join_counts joined;
	struct trace_bytes t, again;
	struct pieces p;

	(void)state;
	make(&t, "FLFLFLFLL");
	assert_int_equal(pieces_cut(&p, &t, &rule, 0), 0);
	assert_int_equal(p.n, 3);
	assert_int_equal(p.piece[0].instructions, 10);
	assert_int_equal(p.piece[1].instructions, 30);
	assert_int_equal(p.piece[2].instructions, 960);
	assert_int_equal(trace_bytes_join(&again, p.t, 3, &joined), 0);
	assert_int_equal(joined.instructions, 1000);
	trace_bytes_same(&t, 0, &again);
	trace_bytes_free(&again);
	/* twice: the end of the first is counted by the first fetch of the second */
	{
		struct trace_bytes twice[2] = { t, t };

		assert_int_equal(trace_bytes_join(&again, twice, 2, &joined), 0);
		assert_int_equal(joined.instructions, 2000);
		assert_int_equal(joined.given, 0);
		trace_bytes_free(&again);
	}
	pieces_free(&p);
	trace_bytes_free(&t);
}

/* Processes are reached by exit, exec and maps. */
static void joins_processes(void **state)
{
	static const struct trace_meta bare = { .n_vcpu = 1 };
	struct event map = { .kind = EVENT_MAP, .gva = 0x1000, .value = 0x1000, .n = 3 };
	struct trace_bytes list[2], out;
	struct join_counts joined;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct trace_writer *w = trace_bytes_create(&list[i], &bare);

		map.pid = 1; /* in both, the same */
		put_event(w, map);
		map.pid = 2 + i; /* in one */
		put_event(w, map);
		map.pid = 5; /* in both, another */
		map.gva += 0x1000 * i;
		put_event(w, map);
		put_event(w, (struct event){ .kind = EVENT_SWITCH, .pid = 1 + 4 * i });
		put_letter(w, 'L');
		put_event(w, (struct event){ .kind = EVENT_END });
		trace_bytes_done(&list[i], w);
	}
	assert_int_equal(trace_bytes_join(&out, list, 2, &joined), 0);
	assert_int_equal(first_of(&out, EVENT_EXIT, 0).pid, 2);
	assert_int_equal(first_of(&out, EVENT_MAP, 3).pid, 3);
	assert_int_equal(first_of(&out, EVENT_EXEC, 0).pid, 5);
	assert_int_equal(first_of(&out, EVENT_MAP, 4).gva, 0x2000);
	assert_int_equal(first_of(&out, EVENT_SWITCH, 1).pid, 5);
	assert_int_equal(trace_bytes_records(&out), 3 + 1 + 1 + 2 + 2 + 1 + 1 + 1);
	trace_bytes_free(&out);
	trace_bytes_free(&list[0]);
	trace_bytes_free(&list[1]);
}

/* --- blocks that need not be read --- */

#define PATH  "test_piece.snt"
#define BLOCK 64u

static void make_blocks(unsigned loads, unsigned tag_at)
{
	const struct trace_writer_options opt = { .level = 1, .block = BLOCK };
	struct sim_error err = { 0 };
	struct trace_writer *w;

	assert_int_equal(trace_writer_create(&w, PATH, &meta, &opt, &err), 0);
	for (unsigned i = 0; i < loads; i++) {
		if (i == tag_at)
			put_letter(w, 'T');
		else
			put_access(w, OP_LOAD, i, 0);
	}
	put_event(w, (struct event){ .kind = EVENT_END });
	assert_int_equal(trace_writer_close(w, &err), 0);
}

/* Skips to `at`; the rest must read to its end. Returns what was skipped. */
static uint64_t skip_to(uint64_t at)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	uint64_t skipped, next;
	struct batch b;
	int rc;

	assert_int_equal(trace_open(&r, PATH, TRACE_DETAIL, &err), 0);
	assert_int_equal(trace_skip_quiet(r, at, &skipped, &err), 0);
	next = skipped;
	while (!(rc = trace_next(r, 0, &b, &err))) {
		assert_int_equal(b.first, next);
		assert_true((b.op[0] & OP_KIND) == OP_EVENT || b.gva[0] == b.first);
		next += b.n;
	}
	assert_int_equal(rc, SIM_EOF);
	assert_int_equal(next, 1001);
	trace_close(r);
	return skipped;
}

static void skips_quiet_blocks(void **state)
{
	(void)state;
	make_blocks(1000, 500);
	assert_int_equal(skip_to(0), 0);
	assert_int_equal(skip_to(63), 0);
	assert_int_equal(skip_to(64), 64);
	assert_int_equal(skip_to(100), 64);
	assert_int_equal(skip_to(450), 448);
	assert_int_equal(skip_to(999), 448); /* the tag's block, 448 to 511, is read */
	make_blocks(1000, 1000);
	assert_int_equal(skip_to(UINT64_MAX), 960); /* not the one that ends the stream */
	assert_int_equal(remove(PATH), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(borders),	   cmocka_unit_test(by_other),
		cmocka_unit_test(splits),	   cmocka_unit_test(everything),
		cmocka_unit_test(strays),	   cmocka_unit_test(instructions),
		cmocka_unit_test(joins_processes), cmocka_unit_test(skips_quiet_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
