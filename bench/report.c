/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "pattern.h"

#define FLAT 1.05 /* peak memory over eight times the length that still counts as the same */

static const struct {
	enum mode mode;
	enum pattern stream;
	double rate;
} targets[] = {
	{ MODE_TLB, PATTERN_UNIFORM, 40 },
	{ MODE_TLB, PATTERN_ZIPF, 40 },
	{ MODE_TLB, PATTERN_SEQUENTIAL, 400 },
	{ MODE_EPT, PATTERN_ZIPF, 10 },
};

/* Tools that do nearly what a mode does; 0: not measured, or it failed. */
static const struct {
	const char *tool;
	enum mode mode;
	double rate[PATTERN_COUNT];
} peers[] = {
	{ "dineroIV", MODE_TLB, { 10.6, 14.5, 66.0 } },
	{ "libCacheSim", MODE_TLB, { 5.0, 11.5, 49.4 } },
	{ "drmemtrace", MODE_TLB, { 5.8, 3.7, 11.4 } },
	{ "cachegrind", MODE_TLB, { 3.25, 0, 36.6 } },
	{ "DMT", MODE_EPT, { 0.19, 0.36, 6.6 } },
	{ "ChampSim", MODE_EPT, { 0, 0.0038, 0.072 } },
};

#define N(array) (sizeof(array) / sizeof(*(array)))

double report_target(enum mode mode, const char *stream)
{
	for (size_t i = 0; i < N(targets); i++)
		if (targets[i].mode == mode &&
		    !strcmp(pattern_names[targets[i].stream], stream))
			return targets[i].rate;
	return 0;
}

/* What peer i reaches where row r stands; 0: nothing to compare. */
static double peer_rate(size_t i, const struct row *r)
{
	for (unsigned k = 0; k < PATTERN_COUNT; k++)
		if (peers[i].mode == r->mode && !strcmp(pattern_names[k], r->stream))
			return peers[i].rate[k];
	return 0;
}

static bool is_met(const struct row *r)
{
	return r->rate >= r->target;
}

void report_head(void)
{
	printf("%-11s %-11s %9s %8s  %-14s %s\n", "mode", "stream", "M/s", "target", "verdict",
	       "others (M/s)");
}

void report_row(const struct row *r)
{
	char target[16] = "", verdict[32] = "";

	if (r->target > 0) {
		snprintf(target, sizeof(target), "%.1f", r->target);
		if (is_met(r))
			snprintf(verdict, sizeof(verdict), "met");
		else
			snprintf(verdict, sizeof(verdict), "short by %.1f%%",
				 100 * (1 - r->rate / r->target));
	}
	printf("%-11s %-11s %9.1f %8s  %-14s", mode_names[r->mode], r->stream, r->rate, target,
	       verdict);
	for (size_t i = 0; i < N(peers); i++)
		if (peer_rate(i, r) > 0)
			printf(" %s %g", peers[i].tool, peer_rate(i, r));
	printf("\n");
	fflush(stdout);
}

void report_memory(const struct memory_row *r, size_t n)
{
	printf("\npeak memory of a replay under ept, by the stream's length\n");
	for (size_t i = 0; i < n; i++)
		printf("%-11s %8.1f M accesses %8.1f MiB\n", r[i].stream,
		       (double)r[i].accesses / 1e6, r[i].peak_mib);
	printf("%s\n", r[n - 1].peak_mib <= FLAT * r[0].peak_mib ? "independent of the length"
								 : "grows with the length");
}

static json_t *row_json(const struct row *r)
{
	json_t *o = json_pack("{s:s, s:s, s:f}", "mode", mode_names[r->mode], "stream",
			      r->stream, "rate", r->rate);
	json_t *others = json_object();

	for (size_t i = 0; i < N(peers); i++)
		if (peer_rate(i, r) > 0)
			json_object_set_new(others, peers[i].tool, json_real(peer_rate(i, r)));
	if (r->target > 0) {
		json_object_set_new(o, "target", json_real(r->target));
		json_object_set_new(o, "met", json_boolean(is_met(r)));
	}
	json_object_set_new(o, "others", others);
	return o;
}

int report_write(const char *path, const struct row *r, size_t n, const struct memory_row *m,
		 size_t n_memory)
{
	json_t *rows = json_array(), *memory = json_array(), *all;
	int rc;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(rows, row_json(&r[i]));
	for (size_t i = 0; i < n_memory; i++)
		json_array_append_new(memory,
				      json_pack("{s:s, s:I, s:f}", "stream", m[i].stream,
						"accesses", (json_int_t)m[i].accesses,
						"peak_mib", m[i].peak_mib));
	all = json_pack("{s:s, s:o, s:o}", "unit", "million accesses per CPU-second", "rates",
			rows, "memory", memory);
	rc = json_dump_file(all, path, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	json_decref(all);
	return rc;
}
