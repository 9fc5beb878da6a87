/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * snapshot_options.h - what the sub-commands of `shadownest snapshot` have in common: the file, the machine, which roots
 */
#ifndef SIM_CLI_SNAPSHOT_OPTIONS_H
#define SIM_CLI_SNAPSHOT_OPTIONS_H

#include <argp.h>

#include "snapshot/roots.h"
#include "snapshot/snapshot.h"

struct snapshot_options {
	const char *path;
	const char *qemu; /* NULL: derived from the file */
	struct roots roots;
	unsigned cpu;
	bool finds_roots; /* --find-roots */
	bool takes_any;	  /* set by the command: it can do without knowing where blocks lie */
};

/* The file and --qemu; and --cpu and --cr3; for .children of a command's argp, with a struct snapshot_options as input. */
extern const struct argp snapshot_options_file, snapshot_options_root;

/* Opens the file and places its blocks. snapshot_close after an error too. */
SIM_MUST_CHECK int snapshot_options_open(const struct snapshot_options *o, struct snapshot *s,
					 struct sim_error *err);

/* Fills in the root of the chosen CPU where none was named, and looks for others. *cpu: that CPU, *levels: of its tables. */
SIM_MUST_CHECK int snapshot_options_roots(struct snapshot_options *o, struct snapshot *s,
					  const struct snapshot_cpu **cpu, unsigned *levels,
					  struct sim_error *err);

void snapshot_options_fini(struct snapshot_options *o);

#endif
