/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snapshot/table_survey.h"

#include <stdlib.h>

#include "base/alloc.h"

#define PAGES_2M TABLE_ENTRIES

/* --- tables that are met again --- */

#define LEVEL_SHIFT 1 /* above the half */
#define GFN_SHIFT   4 /* above a level, 1 to 5; level 0: anywhere */

/* Adds a key. */
static int note(struct map *m, uint64_t key, bool *is_new, struct sim_error *err)
{
	*is_new = !map_get(m, key, NULL);
	return *is_new && map_put(m, key, 0) ? sim_fail_nomem(err) : 0;
}

int table_seen_add(struct table_seen *t, const struct table_page *p, bool *is_new,
		   bool *is_again, struct sim_error *err)
{
	const uint64_t page = p->gfn.v << GFN_SHIFT;
	bool is_first;
	int rc = note(&t->place, page, is_new, err);

	if (!rc)
		rc = note(&t->place,
			  page | p->level << LEVEL_SHIFT | (table_gva_is_user(p->gva) ? 1 : 0),
			  &is_first, err);
	*is_again = !rc && !is_first;
	return rc;
}

/* --- what is gathered on the way --- */

/* One end of a stretch of frames that is mapped. */
struct edge {
	uint64_t gfn;
	uint32_t root;
	uint8_t half;
	int8_t step; /* 1: it begins, -1: it ends */
};

/* Leaves of 4K that may fill a 2 MiB. */
struct region {
	uint64_t gva; /* of the 2 MiB */
	uint64_t rights, gpa;
	unsigned n; /* leaves so far that fit together */
	bool is_contiguous;
};

struct survey {
	struct table_survey *t;
	struct snapshot *s;
	struct table_seen seen;
	struct edge *edge;
	size_t n_edge, cap_edge;
	size_t root; /* under way */
	struct {
		uint64_t gva, gpa, bytes, rights;
		enum table_half half;
		bool is_memory;
	} run; /* bytes 0: none */
	struct region region;
};

static unsigned bin_of(uint64_t pages)
{
	unsigned bin = 0;

	while (pages >>= 1)
		bin++;
	return bin < TABLE_SURVEY_BINS ? bin : TABLE_SURVEY_BINS - 1;
}

static int add_edge(struct survey *v, uint64_t gfn, int step, struct sim_error *err)
{
	if (sim_grow((void **)&v->edge, &v->cap_edge, v->n_edge, sizeof(*v->edge)))
		return sim_fail_nomem(err);
	v->edge[v->n_edge++] = (struct edge){ .gfn = gfn,
					      .root = (uint32_t)v->root,
					      .half = (uint8_t)v->run.half,
					      .step = (int8_t)step };
	return 0;
}

static int end_run(struct survey *v, struct sim_error *err)
{
	struct table_half_survey *h = &v->t->half[v->run.half];
	uint64_t pages = v->run.bytes >> PAGE_SHIFT, gfn = v->run.gpa >> PAGE_SHIFT;
	unsigned bin = bin_of(pages);
	int rc = 0;

	if (!pages)
		return 0;
	h->runs++;
	h->bin_runs[bin]++;
	h->bin_pages[bin] += pages;
	if (v->run.is_memory) {
		rc = add_edge(v, gfn, 1, err);
		if (!rc)
			rc = add_edge(v, gfn + pages, -1, err);
	}
	v->run.bytes = 0;
	return rc;
}

/* --- 2 MiB that could be one leaf --- */

static void fill_region(struct survey *v, struct table_half_survey *h,
			const struct table_leaf *l)
{
	struct region *r = &v->region;
	uint64_t gpa = table_leaf_gpa(l).v, in = l->gva.v & (level_bytes(LEVEL_2M) - 1);

	if (l->level != LEVEL_4K)
		return;
	if (!in)
		*r = (struct region){ .gva = l->gva.v,
				      .rights = l->rights,
				      .gpa = gpa,
				      .is_contiguous = !(gpa & (level_bytes(LEVEL_2M) - 1)) };
	if (l->gva.v != r->gva + r->n * PAGE_BYTES || l->rights != r->rights)
		return;
	r->is_contiguous &= gpa == r->gpa + r->n * PAGE_BYTES;
	if (++r->n < PAGES_2M)
		return;
	h->in_place_2m += r->is_contiguous;
	h->moved_2m += !r->is_contiguous;
}

/* --- the walk --- */

static bool extends(const struct survey *v, const struct table_leaf *l, bool is_memory)
{
	return v->run.bytes && l->gva.v == v->run.gva + v->run.bytes &&
	       table_leaf_gpa(l).v == v->run.gpa + v->run.bytes && l->rights == v->run.rights &&
	       is_memory == v->run.is_memory;
}

