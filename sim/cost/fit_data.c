/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cost/fit_data.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define NS_MAX	    1e15
#define REPEATS_MAX 1000000u

static int read_ns(const struct jnode *ns, const char *key, double *out, struct sim_error *err)
{
	struct jnode n = json_get(ns, key);
	int rc = json_as_real(&n, out, err);

	if (!rc && !(*out > 0.0 && *out <= NS_MAX))
		rc = json_fail(&n, SIM_ERANGE, err,
			       "must be more than 0, and at most %g, not %g", NS_MAX, *out);
	return rc;
}

static int read_time(struct fit_point *p, const struct jnode *n, struct sim_error *err)
{
	static const char *const keys[] = { "median", "low", "high", "min", NULL };
	double low = 0.0, high = 0.0, min = 0.0;
	int rc = json_only(n, keys, err);

	if (!rc)
		rc = read_ns(n, "median", &p->ns, err);
	if (!rc)
		rc = read_ns(n, "low", &low, err);
	if (!rc)
		rc = read_ns(n, "high", &high, err);
	if (!rc)
		rc = read_ns(n, "min", &min, err);
	if (!rc && !(min <= low && low <= p->ns && p->ns <= high))
		rc = json_fail(n, SIM_ERANGE, err,
			       "must be min <= low <= median <= high, not %g, %g, %g, %g", min,
			       low, p->ns, high);
	p->spread_ns = 0.5 * (high - low);
	return rc;
}

static int read_counters(struct fit_point *p, const struct jnode *n, struct sim_error *err)
{
	const char *keys[COUNTER_COUNT + 1] = { NULL };
	uint64_t *count = (uint64_t *)(void *)&p->counters;
	int rc;

	for (unsigned id = 0; id < COUNTER_COUNT; id++)
		keys[id] = counter_info[id].name;
	rc = json_only(n, keys, err);
	for (unsigned id = 0; id < COUNTER_COUNT && !rc; id++) {
		struct jnode v = json_get(n, keys[id]);

		if (v.v)
			rc = json_as_u64(&v, 0, INT64_MAX, &count[id], err);
	}
	if (!rc && !p->counters.instructions)
		rc = json_fail(n, SIM_ERANGE, err, "has no instructions: nothing was timed");
	return rc;
}

static int read_kind(struct fit_point *p, const struct jnode *n, struct sim_error *err)
{
	static const char *const groups[] = { "access", "event", "mixed", NULL };
	static const char *const sides[] = { "guest", "plain", NULL };
	struct jnode group = json_get(n, "group"), side = json_get(n, "side");
	struct jnode holdout = json_get(n, "holdout"), dependent = json_get(n, "dependent");
	unsigned g = 0, s = 0;
	int rc = json_as_enum(&group, groups, &g, err);

	if (!rc)
		rc = json_as_enum(&side, sides, &s, err);
	if (!rc)
		rc = json_as_bool(&holdout, &p->is_held_out, err);
	if (!rc && dependent.v)
		rc = json_as_bool(&dependent, &p->is_dependent, err);
	p->group = (enum fit_group)g;
	p->side = (enum fit_side)s;
	return rc;
}

static int read_values(struct fit_point *p, const struct jnode *n, struct sim_error *err)
{
	static const char *const keys[] = { "name",	 "group", "side",     "holdout",
					    "dependent", "kvm",	  "hardware", "counters",
					    "repeats",	 "ns",	  NULL };
	struct jnode counters = json_get(n, "counters"), repeats = json_get(n, "repeats");
	struct jnode ns = json_get(n, "ns");
	uint64_t times;
	int rc = json_only(n, keys, err);

	if (!rc)
		rc = read_kind(p, n, err);
	if (!rc)
		rc = read_counters(p, &counters, err);
	if (!rc)
		rc = json_as_u64(&repeats, 1, REPEATS_MAX, &times, err);
	return rc ? rc : read_time(p, &ns, err);
}

static int read_point(struct fit_data *d, const struct jnode *n, struct sim_error *err)
{
	struct fit_point p = { .name = NULL };
	struct jnode name = json_get(n, "name");
	const char *text;
	int rc = read_values(&p, n, err);

	if (!rc)
		rc = json_as_str(&name, &text, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->point[i].name, text) && d->point[i].side == p.side)
			return json_fail(&name, SIM_EFORMAT, err,
					 "there is another point of this name and side");
	if (sim_grow((void **)&d->point, &d->cap, d->n, sizeof(p)))
		return sim_fail_nomem(err);
	p.name = sim_strdup(text);
	if (!p.name)
		return sim_fail_nomem(err);
	d->point[d->n++] = p;
	return 0;
}

static int read_points(struct fit_data *d, const struct jnode *root, struct sim_error *err)
{
	struct jnode list = json_get(root, "points");
	int rc = json_as_array(&list, err);

	if (!rc && !json_len(&list))
		rc = json_fail(&list, SIM_EFORMAT, err, "holds no point");
	for (size_t i = 0; i < json_len(&list) && !rc; i++) {
		struct jnode item = json_at(&list, i);

		rc = read_point(d, &item, err);
	}
	return rc;
}

/* Times of two hosts are no one's. */
static int read_host(struct fit_data *d, const struct jnode *host, struct sim_error *err)
{
	static const char *const same[] = { "cpu", "kernel", "mmu" };
	const char *text;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct jnode n = json_get(host, same[i]);
		int rc = json_as_str(&n, &text, err);

		if (rc)
			return rc;
		if (d->host && !json_equal(n.v, json_object_get(d->host, same[i])))
			return json_fail(&n, SIM_ERANGE, err,
					 "measured on another host than the files before: %s",
					 text);
	}
	if (!d->host)
		d->host = json_deep_copy(host->v);
	return d->host ? 0 : sim_fail_nomem(err);
}

static int read_machine(struct fit_data *d, const struct jnode *root, struct sim_error *err)
{
	struct jnode n = json_get(root, "machine");
	const char *text;
	int rc = json_as_str(&n, &text, err);

	if (rc)
		return rc;
	if (!*text || strlen(text) >= sizeof(d->machine))
		return json_fail(&n, SIM_ERANGE, err, "must have 1..%zu characters",
				 sizeof(d->machine) - 1);
	if (d->machine[0] && strcmp(d->machine, text))
		return json_fail(&n, SIM_ERANGE, err, "counted for %s, the files before for %s",
				 text, d->machine);
	snprintf(d->machine, sizeof(d->machine), "%s", text);
	return 0;
}

int fit_data_read(struct fit_data *d, const struct jnode *root, struct sim_error *err)
{
	static const char *const keys[] = { "format", "host", "machine", "points", NULL };
	struct jnode format = json_get(root, "format"), host = json_get(root, "host");
	uint64_t version;
	int rc = json_only(root, keys, err);

	if (!rc)
		rc = json_as_u64(&format, 1, 1, &version, err);
	if (!rc)
		rc = read_machine(d, root, err);
	if (!rc)
		rc = read_host(d, &host, err);
	return rc ? rc : read_points(d, root, err);
}

int fit_data_load(struct fit_data *d, const char *path, struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_open(path, &doc, &root, err);

	if (rc)
		return rc;
	rc = fit_data_read(d, &root, err);
	json_decref(doc);
	return rc;
}

void fit_data_fini(struct fit_data *d)
{
	for (size_t i = 0; i < d->n; i++)
		sim_free(d->point[i].name);
	sim_free(d->point);
	json_decref(d->host);
	*d = (struct fit_data){ .point = NULL };
}
