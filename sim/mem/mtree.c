/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/mtree.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/board_state.h"

/* Address spaces, views or regions seen so far. */
struct seen {
	const void **p;
	size_t n, cap;
	int failed;
};

static bool seen_has(const struct seen *s, const void *p)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->p[i] == p)
			return true;
	return false;
}

static void seen_add(struct seen *s, const void *p)
{
	if (seen_has(s, p) || s->failed)
		return;
	s->failed = sim_grow((void **)&s->p, &s->cap, s->n, sizeof(*s->p));
	if (!s->failed)
		s->p[s->n++] = p;
}

/* The last address of something that begins at 0; QEMU says 0 for nothing. */
static uint64_t last(int128_t size)
{
	return size ? (uint64_t)(size - 1) : 0;
}

/* --- info mtree -f --- */

/* The accelerator's own view of the range: whether exactly this is a slot of KVM. */
static bool is_slot(const struct board *b, const struct address_space *as,
		    const struct flat_range *r)
{
	const struct kvm_slot *s;
	uint64_t size = (uint64_t)r->size;

	if (!b->has_slots || !b->options || !b->options->is_kvm || as != b->as)
		return false;
	s = kvm_slots_find(&b->slots, gpa_make((uint64_t)r->start));
	if (size > b->slots.max_bytes)
		size = b->slots.max_bytes;
	return s && s->region.guest_phys_addr == (uint64_t)r->start &&
	       s->region.memory_size == size;
}

static void print_range(const struct board *b, const struct flat_view *v,
			const struct flat_range *r, struct text *t)
{
	text_add(t, "  %016" PRIx64 "-%016" PRIx64 " (prio %d, %s%s): %s", (uint64_t)r->start,
		 (uint64_t)r->start + last(r->size), r->mr->priority,
		 r->nonvolatile ? "nv-" : "", r->readonly ? "rom" : memory_region_type(r->mr),
		 r->mr->name);
	if (r->offset_in_region)
		text_add(t, " @%016" PRIx64, r->offset_in_region);
	for (const struct address_space *as = b->memory.first_as; as; as = as->next)
		if (as->view == v && is_slot(b, as, r))
			text_add(t, " KVM");
	text_add(t, "\n");
}

static void print_view(const struct board *b, const struct flat_view *v, unsigned i,
		       struct text *t)
{
	text_add(t, "FlatView #%u\n", i);
	for (const struct address_space *as = b->memory.first_as; as; as = as->next) {
		if (as->view != v)
			continue;
		text_add(t, " AS \"%s\", root: %s", as->name, as->root->name);
		if (as->root->alias)
			text_add(t, ", alias %s", as->root->alias->name);
		text_add(t, "\n");
	}
	text_add(t, " Root memory region: %s\n", v->root ? v->root->name : "(none)");
	if (!v->n)
		text_add(t, "  No rendered FlatView\n");
	for (size_t k = 0; k < v->n; k++)
		print_range(b, v, &v->range[k], t);
	text_add(t, "\n");
}

/* QEMU's order is that of a hash table; here views come as their first address space does, ports last. */
static void print_views(const struct board *b, struct text *t)
{
	struct seen views = { .n = 0 };
	const struct flat_view *io = b->io_as ? b->io_as->view : NULL;
	unsigned n = 0;

	for (const struct address_space *as = b->memory.first_as; as; as = as->next) {
		if (as->view == io || seen_has(&views, as->view))
			continue;
		seen_add(&views, as->view);
		print_view(b, as->view, n++, t);
	}
	if (io)
		print_view(b, io, n, t);
	t->failed = t->failed || views.failed;
	sim_free(views.p);
}

/* --- info mtree --- */

struct tree {
	struct text *t;
	struct seen aliases; /* regions that need a section of their own */
	bool show_disabled;
};

