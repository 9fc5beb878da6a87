/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * byte_file.h - a file that is read once from the front, and later at any place
 *
 * A read past the end is SIM_EFORMAT: the file was cut off. Positions in messages are offsets in the file,
 * "guest.mig:+0x40". Memory: one buffer.
 */
#ifndef SIM_SNAPSHOT_BYTE_FILE_H
#define SIM_SNAPSHOT_BYTE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct byte_file {
	FILE *f;
	bool is_borrowed; /* f is the caller's */
	char *name;
	uint64_t bytes;	     /* of the file */
	uint8_t *buf;	     /* private, like those below */
	uint64_t base;	     /* offset of buf[0] */
	size_t at, n;	     /* next byte and end in buf */
	uint64_t f_position; /* where f stands */
};

/* SIM_EIO: no such file, or one that cannot be read twice (a pipe). */
SIM_MUST_CHECK int byte_file_open(struct byte_file *b, const char *path, struct sim_error *err);

/* The same of an open stream, which stays the caller's; `name` stands for it in messages. */
SIM_MUST_CHECK int byte_file_borrow(struct byte_file *b, FILE *f, const char *name,
				    struct sim_error *err);

/* Harmless when zeroed. */
void byte_file_close(struct byte_file *b);

/* Offset of the next byte. */
static inline uint64_t byte_file_offset(const struct byte_file *b)
{
	return b->base + b->at;
}

/* The next n bytes; an integer of n <= 8 bytes, highest first; a step over n bytes. */
SIM_MUST_CHECK int byte_file_get(struct byte_file *b, void *p, size_t n, struct sim_error *err);
SIM_MUST_CHECK int byte_file_be(struct byte_file *b, unsigned n, uint64_t *v,
				struct sim_error *err);
SIM_MUST_CHECK int byte_file_skip(struct byte_file *b, uint64_t n, struct sim_error *err);

/* A text of n bytes without NUL, to be freed. SIM_EFORMAT for one of other than printable ASCII. */
SIM_MUST_CHECK int byte_file_text(struct byte_file *b, size_t n, char **text,
				  struct sim_error *err);

/* n bytes at an offset; the place of the next byte stays as it is. */
SIM_MUST_CHECK int byte_file_read(struct byte_file *b, uint64_t offset, void *p, size_t n,
				  struct sim_error *err);

/* Records a failure at `offset` and returns `code`. */
int byte_file_fail(const struct byte_file *b, uint64_t offset, int code, struct sim_error *err,
		   const char *fmt, ...) SIM_PRINTF(5, 6);

#endif
