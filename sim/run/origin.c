/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/origin.h"

#include <stdio.h>
#include <string.h>

#define WHERE_MAX sizeof(((struct sim_error *)0)->where)

enum part { VALUE, OBJECT };

/* Where the axis puts its value in a point's object, or the object that it is a member of. */
static void place_of(const struct experiment *e, const struct axis *a, enum part part,
		     char where[WHERE_MAX])
{
	struct jnode root = json_root(NULL, e->file), outer, n;
	size_t len = strcspn(a->name, ".");
	char object[32];

	snprintf(object, sizeof(object), "%.*s", (int)len, a->name);
	outer = json_get(&root, object);
	if (a->name[len])
		n = json_get(&outer, a->name + len + 1);
	else
		n = json_get(&outer, "model");
	if (part == OBJECT ||
	    (strcmp(object, "machine") != 0 && !axis_is_cost(a) && !a->name[len]))
		json_path(&outer, where, WHERE_MAX);
	else
		json_path(&n, where, WHERE_MAX);
}

/* Where the file says the i-th value of an axis. */
static void say(const struct experiment *e, const struct axis *a, unsigned i,
		struct sim_error *err)
{
	struct jnode root = json_root(e->doc, e->file), sweep = json_get(&root, "sweep");
	struct jnode list = json_get(&sweep, a->name), item;

	if (!list.v)
		list = json_get(&root, !strcmp(a->name, "trace") ? "traces" : "techniques");
	item = json_at(&list, i);
	json_path(json_is_array(list.v) ? &item : &list, err->where, sizeof(err->where));
}

/* The one axis that the position is about, or AXES_MAX. */
static unsigned find(const struct experiment *e, enum part part, const char *where)
{
	unsigned found = AXES_MAX;
	char place[WHERE_MAX];

	for (unsigned k = 0; k < e->n_axes; k++) {
		place_of(e, &e->axis[k], part, place);
		if (strcmp(place, where) != 0)
			continue;
		if (found < AXES_MAX)
			return AXES_MAX;
		found = k;
	}
	return found;
}

/* "machine": "skylake-sp" stands for an object with that model. */
static void undo_model(const struct experiment *e, const char *key, struct sim_error *err)
{
	struct jnode root = json_root(e->doc, e->file), n = json_get(&root, key);
	struct jnode model = json_get(&n, "model");
	char place[WHERE_MAX];

	if (!json_is_object(n.v) &&
	    !strcmp(json_path(&model, place, sizeof(place)), err->where))
		json_path(&n, err->where, sizeof(err->where));
}

void origin_name(const struct experiment *e, const unsigned *at, struct sim_error *err)
{
	unsigned k;

	if (!err || !err->code)
		return;
	k = find(e, VALUE, err->where);
	if (k == AXES_MAX)
		k = find(e, OBJECT, err->where);
	if (k < AXES_MAX) {
		say(e, &e->axis[k], at[k], err);
		return;
	}
	undo_model(e, "machine", err);
	undo_model(e, "cost", err);
}
