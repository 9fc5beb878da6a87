/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/provenance.h"

#include <string.h>

#include "base/alloc.h"
#include "run/files.h"

static const char *const kinds[] = {
	[SOURCE_TRACE] = "trace",
	[SOURCE_MACHINE] = "machine",
	[SOURCE_COST] = "cost",
	[SOURCE_BOARD] = "board",
};

/* Puts a new value in an object; either may be NULL: out of memory. */
static int put(json_t *obj, const char *key, json_t *v)
{
	return v && !json_object_set_new(obj, key, v) ? 0 : SIM_ENOMEM;
}

static json_t *program(const struct provenance *pr)
{
	return json_pack("{s:s, s:s, s:s}", "name", "shadownest", "version", pr->version,
			 "build", pr->build);
}

static json_t *host(const struct provenance *pr)
{
	return json_pack("{s:s, s:s, s:s, s:i}", "node", pr->node, "system", pr->system,
			 "processor", pr->processor, "processors", (int)pr->processors);
}

static json_t *axes(const struct experiment *e)
{
	json_t *list = json_array();
	int rc = list ? 0 : SIM_ENOMEM;

	for (unsigned i = 0; i < e->n_axes && !rc; i++)
		rc = json_array_append_new(list,
					   json_pack("{s:s, s:O}", "name", e->axis[i].name,
						     "values", e->axis[i].values));
	if (rc) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *price(const struct cost_params *c)
{
	json_t *cycles = json_object();
	int rc = cycles ? 0 : SIM_ENOMEM;

	for (unsigned id = 0; id < COUNTER_COUNT && !rc; id++)
		if (cost_has_price(id))
			rc = put(cycles, counter_info[id].name, json_real(c->cycles[id]));
	if (rc) {
		json_decref(cycles);
		return NULL;
	}
	return json_pack("{s:s, s:f, s:f, s:o}", "name", c->name, "clock_ghz", c->clock_ghz,
			 "base_cpi", c->base_cpi, "cycles", cycles);
}

static json_t *prices(const struct plan *p)
{
	json_t *list = json_array();
	int rc = list ? 0 : SIM_ENOMEM;

	for (size_t i = 0; i < p->n_prices && !rc; i++)
		rc = json_array_append_new(list, price(&p->price[i]));
	if (rc) {
		json_decref(list);
		return NULL;
	}
	return list;
}

/* What the first point's config.json says: the defaults of all that no axis changes. */
static json_t *first_point(const struct plan *p)
{
	return json_loads(p->point[0].config, 0, NULL);
}

static int source_json(const struct source *f, json_t **out, struct sim_error *err)
{
	struct jnode root;
	json_t *doc = NULL;
	int rc = 0;

	*out = json_pack("{s:s, s:s, s:s, s:I, s:s}", "kind", kinds[f->kind], "name", f->label,
			 "path", f->path, "bytes", (json_int_t)f->bytes, "xxh3", f->hash);
	if (!*out)
		return sim_fail_nomem(err);
	if (f->kind != SOURCE_TRACE)
		rc = json_open(f->path, &doc, &root, err);
	if (doc && put(*out, "content", doc))
		rc = sim_fail_nomem(err);
	if (rc)
		json_decref(*out);
	return rc;
}

static int add_sources(json_t *doc, const struct sources *s, struct sim_error *err)
{
	json_t *list = json_array(), *item;
	int rc = put(doc, "sources", list) ? sim_fail_nomem(err) : 0;

	for (size_t i = 0; i < s->n && !rc; i++) {
		rc = source_json(s->item[i], &item, err);
		if (!rc && json_array_append_new(list, item))
			rc = sim_fail_nomem(err);
	}
	return rc;
}

static int fill(json_t *doc, const struct provenance *pr, const struct plan *p,
		struct sim_error *err)
{
	if (put(doc, "program", program(pr)) || put(doc, "host", host(pr)) ||
	    put(doc, "started", json_string(pr->started)) ||
	    put(doc, "experiment", json_deep_copy(p->e->doc)) ||
	    put(doc, "file", json_string(p->e->file)) || put(doc, "axes", axes(p->e)) ||
	    put(doc, "first_point", first_point(p)) || put(doc, "prices", prices(p)))
		return sim_fail_nomem(err);
	return add_sources(doc, &p->sources, err);
}

int provenance_text(const struct provenance *pr, const struct plan *p, char **text,
		    struct sim_error *err)
{
	json_t *doc = json_object();
	char *s = NULL;
	int rc = doc ? fill(doc, pr, p, err) : sim_fail_nomem(err);

	if (!rc) {
		s = json_dumps(doc, JSON_SORT_KEYS | JSON_INDENT(2) | JSON_REAL_PRECISION(12));
		*text = s ? sim_asprintf("%s\n", s) : NULL;
		rc = *text ? 0 : sim_fail_nomem(err);
	}
	sim_free(s);
	json_decref(doc);
	return rc;
}

static int check_name(const struct jnode *root, const char *dir, const struct experiment *e,
		      struct sim_error *err)
{
	struct jnode experiment = json_get(root, "experiment");
	struct jnode n = json_get(&experiment, "name");
	const char *name;

	if (json_as_str(&n, &name, NULL) || !strcmp(name, e->name))
		return 0;
	return sim_fail(
		err, SIM_ESTATE, dir,
		"holds the results of another experiment, \"%s\": name another folder, or "
		"remove this one",
		name);
}

int provenance_check(const char *dir, const struct experiment *e, struct sim_error *err)
{
	char *path = files_join(dir, "provenance.json");
	struct jnode root;
	json_t *doc;
	int rc = 0;

	if (!path)
		return sim_fail_nomem(err);
	if (files_exist(path) && !json_open(path, &doc, &root, NULL)) {
		rc = check_name(&root, dir, e, err);
		json_decref(doc);
	}
	sim_free(path);
	return rc;
}
