/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * provenance.h - where results come from, so that somebody else can get them again
 *
 * provenance.json holds the experiment as written and as understood (every default filled in,
 * every range written out, every price in cycles), the hash of each file it used and the whole
 * of each model, the program and the machine.
 */
#ifndef SIM_RUN_PROVENANCE_H
#define SIM_RUN_PROVENANCE_H

#include "base/err.h"
#include "run/plan.h"

/* Facts that only the program's front end can know. */
struct provenance {
	const char *version, *build;	       /* of the program; hash of its file */
	const char *node, *system, *processor; /* the machine that ran it */
	unsigned processors;
	const char *started; /* UTC, ISO 8601 */
};

/* The text of provenance.json, which the caller frees. SIM_EIO, SIM_ENOMEM. */
SIM_MUST_CHECK int provenance_text(const struct provenance *pr, const struct plan *p,
				   char **text, struct sim_error *err);

/* SIM_ESTATE when the provenance.json of a folder is that of an experiment of another name. */
SIM_MUST_CHECK int provenance_check(const char *dir, const struct experiment *e,
				    struct sim_error *err);

#endif
