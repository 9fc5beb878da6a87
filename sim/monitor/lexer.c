/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/lexer.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Bytes that stand in no text: control characters, and what no UTF-8 has. */
static bool is_impossible(char c)
{
	unsigned char u = (unsigned char)c;

	return u < 0x20 || u >= 0xfe;
}

static bool is_structural(char c)
{
	return c && strchr("{}[]:,", c);
}

static void append(struct text *t, char c)
{
	text_add(t, "%c", c);
}

static enum lexer_token go(struct lexer *l, enum lexer_state state)
{
	l->state = state;
	return LEXER_NONE;
}

static enum lexer_token finish(struct lexer *l, enum lexer_token token)
{
	l->state = LEXER_START;
	return token;
}

static enum lexer_token fail(struct lexer *l)
{
	l->state = LEXER_IN_RECOVERY;
	return LEXER_ERROR;
}

static enum lexer_token structural(char c)
{
	switch (c) {
	case '{':
		return LEXER_OPEN_OBJECT;
	case '}':
		return LEXER_CLOSE_OBJECT;
	case '[':
		return LEXER_OPEN_ARRAY;
	case ']':
		return LEXER_CLOSE_ARRAY;
	case ':':
		return LEXER_COLON;
	default:
		return LEXER_COMMA;
	}
}

static enum lexer_token start(struct lexer *l, char c, struct text *t)
{
	if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		return LEXER_NONE;
	if (c == '"' || c == '\'') {
		l->quote = c;
		l->start = t->n;
		append(t, c);
		return go(l, LEXER_IN_STRING);
	}
	append(t, c);
	if (is_structural(c))
		return structural(c);
	if (c == '-')
		return go(l, LEXER_IN_MINUS);
	if (is_digit(c))
		return go(l, c == '0' ? LEXER_IN_ZERO : LEXER_IN_DIGITS);
	return is_letter(c) ? go(l, LEXER_IN_KEYWORD) : fail(l);
}

/* Makes JSON's string of one that may stand in single quotes, or escape them. */
static void rewrite(struct lexer *l, struct text *t)
{
	size_t end = t->n - 1, n;

	append(t, '"');
	for (size_t i = l->start + 1; i < end && !t->failed; i++) {
		bool is_escape = t->s[i] == '\\' && i + 1 < end;

		if (is_escape && t->s[++i] != '\'')
			append(t, '\\');
		if (!is_escape && t->s[i] == '"')
			append(t, '\\');
		append(t, t->s[i]);
	}
	append(t, '"');
	if (t->failed)
		return;
	n = t->n - (end + 1);
	memmove(t->s + l->start, t->s + end + 1, n);
	t->n = l->start + n;
	t->s[t->n] = '\0';
}

static enum lexer_token string(struct lexer *l, char c, struct text *t)
{
	append(t, c);
	if (c == l->quote) {
		rewrite(l, t);
		return finish(l, LEXER_STRING);
	}
	if (is_impossible(c))
		return fail(l);
	return c == '\\' ? go(l, LEXER_IN_ESCAPE) : LEXER_NONE;
}

static enum lexer_token escape(struct lexer *l, char c, struct text *t)
{
	append(t, c);
	return is_impossible(c) ? fail(l) : go(l, LEXER_IN_STRING);
}

/* What follows a byte of a number; LEXER_START: its end, LEXER_IN_RECOVERY: no number. */
static enum lexer_state next_of_integer(enum lexer_state s, char c)
{
	if (s == LEXER_IN_MINUS && !is_digit(c))
		return LEXER_IN_RECOVERY;
	if (s == LEXER_IN_MINUS && c == '0')
		return LEXER_IN_ZERO;
	if (is_digit(c))
		return s == LEXER_IN_ZERO ? LEXER_IN_RECOVERY : LEXER_IN_DIGITS;
	if (c == '.')
		return LEXER_IN_POINT;
	return c == 'e' || c == 'E' ? LEXER_IN_E : LEXER_START;
}

static enum lexer_state next_of_exponent(enum lexer_state s, char c)
{
	if (is_digit(c))
		return LEXER_IN_E_DIGITS;
	if (s == LEXER_IN_E && (c == '+' || c == '-'))
		return LEXER_IN_E_SIGN;
	return s == LEXER_IN_E_DIGITS ? LEXER_START : LEXER_IN_RECOVERY;
}

static enum lexer_state next_of_number(enum lexer_state s, char c)
{
	if (s == LEXER_IN_MINUS || s == LEXER_IN_ZERO || s == LEXER_IN_DIGITS)
		return next_of_integer(s, c);
	if (s != LEXER_IN_POINT && s != LEXER_IN_FRACTION)
		return next_of_exponent(s, c);
	if (is_digit(c))
		return LEXER_IN_FRACTION;
	if (s == LEXER_IN_POINT)
		return LEXER_IN_RECOVERY;
	return c == 'e' || c == 'E' ? LEXER_IN_E : LEXER_START;
}

static enum lexer_token number(struct lexer *l, char c, struct text *t, bool *is_taken)
{
	enum lexer_state next = next_of_number(l->state, c);

	if (next == LEXER_START) {
		*is_taken = false;
		return finish(l, LEXER_NUMBER);
	}
	append(t, c);
	l->state = next;
	return next == LEXER_IN_RECOVERY ? LEXER_ERROR : LEXER_NONE;
}

/* Ends what it is in without taking c. */
static enum lexer_token leave(struct lexer *l, bool *is_taken, enum lexer_token token)
{
	*is_taken = false;
	return finish(l, token);
}

static enum lexer_token recover(struct lexer *l, char c, bool *is_taken)
{
	if (c != '\t' && (is_impossible(c) || is_structural(c)))
		return leave(l, is_taken, LEXER_NONE);
	return LEXER_NONE;
}

enum lexer_token lexer_step(struct lexer *l, char c, struct text *t, bool *is_taken)
{
	*is_taken = true;
	switch ((int)l->state) {
	case LEXER_START:
		return start(l, c, t);
	case LEXER_IN_RECOVERY:
		return recover(l, c, is_taken);
	case LEXER_IN_STRING:
		return string(l, c, t);
	case LEXER_IN_ESCAPE:
		return escape(l, c, t);
	case LEXER_IN_KEYWORD:
		if (!is_letter(c))
			return leave(l, is_taken, LEXER_KEYWORD);
		append(t, c);
		return LEXER_NONE;
	default:
		return number(l, c, t, is_taken);
	}
}
