/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_gtr1.c - GTR1, the format of the capture plugin; raw or zstd
 *
 * A header of 64 bytes, then records of a kind byte and LEB128 numbers that are differences to
 * the last of their kind. The gpn (guest frame) of an access is given when it is not what a
 * direct-mapped table of 65536 places, kept by both sides, says. All is little-endian;
 * doc/trace-format.md has the particulars.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "trace/bytes.h"
#include "trace/event_code.h"
#include "trace/import.h"

#define MAGIC	     "GTRC0001"
#define HEADER_BYTES 64
#define GPN_PLACES   65536u
#define GPN_BITS     40 /* 52 bits of physical address */

enum { KIND_CTL, KIND_LOAD, KIND_STORE, KIND_EXEC };
enum { FLAG_USER = 1 << 6, FLAG_GPN = 1 << 7 };

struct gtr1 {
	struct import *m;
	struct trace_source *in;
	uint64_t ram_frames, cr3;
	uint64_t last_va[KIND_EXEC + 1];
	uint64_t last_gpn, last_cr2, last_slot, last_value;
	uint64_t *gpn;	/* GPN_PLACES; FRAME_NONE: not given yet */
	uint64_t start; /* offset of the record under way */
	enum { FIRST, RUNNING, ENDED } state;
};

static int bad(const struct gtr1 *g, const char *why, struct sim_error *err)
{
	return source_fail(g->in, g->start, why, err);
}

/* --- accesses --- */

/* A gpn, explicit or known, of the page of va. */
static int take_gpn(struct gtr1 *g, uint8_t first, uint64_t va, uint64_t *gpn,
		    struct sim_error *err)
{
	uint64_t *place = &g->gpn[(va >> PAGE_SHIFT) % GPN_PLACES], d;
	int rc;

	if (first & FLAG_GPN) {
		rc = source_zigzag(g->in, &d, err);
		if (rc)
			return rc;
		g->last_gpn += d;
		if (g->last_gpn >> GPN_BITS)
			return bad(g, "a gpn beyond 52 bits of physical address", err);
		*place = g->last_gpn;
	}
	*gpn = *place;
	return *gpn == FRAME_NONE ? bad(g, "an access without gpn to a page that had none", err)
				  : 0;
}

/*
 * When an interrupt meets CPL 3, the emulator's reads of IDT and TSS and its pushes of the frame
 * come as accesses of the interrupted code. Code at CPL 3 has no data in the upper half.
 */
static bool is_system(const struct trace_access *a)
{
	return (a->op & OP_USER) && (a->op & OP_KIND) != OP_FETCH && a->gva.v >> 63;
}

static int take_access(struct gtr1 *g, uint8_t first, struct sim_error *err)
{
	unsigned kind = first & 7u, size = first >> 3 & 7u;
	struct trace_access a = { .op = (uint8_t)(kind - 1) };
	uint64_t d;
	int rc;

	if (size == 7 || (kind == KIND_EXEC && size))
		return bad(g, "an access with an impossible size", err);
	a.op |= (uint8_t)(size << OP_SIZE_SHIFT | (first & FLAG_USER ? OP_USER : 0));
	rc = source_zigzag(g->in, &d, err);
	if (!rc && kind == KIND_EXEC)
		rc = source_leb(g->in, &a.count, err);
	if (rc)
		return rc;
	g->last_va[kind] += d;
	a.gva = gva_make(g->last_va[kind]);
	if (is_system(&a))
		a.op |= OP_SYSTEM;
	rc = take_gpn(g, first, a.gva.v, &a.frame, err);
	return rc ? rc : trace_writer_access(g->m->w, &a, err);
}

/* --- control records: each fills an event --- */

typedef int take_ctl(struct gtr1 *g, struct event *e, struct sim_error *err);

static int emit(struct gtr1 *g, const struct event *e, struct sim_error *err)
{
	return trace_writer_event(g->m->w, e, NULL, err);
}

static int take_end(struct gtr1 *g, struct event *e, struct sim_error *err)
{
	int rc = source_leb(g->in, &e->value, err);

	g->state = ENDED;
	return rc ? rc : emit(g, e, err);
}

