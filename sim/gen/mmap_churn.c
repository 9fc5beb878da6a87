/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mmap_churn.c - mappings that come and go: mmap, touch, munmap
 *
 * There are `live` places. An operation picks one, unmaps what is there, maps anew a size from a
 * distribution (sizes.h) and stores to its first pages, `touch` percent, one at least unless it is 0. A
 * place keeps its address, as an allocator's would come back. At the end all is unmapped. 60 instructions
 * an operation at CPL 3: the C library around two system calls; the kernel's own work is not in the
 * stream.
 *
 * Memory: 4 bytes a place, and the table of sizes.
 */
#include "base/alloc.h"
#include "gen/sizes.h"
#include "gen/workload.h"

#define WORK	 60
#define LIVE_MAX 65536

struct mmap {
	struct workload w;
	gva_t base;
	uint64_t place_bytes, live, touch_percent;
	uint32_t *pages; /* mapped at each place */
	uint64_t next;	 /* teardown: the first place that may have something */
	struct sizes sizes;
};

static gva_t place_at(const struct mmap *m, uint64_t place)
{
	return workload_at(m->base, place * m->place_bytes);
}

static void unmap(struct mmap *m, struct out *o, uint64_t place)
{
	if (m->pages[place])
		out_unmap(o, m->w.pid, place_at(m, place), m->pages[place] * PAGE_BYTES);
	m->pages[place] = 0;
}

static enum workload_status step(struct workload *w, struct out *o)
{
	struct mmap *m = (struct mmap *)w;
	uint64_t place = rng_below(&w->rng, m->live), touched;
	struct workload_region r = { .gva = place_at(m, place) };

	unmap(m, o, place);
	m->pages[place] = sizes_draw(&m->sizes, &w->rng);
	r.bytes = m->pages[place] * PAGE_BYTES;
	workload_map(w, o, w->pid, &r);
	out_work(o, WORK);
	touched = (m->pages[place] * m->touch_percent + 99) / 100;
	workload_touch_pages(w, r.gva, touched);
	return WORKLOAD_DONE;
}

static enum workload_status teardown(struct workload *w, struct out *o)
{
	struct mmap *m = (struct mmap *)w;

	unmap(m, o, m->next);
	return ++m->next < m->live ? WORKLOAD_MORE : WORKLOAD_DONE;
}

/* Where `live` places are, without a mapping of their own. */
static int reserve(struct mmap *m, struct out *o, uint64_t max, struct sim_error *err)
{
	int rc;

	m->place_bytes = max + PAGE_BYTES; /* never beside each other: two mappings stay two */
	rc = workload_region(&m->w, o, m->live * m->place_bytes, &m->base, err);
	m->w.n_regions = 0;
	return rc;
}

static int init(struct workload *w, struct out *o, struct sim_error *err)
{
	struct mmap *m = (struct mmap *)w;
	uint64_t size = workload_value(w, "size"), max = workload_value(w, "max");
	const struct sizes_config c = {
		.kind = (enum sizes_kind)workload_value(w, "sizes"),
		.typical = (uint32_t)(size / PAGE_BYTES),
		.max = (uint32_t)(max / PAGE_BYTES),
		.shape = (unsigned)workload_value(w, "shape"),
	};
	int rc;

	if (size % PAGE_BYTES || max % PAGE_BYTES || size > max)
		return sim_fail(err, SIM_ERANGE, w->spec->name,
				"size and max must be whole pages (4096), size at most max");
	m->live = workload_value(w, "live");
	m->touch_percent = workload_value(w, "touch");
	m->pages = sim_calloc(m->live, sizeof(*m->pages));
	if (!m->pages)
		return sim_fail_nomem(err);
	rc = reserve(m, o, max, err);
	return rc ? rc : sizes_init(&m->sizes, &c, err);
}

static void fini(struct workload *w)
{
	struct mmap *m = (struct mmap *)w;

	sizes_fini(&m->sizes);
	sim_free(m->pages);
}

static const char *const page_names[] = { "default", "hugepage", "nohugepage", NULL };

static const struct param params[] = {
	WORKLOAD_COUNT("16K", "mappings"),
	WORKLOAD_CHOICE("sizes", "lognormal", sizes_names, "distribution of sizes"),
	{ "size", PARAM_AMOUNT, "64K", 4096, SIZES_MAX *PAGE_BYTES, NULL, "bytes",
	  "mean, or median of lognormal; zipf has none" },
	{ "max", PARAM_AMOUNT, "4M", 4096, SIZES_MAX *PAGE_BYTES, NULL, "bytes",
	  "no mapping is larger" },
	{ "shape", PARAM_THOUSANDTHS, "1.5", 1, 8000, NULL, "",
	  "lognormal: deviation of the logarithm; zipf: exponent" },
	{ "live", PARAM_AMOUNT, "256", 1, LIVE_MAX, NULL, "mappings", "at a time, at most" },
	WORKLOAD_PERCENT("touch", "100", "pages of a mapping that are stored to"),
	WORKLOAD_CHOICE("pages", "default", page_names, "how the memory is mapped"),
	{ .name = NULL },
};

const struct workload_kind mmap_kind = {
	.name = "mmap-churn",
	.stresses = "page faults, page-table writes and invalidations",
	.params = params,
	.size = sizeof(struct mmap),
	.init = init,
	.step = step,
	.teardown = teardown,
	.fini = fini,
};
