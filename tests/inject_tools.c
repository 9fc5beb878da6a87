/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_tools.c - a small stream with processes and tables, cut, joined, sifted and profiled, for test_inject */
#include "config.h"

#include "inject_subjects.h"

#include "base/addr.h"
#include "trace/sieve.h"
#include "trace/writer.h"
#include "vm/cutter.h"
#include "vm/joiner.h"
#include "vm/profile.h"
#include "x86/ptformat.h"

#define ROOT	0x1000u
#define TABLES	20u
#define MAPS	20u
#define RECORDS 200u
#define FLAGS	(PTE_P | PTE_W | PTE_A | PTE_D)

struct small_stream {
	struct trace_meta meta;
	uint8_t op[RECORDS];
	uint64_t gva[RECORDS], frame[RECORDS], count[RECORDS];
	struct event event[RECORDS];
	uint64_t word[TABLES][512];
	struct batch b;
};

static void add_event(struct small_stream *s, struct event e)
{
	struct batch *b = &s->b;

	s->event[b->n_event] = e;
	s->op[b->n] = OP_EVENT;
	s->gva[b->n++] = b->n_event++;
}

/* Tables of a space of 2 MiB and more that are only there; mappings; loads of many pages. */
static void make(struct small_stream *s)
{
	*s = (struct small_stream){ .meta = { .n_ram = 1,
					      .n_vcpu = 1,
					      .has_tables = true,
					      .regs = { CR0_PG, ROOT, CR4_PAE,
							EFER_LME | EFER_LMA } },
				    .b = { .op = s->op,
					   .gva = s->gva,
					   .frame = s->frame,
					   .count = s->count,
					   .event = s->event,
					   .word = &s->word[0][0] } };
	s->meta.ram[0].bytes = 1u << 24;
	for (unsigned i = 0; i < TABLES; i++) {
		s->word[i][0] = i < 3 ? (ROOT + (i + 1) * PAGE_BYTES) | FLAGS : FLAGS;
		add_event(s, (struct event){ .kind = EVENT_PTPAGE,
					     .level = (uint8_t)(i < 3 ? 4 - i : 1),
					     .gpa = ROOT + i * PAGE_BYTES,
					     .words = i * 512 });
	}
	s->word[2][0] = FLAGS | PTE_PS;
	for (unsigned i = 0; i < MAPS; i++)
		add_event(s, (struct event){ .kind = EVENT_MAP,
					     .pid = i,
					     .gva = 0x1000,
					     .value = 0x3000 });
	add_event(s, (struct event){ .kind = EVENT_UNMAP, .gva = 0x2000, .value = 0x1000 });
	for (unsigned i = 0; s->b.n < RECORDS - 20; i++) {
		s->frame[s->b.n] = FRAME_NONE;
		s->gva[s->b.n++] = i * PAGE_BYTES;
	}
	for (unsigned i = 0; i < 18; i++)
		add_event(s, (struct event){ .kind = EVENT_PTFREE,
					     .gpa = ROOT + (i + 1) * PAGE_BYTES });
	add_event(s, (struct event){ .kind = EVENT_END });
}

/* --- cut --- */

static int open_piece(void *arg, const struct cut_piece *piece, struct trace_meta *meta,
		      struct trace_writer **w, struct sim_error *err)
{
	const struct trace_writer_options opt = { .level = 1, .block = 64 };

	(void)piece;
	return trace_writer_create(w, arg, meta, &opt, err);
}

static int piece_done(void *arg, const struct cut_piece *piece, struct sim_error *err)
{
	(void)arg;
	(void)piece;
	(void)err;
	return 0;
}

int inject_cut(void *arg, struct sim_error *err)
{
	const struct cutter_sink sink = { .arg = arg, .open = open_piece, .done = piece_done };
	const struct cut_rule rule = { .kind = SPLIT_RECORDS, .from = 60 };
	static struct small_stream s;
	struct cutter *c;
	int rc;

	make(&s);
	rc = cutter_create(&c, &s.meta, &rule, &sink, err);
	if (rc)
		return rc;
	rc = cutter_add(c, &s.b, err);
	if (!rc)
		rc = cutter_finish(c, err);
	cutter_destroy(c);
	return rc;
}

/* --- join, sieve: into a writer --- */

static int join(struct small_stream *s, struct trace_writer *w, struct sim_error *err)
{
	struct joiner *j;
	int rc = joiner_create(&j, &s->meta, w, err);

	if (rc)
		return rc;
	rc = joiner_add(j, &s->b, err);
	if (!rc)
		rc = joiner_next(j, &s->meta, err);
	if (!rc)
		rc = joiner_add(j, &s->b, err);
	if (!rc)
		rc = joiner_finish(j, err);
	joiner_destroy(j);
	return rc;
}

static int sift(struct small_stream *s, struct trace_writer *w, struct sim_error *err)
{
	struct sieve_rule rule = sieve_all;
	struct sieve *v;
	int rc;

	rule.kinds = 1;
	rule.space_by = SPACE_NUMBER;
	rc = sieve_create(&v, &s->meta, &rule, w, err);
	if (rc)
		return rc;
	rc = sieve_add(v, &s->b, err);
	if (!rc)
		rc = sieve_finish(v, err);
	sieve_destroy(v);
	return rc;
}

static int into(void *path,
		int (*make_it)(struct small_stream *, struct trace_writer *,
			       struct sim_error *),
		struct sim_error *err)
{
	static struct small_stream s;
	struct trace_writer *w = NULL;
	int rc;

	make(&s);
	rc = open_piece(path, NULL, &s.meta, &w, err);
	if (rc)
		return rc;
	rc = make_it(&s, w, err);
	if (rc)
		trace_writer_abort(w);
	else
		rc = trace_writer_close(w, err);
	return rc;
}

int inject_join(void *arg, struct sim_error *err)
{
	return into(arg, join, err);
}

int inject_sieve(void *arg, struct sim_error *err)
{
	return into(arg, sift, err);
}

/* --- profile --- */

int inject_profile(void *arg, struct sim_error *err)
{
	const struct profile_options opt = { .interval = 10 };
	static struct small_stream s;
	struct profile *p;
	int rc;

	(void)arg;
	make(&s);
	rc = profile_create(&p, &s.meta, &opt, err);
	if (rc)
		return rc;
	rc = profile_add(p, &s.b, err);
	if (!rc)
		rc = profile_finish(p, err);
	profile_destroy(p);
	return rc;
}
