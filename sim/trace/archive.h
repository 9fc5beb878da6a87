/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * archive.h - the files of a zip archive, one behind the other in the archive's order
 *
 * So drmemtrace keeps a trace in chunks. A zip archive's directory stands at its end: it must be
 * a file, not a pipe. Each file's checksum is held against its contents. Needs libzip; a build
 * without it refuses (SIM_EUNSUP). Memory: the archive's directory.
 */
#ifndef SIM_TRACE_ARCHIVE_H
#define SIM_TRACE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct archive;

/* f stays the caller's. */
SIM_MUST_CHECK int archive_open(struct archive **a, FILE *f, const char *name,
				struct sim_error *err);

/* Up to `size` bytes; *n of them. SIM_EOF behind the last. */
SIM_MUST_CHECK int archive_read(struct archive *a, uint8_t *buf, size_t size, size_t *n,
				struct sim_error *err);

/* Bytes of the archive that were read, as far as whole files of it go. */
uint64_t archive_packed(const struct archive *a);

/* NULL allowed. */
void archive_close(struct archive *a);

#endif
