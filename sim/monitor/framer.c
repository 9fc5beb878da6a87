/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/framer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/utf8.h"

enum expected {
	A_VALUE,
	A_VALUE_OR_END, /* behind [ */
	A_KEY,
	A_KEY_OR_END, /* behind { */
	A_COLON,
	A_SEPARATOR,
	NOTHING, /* the value is whole */
};

void framer_init(struct framer *f)
{
	*f = (struct framer){ .expected = A_VALUE };
}

void framer_fini(struct framer *f)
{
	text_fini(&f->text);
}

void framer_next(struct framer *f)
{
	f->text.n = 0;
	f->token = 0;
	f->braces = f->brackets = 0;
	f->depth = 0;
	f->expected = A_VALUE;
	f->wrong[0] = '\0';
}

/* Only the first counts. */
static void wrong(struct framer *f, const char *what)
{
	if (!f->wrong[0])
		snprintf(f->wrong, sizeof(f->wrong), "JSON parse error, %s", what);
}

static void wrong_token(struct framer *f, const char *what)
{
	char shown[UTF8_SIZE(FRAMER_SHOWN_MAX)], text[sizeof(shown) + 32];

	utf8_clean(shown, FRAMER_SHOWN_MAX, f->text.s + f->token, f->text.n - f->token);
	snprintf(text, sizeof(text), "%s '%s'", what, shown);
	wrong(f, text);
}

static bool in_object(const struct framer *f)
{
	unsigned top = f->depth - 1;

	return f->depth && f->kind[top / 8] & (1u << top % 8);
}

static void push(struct framer *f, bool is_object)
{
	uint8_t bit = (uint8_t)(1u << f->depth % 8);
	uint8_t *kind = &f->kind[f->depth / 8];

	*kind = (uint8_t)(is_object ? *kind | bit : *kind & ~bit);
	f->depth++;
	f->expected = is_object ? A_KEY_OR_END : A_VALUE_OR_END;
}

static void after_value(struct framer *f)
{
	f->expected = f->depth ? A_SEPARATOR : NOTHING;
}

static void pop(struct framer *f)
{
	f->depth--;
	after_value(f);
}

/* JSON of QEMU has integers up to 64 bits and takes larger ones as real numbers. */
static void check_number(struct framer *f)
{
	const char *s = f->text.s + f->token;

	if (strpbrk(s, ".eE"))
		return;
	errno = 0;
	(void)strtoll(s, NULL, 10);
	if (errno == ERANGE)
		text_add(&f->text, ".0");
}

static bool is_constant(const char *s)
{
	return !strcmp(s, "true") || !strcmp(s, "false") || !strcmp(s, "null");
}

/* Holds that nothing else than a token that begins a value follows. */
static void take_value(struct framer *f, enum lexer_token token)
{
	if (token == LEXER_KEYWORD && !is_constant(f->text.s + f->token))
		wrong_token(f, "invalid keyword");
	if (token == LEXER_NUMBER)
		check_number(f);
	if (token == LEXER_OPEN_OBJECT || token == LEXER_OPEN_ARRAY)
		push(f, token == LEXER_OPEN_OBJECT);
	else if (token >= LEXER_NUMBER)
		after_value(f);
	else
		wrong(f, "expecting value");
}

static void take_key(struct framer *f, enum lexer_token token)
{
	f->expected = A_COLON;
	if (token == LEXER_STRING)
		return;
	if (token == LEXER_KEYWORD && !is_constant(f->text.s + f->token))
		wrong_token(f, "invalid keyword");
	if (token >= LEXER_NUMBER || token == LEXER_OPEN_OBJECT || token == LEXER_OPEN_ARRAY)
		wrong(f, "key is not a string in object");
	else
		wrong(f, "expecting value");
}

static void take_separator(struct framer *f, enum lexer_token token)
{
	if (token == (in_object(f) ? LEXER_CLOSE_OBJECT : LEXER_CLOSE_ARRAY))
		pop(f);
	else if (token == LEXER_COMMA)
		f->expected = in_object(f) ? A_KEY : A_VALUE;
	else
		wrong(f, in_object(f) ? "expected separator in dict"
				      : "expected separator in list");
}

static void take_colon(struct framer *f, enum lexer_token token)
{
	f->expected = A_VALUE;
	if (token != LEXER_COLON)
		wrong(f, "missing : in object pair");
}

/* {} or [] */
static bool is_empty(const struct framer *f, enum lexer_token token)
{
	return (f->expected == A_KEY_OR_END && token == LEXER_CLOSE_OBJECT) ||
	       (f->expected == A_VALUE_OR_END && token == LEXER_CLOSE_ARRAY);
}

/* Grammar; not looked at any more once something is wrong. */
static void take(struct framer *f, enum lexer_token token)
{
	if (is_empty(f, token))
		pop(f);
	else if (f->expected == A_KEY || f->expected == A_KEY_OR_END)
		take_key(f, token);
	else if (f->expected == A_COLON)
		take_colon(f, token);
	else if (f->expected == A_SEPARATOR)
		take_separator(f, token);
	else
		take_value(f, token);
}

static void count(struct framer *f, enum lexer_token token)
{
	f->braces += (token == LEXER_OPEN_OBJECT) - (token == LEXER_CLOSE_OBJECT);
	f->brackets += (token == LEXER_OPEN_ARRAY) - (token == LEXER_CLOSE_ARRAY);
}

static bool is_open(const struct framer *f)
{
	return f->braces >= 0 && f->brackets >= 0 && (f->braces || f->brackets);
}

static enum framer_result refuse(struct framer *f, const char *what)
{
	snprintf(f->wrong, sizeof(f->wrong), "%s", what);
	return FRAMER_WRONG;
}

static enum framer_result take_token(struct framer *f, enum lexer_token token)
{
	if (token == LEXER_ERROR) {
		f->wrong[0] = '\0';
		wrong_token(f, "stray");
		return FRAMER_WRONG;
	}
	count(f, token);
	if (f->braces + f->brackets > FRAMER_DEPTH_MAX)
		return refuse(f, "JSON nesting depth limit exceeded");
	if (!f->wrong[0])
		take(f, token);
	f->token = f->text.n;
	if (is_open(f))
		return FRAMER_MORE;
	return f->wrong[0] ? FRAMER_WRONG : FRAMER_VALUE;
}

static enum framer_result take_byte(struct framer *f, char c, bool *is_taken)
{
	enum lexer_token token = lexer_step(&f->lexer, c, &f->text, is_taken);

	if (f->text.failed)
		return FRAMER_WRONG;
	if (f->text.n > FRAMER_BYTES_MAX) {
		f->lexer = (struct lexer){ .state = LEXER_START };
		return refuse(f, "JSON token size limit exceeded");
	}
	return token ? take_token(f, token) : FRAMER_MORE;
}

enum framer_result framer_feed(struct framer *f, const char *bytes, size_t n, size_t *taken)
{
	enum framer_result r = FRAMER_MORE;
	bool is_taken;

	*taken = 0;
	while (r == FRAMER_MORE && *taken < n) {
		r = take_byte(f, bytes[*taken], &is_taken);
		*taken += is_taken;
	}
	return r;
}
