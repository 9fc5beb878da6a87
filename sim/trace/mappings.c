/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/mappings.h"

#include <string.h>

#include "base/alloc.h"

void mappings_init(struct mappings *s)
{
	*s = (struct mappings){ 0 };
}

void mappings_fini(struct mappings *s)
{
	sim_free(s->m);
	mappings_init(s);
}

/* --- places in the array --- */

/* Index of the first mapping that is not below (pid, gva). */
static size_t place_of(const struct mappings *s, uint32_t pid, uint64_t gva)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct mapping *m = &s->m[mid];

		if (m->pid < pid || (m->pid == pid && m->gva < gva))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t mappings_begin(const struct mappings *s, uint32_t pid)
{
	return place_of(s, pid, 0);
}

size_t mappings_end(const struct mappings *s, uint32_t pid)
{
	return pid == UINT32_MAX ? s->n : place_of(s, pid + 1, 0);
}

static int insert(struct mappings *s, size_t at, const struct mapping *m)
{
	struct mapping own = *m;

	if (sim_grow((void **)&s->m, &s->cap, s->n, sizeof(*s->m)))
		return SIM_ENOMEM;
	memmove(s->m + at + 1, s->m + at, (s->n - at) * sizeof(*s->m));
	s->m[at] = own;
	s->n++;
	return 0;
}

static void cut_out(struct mappings *s, size_t from, size_t to)
{
	if (from == to)
		return;
	memmove(s->m + from, s->m + to, (s->n - to) * sizeof(*s->m));
	s->n -= to - from;
}

/* --- ranges --- */

static uint64_t last_of(uint64_t gva, uint64_t bytes)
{
	return bytes > UINT64_MAX - gva ? UINT64_MAX : gva + bytes;
}

/* No mapping of pid reaches across gva any more. */
static int split(struct mappings *s, uint32_t pid, uint64_t gva)
{
	size_t i = place_of(s, pid, gva);
	struct mapping *left, right;

	if (!i)
		return 0;
	left = &s->m[i - 1];
	if (left->pid != pid || last_of(left->gva, left->bytes) <= gva)
		return 0;
	right = *left;
	left->bytes = gva - left->gva;
	right.gva = gva;
	right.bytes -= left->bytes;
	if (right.n & MAPPING_FILE)
		right.gpa += left->bytes;
	return insert(s, i, &right);
}

/* The mappings that lie in an event's range, made to end at its borders. */
static int carve(struct mappings *s, const struct event *e, size_t *from, size_t *to)
{
	uint64_t end = last_of(e->gva, e->value);

	if (split(s, e->pid, e->gva) || split(s, e->pid, end))
		return SIM_ENOMEM;
	*from = place_of(s, e->pid, e->gva);
	*to = place_of(s, e->pid, end);
	return 0;
}

static int map(struct mappings *s, const struct event *e)
{
	struct mapping m = {
		.pid = e->pid, .n = e->n, .gva = e->gva, .bytes = e->value, .gpa = e->gpa
	};
	size_t from, to;

	if (!e->value)
		return 0;
	if (carve(s, e, &from, &to))
		return SIM_ENOMEM;
	cut_out(s, from, to);
	return insert(s, from, &m);
}

static int unmap(struct mappings *s, const struct event *e)
{
	size_t from, to;

	if (carve(s, e, &from, &to))
		return SIM_ENOMEM;
	cut_out(s, from, to);
	return 0;
}

static int protect(struct mappings *s, const struct event *e)
{
	size_t from, to;

	if (carve(s, e, &from, &to))
		return SIM_ENOMEM;
	for (; from < to; from++)
		s->m[from].n = (s->m[from].n & ~MAPPING_RIGHTS) | (e->n & MAPPING_RIGHTS);
	return 0;
}

static int advise(struct mappings *s, const struct event *e)
{
	size_t from, to;

	if (e->n != ADVICE_HUGEPAGE && e->n != ADVICE_NOHUGEPAGE)
		return 0;
	if (carve(s, e, &from, &to))
		return SIM_ENOMEM;
	for (; from < to; from++)
		s->m[from].advice = e->n;
	return 0;
}

static void forget(struct mappings *s, uint32_t pid)
{
	cut_out(s, mappings_begin(s, pid), mappings_end(s, pid));
}

static int copy_parent(struct mappings *s, const struct event *e)
{
	size_t n;

	if (e->pid == e->n)
		return 0;
	forget(s, e->n);
	n = mappings_end(s, e->pid) - mappings_begin(s, e->pid);
	for (size_t i = 0; i < n; i++) {
		struct mapping m = s->m[mappings_begin(s, e->pid) + i];

		m.pid = e->n;
		if (insert(s, mappings_end(s, e->n), &m))
			return SIM_ENOMEM;
	}
	return 0;
}

int mappings_event(struct mappings *s, const struct event *e)
{
	if (e->kind == EVENT_MAP)
		return map(s, e);
	if (e->kind == EVENT_UNMAP)
		return unmap(s, e);
	if (e->kind == EVENT_PROTECT)
		return protect(s, e);
	if (e->kind == EVENT_ADVISE)
		return advise(s, e);
	if (e->kind == EVENT_FORK)
		return copy_parent(s, e);
	if (e->kind == EVENT_EXEC || e->kind == EVENT_EXIT)
		forget(s, e->pid);
	return 0;
}

/* --- asking --- */

unsigned mappings_to_events(const struct mapping *m, struct event *map_, struct event *advise_)
{
	*map_ = (struct event){ .kind = EVENT_MAP,
				.pid = m->pid,
				.n = m->n,
				.gva = m->gva,
				.gpa = m->gpa,
				.value = m->bytes };
	*advise_ = *map_;
	advise_->kind = EVENT_ADVISE;
	advise_->n = m->advice;
	advise_->gpa = 0;
	return m->advice ? 2 : 1;
}

static int same(const struct mapping *a, const struct mapping *b)
{
	return a->n == b->n && a->advice == b->advice && a->gva == b->gva &&
	       a->bytes == b->bytes && a->gpa == b->gpa;
}

int mappings_equal(const struct mappings *a, const struct mappings *b, uint32_t pid)
{
	size_t i = mappings_begin(a, pid), k = mappings_begin(b, pid);
	size_t n = mappings_end(a, pid) - i;

	if (mappings_end(b, pid) - k != n)
		return 0;
	while (n--)
		if (!same(&a->m[i++], &b->m[k++]))
			return 0;
	return 1;
}
