/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/axis.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define NUMBER_MAX 9007199254740992.0 /* 2^53: every integer up to it is a double */

/* Objects with members to sweep, and axes that are whole. */
static const char *const objects[] = {
	"machine", "host", "mmu", "cost", "memory", "guest", NULL
};
static const char *const wholes[] = { "trace", "technique",	 "machine",
				      "cost",  "warmup_percent", NULL };

static bool is_listed(const char *const *list, const char *s, size_t n)
{
	for (size_t i = 0; list[i]; i++)
		if (strlen(list[i]) == n && !strncmp(list[i], s, n))
			return true;
	return false;
}

static bool name_is_known(const char *name)
{
	const char *dot = strchr(name, '.');

	if (!dot)
		return is_listed(wholes, name, strlen(name));
	return dot[1] && strcmp(dot, ".model") != 0 &&
	       is_listed(objects, name, (size_t)(dot - name));
}

void axis_fini(struct axis *a)
{
	sim_free(a->name);
	json_decref(a->values);
	*a = (struct axis){ 0 };
}

size_t axis_length(const struct axis *a)
{
	return json_array_size(a->values);
}

bool axis_is_memory(const struct axis *a)
{
	return !strncmp(a->name, "memory.", 7);
}

bool axis_is_cost(const struct axis *a)
{
	return !strcmp(a->name, "cost") || !strncmp(a->name, "cost.", 5);
}

bool axis_is_plain(const struct axis *a)
{
	return !strchr(a->name, '.') && strcmp(a->name, "warmup_percent") != 0;
}

/* What a path ends in, without its ending: the label that sources.h gives the file. */
static void file_text(const char *s, char buf[AXIS_TEXT_MAX])
{
	const char *slash = strrchr(s, '/');
	size_t n;

	snprintf(buf, AXIS_TEXT_MAX, "%s", slash ? slash + 1 : s);
	n = strlen(buf);
	if (n > 4 && !strcmp(buf + n - 4, ".snt"))
		buf[n - 4] = '\0';
	if (n > 5 && !strcmp(buf + n - 5, ".json"))
		buf[n - 5] = '\0';
}

static void scalar_text(const json_t *v, char buf[AXIS_TEXT_MAX])
{
	if (json_is_integer(v))
		snprintf(buf, AXIS_TEXT_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		snprintf(buf, AXIS_TEXT_MAX, "%.12g", json_real_value(v));
	else if (json_is_boolean(v))
		snprintf(buf, AXIS_TEXT_MAX, "%s", json_is_true(v) ? "true" : "false");
	else
		snprintf(buf, AXIS_TEXT_MAX, "%s", json_string_value(v));
}

const char *axis_text(const struct axis *a, size_t i, char buf[AXIS_TEXT_MAX])
{
	const json_t *v = json_array_get(a->values, i);

	if (json_is_string(v) && !strchr(a->name, '.'))
		file_text(json_string_value(v), buf);
	else
		scalar_text(v, buf);
	return buf;
}

/* Text that can stand in a folder's name and in a cell of a table. */
static int check_text(const struct axis *a, size_t i, const struct jnode *n,
		      struct sim_error *err)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+";
	char text[AXIS_TEXT_MAX], other[AXIS_TEXT_MAX];
	size_t len = strlen(axis_text(a, i, text));

	if (!len || len > AXIS_TEXT_MAX - 2 || text[0] == '.' || strspn(text, plain) != len)
		return json_fail(
			n, SIM_EFORMAT, err,
			"\"%s\" would name results: letters, digits, '_', '-', '.' and '+' only; "
			"a file can be renamed or linked",
			text);
	for (size_t j = 0; j < i; j++)
		if (!strcmp(text, axis_text(a, j, other)))
			return json_fail(n, SIM_EFORMAT, err,
					 "the value %s stands here twice; files need "
					 "different names: rename or link one",
					 text);
	return 0;
}

static int append(struct axis *a, json_t *v, const struct jnode *n, struct sim_error *err)
{
	if (!v || json_array_append_new(a->values, v))
		return sim_fail_nomem(err);
	return check_text(a, axis_length(a) - 1, n, err);
}

static int read_list(struct axis *a, const struct jnode *n, struct sim_error *err)
{
	int rc = 0;

	if (!json_len(n) || json_len(n) > AXIS_VALUES_MAX)
		return json_fail(n, SIM_ERANGE, err, "must have 1..%d values", AXIS_VALUES_MAX);
	for (size_t i = 0; i < json_len(n) && !rc; i++) {
		struct jnode item = json_at(n, i);

		if (json_is_object(item.v) || json_is_array(item.v) || json_is_null(item.v))
			rc = json_fail(&item, SIM_EFORMAT, err,
				       "must be a number, a string, true or false");
		else
			rc = append(a, json_deep_copy(item.v), &item, err);
	}
	return rc;
}

struct range {
	double from, to, by;
	bool is_log, is_integer;
};

static int range_number(const struct jnode *n, const char *key, double *out, bool *is_integer,
			struct sim_error *err)
{
	struct jnode v = json_get(n, key);

	*is_integer = *is_integer && json_is_integer(v.v);
	return json_as_real(&v, out, err);
}

