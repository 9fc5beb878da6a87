/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/tables_report.h"

#include <inttypes.h>

#include "base/json.h"
#include "cli/table.h"

static const char *const half_name[] = { "user", "kernel" };
static const char *const size_name[] = { "", "4K", "2M", "1G" };

/* Pages of the hypervisor's tables. */
static uint64_t table_pages(const struct tables_model *m)
{
	return m->counters.shadow_pages + m->counters.tdp_pages;
}

static uint64_t guest_tables(const struct tables_report *r)
{
	uint64_t n = 0;

	for (unsigned level = 1; level <= LEVEL_MAX; level++)
		n += r->survey.tables[level];
	return n;
}

/* --- text --- */

/* A row of numbers, one of each half. */
static void add_row(struct table *t, const char *name, uint64_t user, uint64_t kernel)
{
	table_add(t, TABLE_LEFT, "%s", name);
	table_add(t, TABLE_RIGHT, "%" PRIu64, user);
	table_add(t, TABLE_RIGHT, "%" PRIu64, kernel);
}

static int print_halves(const struct tables_report *r, FILE *f, struct sim_error *err)
{
	const struct table_half_survey *u = &r->survey.half[TABLE_HALF_USER],
				       *k = &r->survey.half[TABLE_HALF_KERNEL];
	struct table t;
	int rc = table_init(&t, 3, err);

	if (rc)
		return rc;
	table_add(&t, TABLE_LEFT, "%s", "what is mapped");
	table_add(&t, TABLE_RIGHT, "%s", half_name[TABLE_HALF_USER]);
	table_add(&t, TABLE_RIGHT, "%s", half_name[TABLE_HALF_KERNEL]);
	add_row(&t, "leaves of 4K", u->leaf[LEVEL_4K], k->leaf[LEVEL_4K]);
	add_row(&t, "leaves of 2M", u->leaf[LEVEL_2M], k->leaf[LEVEL_2M]);
	add_row(&t, "leaves of 1G", u->leaf[LEVEL_1G], k->leaf[LEVEL_1G]);
	add_row(&t, "KiB", u->bytes >> 10, k->bytes >> 10);
	add_row(&t, "leaves accessed", u->accessed, k->accessed);
	add_row(&t, "leaves dirty", u->dirty, k->dirty);
	add_row(&t, "leaves of devices", u->device, k->device);
	add_row(&t, "runs contiguous in GVA and GPA", u->runs, k->runs);
	add_row(&t, "512 leaves of 4K that could be 2M in place", u->in_place_2m,
		k->in_place_2m);
	add_row(&t, "512 leaves of 4K that could be 2M when moved", u->moved_2m, k->moved_2m);
	rc = table_print(&t, 1, f, err);
	table_fini(&t);
	return rc;
}

static void print_tables(const struct tables_report *r, FILE *f)
{
	fprintf(f, "\nTable pages by level:");
	for (unsigned level = r->levels; level; level--)
		fprintf(f, " %u: %" PRIu64 "%s", level, r->survey.tables[level],
			level > 1 ? "," : "");
	fprintf(f, "; together %" PRIu64 " KiB\n", guest_tables(r) * PAGE_BYTES >> 10);
}

static int print_runs(const struct tables_report *r, FILE *f, struct sim_error *err)
{
	struct table t;
	int rc = table_init(&t, 5, err);

	if (rc)
		return rc;
	table_add(&t, TABLE_LEFT, "%s", "runs of pages of 4K");
	for (unsigned h = 0; h < TABLE_HALF_COUNT; h++) {
		table_add(&t, TABLE_RIGHT, "%s runs", half_name[h]);
		table_add(&t, TABLE_RIGHT, "%s pages", half_name[h]);
	}
	for (unsigned bin = 0; bin < TABLE_SURVEY_BINS; bin++) {
		const struct table_half_survey *half = r->survey.half;

		if (!half[0].bin_runs[bin] && !half[1].bin_runs[bin])
			continue;
		table_add(&t, TABLE_LEFT, "%" PRIu64 " to %" PRIu64, (uint64_t)1 << bin,
			  ((uint64_t)2 << bin) - 1);
		for (unsigned h = 0; h < TABLE_HALF_COUNT; h++) {
			table_add(&t, TABLE_RIGHT, "%" PRIu64, half[h].bin_runs[bin]);
			table_add(&t, TABLE_RIGHT, "%" PRIu64, half[h].bin_pages[bin]);
		}
	}
	fprintf(f, "\n");
	rc = table_print(&t, 1, f, err);
	table_fini(&t);
	return rc;
}

/* The counts of frames, in their order. */
static const struct {
	const char *key, *meaning;
	size_t offset;
} sharing[] = {
#define SHARED(field, meaning)                                                                 \
	{                                                                                      \
#field, meaning, offsetof(struct table_sharing, field)                         \
	}
	SHARED(mapped, "frames of memory that are mapped"),
	SHARED(user, "by user halves"),
	SHARED(kernel, "by the kernel half"),
	SHARED(both, "by both"),
	SHARED(user_twice, "several times by one user half"),
	SHARED(kernel_twice, "several times by the kernel half"),
	SHARED(several_roots, "by user halves of several address spaces"),
#undef SHARED
};

#define SHARING_COUNT (sizeof(sharing) / sizeof(*sharing))

