/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/results.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

uint64_t results_refs(const struct counters *c)
{
	return c->walk_refs_guest + c->walk_refs_host;
}

double results_refs_per_walk(const struct counters *c)
{
	return c->walks ? (double)results_refs(c) / (double)c->walks : 0.0;
}

static uint64_t accesses(const struct counters *c)
{
	return c->loads + c->stores + c->fetches;
}

static uint64_t l1_tlb_misses(const struct counters *c)
{
	return c->l1d_tlb_misses + c->l1i_tlb_misses;
}

/* A column of the summary that is a counter, or computed from some. */
static const struct column {
	const char *name;
	unsigned id; /* when value is NULL */
	uint64_t (*value)(const struct counters *c);
} columns[] = {
	{ "instructions", COUNTER_instructions, NULL },
	{ "accesses", 0, accesses },
	{ "guest_page_faults", COUNTER_guest_page_faults, NULL },
	{ "pte_writes", COUNTER_pte_writes, NULL },
	{ "cr3_writes", COUNTER_cr3_writes, NULL },
	{ "guest_invlpg", COUNTER_guest_invlpg, NULL },
	{ "l1_tlb_misses", 0, l1_tlb_misses },
	{ "stlb_misses", COUNTER_stlb_misses, NULL },
	{ "walks", COUNTER_walks, NULL },
	{ "walk_refs", 0, results_refs },
	{ "exits", COUNTER_exits, NULL },
	{ "host_faults", COUNTER_host_faults, NULL },
	{ "guest_table_pages_peak", COUNTER_guest_table_pages_peak, NULL },
	{ "shadow_pages_peak", COUNTER_shadow_pages_peak, NULL },
	{ "tdp_pages_peak", COUNTER_tdp_pages_peak, NULL },
};
#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

int results_create(struct results *r, const struct plan *p, struct sim_error *err)
{
	int rc = 0;

	*r = (struct results){ .plan = p };
	r->sheet = sim_calloc(p->n_rows, sizeof(*r->sheet));
	if (!r->sheet)
		return sim_fail_nomem(err);
	for (size_t i = 0; i < p->n_rows && !rc; i++) {
		struct row row = plan_row(p, i);
		const struct point *pt = &p->point[row.point];

		if (pt->setup.is_real)
			continue;
		rc = cost_price(&p->price[row.price], &pt->counters, &r->sheet[i], err);
		if (rc)
			sim_error_prefix(err, "%s: ", pt->key);
	}
	if (rc)
		results_fini(r);
	return rc;
}

const struct point *results_point(const struct results *r, size_t i)
{
	return &r->plan->point[plan_row(r->plan, i).point];
}

bool results_is_real(const struct results *r, size_t i)
{
	return results_point(r, i)->setup.is_real;
}

double results_predicted_ns(const struct results *r, size_t i)
{
	const struct cost_params *price = &r->plan->price[plan_row(r->plan, i).price];

	return (r->sheet[i].ideal + r->sheet[i].extra) / price->clock_ghz;
}

double results_unfitted(const struct results *r, size_t i)
{
	const struct cost_params *price = &r->plan->price[plan_row(r->plan, i).price];
	const struct counters *c = &results_point(r, i)->counters;
	double cycles = 0.0;

	if (!price->is_measured[COUNTER_instructions])
		cycles += price->base_cpi * (double)c->instructions;
	for (unsigned id = 0; id < COUNTER_COUNT; id++)
		if (cost_has_price(id) && !price->is_measured[id])
			cycles += price->cycles[id] * (double)counters_at(c, id);
	return cycles / (r->sheet[i].ideal + r->sheet[i].extra);
}

void results_fini(struct results *r)
{
	sim_free(r->sheet);
	*r = (struct results){ .plan = NULL };
}

static void print_axis_names(struct text *f, const struct plan *p)
{
	for (unsigned k = 0; k < p->e->n_axes; k++)
		text_add(f, "%s%s", k ? "," : "", p->e->axis[k].name);
}

static void print_axis_values(struct text *f, const struct plan *p, const struct row *row)
{
	char text[AXIS_TEXT_MAX];

	for (unsigned k = 0; k < p->e->n_axes; k++)
		text_add(f, "%s%s", k ? "," : "", axis_text(&p->e->axis[k], row->at[k], text));
}

