/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/board_words.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

int board_words_fail(const struct board_words *w, const char *key, int code,
		     struct sim_error *err, const char *fmt, ...)
{
	char text[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (w->node && key && json_is_object(w->node->v)) {
		struct jnode child = json_get(w->node, key);

		return json_fail(&child, code, err, "%s", text);
	}
	if (w->node)
		return json_fail(w->node, code, err, "%s", text);
	return sim_fail(err, code, w->where, "%s", text);
}

/* Takes key and value over, also when it fails. */
static int push(struct board_words *w, char *key, char *value, enum board_word_type type,
		struct sim_error *err)
{
	if (!key || !value ||
	    sim_grow((void **)&w->word, &w->cap, w->n, sizeof(*w->word)) != 0) {
		sim_free(key);
		sim_free(value);
		return sim_fail_nomem(err);
	}
	w->word[w->n++] = (struct board_word){ .key = key, .value = value, .type = type };
	return 0;
}

int board_words_add(struct board_words *w, const char *key, const char *value,
		    struct sim_error *err)
{
	return push(w, sim_strdup(key), sim_strdup(value), BOARD_WORD_TEXT, err);
}

/* A copy of text[0..n) in which ",," is ",". */
static char *unescaped(const char *text, size_t n)
{
	char *s = sim_calloc(n + 1, 1);
	size_t at = 0;

	for (size_t i = 0; s && i < n; i++) {
		s[at++] = text[i];
		i += text[i] == ',';
	}
	return s;
}

/* Length of the value that text begins with. */
static size_t value_length(const char *text, enum board_syntax syntax)
{
	size_t n = 0;

	while (text[n] && (text[n] != ',' || (syntax == BOARD_FLAGS && text[n + 1] == ',')))
		n += text[n] == ',' ? 2 : 1;
	return n;
}

/* "share" and "noshare" */
static int add_flag(struct board_words *w, const char *name, size_t n, struct sim_error *err)
{
	bool is_off = n >= 2 && !strncmp(name, "no", 2);

	if (is_off) {
		name += 2;
		n -= 2;
	}
	return push(w, unescaped(name, n), sim_strdup(is_off ? "off" : "on"), BOARD_WORD_TEXT,
		    err);
}

static int add_word(struct board_words *w, const char **text, const char *implied,
		    enum board_syntax syntax, struct sim_error *err)
{
	const char *s = *text;
	size_t name = strcspn(s, "=,"), value;

	if (s[name] == '=') {
		value = value_length(s + name + 1, BOARD_FLAGS);
		*text = s + name + 1 + value;
		return push(w, unescaped(s, name), unescaped(s + name + 1, value),
			    BOARD_WORD_TEXT, err);
	}
	if (implied) {
		value = value_length(s, syntax);
		*text = s + value;
		return push(w, sim_strdup(implied), unescaped(s, value), BOARD_WORD_TEXT, err);
	}
	*text = s + name;
	if (syntax == BOARD_FLAGS)
		return add_flag(w, s, name, err);
	return board_words_fail(w, NULL, SIM_EFORMAT, err,
				"\"%.*s\" has no value; right is name=value",
				(int)(name < 64 ? name : 64), s);
}

/* The option's name for messages: "-object" and its first word. */
static void name_place(struct board_words *w, const char *text)
{
	size_t n = strcspn(text, "=,"), at = strlen(w->where);

	if (text[n] != '=' && isalpha((unsigned char)*text) && n < 40 &&
	    at + n + 2 <= sizeof(w->where) && !strchr(w->where, ' '))
		snprintf(w->where + at, sizeof(w->where) - at, " %.*s", (int)n, text);
}

int board_words_split(struct board_words *w, const char *text, const char *implied,
		      enum board_syntax syntax, struct sim_error *err)
{
	int rc = 0;

	if (implied && !w->n)
		name_place(w, text);
	while (*text && !rc) {
		rc = add_word(w, &text, implied, syntax, err);
		implied = NULL;
		text += *text == ',';
	}
	return rc;
}

static int add_value(struct board_words *w, const struct jnode *n, const char *key,
		     struct sim_error *err)
{
	if (json_is_string(n->v))
		return push(w, sim_strdup(key), sim_strdup(json_string_value(n->v)),
			    BOARD_WORD_STRING, err);
	if (json_is_integer(n->v))
		return push(w, sim_strdup(key),
			    sim_asprintf("%" JSON_INTEGER_FORMAT, json_integer_value(n->v)),
			    BOARD_WORD_NUMBER, err);
	if (json_is_boolean(n->v))
		return push(w, sim_strdup(key), sim_strdup(json_is_true(n->v) ? "on" : "off"),
			    BOARD_WORD_BOOL, err);
	return json_fail(n, SIM_EFORMAT, err, "must be a string, an integer, true or false");
}

static int add_member(struct board_words *w, const struct jnode *n, const char *key,
		      struct sim_error *err)
{
	int rc = 0;

	if (!json_is_array(n->v))
		return add_value(w, n, key, err);
	for (size_t i = 0; !rc && i < json_len(n); i++) {
		struct jnode element = json_at(n, i);

		rc = add_value(w, &element, key, err);
		if (!rc)
			w->word[w->n - 1].is_element = true;
	}
	return rc;
}

static int add_members(struct board_words *w, const struct jnode *node, struct sim_error *err)
{
	/* jansson's iterators want a non-const object, and change nothing in it */
	json_t *obj = json_incref((json_t *)(uintptr_t)node->v);
	void *it;
	int rc = 0;

	for (it = json_object_iter(obj); it && !rc; it = json_object_iter_next(obj, it)) {
		const char *key = json_object_iter_key(it);
		struct jnode n = json_get(node, key);

		rc = add_member(w, &n, key, err);
	}
	json_decref(obj);
	return rc;
}

int board_words_read(struct board_words *w, const struct jnode *node, const char *implied,
		     enum board_syntax syntax, struct sim_error *err)
{
	w->node = node;
	if (json_is_object(node->v))
		return add_members(w, node, err);
	if (json_is_string(node->v))
		return board_words_split(w, json_string_value(node->v), implied, syntax, err);
	if (json_is_integer(node->v))
		return add_value(w, node, implied, err);
	return json_fail(node, SIM_EFORMAT, err,
			 "must be an object, or a string as on QEMU's command line");
}

const char *board_words_get(const struct board_words *w, const char *key)
{
	for (size_t i = w->n; i-- > 0;)
		if (!strcmp(w->word[i].key, key))
			return w->word[i].value;
	return NULL;
}

void board_words_fini(struct board_words *w)
{
	for (size_t i = 0; i < w->n; i++) {
		sim_free(w->word[i].key);
		sim_free(w->word[i].value);
	}
	sim_free(w->word);
	w->word = NULL;
	w->n = w->cap = 0;
}
