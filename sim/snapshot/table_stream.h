/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * table_stream.h - a snapshot as a stream: its page tables, then one load of each page that they map
 *
 * For a trace file, or for the models of vm/. PTPAGE of each table, root by root; then for each root its CR3 and the loads,
 * ascending: 8 bytes at the start of each 4 KiB, at CPL 3 where all levels say user, else at CPL 0. Pages that are no memory of
 * the snapshot's (devices) are left out. A table that several roots have, or one at several places, is given once, and what
 * it maps loaded once at each level and half where it serves (table_survey.h).
 */
#ifndef SIM_SNAPSHOT_TABLE_STREAM_H
#define SIM_SNAPSHOT_TABLE_STREAM_H

#include "snapshot/roots.h"
#include "trace/meta.h"
#include "trace/writer.h"
#include "vm/vm.h"

enum table_stream_half { TABLE_STREAM_ALL, TABLE_STREAM_USER, TABLE_STREAM_KERNEL };

struct table_stream_options {
	const struct snapshot_cpu *cpu;
	const struct roots *roots; /* at least one */
	unsigned levels;
	enum table_stream_half half; /* whose pages are loaded */
	int (*stopped)(void); /* asked at each table and leaf: non-zero ends it with SIM_EINTR;
					NULL: never */
};

/* Who gets it. */
struct table_stream_sink {
	int (*event)(void *arg, const struct event *e, const uint64_t *words,
		     struct sim_error *err);
	int (*load)(void *arg, const struct trace_access *a, struct sim_error *err);
	void *arg;
};

/* The stream's metadata; its texts are constants. SIM_EUNSUP: memory in too many pieces. */
SIM_MUST_CHECK int table_stream_meta(const struct snapshot *s,
				     const struct table_stream_options *o,
				     struct trace_meta *meta, struct sim_error *err);

/* *loads: how many there were. SIM_EINTR: stopped. */
SIM_MUST_CHECK int table_stream_run(struct snapshot *s, const struct table_stream_options *o,
				    const struct table_stream_sink *sink, uint64_t *loads,
				    struct sim_error *err);

/* Writes it as a trace file, which appears when it is whole. */
SIM_MUST_CHECK int table_stream_write(struct snapshot *s, const struct table_stream_options *o,
				      const char *path, uint64_t *loads, struct sim_error *err);

/* Lets a VM of that configuration live through it; *c: its counters in the end. */
SIM_MUST_CHECK int table_stream_replay(struct snapshot *s, const struct table_stream_options *o,
				       const struct vm_config *cfg, struct counters *c,
				       struct sim_error *err);

#endif
