/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen_stream.h"

#include <string.h>

int gen_stream_open(struct gen_stream *s, const char *text, struct sim_error *err)
{
	int rc;

	memset(s, 0, sizeof(*s));
	rc = spec_parse(&s->spec, text, strlen(text), "spec", err);
	if (rc)
		return rc;
	rc = gen_create(&s->g, &s->spec, err);
	if (rc)
		spec_fini(&s->spec);
	return rc;
}

void gen_stream_close(struct gen_stream *s)
{
	gen_destroy(s->g);
	spec_fini(&s->spec);
}

int gen_stream_next(struct gen_stream *s, struct gen_record *r)
{
	uint32_t i;

	while (s->at == s->b.n) {
		int rc = gen_next(s->g, &s->b);

		if (rc)
			return rc;
		s->at = 0;
	}
	i = s->at++;
	*r = (struct gen_record){ .op = s->b.op[i],
				  .gva = s->b.gva[i],
				  .count = s->b.count[i] };
	if ((r->op & OP_KIND) == OP_EVENT)
		r->event = &s->b.event[r->gva];
	return 0;
}
