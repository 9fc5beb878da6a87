/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_exit_log.c - arbitrary text as a log of KVM's tracepoints: an error, or sums that agree with
 * its events */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/exit_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum(const struct exit_rows *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		assert(memchr(r->row[i].name, '\0', sizeof(r->row[i].name)));
		assert(r->row[i].ns_max <= r->row[i].ns || r->row[i].handled > 1);
		n += r->row[i].n;
	}
	return n;
}

static void read_log(struct exit_log *l)
{
	struct sim_error err = { 0 };
	struct exit_log_event e;
	struct exit_table t;
	uint64_t events = 0;
	int rc;

	exit_table_init(&t);
	while (!(rc = exit_log_next(l, &e, &err))) {
		events += e.kind != EXIT_LOG_LOST;
		assert(e.name[0] && (unsigned)e.kind < EXIT_LOG_KIND_COUNT);
		rc = exit_table_add(&t, &e, &err);
		if (rc)
			break;
	}
	assert(rc == SIM_EOF || (rc < 0 && err.text[0]));
	if (rc == SIM_EOF) {
		exit_table_sort(&t);
		assert(t.events == events && sum(&t.point) == events);
		assert(sum(&t.reason) == t.exits && sum(&t.fault) == t.faults);
		assert(t.pages + t.pages_gva + t.pages_gpa <= t.faults);
	}
	exit_table_fini(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_source in;
	struct exit_log l;
	char *copy;
	FILE *f;

	if (!size)
		return 0;
	copy = malloc(size);
	assert(copy);
	memcpy(copy, data, size);
	f = fmemopen(copy, size, "rb");
	assert(f);
	if (!source_init(&in, f, "input", NULL)) {
		assert(!exit_log_init(&l, &in, 2, NULL));
		read_log(&l);
		exit_log_fini(&l);
	}
	source_fini(&in);
	fclose(f);
	free(copy);
	return 0;
}
