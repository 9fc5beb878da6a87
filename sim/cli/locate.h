/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * locate.h - finds an experiment, a scenario or a cost model by what its user calls it
 *
 * "experiments/quickstart.json" is a path: from the current folder, else from the source tree
 * that the program runs in, else from the installed data. "quickstart" is
 * experiments/quickstart.json in each of these, and a cost model's is models/cost/NAME.json.
 */
#ifndef SIM_CLI_LOCATE_H
#define SIM_CLI_LOCATE_H

#include "base/err.h"

/* The experiment's path, or `name` where there is none; the caller frees. NULL: out of memory. */
SIM_MUST_CHECK char *locate_experiment(const char *name);
SIM_MUST_CHECK char *locate_cost(const char *name);
SIM_MUST_CHECK char *locate_scenario(const char *name);
SIM_MUST_CHECK char *locate_workload(const char *name);

/* A file or folder of the program's own, by its path in the source tree. */
SIM_MUST_CHECK char *locate_data(const char *rel);

/* The folder that has models/, traces/ and experiments/: the source tree that the program runs
 * in, else that of the installed data; the caller frees. NULL: out of memory. */
SIM_MUST_CHECK char *locate_data_dir(void);

/* A program of ours, by its path in the source or build tree; installed, in PKGLIBEXECDIR. */
SIM_MUST_CHECK char *locate_program(const char *rel);

#endif
