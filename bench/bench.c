/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench - how fast traces are decoded and replayed, and in how much memory
 *
 *     bench MODELS FOLDER OUT.json [TRACE...]
 *
 * Synthetic streams are made in FOLDER once and kept. Every mode runs on every stream, ROUNDS times
 * in turn with the others, so that a slow moment of the machine hits all alike; the median counts.
 * The exit status tells whether all that must count the same did, never how fast it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "mode.h"
#include "pattern.h"
#include "recording.h"
#include "report.h"
#include "stream.h"

#define ROUNDS	    3
#define ACCESSES    20000000u
#define SHORT	    (ACCESSES / 8)
#define STREAMS_MAX 32
#define PATH_MAX_   512

struct stream {
	char name[32], path[PATH_MAX_];
	enum { SYNTHETIC, CAPTURED } origin;
};

struct bench {
	struct mode_machines machines;
	struct stream stream[STREAMS_MAX];
	size_t n_stream;
	struct stream brief; /* the first, an eighth of its length */
	struct row row[STREAMS_MAX * MODE_COUNT];
	size_t n_row;
	struct memory_row memory[2];
	struct sim_error err;
};

/* --- streams --- */

static int make_all(void *arg)
{
	struct bench *b = arg;
	int rc = 0;

	for (unsigned k = 0; !rc && k < PATTERN_COUNT; k++)
		rc = stream_make(b->stream[k].path, (enum pattern)k, ACCESSES, &b->err);
	if (!rc)
		rc = stream_make(b->brief.path, PATTERN_UNIFORM, SHORT, &b->err);
	if (rc)
		fprintf(stderr, "bench: %s: %s\n", b->err.where, b->err.text);
	return rc != 0;
}

static void name_synthetic(struct bench *b, const char *folder)
{
	for (unsigned k = 0; k < PATTERN_COUNT; k++) {
		struct stream *s = &b->stream[b->n_stream++];

		snprintf(s->name, sizeof(s->name), "%s", pattern_names[k]);
		snprintf(s->path, sizeof(s->path), "%s/%s.snt", folder, pattern_names[k]);
	}
	b->brief = b->stream[PATTERN_UNIFORM];
	snprintf(b->brief.path, sizeof(b->brief.path), "%s/%s-short.snt", folder,
		 b->brief.name);
}

static void name_captured(struct bench *b, char **path, int n)
{
	for (int i = 0; i < n && b->n_stream < STREAMS_MAX; i++) {
		struct stream *s = &b->stream[b->n_stream++];
		const char *slash = strrchr(path[i], '/');

		snprintf(s->path, sizeof(s->path), "%s", path[i]);
		snprintf(s->name, sizeof(s->name), "%s", slash ? slash + 1 : path[i]);
		s->name[strcspn(s->name, ".")] = '\0';
		s->origin = CAPTURED;
	}
}

/* --- rates --- */

static uint64_t accesses(const struct counters *n)
{
	return n->loads + n->stores + n->fetches;
}

static int differ(const struct stream *s, enum mode a, enum mode b, const char *what)
{
	fprintf(stderr, "bench: %s: %s and %s count different %s\n", s->name, mode_names[a],
		mode_names[b], what);
	return 1;
}

/* Whether what must be the same in all modes is. */
static int compare(const struct stream *s, const struct counters n[MODE_COUNT],
		   const int done[MODE_COUNT])
{
	const struct counters *tlb = &n[MODE_TLB];

	for (unsigned k = 0; k < MODE_COUNT; k++) {
		if (done[k] && accesses(&n[k]) != accesses(&n[MODE_DECODE]))
			return differ(s, MODE_DECODE, (enum mode)k, "accesses");
		if (!done[k] || k < MODE_TLB_EACH || k > MODE_TLB)
			continue;
		if (n[k].l1d_tlb_misses != tlb->l1d_tlb_misses ||
		    n[k].l1i_tlb_misses != tlb->l1i_tlb_misses ||
		    n[k].stlb_hits != tlb->stlb_hits || n[k].stlb_misses != tlb->stlb_misses)
			return differ(s, MODE_TLB, (enum mode)k, "TLB misses");
	}
	return 0;
}

/* All modes once; rate[mode] of this round. */
static int measure_round(struct bench *b, const struct stream *s, const struct recording *rec,
			 double rate[MODE_COUNT], struct counters n[MODE_COUNT])
{
	int done[MODE_COUNT] = { 0 };

	for (unsigned k = 0; k < MODE_COUNT; k++) {
		struct mode_run run;

		if (k == MODE_TLB_MEMORY && !rec->n)
			continue;
		if (mode_measure((enum mode)k, &b->machines, s->path, rec, &run, &b->err)) {
			fprintf(stderr, "bench: %s: %s: %s: %s\n", s->name, mode_names[k],
				b->err.where, b->err.text);
			return 1;
		}
		done[k] = 1;
		n[k] = run.n;
		rate[k] = (double)accesses(&run.n) / run.seconds / 1e6;
	}
	return compare(s, n, done);
}

