/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "trace_bytes.h"

#include "check.h"

#include <string.h>

static void ok(int rc, const struct sim_error *err)
{
	if (rc < 0)
		fail_msg("%s: %s", err->where, err->text);
}

/* --- bytes --- */

void trace_bytes_load(struct trace_bytes *t, const char *name)
{
	char rel[64], path[4096];
	FILE *f;
	long n;

	snprintf(rel, sizeof(rel), "traces/%s.snt", name);
	f = fopen(source_path(path, sizeof(path), rel), "rb");
	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	n = ftell(f);
	assert_true(n > 0);
	rewind(f);
	*t = (struct trace_bytes){ .n = (size_t)n, .p = malloc((size_t)n) };
	assert_non_null(t->p);
	assert_int_equal(fread(t->p, 1, t->n, f), t->n);
	fclose(f);
}

void trace_bytes_free(struct trace_bytes *t)
{
	free(t->p);
	*t = (struct trace_bytes){ 0 };
}

void trace_bytes_open(struct trace_bytes *t, struct trace_reader **r)
{
	struct sim_error err = { 0 };

	t->f = fmemopen(t->p, t->n, "rb");
	assert_non_null(t->f);
	ok(trace_open_stream(r, t->f, "bytes", TRACE_DETAIL, &err), &err);
}

void trace_bytes_close(struct trace_bytes *t, struct trace_reader *r)
{
	trace_close(r);
	fclose(t->f);
	t->f = NULL;
}

struct trace_writer *trace_bytes_create(struct trace_bytes *t, const struct trace_meta *meta)
{
	const struct trace_writer_options opt = { .level = 1, .block = 1 << 17 };
	struct sim_error err = { 0 };
	struct trace_writer *w = NULL;

	*t = (struct trace_bytes){ 0 };
	t->f = open_memstream(&t->p, &t->n);
	assert_non_null(t->f);
	ok(trace_writer_create_stream(&w, t->f, "bytes", meta, &opt, &err), &err);
	return w;
}

void trace_bytes_done(struct trace_bytes *t, struct trace_writer *w)
{
	struct sim_error err = { 0 };

	ok(trace_writer_close(w, &err), &err);
	fclose(t->f);
	t->f = NULL;
}

uint64_t trace_bytes_records(struct trace_bytes *t)
{
	struct trace_info info;
	uint64_t n;

	trace_bytes_info(t, &info);
	n = info.records;
	trace_info_fini(&info);
	return n;
}

/* --- pieces --- */

static int open_piece(void *arg, const struct cut_piece *piece, struct trace_meta *meta,
		      struct trace_writer **w, struct sim_error *err)
{
	struct pieces *p = arg;

	(void)err;
	assert_int_equal(piece->index, p->n);
	p->t = realloc(p->t, (p->n + 1) * sizeof(*p->t));
	p->piece = realloc(p->piece, (p->n + 1) * sizeof(*p->piece));
	assert_non_null(p->t);
	assert_non_null(p->piece);
	*w = trace_bytes_create(&p->t[p->n], meta);
	return 0;
}

static int piece_done(void *arg, const struct cut_piece *piece, struct sim_error *err)
{
	struct pieces *p = arg;

	(void)err;
	fclose(p->t[p->n].f);
	p->t[p->n].f = NULL;
	p->piece[p->n++] = *piece;
	return 0;
}

int pieces_cut(struct pieces *p, struct trace_bytes *in, const struct cut_rule *rule,
	       uint32_t max)
{
	const struct cutter_sink sink = { .arg = p, .open = open_piece, .done = piece_done };
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct cutter *c;
	struct batch b;
	int rc;

	*p = (struct pieces){ 0 };
	trace_bytes_open(in, &r);
	rc = cutter_create(&c, trace_meta(r), rule, &sink, &err);
	if (!rc) {
		while (!(rc = trace_next(r, max, &b, &err)) && !(rc = cutter_add(c, &b, &err)))
			;
		rc = rc == SIM_EOF ? cutter_finish(c, &err) : rc;
		cutter_destroy(c);
	}
	trace_bytes_close(in, r);
	assert_true(!rc || err.text[0]);
	return rc;
}

void pieces_free(struct pieces *p)
{
	for (size_t i = 0; i < p->n; i++)
		trace_bytes_free(&p->t[i]);
	free(p->t);
	free(p->piece);
	*p = (struct pieces){ 0 };
}

/* --- joining --- */

static int add_trace(struct joiner **j, struct trace_bytes *out, struct trace_bytes *t,
		     struct trace_writer **w, struct sim_error *err)
{
	struct trace_reader *r;
	struct batch b;
	int rc;