/* CR0, CR3 and CR4. The first record must repeat the header's CR3. */
static int take_register(struct gtr1 *g, struct event *e, struct sim_error *err)
{
	int rc = source_le(g->in, 8, &e->value, err);

	if (rc)
		return rc;
	if (g->state == FIRST && e->value != g->cr3)
		return bad(g, "the first CR3 record differs from the header's CR3", err);
	return emit(g, e, err);
}

static int take_invlpg(struct gtr1 *g, struct event *e, struct sim_error *err)
{
	int rc = source_zigzag(g->in, &e->gva, err);

	e->gva += g->last_va[KIND_STORE];
	return rc ? rc : emit(g, e, err);
}

static int take_pf(struct gtr1 *g, struct event *e, struct sim_error *err)
{
	uint64_t d;
	int rc = source_zigzag(g->in, &d, err);

	if (!rc)
		rc = source_leb(g->in, &e->value, err);
	if (rc)
		return rc;
	g->last_cr2 += d;
	e->gva = g->last_cr2;
	if (e->value > UINT32_MAX)
		return bad(g, "a page fault's error code beyond 32 bits", err);
	return emit(g, e, err);
}

static int take_int(struct gtr1 *g, struct event *e, struct sim_error *err)
{
	uint8_t vector = 0;
	int rc = source_byte(g->in, &vector, err);

	if (rc)
		return rc;
	e->n = vector;
	return emit(g, e, err);
}

/* A gpn that must be RAM: page tables are. */
static int take_ram_gpn(struct gtr1 *g, uint64_t *gpa, struct sim_error *err)
{
	uint64_t gpn;
	int rc = source_leb(g->in, &gpn, err);

	if (rc)
		return rc;
	if (gpn >= g->ram_frames)
		return bad(g, "the gpn of a page table is not RAM", err);
	*gpa = gpn << PAGE_SHIFT;
	return 0;
}

static int take_words(struct gtr1 *g, uint64_t word[TABLE_WORDS], struct sim_error *err)
{
	uint64_t n, gap, d, next = 0, value = 0;
	int rc = source_leb(g->in, &n, err);

	if (!rc && n > TABLE_WORDS)
		rc = bad(g, "a page table of more than 512 entries", err);
	for (; !rc && n; n--) {
		rc = source_leb(g->in, &gap, err);
		if (!rc)
			rc = source_zigzag(g->in, &d, err);
		if (rc)
			break;
		if (gap >= TABLE_WORDS - next)
			return bad(g, "an entry index beyond 511", err);
		value += d;
		word[next + gap] = value;
		next += gap + 1;
	}
	return rc;
}

static int take_ptpage(struct gtr1 *g, struct event *e, struct sim_error *err)
{
	uint64_t word[TABLE_WORDS] = { 0 };
	int rc;

	if ((rc = take_ram_gpn(g, &e->gpa, err)) || (rc = source_byte(g->in, &e->level, err)))
		return rc;
	if (e->level < 1 || e->level > 5)
		return bad(g, "a page table's level must be 1..5", err);
	rc = take_words(g, word, err);
	return rc ? rc : trace_writer_event(g->m->w, e, word, err);
}

static int take_ptw(struct gtr1 *g, struct event *e, struct sim_error *err)
{
	uint64_t slot, value;
	int rc = source_zigzag(g->in, &slot, err);

	if (!rc)
		rc = source_zigzag(g->in, &value, err);
	if (rc)
		return rc;
	g->last_slot += slot;
	g->last_value += value;
	if (g->last_slot >> (PAGE_SHIFT - 3) >= g->ram_frames)
		return bad(g, "the address of a page-table entry is not RAM", err);
	e->gpa = g->last_slot << 3;
	e->value = g->last_value;
	return emit(g, e, err);
}

static int take_ptfree(struct gtr1 *g, struct event *e, struct sim_error *err)
{
	int rc = take_ram_gpn(g, &e->gpa, err);

	return rc ? rc : emit(g, e, err);
}

static int take_tag(struct gtr1 *g, struct event *e, struct sim_error *err)
{
	int rc = source_leb(g->in, &e->value, err);

	return rc ? rc : emit(g, e, err);
}

static const struct {
	enum event_kind kind;
	take_ctl *take;
} ctl[] = {
	{ EVENT_END, take_end },       { EVENT_CR3, take_register },
	{ EVENT_CR0, take_register },  { EVENT_CR4, take_register },
	{ EVENT_INVLPG, take_invlpg }, { EVENT_PF, take_pf },
	{ EVENT_INT, take_int },       { EVENT_PTPAGE, take_ptpage },
	{ EVENT_PTW, take_ptw },       { EVENT_PTFREE, take_ptfree },
	{ EVENT_TAG, take_tag },
};

