/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen/spec.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "gen/mix.h"
#include "gen/workload.h"

#define SEED_NORMAL 1

static void set_name(struct spec *s, const char *name)
{
	size_t n = strlen(name);

	memcpy(s->name, name, n + 1);
}

int spec_rename(struct spec *s, const char *name, struct sim_error *err)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

	if (!*name || strlen(name) > SPEC_NAME_MAX || name[strspn(name, allowed)])
		return sim_fail(err, SIM_EFORMAT, NULL,
				"a name has 1 to %d letters, digits, '_', '-' and '.', not "
				"\"%.70s\"",
				SPEC_NAME_MAX, name);
	set_name(s, name);
	return 0;
}

/* Without parts. */
static int init(struct spec *s, const char *workload, struct sim_error *err)
{
	const struct workload_kind *k = workload_find(workload);
	int rc = 0;

	*s = (struct spec){ .kind = k, .seed = SEED_NORMAL };
	if (!k)
		return sim_fail(err, SIM_ERANGE, NULL,
				"there is no workload \"%.70s\"; shadownest trace gen --list "
				"shows them",
				workload);
	set_name(s, k->name);
	for (unsigned i = 0; !rc && k->params[i].name; i++) {
		assert(i < SPEC_PARAMS_MAX);
		rc = param_parse(&k->params[i], k->params[i].normal, k->name, &s->value[i],
				 err);
	}
	return rc;
}

static uint64_t part_seed(const struct spec *s, size_t i)
{
	return (s->seed + i) & INT64_MAX;
}

void spec_seed(struct spec *s, uint64_t seed)
{
	s->seed = seed;
	for (size_t i = 0; i < s->n_parts; i++)
		s->part[i].seed = part_seed(s, i);
}

static int add_normal_parts(struct spec *s, struct sim_error *err)
{
	int rc = 0;

	s->part = sim_calloc(SPEC_PARTS_MAX, sizeof(*s->part));
	if (!s->part)
		return sim_fail_nomem(err);
	for (; !rc && mix_normal_parts[s->n_parts]; s->n_parts++)
		rc = init(&s->part[s->n_parts], mix_normal_parts[s->n_parts], err);
	spec_seed(s, s->seed);
	return rc;
}

int spec_init(struct spec *s, const char *workload, struct sim_error *err)
{
	int rc = init(s, workload, err);

	if (!rc && s->kind == &mix_kind)
		rc = add_normal_parts(s, err);
	if (rc)
		spec_fini(s);
	return rc;
}

void spec_fini(struct spec *s)
{
	sim_free(s->part);
	s->part = NULL;
	s->n_parts = 0;
}

static void list_params(const struct workload_kind *k, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; k->params[i].name && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%s", i ? ", " : "",
				       k->params[i].name);
}

int spec_set(struct spec *s, const char *assignment, struct sim_error *err)
{
	const char *equals = strchr(assignment, '=');
	size_t n = equals ? (size_t)(equals - assignment) : 0;
	char name[64], all[256];
	int i;

	if (!n || n >= sizeof(name))
		return sim_fail(err, SIM_EFORMAT, NULL,
				"a setting is NAME=VALUE, as bytes=1T, not \"%.70s\"",
				assignment);
	memcpy(name, assignment, n);
	name[n] = '\0';
	i = param_find(s->kind->params, name);
	if (i >= 0)
		return param_parse(&s->kind->params[i], equals + 1, NULL, &s->value[i], err);
	list_params(s->kind, all, sizeof(all));
	return sim_fail(err, SIM_EFORMAT, NULL, "%s has no parameter \"%s\"; it has %s",
			s->kind->name, name, all);
}

/* --- reading --- */

static int read_params(struct spec *s, const struct jnode *root, struct sim_error *err)
{
	struct jnode all = json_get(root, "parameters");
	const char *keys[SPEC_PARAMS_MAX + 1] = { NULL };
	int rc;

	if (!all.v)
		return 0;
	for (unsigned i = 0; s->kind->params[i].name; i++)
		keys[i] = s->kind->params[i].name;
	rc = json_only(&all, keys, err);
	for (unsigned i = 0; !rc && keys[i]; i++) {
		struct jnode n = json_get(&all, keys[i]);

		if (n.v)
			rc = param_read(&s->kind->params[i], &n, &s->value[i], err);
	}
	return rc;
}

static int read_workload(struct spec *s, const struct jnode *o, struct sim_error *err)
{
	struct jnode n = json_get(o, "workload");
	char where[192];
	const char *name;
	int rc = json_as_str(&n, &name, err);

	if (rc)
		return rc;
	rc = init(s, name, err);
	if (rc)
		sim_error_where(err, "%s", json_path(&n, where, sizeof(where)));
	return rc;
}

static int read_seed(struct spec *s, const struct jnode *o, struct sim_error *err)
{
	struct jnode n = json_get(o, "seed");

	return n.v ? json_as_u64(&n, 0, INT64_MAX, &s->seed, err) : 0;
}

static int read_part(struct spec *s, const struct jnode *o, uint64_t seed,
		     struct sim_error *err)
{
	static const char *const keys[] = { "workload", "seed", "parameters", NULL };
	int rc;

