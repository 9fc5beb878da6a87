/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/keyval.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "monitor/utf8.h"

static int no_memory(struct monitor_fault *f)
{
	return monitor_refuse(f, MONITOR_GENERIC, "out of memory");
}

/* jansson makes no string of other bytes. */
static int check_utf8(const char *key, const char *value, struct monitor_fault *f)
{
	if (!utf8_is_valid(key))
		return monitor_refuse(f, MONITOR_GENERIC, "Invalid parameter '%s'", key);
	if (!utf8_is_valid(value))
		return monitor_refuse(f, MONITOR_GENERIC, "Parameter '%s' is not UTF-8", key);
	return 0;
}

/* A value replaces a value, and an element goes where elements are, or nothing is yet. */
static int check_kind(const json_t *old, bool is_element, const char *name,
		      struct monitor_fault *f)
{
	if (!old || json_is_object(old) == is_element)
		return 0;
	return monitor_refuse(f, MONITOR_GENERIC, "Parameters '%s.*' used inconsistently",
			      name);
}

/* The elements of an array, by their numbers; to become one when all are there. */
static int elements_of(json_t *o, const char *name, json_t **elements, struct monitor_fault *f)
{
	*elements = json_object_get(o, name);
	if (check_kind(*elements, true, name, f))
		return -1;
	if (*elements)
		return 0;
	*elements = json_object();
	return json_object_set_new(o, name, *elements) ? no_memory(f) : 0;
}

/* "name.N" */
static int set_element(json_t *o, const char *key, size_t name_length, const char *value,
		       struct monitor_fault *f)
{
	const char *digits = key + name_length + 1;
	char name[64], number[24];
	json_t *elements;

	if (name_length >= sizeof(name) || !*digits || digits[strspn(digits, "0123456789")])
		return monitor_refuse(f, MONITOR_GENERIC, "Invalid parameter '%s'", key);
	memcpy(name, key, name_length);
	name[name_length] = '\0';
	snprintf(number, sizeof(number), "%lu", strtoul(digits, NULL, 10));
	if (elements_of(o, name, &elements, f))
		return -1;
	return json_object_set_new(elements, number, json_string(value)) ? no_memory(f) : 0;
}

static int set(json_t *o, const char *key, const char *value, struct monitor_fault *f)
{
	const char *dot = strchr(key, '.');

	if (check_utf8(key, value, f))
		return -1;
	if (dot)
		return set_element(o, key, (size_t)(dot - key), value, f);
	if (check_kind(json_object_get(o, key), false, key, f))
		return -1;
	return json_object_set_new(o, key, json_string(value)) ? no_memory(f) : 0;
}

/* Elements in the order of their numbers. NULL: one is missing, or memory. */
static json_t *array_of(const json_t *elements, const char *name, struct monitor_fault *f)
{
	json_t *array = json_array(), *v;
	size_t n = json_object_size(elements);
	char number[24];
	int rc = array ? 0 : no_memory(f);

	for (size_t i = 0; i < n && !rc; i++) {
		snprintf(number, sizeof(number), "%zu", i);
		v = json_object_get(elements, number);
		if (!v)
			rc = monitor_refuse(f, MONITOR_GENERIC, "Parameter '%s.%zu' missing",
					    name, i);
		else if (json_array_append(array, v))
			rc = no_memory(f);
	}
	if (!rc)
		return array;
	json_decref(array);
	return NULL;
}

static int make_arrays(json_t *o, struct monitor_fault *f)
{
	for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it)) {
		const json_t *v = json_object_iter_value(it);
		json_t *array;

		if (!json_is_object(v))
			continue;
		array = array_of(v, json_object_iter_key(it), f);
		if (!array)
			return -1;
		if (json_object_iter_set_new(o, it, array))
			return no_memory(f);
	}
	return 0;
}

