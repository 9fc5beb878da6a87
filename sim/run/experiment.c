/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/experiment.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static int read_name(struct experiment *e, const struct jnode *root, struct sim_error *err)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	struct jnode n = json_get(root, "name"), question = json_get(root, "question");
	const char *s;
	int rc = json_as_str(&n, &s, err);

	if (rc)
		return rc;
	if (!*s || strlen(s) >= sizeof(e->name) || strspn(s, plain) != strlen(s))
		return json_fail(&n, SIM_EFORMAT, err,
				 "must be 1..%zu letters, digits, '_' and '-': it names the "
				 "folder of the results",
				 sizeof(e->name) - 1);
	snprintf(e->name, sizeof(e->name), "%s", s);
	return question.v ? json_as_str(&question, &s, err) : 0;
}

static bool has_axis(const struct experiment *e, const char *name)
{
	for (unsigned i = 0; i < e->n_axes; i++)
		if (!strcmp(e->axis[i].name, name))
			return true;
	return false;
}

static int add_axis(struct experiment *e, const char *name, const struct jnode *n,
		    struct sim_error *err)
{
	int rc;

	if (has_axis(e, name))
		return json_fail(n, SIM_EFORMAT, err, "%s is given twice", name);
	if (e->n_axes == AXES_MAX)
		return json_fail(n, SIM_ERANGE, err, "at most %d axes", AXES_MAX);
	rc = axis_read(&e->axis[e->n_axes], name, n, err);
	if (!rc)
		e->n_axes++;
	return rc;
}

/* traces and techniques: the axis of that name, as a list of the experiment's own. */
static int add_list(struct experiment *e, const struct jnode *root, const char *key,
		    const char *axis, struct sim_error *err)
{
	struct jnode n = json_get(root, key), sweep = json_get(root, "sweep");

	if (!n.v && json_object_get(sweep.v, axis))
		return 0;
	if (n.v && json_object_get(sweep.v, axis))
		return json_fail(&n, SIM_EFORMAT, err, "stands in the sweep too, as %s", axis);
	if (!json_is_array(n.v))
		return json_as_array(&n, err);
	for (size_t i = 0; i < json_len(&n); i++) {
		struct jnode item = json_at(&n, i);
		const char *s;
		int rc = json_as_str(&item, &s, err);

		if (rc)
			return rc;
	}
	return add_axis(e, axis, &n, err);
}

/* A string, such as a command line, has no members that could be swept. */
static int check_member(const struct experiment *e, const char *axis, const struct jnode *n,
			struct sim_error *err)
{
	const json_t *at = e->fixed;
	const char *dot;

	if (strncmp(axis, "memory.", 7) != 0)
		return 0;
	for (; at && (dot = strchr(axis, '.')); axis = dot + 1) {
		char key[AXIS_TEXT_MAX];

		snprintf(key, sizeof(key), "%.*s", (int)(dot - axis), axis);
		at = json_object_get(at, key);
		if (at && !json_is_object(at))
			return json_fail(
				n, SIM_EFORMAT, err,
				"\"%s\" is no object here: to sweep a part of it, write "
				"it with members, such as {\"m\": {\"size\": \"256M\"}}",
				key);
	}
	return 0;
}

static int add_sweep(struct experiment *e, const struct jnode *root, struct sim_error *err)
{
	struct jnode sweep = json_get(root, "sweep");
	const char *key;
	json_t *v;
	int rc = 0;

	if (!sweep.v)
		return 0;
	if (!json_is_object(sweep.v))
		return json_fail(&sweep, SIM_EFORMAT, err,
				 "must be an object: axis -> its values");
	json_object_foreach((json_t *)(uintptr_t)sweep.v, key, v)
	{
		struct jnode n = json_get(&sweep, key);

		rc = check_member(e, key, &n, err);
		if (!rc)
			rc = add_axis(e, key, &n, err);
		if (rc)
			break;
	}
	return rc;
}

