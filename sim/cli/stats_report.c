/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/stats_report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "cli/table.h"
#include "cli/trace_io.h"

static const char *const leaf_name[] = { "", "4K", "2M", "1G" };

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static double mib(uint64_t pages, unsigned level)
{
	return (double)(pages * level_bytes(level)) / (1 << 20);
}

static double per_million(uint64_t n, uint64_t instructions)
{
	return instructions ? 1e6 * (double)n / (double)instructions : 0.0;
}

/* --- tables of text --- */

static void head(struct table *t, const char *const *names)
{
	for (; *names; names++)
		table_add(t, TABLE_RIGHT, "%s", *names);
}

static void cell(struct table *t, uint64_t v)
{
	table_add(t, TABLE_RIGHT, "%" PRIu64, v);
}

static int print(struct table *t, const char *title, FILE *f, struct sim_error *err)
{
	int rc;

	fprintf(f, "\n%s\n", title);
	rc = table_print(t, 1, f, err);
	table_fini(t);
	return rc;
}

static int text_intervals(const struct stats_report *r, FILE *f, struct sim_error *err)
{
	static const char *const names[] = { "record", "instructions", "accesses", "pages",
					     "MiB",    "new",	       "so far",   "PTE writes",
					     "CR3",    "inval.",       "#PF",	   NULL };
	const struct profile_interval *v;
	size_t n = profile_intervals(r->profile, &v);
	uint64_t so_far = 0;
	struct table t;
	int rc = table_init(&t, 11, err);

	if (rc)
		return rc;
	head(&t, names);
	for (size_t i = 0; i < n; i++) {
		so_far += v[i].new_pages;
		cell(&t, v[i].first);
		cell(&t, v[i].instructions);
		cell(&t, v[i].accesses);
		cell(&t, v[i].pages);
		table_add(&t, TABLE_RIGHT, "%.1f", mib(v[i].pages, LEVEL_4K));
		cell(&t, v[i].new_pages);
		cell(&t, so_far);
		cell(&t, v[i].ptw);
		cell(&t, v[i].cr3);
		cell(&t, v[i].invalidations);
		cell(&t, v[i].faults);
	}
	return print(&t, "Working set: pages of 4K in each interval, and never touched before",
		     f, err);
}

static void share(struct table *t, uint64_t part, const struct profile_reuse *of)
{
	if (!of)
		return;
	cell(t, part);
	table_add(t, TABLE_RIGHT, "%.4f", percent(part, of->touches));
}

/* Reuse distances and LRU sizes have the same columns: a label, 4K, and leaf where there is one. */
static int reuse_table(const struct stats_report *r, struct table *t, const char *label,
		       struct sim_error *err)
{
	const char *const names[] = { label, "4K", "%", NULL };
	static const char *const leaf[] = { "leaf", "%", NULL };
	bool has_leaf = profile_reuse_leaf(r->profile) != NULL;
	int rc = table_init(t, has_leaf ? 5 : 3, err);

	if (rc)
		return rc;
	head(t, names);
	if (has_leaf)
		head(t, leaf);
	return 0;
}

static unsigned last_bucket(const struct stats_report *r)
{
	const struct profile_reuse *small = profile_reuse_4k(r->profile);
	unsigned last = PROFILE_BUCKETS - 1;

	while (last && !small->bucket[last])
		last--;
	return last;
}

static int text_reuse(const struct stats_report *r, FILE *f, struct sim_error *err)
{
	const struct profile_reuse *small = profile_reuse_4k(r->profile);
	const struct profile_reuse *leaf = profile_reuse_leaf(r->profile);
	unsigned last = last_bucket(r);
	struct table t;
	int rc = reuse_table(r, &t, "other pages in between", err);

	if (rc)
		return rc;
	for (unsigned k = 0; k <= last; k++) {
		uint64_t from = k ? (uint64_t)1 << (k - 1) : 0;

		if (k < 2)
			table_add(&t, TABLE_RIGHT, "%" PRIu64, from);
		else
			table_add(&t, TABLE_RIGHT, "%" PRIu64 "..%" PRIu64, from, 2 * from - 1);
		share(&t, small->bucket[k], small);
		share(&t, leaf ? leaf->bucket[k] : 0, leaf);
	}
	table_add(&t, TABLE_RIGHT, "first touch");
	share(&t, small->first, small);
	share(&t, leaf ? leaf->first : 0, leaf);
	return print(&t,
		     "Reuse distance: touches of a page, by the pages touched since its last",
		     f, err);
}

static int text_lru(const struct stats_report *r, FILE *f, struct sim_error *err)
{
	const struct profile_reuse *small = profile_reuse_4k(r->profile);
	const struct profile_reuse *leaf = profile_reuse_leaf(r->profile);
	struct table t;
	int rc = reuse_table(r, &t, "entries", err);

	if (rc)
		return rc;
	for (unsigned i = 0; i < r->opt->n_lru; i++) {
		cell(&t, r->opt->lru[i]);
		share(&t, small->misses[i], small);
		share(&t, leaf ? leaf->misses[i] : 0, leaf);
	}
	return print(&t,
		     "Misses of an LRU of so many entries, fully associative, never flushed", f,
		     err);
}

