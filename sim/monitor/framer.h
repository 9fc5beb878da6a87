/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * framer.h - finds whole JSON values in a stream of bytes: several in one read, one across many
 *
 * A value ends where its braces and brackets are balanced (or close more than was open). Blanks between tokens are dropped.
 * What is wrong is said once the value has ended, as QEMU says it; bytes that are no token, a value above
 * FRAMER_BYTES_MAX bytes or nested deeper than FRAMER_DEPTH_MAX end it at once. After each the framer starts anew.
 * Memory is bounded by these limits, whatever comes.
 *
 * Limits: QEMU 7.2 has 64 MiB and 1024 levels. A monitor of a simulated guest gets no request of more than a few
 * hundred bytes: 64 KiB, and QEMU's depth.
 *
 * Source: QEMU 7.2 qobject/json-streamer.c, json-parser.c (behaviour and messages, tried on a real one).
 */
#ifndef SIM_MONITOR_FRAMER_H
#define SIM_MONITOR_FRAMER_H

#include <stdint.h>

#include "base/text.h"
#include "monitor/lexer.h"

#define FRAMER_BYTES_MAX 65536u
#define FRAMER_DEPTH_MAX 1024
#define FRAMER_SHOWN_MAX 100 /* bytes of a token that a message shows */

struct framer {
	struct lexer lexer;
	struct text text; /* of the value, its last token from `token` on */
	size_t token;
	int braces, brackets;
	unsigned depth;
	int expected;			       /* private: what may come next */
	uint8_t kind[FRAMER_DEPTH_MAX / 8];    /* bit: this level is an object */
	char wrong[FRAMER_SHOWN_MAX * 4 + 64]; /* the first thing that is; "": nothing */
};

enum framer_result {
	FRAMER_MORE,  /* not a whole value yet */
	FRAMER_VALUE, /* `text` is one */
	FRAMER_WRONG, /* `wrong` says why it is none */
};

/* All zero but for this. */
void framer_init(struct framer *f);
void framer_fini(struct framer *f);

/* Takes bytes up to the end of a value or an error; *taken says how many. SIM_ENOMEM leaves `text.failed`. */
enum framer_result framer_feed(struct framer *f, const char *bytes, size_t n, size_t *taken);

/* Forgets the value: before the next call, after a VALUE or WRONG. */
void framer_next(struct framer *f);

#endif
