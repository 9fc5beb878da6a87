/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest kvm doctor: what this machine offers, as a table. */
#include "config.h"

#include <argp.h>
#include <stdio.h>

#include "cli/cmd_kvm.h"
#include "cli/table.h"
#include "kvm/doctor.h"

static int print(const struct doctor *d, struct sim_error *err)
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

static const struct argp argp = {
	.doc = "Tells what this machine offers to a replay on its KVM. Changes nothing, and never "
	       "fails for a missing feature: it says so.",
};

static int run(int argc, char **argv)
{
	const struct kvm_paths paths = { "/dev/kvm", "" };
	struct sim_error err = { 0 };
	struct kvm_probe p;
	struct doctor d;
	int rc = command_parse(&argp, argc, argv, NULL);

	if (rc)
		return rc;
	kvm_probe(&p, &paths);
	doctor_probe(&d, &p, &paths);
	return print(&d, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_kvm_doctor = {
	.name = "doctor",
	.summary = "what this machine offers to a replay on KVM, and what is missing",
	.run = run,
};
