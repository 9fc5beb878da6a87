/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cost.h - counters -> cycles
 *
 *     cycles of a component = sum over its counters of  count x price
 *     ideal                 = instructions x base CPI + data misses x price
 *                             (translation costs nothing; few models price data misses)
 *     overhead              = sum of the components / ideal
 *
 * Linear, as in Gandhi et al., "Agile Paging" (ISCA'16), table IV, and Wang et al.,
 * "Selective hardware/software memory virtualization" (VEE'11): events neither overlap nor
 * disturb each other. What an invalidation costs shows up as the misses that follow it.
 * Another base CPI c scales every overhead by base_cpi / c and changes no comparison between
 * techniques on one trace.
 */
#ifndef SIM_COST_COST_H
#define SIM_COST_COST_H

#include "base/counters.h"
#include "base/err.h"
#include "cost/params.h"

struct cost_sheet {
	double cycles[COST_COMPONENT_COUNT];
	double extra;	 /* their sum */
	double ideal;	 /* cycles */
	double overhead; /* percent of ideal */
};

/* SIM_ERANGE when the counters hold no instruction: an overhead needs something to compare
 * with. */
SIM_MUST_CHECK int cost_price(const struct cost_params *p, const struct counters *c,
			      struct cost_sheet *s, struct sim_error *err);

#endif
