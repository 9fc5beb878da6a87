/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_trace_tools.c - bytes as what a small guest does; its stream is cut, joined and sifted
 *
 * The guest has two address spaces, one table of 4K pages that both share, a mapping of the tables
 * themselves, and processes. Its stream agrees with itself, so every part of it must, and pieces joined must be
 * the stream again.
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "trace/reader.h"
#include "trace/sieve.h"
#include "trace/writer.h"
#include "vm/cutter.h"
#include "vm/joiner.h"
#include "vm/profile.h"
#include "vm/verify.h"
#include "x86/perm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORDS_MAX 2000u
#define TABLES_MAX  200u
#define FLAGS	    (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define ROOT(i)	    (0x10000u + 0x10000u * (i)) /* PDPT and PD stand behind it */
#define PT	    0x30000u
#define MAP_OF(gpa) ((1u << 21) + (gpa)) /* entry 1 of each PD: 2 MiB from gpa 0 on */

struct guest {
	struct trace_meta meta;
	uint8_t op[RECORDS_MAX];
	uint64_t gva[RECORDS_MAX], frame[RECORDS_MAX], count[RECORDS_MAX];
	struct event event[RECORDS_MAX];
	uint64_t word[TABLES_MAX][512];
	uint32_t tables;
	struct batch b;
	uint64_t pte[512]; /* of the shared table */
	bool is_linked;
};

/* --- the guest --- */

static void event(struct guest *g, struct event e)
{
	struct batch *b = &g->b;

	g->event[b->n_event] = e;
	g->op[b->n] = OP_EVENT;
	g->gva[b->n++] = b->n_event++;
}

static void access_(struct guest *g, unsigned op, uint64_t gva, uint64_t frame, uint64_t count)
{
	g->op[g->b.n] = (uint8_t)op;
	g->gva[g->b.n] = gva;
	g->frame[g->b.n] = frame;
	g->count[g->b.n++] = count;
}

static void table(struct guest *g, uint64_t gpa, unsigned level, const uint64_t *words)
{
	memcpy(g->word[g->tables], words, PAGE_BYTES);
	event(g, (struct event){ .kind = EVENT_PTPAGE,
				 .gpa = gpa,
				 .level = (uint8_t)level,
				 .words = g->tables++ * 512 });
}

static void write_entry(struct guest *g, uint64_t gpa, uint64_t value)
{
	access_(g, OP_STORE | 3u << OP_SIZE_SHIFT, MAP_OF(gpa), gpa >> PAGE_SHIFT, 0);
	event(g, (struct event){ .kind = EVENT_PTW, .gpa = gpa, .value = value });
}

static void start(struct guest *g)
{
	*g = (struct guest){ .meta = { .n_ram = 1,
				       .n_vcpu = 2,
				       .has_tables = true,
				       .has_frames = true,
				       .regs = { CR0_PG | CR0_WP, ROOT(0), CR4_PAE | CR4_PGE,
						 EFER_LME | EFER_LMA } },
			     .b = { .op = g->op,
				    .gva = g->gva,
				    .frame = g->frame,
				    .count = g->count,
				    .event = g->event,
				    .word = &g->word[0][0] },
			     .is_linked = true };
	g->meta.ram[0].bytes = 1u << 24;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t words[512] = { (ROOT(i) + 0x1000) | FLAGS };

		table(g, ROOT(i), 4, words);
		words[0] = (ROOT(i) + 0x2000) | FLAGS;
		table(g, ROOT(i) + 0x1000, 3, words);
		words[0] = PT | FLAGS;
		words[1] = FLAGS | PTE_PS;
		table(g, ROOT(i) + 0x2000, 2, words);
	}
	table(g, PT, 1, g->pte);
}

static void use_page(struct guest *g, unsigned page, unsigned how)
{
	static const unsigned op[] = { OP_LOAD | OP_USER, OP_STORE | OP_USER,
				       OP_FETCH | OP_USER };
	uint64_t gva = (uint64_t)page << PAGE_SHIFT;

	if (g->is_linked && (g->pte[page] & PTE_P))
		access_(g, op[how], gva + 8, g->pte[page] >> PAGE_SHIFT & 0xfff,
			how == 2 ? page : 0);
	else
		event(g, (struct event){ .kind = EVENT_PF,
					 .gva = gva,
					 .value = PFEC_U | (how == 1 ? PFEC_W : 0) });
}

static void change_page(struct guest *g, unsigned page)
{
	g->pte[page] = g->pte[page] ? 0 : ((uint64_t)(0x100 + page) << PAGE_SHIFT) | FLAGS;
	if (g->is_linked)
		write_entry(g, PT + 8u * page, g->pte[page]);
	event(g, (struct event){ .kind = EVENT_INVLPG, .gva = (uint64_t)page << PAGE_SHIFT });
}

