/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/keyval.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static int no_memory(struct monitor_fault *f)
{
	return monitor_refuse(f, MONITOR_GENERIC, "out of memory");
}

/* "name.N": puts the value at the array's end, N being its length. */
static int set_element(json_t *o, const char *key, size_t name_length, const char *value,
		       struct monitor_fault *f)
{
	char name[64];
	json_t *array;
	char *end;
	unsigned long at = strtoul(key + name_length + 1, &end, 10);

	if (name_length >= sizeof(name) || *end || end == key + name_length + 1)
		return monitor_refuse(f, MONITOR_GENERIC, "Invalid parameter '%s'", key);
	memcpy(name, key, name_length);
	name[name_length] = '\0';
	array = json_object_get(o, name);
	if (!array && json_object_set_new(o, name, array = json_array()))
		return no_memory(f);
	if (at != json_array_size(array))
		return monitor_refuse(f, MONITOR_GENERIC, "Parameter '%s.%zu' missing", name,
				      json_array_size(array));
	return json_array_append_new(array, json_string(value)) ? no_memory(f) : 0;
}

static int set(json_t *o, const char *key, const char *value, struct monitor_fault *f)
{
	const char *dot = strchr(key, '.');

	if (dot)
		return set_element(o, key, (size_t)(dot - key), value, f);
	return json_object_set_new(o, key, json_string(value)) ? no_memory(f) : 0;
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
