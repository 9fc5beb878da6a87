/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * switch_ring.c - processes that pass a token round: context switches
 *
 * The first process forks the others, and each becomes a program of its own (exec) with `bytes` of memory at
 * the same addresses. The token is a word of a page that all share. In its turn a process loads the
 * token, makes `touch` accesses to its memory, one store after three loads, and stores the token; then the
 * next one runs. 150 instructions a turn at CPL 3 (reading and writing a pipe), 5 an access.
 *
 * Memory: 4 bytes a process.
 */
#include "base/alloc.h"
#include "gen/workload.h"

#define WORK		150
#define WORK_ACCESS	5
#define PROCESSES_MAX	4096
#define ACCESSES_A_STEP 256
#define TOKEN_FILE	2
#define WORD		8

static const char *const order_names[] = { "random", "sequential", NULL };

struct ring {
	struct workload w;
	gva_t base, token;
	uint64_t bytes, processes, touch, in_order;
	uint32_t *pid;
	uint64_t turn; /* whose; in set-up and teardown: the next to make or end */
	uint64_t left; /* accesses of this turn */
	uint64_t at;   /* sequential: a word, the same for all */
	enum { SETUP, BEGINS, RUNS } state;
};

static void map_all(struct ring *r, struct out *o, uint32_t pid)
{
	const struct workload_region m = { r->base, r->bytes };

	workload_map(&r->w, o, pid, &m);
	out_map_file(o, pid, r->token, PAGE_BYTES,
		     MAPPING_READ | MAPPING_WRITE | MAPPING_FILE | MAPPING_SHARED,
		     MAPPING_OFFSET(TOKEN_FILE, 0));
	if (workload_populates(&r->w, r->bytes * r->processes))
		workload_touch_pages(&r->w, r->base, r->bytes / PAGE_BYTES);
}

/* In turns: the first process forks the next one, and that one starts its program. */
static enum workload_status setup(struct workload *w, struct out *o)
{
	struct ring *r = (struct ring *)w;

	if (!r->turn) {
		r->pid[r->turn++] = w->pid;
		map_all(r, o, w->pid);
		return WORKLOAD_MORE;
	}
	if (r->state == BEGINS) {
		out_exec(o, w->pid);
		out_map_file(o, w->pid, w->code, PAGE_BYTES,
			     MAPPING_READ | MAPPING_EXEC | MAPPING_FILE, MAPPING_OFFSET(1, 0));
		map_all(r, o, w->pid);
		r->turn++;
		r->state = SETUP;
		return WORKLOAD_MORE;
	}
	w->pid = r->pid[0];
	if (r->turn == r->processes) {
		r->turn = 0;
		r->state = BEGINS;
		return WORKLOAD_DONE;
	}
	r->pid[r->turn] = out_fork(o, w->pid);
	w->pid = r->pid[r->turn];
	r->state = BEGINS;
	return WORKLOAD_MORE;
}

static void access_some(struct ring *r, struct out *o)
{
	uint64_t words = r->bytes / WORD, n = r->left;

	if (n > ACCESSES_A_STEP)
		n = ACCESSES_A_STEP;
	for (r->left -= n; n; n--) {
		uint64_t word = r->in_order ? r->at++ % words : rng_below(&r->w.rng, words);

		out_access(o, n % 4 ? OP_LOAD : OP_STORE, workload_at(r->base, word * WORD), 3);
		out_work(o, WORK_ACCESS);
	}
}

static enum workload_status step(struct workload *w, struct out *o)
{
	struct ring *r = (struct ring *)w;

	if (r->state == BEGINS) {
		out_load(o, r->token);
		out_work(o, WORK);
		r->left = r->touch;
		r->state = RUNS;
	}
	access_some(r, o);
	if (r->left)
		return WORKLOAD_MORE;
	out_store(o, r->token);
	r->turn = r->turn + 1 < r->processes ? r->turn + 1 : 0;
	w->pid = r->pid[r->turn];
	r->state = BEGINS;
	return WORKLOAD_DONE;
}

/* All but the first exit; each is switched to before its step. */
static enum workload_status teardown(struct workload *w, struct out *o)
{
	struct ring *r = (struct ring *)w;

	if (r->state == BEGINS) {
		r->turn = 0;
		r->state = RUNS;
	} else {
		out_exit(o, w->pid);
	}
	if (++r->turn < r->processes) {
		w->pid = r->pid[r->turn];
		return WORKLOAD_MORE;
	}
	w->pid = r->pid[0];
	return WORKLOAD_DONE;
}

static int init(struct workload *w, struct out *o, struct sim_error *err)
{
	struct ring *r = (struct ring *)w;
	int rc;

	r->bytes = workload_value(w, "bytes");
	if (r->bytes % PAGE_BYTES)
		return sim_fail(err, SIM_ERANGE, w->spec->name,
				"bytes must be whole pages (4096)");
	r->processes = workload_value(w, "processes");
	r->touch = workload_value(w, "touch");
	r->in_order = workload_value(w, "order");
	r->pid = sim_calloc(r->processes, sizeof(*r->pid));
	if (!r->pid)
		return sim_fail_nomem(err);
	rc = workload_region(w, o, r->bytes, &r->base, err);
	if (rc)
		return rc;
	r->bytes = w->region[0].bytes; /* whole huge pages, if so wanted */
	w->n_regions = 0;	       /* each process maps its own */
	r->token = out_reserve(o, PAGE_BYTES);
	return 0;
}

static void fini(struct workload *w)
{
	sim_free(((struct ring *)w)->pid);
}

static const struct param params[] = {
	WORKLOAD_COUNT("16K", "turns"),
	{ "processes", PARAM_AMOUNT, "4", 2, PROCESSES_MAX, NULL, "processes", "in the ring" },
	{ "bytes", PARAM_AMOUNT, "256K", 4096, (uint64_t)1 << 40, NULL, "bytes",
	  "memory of each process" },
	{ "touch", PARAM_AMOUNT, "64", 1, (uint64_t)1 << 32, NULL, "accesses", "in a turn" },
	WORKLOAD_CHOICE("order", "random", order_names, "of accesses"),
	WORKLOAD_POPULATE,
	WORKLOAD_PAGES,
	{ .name = NULL },
};

const struct workload_kind switch_kind = {
	.name = "switch-ring",
	.stresses = "CR3 writes, TLB tags (PCID), shadow roots",
	.params = params,
	.size = sizeof(struct ring),
	.init = init,
	.setup = setup,
	.step = step,
	.teardown = teardown,
	.fini = fini,
};
