/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/flatview.h"

#include <string.h>

#include "base/alloc.h"

/* A window of the address space, and what holds for all that is seen in it. */
struct pane {
	int128_t base; /* where the region's container begins; may be below zero */
	int128_t start, end;
	bool readonly, nonvolatile;
};

static int128_t end_of(const struct flat_range *r)
{
	return r->start + r->size;
}

/* --- the effective root --- */

/* The child that alone shows and is seen whole; `c` itself: no single one; NULL: none is enabled. */
static struct memory_region *only_child(struct memory_region *c)
{
	struct memory_region *found = NULL;

	for (struct memory_region *child = c->first_child; child; child = child->next_sibling) {
		if (!child->enabled)
			continue;
		if (found)
			return c;
		found = child;
	}
	return found && (found->addr || found->size > c->size) ? c : found;
}

struct memory_region *memory_region_flatview_root(struct memory_region *root)
{
	while (root && root->enabled) {
		struct memory_region *next = root;

		if (root->alias) {
			if (!root->alias_offset && root->size >= root->alias->size)
				next = root->alias;
		} else if (!memory_region_shows(root)) {
			next = only_child(root);
		}
		if (next == root)
			return root;
		root = next;
	}
	return NULL;
}

/* --- rendering --- */

static int insert(struct flat_view *v, size_t at, const struct flat_range *r)
{
	if (sim_grow((void **)&v->range, &v->cap, v->n, sizeof(*v->range)))
		return SIM_ENOMEM;
	memmove(v->range + at + 1, v->range + at, (v->n - at) * sizeof(*v->range));
	v->range[at] = *r;
	v->n++;
	return 0;
}

/* The first range that ends above addr. */
static size_t first_above(const struct flat_view *v, int128_t addr)
{
	size_t low = 0, high = v->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (end_of(&v->range[mid]) > addr)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* The region itself, where nothing is yet. */
static int render_self(struct flat_view *v, struct memory_region *mr, const struct pane *p)
{
	struct flat_range r = { .mr = mr,
				.dirty_log_mask = (uint8_t)memory_region_dirty_log_mask(mr),
				.romd_mode = mr->romd_mode,
				.readonly = p->readonly,
				.nonvolatile = p->nonvolatile };
	size_t at = first_above(v, p->start);

	for (int128_t now = p->start; now < p->end; at++) {
		int128_t gap_end = p->end;

		if (at < v->n && v->range[at].start < gap_end)
			gap_end = v->range[at].start;
		if (now < gap_end) {
			r.start = now;
			r.size = gap_end - now;
			r.offset_in_region = (uint64_t)(now - p->base);
			if (insert(v, at, &r))
				return SIM_ENOMEM;
			at++;
		}
		now = at < v->n ? end_of(&v->range[at]) : p->end;
	}
	return 0;
}

static int render(struct flat_view *v, struct memory_region *mr, struct pane p)
{
	int rc = 0;

	if (!mr->enabled)
		return 0;
	p.base += mr->addr;
	p.readonly |= mr->readonly;
	p.nonvolatile |= mr->nonvolatile;
	if (p.start < p.base)
		p.start = p.base;
	if (p.end > p.base + mr->size)
		p.end = p.base + mr->size;
	if (p.start >= p.end)
		return 0;
	if (mr->alias) {
		p.base -= (int128_t)mr->alias->addr + mr->alias_offset;
		return render(v, mr->alias, p);
	}
	for (struct memory_region *c = mr->first_child; c && !rc; c = c->next_sibling)
		rc = render(v, c, p);
	if (!rc && memory_region_shows(mr))
		rc = render_self(v, mr, &p);
	return rc;
}

static bool continues(const struct flat_range *a, const struct flat_range *b)
{
	return end_of(a) == b->start && a->mr == b->mr &&
	       (int128_t)a->offset_in_region + a->size == (int128_t)b->offset_in_region &&
	       a->dirty_log_mask == b->dirty_log_mask && a->romd_mode == b->romd_mode &&
	       a->readonly == b->readonly && a->nonvolatile == b->nonvolatile;
}

static void simplify(struct flat_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++) {
		if (n && continues(&v->range[n - 1], &v->range[i]))
			v->range[n - 1].size += v->range[i].size;
		else
			v->range[n++] = v->range[i];
	}
	v->n = n;
}

/* All of the address space, the root at its beginning wherever it may lie elsewhere. */
static struct pane whole(const struct memory_region *root)
{
	return (struct pane){ .base = -(int128_t)root->addr, .end = MEMORY_REGION_ALL };
}

int flatview_create(struct flat_view **out, struct memory_region *root, struct sim_error *err)
{
	struct flat_view *v = sim_calloc(1, sizeof(*v));

	if (!v)
		return sim_fail_nomem(err);
	v->root = root;
	if (root && render(v, root, whole(root))) {
		flatview_free(v);
		return sim_fail_nomem(err);
	}
	simplify(v);
	*out = v;
	return 0;
}

void flatview_free(struct flat_view *v)
{
	if (v)
		sim_free(v->range);
	sim_free(v);
}

/* --- asking --- */

const struct flat_range *flatview_find(const struct flat_view *v, uint64_t addr)
{
	size_t i = first_above(v, addr);

	return i < v->n && v->range[i].start <= (int128_t)addr ? &v->range[i] : NULL;
}