/* Cuts the next option off *rest, undoubling its commas. */
static char *next_option(char **rest)
{
	char *from = *rest, *to = *rest, *option = *rest;

	while (*from && (*from != ',' || from[1] == ',')) {
		from += *from == ',';
		*to++ = *from++;
	}
	*rest = from + (*from == ',');
	*to = '\0';
	return option;
}

static int take_option(json_t *o, char *option, const char *implied, struct monitor_fault *f)
{
	char *value = strchr(option, '=');

	if (!value && implied)
		return set(o, implied, option, f);
	if (!value)
		return monitor_refuse(f, MONITOR_GENERIC, "Expected '=' after parameter '%s'",
				      option);
	*value = '\0';
	return set(o, option, value + 1, f);
}

json_t *keyval_parse(const char *s, const char *implied, struct monitor_fault *f)
{
	json_t *o = json_object();
	char *copy = sim_strdup(s), *rest = copy;
	int rc = o && copy ? 0 : no_memory(f);

	while (!rc && *rest) {
		rc = take_option(o, next_option(&rest), implied, f);
		implied = NULL;
	}
	rc = rc ? rc : make_arrays(o, f);
	sim_free(copy);
	if (!rc)
		return o;
	json_decref(o);
	return NULL;
}

/* --- types --- */

static json_t *of_bool(const char *s)
{
	if (!strcmp(s, "on") || !strcmp(s, "yes") || !strcmp(s, "true") || !strcmp(s, "y"))
		return json_true();
	if (!strcmp(s, "off") || !strcmp(s, "no") || !strcmp(s, "false") || !strcmp(s, "n"))
		return json_false();
	return NULL;
}

static json_t *of_number(const char *s)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(s, &end, 0);
	return *s && !*end && !errno && v >= 0 ? json_integer(v) : NULL;
}

static json_t *of_size(const char *s)
{
	struct sim_error err = { .code = 0 };
	uint64_t bytes;

	if (board_size_parse(s, 1, &bytes, &err) || bytes > INT64_MAX)
		return NULL;
	return json_integer((json_int_t)bytes);
}

static json_t *of_numbers(const json_t *strings)
{
	json_t *numbers = json_array();
	int rc = numbers ? 0 : -1;

	for (size_t i = 0; i < json_array_size(strings) && !rc; i++)
		rc = json_array_append_new(
			numbers, of_number(json_string_value(json_array_get(strings, i))));
	if (!rc)
		return numbers;
	json_decref(numbers);
	return NULL;
}

static json_t *typed(const json_t *v, enum qmp_arg_type type)
{
	if (json_is_array(v))
		return of_numbers(v);
	switch ((int)type) {
	case QMP_BOOL:
		return of_bool(json_string_value(v));
	case QMP_SIZE:
		return of_size(json_string_value(v));
	default:
		return of_number(json_string_value(v));
	}
}

static const char *wanted(enum qmp_arg_type type)
{
	switch ((int)type) {
	case QMP_BOOL:
		return "'on' or 'off'";
	case QMP_SIZE:
		return "size";
	default:
		return "integer";
	}
}

/* Has a person's text to become something else? An array is told from none by the check of arguments. */
static bool is_typed(const json_t *v, const struct qmp_arg *a)
{
	if (json_is_array(v))
		return a->type == QMP_UINT16S;
	return a->type == QMP_BOOL || a->type == QMP_SIZE || a->type == QMP_UINT32;
}

int keyval_type(json_t *o, const struct qmp_arg *const *args, struct monitor_fault *f)
{
	for (; *args; args++)
		for (const struct qmp_arg *a = *args; a->name; a++) {
			const json_t *v = json_object_get(o, a->name);

			if (!v || !is_typed(v, a))
				continue;
			if (json_object_set_new(o, a->name, typed(v, a->type)))
				return monitor_refuse(f, MONITOR_GENERIC,
						      "Parameter '%s' expects %s", a->name,
						      wanted(a->type));
		}
	return 0;
}