/* The value of a key that may be a name (then an object with that model) or an object. */
static int take_model(json_t *to, const char *key, const struct jnode *n, struct sim_error *err)
{
	json_t *v;

	if (!n->v)
		v = json_object();
	else if (json_is_string(n->v))
		v = json_pack("{s:s}", "model", json_string_value(n->v));
	else if (json_is_object(n->v))
		v = json_deep_copy(n->v);
	else
		return json_fail(n, SIM_EFORMAT, err,
				 "must be a model's name or an object with the member model");
	return v && !json_object_set_new(to, key, v) ? 0 : sim_fail_nomem(err);
}

static int take_object(json_t *to, const char *key, const struct jnode *n,
		       struct sim_error *err)
{
	json_t *v;

	if (n->v && !json_is_object(n->v))
		return json_fail(n, SIM_EFORMAT, err, "must be an object");
	v = n->v ? json_deep_copy(n->v) : json_object();
	return v && !json_object_set_new(to, key, v) ? 0 : sim_fail_nomem(err);
}

static int take_fixed(struct experiment *e, const struct jnode *root, struct sim_error *err)
{
	struct jnode machine = json_get(root, "machine"), cost = json_get(root, "cost");
	struct jnode host = json_get(root, "host"), mmu = json_get(root, "mmu");
	struct jnode warmup = json_get(root, "warmup_percent");
	struct jnode replay = json_get(root, "replay"), memory = json_get(root, "memory");
	struct jnode guest = json_get(root, "guest");
	int rc;

	e->fixed = json_object();
	e->cost = json_object();
	if (!e->fixed || !e->cost)
		return sim_fail_nomem(err);
	rc = take_model(e->fixed, "machine", &machine, err);
	if (!rc)
		rc = take_object(e->fixed, "host", &host, err);
	if (!rc)
		rc = take_object(e->fixed, "mmu", &mmu, err);
	if (!rc)
		rc = take_object(e->fixed, "replay", &replay, err);
	if (!rc && guest.v)
		rc = take_object(e->fixed, "guest", &guest, err);
	if (!rc && memory.v &&
	    json_object_set(e->fixed, "memory", (json_t *)(uintptr_t)memory.v))
		rc = sim_fail_nomem(err);
	if (!rc && warmup.v &&
	    json_object_set(e->fixed, "warmup_percent", (json_t *)(uintptr_t)warmup.v))
		rc = sim_fail_nomem(err);
	return rc ? rc : take_model(e->cost, "cost", &cost, err);
}

static int read_all(struct experiment *e, const struct jnode *root, struct sim_error *err)
{
	static const char *const keys[] = { "name",	      "question", "traces",
					    "machine",	      "host",	  "mmu",
					    "techniques",     "cost",	  "sweep",
					    "warmup_percent", "replay",	  "memory",
					    "guest",	      NULL };
	int rc = json_only(root, keys, err);

	if (!rc)
		rc = read_name(e, root, err);
	if (!rc)
		rc = take_fixed(e, root, err);
	if (!rc)
		rc = add_list(e, root, "traces", "trace", err);
	if (!rc)
		rc = add_sweep(e, root, err);
	return rc ? rc : add_list(e, root, "techniques", "technique", err);
}

static int finish(struct experiment *e, const char *name, const struct jnode *root,
		  struct sim_error *err)
{
	int rc;

	e->file = sim_strdup(name);
	rc = e->file ? read_all(e, root, err) : sim_fail_nomem(err);
	if (rc)
		experiment_fini(e);
	return rc;
}

int experiment_load(struct experiment *e, const char *path, struct sim_error *err)
{
	struct jnode root;
	int rc;

	*e = (struct experiment){ .n_axes = 0 };
	rc = json_open(path, &e->doc, &root, err);
	return rc ? rc : finish(e, path, &root, err);
}

int experiment_parse(struct experiment *e, const char *text, size_t n, const char *name,
		     struct sim_error *err)
{
	struct jnode root;
	int rc;

	*e = (struct experiment){ .n_axes = 0 };
	rc = json_parse(text, n, name, &e->doc, &root, err);
	return rc ? rc : finish(e, name, &root, err);
}

void experiment_fini(struct experiment *e)
{
	for (unsigned i = 0; i < e->n_axes; i++)
		axis_fini(&e->axis[i]);
	json_decref(e->doc);
	json_decref(e->fixed);
	json_decref(e->cost);
	sim_free(e->file);
	*e = (struct experiment){ .n_axes = 0 };
}