	trace_bytes_open(t, &r);
	if (!*j) {
		*w = trace_bytes_create(out, trace_meta(r));
		rc = joiner_create(j, trace_meta(r), *w, err);
	} else {
		rc = joiner_next(*j, trace_meta(r), err);
	}
	while (!rc && !(rc = trace_next(r, 0, &b, err)))
		rc = joiner_add(*j, &b, err);
	trace_bytes_close(t, r);
	return rc == SIM_EOF ? 0 : rc;
}

int trace_bytes_join(struct trace_bytes *out, struct trace_bytes *list, size_t n,
		     struct join_counts *counts)
{
	struct sim_error err = { 0 };
	struct trace_writer *w = NULL;
	struct joiner *j = NULL;
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		rc = add_trace(&j, out, &list[i], &w, &err);
	if (!rc)
		rc = joiner_finish(j, &err);
	assert_true(!rc || err.text[0]);
	*counts = *joiner_counts(j);
	joiner_destroy(j);
	if (!rc) {
		trace_bytes_done(out, w);
		return 0;
	}
	trace_writer_abort(w);
	fclose(out->f);
	trace_bytes_free(out);
	return rc;
}

/* --- sieve --- */

int trace_bytes_sift(struct trace_bytes *out, struct trace_bytes *in,
		     const struct sieve_rule *rule, uint32_t max, struct sieve_counts *counts)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct trace_writer *w;
	struct sieve *s;
	struct batch b;
	int rc;

	trace_bytes_open(in, &r);
	w = trace_bytes_create(out, trace_meta(r));
	ok(sieve_create(&s, trace_meta(r), rule, w, &err), &err);
	while (!(rc = trace_next(r, max, &b, &err)))
		ok(sieve_add(s, &b, &err), &err);
	ok(rc, &err);
	rc = sieve_finish(s, &err);
	*counts = *sieve_counts(s);
	sieve_destroy(s);
	trace_bytes_close(in, r);
	trace_bytes_done(out, w);
	if (rc)
		trace_bytes_free(out);
	return rc;
}

/* --- looking --- */

void trace_bytes_verify(struct trace_bytes *t, struct verify_counts *counts)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct verify *v;
	struct batch b;
	int rc;

	trace_bytes_open(t, &r);
	ok(verify_create(&v, trace_meta(r), &err), &err);
	while (!(rc = trace_next(r, 0, &b, &err)))
		ok(verify_add(v, &b, &err), &err);
	ok(rc, &err);
	trace_bytes_close(t, r);
	*counts = *verify_counts(v);
	assert_true(verify_passed(v));
	verify_destroy(v);
}

void trace_bytes_info(struct trace_bytes *t, struct trace_info *info)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct batch b;
	int rc;

	trace_bytes_open(t, &r);
	ok(trace_info_init(info, &err), &err);
	while (!(rc = trace_next(r, 0, &b, &err)))
		ok(trace_info_add(info, &b, &err), &err);
	ok(rc, &err);
	trace_bytes_close(t, r);
}

/* A reader as a sequence of records. */
struct cursor {
	struct trace_reader *r;
	struct batch b;
	uint32_t i;
};

static bool next(struct cursor *c)
{
	struct sim_error err = { 0 };
	int rc = 0;

	if (++c->i >= c->b.n) {
		rc = trace_next(c->r, 0, &c->b, &err);
		ok(rc, &err);
		c->i = 0;
	}
	return !rc;
}

static void same_event(const struct cursor *a, const struct cursor *b)
{
	const struct event *x = &a->b.event[a->b.gva[a->i]], *y = &b->b.event[b->b.gva[b->i]];

	assert_int_equal(x->kind, y->kind);
	assert_int_equal(x->level, y->level);
	assert_int_equal(x->vcpu, y->vcpu);
	assert_int_equal(x->n, y->n);
	assert_int_equal(x->pid, y->pid);
	assert_int_equal(x->gva, y->gva);
	assert_int_equal(x->gpa, y->gpa);
	if (x->kind == EVENT_END)
		assert_true(x->value <= y->value);
	else
		assert_int_equal(x->value, y->value);
	if (x->kind == EVENT_PTPAGE)
		assert_memory_equal(a->b.word + x->words, b->b.word + y->words, 4096);
}

