/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "gen/gen.h"

#include "base/alloc.h"
#include "gen/mix.h"
#include "gen/workload.h"

#define PROGRAM	    0x400000u /* where a static program lies (x86-64 psABI) */
#define FIRST_PID   1
#define PHASE_SETUP 0

enum stage { BEGIN, POPULATE, SETUP, MEASURED, TEARDOWN, END, ENDED };

struct gen {
	struct out out;
	struct trace_meta meta;
	char *origin;
	struct workload *part[SPEC_PARTS_MAX];
	size_t n_parts;
	int is_interleaved;
	uint64_t burst;
	enum stage stage;
	size_t at;	 /* the part whose turn it is */
	uint64_t turn;	 /* operations left of its turn */
	unsigned region; /* the next to populate */
};

/* --- making --- */

static int add_part(struct gen *g, const struct spec *s, struct sim_error *err)
{
	struct workload *w = sim_calloc(1, s->kind->size);
	size_t i = g->n_parts;
	int rc;

	if (!w)
		return sim_fail_nomem(err);
	g->part[g->n_parts++] = w;
	w->kind = s->kind;
	w->spec = s;
	w->pid = FIRST_PID;
	w->code = gva_make(PROGRAM + i * PAGE_BYTES);
	rng_seed(&w->rng, rng_mix(s->seed));
	w->count = workload_value(w, "count");
	rc = s->kind->init(w, &g->out, err);
	if (rc && s->n_parts == 0)
		sim_error_prefix(err, "%s: ", s->kind->name);
	return rc;
}

static int add_parts(struct gen *g, const struct spec *s, struct sim_error *err)
{
	int rc = 0;

	if (s->kind != &mix_kind)
		return add_part(g, s, err);
	if (!s->n_parts)
		return sim_fail(err, SIM_ERANGE, s->name, "a mix needs parts");
	g->is_interleaved = s->value[MIX_ORDER] == MIX_INTERLEAVED;
	g->burst = s->value[MIX_BURST];
	for (size_t i = 0; !rc && i < s->n_parts; i++)
		rc = add_part(g, &s->part[i], err);
	return rc;
}

static int describe(struct gen *g, const struct spec *s, struct sim_error *err)
{
	struct text t = { .s = NULL };

	text_add(&t, "generated: ");
	spec_write(s, SPEC_ONE_LINE, &t);
	g->origin = text_take(&t);
	if (!g->origin)
		return sim_fail_nomem(err);
	g->meta = (struct trace_meta){
		.name = s->name, .origin = g->origin, .tools = PACKAGE_STRING, .n_vcpu = 1
	};
	return 0;
}

int gen_create(struct gen **out, const struct spec *s, struct sim_error *err)
{
	struct gen *g = sim_calloc(1, sizeof(*g));
	int rc;

	if (!g)
		return sim_fail_nomem(err);
	if ((rc = describe(g, s, err)) || (rc = out_init(&g->out, err)) ||
	    (rc = add_parts(g, s, err))) {
		gen_destroy(g);
		return rc;
	}
	*out = g;
	return 0;
}

void gen_destroy(struct gen *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n_parts; i++) {
		if (g->part[i]->kind->fini)
			g->part[i]->kind->fini(g->part[i]);
		sim_free(g->part[i]);
	}
	out_fini(&g->out);
	sim_free(g->origin);
	sim_free(g);
}

const struct trace_meta *gen_meta(const struct gen *g)
{
	return &g->meta;
}

void gen_progress(const struct gen *g, uint64_t *done, uint64_t *all)
{
	*done = *all = 0;
	for (size_t i = 0; i < g->n_parts; i++) {
		*done += g->part[i]->done;
		*all += g->part[i]->count;
	}
}

/* --- running --- */

/* Some stores of a sweep. */
static void sweep(struct workload *w, struct out *o)
{
	struct workload_sweep *s = &w->sweep;

	out_run(o, w->pid, w->code);
	for (unsigned n = OUT_STEP_MAX / 2; n && s->left; n--, s->left--) {
		out_store(o, s->next);
		out_work(o, WORKLOAD_TOUCH);
		s->next.v += s->stride;
	}
}

