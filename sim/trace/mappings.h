/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mappings.h - what the processes of a stream have mapped, from its process events alone
 *
 * Models:      the events map ... exit as doc/trace-format.md defines them: a map replaces what it
 *              covers, unmap and protect split what they meet in part, fork copies, exec and exit
 *              empty. Of advice, what lasts is kept: huge pages wanted or not.
 * Not modelled: what is in the pages, which of them are present, what fork leaves shared.
 * Shape:       one array in the order of process and address; an event costs its length at most.
 * Ownership:   mappings_init or all zero; mappings_fini frees.
 * Errors:      SIM_ENOMEM only; the mappings are then good for nothing but mappings_fini.
 */
#ifndef SIM_TRACE_MAPPINGS_H
#define SIM_TRACE_MAPPINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/record.h"

struct mapping {
	uint32_t pid;
	uint32_t n;	 /* MAPPING_* */
	uint32_t advice; /* ADVICE_HUGEPAGE, ADVICE_NOHUGEPAGE or 0 */
	uint64_t gva, bytes;
	uint64_t gpa; /* MAPPING_OFFSET of a file */
};

struct mappings {
	struct mapping *m;
	size_t n, cap;
};

void mappings_init(struct mappings *s);
void mappings_fini(struct mappings *s);

/* Kinds other than map ... advise are ignored. */
SIM_MUST_CHECK int mappings_event(struct mappings *s, const struct event *e);

/* The events that make one mapping: *map, and *advise when the result is 2. */
unsigned mappings_to_events(const struct mapping *m, struct event *map, struct event *advise);

/* Mappings of one process: index of the first, and past the last. */
size_t mappings_begin(const struct mappings *s, uint32_t pid);
size_t mappings_end(const struct mappings *s, uint32_t pid);

/* 1 when a process has the same mapped in both, else 0. */
int mappings_equal(const struct mappings *a, const struct mappings *b, uint32_t pid);

#endif
