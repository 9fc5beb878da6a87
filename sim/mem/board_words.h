/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board_words.h - what is said to one option: keys and values, from "pc,smm=off" or from a JSON object
 *
 * On a command line ",," is a comma in a value, the first word may do without its key ("implied"), and where BOARD_FLAGS
 * are allowed, "share" is share=on and "noshare" share=off. JSON's numbers and booleans become the text
 * that says the same, an array as many words as it has elements.
 *
 * Private to the files of board_options.h.
 */
#ifndef SIM_MEM_BOARD_WORDS_H
#define SIM_MEM_BOARD_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

enum board_word_type { BOARD_WORD_TEXT, BOARD_WORD_STRING, BOARD_WORD_NUMBER, BOARD_WORD_BOOL };

struct board_word {
	char *key, *value;
	enum board_word_type type;
	bool is_element; /* of an array */
};

struct board_words {
	char where[80];		  /* "-object memory-backend-ram" */
	const struct jnode *node; /* instead of where, unless NULL; borrowed */
	bool is_strict; /* JSON on the command line: a string is no number, and no number a string */
	struct board_word *word;
	size_t n, cap;
};

enum board_syntax {
	BOARD_FLAGS, /* most options */
	BOARD_KEYS,  /* -machine: every word but the first has its key */
};

/* Adds the words of `text`. Messages have its first word with the option, if `implied` is what it stands for. */
SIM_MUST_CHECK int board_words_split(struct board_words *w, const char *text,
				     const char *implied, enum board_syntax syntax,
				     struct sim_error *err);

/* Adds the members of an object; of a string: as above. *node stays as long as w does. */
SIM_MUST_CHECK int board_words_read(struct board_words *w, const struct jnode *node,
				    const char *implied, enum board_syntax syntax,
				    struct sim_error *err);

SIM_MUST_CHECK int board_words_add(struct board_words *w, const char *key, const char *value,
				   struct sim_error *err);

/* The last value of a key; NULL: none. */
const char *board_words_get(const struct board_words *w, const char *key);

/* Fails at the place of a key; NULL: of the option. */
int board_words_fail(const struct board_words *w, const char *key, int code,
		     struct sim_error *err, const char *fmt, ...) SIM_PRINTF(5, 6);

void board_words_fini(struct board_words *w);

#endif
