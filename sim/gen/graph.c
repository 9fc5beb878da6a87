/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * graph.c - random walk and breadth-first search over a graph with a power law, in CSR
 *
 * Three arrays, as every framework has them: offsets (8 bytes a vertex, and one more), edges (the
 * neighbour's id, 4 bytes), data (8 bytes a vertex: rank, parent). The vertex of rank r has
 * max(1, c r^-skew) neighbours, equal in a range of ranks (zipf_rank.h), c such that all have `degree` in
 * the mean; each neighbour is drawn with a chance proportional to its degree, and always the same for an
 * edge: the configuration model, by hashing. A table of ranges gives where a list of edges begins; lists
 * lie in the order of degree, vertices by their id: anywhere, or in the order of degree too.
 *
 *     walk   reads offsets[v], offsets[v+1], one of v's edges, data[neighbour], and goes there
 *     bfs    takes v from the queue, reads its offsets and then each edge and its neighbour's data;
 *            a neighbour not seen before is stored to and put into the queue. When the queue is empty, data
 *            is cleared and another root taken. Seen or not is kept for real.
 *
 * Operations are steps of the walk, or edges. 10 instructions a step or a vertex, 6 an edge.
 *
 * Memory: 64 bytes a range; bfs also 33 bits a vertex.
 */
#include "base/alloc.h"
#include "gen/workload.h"
#include "gen/zipf_rank.h"

#define OFFSET	     8
#define EDGE	     4
#define EDGE_LOG     2
#define DATA	     8
#define WORK	     10
#define WORK_EDGE    6
#define VERTICES_MAX ((uint64_t)1 << 32) /* ids of 4 bytes */
#define BFS_MAX	     ((uint64_t)1 << 26) /* 272 MiB for what has been seen */

static const char *const kind_names[] = { "walk", "bfs", NULL };
static const char *const order_names[] = { "random", "degree", NULL };

/* Vertices of one range of ranks: each as many edges. */
struct graph_range {
	uint64_t degree, edges; /* of a vertex, of all before the range */
};

struct graph {
	struct workload w;
	gva_t offsets, edges, data, queue;
	uint64_t n, in_order, seed;
	struct rng_permutation place;
	struct zipf zipf;
	struct graph_range *range;
	uint64_t at; /* rank */
	/* bfs */
	uint64_t *seen;	 /* a bit a rank */
	uint32_t *waits; /* ring of n ranks */
	uint64_t head, tail, edge, edge_end;
};

static uint64_t id_of(const struct graph *g, uint64_t rank)
{
	return g->in_order ? rank : rng_permuted(&g->place, rank);
}

/* The first edge of a vertex; *degree: how many there are. */
static uint64_t edges_of(const struct graph *g, uint64_t rank, uint64_t *degree)
{
	uint32_t i = zipf_range_of(rank);
	const struct graph_range *r = &g->range[i];

	*degree = r->degree;
	return r->edges + (rank + 1 - g->zipf.range[i].first) * r->degree;
}

/* Where an edge leads. */
static uint64_t neighbour(const struct graph *g, uint64_t edge)
{
	struct rng r;

	rng_seed(&r, rng_mix(g->seed ^ edge));
	return zipf_draw(&g->zipf, &r);
}

/* --- making it --- */

/* Returns the number of edges. */
static uint64_t give_degrees(struct graph *g, uint64_t degree)
{
	double sum = 0, scale;
	uint64_t edges = 0;

	for (uint32_t i = 0; i < g->zipf.n_ranges; i++) {
		double all = zipf_weight(&g->zipf, i) * (double)g->zipf.range[i].width;

		sum += all;
	}
	scale = (double)(degree * g->n) / sum;
	for (uint32_t i = 0; i < g->zipf.n_ranges; i++) {
		double d = scale * zipf_weight(&g->zipf, i);

		g->range[i].degree = d >= 1 ? (uint64_t)d : 1;
		if (g->range[i].degree > g->n)
			g->range[i].degree = g->n;
		g->range[i].edges = edges;
		edges += g->range[i].degree * g->zipf.range[i].width;
	}
	return edges;
}

static int reserve(struct graph *g, struct out *o, uint64_t edges, struct sim_error *err)
{
	int rc;

	if ((rc = workload_region(&g->w, o, (g->n + 1) * OFFSET, &g->offsets, err)) ||
	    (rc = workload_region(&g->w, o, edges * EDGE, &g->edges, err)) ||
	    (rc = workload_region(&g->w, o, g->n * DATA, &g->data, err)))
		return rc;
	return g->seen ? workload_region(&g->w, o, g->n * EDGE, &g->queue, err) : 0;
}

static int init_bfs(struct graph *g, struct sim_error *err)
{
	if (g->n > BFS_MAX)
		return sim_fail(err, SIM_ERANGE, g->w.spec->name,
				"bfs keeps what it has seen: vertices is at most 64M");
	g->seen = sim_calloc((g->n + 63) / 64, sizeof(*g->seen));
	g->waits = sim_calloc(g->n, sizeof(*g->waits));
	return g->seen && g->waits ? 0 : sim_fail_nomem(err);
}

static int init(struct workload *w, struct out *o, struct sim_error *err)
{
	struct graph *g = (struct graph *)w;
	int rc;

	g->n = workload_value(w, "vertices");
	g->in_order = workload_value(w, "order");
	g->seed = rng_next(&w->rng);
	rng_permutation_init(&g->place, g->n, rng_next(&w->rng));
	rc = workload_value(w, "kind") ? init_bfs(g, err) : 0;
	if (!rc)
		rc = zipf_init(&g->zipf, g->n, (unsigned)workload_value(w, "skew"), err);
	if (rc)
		return rc;
	g->range = sim_calloc(g->zipf.n_ranges, sizeof(*g->range));
	if (!g->range)
		return sim_fail_nomem(err);
	g->at = rng_below(&w->rng, g->n);
	return reserve(g, o, give_degrees(g, workload_value(w, "degree")), err);
}

static void fini(struct workload *w)
{
	struct graph *g = (struct graph *)w;

	zipf_fini(&g->zipf);
	sim_free(g->range);
	sim_free(g->seen);
	sim_free(g->waits);
}

/* --- using it --- */

static void load_edge(const struct graph *g, struct out *o, uint64_t edge)
{
	out_access(o, OP_LOAD, workload_at(g->edges, edge * EDGE), EDGE_LOG);
}

static void load_offsets(const struct graph *g, struct out *o, uint64_t rank)
{
	gva_t at = workload_at(g->offsets, id_of(g, rank) * OFFSET);

	out_load(o, at);
	out_load(o, workload_at(at, OFFSET));
	out_work(o, WORK);
}

static void walk(struct graph *g, struct out *o)
{
	uint64_t degree, first = edges_of(g, g->at, &degree);
	uint64_t edge = first + rng_below(&g->w.rng, degree);

	load_offsets(g, o, g->at);
	load_edge(g, o, edge);
	g->at = neighbour(g, edge);
	out_load(o, workload_at(g->data, id_of(g, g->at) * DATA));
	out_work(o, WORK_EDGE);
}

static void put_in_queue(struct graph *g, struct out *o, uint64_t rank)
{
	g->seen[rank / 64] |= (uint64_t)1 << rank % 64;
	out_store(o, workload_at(g->data, id_of(g, rank) * DATA));
	out_access(o, OP_STORE, workload_at(g->queue, g->tail % g->n * EDGE), EDGE_LOG);
	g->waits[g->tail++ % g->n] = (uint32_t)rank;
}

/* Another search: all is unseen, data is cleared by the sweep that follows. */
static void begin_again(struct graph *g, struct out *o)
{
	for (uint64_t i = 0; i < (g->n + 63) / 64; i++)
		g->seen[i] = 0;
	if (g->tail)
		workload_touch_pages(&g->w, g->data,
				     (g->n * DATA + PAGE_BYTES - 1) / PAGE_BYTES);
	g->head = g->tail = 0;
	put_in_queue(g, o, rng_below(&g->w.rng, g->n));
}

static void take_from_queue(struct graph *g, struct out *o)
{
	uint64_t degree;

	out_access(o, OP_LOAD, workload_at(g->queue, g->head % g->n * EDGE), EDGE_LOG);
	g->at = g->waits[g->head++ % g->n];
	load_offsets(g, o, g->at);
	g->edge = edges_of(g, g->at, &degree);
	g->edge_end = g->edge + degree;
}

static enum workload_status search(struct graph *g, struct out *o)
{
	uint64_t to;

	if (g->edge == g->edge_end) {
		if (g->head == g->tail)
			begin_again(g, o);
		else
			take_from_queue(g, o);
		return WORKLOAD_MORE;
	}
	load_edge(g, o, g->edge);
	to = neighbour(g, g->edge++);
	out_load(o, workload_at(g->data, id_of(g, to) * DATA));
	out_work(o, WORK_EDGE);
	if (!(g->seen[to / 64] >> to % 64 & 1))
		put_in_queue(g, o, to);
	return WORKLOAD_DONE;
}

static enum workload_status step(struct workload *w, struct out *o)
{
	struct graph *g = (struct graph *)w;

	if (g->seen)
		return search(g, o);
	walk(g, o);
	return WORKLOAD_DONE;
}

static const struct param params[] = {
	WORKLOAD_COUNT("1M", "steps or edges"),
	WORKLOAD_CHOICE("kind", "walk", kind_names, "random walk, or breadth-first search"),
	{ "vertices", PARAM_AMOUNT, "1M", 1, VERTICES_MAX, NULL, "vertices",
	  "in the graph; 64M at most with bfs" },
	{ "degree", PARAM_AMOUNT, "16", 1, 4096, NULL, "edges", "of a vertex, in the mean" },
	{ "skew", PARAM_THOUSANDTHS, "0.7", 0, 2000, NULL, "",
	  "a vertex of rank r has r^-skew as many edges as the first" },
	WORKLOAD_CHOICE("order", "random", order_names, "how vertices are numbered"),
	WORKLOAD_POPULATE,
	WORKLOAD_PAGES,
	{ .name = NULL },
};

const struct workload_kind graph_kind = {
	.name = "graph",
	.stresses = "irregular reads of three arrays, hubs hot, the rest cold",
	.params = params,
	.size = sizeof(struct graph),
	.init = init,
	.step = step,
	.fini = fini,
};
