/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_scenario.c - a scenario file for test_inject: read, simulated, compared, recorded */
#include "inject_subjects.h"

#include "base/alloc.h"
#include "kvm/reference.h"

static int compare_with_itself(struct subject *s, struct sim_error *err)
{
	struct reference r = { .hash = "0", .host = *subject_host(s) };
	const struct kvm_probe machine = { .kernel = "6.18" };
	struct measured m = { .dirty_pages = 0 };
	struct comparison c;
	struct replayer simulator;
	struct machine small;
	char *text;
	int rc;

	inject_machine(&small);
	r.who = (struct stand_in){ .mmu = "kvm-pvm", .technique = "spt", .kvm_version = 618 };
	rc = compare_make_simulator(s, &r.who, &small, &simulator, err);
	if (!rc)
		rc = compare_run(s, &simulator, &m, err);
	if (rc)
		return rc;
	compare_add(&r.truth, &m);
	compare_judge(&c, &r.truth, &m);
	text = reference_text(s, &r, &machine, err);
	sim_free(text);
	return text ? 0 : SIM_ENOMEM;
}

int inject_scenario(void *arg, struct sim_error *err)
{
	const struct host_config host = { .page_level = 1 };
	struct subject *s;
	int rc = subject_open(&s, arg, &host, err);

	if (rc)
		return rc;
	rc = compare_with_itself(s, err);
	subject_close(s);
	return rc;
}
