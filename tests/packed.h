/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * packed.h - packs bytes as other tools do, each by its library
 */
#ifndef TESTS_PACKED_H
#define TESTS_PACKED_H

#include <stddef.h>
#include <stdint.h>

struct packer {
	const char *name;
	/* Appends a frame of in[0..n) to out, which has room; its bytes. */
	size_t (*pack)(uint8_t *out, size_t room, const uint8_t *in, size_t n);
};

/* Those that configure found. Ends with a name of NULL. */
extern const struct packer packers[];

#endif
