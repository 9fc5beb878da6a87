/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guest_stream.h"

#include "array.h"

#include <string.h>

#include "base/addr.h"
#include "vm/verify.h"

void stream_fini(struct guest_stream *s)
{
	free(s->op);
	free(s->gva);
	free(s->frame);
	free(s->count);
	free(s->word);
	free(s->event);
	*s = (struct guest_stream){ 0 };
}

static void add(struct guest_stream *s, uint8_t op, uint64_t gva, const uint64_t detail[2])
{
	s->op = array_grow(s->op, s->n, sizeof(*s->op));
	s->gva = array_grow(s->gva, s->n, sizeof(*s->gva));
	s->frame = array_grow(s->frame, s->n, sizeof(*s->frame));
	s->count = array_grow(s->count, s->n, sizeof(*s->count));
	s->op[s->n] = op;
	s->gva[s->n] = gva;
	s->frame[s->n] = detail[0];
	s->count[s->n++] = detail[1];
}

static void add_event(struct guest_stream *s, const struct event *e, const uint64_t *words)
{
	s->event = array_grow(s->event, s->n_event, sizeof(*s->event));
	s->event[s->n_event] = *e;
	if (words)
		s->event[s->n_event].words = array_add_words(&s->word, &s->n_word, words);
	add(s, OP_EVENT, s->n_event++, (const uint64_t[2]){ FRAME_NONE, 0 });
}

void stream_access(struct guest_stream *s, uint8_t op, uint64_t gva)
{
	uint64_t bytes = (uint64_t)1 << ((op & OP_SIZE) >> OP_SIZE_SHIFT);

	if (gva % PAGE_BYTES + bytes > PAGE_BYTES)
		op |= OP_CROSS;
	add(s, op, gva, (const uint64_t[2]){ FRAME_NONE, (op & OP_KIND) == OP_FETCH });
}

void stream_event(struct guest_stream *s, const struct event *e)
{
	add_event(s, e, NULL);
}

void stream_event_words(struct guest_stream *s, const struct event *e, const uint64_t *word)
{
	add_event(s, e, e->kind == EVENT_PTPAGE ? word + e->words : NULL);
}

void stream_map(struct guest_stream *s, uint32_t pid, uint64_t gva, uint64_t bytes,
		uint32_t flags)
{
	stream_event(s, &(struct event){ .kind = EVENT_MAP,
					 .pid = pid,
					 .gva = gva,
					 .value = bytes,
					 .n = flags });
}

void stream_call(struct guest_stream *s, enum event_kind kind, uint32_t pid, uint64_t gva,
		 uint64_t bytes)
{
	stream_event(s,
		     &(struct event){ .kind = kind, .pid = pid, .gva = gva, .value = bytes });
}

void stream_call_n(struct guest_stream *s, enum event_kind kind, uint32_t pid,
		   const uint64_t range[2], uint32_t n)
{
	stream_event(
		s,
		&(struct event){
			.kind = kind, .pid = pid, .gva = range[0], .value = range[1], .n = n });
}

void stream_fork(struct guest_stream *s, uint32_t pid, uint32_t child)
{
	stream_event(s, &(struct event){ .kind = EVENT_FORK, .pid = pid, .n = child });
}

struct guest_stream stream_begin(uint64_t bytes, uint32_t flags)
{
	struct guest_stream s = { 0 };

	stream_call(&s, EVENT_SWITCH, 1, 0, 0);
	stream_map(&s, 1, HERE, bytes, flags);
	return s;
}

void stream_touch(struct guest_stream *s, uint8_t op, uint64_t gva, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		stream_access(s, op, gva + i * PAGE_BYTES);
}

/* --- runs --- */

static struct batch batch_of(const struct guest_stream *s, size_t at, size_t max)
{
	size_t left = s->n - at;

	return (struct batch){ .n = (uint32_t)(left < max ? left : max),
			       .op = s->op + at,
			       .gva = s->gva + at,
			       .frame = s->frame + at,
			       .count = s->count + at,
			       .event = s->event,
			       .word = s->word,
			       .first = at };
}

struct batch run_batch(const struct guest_run *r, size_t at, size_t max)
{
	return batch_of(&r->out, at, max);
}

