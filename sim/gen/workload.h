/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * workload.h - what a workload is: one line in the table of kinds.c, one file named after it
 *
 * A workload is a program in small steps. It says in init() what memory it wants, and from then on
 * makes records when it is asked to: a step makes OUT_STEP_MAX at most and leaves the rest for the next.
 * So several can run in turns (mix), no stream needs more memory than a batch, and no step can fail:
 * everything that can, an allocation or a parameter that does not fit another, does so in init().
 *
 *     init       parameters -> state, regions
 *     setup      optional; called until WORKLOAD_DONE, after the regions are mapped and populated
 *     step       called until `count` operations are done; WORKLOAD_DONE ends one operation
 *     teardown   optional; called until WORKLOAD_DONE
 *     fini       optional; frees what init allocated
 *
 * The state begins with a struct workload. A sweep (stores to pages, one after the other) that is set
 * by init, setup or step is made before the next step is asked for.
 */
#ifndef SIM_GEN_WORKLOAD_H
#define SIM_GEN_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "gen/out.h"
#include "gen/param.h"
#include "gen/spec.h"

#define WORKLOAD_REGIONS_MAX 4
#define WORKLOAD_BYTES_MAX   ((uint64_t)1 << 44) /* of a region */
#define WORKLOAD_COUNT_MAX   ((uint64_t)1 << 48)
#define WORKLOAD_TOUCH	     4 /* instructions: store, add, compare, branch */

enum workload_status { WORKLOAD_MORE, WORKLOAD_DONE };

struct workload_region {
	gva_t gva;
	uint64_t bytes;
};

struct workload_sweep {
	gva_t next;
	uint64_t left, stride; /* touches, bytes */
};

struct workload {
	const struct workload_kind *kind;
	const struct spec *spec;
	struct rng rng;
	uint32_t pid; /* the process that runs the next step */
	gva_t code;
	struct workload_region region[WORKLOAD_REGIONS_MAX];
	unsigned n_regions;
	struct workload_sweep sweep;
	uint64_t count, done; /* operations */
};

struct workload_kind {
	const char *name, *stresses;
	const struct param *params;
	size_t size; /* of the state */
	int (*init)(struct workload *w, struct out *o, struct sim_error *err);
	enum workload_status (*setup)(struct workload *w, struct out *o);
	enum workload_status (*step)(struct workload *w, struct out *o);
	enum workload_status (*teardown)(struct workload *w, struct out *o);
	void (*fini)(struct workload *w);
};

/* All of them; NULL ends it. */
extern const struct workload_kind *const workload_kinds[];

extern const struct workload_kind btree_kind, fork_kind, graph_kind, gups_kind, hash_kind,
	mix_kind, mmap_kind, pointer_kind, stream_kind, stride_kind, switch_kind, zipf_kind;

/* NULL: there is none of that name. */
const struct workload_kind *workload_find(const char *name);

/* --- parameters that several have --- */

extern const char *const workload_populate[], *const workload_pages[], *const workload_no_yes[];

enum { POPULATE_AUTO, POPULATE_TOUCH, POPULATE_NONE };

#define WORKLOAD_COUNT(normal, of)                                                             \
	{                                                                                      \
		"count", PARAM_AMOUNT, normal, 1, WORKLOAD_COUNT_MAX, NULL, of, "how many"     \
	}
#define WORKLOAD_BYTES(name, normal, about)                                                    \
	{                                                                                      \
		name, PARAM_AMOUNT, normal, 4096, WORKLOAD_BYTES_MAX, NULL, "bytes", about     \
	}
#define WORKLOAD_PERCENT(name, normal, about)                                                  \
	{                                                                                      \
		name, PARAM_AMOUNT, normal, 0, 100, NULL, "%", about                           \
	}
#define WORKLOAD_CHOICE(name, normal, choices, about)                                          \
	{                                                                                      \
		name, PARAM_CHOICE, normal, 0, 0, choices, "", about                           \
	}
#define WORKLOAD_POPULATE                                                                      \
	WORKLOAD_CHOICE("populate", "auto", workload_populate,                                 \
			"touch: store to each page first; auto: up to 1G")
#define WORKLOAD_PAGES                                                                         \
	WORKLOAD_CHOICE("pages", "default", workload_pages, "how the memory is mapped")

/* --- for workloads --- */

/* The value of a parameter that the kind has. */
uint64_t workload_value(const struct workload *w, const char *name);

/* Memory for w, mapped read-write before its set-up. SIM_ERANGE: beyond the address space. */
SIM_MUST_CHECK int workload_region(struct workload *w, struct out *o, uint64_t bytes,
				   gva_t *gva, struct sim_error *err);

/* n and b of EVENT_MAP and so on as `pages` wants them. */
uint32_t workload_map_flags(const struct workload *w);
void workload_map(const struct workload *w, struct out *o, uint32_t pid,
		  const struct workload_region *r);

/* Whether memory of that size is stored to before the measured phase. */
int workload_populates(const struct workload *w, uint64_t bytes);

static inline void workload_touch_pages(struct workload *w, gva_t gva, uint64_t pages)
{
	w->sweep = (struct workload_sweep){ .next = gva, .left = pages, .stride = PAGE_BYTES };
}

/* True `percent` times of 100. */
static inline int workload_chance(struct workload *w, uint64_t percent)
{
	return percent && rng_below(&w->rng, 100) < percent;
}

static inline gva_t workload_at(gva_t base, uint64_t offset)
{
	return gva_make(base.v + offset);
}

#endif
