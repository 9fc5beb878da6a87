/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_champsim.c - instruction traces of ChampSim, and its CloudSuite variant
 *
 * Format (ChampSim, inc/trace_instruction.h: struct input_instr and cloudsuite_instr, written
 * as they lie in memory; little-endian), one record an instruction:
 *
 *     offset, bytes       ChampSim: 64        CloudSuite: 96
 *     instruction pointer  0, 8                0, 8
 *     is a branch          8, 1                8, 1          0 or 1
 *     branch was taken     9, 1                9, 1          0 or 1
 *     registers           10, 2 + 4           10, 4 + 4      passed over
 *     stores to           16, 2 x 8           24, 4 x 8      0: none
 *     loads from          32, 4 x 8           56, 4 x 8      0: none
 *     address space             -             88, 2          becomes the process
 *     filling                   -             90, 6
 *
 * Nothing marks such a file; without a format given, its name must say ".champsim". There are
 * no sizes: a load or store is taken for 8 bytes, fewer where these would reach into the next
 * page; of an instruction, only its first byte is known. Loads come before stores. Whose
 * privilege an instruction had is not known either: all is CPL 3.
 */
#include "config.h"

#include <string.h>

#include "trace/bytes.h"
#include "trace/import_bare.h"

#define USUAL_BYTES 8

struct layout {
	size_t bytes;
	size_t stores, loads; /* offsets */
	unsigned n_stores, n_loads;
	size_t asid; /* offset; 0: none */
};

struct champsim {
	struct import_bare bare;
	const struct layout *layout;
};

static const struct layout plain = {
	.bytes = 64, .stores = 16, .n_stores = 2, .loads = 32, .n_loads = 4
};

static const struct layout cloudsuite = {
	.bytes = 96, .stores = 24, .n_stores = 4, .loads = 56, .n_loads = 4, .asid = 88
};

static const char *slots_flaw(const uint8_t *slot, unsigned n)
{
	const char *flaw = NULL;

	for (; n && !flaw; n--, slot += 8) {
		uint64_t gva = le_get(slot, 8);

		if (gva)
			flaw = import_bare_flaw(gva, import_bare_bytes(gva, USUAL_BYTES));
	}
	return flaw;
}

static const char *record_flaw(const struct layout *l, const uint8_t *r)
{
	const char *flaw;

	if (r[8] > 1 || r[9] > 1)
		return "no record of ChampSim's: a branch is or is not, and is taken or not";
	flaw = import_bare_flaw(le_get(r, 8), 1);
	if (!flaw)
		flaw = slots_flaw(r + l->stores, l->n_stores);
	return flaw ? flaw : slots_flaw(r + l->loads, l->n_loads);
}

static int write_slots(struct champsim *c, unsigned kind, const uint8_t *slot, unsigned n,
		       struct sim_error *err)
{
	int rc = 0;

	for (; n && !rc; n--, slot += 8) {
		uint64_t gva = le_get(slot, 8);

		if (gva)
			rc = import_bare_data(&c->bare, kind, gva,
					      import_bare_bytes(gva, USUAL_BYTES), err);
	}
	return rc;
}

static int take_record(void *arg, const uint8_t *r, struct sim_error *err)
{
	struct champsim *c = arg;
	const struct layout *l = c->layout;
	const char *flaw = record_flaw(l, r);
	int rc = 0;

	if (flaw)
		return import_bad(c->bare.m, flaw, err);
	if (l->asid)
		rc = import_bare_switch(
			&c->bare, IMPORT_BARE_PID + (uint32_t)le_get(r + l->asid, 2), err);
	if (!rc)
		rc = import_bare_code(&c->bare, le_get(r, 8), 1, err);
	if (!rc)
		rc = write_slots(c, OP_LOAD, r + l->loads, l->n_loads, err);
	return rc ? rc : write_slots(c, OP_STORE, r + l->stores, l->n_stores, err);
}

/* A name that says so, and whole records in the head that do not contradict. */
static bool probe(const char *in_name, const uint8_t *head, size_t n)
{
	if (!strstr(in_name, ".champsim") || n < plain.bytes)
		return false;
	for (; n >= plain.bytes; head += plain.bytes, n -= plain.bytes)
		if (record_flaw(&plain, head))
			return false;
	return true;
}

static int run_layout(struct import *m, const struct layout *l, struct sim_error *err)
{
	struct champsim c = { .layout = l };
	int rc;

	import_bare_init(&c.bare, m, "a ChampSim trace",
			 "ChampSim's tracer, imported by " PACKAGE_STRING);
	rc = import_records(m, l->bytes, take_record, &c, err);
	return rc ? rc : import_bare_end(&c.bare, err);
}

static int run(struct import *m, struct sim_error *err)
{
	return run_layout(m, &plain, err);
}

static int run_cloudsuite(struct import *m, struct sim_error *err)
{
	return run_layout(m, &cloudsuite, err);
}

const struct importer import_champsim = {
	.name = "champsim",
	.summary = "ChampSim, 64-byte instructions; known by NAME.champsimtrace*",
	.how = "pin -t champsim_tracer.so -o OUT.champsimtrace -- PROGRAM",
	.flags = IMPORT_ACCESSES,
	.probe = probe,
	.run = run,
};

const struct importer import_champsim_cloudsuite = {
	.name = "champsim-cloudsuite",
	.summary = "ChampSim's CloudSuite variant, 96 bytes; never guessed",
	.flags = IMPORT_ACCESSES,
	.run = run_cloudsuite,
};
