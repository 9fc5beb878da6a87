/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compare_report.h - what kvm compare prints: a line for each scenario or trace, counters where somebody wants to see them
 */
#ifndef SIM_CLI_COMPARE_REPORT_H
#define SIM_CLI_COMPARE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "kvm/compare.h"
#include "kvm/stand_in.h"
#include "kvm/translations.h"

/* One scenario or trace. */
struct compared {
	char *name;
	struct sim_error err; /* code 0: it was compared */
	unsigned runs;
	struct comparison c;
	bool has_translations;
	struct translations t;
};

struct compare_list {
	struct compared *item;
	size_t n, cap;
};

bool compared_is_equal(const struct compared *x);

/* How many are not. */
size_t compare_report_failures(const struct compare_list *l);

enum compare_detail { COMPARE_DIFFERING, COMPARE_EVERY };

SIM_MUST_CHECK int compare_report_print(const struct compare_list *l,
					const struct stand_in *who, enum compare_detail detail,
					FILE *f, struct sim_error *err);

/* The same as JSON, to be freed; NULL: out of memory. */
SIM_MUST_CHECK char *compare_report_json(const struct compare_list *l,
					 const struct stand_in *who);

#endif
