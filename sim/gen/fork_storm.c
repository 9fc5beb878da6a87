/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fork_storm.c - processes that are forked, run shortly and exit
 *
 * A round: the parent forks `children`, then stores to `parent` percent of its pages; each child stores to
 * `touch` percent of them and exits, and is waited for. Pages are chosen at random, none twice, others
 * for each. With `child` = exec, a child first becomes another program of `image` bytes and stores to all
 * of that instead. 200 instructions around a fork at CPL 3 (the C library's handlers), 4 a page; the
 * kernel's own work is not in the stream.
 *
 * Memory: 4 bytes a child of a round.
 */
#include "gen/workload.h"

#define WORK	     200
#define CHILDREN_MAX 256
#define PAGES_A_STEP 128

enum { CHILD_TOUCHES, CHILD_EXECS };

static const char *const child_names[] = { "touch", "exec", NULL };

struct fork {
	struct workload w;
	gva_t base, image;
	uint64_t pages, image_bytes, children;
	uint64_t parent_pages, child_pages, execs;
	enum { FORKING, PARENT, CHILD_BEGINS, CHILD_RUNS } state;
	uint64_t child; /* of this round */
	uint32_t pid[CHILDREN_MAX];
	struct rng_permutation choice;
	uint64_t touched;
};

static void choose_pages(struct fork *f)
{
	rng_permutation_init(&f->choice, f->pages, rng_next(&f->w.rng));
	f->touched = 0;
}

/* Stores to more of `all` chosen pages; true when that was the last. */
static int touch_some(struct fork *f, struct out *o, uint64_t all)
{
	uint64_t end = f->touched + PAGES_A_STEP < all ? f->touched + PAGES_A_STEP : all;

	for (; f->touched < end; f->touched++) {
		uint64_t page = rng_permuted(&f->choice, f->touched);

		out_store(o, workload_at(f->base, page * PAGE_BYTES));
		out_work(o, WORKLOAD_TOUCH);
	}
	return f->touched == all;
}

static void become_another(struct fork *f, struct out *o)
{
	const struct workload_region r = { f->image, f->image_bytes };

	out_exec(o, f->w.pid);
	out_map_file(o, f->w.pid, f->w.code, PAGE_BYTES,
		     MAPPING_READ | MAPPING_EXEC | MAPPING_FILE, MAPPING_OFFSET(1, 0));
	workload_map(&f->w, o, f->w.pid, &r);
	workload_touch_pages(&f->w, f->image, f->image_bytes / PAGE_BYTES);
}

static void fork_one(struct fork *f, struct out *o)
{
	f->pid[f->child++] = out_fork(o, f->w.pid);
	out_work(o, WORK);
	if (f->child < f->children && f->w.done + f->child < f->w.count)
		return;
	f->children = f->child; /* the last round may be smaller */
	f->child = 0;
	f->state = PARENT;
	choose_pages(f);
}

/* The next step is the child's, which is switched to before it. */
static void begin_child(struct fork *f)
{
	f->w.pid = f->pid[f->child];
	f->state = CHILD_BEGINS;
	choose_pages(f);
}

static void leave_child(struct fork *f, struct out *o)
{
	out_exit(o, f->w.pid);
	f->w.pid = 1;
	if (++f->child < f->children) {
		begin_child(f);
		return;
	}
	f->child = 0;
	f->children = workload_value(&f->w, "children");
	f->state = FORKING;
}

static enum workload_status step(struct workload *w, struct out *o)
{
	struct fork *f = (struct fork *)w;

	switch (f->state) {
	case FORKING:
		fork_one(f, o);
		break;
	case PARENT:
		if (touch_some(f, o, f->parent_pages))
			begin_child(f);
		break;
	case CHILD_BEGINS:
		if (f->execs)
			become_another(f, o);
		f->state = CHILD_RUNS;
		break;
	case CHILD_RUNS:
		if (f->execs || touch_some(f, o, f->child_pages)) {
			leave_child(f, o);
			return WORKLOAD_DONE;
		}
		break;
	}
	return WORKLOAD_MORE;
}

static int init(struct workload *w, struct out *o, struct sim_error *err)
{
	struct fork *f = (struct fork *)w;
	uint64_t bytes = workload_value(w, "bytes");
	int rc;

	f->image_bytes = workload_value(w, "image");
	if (bytes % PAGE_BYTES || f->image_bytes % PAGE_BYTES)
		return sim_fail(err, SIM_ERANGE, w->spec->name,
				"bytes and image must be whole pages (4096)");
	f->pages = bytes / PAGE_BYTES;
	f->children = workload_value(w, "children");
	f->parent_pages = f->pages * workload_value(w, "parent") / 100;
	f->child_pages = f->pages * workload_value(w, "touch") / 100;
	f->execs = workload_value(w, "child") == CHILD_EXECS;
	if ((rc = workload_region(w, o, bytes, &f->base, err)) ||
	    (rc = workload_region(w, o, f->image_bytes, &f->image, err)))
		return rc;
	f->image_bytes = w->region[1].bytes; /* whole huge pages, if so wanted */
	w->n_regions = 1;		     /* the image is the child's */
	return 0;
}

static const struct param params[] = {
	WORKLOAD_COUNT("64", "forks"),
	{ "bytes", PARAM_AMOUNT, "16M", 4096, (uint64_t)1 << 40, NULL, "bytes",
	  "memory of the parent" },
	{ "children", PARAM_AMOUNT, "1", 1, CHILDREN_MAX, NULL, "processes", "at a time" },
	WORKLOAD_CHOICE("child", "touch", child_names, "what it does"),
	WORKLOAD_PERCENT("touch", "10", "pages that a child stores to"),
	WORKLOAD_PERCENT("parent", "10", "pages that the parent stores to while they live"),
	{ "image", PARAM_AMOUNT, "1M", 4096, (uint64_t)1 << 32, NULL, "bytes",
	  "of the program that an exec begins" },
	WORKLOAD_POPULATE,
	WORKLOAD_PAGES,
	{ .name = NULL },
};

const struct workload_kind fork_kind = {
	.name = "fork-storm",
	.stresses = "fork, copy on write, exit: whole tables written and torn down",
	.params = params,
	.size = sizeof(struct fork),
	.init = init,
	.step = step,
};
