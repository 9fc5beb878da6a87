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
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (cost_component_of(i, &component))
			s->cycles[component] += p->cycles[i] * (double)counters_at(c, i);
	for (unsigned i = 0; i < COST_COMPONENT_COUNT; i++)
		s->extra += s->cycles[i];
	s->ideal = p->base_cpi * (double)c->instructions;
	s->overhead = 100.0 * s->extra / s->ideal;
	return 0;
}
