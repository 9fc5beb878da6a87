/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lexer.h - JSON tokens in a stream of bytes, one byte at a time, as QEMU's monitor cuts them
 *
 * Strings may stand in single quotes; tokens are JSON when they are handed out. What is no token is an error that ends
 * where the first wrong byte stands; then everything up to the next structural or control character is passed over, so that
 * a client that sends one message a line is understood again from the next line on.
 *
 * Source: QEMU 7.2 qobject/json-lexer.c (behaviour, tried on a real one).
 */
#ifndef SIM_MONITOR_LEXER_H
#define SIM_MONITOR_LEXER_H

#include <stdbool.h>

#include "base/text.h"

enum lexer_token {
	LEXER_NONE, /* not yet */
	LEXER_OPEN_OBJECT,
	LEXER_CLOSE_OBJECT,
	LEXER_OPEN_ARRAY,
	LEXER_CLOSE_ARRAY,
	LEXER_COLON,
	LEXER_COMMA,
	LEXER_NUMBER,
	LEXER_KEYWORD, /* letters: true, false, null, or nonsense */
	LEXER_STRING,
	LEXER_ERROR,
};

enum lexer_state {
	LEXER_START,
	LEXER_IN_RECOVERY,
	LEXER_IN_KEYWORD,
	LEXER_IN_STRING,
	LEXER_IN_ESCAPE,
	LEXER_IN_MINUS,
	LEXER_IN_ZERO,
	LEXER_IN_DIGITS,
	LEXER_IN_POINT,
	LEXER_IN_FRACTION,
	LEXER_IN_E,
	LEXER_IN_E_SIGN,
	LEXER_IN_E_DIGITS,
};

struct lexer {
	enum lexer_state state; /* zero: between tokens */
	char quote;		/* of the string it is in, */
	size_t start;		/* which begins here in the text */
};

/*
 * Takes a byte, and appends what becomes of it to `t`. Returns the token that the byte completes; *is_taken false: the
 * token ended before the byte, which is to be given again.
 */
enum lexer_token lexer_step(struct lexer *l, char c, struct text *t, bool *is_taken);

#endif
