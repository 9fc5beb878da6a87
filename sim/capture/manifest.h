/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * manifest.h - what a captured trace was made of, as JSON
 *
 * Nothing of when and where: the same command with the same programs gives the same bytes.
 */
#ifndef SIM_CAPTURE_MANIFEST_H
#define SIM_CAPTURE_MANIFEST_H

#include "base/err.h"
#include "capture/capture.h"
#include "capture/image.h"

struct manifest {
	const struct capture_options *o;
	const struct capture_result *r;
	const struct image *image; /* empty: a machine that came from a file */
	const char *name;	   /* of the trace */
	const char *qemu_version;
	const char *trace_path; /* where the finished trace lies now */
};

/* The text, to be freed. */
SIM_MUST_CHECK int manifest_text(const struct manifest *m, char **text, struct sim_error *err);

#endif
