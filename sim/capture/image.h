/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * image.h - the guest's kernel and initramfs, made by capture/build-image, and the hashes of files
 */
#ifndef SIM_CAPTURE_IMAGE_H
#define SIM_CAPTURE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define IMAGE_SHA256 64 /* hexadecimal digits */

struct image_options {
	const char *builder;	 /* capture/build-image */
	const char *capture_run; /* the built program */
	const char *workload;
	const char *kernel;	    /* a file, a package, a version; NULL: Debian's */
	const char *busybox;	    /* a file; NULL: Debian's */
	const char *cache;	    /* NULL: the user's */
	const char *const *program; /* NULL ends each of these; may be NULL */
	const char *const *file;
	bool is_offline, must_refresh;
};

/* A file of the guest. */
struct image_part {
	char *kind, *path, *sha256, *package; /* package "-": of none */
};

struct image {
	struct image_part *part;
	size_t n, cap;
};

/* Builds vmlinuz and initrd.cpio in folder `dir`, and tells what they hold. SIM_EIO with the
 * builder's complaint. */
SIM_MUST_CHECK int image_build(struct image *image, const struct image_options *o,
			       const char *dir, struct sim_error *err);

/* Reads the builder's list. */
SIM_MUST_CHECK int image_read(struct image *image, const char *path, struct sim_error *err);

void image_fini(struct image *image);

/* The first part of a kind; NULL: none. */
const struct image_part *image_part(const struct image *image, const char *kind);

/* SHA-256 of a file, by sha256sum(1). */
SIM_MUST_CHECK int image_sha256(const char *path, char sum[IMAGE_SHA256 + 1],
				struct sim_error *err);

#endif
