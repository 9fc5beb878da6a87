/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sources.h - the files an experiment names: traces, machines, cost models
 *
 * A plain word such as "skylake-sp" is looked for as
 *     ./models/machine/skylake-sp.json                            (the current folder)
 *     FOLDER OF THE EXPERIMENT/../models/machine/skylake-sp.json  (a project's tree)
 *     DATA FOLDER/models/machine/skylake-sp.json                  (what is installed; for a
 *                                     program in a build tree, its source tree: cli/locate.h)
 * traces in traces/NAME.snt, cost models in models/cost/NAME.json and boards in models/board/NAME.json likewise. A name with a
 * slash or the file's ending is a path, from the current folder, else from the experiment's.
 *
 * Each file is hashed when first named; the hash is part of what identifies a result.
 */
#ifndef SIM_RUN_SOURCES_H
#define SIM_RUN_SOURCES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "run/files.h"

enum source_kind { SOURCE_TRACE, SOURCE_MACHINE, SOURCE_COST, SOURCE_BOARD };

struct source {
	enum source_kind kind;
	char *name;  /* as the experiment says it */
	char *label; /* short: the file's name without folder and ending */
	char *path;
	uint64_t bytes;
	char hash[FILES_HASH_LEN + 1];
};

struct sources {
	const char *dir;      /* of the experiment; NULL: none */
	const char *data_dir; /* where models/, traces/ and experiments/ are installed or, for
				 a program in a build tree, lie in its source; NULL: none */
	struct source **item; /* stable addresses */
	size_t n, cap;
};

void sources_init(struct sources *s, const char *dir, const char *data_dir);
void sources_fini(struct sources *s);

/* Finds, hashes and remembers the file that node `n` names. SIM_EIO at the node's path. */
SIM_MUST_CHECK int sources_find(struct sources *s, enum source_kind kind, const struct jnode *n,
				const struct source **out, struct sim_error *err);

/*
 * The file FOLDER/NAME under the current folder, the experiment's project or the data folder,
 * in that order; the caller frees *path, which is NULL when there is none. SIM_ENOMEM.
 */
SIM_MUST_CHECK int sources_data_file(const struct sources *s, const char *folder,
				     const char *name, char **path);

#endif
