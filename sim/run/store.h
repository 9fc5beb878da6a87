/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store.h - the folder of an experiment's results
 *
 *     DIR/KEY/config.json    what was simulated, every default filled in
 *     DIR/KEY/counters.json  what was counted: the same bytes on every machine, for every -j
 *     DIR/KEY/host.json      where, when and by which build: the only file here that varies
 *     DIR/summary.csv, exits.csv, provenance.json, figures/
 *
 * A point is there when its folder is: the folder is filled under another name, synced and
 * renamed. It counts as done for a later run when config.json is the same to the byte, the same
 * build of the program wrote it, and counters.json has the hash that host.json remembers and
 * exits that add up. One process at a time may write to DIR.
 */
#ifndef SIM_RUN_STORE_H
#define SIM_RUN_STORE_H

#include <stdbool.h>

#include "base/counters.h"
#include "base/err.h"
#include "run/files.h"

struct store {
	char *dir;
	char build[FILES_HASH_LEN + 1]; /* hash of the program, or empty: never the same */
	int lock;			/* file descriptor */
};

/* Makes DIR if need be, locks it, clears away what an interrupted run left half-written. */
SIM_MUST_CHECK int store_open(struct store *s, const char *dir, const char *build,
			      struct sim_error *err);
void store_close(struct store *s);

/* Reads the counters of a finished point; *found is false when there is none that counts. */
SIM_MUST_CHECK int store_get(const struct store *s, const char *key, const char *config,
			     struct counters *c, bool *found, struct sim_error *err);

struct store_point {
	const char *key, *config;
	const struct counters *counters;
	const char *host; /* text of host.json; store_host_text() makes it */
};

/* Puts a finished point in place, instead of what was there under its key. */
SIM_MUST_CHECK int store_put(const struct store *s, const struct store_point *p,
			     struct sim_error *err);

/* Puts DIR/KEY in place with these files, whole or not at all; a name of NULL ends them. */
struct store_member {
	const char *name, *text;
};

SIM_MUST_CHECK int store_put_members(const struct store *s, const char *key,
				     const struct store_member *m, struct sim_error *err);

/* Puts a file of DIR itself in place. */
SIM_MUST_CHECK int store_put_file(const struct store *s, const char *name, const char *text,
				  struct sim_error *err);

/* Takes a file of DIR away; 0 when it is not there. */
SIM_MUST_CHECK int store_remove_file(const struct store *s, const char *name,
				     struct sim_error *err);

/* The texts of counters.json and back. SIM_EFORMAT unless every counter is there, and no other.
 */
SIM_MUST_CHECK char *store_counters_text(const struct counters *c);
SIM_MUST_CHECK int store_counters_parse(const char *text, size_t n, const char *name,
					struct counters *c, struct sim_error *err);

struct store_host {
	const char *node, *version; /* of the machine and the program */
	double seconds;		    /* that the simulation took */
};

/* The text of host.json, which knows the hash of counters.json. NULL: out of memory. */
SIM_MUST_CHECK char *store_host_text(const struct store *s, const struct store_host *h,
				     const struct counters *c);

#endif