	if ((rc = json_only(o, keys, err)) || (rc = read_workload(s, o, err)))
		return rc;
	if (s->kind == &mix_kind)
		return json_fail(o, SIM_EFORMAT, err, "a part of a mix cannot be a mix");
	s->seed = seed;
	rc = read_seed(s, o, err);
	return rc ? rc : read_params(s, o, err);
}

static int read_parts(struct spec *s, const struct jnode *o, struct sim_error *err)
{
	struct jnode all = json_get(o, "parts");
	int rc;

	if (s->kind != &mix_kind)
		return all.v ? json_fail(&all, SIM_EFORMAT, err, "only a mix has parts") : 0;
	rc = json_as_array(&all, err);
	if (rc)
		return rc;
	if (!json_len(&all) || json_len(&all) > SPEC_PARTS_MAX)
		return json_fail(&all, SIM_ERANGE, err, "a mix has 1 to %d parts",
				 SPEC_PARTS_MAX);
	s->part = sim_calloc(json_len(&all), sizeof(*s->part));
	if (!s->part)
		return sim_fail_nomem(err);
	for (; !rc && s->n_parts < json_len(&all); s->n_parts++) {
		struct jnode n = json_at(&all, s->n_parts);

		rc = read_part(&s->part[s->n_parts], &n, part_seed(s, s->n_parts), err);
	}
	return rc;
}

static int read_name(struct spec *s, const struct jnode *o, struct sim_error *err)
{
	struct jnode n = json_get(o, "name"), question = json_get(o, "question");
	char where[192];
	const char *name;
	int rc = question.v ? json_as_str(&question, &name, err) : 0;

	if (rc || !n.v)
		return rc;
	rc = json_as_str(&n, &name, err);
	if (!rc)
		rc = spec_rename(s, name, err);
	if (rc)
		sim_error_where(err, "%s", json_path(&n, where, sizeof(where)));
	return rc;
}

static int read_spec(struct spec *s, const struct jnode *root, struct sim_error *err)
{
	static const char *const keys[] = { "name",	  "question", "workload", "seed",
					    "parameters", "parts",    NULL };
	int rc;

	if ((rc = json_only(root, keys, err)) || (rc = read_workload(s, root, err)) ||
	    (rc = read_name(s, root, err)) || (rc = read_seed(s, root, err)) ||
	    (rc = read_params(s, root, err)))
		return rc;
	rc = read_parts(s, root, err);
	if (rc)
		spec_fini(s);
	return rc;
}

int spec_open(struct spec *s, const char *path, struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_open(path, &doc, &root, err);

	if (rc)
		return rc;
	rc = read_spec(s, &root, err);
	json_decref(doc);
	return rc;
}

int spec_parse(struct spec *s, const char *text, size_t n, const char *name,
	       struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_parse(text, n, name, &doc, &root, err);

	if (rc)
		return rc;
	rc = read_spec(s, &root, err);
	json_decref(doc);
	return rc;
}

/* --- writing --- */

/* Between two members: a new line with `depth` tabs, or a blank. */
static void next_line(enum spec_layout layout, unsigned depth, struct text *t)
{
	if (layout == SPEC_ONE_LINE) {
		text_add(t, " ");
		return;
	}
	text_add(t, "\n");
	for (; depth; depth--)
		text_add(t, "\t");
}

static void write_params(const struct spec *s, enum spec_layout layout, unsigned depth,
			 struct text *t)
{
	text_add(t, "\"parameters\": {");
	for (unsigned i = 0; s->kind->params[i].name; i++) {
		if (i)
			text_add(t, ",");
		if (i || layout == SPEC_LINES)
			next_line(layout, depth + 1, t);
		text_add(t, "\"%s\": ", s->kind->params[i].name);
		param_write(&s->kind->params[i], s->value[i], t);
	}
	if (layout == SPEC_LINES)
		next_line(layout, depth, t);
	text_add(t, "}");
}

static void write_body(const struct spec *s, enum spec_layout layout, unsigned depth,
		       struct text *t)
{
	text_add(t, "\"workload\": \"%s\",", s->kind->name);
	next_line(layout, depth, t);
	text_add(t, "\"seed\": %" PRIu64 ",", s->seed);
	next_line(layout, depth, t);
	write_params(s, layout, depth, t);
}

static void write_parts(const struct spec *s, enum spec_layout layout, struct text *t)
{
	text_add(t, ",");
	next_line(layout, 1, t);
	text_add(t, "\"parts\": [");
	for (size_t i = 0; i < s->n_parts; i++) {
		text_add(t, i ? ", {" : "{");
		if (layout == SPEC_LINES)
			next_line(layout, 2, t);
		write_body(&s->part[i], layout, 2, t);
		if (layout == SPEC_LINES)
			next_line(layout, 1, t);
		text_add(t, "}");
	}
	text_add(t, "]");
}

void spec_write(const struct spec *s, enum spec_layout layout, struct text *t)
{
	text_add(t, "{");
	if (layout == SPEC_LINES)
		next_line(layout, 1, t);
	text_add(t, "\"name\": \"%s\",", s->name);
	next_line(layout, 1, t);
	write_body(s, layout, 1, t);
	if (s->kind == &mix_kind)
		write_parts(s, layout, t);
	if (layout == SPEC_LINES)
		next_line(layout, 0, t);
	text_add(t, "}");
}