static void keep(struct guest_run *r, const struct batch *b)
{
	assert_int_equal(b->first, r->out.n);
	for (uint32_t i = 0; i < b->n; i++) {
		const struct event *e;

		if ((b->op[i] & OP_KIND) != OP_EVENT) {
			add(&r->out, b->op[i], b->gva[i],
			    (const uint64_t[2]){ b->frame[i], b->count[i] });
			continue;
		}
		e = &b->event[b->gva[i]];
		r->n_event[e->kind]++;
		stream_event_words(&r->out, e, b->word);
	}
}

int run_guest(struct guest_run *r, const struct guest_stream *in,
	      const struct guest_os_config *cfg, size_t cut, struct sim_error *err)
{
	struct trace_meta meta = { .n_vcpu = 1, .has_tables = cfg->is_stripped };
	struct batch out;
	struct guest_os *g;
	int rc;

	memset(r, 0, sizeof(*r));
	rc = guest_os_create(&g, cfg, &meta, err);
	if (rc)
		return rc;
	r->before = *guest_os_counts(g);
	for (size_t at = 0; !rc && at < in->n; at += cut ? cut : in->n) {
		struct batch b = batch_of(in, at, cut ? cut : in->n);

		rc = guest_os_next(g, &b, &out, err);
		if (!rc)
			keep(r, &out);
	}
	if (!rc)
		rc = guest_os_next(g, NULL, &out, err);
	if (!rc)
		keep(r, &out);
	r->after = *guest_os_counts(g);
	r->captured = *guest_os_captured(g);
	r->meta = *guest_os_meta(g);
	r->meta.name = r->meta.origin = r->meta.tools = "";
	guest_os_destroy(g);
	return rc;
}

void run_fini(struct guest_run *r)
{
	stream_fini(&r->out);
}

void run_verify(const struct guest_run *r)
{
	struct batch b = run_batch(r, 0, r->out.n);
	struct sim_error err = { 0 };
	const struct verify_example *e;
	const struct verify_counts *c;
	struct verify *v;

	assert_int_equal(verify_create(&v, &r->meta, &err), 0);
	assert_int_equal(verify_add(v, &b, &err), 0);
	c = verify_counts(v);
	for (unsigned i = 0; i < verify_examples(v, &e); i++)
		print_message("# record %llu: op %u at 0x%llx, frame 0x%llx: %u, 0x%llx\n",
			      (unsigned long long)e[i].record, e[i].op,
			      (unsigned long long)e[i].gva, (unsigned long long)e[i].recorded,
			      e[i].what, (unsigned long long)e[i].walked);
	assert_int_equal(c->pf_inconsistent, 0);
	assert_true(verify_passed(v));
	assert_int_equal(c->ptw_untracked + c->no_frame + c->device, 0);
	verify_destroy(v);
}

void run_checked(struct guest_run *r, const struct guest_stream *in,
		 const struct guest_os_config *cfg)
{
	struct sim_error err = { 0 };

	if (run_guest(r, in, cfg, 0, &err))
		print_message("# %s: %s\n", err.where, err.text);
	assert_int_equal(err.code, 0);
	run_verify(r);
}

struct guest_os_config run_plain(void)
{
	struct guest_os_config c = guest_os_config_default();

	c.memory = 256 * MIB;
	c.thp = GUEST_THP_NEVER;
	c.pcid = false;
	c.unmapped = GUEST_UNMAPPED_FAULT;
	return c;
}

void run_last(struct guest_run *r, struct guest_stream *in, const struct guest_os_config *cfg)
{
	run_checked(r, in, cfg);
	stream_fini(in);
}

void run_fails(struct guest_stream *in, const struct guest_os_config *cfg, int code,
	       const char *text)
{
	struct sim_error err = { 0 };
	struct guest_run r;

	assert_int_equal(run_guest(&r, in, cfg, 0, &err), code);
	if (!strstr(err.text, text))
		print_message("# %s\n", err.text);
	assert_non_null(strstr(err.text, text));
	run_fini(&r);
	stream_fini(in);
}

const struct event *run_event(const struct guest_run *r, enum event_kind kind, unsigned i)
{
	for (size_t at = 0; at < r->out.n_event; at++)
		if (r->out.event[at].kind == kind && !i--)
			return &r->out.event[at];
	return NULL;
}

const struct event *run_last_event(const struct guest_run *r, enum event_kind kind)
{
	return run_event(r, kind, (unsigned)r->n_event[kind] - 1);
}
