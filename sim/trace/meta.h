/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * meta.h - what a trace says of itself, and its JSON text
 */
#ifndef SIM_TRACE_META_H
#define SIM_TRACE_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "x86/regs.h"

#define TRACE_RAM_MAX  64
#define TRACE_VCPU_MAX 1024

struct trace_ram {
	uint64_t gpa, bytes;
};

struct trace_meta {
	const char *name;		     /* short, as in a table; may be empty */
	const char *origin;		     /* what ran, on what, how captured or generated */
	const char *tools;		     /* programs and versions that made the stream */
	struct trace_ram ram[TRACE_RAM_MAX]; /* ascending, no overlap, page aligned */
	unsigned n_ram;
	unsigned n_vcpu;
	struct regs regs; /* at the first record, every vCPU */
	bool has_tables;  /* the stream carries the guest's page tables (what replay needs) */
	bool has_frames;  /* each access has the guest frame that it used */
	const char *json; /* read only: the whole text */
};

/* NULL, or what is wrong with it. */
const char *trace_meta_flaw(const struct trace_meta *m);

/* SIM_EUNSUP unless the stream carries page tables; the text says what to do. */
SIM_MUST_CHECK int trace_meta_need_tables(const struct trace_meta *m, struct sim_error *err);

/* The text of m, to be freed; NULL when out of memory. */
SIM_MUST_CHECK char *trace_meta_text(const struct trace_meta *m);

/* Reads a text of n bytes; `name` stands for the file in messages. On success the caller owns
 * *m and everything it points to: trace_meta_fini. */
SIM_MUST_CHECK int trace_meta_parse(struct trace_meta *m, const char *text, size_t n,
				    const char *name, struct sim_error *err);
void trace_meta_fini(struct trace_meta *m);

/* True when frame gfn is RAM at the start of the stream. */
bool trace_meta_is_ram(const struct trace_meta *m, uint64_t gfn);

#endif
