/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_scan.h"

static bool is_duplicate(const json_error_t *je)
{
	return je->text[0] && json_error_code(je) == json_error_duplicate_key;
}

/* `text`: what was parsed, at least up to the error's position; needed for a duplicate key only. */
static int complain(const json_error_t *je, const char *name, const char *text,
		    struct sim_error *err)
{
	char where[192], path[128];

	/* without memory jansson says nothing */
	if (!je->text[0] || json_error_code(je) == json_error_out_of_memory)
		return sim_fail_nomem(err);
	if (is_duplicate(je) && text && je->position > 0) {
		json_scan_path(text, (size_t)je->position, path, sizeof(path));
		snprintf(where, sizeof(where), "%s:%s", name, path);
		return sim_fail(err, SIM_EFORMAT, where,
				"this key stands twice (line %d, column %d)", je->line,
				je->column);
	}
	snprintf(where, sizeof(where), "%s:%d:%d", name, je->line, je->column);
	return sim_fail(err, SIM_EFORMAT, where, "not valid JSON: %s", je->text);
}

static int take(json_t *v, const char *name, json_t **doc, struct jnode *root)
{
	*doc = v;
	*root = json_root(v, name);
	return 0;
}

/* Reads the file again up to the error; NULL when that does not go: the path is left out then. */
static char *text_before(FILE *f, const json_error_t *je)
{
	size_t n = je->position > 0 ? (size_t)je->position : 0;
	char *text = is_duplicate(je) ? sim_calloc(n + 1, 1) : NULL;

	if (text && (fseek(f, 0, SEEK_SET) || fread(text, 1, n, f) != n)) {
		sim_free(text);
		text = NULL;
	}
	return text;
}

int json_open(const char *path, json_t **doc, struct jnode *root, struct sim_error *err)
{
	json_error_t je;
	int first, rc;
	char *text;
	json_t *v;
	FILE *f;

	f = fopen(path, "rb");
	if (!f)
		return sim_fail(err, SIM_EIO, path, "cannot open: %s", strerror(errno));
	first = fgetc(f);
	if (first == EOF && ferror(f)) {
		rc = sim_fail(err, SIM_EIO, path, "cannot read: %s", strerror(errno));
		fclose(f);
		return rc;
	}
	ungetc(first, f);
	v = json_loadf(f, JSON_REJECT_DUPLICATES, &je);
	text = v ? NULL : text_before(f, &je);
	fclose(f);
	rc = v ? take(v, path, doc, root) : complain(&je, path, text, err);
	sim_free(text);
	return rc;
}

int json_parse(const char *text, size_t n, const char *name, json_t **doc, struct jnode *root,
	       struct sim_error *err)
{
	json_error_t je;
	json_t *v = json_loadb(text, n, JSON_REJECT_DUPLICATES, &je);

	return v ? take(v, name, doc, root) : complain(&je, name, text, err);
}

struct jnode json_root(const json_t *v, const char *name)
{
	return (struct jnode){ .v = v, .file = name };
}

static size_t append(char *buf, size_t size, size_t at, const char *text)
{
	int n;

	if (at >= size)
		return at;
	n = snprintf(buf + at, size - at, "%s", text);
	return n < 0 ? at : at + (size_t)n;
}

static size_t path_of(const struct jnode *n, char *buf, size_t size)
{
	char part[96];
	size_t at;

	if (!n->parent) {
		at = append(buf, size, 0, n->file);
		return append(buf, size, at, ":$");
	}
	at = path_of(n->parent, buf, size);
	if (n->key && (strchr(n->key, '.') || !n->key[0]))
		snprintf(part, sizeof(part), ".\"%s\"", n->key);
	else if (n->key)
		snprintf(part, sizeof(part), ".%s", n->key);
	else
		snprintf(part, sizeof(part), "[%zu]", n->index);
	return append(buf, size, at, part);
}

const char *json_path(const struct jnode *n, char *buf, size_t size)
{
	path_of(n, buf, size);
	return buf;
}

int json_fail(const struct jnode *n, int code, struct sim_error *err, const char *fmt, ...)
{
	char where[192], text[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return sim_fail(err, code, json_path(n, where, sizeof(where)), "%s", text);
}

static const char *type_name(const json_t *v)
{
	if (!v)
		return "nothing";
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a real number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		return "null";
	}
	return "something else";
}

