/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/plan.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "run/origin.h"
#include "run/real.h"

#define KEY_MAX 240 /* a folder's name has at most 255 bytes, and FILES_TEMP goes before it */

enum share { SIMULATED, PRICED };

static enum share share_of(const struct axis *a)
{
	return axis_is_cost(a) ? PRICED : SIMULATED;
}

struct row plan_row(const struct plan *p, size_t i)
{
	size_t stride[2] = { 1, 1 };
	struct row r = { .point = 0 };

	for (unsigned k = p->e->n_axes; k-- > 0;) {
		const struct axis *a = &p->e->axis[k];
		size_t n = axis_length(a);
		size_t *index = share_of(a) == PRICED ? &r.price : &r.point;

		r.at[k] = (unsigned)(i % n);
		i /= n;
		*index += r.at[k] * stride[share_of(a)];
		stride[share_of(a)] *= n;
	}
	return r;
}

/* Multiplies the lengths of all axes of a share; 0 when too many. */
static size_t product(const struct experiment *e, enum share share)
{
	size_t n = 1;

	for (unsigned k = 0; k < e->n_axes; k++) {
		if (share_of(&e->axis[k]) == share)
			n *= axis_length(&e->axis[k]);
		if (n > ROWS_MAX)
			return 0;
	}
	return n;
}

/* The member that a complaint is about, when it is read without a look at any other; or NULL. */
static const char *lone_member(const struct plan *p, const struct sim_error *err)
{
	static const char *const alone[] = { "guest", "host" };
	struct jnode root = json_root(NULL, p->e->file);
	char path[sizeof(err->where)];

	for (size_t i = 0; i < sizeof(alone) / sizeof(*alone); i++) {
		struct jnode n = json_get(&root, alone[i]);
		size_t length = strlen(json_path(&n, path, sizeof(path)));

		if (!strncmp(err->where, path, length) &&
		    !isalnum((unsigned char)err->where[length]))
			return alone[i];
	}
	return NULL;
}

static bool is_of(const struct axis *a, const char *member)
{
	size_t length = strcspn(a->name, ".");

	return !member || (length == strlen(member) && !strncmp(a->name, member, length));
}

/* "trace=fork, host.page_size=2M": where in the sweep a complaint arose. member: of these axes
 * alone; NULL: of all. */
static void describe(const struct plan *p, const struct row *r, enum share share,
		     const char *member, char *buf, size_t size)
{
	char text[AXIS_TEXT_MAX];
	size_t at = 0;

	buf[0] = '\0';
	for (unsigned k = 0; k < p->e->n_axes && at < size; k++) {
		const struct axis *a = &p->e->axis[k];

		if (share_of(a) == share && axis_length(a) > 1 && is_of(a, member))
			at += (size_t)snprintf(buf + at, size - at, "%s%s=%s", at ? ", " : "",
					       a->name, axis_text(a, r->at[k], text));
	}
}

static void say_where(const struct plan *p, const struct row *r, enum share share,
		      struct sim_error *err)
{
	const char *member;
	char where[128];

	if (!err)
		return;
	member = lone_member(p, err);
	origin_name(p->e, r->at, err);
	describe(p, r, share, member, where, sizeof(where));
	if (where[0])
		sim_error_prefix(err, "at %s: ", where);
}

/* A copy of `base` with the values of this row's axes set. */
static json_t *apply(const struct plan *p, const struct row *r, const json_t *base,
		     enum share share)
{
	json_t *doc = json_deep_copy(base);

	for (unsigned k = 0; doc && k < p->e->n_axes; k++) {
		const struct axis *a = &p->e->axis[k];

		if (share_of(a) != share || !axis_apply(a, r->at[k], doc))
			continue;
		json_decref(doc);
		doc = NULL;
	}
	return doc;
}

static int name_point(const struct plan *p, const struct row *r, char **out,
		      struct sim_error *err)
{
	char key[KEY_MAX], text[AXIS_TEXT_MAX];
	size_t at = 0;

	for (unsigned k = 0; k < p->e->n_axes; k++) {
		const struct axis *a = &p->e->axis[k];
		bool is_plain = axis_is_plain(a);

		if (share_of(a) == PRICED)
			continue;
		at += (size_t)snprintf(key + at, sizeof(key) - at, "%s%s%s%s", at ? "," : "",
				       is_plain ? "" : a->name, is_plain ? "" : "=",
				       axis_text(a, r->at[k], text));
		if (at >= sizeof(key))
			return sim_fail(err, SIM_ERANGE, p->e->file,
					"the names of axes and values are too long for a "
					"folder's name");
	}
	*out = sim_strdup(key);
	return *out ? 0 : sim_fail_nomem(err);
}

/* Once, before anything runs. */
static int find_host(struct plan *p, const struct jnode *root, struct sim_error *err)
{
	struct jnode n = json_get(root, "technique");
	char where[192];
	int rc = real_host(REAL_DEVICE, &p->real, err);

	if (rc)
		sim_error_where(err, "%s", json_path(&n, where, sizeof(where)));
	return rc;
}

