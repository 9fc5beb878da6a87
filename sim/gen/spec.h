/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spec.h - what is to be generated: a workload, its parameters, a seed; read from JSON
 *
 *     {
 *         "name": "gups-1g",                       optional; the workload's name
 *         "question": "...",                       optional, for people
 *         "workload": "gups",
 *         "seed": 7,                               optional; 1
 *         "parameters": {"bytes": "1G"}            optional, and each of them
 *     }
 *
 * The workload "mix" has "parts" beside them (a file must say them): a list of objects with workload, seed and parameters. What
 * is unknown, twice there, of the wrong type or out of range is refused with its JSON path.
 *
 * Ownership: spec_fini frees the parts.
 */
#ifndef SIM_GEN_SPEC_H
#define SIM_GEN_SPEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

#define SPEC_PARAMS_MAX 16
#define SPEC_PARTS_MAX	32
#define SPEC_NAME_MAX	63

struct workload_kind;

struct spec {
	char name[SPEC_NAME_MAX + 1];
	const struct workload_kind *kind;
	uint64_t seed;
	uint64_t value[SPEC_PARAMS_MAX]; /* in the order of kind->params */
	struct spec *part;		 /* n_parts of them; none but of a mix */
	size_t n_parts;
};

/* SIM_EIO, SIM_EFORMAT, SIM_ERANGE, SIM_ENOMEM. */
SIM_MUST_CHECK int spec_open(struct spec *s, const char *path, struct sim_error *err);
SIM_MUST_CHECK int spec_parse(struct spec *s, const char *text, size_t n, const char *name,
			      struct sim_error *err);

/* A workload with all its defaults, a mix with its default parts. SIM_ERANGE: there is none of that name. SIM_ENOMEM. */
SIM_MUST_CHECK int spec_init(struct spec *s, const char *workload, struct sim_error *err);
void spec_fini(struct spec *s);

/* Changes a parameter: "bytes=1T". */
SIM_MUST_CHECK int spec_set(struct spec *s, const char *assignment, struct sim_error *err);

/* Gives the stream another seed, and each part of a mix its own: the mix's and its place. */
void spec_seed(struct spec *s, uint64_t seed);

/* Names the stream: letters, digits, '_', '-' and '.'. */
SIM_MUST_CHECK int spec_rename(struct spec *s, const char *name, struct sim_error *err);

/* The whole of it as JSON that spec_parse reads; lines of people, or one line. */
enum spec_layout { SPEC_LINES, SPEC_ONE_LINE };
void spec_write(const struct spec *s, enum spec_layout layout, struct text *t);

#endif