static uint64_t shared(const struct tables_report *r, size_t i)
{
	const char *base = (const char *)&r->survey.sharing;

	return *(const uint64_t *)(const void *)(base + sharing[i].offset);
}

static void print_sharing(const struct tables_report *r, FILE *f)
{
	fprintf(f, "\n");
	for (size_t i = 0; i < SHARING_COUNT; i++)
		fprintf(f, "%s%-42s %12" PRIu64 "\n", i ? "  " : "", sharing[i].meaning,
			shared(r, i));
}

static int print_models(const struct tables_report *r, FILE *f, struct sim_error *err)
{
	static const char *const head[] = { "technique", "host page", "table pages", "KiB",
					    "4K leaves", "2M leaves", "1G leaves" };
	struct table t;
	int rc;

	if (!r->n_models)
		return 0;
	fprintf(f, "\nTables of a hypervisor when each of these pages has been touched:\n\n");
	rc = table_init(&t, sizeof(head) / sizeof(*head), err);
	if (rc)
		return rc;
	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++)
		table_add(&t, i < 2 ? TABLE_LEFT : TABLE_RIGHT, "%s", head[i]);
	for (size_t i = 0; i < r->n_models; i++) {
		const struct tables_model *m = &r->model[i];

		table_add(&t, TABLE_LEFT, "%s", m->technique);
		table_add(&t, TABLE_LEFT, "%s", size_name[m->page_level]);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, table_pages(m));
		table_add(&t, TABLE_RIGHT, "%" PRIu64, table_pages(m) * PAGE_BYTES >> 10);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, m->counters.pages_4k);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, m->counters.pages_2m);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, m->counters.pages_1g);
	}
	rc = table_print(&t, 1, f, err);
	table_fini(&t);
	return rc;
}

int tables_report_text(const struct tables_report *r, FILE *f, struct sim_error *err)
{
	int rc;

	fprintf(f, "%s: %u-level tables, address spaces:", r->file, r->levels);
	for (size_t i = 0; i < r->roots->n; i++)
		fprintf(f, " 0x%" PRIx64, r->roots->cr3[i]);
	fprintf(f, "\n\n");
	rc = print_halves(r, f, err);
	if (rc)
		return rc;
	print_tables(r, f);
	rc = print_runs(r, f, err);
	if (rc)
		return rc;
	print_sharing(r, f);
	return print_models(r, f, err);
}

/* --- JSON --- */

static json_t *number(uint64_t v)
{
	return json_integer((json_int_t)v);
}

static json_t *bins_json(const struct table_half_survey *h)
{
	json_t *list = json_array();

	for (unsigned bin = 0; bin < TABLE_SURVEY_BINS; bin++)
		if (h->bin_runs[bin])
			json_array_append_new(list,
					      json_pack("{s:o, s:o, s:o}", "pages_from",
							number((uint64_t)1 << bin), "runs",
							number(h->bin_runs[bin]), "pages",
							number(h->bin_pages[bin])));
	return list;
}

static json_t *half_json(const struct table_half_survey *h)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "leaves_4k",
			 number(h->leaf[LEVEL_4K]), "leaves_2m", number(h->leaf[LEVEL_2M]),
			 "leaves_1g", number(h->leaf[LEVEL_1G]), "bytes", number(h->bytes),
			 "accessed", number(h->accessed), "dirty", number(h->dirty), "device",
			 number(h->device), "runs", number(h->runs), "could_be_2m_in_place",
			 number(h->in_place_2m), "could_be_2m_moved", number(h->moved_2m),
			 "run_lengths", bins_json(h));
}

static json_t *tables_json(const struct tables_report *r)
{
	json_t *o = json_object();
	char key[16];

	for (unsigned level = 1; level <= r->levels; level++) {
		snprintf(key, sizeof(key), "level_%u", level);
		json_object_set_new(o, key, number(r->survey.tables[level]));
	}
	return o;
}

static json_t *sharing_json(const struct tables_report *r)
{
	json_t *o = json_object();

	for (size_t i = 0; i < SHARING_COUNT; i++)
		json_object_set_new(o, sharing[i].key, number(shared(r, i)));
	return o;
}

static json_t *models_json(const struct tables_report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_models; i++) {
		const struct tables_model *m = &r->model[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}",
						      "technique", m->technique, "host_page",
						      size_name[m->page_level], "table_pages",
						      number(table_pages(m)), "pages_4k",
						      number(m->counters.pages_4k), "pages_2m",
						      number(m->counters.pages_2m), "pages_1g",
						      number(m->counters.pages_1g)));
	}
	return list;
}

int tables_report_json(const struct tables_report *r, FILE *f, struct sim_error *err)
{
	json_t *roots = json_array(), *o;
	int rc = 0;

	for (size_t i = 0; i < r->roots->n; i++)
		json_array_append_new(roots, json_sprintf("0x%" PRIx64, r->roots->cr3[i]));
	o = json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "file", r->file, "levels",
		      (int)r->levels, "roots", roots, half_name[0],
		      half_json(&r->survey.half[0]), half_name[1],
		      half_json(&r->survey.half[1]), "tables", tables_json(r), "frames",
		      sharing_json(r), "models", models_json(r));
	if (!o || json_dumpf(o, f, JSON_INDENT(2) | JSON_PRESERVE_ORDER))
		rc = sim_fail(err, SIM_EIO, r->file, "cannot print it as JSON");
	fprintf(f, "\n");
	json_decref(o);
	return rc;
}
