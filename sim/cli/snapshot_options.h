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

/* For .children of a command's argp: the file and --qemu; and with --cpu, --cr3 and --find-roots too. NULL ends them. */
extern const struct argp_child snapshot_options_file[], snapshot_options_all[];

/*
 * A command from end to end: reads its options into `arguments`, which begins with a struct snapshot_options (and whose parser
 * handles ARGP_KEY_INIT by snapshot_options_inputs), opens the file, places its blocks, and uses it. Returns an exit status.
 */
typedef int snapshot_user(void *arguments, struct snapshot *s, struct sim_error *err);
int snapshot_options_run(const struct argp *argp, int argc, char **argv, void *arguments,
			 snapshot_user *use);
void snapshot_options_inputs(struct argp_state *state, const struct argp_child *children);

/* Fills in the root of the chosen CPU where none was named, and looks for others. *cpu: that CPU, *levels: of its tables. */
SIM_MUST_CHECK int snapshot_options_roots(struct snapshot_options *o, struct snapshot *s,
					  const struct snapshot_cpu **cpu, unsigned *levels,
					  struct sim_error *err);

#endif
