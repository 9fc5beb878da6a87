/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text.h - a text that grows
 */
#ifndef SIM_BASE_TEXT_H
#define SIM_BASE_TEXT_H

#include <stddef.h>

#include "base/err.h"

/* All zero: empty. */
struct text {
	char *s; /* ends in NUL, but for an empty text: NULL */
	size_t n, cap;
	int failed; /* memory ran out: nothing is added any more */
};

void text_add(struct text *t, const char *fmt, ...) SIM_PRINTF(2, 3);

/* Hands the text over, to be freed; NULL when it failed. */
SIM_MUST_CHECK char *text_take(struct text *t);

void text_fini(struct text *t);

#endif
