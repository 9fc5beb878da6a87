/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/sample.h"

void sample_add(struct sample *s, uint64_t ns)
{
	unsigned at = s->n;

	if (s->n == SAMPLE_MAX)
		return;
	for (; at && s->ns[at - 1] > ns; at--)
		s->ns[at] = s->ns[at - 1];
	s->ns[at] = ns;
	s->n++;
}

/* The value that `quarters` / 4 of the others lie below. */
static uint64_t quantile(const struct sample *s, unsigned quarters)
{
	unsigned at = (s->n - 1) * quarters, i = at / 4, part = at % 4;

	if (!part)
		return s->ns[i];
	return s->ns[i] + (s->ns[i + 1] - s->ns[i]) * part / 4;
}

struct sample_summary sample_summary(const struct sample *s)
{
	if (!s->n)
		return (struct sample_summary){ 0 };
	return (struct sample_summary){
		.min = s->ns[0],
		.low = quantile(s, 1),
		.median = quantile(s, 2),
		.high = quantile(s, 3),
	};
}
