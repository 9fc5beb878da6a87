/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cost/cost.h"

int cost_price(const struct cost_params *p, const struct counters *c, struct cost_sheet *s,
	       struct sim_error *err)
{
	enum cost_component component;

	*s = (struct cost_sheet){ .extra = 0.0 };
	if (!c->instructions)
		return sim_fail(err, SIM_ERANGE, NULL,
				"the trace executes no instruction: no overhead can be stated");
	s->ideal = p->base_cpi * (double)c->instructions;
	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		double cycles = p->cycles[i] * (double)counters_at(c, i);

		if (cost_component_of(i, &component))
			s->cycles[component] += cycles;
		else if (cost_has_price(i))
			s->ideal += cycles;
	}
	for (unsigned i = 0; i < COST_COMPONENT_COUNT; i++)
		s->extra += s->cycles[i];
	s->overhead = 100.0 * s->extra / s->ideal;
	return 0;
}
