/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/address_space.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

/* The view of that root that somebody has already. */
static struct flat_view *existing_view(const struct memory *m, const struct memory_region *root)
{
	for (const struct address_space *as = m->first_as; as; as = as->next)
		if (as->view->root == root)
			return as->view;
	return NULL;
}

/* Within a transaction what others have may be old: the commit renders all anew. */
static int get_view(struct address_space *as, struct sim_error *err)
{
	struct memory_region *root = memory_region_flatview_root(as->root);
	int rc = 0;

	as->view = existing_view(as->memory, root);
	if (!as->view)
		rc = flatview_create(&as->view, root, err);
	if (!rc)
		as->view->refs++;
	return rc;
}

static void append(struct address_space *as)
{
	struct memory *m = as->memory;

	if (m->last_as)
		m->last_as->next = as;
	else
		m->first_as = as;
	m->last_as = as;
}

int address_space_create(struct memory *m, struct memory_region *root, const char *name,
			 struct address_space **out, struct sim_error *err)
{
	struct address_space *as;
	int rc = memory_check(m, err);

	if (rc)
		return rc;
	as = sim_calloc(1, sizeof(*as));
	if (!as)
		return sim_fail_nomem(err);
	as->memory = m;
	as->root = root;
	as->name = sim_strdup(name);
	rc = as->name ? get_view(as, err) : sim_fail_nomem(err);
	if (rc) {
		sim_free(as->name);
		sim_free(as);
		return rc;
	}
	append(as);
	*out = as;
	return 0;
}

static void unlink_space(struct address_space *as)
{
	struct memory *m = as->memory;
	struct address_space **at = &m->first_as, *prev = NULL;

	while (*at != as) {
		prev = *at;
		at = &prev->next;
	}
	*at = as->next;
	if (m->last_as == as)
		m->last_as = prev;
}

void address_space_destroy(struct address_space *as)
{
	for (const struct memory_listener *l = as->memory->listeners; l; l = l->next)
		assert(l->as != as);
	unlink_space(as);
	if (--as->view->refs == 0)
		flatview_free(as->view);
	sim_free(as->name);
	sim_free(as);
}

struct address_space *address_space_find(const struct memory *m, const char *name)
{
	struct address_space *as = m->first_as;

	while (as && strcmp(as->name, name))
		as = as->next;
	return as;
}

static int128_t smaller(int128_t a, int128_t b)
{
	return a < b ? a : b;
}

/* Where the first range above addr begins. */
static int128_t next_start(const struct flat_view *v, uint64_t addr)
{
	size_t low = 0, high = v->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v->range[mid].start > (int128_t)addr)
			high = mid;
		else
			low = mid + 1;
	}
	return low < v->n ? v->range[low].start : MEMORY_REGION_ALL;
}

struct memory_region_section address_space_section(const struct address_space *as,
						   uint64_t addr, int128_t bytes)
{
	const struct flat_range *r = flatview_find(as->view, addr);
	struct memory_region_section s = { .as = as, .offset_within_address_space = addr };

	if (!r) {
		s.size = smaller(bytes, next_start(as->view, addr) - (int128_t)addr);
		return s;
	}
	s.mr = r->mr;
	s.offset_within_region = r->offset_in_region + (uint64_t)(addr - r->start);
	s.size = smaller(bytes, r->start + r->size - (int128_t)addr);
	s.readonly = r->readonly;
	s.nonvolatile = r->nonvolatile;
	return s;
}