static int text_leaves(const struct stats_report *r, FILE *f, struct sim_error *err)
{
	static const char *const names[] = { "leaf", "pages", "MiB", "touches", "%", NULL };
	const struct profile_totals *p = profile_totals(r->profile);
	const struct profile_reuse *leaf = profile_reuse_leaf(r->profile);
	struct table t;
	int rc;

	if (!leaf)
		return 0;
	rc = table_init(&t, 5, err);
	if (rc)
		return rc;
	head(&t, names);
	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++) {
		table_add(&t, TABLE_RIGHT, "%s", leaf_name[level]);
		cell(&t, p->leaf_pages[level]);
		table_add(&t, TABLE_RIGHT, "%.1f", mib(p->leaf_pages[level], level));
		cell(&t, p->leaf_touches[level]);
		table_add(&t, TABLE_RIGHT, "%.4f",
			  percent(p->leaf_touches[level], leaf->touches));
	}
	if (p->untranslated)
		fprintf(f, "\n%" PRIu64 " touches are not translated by the tables.\n",
			p->untranslated);
	return print(&t, "Pages that were touched, by the leaf that maps them", f, err);
}

/* --- address spaces --- */

static int by_accesses(const void *a, const void *b)
{
	const struct profile_space *x = *(const struct profile_space *const *)a;
	const struct profile_space *y = *(const struct profile_space *const *)b;

	if (x->accesses != y->accesses)
		return x->accesses < y->accesses ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Most used first; the caller frees. */
static const struct profile_space **sorted(const struct stats_report *r, size_t *n)
{
	const struct profile_space *list, **sort;

	*n = profile_spaces(r->profile, &list);
	sort = sim_calloc(*n, sizeof(const struct profile_space *));
	for (size_t i = 0; sort && i < *n; i++)
		sort[i] = &list[i];
	if (sort)
		qsort(sort, *n, sizeof(const struct profile_space *), by_accesses);
	return sort;
}

static void id_text(const struct stats_report *r, const struct profile_space *s, char *buf,
		    size_t size)
{
	if (profile_has_tables(r->profile))
		snprintf(buf, size, "0x%" PRIx64, s->id << PAGE_SHIFT);
	else
		snprintf(buf, size, "%" PRIu64, s->id);
}

static int text_spaces(const struct stats_report *r, FILE *f, struct sim_error *err)
{
	static const char *const names[] = { "space",	     "accesses", "%",	  "at CPL 3",
					     "instructions", "entered",	 "pages", NULL };
	const struct profile_space **s;
	size_t n;
	struct table t;
	int rc = table_init(&t, 7, err);

	if (rc)
		return rc;
	s = sorted(r, &n);
	head(&t, names);
	for (size_t i = 0; s && i < n && i < r->top; i++) {
		char id[24];

		id_text(r, s[i], id, sizeof(id));
		table_add(&t, TABLE_RIGHT, "%s", id);
		cell(&t, s[i]->accesses);
		table_add(&t, TABLE_RIGHT, "%.2f",
			  percent(s[i]->accesses, profile_totals(r->profile)->accesses));
		cell(&t, s[i]->user);
		cell(&t, s[i]->instructions);
		cell(&t, s[i]->loads_of_cr3);
		cell(&t, s[i]->pages);
	}
	t.failed = t.failed || !s;
	sim_free(s);
	fprintf(f, "\n%zu address spaces; %" PRIu64 " pages of 4K in the upper half, for all.",
		n, profile_totals(r->profile)->upper_pages);
	return print(&t,
		     profile_has_tables(r->profile) ? " Most used (by root table):"
						    : " Most used (by process):",
		     f, err);
}

static void text_rates(const struct stats_report *r, FILE *f)
{
	const struct profile_totals *p = profile_totals(r->profile);
	uint64_t i = p->instructions;

	fprintf(f,
		"%s\n  %" PRIu64 " records, %" PRIu64 " accesses, %" PRIu64 " instructions\n",
		r->name, p->records, p->accesses, i);
	fprintf(f,
		"  per million instructions: %.2f PTE writes, %.2f CR3 writes, %.2f "
		"INVLPG and INVPCID, %.2f page faults\n",
		per_million(p->event[EVENT_PTW], i), per_million(p->event[EVENT_CR3], i),
		per_million(p->event[EVENT_INVLPG] + p->event[EVENT_INVPCID], i),
		per_million(p->event[EVENT_PF], i));
}

int stats_report_text(const struct stats_report *r, FILE *f, struct sim_error *err)
{
	int rc;

	text_rates(r, f);
	rc = text_intervals(r, f, err);
	if (!rc)
		rc = text_reuse(r, f, err);
	if (!rc)
		rc = text_lru(r, f, err);
	if (!rc)
		rc = text_leaves(r, f, err);
	return rc ? rc : text_spaces(r, f, err);
}

/* --- JSON --- */

static json_t *json_rates(const struct profile_totals *p)
{
	json_t *o = json_object();
	uint64_t i = p->instructions;

	json_object_set_new(o, "ptw", json_real(per_million(p->event[EVENT_PTW], i)));
	json_object_set_new(o, "cr3", json_real(per_million(p->event[EVENT_CR3], i)));
	json_object_set_new(o, "invlpg", json_real(per_million(p->event[EVENT_INVLPG], i)));
	json_object_set_new(o, "invpcid", json_real(per_million(p->event[EVENT_INVPCID], i)));
	json_object_set_new(o, "pf", json_real(per_million(p->event[EVENT_PF], i)));
	return o;
}

static json_t *json_intervals(const struct stats_report *r)
{
	const struct profile_interval *v;
	size_t n = profile_intervals(r->profile, &v);
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		trace_json_count(o, "first", v[i].first);
		trace_json_count(o, "records", v[i].records);
		trace_json_count(o, "instructions", v[i].instructions);
		trace_json_count(o, "accesses", v[i].accesses);
		trace_json_count(o, "pages", v[i].pages);
		trace_json_count(o, "new_pages", v[i].new_pages);
		trace_json_count(o, "ptw", v[i].ptw);
		trace_json_count(o, "cr3", v[i].cr3);
		trace_json_count(o, "invalidations", v[i].invalidations);
		trace_json_count(o, "pf", v[i].faults);
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *json_reuse(const struct stats_report *r, const struct profile_reuse *p)
{
	json_t *o = json_object(), *buckets = json_array(), *lru = json_array();
	unsigned last = last_bucket(r);

	trace_json_count(o, "touches", p->touches);
	trace_json_count(o, "first_touches", p->first);
	for (unsigned k = 0; k <= last; k++)
		json_array_append_new(buckets, json_integer((json_int_t)p->bucket[k]));
	for (unsigned i = 0; i < r->opt->n_lru; i++) {
		json_t *size = json_object();

		trace_json_count(size, "entries", r->opt->lru[i]);
		trace_json_count(size, "misses", p->misses[i]);
		json_array_append_new(lru, size);
	}
	json_object_set_new(o, "distance_log2", buckets);
	json_object_set_new(o, "lru", lru);
	return o;
}

static json_t *json_leaves(const struct profile_totals *p)
{
	json_t *o = json_object();

	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++) {
		json_t *leaf = json_object();

		trace_json_count(leaf, "pages", p->leaf_pages[level]);
		trace_json_count(leaf, "touches", p->leaf_touches[level]);
		json_object_set_new(o, leaf_name[level], leaf);
	}
	trace_json_count(o, "untranslated", p->untranslated);
	return o;
}

static json_t *json_spaces(const struct stats_report *r)
{
	const struct profile_space *s;
	size_t n = profile_spaces(r->profile, &s);
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();
		char id[24];

		id_text(r, &s[i], id, sizeof(id));
		json_object_set_new(o, profile_has_tables(r->profile) ? "root" : "pid",
				    json_string(id));
		trace_json_count(o, "accesses", s[i].accesses);
		trace_json_count(o, "user", s[i].user);
		trace_json_count(o, "instructions", s[i].instructions);
		trace_json_count(o, "entered", s[i].loads_of_cr3);
		trace_json_count(o, "pages", s[i].pages);
		json_array_append_new(a, o);
	}
	return a;
}

json_t *stats_report_json(const struct stats_report *r)
{
	const struct profile_totals *p = profile_totals(r->profile);
	json_t *o = json_object();

	json_object_set_new(o, "file", json_string(r->path));
	json_object_set_new(o, "name", json_string(r->name));
	trace_json_count(o, "records", p->records);
	trace_json_count(o, "accesses", p->accesses);
	trace_json_count(o, "instructions", p->instructions);
	trace_json_count(o, "interval", r->opt->interval);
	json_object_set_new(
		o, "interval_unit",
		json_string(r->opt->unit == PROFILE_RECORDS ? "records" : "instructions"));
	json_object_set_new(o, "per_million_instructions", json_rates(p));
	json_object_set_new(o, "intervals", json_intervals(r));
	json_object_set_new(o, "reuse_4k", json_reuse(r, profile_reuse_4k(r->profile)));
	if (profile_reuse_leaf(r->profile)) {
		json_object_set_new(o, "reuse_leaf",
				    json_reuse(r, profile_reuse_leaf(r->profile)));
		json_object_set_new(o, "leaves", json_leaves(p));
	}
	trace_json_count(o, "upper_half_pages", p->upper_pages);
	json_object_set_new(o, "spaces", json_spaces(r));
	return o;
}
