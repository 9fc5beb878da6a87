/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guest_values.h"

#include "check.h"

#include <string.h>

#include "base/addr.h"
#include "base/map.h"

#define OBJECTS 4096u
#define DIRECT	((uint64_t)0xffff888000000000)

enum kind { NOTHING, PRIVATE_ANON, PRIVATE_FILE, SHARED };

struct place {
	enum kind kind;
	bool has_own;
	bool may_be_zero; /* MADV_FREE */
	uint64_t own;
	uint32_t object, at;
};

struct values {
	struct place (*place)[WINDOW_PAGES]; /* of each pid */
	struct map object;		     /* object << 32 | page -> value */
	uint32_t n_object;		     /* shared anonymous ones, from 1 << 20 up */
	struct map frame;		     /* contents; absent: not known */
	uint32_t pid;
	uint64_t stores, compared;
	uint64_t copied_from; /* the record before was the kernel's load of this frame */
	bool copies;
};

static uint64_t object_key(const struct place *p)
{
	return (uint64_t)p->object << 32 | p->at;
}

/* A file's pages hold something of their own from the start. */
static uint64_t object_value(const struct values *v, const struct place *p)
{
	uint64_t value;

	if (map_get(&v->object, object_key(p), &value))
		return value;
	return p->object < 1u << 20 ? (uint64_t)1 << 63 | object_key(p) : 0;
}

static uint64_t value_of(const struct values *v, const struct place *p)
{
	if (p->has_own)
		return p->own;
	return p->kind == PRIVATE_ANON ? 0 : object_value(v, p);
}

static struct place *place_at(struct values *v, uint32_t pid, uint64_t gva)
{
	uint64_t page = (gva - WINDOW_GVA) >> PAGE_SHIFT;

	assert_true(gva >= WINDOW_GVA && page < WINDOW_PAGES && pid < WINDOW_PIDS);
	return &v->place[pid][page];
}

/* --- events --- */

static void map_range(struct values *v, const struct event *e)
{
	bool is_file = e->n & MAPPING_FILE, is_shared = e->n & MAPPING_SHARED;
	uint32_t object =
		is_file ? (uint32_t)MAPPING_FILE_OF(e->gpa) : (1u << 20) + v->n_object++;

	for (uint64_t i = 0; i < e->value >> PAGE_SHIFT; i++) {
		struct place *p = place_at(v, e->pid, e->gva + i * PAGE_BYTES);

		*p = (struct place){ .kind = is_shared ? SHARED
					     : is_file ? PRIVATE_FILE
						       : PRIVATE_ANON,
				     .object = object,
				     .at = (uint32_t)(MAPPING_OFFSET_OF(e->gpa) >> PAGE_SHIFT) +
					   (uint32_t)i };
	}
}

static void change_range(struct values *v, const struct event *e)
{
	for (uint64_t i = 0; i < e->value >> PAGE_SHIFT; i++) {
		struct place *p = place_at(v, e->pid, e->gva + i * PAGE_BYTES);

		if (e->kind == EVENT_UNMAP)
			*p = (struct place){ 0 };
		else if (e->n == ADVICE_DONTNEED && p->kind != SHARED)
			p->has_own = false;
		else if (e->n == ADVICE_FREE && p->kind == PRIVATE_ANON && p->has_own)
			p->may_be_zero = true;
	}
}

static void take_event(struct values *v, const struct event *e)
{
	size_t all = sizeof(v->place[0]);

	if (e->kind == EVENT_MAP)
		map_range(v, e);
	else if (e->kind == EVENT_UNMAP || e->kind == EVENT_ADVISE)
		change_range(v, e);
	else if (e->kind == EVENT_FORK)
		memcpy(v->place[e->n], v->place[e->pid], all);
	else if (e->kind == EVENT_EXEC || e->kind == EVENT_EXIT)
		memset(v->place[e->pid], 0, all);
	else if (e->kind == EVENT_SWITCH)
		v->pid = e->pid;
	else if (e->kind == EVENT_DMA)
		map_del(&v->frame, e->gpa >> PAGE_SHIFT);
}

/* --- accesses --- */

static void set_frame(struct values *v, uint64_t gfn, uint64_t value)
{
	assert_int_equal(map_put(&v->frame, gfn, value), 0);
}

/* A store at the start of a page fills it: with what was loaded just before, or with zeros. */
static void kernel_access(struct values *v, unsigned kind, uint64_t gva, uint64_t gfn)
{
	uint64_t value = 0;

	if (gva % PAGE_BYTES)
		return;
	if (kind == OP_LOAD) {
		v->copied_from = gfn;
		v->copies = true;
		return;
	}
	if (v->copies && !map_get(&v->frame, v->copied_from, &value))
		map_del(&v->frame, gfn);
	else
		set_frame(v, gfn, value);
	v->copies = false;
}

static void program_store(struct values *v, struct place *p, uint64_t gfn)
{
	uint64_t value = ++v->stores;

	assert_int_not_equal(p->kind, NOTHING);
	set_frame(v, gfn, value);
	if (p->kind == SHARED) {
		assert_int_equal(map_put(&v->object, object_key(p), value), 0);
		return;
	}
	p->has_own = true;
	p->may_be_zero = false;
	p->own = value;
}

static void program_load(struct values *v, struct place *p, uint64_t gfn)
{
	uint64_t want = value_of(v, p), is;

	assert_int_not_equal(p->kind, NOTHING);
	if (!map_get(&v->frame, gfn, &is)) {
		set_frame(v, gfn, want);
		return;
	}
	if (p->may_be_zero && !is) {
		p->may_be_zero = p->has_own = false;
		return;
	}
	v->compared++;
	if (is != want)
		print_message("# page 0x%llx of process %u, frame 0x%llx: 0x%llx, not 0x%llx\n",
			      (unsigned long long)(p - v->place[v->pid]), v->pid,
			      (unsigned long long)gfn, (unsigned long long)is,
			      (unsigned long long)want);
	assert_int_equal(is, want);
}

/* Not at the start of the page: a private one is the process's own from here on, the value is the same. */
static void store_elsewhere(struct values *v, struct place *p)
{
	if (p->kind == SHARED || p->has_own)
		return;
	p->own = value_of(v, p);
	p->has_own = true;
}

static void take_access(struct values *v, uint8_t op, uint64_t gva, uint64_t gfn)
{
	unsigned kind = op & OP_KIND;
	bool copied = v->copies;

	if (gva >= DIRECT) {
		kernel_access(v, kind, gva, gfn);
		return;
	}
	assert_false(copied);
	if (op & OP_CROSS) {
		if (kind == OP_STORE) {
			store_elsewhere(v, place_at(v, v->pid, gva));
			store_elsewhere(v, place_at(v, v->pid, gva + PAGE_BYTES));
		}
		return;
	}
	if (kind == OP_STORE)
		program_store(v, place_at(v, v->pid, gva), gfn);
	else
		program_load(v, place_at(v, v->pid, gva), gfn);
}

uint64_t values_check(const struct guest_run *r)
{
	const struct guest_stream *s = &r->out;
	struct values v = { .pid = 1 };

	v.place = calloc(WINDOW_PIDS, sizeof(*v.place));
	assert_non_null(v.place);
	map_init(&v.object);
	map_init(&v.frame);
	for (size_t i = 0; i < s->n; i++) {
		if ((s->op[i] & OP_KIND) == OP_EVENT)
			take_event(&v, &s->event[s->gva[i]]);
		else
			take_access(&v, s->op[i], s->gva[i], s->frame[i]);
	}
	map_fini(&v.object);
	map_fini(&v.frame);
	free(v.place);
	return v.compared;
}
