/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_scenario.c - arbitrary bytes as a scenario file: read, and played to a replayer that only listens */
#include <assert.h>
#include <string.h>

#include "scenario/scenario.h"

#define RECORDS_MAX (1u << 20) /* then the replayer gives up: a small file can say a lot */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int listen_run(void *self, const struct batch *b, struct sim_error *err)
{
	uint64_t *heard = self;

	*heard += b->n;
	return *heard < RECORDS_MAX ? 0 : sim_fail(err, SIM_EINTR, NULL, "enough");
}

static int listen_host(void *self, const struct host_op *op, struct sim_error *err)
{
	uint64_t *heard = self;

	assert(op->kind < HOST_OP_KIND_COUNT);
	*heard += 1;
	return *heard < RECORDS_MAX ? 0 : sim_fail(err, SIM_EINTR, NULL, "enough");
}

static int listen_counters(void *self, struct counters *c, bool have[COUNTER_COUNT],
			   struct sim_error *err)
{
	(void)self;
	(void)err;
	memset(c, 0, sizeof(*c));
	memset(have, 0, COUNTER_COUNT * sizeof(*have));
	return 0;
}

static int listen_dirty(void *self, uint64_t *pages, struct sim_error *err)
{
	(void)self;
	(void)err;
	*pages = 0;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct replayer_ops ops = { .run = listen_run,
						 .host = listen_host,
						 .counters = listen_counters,
						 .dirty = listen_dirty };
	struct sim_error err = { 0 };
	struct scenario_result result;
	struct scenario *s;
	uint64_t heard = 0;
	struct replayer r = { &ops, &heard };

	if (scenario_parse(&s, (const char *)data, size, "input", &err)) {
		assert(err.code < 0 && err.text[0]);
		return 0;
	}
	if (scenario_run(s, &r, &result, &err))
		assert(err.code < 0 && err.text[0] && err.where[0]);
	scenario_destroy(s);
	return 0;
}
