/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest kvm doctor: what this machine offers, as a table. */
#include "config.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/cmd_kvm.h"
#include "cli/table.h"
#include "kvm/doctor.h"

enum style { TEXT, JSON };

static int print_text(const struct doctor *d, struct sim_error *err)
{
	struct table t;
	int rc = table_init(&t, 4, err);

	if (rc)
		return rc;
	table_add(&t, TABLE_LEFT, "what");
	table_add(&t, TABLE_LEFT, "found");
	table_add(&t, TABLE_LEFT, "verdict");
	table_add(&t, TABLE_LEFT, "next");
	for (unsigned i = 0; i < d->n; i++) {
		table_add(&t, TABLE_LEFT, "%s", d->line[i].what);
		table_add(&t, TABLE_LEFT, "%s", d->line[i].found);
		table_add(&t, TABLE_LEFT, "%s", doctor_verdict_name(d->line[i].verdict));
		table_add(&t, TABLE_LEFT, "%s", d->line[i].next);
	}
	rc = table_print(&t, 1, stdout, err);
	table_fini(&t);
	return rc;
}

static int print_json(const struct doctor *d, const struct kvm_probe *p, struct sim_error *err)
{
	json_t *doc = doctor_json(d, p);
	char *text = doc ? json_dumps(doc, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;

	json_decref(doc);
	if (!text)
		return sim_fail_nomem(err);
	puts(text);
	sim_free(text);
	return 0;
}

/* Where a program is, as a shell would find it; in `found`, or NULL. */
static const char *find_program(const char *name, char *found, size_t size)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		int n = (int)strcspn(path, ":");

		snprintf(found, size, "%.*s/%s", n, path, name);
		if (!access(found, X_OK))
			return found;
		path += n;
		path += *path == ':';
	}
	return NULL;
}

static int examine(enum style style, struct sim_error *err)
{
	const struct kvm_paths paths = { "/dev/kvm", "" };
	char found[4096];
	struct kvm_probe p;
	struct doctor d;
	struct perf perf;

	kvm_probe(&p, &paths);
	doctor_probe(&d, &p, &paths);
	perf_open(&perf);
	doctor_perf(&d, &perf, &p);
	perf_close(&perf);
	doctor_tool(&d, "gnuplot", find_program("gnuplot", found, sizeof(found)),
		    "figures need it: Debian's package gnuplot-nox");
	return style == JSON ? print_json(&d, &p, err) : print_text(&d, err);
}

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "print it as JSON", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	enum style *style = state->input;

	(void)arg;
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	*style = JSON;
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Tells what this machine offers to a replay on its KVM: whether /dev/kvm is usable, "
	       "which MMU it uses, decided by what it does with a small guest, huge pages, "
	       "statistics, hardware counters. Changes nothing, and never fails for a missing "
	       "feature: it says so.",
};

static int run(int argc, char **argv)
{
	struct sim_error err = { .code = 0 };
	enum style style = TEXT;
	int rc = command_parse(&argp, argc, argv, &style);

	if (rc)
		return rc;
	return examine(style, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_kvm_doctor = {
	.name = "doctor",
	.summary = "what this machine offers to a replay on KVM, and what is missing",
	.run = run,
};