static void print_summary_head(struct text *f, const struct plan *p)
{
	print_axis_names(f, p);
	for (size_t i = 0; i < N_COLUMNS; i++)
		text_add(f, ",%s", columns[i].name);
	text_add(f, ",refs_per_walk");
	for (unsigned i = 0; i < COST_COMPONENT_COUNT; i++)
		text_add(f, ",cycles_%s", cost_component_info[i].name);
	text_add(f, ",extra_cycles,ideal_cycles,overhead_percent\n");
}

static void print_summary_line(struct text *f, const struct results *r, size_t i)
{
	struct row row = plan_row(r->plan, i);
	const struct counters *c = &r->plan->point[row.point].counters;
	const struct cost_sheet *s = &r->sheet[i];

	print_axis_values(f, r->plan, &row);
	for (size_t k = 0; k < N_COLUMNS; k++)
		text_add(f, ",%" PRIu64,
			 columns[k].value ? columns[k].value(c)
					  : counters_at(c, columns[k].id));
	text_add(f, ",%.4f", results_refs_per_walk(c));
	for (unsigned k = 0; k < COST_COMPONENT_COUNT; k++)
		text_add(f, ",%.0f", s->cycles[k]);
	text_add(f, ",%.0f,%.0f,%.6f\n", s->extra, s->ideal, s->overhead);
}

char *results_summary(const struct results *r)
{
	struct text text = { .s = NULL }, *f = &text;

	print_summary_head(f, r->plan);
	for (size_t i = 0; i < r->plan->n_rows; i++)
		if (!results_is_real(r, i))
			print_summary_line(f, r, i);
	return text_take(&text);
}

static bool is_reason(unsigned id)
{
	return !strncmp(counter_info[id].name, "exit_", 5);
}

char *results_exits(const struct results *r)
{
	struct text text = { .s = NULL }, *f = &text;

	print_axis_names(f, r->plan);
	text_add(f, ",instructions");
	for (unsigned id = 0; id < COUNTER_COUNT; id++)
		if (is_reason(id))
			text_add(f, ",%s", counter_info[id].name);
	text_add(f, "\n");
	for (size_t i = 0; i < r->plan->n_rows; i++) {
		struct row row = plan_row(r->plan, i);
		const struct counters *c = &r->plan->point[row.point].counters;

		if (results_is_real(r, i))
			continue;
		print_axis_values(f, r->plan, &row);
		text_add(f, ",%" PRIu64, c->instructions);
		for (unsigned id = 0; id < COUNTER_COUNT; id++)
			if (is_reason(id))
				text_add(f, ",%" PRIu64, counters_at(c, id));
		text_add(f, "\n");
	}
	return text_take(&text);
}

/* Counters that both sides have, beside the times. */
static const unsigned compared[] = { COUNTER_exits,	COUNTER_pf_taken,   COUNTER_pf_fixed,
				     COUNTER_pf_guest,	COUNTER_pf_emulate, COUNTER_invlpg,
				     COUNTER_mmio_exits };
#define N_COMPARED (sizeof(compared) / sizeof(compared[0]))

static void print_times(struct text *f, const struct results *r, size_t i)
{
	const struct point *pt = results_point(r, i);
	const struct real_times *t = &pt->times;

	if (!pt->setup.is_real)
		text_add(f, ",%" PRIu64 ",,,,%.0f,%.2f\n", pt->counters.stlb_misses,
			 results_predicted_ns(r, i), 100.0 * results_unfitted(r, i));
	else if (t->has_tlb_misses)
		text_add(f, ",%" PRIu64, t->tlb_misses);
	else
		text_add(f, ",");
	if (pt->setup.is_real)
		text_add(f, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",,\n", t->ns.median, t->ns.low,
			 t->ns.high);
}

char *results_times(const struct results *r)
{
	struct text text = { .s = NULL }, *f = &text;

	print_axis_names(f, r->plan);
	text_add(f, ",accesses");
	for (size_t k = 0; k < N_COMPARED; k++)
		text_add(f, ",%s", counter_info[compared[k]].name);
	text_add(f, ",tlb_misses,measured_ns,measured_low_ns,measured_high_ns,predicted_ns,"
		    "unfitted_percent\n");
	for (size_t i = 0; i < r->plan->n_rows; i++) {
		struct row row = plan_row(r->plan, i);
		const struct counters *c = &results_point(r, i)->counters;

		print_axis_values(f, r->plan, &row);
		text_add(f, ",%" PRIu64, c->instructions);
		for (size_t k = 0; k < N_COMPARED; k++)
			text_add(f, ",%" PRIu64, counters_at(c, compared[k]));
		print_times(f, r, i);
	}
	return text_take(&text);
}