static int on_leaf(void *arg, const struct table_leaf *l, struct sim_error *err)
{
	struct survey *v = arg;
	enum table_half half = table_gva_is_user(l->gva) ? TABLE_HALF_USER : TABLE_HALF_KERNEL;
	struct table_half_survey *h = &v->t->half[half];
	bool is_memory = snapshot_find(v->s, table_leaf_gpa(l)) != NULL;
	int rc = 0;

	h->leaf[l->level]++;
	h->bytes += level_bytes(l->level);
	h->accessed += (l->entry & PTE_A) != 0;
	h->dirty += (l->entry & PTE_D) != 0;
	h->device += !is_memory;
	fill_region(v, h, l);
	if (!extends(v, l, is_memory)) {
		rc = end_run(v, err);
		v->run.gva = l->gva.v;
		v->run.gpa = table_leaf_gpa(l).v;
		v->run.rights = l->rights;
		v->run.half = half;
		v->run.is_memory = is_memory;
	}
	v->run.bytes += level_bytes(l->level);
	return rc;
}

static int on_table(void *arg, const struct table_page *p, struct sim_error *err)
{
	struct survey *v = arg;
	bool is_new, is_again;
	int rc = table_seen_add(&v->seen, p, &is_new, &is_again, err);

	if (rc)
		return rc;
	v->t->tables[p->level] += is_new;
	return is_again ? TABLE_WALK_SKIP : 0;
}

static int walk_roots(struct survey *v, const struct roots *roots, unsigned levels,
		      struct sim_error *err)
{
	static const struct table_walk_ops ops = { .table = on_table, .leaf = on_leaf };
	int rc = 0;

	for (size_t i = 0; i < roots->n && !rc; i++) {
		struct table_walk w = table_walk_all(roots->cr3[i], levels, &ops, v);

		v->root = i;
		v->region = (struct region){ .n = PAGES_2M };
		rc = table_walk_run(v->s, &w, err);
		if (!rc)
			rc = end_run(v, err);
	}
	return rc;
}

/* --- sharing: a sweep over the frames --- */

static int by_gfn(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->gfn < y->gfn ? -1 : x->gfn > y->gfn;
}

/* How the frames at the sweep's place are mapped. */
struct depth {
	uint32_t *user; /* [root] */
	uint64_t roots; /* with a user mapping */
	uint64_t roots_twice;
	uint64_t kernel;
};

static void pass_edge(struct depth *d, const struct edge *e)
{
	uint32_t was, now;

	if (e->half == TABLE_HALF_KERNEL) {
		d->kernel += (uint64_t)(int64_t)e->step;
		return;
	}
	was = d->user[e->root];
	now = e->step > 0 ? was + 1 : was - 1;
	d->user[e->root] = now;
	d->roots += (uint64_t)(now > 0) - (uint64_t)(was > 0);
	d->roots_twice += (uint64_t)(now > 1) - (uint64_t)(was > 1);
}

static void count_frames(struct table_sharing *t, const struct depth *d, uint64_t n)
{
	t->mapped += d->roots || d->kernel ? n : 0;
	t->user += d->roots ? n : 0;
	t->kernel += d->kernel ? n : 0;
	t->both += d->roots && d->kernel ? n : 0;
	t->user_twice += d->roots_twice ? n : 0;
	t->kernel_twice += d->kernel > 1 ? n : 0;
	t->several_roots += d->roots > 1 ? n : 0;
}

static int sweep(struct survey *v, size_t n_roots, struct sim_error *err)
{
	struct depth d = { .user = sim_calloc(n_roots, sizeof(*d.user)) };

	if (!d.user)
		return sim_fail_nomem(err);
	if (v->n_edge)
		qsort(v->edge, v->n_edge, sizeof(*v->edge), by_gfn);
	for (size_t i = 0; i < v->n_edge; i++) {
		if (i)
			count_frames(&v->t->sharing, &d, v->edge[i].gfn - v->edge[i - 1].gfn);
		pass_edge(&d, &v->edge[i]);
	}
	sim_free(d.user);
	return 0;
}

/* --- */

int table_survey_run(struct table_survey *t, struct snapshot *s, const struct roots *roots,
		     unsigned levels, struct sim_error *err)
{
	struct survey v = { .t = t, .s = s };
	int rc;

	*t = (struct table_survey){ 0 };
	map_init(&v.seen.place);
	rc = walk_roots(&v, roots, levels, err);
	if (!rc)
		rc = sweep(&v, roots->n, err);
	map_fini(&v.seen.place);
	sim_free(v.edge);
	return rc;
}
