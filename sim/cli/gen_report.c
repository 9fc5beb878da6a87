/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/gen_report.h"

#include "base/alloc.h"
#include "cli/table.h"
#include "gen/workload.h"

#define COLUMNS 5

static void add_choices(struct table *t, const struct param *p)
{
	struct text all = { .s = NULL };
	char *s;

	for (size_t i = 0; p->choices[i]; i++)
		text_add(&all, i ? ", %s" : "%s", p->choices[i]);
	s = text_take(&all);
	table_add(t, TABLE_LEFT, "%s (%s)", p->about, s ? s : "");
	sim_free(s);
}

static void add_param(struct table *t, const char *workload, const struct param *p)
{
	table_add(t, TABLE_LEFT, "%s", workload);
	table_add(t, TABLE_LEFT, "%s", p->name);
	table_add(t, TABLE_RIGHT, "%s", p->normal);
	table_add(t, TABLE_LEFT, "%s", p->unit);
	if (p->type == PARAM_CHOICE)
		add_choices(t, p);
	else
		table_add(t, TABLE_LEFT, "%s", p->about);
}

static int print_stresses(FILE *f, struct sim_error *err)
{
	struct table t;
	int rc = table_init(&t, 2, err);

	if (rc)
		return rc;
	table_add(&t, TABLE_LEFT, "workload");
	table_add(&t, TABLE_LEFT, "what it stresses");
	for (size_t i = 0; workload_kinds[i]; i++) {
		table_add(&t, TABLE_LEFT, "%s", workload_kinds[i]->name);
		table_add(&t, TABLE_LEFT, "%s", workload_kinds[i]->stresses);
	}
	rc = table_print(&t, 1, f, err);
	table_fini(&t);
	return rc;
}

static int print_params(FILE *f, struct sim_error *err)
{
	static const char *const head[COLUMNS] = { "workload", "parameter", "default", "unit",
						   "what it is" };
	struct table t;
	int rc = table_init(&t, COLUMNS, err);

	if (rc)
		return rc;
	for (unsigned i = 0; i < COLUMNS; i++)
		table_add(&t, i == 2 ? TABLE_RIGHT : TABLE_LEFT, "%s", head[i]);
	for (size_t i = 0; workload_kinds[i]; i++) {
		const struct workload_kind *k = workload_kinds[i];

		for (unsigned p = 0; k->params[p].name; p++)
			add_param(&t, p ? "" : k->name, &k->params[p]);
	}
	rc = table_print(&t, 1, f, err);
	table_fini(&t);
	return rc;
}

int gen_report_list(FILE *f, struct sim_error *err)
{
	int rc = print_stresses(f, err);

	if (rc)
		return rc;
	fputc('\n', f);
	return print_params(f, err);
}

int gen_report_spec(const struct spec *s, FILE *f, struct sim_error *err)
{
	struct text t = { .s = NULL };
	char *all;

	spec_write(s, SPEC_LINES, &t);
	all = text_take(&t);
	if (!all)
		return sim_fail_nomem(err);
	fprintf(f, "%s\n", all);
	sim_free(all);
	return 0;
}
