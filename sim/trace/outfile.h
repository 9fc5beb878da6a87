/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outfile.h - a file that appears under its name only when it is whole
 */
#ifndef SIM_TRACE_OUTFILE_H
#define SIM_TRACE_OUTFILE_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct outfile {
	FILE *f;
	char *name;	 /* as the user said it */
	char *temporary; /* NULL: a borrowed stream */
	uint64_t offset; /* bytes written */
};

/* Opens `path`.tmp0, or tmp1 ... when that exists. */
SIM_MUST_CHECK int outfile_create(struct outfile *o, const char *path, struct sim_error *err);

/* Writes to a stream that stays the caller's. */
SIM_MUST_CHECK int outfile_borrow(struct outfile *o, FILE *f, const char *name,
				  struct sim_error *err);

SIM_MUST_CHECK int outfile_write(struct outfile *o, const void *p, size_t n,
				 struct sim_error *err);

/* Gives the file its name; o still wants outfile_discard, which frees. */
SIM_MUST_CHECK int outfile_commit(struct outfile *o, struct sim_error *err);

/* Removes the temporary file unless committed, and frees. Harmless when zeroed. */
void outfile_discard(struct outfile *o);

#endif
