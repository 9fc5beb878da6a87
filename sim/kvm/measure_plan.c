/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/measure_plan.h"

#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "vm/payload.h"

#define PAGES_MAX   ((uint64_t)1 << 17) /* of a working set; 512 MiB */
#define PAGES_QUICK ((uint64_t)1 << 12)
#define LIST_MAX                                                                               \
	((uint64_t)PAYLOAD_WORDS - 96)	 /* accesses that fit between two doorbells for sure */
#define QUICKER	     4u			 /* as many accesses fewer */
#define STRIDE	     (PAGE_BYTES + 64)	 /* the next page, and another set of the caches */
#define TABLES_BYTES ((uint64_t)4 << 20) /* guest memory below the working set */

static const char *const group_name[] = { "access", "event", "mixed", NULL };

const char *measure_group_name(enum measure_group g)
{
	return group_name[g];
}

/* FNV-1a: Fowler, Noll, Vo; "a" hashes to 0xaf63dc4c8601ec8c. */
static uint64_t hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	return h;
}

bool measure_holds_out(const char *name)
{
	return hash(name) % 3 == 0;
}

static int add_point(struct measure_plan *p, const char *name, struct measure_plan_point **out,
		     struct sim_error *err)
{
	struct measure_plan_point *pt;

	if (sim_grow((void **)&p->point, &p->cap, p->n, sizeof(*p->point)))
		return sim_fail_nomem(err);
	pt = &p->point[p->n++];
	*pt = (struct measure_plan_point){ .style = { .rounds = 1 },
					   .is_held_out = measure_holds_out(name) };
	pt->name = sim_strdup(name);
	*out = pt;
	return pt->name ? 0 : sim_fail_nomem(err);
}

/* --- points that touch memory --- */

enum way { LIST, CHAIN, STORES };
static const char *const way_name[] = { "list", "chain", "store", NULL };

struct access_shape {
	uint64_t pages, accesses;
	unsigned level;
	unsigned way; /* enum way */
	bool has_plain;
};

/* How often the steps go through the working set, and how often the guest makes that list. */
static void divide(const struct access_shape *s, struct measure_plan_point *pt,
		   uint64_t *passes)
{
	bool is_short = s->pages <= LIST_MAX;

	*passes = (is_short ? LIST_MAX : s->accesses) / s->pages;
	if (!*passes)
		*passes = 1;
	pt->accesses = *passes * s->pages;
	if (is_short && s->accesses > pt->accesses)
		pt->style.rounds = (uint32_t)(s->accesses / pt->accesses);
	pt->accesses *= pt->style.rounds;
}

/* Warm-up: once in order, which brings in the shadow entries, and once as it is measured. */
static char *access_scenario(const struct measure_plan_point *pt, unsigned way, uint64_t passes)
{
	const char *step = way == STORES ? "store" : "load";
	const char *size = pt->page_level == LEVEL_2M ? "2M" : "4K";
	uint64_t mapped =
		(pt->bytes + level_bytes(pt->page_level) - 1) / level_bytes(pt->page_level);

	return sim_asprintf(
		"{\"name\": \"%s\", \"about\": \"accesses to %" PRIu64
		" pages\", \"memory\": %" PRIu64 ",\n"
		" \"host\": {\"page_size\": \"%s\", \"populate\": true},\n"
		" \"map\": [{\"gva\": \"0x%" PRIx64 "\", \"pages\": %" PRIu64
		", \"page_size\": \"%s\", \"gpa\": %" PRIu64 ", \"flags\": \"wad\"}],\n"
		" \"before\": [{\"%s\": {\"gva\": \"0x%" PRIx64 "\", \"pages\": %" PRIu64
		", \"stride\": %" PRIu64 "}},\n"
		"  {\"%s\": {\"gva\": \"0x%" PRIx64 "\", \"pages\": %" PRIu64
		", \"stride\": %" PRIu64 ", \"order\": \"scattered\"}}],\n"
		" \"steps\": [{\"repeat\": {\"times\": %" PRIu64
		", \"steps\": [{\"%s\": {\"gva\": "
		"\"0x%" PRIx64 "\", \"pages\": %" PRIu64 ", \"stride\": %" PRIu64
		", \"order\": \"scattered\"}}]}}]}\n",
		pt->name, pt->pages, TABLES_BYTES + mapped * level_bytes(pt->page_level), size,
		MEASURE_GVA, mapped, size, TABLES_BYTES, step, MEASURE_GVA, pt->pages, STRIDE,
		step, MEASURE_GVA, pt->pages, STRIDE, passes, step, MEASURE_GVA, pt->pages,
		STRIDE);
}

static int add_access(struct measure_plan *p, const struct access_shape *s,
		      struct sim_error *err)
{
	struct measure_plan_point *pt;
	uint64_t passes;
	char *name = sim_asprintf("%s-%s-%" PRIu64, way_name[s->way],
				  s->level == LEVEL_2M ? "2m" : "4k", s->pages);
	int rc = name ? add_point(p, name, &pt, err) : sim_fail_nomem(err);

	sim_free(name);
	if (rc)
		return rc;
	pt->group = MEASURE_ACCESS;
	pt->pages = s->pages;
	pt->page_level = s->level;
	pt->bytes = round_up(s->pages * STRIDE, PAGE_BYTES);
	pt->style.is_chained = s->way == CHAIN;
	divide(s, pt, &passes);
	pt->has_plain = s->has_plain;
	pt->scenario = access_scenario(pt, s->way, passes);
	return pt->scenario ? 0 : sim_fail_nomem(err);
}