/* The shared table goes, and comes again with what it then holds. */
static void link_table(struct guest *g)
{
	g->is_linked = !g->is_linked;
	for (unsigned i = 0; i < 2; i++)
		write_entry(g, ROOT(i) + 0x2000, g->is_linked ? PT | FLAGS : 0);
	if (g->is_linked)
		table(g, PT, 1, g->pte);
	else
		event(g, (struct event){ .kind = EVENT_PTFREE, .gpa = PT });
}

static void process(struct guest *g, unsigned x)
{
	static const enum event_kind kind[] = { EVENT_MAP,    EVENT_UNMAP, EVENT_PROTECT,
						EVENT_FORK,   EVENT_EXEC,  EVENT_EXIT,
						EVENT_SWITCH, EVENT_ADVISE };

	event(g, (struct event){ .kind = kind[x % 8],
				 .pid = x / 8 % 3,
				 .n = kind[x % 8] == EVENT_ADVISE ? ADVICE_HUGEPAGE : x / 8 % 4,
				 .gva = (uint64_t)(x / 16 % 8) << PAGE_SHIFT,
				 .value = (uint64_t)(x / 4 % 8) << PAGE_SHIFT });
}

static void other(struct guest *g, unsigned x)
{
	static const enum event_kind kind[] = { EVENT_TAG, EVENT_PHASE, EVENT_INT };

	event(g, (struct event){ .kind = kind[x % 3], .n = x / 3 % 4, .value = x & 1 });
}

static void act(struct guest *g, uint8_t what, uint8_t x)
{
	switch (what % 8) {
	case 0:
	case 1:
	case 2:
		use_page(g, x & 31, what % 8);
		break;
	case 3:
		change_page(g, x & 31);
		break;
	case 4:
		event(g, (struct event){ .kind = EVENT_CR3, .value = ROOT(x & 1u) });
		break;
	case 5:
		if (g->tables < TABLES_MAX && x < 64)
			link_table(g);
		else
			event(g, (struct event){ .kind = EVENT_VCPU, .vcpu = x & 1 });
		break;
	case 6:
		process(g, x);
		break;
	default:
		other(g, x);
		break;
	}
}

/* --- streams in memory --- */

struct memory {
	char *p;
	size_t n;
	FILE *f;
};

static struct trace_writer *memory_writer(struct memory *m, const struct trace_meta *meta)
{
	const struct trace_writer_options opt = { .level = 1, .block = 256 };
	struct trace_writer *w = NULL;

	m->f = open_memstream(&m->p, &m->n);
	assert(m->f);
	if (trace_writer_create_stream(&w, m->f, "output", meta, &opt, NULL))
		abort();
	return w;
}

static struct trace_reader *memory_reader(struct memory *m)
{
	struct trace_reader *r;

	m->f = fmemopen(m->p, m->n, "rb");
	assert(m->f);
	if (trace_open_stream(&r, m->f, "output", TRACE_DETAIL, NULL))
		abort();
	return r;
}

static void verify(struct memory *m)
{
	struct trace_reader *r = memory_reader(m);
	struct verify *v;
	struct batch b;
	int rc = verify_create(&v, trace_meta(r), NULL);

	assert(!rc);
	while (!(rc = trace_next(r, 0, &b, NULL)))
		if (verify_add(v, &b, NULL))
			abort();
	assert(rc == SIM_EOF);
	if (!verify_passed(v) || verify_counts(v)->no_frame)
		abort();
	verify_destroy(v);
	trace_close(r);
	fclose(m->f);
}

/* --- cut and join --- */

#define PIECES_MAX (RECORDS_MAX + 1)

struct pieces {
	struct memory m[PIECES_MAX];
	unsigned n;
};

static int open_piece(void *arg, const struct cut_piece *piece, struct trace_meta *meta,
		      struct trace_writer **w, struct sim_error *err)
{
	struct pieces *p = arg;

	(void)err;
	assert(piece->index == p->n && p->n < PIECES_MAX);
	*w = memory_writer(&p->m[p->n], meta);
	return 0;
}

static int piece_done(void *arg, const struct cut_piece *piece, struct sim_error *err)
{
	struct pieces *p = arg;

	(void)piece;
	(void)err;
	fclose(p->m[p->n].f);
	verify(&p->m[p->n++]);
	return 0;
}

static void cut(const struct guest *g, const struct cut_rule *rule, struct pieces *p)
{
	const struct cutter_sink sink = { .arg = p, .open = open_piece, .done = piece_done };
	struct sim_error err = { 0 };
	struct cutter *c;
	int rc;

	p->n = 0;
	rc = cutter_create(&c, &g->meta, rule, &sink, &err);
	if (rc) {
		assert(rc == SIM_ERANGE && err.text[0]);
		return;
	}
	rc = cutter_add(c, &g->b, &err);
	if (!rc || rc == SIM_EOF)
		rc = cutter_finish(c, &err);
	assert(!rc || (rc == SIM_ERANGE && err.text[0] && !p->n));
	cutter_destroy(c);
}

static void free_pieces(struct pieces *p)
{
	while (p->n)
		free(p->m[--p->n].p);
}

