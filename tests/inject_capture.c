/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_capture.c - importing what the capture plugin sends, for test_inject */
#include "config.h"

#include "inject_subjects.h"

#include <stdio.h>

#include "trace/bytes.h"
#include "trace/capture_wire.h"
#include "trace/import.h"

/* Header, RAM, a text of two bytes, a load, the end. */
static const uint64_t words[] = {
	WIRE_MAGIC, WIRE_VERSION | (uint64_t)1 << 32,
	1,	    2,
	0x80010001, 0x10000,
	0x20,	    0x500,
	0,	    16u << 20,
	0x6968,	    0,
	8,	    WIRE_LOAD | 3 << 8,
	0,	    WIRE_EVENT | WIRE_KIND_END << 8,
	0,	    0,
	1,	    0,
	WIRE_END,   WIRE_CONTROL | 10 << 8,
};

int inject_capture(void *arg, struct sim_error *err)
{
	const struct import_options opt = { .writer = { .level = 1 } };
	uint8_t bytes[sizeof(words)];
	FILE *f;
	int rc;

	for (size_t i = 0; i < sizeof(words) / 8; i++)
		le_put(bytes + 8 * i, 8, words[i]);
	f = fmemopen(bytes, sizeof(bytes), "rb");
	if (!f)
		return sim_fail(err, SIM_EIO, NULL, "no stream");
	rc = import_run(f, "pipe", arg, &opt, err);
	fclose(f);
	return rc;
}
