/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen_reading.h"

#include <string.h>

#include "check.h"

#define GIB ((uint64_t)1 << 30)

void reading_start(struct reading *r, const char *workload, const char *parameters)
{
	char text[512];
	struct sim_error err = { 0 };

	memset(r, 0, sizeof(*r));
	snprintf(text, sizeof(text),
		 "{\"workload\": \"%s\", \"seed\": 11, \"parameters\": {%s}}", workload,
		 parameters);
	if (gen_stream_open(&r->s, text, &err))
		fail_msg("%s: %s", err.where, err.text);
}

static void take_event(struct reading *r, const struct event *e)
{
	if (e->kind == EVENT_MAP && !(e->n & MAPPING_FILE)) {
		assert_true(r->n_regions < REGIONS && e->gva % GIB == 0);
		r->base[r->n_regions] = e->gva;
		r->bytes[r->n_regions++] = e->value;
	}
	if (e->kind == EVENT_PHASE && e->n == 1)
		r->is_measured = !e->value;
	if (e->kind == EVENT_END)
		r->end = e->value;
}

int reading_next(struct reading *r, struct gen_record *a)
{
	while (!gen_stream_next(&r->s, a)) {
		unsigned kind = a->op & OP_KIND;

		if (a->event) {
			take_event(r, a->event);
			continue;
		}
		assert_true(a->op & OP_USER);
		r->instructions += a->count;
		if (kind == OP_FETCH) {
			assert_int_equal(a->gva, 0x400000);
			continue;
		}
		assert_int_equal(a->count, 0);
		if (r->is_measured)
			return 1;
		assert_int_equal(kind, OP_STORE);
		r->stored_first++;
	}
	return 0;
}

void reading_stop(struct reading *r)
{
	assert_int_equal(r->end, r->instructions);
	gen_stream_close(&r->s);
}

unsigned reading_array(const struct reading *r, uint64_t gva, uint64_t *offset)
{
	for (unsigned i = 0; i < r->n_regions; i++)
		if (gva >= r->base[i] && gva - r->base[i] < r->bytes[i]) {
			*offset = gva - r->base[i];
			return i;
		}
	fail_msg("0x%llx is in no mapping", (unsigned long long)gva);
	return 0;
}