/* Is it the guest's stream? */
static void same(const struct guest *g, struct memory *m)
{
	struct trace_reader *r = memory_reader(m);
	struct batch b;
	uint32_t at = 0;

	while (!trace_next(r, 0, &b, NULL)) {
		for (uint32_t i = 0; i < b.n; i++, at++) {
			bool is_event = (b.op[i] & OP_KIND) == OP_EVENT;
			const struct event *x, *y;

			assert(at < g->b.n && b.op[i] == g->op[at]);
			if (!is_event) {
				assert(b.gva[i] == g->gva[at] && b.frame[i] == g->frame[at] &&
				       b.count[i] == g->count[at]);
				continue;
			}
			x = &b.event[b.gva[i]];
			y = &g->event[g->gva[at]];
			assert(x->kind == y->kind);
			/* fields that the kind does not have are not kept */
			assert(x->kind != EVENT_PTW ||
			       (x->gpa == y->gpa && x->value == y->value));
			assert(x->kind != EVENT_CR3 || x->value == y->value);
			assert(x->kind != EVENT_VCPU || x->vcpu == y->vcpu);
			assert(x->kind < EVENT_MAP || x->pid == y->pid);
			(void)x;
			(void)y;
		}
	}
	assert(at == g->b.n);
	trace_close(r);
	fclose(m->f);
}

static void join(const struct guest *g, struct pieces *p)
{
	struct memory out;
	struct trace_writer *w = memory_writer(&out, &g->meta);
	struct joiner *j = NULL;
	int rc = 0;

	for (unsigned i = 0; i < p->n && !rc; i++) {
		struct trace_reader *r = memory_reader(&p->m[i]);
		struct batch b;

		rc = i ? joiner_next(j, trace_meta(r), NULL)
		       : joiner_create(&j, trace_meta(r), w, NULL);
		while (!rc && !(rc = trace_next(r, 0, &b, NULL)))
			rc = joiner_add(j, &b, NULL);
		rc = rc == SIM_EOF ? 0 : rc;
		trace_close(r);
		fclose(p->m[i].f);
	}
	if (rc || joiner_finish(j, NULL) || trace_writer_close(w, NULL))
		abort();
	fclose(out.f);
	joiner_destroy(j);
	same(g, &out);
	free(out.p);
}

/* --- sieve and profile --- */

static void sift(const struct guest *g, const struct sieve_rule *rule)
{
	struct memory out;
	struct trace_writer *w = memory_writer(&out, &g->meta);
	struct sieve *s;
	int rc = sieve_create(&s, &g->meta, rule, w, NULL);

	if (rc) {
		trace_writer_abort(w);
		fclose(out.f);
	} else {
		if (sieve_add(s, &g->b, NULL) || trace_writer_close(w, NULL))
			abort();
		rc = sieve_finish(s, NULL);
		assert(!rc || rc == SIM_ERANGE);
		sieve_destroy(s);
		fclose(out.f);
		verify(&out);
	}
	free(out.p);
}

static void profile(const struct guest *g, uint64_t interval)
{
	const struct profile_options opt = { .interval = interval, .lru = { 4 }, .n_lru = 1 };
	struct profile *p;

	if (profile_create(&p, &g->meta, &opt, NULL))
		abort();
	if (profile_add(p, &g->b, NULL) || profile_finish(p, NULL) ||
	    profile_totals(p)->records != g->b.n || profile_totals(p)->untranslated)
		abort();
	profile_destroy(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct guest g;
	static struct pieces p;
	struct sieve_rule rule = sieve_all;
	struct cut_rule cut_rule;

	if (size < 10)
		return 0;
	start(&g);
	for (size_t i = 10; i + 1 < size && g.b.n + 16 < RECORDS_MAX && g.tables < TABLES_MAX;
	     i += 2)
		act(&g, data[i], data[i + 1]);
	event(&g, (struct event){ .kind = EVENT_END, .value = data[9] });
	cut_rule = (struct cut_rule){ SPLIT_RECORDS + data[0] % 4, 8u + data[1], 0 };
	cut(&g, &cut_rule, &p);
	if (p.n)
		join(&g, &p);
	free_pieces(&p);
	cut_rule = (struct cut_rule){ data[0] / 4 % 4, 2u * data[2], 2u * data[2] + data[3] };
	cut(&g, &cut_rule, &p);
	free_pieces(&p);
	rule.kinds = data[4] & 7;
	rule.rings = data[4] >> 3 & 3;
	rule.gva_last = data[5] & 1 ? UINT64_MAX : (uint64_t)data[5] << PAGE_SHIFT;
	rule.every = data[6];
	rule.length = data[7];
	rule.marks = data[7] & 1;
	rule.space_by = data[8] % 4;
	rule.space = rule.space_by == SPACE_CR3 ? ROOT(data[8] / 4 % 2u) : data[8] / 4 % 3u;
	sift(&g, &rule);
	profile(&g, 1u + data[3]);
	return 0;
}