/* Every combination of the three lists. */
static int add_shapes(struct measure_plan *p, const struct jnode *n, struct access_shape *s,
		      uint64_t pages_max, struct sim_error *err)
{
	static const char *const sizes[] = { "4K", "2M", NULL };
	struct jnode pages = json_get(n, "pages"), page_sizes = json_get(n, "page_sizes");
	struct jnode ways = json_get(n, "ways");
	size_t n_sizes = json_len(&page_sizes), n_ways = json_len(&ways);
	int rc = 0;

	for (size_t i = 0; !rc && i < json_len(&pages) * n_sizes * n_ways; i++) {
		struct jnode way = json_at(&ways, i % n_ways);
		struct jnode size = json_at(&page_sizes, i / n_ways % n_sizes);
		struct jnode count = json_at(&pages, i / n_ways / n_sizes);
		unsigned at = 0;

		rc = json_as_enum(&way, way_name, &s->way, err);
		if (!rc)
			rc = json_as_enum(&size, sizes, &at, err);
		if (!rc)
			rc = json_as_u64(&count, 1, PAGES_MAX, &s->pages, err);
		s->level = LEVEL_4K + at;
		if (!rc && s->pages <= pages_max)
			rc = add_access(p, s, err);
	}
	return rc;
}

static int read_access(struct measure_plan *p, const struct jnode *n,
		       enum measure_length length, struct sim_error *err)
{
	static const char *const keys[] = { "pages",	"page_sizes", "ways",
					    "accesses", "plain",      NULL };
	struct jnode accesses = json_get(n, "accesses"), plain = json_get(n, "plain");
	struct access_shape s = { 0 };
	int rc = json_only(n, keys, err);

	if (!rc)
		rc = json_as_u64(&accesses, 1, (uint64_t)1 << 24, &s.accesses, err);
	if (!rc && plain.v)
		rc = json_as_bool(&plain, &s.has_plain, err);
	if (rc)
		return rc;
	if (length == MEASURE_FULL)
		return add_shapes(p, n, &s, PAGES_MAX, err);
	s.accesses = (s.accesses + QUICKER - 1) / QUICKER;
	return add_shapes(p, n, &s, PAGES_QUICK, err);
}

/* --- the others --- */

/* What all points have, and over it what this one says itself. */
static int make_scenario(struct measure_plan_point *pt, const struct jnode *n,
			 const struct jnode *defaults, struct sim_error *err)
{
	json_t *doc = defaults->v ? json_deep_copy(defaults->v) : json_object();
	int rc = doc ? json_object_update_new(doc, json_deep_copy(n->v)) : -1;

	if (!rc) {
		json_object_del(doc, "group");
		json_object_del(doc, "per");
		json_object_del(doc, "traps");
		pt->scenario = json_dumps(doc, 0);
	}
	json_decref(doc);
	return pt->scenario ? 0 : sim_fail_nomem(err);
}

static int read_point(struct measure_plan *p, const struct jnode *n,
		      const struct jnode *defaults, struct sim_error *err)
{
	struct measure_plan_point *pt;
	struct jnode name_node = json_get(n, "name"), group_node = json_get(n, "group");
	struct jnode traps = json_get(n, "traps"), per = json_get(n, traps.v ? "traps" : "per");
	const char *name;
	unsigned group;
	uint64_t events = 0;
	int rc = json_as_str(&name_node, &name, err);

	if (!rc)
		rc = json_as_enum(&group_node, group_name, &group, err);
	if (!rc && per.v)
		rc = json_as_u64(&per, 1, UINT32_MAX, &events, err);
	for (size_t i = 0; !rc && i < p->n; i++)
		if (!strcmp(p->point[i].name, name))
			rc = json_fail(&name_node, SIM_EFORMAT, err, "stands twice");
	if (!rc)
		rc = add_point(p, name, &pt, err);
	if (rc)
		return rc;
	pt->group = (enum measure_group)group;
	pt->events = events;
	pt->is_trap = traps.v;
	return make_scenario(pt, n, defaults, err);
}

static int read_plan(struct measure_plan *p, const struct jnode *root,
		     enum measure_length length, struct sim_error *err)
{
	static const char *const keys[] = { "about", "access", "defaults", "points", NULL };
	struct jnode access = json_get(root, "access"), defaults = json_get(root, "defaults");
	struct jnode points = json_get(root, "points");
	int rc = json_only(root, keys, err);

	for (size_t i = 0; !rc && i < json_len(&access); i++) {
		struct jnode n = json_at(&access, i);

		rc = read_access(p, &n, length, err);
	}
	if (!rc)
		rc = json_as_array(&points, err);
	for (size_t i = 0; !rc && i < json_len(&points); i++) {
		struct jnode n = json_at(&points, i);

		rc = read_point(p, &n, &defaults, err);
	}
	return rc;
}

int measure_plan_load(struct measure_plan *p, const char *path, enum measure_length length,
		      struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_open(path, &doc, &root, err);

	*p = (struct measure_plan){ 0 };
	if (rc)
		return rc;
	rc = read_plan(p, &root, length, err);
	json_decref(doc);
	if (rc)
		measure_plan_fini(p);
	return rc;
}

void measure_plan_fini(struct measure_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		sim_free(p->point[i].name);
		sim_free(p->point[i].scenario);
	}
	sim_free(p->point);
	*p = (struct measure_plan){ 0 };
}