#define CTL_COUNT (sizeof(ctl) / sizeof(*ctl))

/* --- the stream --- */

static int take_record(struct gtr1 *g, struct sim_error *err)
{
	unsigned subtype;
	struct event e = { 0 };
	uint8_t first = 0;
	int rc;

	g->start = source_offset(g->in);
	rc = source_more(g->in, err);
	if (rc == SIM_EOF)
		return bad(g, "the file ends without an END record", err);
	if (!rc)
		rc = source_byte(g->in, &first, err);
	if (rc)
		return rc;
	if (g->state == FIRST && first != 1u << 3)
		return bad(g, "the first record must be CR3", err);
	if ((first & 7) > KIND_EXEC)
		return bad(g, "a record of an unknown kind", err);
	if ((first & 7) != KIND_CTL)
		return take_access(g, first, err);
	subtype = first >> 3;
	if (subtype >= CTL_COUNT)
		return bad(g, "a control record of an unknown subtype", err);
	e.kind = ctl[subtype].kind;
	return ctl[subtype].take(g, &e, err);
}

static int take_records(struct gtr1 *g, struct sim_error *err)
{
	int rc = 0;

	while (!rc && g->state != ENDED) {
		rc = take_record(g, err);
		if (g->state == FIRST)
			g->state = RUNNING;
		if (!rc)
			rc = import_tick(g->m, err);
	}
	return rc;
}

static int start(struct gtr1 *g, const uint8_t h[HEADER_BYTES], struct sim_error *err)
{
	struct trace_meta meta = {
		.tools = "captured as GTR1, imported by " PACKAGE_STRING,
		.ram = { { 0, le_get(h + 8, 8) } },
		.n_ram = 1,
		.n_vcpu = 1,
		.regs = { .cr0 = le_get(h + 16, 8),
			  .cr3 = le_get(h + 24, 8),
			  .cr4 = le_get(h + 32, 8),
			  .efer = le_get(h + 40, 8) },
		.has_tables = true,
		.has_frames = true,
	};
	char origin[96];

	snprintf(origin, sizeof(origin), "a GTR1 capture, execution mode %u, tag %llu",
		 (unsigned)(h[48] & 15), (unsigned long long)(le_get(h + 48, 8) >> 8));
	meta.origin = origin;
	if (trace_meta_flaw(&meta) || meta.ram[0].bytes >> (PAGE_SHIFT + GPN_BITS))
		return source_fail(g->in, 8, "the end of RAM must be a whole number of pages",
				   err);
	if (le_get(h + 56, 8))
		return source_fail(g->in, 56, "the header's last 8 bytes must be 0", err);
	g->ram_frames = meta.ram[0].bytes >> PAGE_SHIFT;
	g->cr3 = meta.regs.cr3;
	return import_start(g->m, &meta, err);
}

static bool probe(const char *in_name, const uint8_t *head, size_t n)
{
	(void)in_name;
	return n >= 8 && !memcmp(head, MAGIC, 8);
}

static int run(struct import *m, struct sim_error *err)
{
	struct gtr1 g = { .m = m, .in = &m->in };
	uint8_t head[HEADER_BYTES];
	int rc = source_bytes(g.in, head, sizeof(head), err);

	if (!rc && !probe(m->in.name, head, sizeof(head)))
		rc = source_fail(g.in, 0, "not GTR1: it must begin with \"" MAGIC "\"", err);
	if (!rc)
		rc = start(&g, head, err);
	if (rc)
		return rc;
	g.gpn = sim_realloc(NULL, GPN_PLACES, sizeof(*g.gpn));
	if (!g.gpn)
		return sim_fail_nomem(err);
	memset(g.gpn, 0xff, GPN_PLACES * sizeof(*g.gpn));
	rc = take_records(&g, err);
	sim_free(g.gpn);
	return rc;
}

const struct importer import_gtr1 = {
	.name = "gtr1",
	.summary = "an earlier capture plugin: accesses and page tables",
	.flags = IMPORT_ACCESSES | IMPORT_TABLES,
	.probe = probe,
	.run = run,
};