static int wrong_type(const struct jnode *n, const char *want, struct sim_error *err)
{
	if (!n->v)
		return json_fail(n, SIM_EFORMAT, err, "missing; must be %s", want);
	return json_fail(n, SIM_EFORMAT, err, "must be %s, not %s", want, type_name(n->v));
}

static void list_names(const char *const *names, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; names[i]; i++) {
		at = append(buf, size, at, i ? ", " : "");
		at = append(buf, size, at, names[i]);
	}
}

static bool listed(const char *const *names, const char *s, unsigned *at)
{
	for (unsigned i = 0; names[i]; i++)
		if (!strcmp(names[i], s)) {
			*at = i;
			return true;
		}
	return false;
}

int json_only(const struct jnode *n, const char *const *keys, struct sim_error *err)
{
	/* jansson's iterators want a non-const object, and change nothing in it */
	json_t *obj = json_incref((json_t *)(uintptr_t)n->v);
	char names[256];
	unsigned at;
	int rc = 0;
	void *it;

	if (!json_is_object(n->v)) {
		json_decref(obj);
		return wrong_type(n, "an object", err);
	}
	for (it = json_object_iter(obj); it && !rc; it = json_object_iter_next(obj, it)) {
		const char *key = json_object_iter_key(it);
		struct jnode child = json_get(n, key);

		if (listed(keys, key, &at))
			continue;
		list_names(keys, names, sizeof(names));
		rc = json_fail(&child, SIM_EFORMAT, err, "unknown key; the keys here are %s",
			       names);
	}
	json_decref(obj);
	return rc;
}

struct jnode json_get(const struct jnode *obj, const char *key)
{
	return (struct jnode){
		.v = json_object_get(obj->v, key), .parent = obj, .key = key, .file = obj->file
	};
}

struct jnode json_at(const struct jnode *arr, size_t i)
{
	return (struct jnode){
		.v = json_array_get(arr->v, i), .parent = arr, .index = i, .file = arr->file
	};
}

size_t json_len(const struct jnode *n)
{
	return json_is_array(n->v) ? json_array_size(n->v) : 0;
}

int json_as_u64(const struct jnode *n, uint64_t min, uint64_t max, uint64_t *out,
		struct sim_error *err)
{
	json_int_t v;

	if (!json_is_integer(n->v))
		return wrong_type(n, "an integer", err);
	v = json_integer_value(n->v);
	if (v < 0 || (uint64_t)v < min || (uint64_t)v > max)
		return json_fail(n, SIM_ERANGE, err,
				 "must be %" PRIu64 "..%" PRIu64 ", not %" JSON_INTEGER_FORMAT,
				 min, max, v);
	*out = (uint64_t)v;
	return 0;
}

int json_as_bool(const struct jnode *n, bool *out, struct sim_error *err)
{
	if (!json_is_boolean(n->v))
		return wrong_type(n, "true or false", err);
	*out = json_is_true(n->v);
	return 0;
}

int json_as_str(const struct jnode *n, const char **out, struct sim_error *err)
{
	if (!json_is_string(n->v))
		return wrong_type(n, "a string", err);
	*out = json_string_value(n->v);
	return 0;
}

int json_as_real(const struct jnode *n, double *out, struct sim_error *err)
{
	if (!json_is_number(n->v))
		return wrong_type(n, "a number", err);
	*out = json_number_value(n->v);
	return 0;
}

int json_as_enum(const struct jnode *n, const char *const *names, unsigned *out,
		 struct sim_error *err)
{
	char all[256];
	const char *s;

	list_names(names, all, sizeof(all));
	if (!json_is_string(n->v)) {
		char want[280];

		snprintf(want, sizeof(want), "one of %s", all);
		return wrong_type(n, want, err);
	}
	s = json_string_value(n->v);
	if (!listed(names, s, out))
		return json_fail(n, SIM_EFORMAT, err, "must be one of %s, not \"%s\"", all, s);
	return 0;
}

int json_as_array(const struct jnode *n, struct sim_error *err)
{
	return json_is_array(n->v) ? 0 : wrong_type(n, "an array", err);
}
