/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stream.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "trace/reader.h"
#include "trace/writer.h"
#include "x86/ptformat.h"
#include "x86/regs.h"

#define SEED	   1u
#define ZSTD_LEVEL 3
#define BLOCK	   (1u << 18) /* records: the unpacked columns fit a second-level cache */
#define GIB	   ((uint64_t)1 << 30)
#define GVA	   (GIB * 130048) /* 0x7f0000000000 */
#define ROOT_GPA   ((uint64_t)16 << 20)
#define PTE_TABLE  (PTE_P | PTE_W | PTE_U | PTE_A)
#define WORDS	   512u

/* What tells one stream from another; changes with everything that shapes it. */
static void describe(char *text, size_t size, enum pattern kind, size_t n)
{
	snprintf(text, size, "synthetic: %zu 8-byte loads, %s over 1 GiB, seed %u, version 3",
		 n, pattern_names[kind], SEED);
}

static bool is_there(const char *path, const char *origin)
{
	struct trace_reader *r;
	bool same;

	if (trace_open(&r, path, 0, NULL))
		return false;
	same = !strcmp(trace_meta(r)->origin, origin);
	trace_close(r);
	return same;
}

static int put_table(struct trace_writer *w, unsigned level, uint64_t gpa,
		     const uint64_t *words, struct sim_error *err)
{
	const struct event e = { .kind = EVENT_PTPAGE, .level = (uint8_t)level, .gpa = gpa };

	return trace_writer_event(w, &e, words, err);
}

/* A table with one entry, which leads to the page behind it. */
static int put_single(struct trace_writer *w, unsigned level, uint64_t gpa,
		      struct sim_error *err)
{
	uint64_t words[WORDS] = { 0 };

	words[level_index(GVA, level)] = (gpa + PAGE_BYTES) | PTE_TABLE;
	return put_table(w, level, gpa, words, err);
}

/* The i-th table of leaves; they stand behind the three single tables. */
static int put_leaves(struct trace_writer *w, unsigned i, struct sim_error *err)
{
	uint64_t words[WORDS];

	for (unsigned k = 0; k < WORDS; k++)
		words[k] =
			(GIB + (((uint64_t)i * WORDS + k) << PAGE_SHIFT)) | PTE_TABLE | PTE_D;
	return put_table(w, 1, ROOT_GPA + (3 + i) * PAGE_BYTES, words, err);
}

static int put_tables(struct trace_writer *w, struct sim_error *err)
{
	uint64_t words[WORDS];
	int rc;

	for (unsigned i = 0; i < WORDS; i++)
		words[i] = (ROOT_GPA + (3 + i) * PAGE_BYTES) | PTE_TABLE;
	if ((rc = put_single(w, 4, ROOT_GPA, err)) ||
	    (rc = put_single(w, 3, ROOT_GPA + PAGE_BYTES, err)) ||
	    (rc = put_table(w, 2, ROOT_GPA + 2 * PAGE_BYTES, words, err)))
		return rc;
	for (unsigned i = 0; !rc && i < WORDS; i++)
		rc = put_leaves(w, i, err);
	return rc;
}

static int put_loads(struct trace_writer *w, const uint64_t *address, size_t n,
		     struct sim_error *err)
{
	const struct event end = { .kind = EVENT_END, .value = n };
	struct trace_access a = { .op = OP_LOAD | 3u << OP_SIZE_SHIFT | OP_USER,
				  .frame = FRAME_NONE };
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		a.gva = gva_make(GVA + address[i]);
		rc = trace_writer_access(w, &a, err);
	}
	return rc ? rc : trace_writer_event(w, &end, NULL, err);
}

static int write_stream(const char *path, const char *origin, const uint64_t *address, size_t n,
			struct sim_error *err)
{
	const struct trace_writer_options opt = { .level = ZSTD_LEVEL, .block = BLOCK };
	const struct trace_meta meta = {
		.name = "",
		.origin = origin,
		.tools = "bench",
		.ram = { { 0, 2 * GIB } },
		.n_ram = 1,
		.n_vcpu = 1,
		.regs = { .cr0 = CR0_PG | CR0_WP | 1,
			  .cr3 = ROOT_GPA,
			  .cr4 = CR4_PAE | CR4_PGE,
			  .efer = EFER_LME | EFER_LMA | EFER_NXE },
		.has_tables = true,
	};
	struct trace_writer *w;
	int rc = trace_writer_create(&w, path, &meta, &opt, err);

	if (rc)
		return rc;
	rc = put_tables(w, err);
	if (!rc)
		rc = put_loads(w, address, n, err);
	if (!rc)
		return trace_writer_close(w, err);
	trace_writer_abort(w);
	return rc;
}

int stream_make(const char *path, enum pattern kind, size_t n, struct sim_error *err)
{
	uint64_t *address;
	char origin[128];
	int rc;

	describe(origin, sizeof(origin), kind, n);
	if (is_there(path, origin))
		return 0;
	address = malloc(n * sizeof(*address));
	if (!address || pattern_fill(kind, address, n, SEED))
		rc = sim_fail_nomem(err);
	else
		rc = write_stream(path, origin, address, n, err);
	free(address);
	return rc;
}
