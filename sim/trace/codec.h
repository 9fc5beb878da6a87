/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * codec.h - how a packed file is known and unpacked, one line each in the table of codec.c
 *
 * A codec unpacks a stream of frames one after the other (gzip: members, xz: streams) through
 * its library, a piece at a time. Memory: what the frame asks for, at most 128 MiB.
 * zstd, which our own files use, is always there; another one is built in when configure finds
 * its library.
 */
#ifndef SIM_TRACE_CODEC_H
#define SIM_TRACE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CODEC_MEMORY_MAX ((uint64_t)128 << 20)

/* Where a piece comes from and goes to; the codec moves both on. */
struct codec_io {
	const uint8_t *in;
	size_t n_in;
	uint8_t *out;
	size_t n_out;
	bool is_last; /* nothing follows n_in */
};

enum codec_state {
	CODEC_BETWEEN, /* whole frames so far: the file may end here */
	CODEC_INSIDE,
	CODEC_BAD, /* *why says what is wrong */
	CODEC_NO_MEMORY,
};

struct codec {
	const char *name;
	const char *library; /* NULL: there is none that would unpack it here */
	const char *magic;   /* the first bytes of a file */
	size_t n_magic;
	void *(*open)(void); /* NULL when out of memory; the pointer is NULL: not built in */
	enum codec_state (*unpack)(void *state, struct codec_io *io, const char **why);
	void (*close)(void *state); /* NULL allowed */
};

extern const struct codec codec_zstd, codec_gzip, codec_xz, codec_lz4;
extern const struct codec codec_zip; /* archive.h reads it */

/* The codec whose magic head[0..n) begins with; NULL: not packed, as far as is known. */
const struct codec *codec_find(const uint8_t *head, size_t n);

/* 0, or SIM_EUNSUP with what is missing when this build cannot unpack it. */
SIM_MUST_CHECK int codec_check(const struct codec *c, const char *where, struct sim_error *err);

#endif
