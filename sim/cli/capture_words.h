/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture_words.h - lists of words that options gather, and one option's text cut into words
 */
#ifndef SIM_CLI_CAPTURE_WORDS_H
#define SIM_CLI_CAPTURE_WORDS_H

#include <stddef.h>

#include "base/err.h"

/* All zero: empty. */
struct word_list {
	char **word; /* NULL at its end; NULL when empty */
	size_t n, cap;
};

SIM_MUST_CHECK int word_list_add(struct word_list *l, const char *word, size_t n,
				 struct sim_error *err);

/* Cuts at blanks; '...' and "..." hold blanks together, a backslash the next character. */
SIM_MUST_CHECK int word_list_split(struct word_list *l, const char *text,
				   struct sim_error *err);

void word_list_fini(struct word_list *l);

#endif