static void begin(struct gen *g)
{
	struct out *o = &g->out;

	out_event(o, &(struct event){ .kind = EVENT_SWITCH, .pid = FIRST_PID });
	o->pid = FIRST_PID;
	out_map_file(o, FIRST_PID, gva_make(PROGRAM), g->n_parts * PAGE_BYTES,
		     MAPPING_READ | MAPPING_EXEC | MAPPING_FILE, MAPPING_OFFSET(1, 0));
	for (size_t i = 0; i < g->n_parts; i++)
		for (unsigned k = 0; k < g->part[i]->n_regions; k++)
			workload_map(g->part[i], o, FIRST_PID, &g->part[i]->region[k]);
	out_phase(o, PHASE_SETUP, 0);
	g->stage = POPULATE;
}

/* The next part, or what comes when the last has had its turn. */
static void next_part(struct gen *g, enum stage then)
{
	if (++g->at == g->n_parts) {
		g->at = 0;
		g->stage = then;
	}
}

static void populate(struct gen *g)
{
	struct workload *w = g->part[g->at];
	const struct workload_region *r = &w->region[g->region];
	uint64_t all = 0;

	if (g->region == w->n_regions) {
		g->region = 0;
		next_part(g, SETUP);
		return;
	}
	for (unsigned i = 0; i < w->n_regions; i++)
		all += w->region[i].bytes;
	if (workload_populates(w, all))
		workload_touch_pages(w, r->gva, r->bytes / PAGE_BYTES);
	g->region++;
}

static void begin_measured(struct gen *g)
{
	out_phase(&g->out, (uint32_t)(g->is_interleaved ? 1 : g->at + 1), 0);
	g->turn = g->burst;
}

static void end_measured(struct gen *g)
{
	out_phase(&g->out, (uint32_t)(g->is_interleaved ? 1 : g->at + 1), 1);
}

/* A step of what a kind need not have; true when there is more of it. */
static int goes_on(struct gen *g, enum workload_status (*step)(struct workload *, struct out *))
{
	struct workload *w = g->part[g->at];

	if (!step)
		return 0;
	out_run(&g->out, w->pid, w->code);
	return step(w, &g->out) == WORKLOAD_MORE;
}

static void set_up(struct gen *g)
{
	if (goes_on(g, g->part[g->at]->kind->setup))
		return;
	next_part(g, MEASURED);
	if (g->stage == MEASURED) {
		out_phase(&g->out, PHASE_SETUP, 1);
		begin_measured(g);
	}
}

/* An interleaved part's turn is over: the next one that has something left. False: none has. */
static int change_turns(struct gen *g)
{
	for (size_t i = 1; i <= g->n_parts; i++) {
		size_t next = (g->at + i) % g->n_parts;

		if (g->part[next]->done < g->part[next]->count) {
			g->at = next;
			g->turn = g->burst;
			return 1;
		}
	}
	return 0;
}

/* The part whose turn it is has come to the end of its turn or of its work. */
static void part_rests(struct gen *g)
{
	if (g->is_interleaved ? change_turns(g) : 0)
		return;
	end_measured(g);
	if (g->is_interleaved) {
		g->at = 0;
		g->stage = TEARDOWN;
		return;
	}
	next_part(g, TEARDOWN);
	if (g->stage == MEASURED)
		begin_measured(g);
}

static void measured(struct gen *g)
{
	struct workload *w = g->part[g->at];

	if (w->done == w->count || (g->is_interleaved && !g->turn)) {
		part_rests(g);
		return;
	}
	out_run(&g->out, w->pid, w->code);
	if (w->kind->step(w, &g->out) == WORKLOAD_DONE) {
		w->done++;
		g->turn -= g->is_interleaved ? 1 : 0;
	}
}

static void tear_down(struct gen *g)
{
	if (!goes_on(g, g->part[g->at]->kind->teardown))
		next_part(g, END);
}

static void advance(struct gen *g)
{
	if (g->part[g->at]->sweep.left) {
		sweep(g->part[g->at], &g->out);
		return;
	}
	switch (g->stage) {
	case BEGIN:
		begin(g);
		break;
	case POPULATE:
		populate(g);
		break;
	case SETUP:
		set_up(g);
		break;
	case MEASURED:
		measured(g);
		break;
	case TEARDOWN:
		tear_down(g);
		break;
	case END:
		out_end(&g->out);
		g->stage = ENDED;
		break;
	case ENDED:
		break;
	}
}

int gen_next(struct gen *g, struct batch *b)
{
	if (g->stage == ENDED)
		return SIM_EOF;
	out_begin(&g->out);
	while (g->stage != ENDED && out_room(&g->out) >= OUT_STEP_MAX)
		advance(g);
	*b = out_batch(&g->out);
	return 0;
}
