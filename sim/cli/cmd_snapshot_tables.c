/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest snapshot tables: what a saved guest's page tables are like, and what a hypervisor's would take. */
#include "config.h"

#include <argp.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cmd_snapshot.h"
#include "cli/locate.h"
#include "cli/snapshot_options.h"
#include "cli/tables_report.h"
#include "snapshot/table_stream.h"

/* Counts of tables depend on no machine; this one has 5-level paging. */
#define MACHINE "models/machine/icelake-sp.json"

struct arguments {
	struct snapshot_options o;
	bool as_json, no_models;
};

/* --- the models --- */

static int load_machine(struct machine *m, struct sim_error *err)
{
	char *path = locate_data(MACHINE);
	int rc = path ? machine_load(m, path, err) : sim_fail_nomem(err);

	sim_free(path);
	return rc;
}

/* KVM would recycle shadow pages beyond its quota; here it keeps what the guest's tables ask for. */
static struct vm_config config_of(const struct tables_model *m, const struct machine *machine)
{
	return (struct vm_config){
		.technique = m->technique,
		.machine = *machine,
		.host = { .page_level = m->page_level, .prepopulated = true },
		.mmu = { .tdp_levels = 4, .use_vpid = true, .shadow_quota = UINT32_MAX },
	};
}

static int run_models(struct snapshot *s, const struct table_stream_options *t,
		      struct tables_report *r, struct sim_error *err)
{
	static const struct tables_model models[] = {
		{ .technique = "spt", .page_level = LEVEL_4K },
		{ .technique = "spt", .page_level = LEVEL_2M },
		{ .technique = "ept", .page_level = LEVEL_4K },
		{ .technique = "ept", .page_level = LEVEL_2M },
	};
	struct machine machine;
	int rc = load_machine(&machine, err);

	for (size_t i = 0; i < sizeof(models) / sizeof(*models) && !rc; i++) {
		struct tables_model *m = &r->model[i];
		struct vm_config cfg;

		*m = models[i];
		cfg = config_of(m, &machine);
		rc = table_stream_replay(s, t, &cfg, &m->counters, err);
		r->n_models = i + 1;
	}
	return rc;
}

/* --- */

static int survey(void *arguments, struct snapshot *s, struct sim_error *err)
{
	struct arguments *a = arguments;
	struct table_stream_options t = { .roots = &a->o.roots };
	struct tables_report r = { .file = s->file.name, .roots = &a->o.roots };
	int rc = snapshot_options_roots(&a->o, s, &t.cpu, &t.levels, err);

	r.levels = t.levels;
	if (!rc)
		rc = table_survey_run(&r.survey, s, &a->o.roots, t.levels, err);
	if (!rc && !a->no_models)
		rc = run_models(s, &t, &r, err);
	if (rc)
		return rc;
	return a->as_json ? tables_report_json(&r, stdout, err)
			  : tables_report_text(&r, stdout, err);
}

enum { KEY_NO_MODELS = 256 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		snapshot_options_inputs(state, snapshot_options_all);
		return 0;
	case 'j':
		a->as_json = true;
		return 0;
	case KEY_NO_MODELS:
		a->no_models = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", 'j', NULL, 0, "print JSON", 0 },
		{ "no-models", KEY_NO_MODELS, NULL, 0,
		  "leave out what shadow tables and EPT would take", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Tells what the page tables of the guest in FILE are like: sizes of leaves, "
		       "table pages, contiguity, sharing; and how much memory a hypervisor's own "
		       "tables take once this guest has touched each page that it maps.\v"
		       "The last part lets the models of shadow paging and EPT run on the tables, with "
		       "host pages of 4K and 2M, and without KVM's limit on shadow pages.\n"
		       "\n"
		       "  shadownest snapshot tables guest.elf\n"
		       "  shadownest snapshot tables --find-roots --json guest.mig",
		.children = snapshot_options_all,
	};
	struct arguments a = { .as_json = false };

	return snapshot_options_run(&argp, argc, argv, &a, survey);
}

const struct command cmd_snapshot_tables = {
	.name = "tables",
	.summary = "tell what its page tables are like, and what a hypervisor's would take",
	.run = run,
};
