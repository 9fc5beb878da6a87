/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mem_report.h - what happened to a guest's slots while `shadownest mem` ran, and what its techniques counted
 */
#ifndef SIM_CLI_MEM_REPORT_H
#define SIM_CLI_MEM_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "run/session.h"

struct mem_change {
	uint64_t record, zapped;
	const char *technique; /* borrowed */
	struct kvm_slot_region region;
};

struct mem_changes {
	struct mem_change *change;
	size_t n, cap;
	int failed; /* memory ran out */
};

/* Remembers a change; a failure shows when they are printed. */
void mem_changes_add(struct mem_changes *m, const struct session_change *c);
void mem_changes_fini(struct mem_changes *m);

/* As the calls that they were, one a line, as QEMU's trace event kvm_set_user_memory has them. */
SIM_MUST_CHECK int mem_changes_print_calls(const struct mem_changes *m, FILE *f,
					   struct sim_error *err);

/* Two tables: the slots that changed, and the counters of each technique. */
SIM_MUST_CHECK int mem_report_print(struct session *s, const struct session_config *cfg,
				    const struct mem_changes *m, FILE *f,
				    struct sim_error *err);

#endif
