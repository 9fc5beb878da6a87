/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_import.c - arbitrary bytes to an importer: an error, or a .snt that reads back whole
 *
 * FUZZ_FORMAT is the importer, or "" to let the bytes choose. Two malformed records are passed
 * over.
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/import.h"
#include "trace/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_back(char *bytes, size_t n)
{
	struct sim_error err = { 0 };
	FILE *f = fmemopen(bytes, n, "rb");
	struct trace_reader *r;
	struct batch b;
	int rc;

	assert(f);
	rc = trace_open_stream(&r, f, "output", TRACE_DETAIL, &err);
	assert(!rc);
	do
		rc = trace_next(r, 0, &b, &err);
	while (!rc);
	assert(rc == SIM_EOF);
	trace_close(r);
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import_report report;
	struct import_options opt = { .format = FUZZ_FORMAT[0] ? FUZZ_FORMAT : NULL,
				      .writer = { .level = 1, .block = 512 },
				      .skip_bad = 2,
				      .report = &report };
	struct sim_error err = { 0 };
	char *out, *copy;
	size_t n;
	FILE *in;
	int rc;

	if (!size)
		return 0;
	copy = malloc(size);
	assert(copy);
	memcpy(copy, data, size);
	in = fmemopen(copy, size, "rb");
	opt.stream = open_memstream(&out, &n);
	assert(in && opt.stream);
	rc = import_run(in, "input", "output", &opt, &err);
	fclose(in);
	fclose(opt.stream);
	assert(!rc || (rc < 0 && err.text[0]));
	assert(report.n_bad <= 2 && !report.n_bad == !report.first_bad[0]);
	if (!rc)
		read_back(out, n);
	free(out);
	free(copy);
	return 0;
}