static void same_record(const struct cursor *a, const struct cursor *b)
{
	uint8_t op = a->b.op[a->i];

	assert_int_equal(op, b->b.op[b->i]);
	if ((op & OP_KIND) == OP_EVENT) {
		same_event(a, b);
		return;
	}
	if (a->b.gva[a->i] == b->b.gva[b->i] && a->b.frame[a->i] == b->b.frame[b->i] &&
	    a->b.count[a->i] == b->b.count[b->i])
		return;
	fail_msg("records %llu and %llu differ", (unsigned long long)a->b.first + a->i,
		 (unsigned long long)b->b.first + b->i);
}

void trace_bytes_same(struct trace_bytes *a, uint64_t skip_a, struct trace_bytes *b)
{
	struct cursor x = { 0 }, y = { 0 };

	trace_bytes_open(a, &x.r);
	trace_bytes_open(b, &y.r);
	while (skip_a--)
		assert_true(next(&x));
	while (next(&x)) {
		assert_true(next(&y));
		same_record(&x, &y);
	}
	assert_false(next(&y));
	trace_bytes_close(a, x.r);
	trace_bytes_close(b, y.r);
}

/* --- replay --- */

struct vm *trace_bytes_vm(const struct trace_meta *meta, const char *technique)
{
	struct vm_config cfg = { .technique = technique,
				 .host = { .page_level = LEVEL_4K,
					   .layout = HOST_CONTIGUOUS,
					   .prepopulated = true },
				 .mmu = { .tdp_levels = 4, .use_vpid = true } };
	struct sim_error err = { 0 };
	struct vm *vm = NULL;
	char path[4096];

	ok(machine_load(&cfg.machine,
			source_path(path, sizeof(path), "models/machine/skylake-sp.json"),
			&err),
	   &err);
	cfg.machine.has_la57 = true;
	ok(vm_create(&vm, &cfg, meta, &err), &err);
	return vm;
}

void trace_bytes_replay(struct trace_bytes *t, const char *technique, struct counters *c)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct batch b;
	struct vm *vm;
	int rc;

	trace_bytes_open(t, &r);
	vm = trace_bytes_vm(trace_meta(r), technique);
	while (!(rc = trace_next(r, 0, &b, &err)))
		ok(vm_run(vm, &b, &err), &err);
	ok(rc, &err);
	*c = *vm_counters(vm);
	vm_destroy(vm);
	trace_bytes_close(t, r);
}

static void same_place(struct vm *vm[2], uint8_t op, uint64_t gva, unsigned bytes, uint64_t at)
{
	struct access a = { (enum access_kind)(op & OP_KIND),
			    (op & OP_USER) && !(op & OP_SYSTEM) };
	struct sim_error err = { 0 };
	struct vm_result r[2];

	for (unsigned i = 0; i < 2; i++) {
		ok(vm_access(vm[i], gva_make(gva), a, bytes, &r[i], &err), &err);
		assert_int_not_equal(r[i].status, FILL_FAULT);
	}
	if ((r[0].status == FILL_MMIO) != (r[1].status == FILL_MMIO) ||
	    (r[0].status != FILL_MMIO && r[0].hpa.v != r[1].hpa.v))
		fail_msg("record %llu at 0x%llx ends at 0x%llx and at 0x%llx",
			 (unsigned long long)at, (unsigned long long)gva,
			 (unsigned long long)r[0].hpa.v, (unsigned long long)r[1].hpa.v);
}

static void step(struct vm *vm[2], const struct batch *b, uint32_t i)
{
	struct sim_error err = { 0 };
	uint64_t gva = b->gva[i];
	uint8_t op = b->op[i];
	unsigned bytes = 1u << ((op & OP_SIZE) >> OP_SIZE_SHIFT);
	unsigned first = (unsigned)(PAGE_BYTES - (gva & (PAGE_BYTES - 1)));

	if ((op & OP_KIND) == OP_EVENT) {
		const struct event *e = &b->event[gva];

		for (unsigned k = 0; k < 2; k++)
			ok(vm_event(vm[k], e, batch_words(b, e), &err), &err);
		return;
	}
	same_place(vm, op, gva, bytes < first ? bytes : first, b->first + i);
	if (bytes > first)
		same_place(vm, op, gva + first, bytes - first, b->first + i);
}

void trace_bytes_lockstep(struct trace_bytes *t)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct vm *vm[2];
	struct batch b;
	int rc;

	trace_bytes_open(t, &r);
	vm[0] = trace_bytes_vm(trace_meta(r), "ept");
	vm[1] = trace_bytes_vm(trace_meta(r), "spt");
	while (!(rc = trace_next(r, 0, &b, &err)))
		for (uint32_t i = 0; i < b.n; i++)
			step(vm, &b, i);
	ok(rc, &err);
	vm_destroy(vm[0]);
	vm_destroy(vm[1]);
	trace_bytes_close(t, r);
}