static int read_range(struct range *r, const struct jnode *n, struct sim_error *err)
{
	static const char *const keys[] = { "from", "to", "step", "factor", NULL };
	struct jnode step = json_get(n, "step"), factor = json_get(n, "factor");
	bool any = true;
	int rc = json_only(n, keys, err);

	if (rc)
		return rc;
	if (!step.v == !factor.v)
		return json_fail(n, SIM_EFORMAT, err, "a range has either step or factor");
	r->is_integer = true;
	r->is_log = factor.v != NULL;
	rc = range_number(n, "from", &r->from, &r->is_integer, err);
	if (!rc)
		rc = range_number(n, "to", &r->to, &r->is_integer, err);
	if (!rc)
		rc = range_number(n, r->is_log ? "factor" : "step", &r->by,
				  r->is_log ? &any : &r->is_integer, err);
	if (rc)
		return rc;
	if (fabs(r->from) > NUMBER_MAX || fabs(r->to) > NUMBER_MAX)
		return json_fail(n, SIM_ERANGE, err, "the ends must lie within %.0f",
				 NUMBER_MAX);
	if (r->to < r->from)
		return json_fail(n, SIM_ERANGE, err, "from must not be more than to");
	if (r->is_log ? !(r->by > 1.0 && r->from > 0.0) : !(r->by > 0.0))
		return json_fail(n, SIM_ERANGE, err,
				 r->is_log ? "factor must be more than 1 and from more than 0"
					   : "step must be more than 0");
	return 0;
}

static double range_value(const struct range *r, unsigned k)
{
	double v = r->is_log ? r->from * pow(r->by, k) : r->from + r->by * k;

	return r->is_integer ? round(v) : v;
}

static int expand_range(struct axis *a, const struct range *r, const struct jnode *n,
			struct sim_error *err)
{
	double last = r->to + 1e-9 * fabs(r->to), v, before = (double)NAN;
	int rc = 0;

	for (unsigned k = 0; !rc && (v = range_value(r, k)) <= last; k++) {
		if (k >= AXIS_VALUES_MAX)
			return json_fail(n, SIM_ERANGE, err, "gives more than %d values",
					 AXIS_VALUES_MAX);
		if (v > before || k == 0)
			rc = append(a,
				    r->is_integer ? json_integer((json_int_t)v) : json_real(v),
				    n, err);
		before = v;
	}
	return rc;
}

static int read_values(struct axis *a, const struct jnode *n, struct sim_error *err)
{
	struct range r;
	int rc;

	if (json_is_array(n->v))
		return read_list(a, n, err);
	if (!json_is_object(n->v))
		return json_fail(n, SIM_EFORMAT, err,
				 "must be a list of values or a range {from, to, step} or "
				 "{from, to, factor}");
	rc = read_range(&r, n, err);
	return rc ? rc : expand_range(a, &r, n, err);
}

int axis_read(struct axis *a, const char *name, const struct jnode *n, struct sim_error *err)
{
	int rc;

	if (!name_is_known(name))
		return json_fail(
			n, SIM_EFORMAT, err,
			"no such scalar; an axis is trace, technique, machine, cost, "
			"warmup_percent or a member of machine, host, mmu, memory, guest, cost such "
			"as host.page_size");
	*a = (struct axis){ .name = sim_strdup(name), .values = json_array() };
	rc = a->name && a->values ? read_values(a, n, err) : sim_fail_nomem(err);
	if (rc)
		axis_fini(a);
	return rc;
}

/* The object that is a member of another, made if absent. */
static json_t *member_object(json_t *doc, const char *key)
{
	json_t *obj = json_object_get(doc, key);

	if (obj)
		return obj;
	return json_object_set_new(doc, key, json_object()) ? NULL : json_object_get(doc, key);
}

static int set_member(json_t *doc, const char *object, const char *key, json_t *v)
{
	return json_object_set(member_object(doc, object), key, v) ? SIM_ENOMEM : 0;
}

/* memory.m.size is a member of a member; names of the other objects' members may have dots themselves. */
static int set_nested(json_t *doc, const char *path, json_t *v)
{
	const char *dot;

	while ((dot = strchr(path, '.'))) {
		char key[AXIS_TEXT_MAX];

		snprintf(key, sizeof(key), "%.*s", (int)(dot - path), path);
		doc = member_object(doc, key);
		path = dot + 1;
	}
	return json_object_set(doc, path, v) ? SIM_ENOMEM : 0;
}

int axis_apply(const struct axis *a, size_t i, json_t *doc)
{
	json_t *v = json_array_get(a->values, i);
	const char *dot = strchr(a->name, '.');
	char object[16];

	if (axis_is_memory(a))
		return set_nested(doc, a->name, v);
	if (dot) {
		snprintf(object, sizeof(object), "%.*s", (int)(dot - a->name), a->name);
		return set_member(doc, object, dot + 1, v);
	}
	if (!strcmp(a->name, "machine") || !strcmp(a->name, "cost"))
		return set_member(doc, a->name, "model", v);
	return json_object_set(doc, a->name, v) ? SIM_ENOMEM : 0;
}
