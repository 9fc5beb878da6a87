/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json_scan.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 16 /* deeper parts of a path are left out */

struct level {
	bool is_array;
	bool wants_key; /* in an object: the next string is a key */
	size_t index;
	char key[64];
};

struct scan {
	struct level level[DEPTH_MAX];
	unsigned depth; /* may exceed DEPTH_MAX */
};

static struct level *top(struct scan *s)
{
	return s->depth && s->depth <= DEPTH_MAX ? &s->level[s->depth - 1] : NULL;
}

static void open_level(struct scan *s, bool is_array)
{
	s->depth++;
	if (top(s))
		*top(s) = (struct level){ .is_array = is_array, .wants_key = !is_array };
}

static void next_member(struct scan *s)
{
	struct level *l = top(s);

	if (!l)
		return;
	l->index += l->is_array;
	l->wants_key = !l->is_array;
}

/* The string whose opening quote is text[i]; returns the index of its closing quote. */
static size_t take_string(struct scan *s, const char *text, size_t n, size_t i)
{
	struct level *l = top(s);
	size_t end = i + 1;

	while (end < n && text[end] != '"')
		end += text[end] == '\\' ? 2 : 1;
	if (l && l->wants_key) {
		int length = end < n ? (int)(end - i - 1) : (int)(n - i - 1);

		snprintf(l->key, sizeof(l->key), "%.*s", length, text + i + 1);
		l->wants_key = false;
	}
	return end;
}

static void write_path(const struct scan *s, char *buf, size_t size)
{
	size_t at = (size_t)snprintf(buf, size, "$");

	for (unsigned d = 0; d < s->depth && d < DEPTH_MAX && at < size; d++) {
		const struct level *l = &s->level[d];

		if (l->is_array)
			at += (size_t)snprintf(buf + at, size - at, "[%zu]", l->index);
		else if (strchr(l->key, '.'))
			at += (size_t)snprintf(buf + at, size - at, ".\"%s\"", l->key);
		else
			at += (size_t)snprintf(buf + at, size - at, ".%s", l->key);
	}
}

void json_scan_path(const char *text, size_t n, char *buf, size_t size)
{
	struct scan s = { .depth = 0 };

	for (size_t i = 0; i < n; i++)
		switch (text[i]) {
		case '"':
			i = take_string(&s, text, n, i);
			break;
		case '{':
		case '[':
			open_level(&s, text[i] == '[');
			break;
		case '}':
		case ']':
			s.depth -= s.depth > 0;
			break;
		case ',':
			next_member(&s);
			break;
		default:
			break;
		}
	write_path(&s, buf, size);
}