/* Nobody is there to say cont. */
static int check_runs(const struct setup *s, const struct jnode *root, struct sim_error *err)
{
	struct jnode n = json_get(root, "memory");

	if (!s->memory.is_given || !s->memory.options.is_stopped)
		return 0;
	return json_fail(&n, SIM_ERANGE, err,
			 "-S: nobody could ever let this guest go on; leave it out, or replay "
			 "with shadownest mem --qmp");
}

static int read_point(struct plan *p, struct point *pt, json_t *doc, struct sim_error *err)
{
	struct jnode root = json_root(doc, p->e->file);
	json_t *set;
	int rc = setup_read(&pt->setup, &root, &p->sources, err);

	if (!rc)
		rc = check_runs(&pt->setup, &root, err);
	if (!rc)
		rc = streams_add(&p->streams, pt->setup.trace, &pt->setup.guest, &pt->stream,
				 err);
	if (rc)
		return rc;
	if (pt->setup.is_real && !p->real)
		rc = find_host(p, &root, err);
	if (rc)
		return rc;
	set = json_object_get(doc, "machine");
	json_object_del(set, "model");
	pt->config = setup_text(&pt->setup, set, p->real);
	return pt->config ? 0 : sim_fail_nomem(err);
}

static int make_point(struct plan *p, const struct row *r, struct sim_error *err)
{
	struct point *pt = &p->point[r->point];
	json_t *doc;
	int rc;

	rc = name_point(p, r, &pt->key, err);
	if (rc)
		return rc;
	doc = apply(p, r, p->e->fixed, SIMULATED);
	if (!doc)
		return sim_fail_nomem(err);
	rc = read_point(p, pt, doc, err);
	json_decref(doc);
	if (rc)
		say_where(p, r, SIMULATED, err);
	return rc;
}

static int read_cost(struct plan *p, struct cost_params *c, const struct jnode *n,
		     struct sim_error *err)
{
	struct jnode model = json_get(n, "model");
	const struct source *file;
	const char *key;
	json_t *v;
	int rc = sources_find(&p->sources, SOURCE_COST, &model, &file, err);

	if (!rc)
		rc = cost_load(c, file->path, err);
	if (rc)
		return rc;
	json_object_foreach((json_t *)(uintptr_t)n->v, key, v)
	{
		struct jnode member = json_get(n, key);

		if (strcmp(key, "model"))
			rc = cost_set(c, key, &member, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int make_price(struct plan *p, const struct row *r, struct sim_error *err)
{
	json_t *doc = apply(p, r, p->e->cost, PRICED);
	struct jnode root = json_root(doc, p->e->file), n = json_get(&root, "cost");
	int rc;

	if (!doc)
		return sim_fail_nomem(err);
	rc = read_cost(p, &p->price[r->price], &n, err);
	json_decref(doc);
	if (rc)
		say_where(p, r, PRICED, err);
	return rc;
}

static int compare_keys(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Two points in one folder would overwrite each other. */
static int check_keys(const struct plan *p, struct sim_error *err)
{
	const char **key = sim_calloc(p->n_points, sizeof(*key));
	int rc = 0;

	if (!key)
		return sim_fail_nomem(err);
	for (size_t i = 0; i < p->n_points; i++)
		key[i] = p->point[i].key;
	qsort(key, p->n_points, sizeof(*key), compare_keys);
	for (size_t i = 1; i < p->n_points && !rc; i++)
		if (!strcmp(key[i - 1], key[i]))
			rc = sim_fail(err, SIM_EFORMAT, p->e->file,
				      "two points have the same name %s", key[i]);
	sim_free(key);
	return rc;
}

static int make_all(struct plan *p, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < p->n_rows && !rc; i++) {
		struct row r = plan_row(p, i);

		if (!p->point[r.point].key)
			rc = make_point(p, &r, err);
		if (!rc && !p->price[r.price].name[0])
			rc = make_price(p, &r, err);
	}
	return rc ? rc : check_keys(p, err);
}

int plan_create(struct plan *p, const struct experiment *e, const char *dir,
		const char *data_dir, struct sim_error *err)
{
	int rc;

	*p = (struct plan){ .e = e };
	sources_init(&p->sources, dir, data_dir);
	p->n_points = product(e, SIMULATED);
	p->n_prices = product(e, PRICED);
	if (!p->n_points || !p->n_prices || p->n_points > ROWS_MAX / p->n_prices)
		return sim_fail(err, SIM_ERANGE, e->file,
				"the sweep has more than %zu combinations", ROWS_MAX);
	p->n_rows = p->n_points * p->n_prices;
	p->point = sim_calloc(p->n_points, sizeof(*p->point));
	p->price = sim_calloc(p->n_prices, sizeof(*p->price));
	rc = p->point && p->price ? make_all(p, err) : sim_fail_nomem(err);
	if (rc)
		plan_fini(p);
	return rc;
}

void plan_fini(struct plan *p)
{
	for (size_t i = 0; p->point && i < p->n_points; i++) {
		sim_free(p->point[i].key);
		sim_free(p->point[i].config);
		setup_fini(&p->point[i].setup);
	}
	sim_free(p->point);
	sim_free(p->price);
	json_decref(p->real);
	streams_fini(&p->streams);
	sources_fini(&p->sources);
	*p = (struct plan){ .n_points = 0 };
}
