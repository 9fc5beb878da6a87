/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guest/aspace.h"

#include <assert.h>
#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "trace/record.h"

unsigned aspace_level(const struct vma *v)
{
	if (v->flags & MAPPING_HUGETLB_1G)
		return LEVEL_1G;
	return v->flags & MAPPING_HUGETLB_2M ? LEVEL_2M : LEVEL_4K;
}

void aspace_fini(struct aspace *a)
{
	sim_free(a->vma);
	*a = (struct aspace){ 0 };
}

size_t aspace_find(const struct aspace *a, uint64_t gva)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (a->vma[middle].end > gva)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct vma *aspace_at(const struct aspace *a, uint64_t gva)
{
	size_t i = aspace_find(a, gva);

	return i < a->n && a->vma[i].start <= gva ? &a->vma[i] : NULL;
}

bool aspace_overlaps(const struct aspace *a, uint64_t start, uint64_t end)
{
	size_t i = aspace_find(a, start);

	return i < a->n && a->vma[i].start < end;
}

static int make_room(struct aspace *a, size_t at, struct sim_error *err)
{
	if (sim_grow((void **)&a->vma, &a->cap, a->n, sizeof(*a->vma)))
		return sim_fail_nomem(err);
	memmove(&a->vma[at + 1], &a->vma[at], (a->n++ - at) * sizeof(*a->vma));
	return 0;
}

static void close_gap(struct aspace *a, size_t at, size_t n)
{
	memmove(&a->vma[at], &a->vma[at + n], (a->n - at - n) * sizeof(*a->vma));
	a->n -= n;
}

static bool continues(const struct vma *v, const struct vma *next)
{
	return v->end == next->start && v->flags == next->flags && v->advice == next->advice &&
	       v->file == next->file &&
	       (!(v->flags & MAPPING_FILE) ||
		v->pgoff + ((v->end - v->start) >> PAGE_SHIFT) == next->pgoff);
}

void aspace_merge(struct aspace *a, uint64_t start, uint64_t end)
{
	size_t i = aspace_find(a, start ? start - 1 : 0);

	while (i + 1 < a->n && a->vma[i].start <= end) {
		if (!continues(&a->vma[i], &a->vma[i + 1])) {
			i++;
			continue;
		}
		a->vma[i].end = a->vma[i + 1].end;
		a->vma[i].has_anon |= a->vma[i + 1].has_anon;
		close_gap(a, i + 1, 1);
	}
}

int aspace_insert(struct aspace *a, const struct vma *v, struct sim_error *err)
{
	size_t at = aspace_find(a, v->start);
	int rc = make_room(a, at, err);

	if (rc)
		return rc;
	a->vma[at] = *v;
	aspace_merge(a, v->start, v->end);
	return 0;
}

int aspace_split(struct aspace *a, uint64_t gva, struct sim_error *err)
{
	size_t at = aspace_find(a, gva);
	struct vma *v;
	int rc;

	if (at == a->n || a->vma[at].start >= gva)
		return 0;
	rc = make_room(a, at, err);
	if (rc)
		return rc;
	v = &a->vma[at];
	v[0].end = gva;
	if (v[1].flags & MAPPING_FILE)
		v[1].pgoff += (gva - v[1].start) >> PAGE_SHIFT;
	v[1].start = gva;
	return 0;
}

void aspace_remove(struct aspace *a, uint64_t start, uint64_t end)
{
	size_t first = aspace_find(a, start), last = first;

	while (last < a->n && a->vma[last].start < end)
		last++;
	close_gap(a, first, last - first);
}

int aspace_copy(struct aspace *to, const struct aspace *from, struct sim_error *err)
{
	*to = (struct aspace){ .n = from->n, .cap = from->n };
	to->vma = sim_calloc(from->n, sizeof(*to->vma));
	if (!to->vma)
		return sim_fail_nomem(err);
	if (from->n)
		memcpy(to->vma, from->vma, from->n * sizeof(*to->vma));
	return 0;
}
