/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/counters.h"

#include <string.h>

_Static_assert(sizeof(struct counters) == COUNTER_COUNT * sizeof(uint64_t),
	       "struct counters must be an array of uint64_t in the order of counters.def");

const struct counter_info counter_info[COUNTER_COUNT] = {
#define COUNTER(g, n, k, t, u, m)                                                              \
	{ .name = #n,                                                                          \
	  .unit = u,                                                                           \
	  .meaning = m,                                                                        \
	  .group = COUNTER_GROUP_##g,                                                          \
	  .kind = COUNTER_##k,                                                                 \
	  .truth = COUNTER_##t },
#include "base/counters.def"
#undef COUNTER
};

bool counters_find(const char *name, unsigned *id)
{
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (!strcmp(counter_info[i].name, name)) {
			*id = i;
			return true;
		}
	return false;
}

uint64_t counters_sum_exits(const struct counters *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (!strncmp(counter_info[i].name, "exit_", 5))
			sum += counters_at(c, i);
	return sum;
}

void counters_subtract(struct counters *c, const struct counters *earlier)
{
	uint64_t *v = (uint64_t *)(void *)c;

	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (counter_info[i].kind == COUNTER_SUM)
			v[i] -= counters_at(earlier, i);
}
