/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * files.h - whole files and folders, so that nothing is ever half there
 *
 * A file is written beside its place under a name that starts with ".tmp-", synced, and
 * renamed. All failures are SIM_EIO with the path, or SIM_ENOMEM.
 */
#ifndef SIM_RUN_FILES_H
#define SIM_RUN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FILES_TEMP     ".tmp-"
#define FILES_HASH_LEN 32 /* XXH3, 128 bits, in hexadecimal digits */

/* "dir/name", allocated. NULL when out of memory. */
SIM_MUST_CHECK char *files_join(const char *dir, const char *name);

bool files_exist(const char *path);

/* The whole file, with a NUL behind it; the caller frees *text. */
SIM_MUST_CHECK int files_read(const char *path, char **text, size_t *n, struct sim_error *err);

/* Replaces the file at once or not at all; only a regular file: no device, no symbolic link. */
SIM_MUST_CHECK int files_write(const char *path, const char *text, size_t n,
			       struct sim_error *err);

/* Makes the folder and those above it. */
SIM_MUST_CHECK int files_make_dir(const char *path, struct sim_error *err);

/* Removes a folder that holds plain files only; 0 when there is none. */
SIM_MUST_CHECK int files_remove_dir(const char *path, struct sim_error *err);

/* Renames and syncs the folder above. */
SIM_MUST_CHECK int files_rename(const char *from, const char *to, struct sim_error *err);

/* Size and XXH3-128 of a file's bytes. */
SIM_MUST_CHECK int files_hash(const char *path, char hash[FILES_HASH_LEN + 1], uint64_t *bytes,
			      struct sim_error *err);

/* The same of a text in memory. */
void files_hash_text(const char *text, size_t n, char hash[FILES_HASH_LEN + 1]);

#endif
