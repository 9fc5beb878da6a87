/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/measure_report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/table.h"

/* Median, half the distance of the quartiles: both less the ends of batches. */
struct timing {
	double ns, spread;
};

static struct timing timing_of(const struct measure *m, const struct measure_result *r)
{
	struct sample_summary s = sample_summary(&r->sample);
	double bells = (double)r->batches * (double)measure_bell_ns(m);

	return (struct timing){ fmax((double)s.median - bells, 0.0),
				(double)(s.high - s.low) / 2 };
}

/* --- accesses --- */

/* The result for the same working set, gone through in that way on that side. */
static const struct measure_result *find(const struct measure *m,
					 const struct measure_plan_point *like, bool is_chained,
					 enum measure_side side)
{
	for (size_t i = 0; i < measure_count(m); i++) {
		const struct measure_result *r = measure_at(m, i);

		if (r->side == side && r->point->pages == like->pages &&
		    r->point->page_level == like->page_level &&
		    r->point->style.is_chained == is_chained && r->sample.n)
			return r;
	}
	return NULL;
}

static void add_access(struct table *t, const struct measure *m, const struct measure_result *r)
{
	struct timing time;
	double n;

	if (!r) {
		table_add(t, TABLE_RIGHT, "-");
		table_add(t, TABLE_LEFT, "%s", "");
		return;
	}
	time = timing_of(m, r);
	n = (double)r->point->accesses;
	table_add(t, TABLE_RIGHT, "%.2f", time.ns / n);
	table_add(t, TABLE_LEFT, "+-%.2f", time.spread / n);
}

static void add_access_row(struct table *t, const struct measure *m,
			   const struct measure_plan_point *pt)
{
	uint64_t kib = pt->pages * 4;

	table_add(t, TABLE_RIGHT, "%" PRIu64 " %s", kib < 1024 ? kib : kib / 1024,
		  kib < 1024 ? "KiB" : "MiB");
	table_add(t, TABLE_LEFT, pt->page_level == LEVEL_2M ? "2M" : "4K");
	for (unsigned i = 0; i < 4; i++)
		add_access(t, m, find(m, pt, i < 2, i % 2 ? MEASURE_PLAIN : MEASURE_GUEST));
}

static int report_accesses(const struct measure *m, FILE *f, struct sim_error *err)
{
	static const char *const head[] = { "dependent: guest", "plain", "independent: guest",
					    "plain" };
	struct table t;
	int rc = table_init(&t, 10, err);

	if (rc)
		return rc;
	table_add(&t, TABLE_RIGHT, "working set");
	table_add(&t, TABLE_LEFT, "pages");
	for (unsigned i = 0; i < 4; i++) {
		table_add(&t, TABLE_RIGHT, "%s", head[i]);
		table_add(&t, TABLE_LEFT, "%s", "");
	}
	for (size_t i = 0; i < measure_count(m); i++) {
		const struct measure_result *r = measure_at(m, i);

		if (r->point->pages && r->point->style.is_chained && r->side == MEASURE_GUEST)
			add_access_row(&t, m, r->point);
	}
	fputs("Time of an access in ns, each to another page; median, and half of what lies "
	      "between the quartiles\n\n",
	      f);
	rc = table_print(&t, 1, f, err);
	table_fini(&t);
	return rc;
}

/* --- events --- */

static void add_event_row(struct table *t, const struct measure *m,
			  const struct measure_result *r)
{
	struct timing time = timing_of(m, r);
	double n = (double)r->point->events;

	/* of the end of a batch itself, nothing is taken off */
	if (!strcmp(r->point->name, MEASURE_BELL))
		time.ns = (double)sample_summary(&r->sample).median;
	table_add(t, TABLE_LEFT, "%s", r->point->name);
	table_add(t, TABLE_RIGHT, "%.3f", 1e-3 * time.ns / n);
	table_add(t, TABLE_LEFT, "+-%.3f", 1e-3 * time.spread / n);
	table_add(t, TABLE_RIGHT, "%" PRIu64, r->point->events);
	table_add(t, TABLE_RIGHT, "%" PRIu64, r->kvm.pf_fixed);
	table_add(t, TABLE_RIGHT, "%" PRIu64, r->kvm.pf_guest);
}

static int report_events(const struct measure *m, FILE *f, struct sim_error *err)
{
	static const char *const head[] = {
		"event", "us", "", "events", "pf_fixed", "pf_guest"
	};
	struct table t;
	int rc = table_init(&t, 6, err);

	if (rc)
		return rc;
	for (unsigned i = 0; i < 6; i++)
		table_add(&t, i && i != 2 ? TABLE_RIGHT : TABLE_LEFT, "%s", head[i]);
	for (size_t i = 0; i < measure_count(m); i++)
		if (measure_at(m, i)->point->events && measure_at(m, i)->sample.n)
			add_event_row(&t, m, measure_at(m, i));
	fputs("\nTime of an event in us, all that it causes included; the faults KVM counted\n\n",
	      f);
	rc = table_print(&t, 1, f, err);
	table_fini(&t);
	return rc;
}

/* Whether times and counters are of the same thing. */
static void report_agreement(const struct measure *m, FILE *f)
{
	size_t guests = 0, agree = 0;

	for (size_t i = 0; i < measure_count(m); i++) {
		const struct measure_result *r = measure_at(m, i);
		unsigned differ = 0;

		if (r->side != MEASURE_GUEST || r->missing[0])
			continue;
		for (unsigned id = 0; id < COUNTER_COUNT; id++) {
			if (measure_agrees(r, id))
				continue;
			fprintf(f, "%s%s: %s: KVM %" PRIu64 ", simulator %" PRIu64 "\n",
				differ++ ? "" : "\n", r->point->name, counter_info[id].name,
				counters_at(&r->kvm, id), counters_at(&r->simulated, id));
		}
		guests++;
		agree += !differ;
	}
	fprintf(f,
		"\nKVM's own counters, those it reproduces, equal the simulator's in %zu of %zu "
		"points\n",
		agree, guests);
}

static void report_missing(const struct measure *m, FILE *f)
{
	for (size_t i = 0; i < measure_count(m); i++)
		if (measure_at(m, i)->missing[0])
			fprintf(f, "\nnot measured: %s, %s: %s\n",
				measure_at(m, i)->point->name,
				measure_side_name(measure_at(m, i)->side),
				measure_at(m, i)->missing);
}

int measure_report(const struct measure *m, FILE *f, struct sim_error *err)
{
	int rc = report_accesses(m, f, err);

	if (!rc)
		rc = report_events(m, f, err);
	report_agreement(m, f);
	report_missing(m, f);
	return rc;
}