static void add_rows(struct bench *b, const struct stream *s, double rate[MODE_COUNT][ROUNDS])
{
	double ept = 0;

	for (unsigned k = 0; k < MODE_COUNT; k++) {
		struct row *r = &b->row[b->n_row];

		if (rate[k][0] <= 0)
			continue;
		*r = (struct row){ .mode = (enum mode)k,
				   .stream = s->name,
				   .rate = measure_median(rate[k], ROUNDS),
				   .target = report_target((enum mode)k, s->name) };
		if (k == MODE_EPT)
			ept = r->rate;
		if (k == MODE_SPT && !strcmp(s->name, "gups4k"))
			r->target = ept;
		report_row(r);
		b->n_row++;
	}
}

static int measure_stream(struct bench *b, const struct stream *s)
{
	double rate[MODE_COUNT][ROUNDS] = { { 0 } };
	struct counters first[MODE_COUNT], n[MODE_COUNT];
	struct recording rec = { 0 };
	int rc = 0;

	memset(n, 0, sizeof(n));
	if (s->origin == SYNTHETIC && recording_make(&rec, s->path, &b->err)) {
		fprintf(stderr, "bench: %s: %s\n", b->err.where, b->err.text);
		return 1;
	}
	for (unsigned round = 0; !rc && round < ROUNDS; round++) {
		double now[MODE_COUNT] = { 0 };

		rc = measure_round(b, s, &rec, now, n);
		for (unsigned k = 0; k < MODE_COUNT; k++)
			rate[k][round] = now[k];
		if (!round)
			memcpy(first, n, sizeof(n));
		if (!rc && memcmp(first, n, sizeof(n))) {
			fprintf(stderr, "bench: %s: two runs count differently\n", s->name);
			rc = 1;
		}
	}
	recording_fini(&rec);
	if (!rc)
		add_rows(b, s, rate);
	return rc;
}

/* --- memory --- */

struct replay_job {
	struct bench *b;
	const struct stream *s;
};

static int replay_once(void *arg)
{
	struct replay_job *j = arg;
	struct mode_run run;

	return mode_measure(MODE_EPT, &j->b->machines, j->s->path, NULL, &run, &j->b->err) != 0;
}

static int measure_memory(struct bench *b)
{
	const struct stream *s[2] = { &b->brief, &b->stream[PATTERN_UNIFORM] };
	const uint64_t n[2] = { SHORT, ACCESSES };

	for (unsigned i = 0; i < 2; i++) {
		struct replay_job j = { b, s[i] };

		b->memory[i] = (struct memory_row){ s[i]->name, n[i], 0 };
		if (measure_child(replay_once, &j, &b->memory[i].peak_mib))
			return 1;
	}
	return 0;
}

/* --- all of it --- */

static int load_machine(struct machine *m, const char *folder, const char *name)
{
	struct sim_error err = { 0 };
	char path[PATH_MAX_];

	snprintf(path, sizeof(path), "%s/machine/%s.json", folder, name);
	if (machine_load(m, path, &err)) {
		fprintf(stderr, "bench: %s: %s\n", err.where, err.text);
		return 1;
	}
	m->pte_cache = PTE_CACHE_TABLES;
	return 0;
}

static int run(struct bench *b, char **arg, int n)
{
	double peak;

	if (load_machine(&b->machines.intel, arg[0], "skylake-sp") ||
	    load_machine(&b->machines.amd, arg[0], "zen3"))
		return 1;
	name_synthetic(b, arg[1]);
	name_captured(b, arg + 3, n - 3);
	/* children: what they took is not this process's, whose size the memory rows begin with */
	if (measure_child(make_all, b, &peak) || measure_memory(b))
		return 1;
	report_head();
	for (size_t i = 0; i < b->n_stream; i++)
		if (measure_stream(b, &b->stream[i]))
			return 1;
	report_memory(b->memory, 2);
	if (!report_write(arg[2], b->row, b->n_row, b->memory, 2))
		return 0;
	fprintf(stderr, "bench: cannot write %s\n", arg[2]);
	return 1;
}

int main(int argc, char **argv)
{
	struct bench *b;
	int rc;

	if (argc < 4) {
		fprintf(stderr, "usage: bench MODELS FOLDER OUT.json [TRACE...]\n");
		return 2;
	}
	b = calloc(1, sizeof(*b));
	rc = b ? run(b, argv + 1, argc - 1) : 1;
	free(b);
	return rc;
}
