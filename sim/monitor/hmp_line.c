/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/hmp_line.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"

static const char *skip_blanks(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

static const char *skip_word(const char *p)
{
	while (*p && !isspace((unsigned char)*p))
		p++;
	return p;
}

bool hmp_line_names(const struct hmp_command *c, const char *word, size_t n)
{
	const char *name = c->name;

	for (;;) {
		size_t length = strcspn(name, "|");

		if (length == n && !memcmp(name, word, n))
			return true;
		if (!name[length])
			return false;
		name += length + 1;
	}
}

static const struct hmp_command *look_up(const struct hmp_command *table, const char *word,
					 size_t n)
{
	for (; table->name; table++)
		if (hmp_line_names(table, word, n))
			return table;
	return NULL;
}

const struct hmp_command *hmp_line_find(const struct hmp_command *table, const char *line,
					const char **rest, struct text *out)
{
	const char *word = skip_blanks(line), *end;
	const struct hmp_command *c = NULL;

	while (table && (*word || !c)) {
		end = word + strcspn(word, "/ \t\n\v\f\r");
		c = look_up(table, word, (size_t)(end - word));
		if (!c) {
			text_add(out, "unknown command: '%.*s'\n", (int)(end - line), line);
			return NULL;
		}
		word = skip_blanks(end);
		table = c->sub;
	}
	*rest = word;
	return c;
}

/* --- what it takes --- */

/* The name of a command as messages have it. */
static bool complain(const struct hmp_command *cmd, struct hmp_call *c, const char *what)
{
	text_add(c->out, "%s: %s\n", cmd->name, what);
	return false;
}

/* The byte that stands behind a backslash in quotes; 0: none. */
static char unescape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case '\\':
	case '\'':
	case '"':
		return c;
	default:
		return '\0';
	}
}

/* Undoes quotes in place; returns what stands behind them, or NULL. */
static const char *unquote(const char *p, char *to)
{
	while (*p && *p != '"') {
		char c = *p == '\\' ? unescape(*++p) : *p;

		if (!c)
			return NULL;
		*to++ = c;
		p++;
	}
	*to = '\0';
	return *p ? p + 1 : NULL;
}

static const char *read_word(const struct hmp_command *cmd, struct hmp_call *c, const char *p,
			     char *to)
{
	const char *end = skip_word(p);

	if (*p == '"') {
		end = unquote(p + 1, to);
	} else {
		memcpy(to, p, (size_t)(end - p));
		to[end - p] = '\0';
	}
	if (!*p || !end) {
		complain(cmd, c, "string expected");
		return NULL;
	}
	return end;
}

/* Flags come in the table's order; others are told from wrong ones by standing further behind. */
static const char *read_flags(const struct hmp_command *cmd, struct hmp_call *c, const char *p)
{
	for (size_t i = 0; cmd->flags[i]; i++) {
		p = skip_blanks(p);
		if (*p != '-')
			continue;
		if (p[1] == cmd->flags[i]) {
			c->flags |= 1u << i;
			p += 2;
		} else if (!p[1] || !strchr(cmd->flags + i, p[1])) {
			text_add(c->out, "%s: unsupported option -%.1s\n", cmd->name, p + 1);
			return NULL;
		}
	}
	return p;
}

static const char *read_rest(const struct hmp_command *cmd, struct hmp_call *c, const char *p,
			     char *to)
{
	size_t n = strlen(p);

	if (!n && cmd->takes == HMP_REST) {
		complain(cmd, c, "string expected");
		return NULL;
	}
	memcpy(to, p, n + 1);
	return p + n;
}

static const char *read_args(const struct hmp_command *cmd, struct hmp_call *c, const char *p,
			     char *to)
{
	switch (cmd->takes) {
	case HMP_WORD:
		return read_word(cmd, c, p, to);
	case HMP_REST:
	case HMP_ANYTHING:
		return read_rest(cmd, c, p, to);
	case HMP_FLAGS:
		return read_flags(cmd, c, p);
	case HMP_NOTHING:
		break;
	}
	return p;
}

bool hmp_line_read(const struct hmp_command *cmd, const char *rest, struct hmp_call *c,
		   char **arg)
{
	const char *end;

	*arg = sim_calloc(strlen(rest) + 1, 1);
	if (!*arg)
		return complain(cmd, c, "out of memory");
	c->arg = *arg;
	end = read_args(cmd, c, rest, *arg);
	if (!end)
		return false;
	if (*skip_blanks(end))
		return complain(cmd, c, "extraneous characters at the end of line");
	return true;
}