static void print_region(struct tree *p, const struct memory_region *mr, uint64_t start,
			 unsigned level)
{
	if (mr->alias)
		seen_add(&p->aliases, mr->alias);
	if (!mr->enabled && !p->show_disabled)
		return;
	text_add(p->t, "%*s%016" PRIx64 "-%016" PRIx64 " (prio %d, %s%s): ", (int)(2 * level),
		 "", start, start + last(mr->size), mr->priority, mr->nonvolatile ? "nv-" : "",
		 memory_region_type(mr));
	if (mr->alias)
		text_add(p->t, "alias %s @%s %016" PRIx64 "-%016" PRIx64, mr->name,
			 mr->alias->name, mr->alias_offset, mr->alias_offset + last(mr->size));
	else
		text_add(p->t, "%s", mr->name);
	text_add(p->t, "%s\n", mr->enabled ? "" : " [disabled]");
}

static bool prints_before(const struct memory_region *x, const struct memory_region *y)
{
	return x->addr < y->addr || (x->addr == y->addr && x->priority > y->priority);
}

/* The child that is printed after `prev` (NULL: the first): by address, then by descending priority, then as they are. */
static const struct memory_region *next_child(const struct memory_region *mr,
					      const struct memory_region *prev)
{
	const struct memory_region *best = NULL;
	bool is_behind = !prev;

	for (const struct memory_region *c = mr->first_child; c; c = c->next_sibling) {
		bool is_left = !prev || prints_before(prev, c) ||
			       (is_behind && !prints_before(c, prev));

		if (c == prev)
			is_behind = true;
		else if (is_left && (!best || prints_before(c, best)))
			best = c;
	}
	return best;
}

static void print_tree(struct tree *p, const struct memory_region *root)
{
	const struct memory_region *mr = root, *child;
	const struct memory_region *path[64];
	uint64_t base[64] = { 0 };
	unsigned depth = 0;

	path[0] = NULL;
	print_region(p, mr, mr->addr, 1);
	base[0] = mr->addr;
	for (;;) {
		child = next_child(mr, path[depth]);
		path[depth] = child;
		if (child && depth < 63) {
			print_region(p, child, base[depth] + child->addr, depth + 2);
			base[depth + 1] = base[depth] + child->addr;
			path[++depth] = NULL;
			mr = child;
		} else if (depth) {
			depth--;
			mr = mr->container;
		} else {
			return;
		}
	}
}

/* Names of the address spaces over one root, sorted. */
static void print_names(const struct board *b, const struct memory_region *root, struct text *t)
{
	const char *prev = NULL;

	for (;;) {
		const char *best = NULL;

		for (const struct address_space *as = b->memory.first_as; as; as = as->next)
			if (as->root == root && (!prev || strcmp(as->name, prev) > 0) &&
			    (!best || strcmp(as->name, best) < 0))
				best = as->name;
		if (!best)
			return;
		text_add(t, "address-space: %s\n", best);
		prev = best;
	}
}

static void print_regions(const struct board *b, bool show_disabled, struct text *t)
{
	struct tree p = { .t = t, .show_disabled = show_disabled };
	struct seen roots = { .n = 0 };

	for (const struct address_space *as = b->memory.first_as; as; as = as->next) {
		if (seen_has(&roots, as->root))
			continue;
		seen_add(&roots, as->root);
		print_names(b, as->root, t);
		print_tree(&p, as->root);
		text_add(t, "\n");
	}
	for (size_t i = 0; i < p.aliases.n; i++) {
		const struct memory_region *mr = p.aliases.p[i];

		text_add(t, "memory-region: %s\n", mr->name);
		print_tree(&p, mr);
		text_add(t, "\n");
	}
	t->failed = t->failed || roots.failed || p.aliases.failed;
	sim_free(p.aliases.p);
	sim_free(roots.p);
}

void mtree_info(const struct board *b, unsigned flags, struct text *t)
{
	if (flags & MTREE_FLAT)
		print_views(b, t);
	else
		print_regions(b, flags & MTREE_DISABLED, t);
}
