/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/reference.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

static const char *const page_sizes[] = { "4K", "2M", "1G", NULL };

/* --- writing --- */

static int put(json_t *to, const char *key, json_t *v)
{
	return json_object_set_new(to, key, v);
}

static int put_span(json_t *exact, json_t *loose, const char *name, const struct span *v,
		    struct sim_error *err)
{
	if (loose)
		return put(loose, name,
			   json_pack("[I,I]", (json_int_t)v->min, (json_int_t)v->max));
	if (v->min == v->max)
		return put(exact, name, json_integer(v->min));
	return sim_fail(err, SIM_ESTATE, NULL,
			"KVM counted %" PRId64 " to %" PRId64
			" of %s in runs that should be the same",
			v->min, v->max, name);
}

static int put_counts(json_t *doc, const struct truth *t, struct sim_error *err)
{
	json_t *exact = json_object(), *loose = json_object();
	int rc = put(doc, "runs", json_integer(t->runs));

	if (put(doc, "exact", exact) || put(doc, "loose", loose))
		rc = SIM_ENOMEM;
	for (unsigned i = 0; !rc && i < COUNTER_COUNT; i++) {
		const struct counter_info *info = &counter_info[i];

		if (t->have[i] && info->truth != COUNTER_OURS)
			rc = put_span(exact, info->truth == COUNTER_LOOSE ? loose : NULL,
				      info->name, &t->value[i], err);
	}
	return rc ? rc : put_span(doc, NULL, "dirty_pages", &t->dirty_pages, err);
}

static json_t *machine_object(const struct kvm_probe *p)
{
	json_t *params = json_object();
	bool failed = !params;

	for (unsigned i = 0; !failed && i < KVM_PARAM_COUNT; i++)
		if (p->param[i][0])
			failed = put(params, kvm_param_name(i), json_string(p->param[i]));
	if (failed) {
		json_decref(params);
		return NULL;
	}
	return json_pack("{s:s, s:s, s:o}", "kernel", p->kernel, "processor", p->cpu.name,
			 "parameters", params);
}

static json_t *head_object(const struct subject *s, const struct reference *r)
{
	return json_pack("{s:s, s:s, s:s, s:i, s:b, s:b, s:{s:s, s:b}}", "name",
			 subject_name(s), "hash", r->hash, "mmu", r->who.mmu, "kvm_version",
			 (int)r->who.kvm_version, "no_mmio_caching", r->who.no_mmio_caching,
			 "leave_unsync_children", r->who.leave_unsync_children, "host",
			 "page_size", page_sizes[r->host.page_level - LEVEL_4K], "populate",
			 r->host.prepopulated);
}

char *reference_text(const struct subject *s, const struct reference *r,
		     const struct kvm_probe *machine, struct sim_error *err)
{
	json_t *doc = head_object(s, r);
	char *text = NULL;
	int rc = doc ? put(doc, "machine", machine_object(machine)) : SIM_ENOMEM;

	if (!rc)
		rc = put_counts(doc, &r->truth, err);
	if (!rc)
		text = json_dumps(doc, JSON_INDENT(1));
	if (!text)
		sim_fail_nomem(err);
	json_decref(doc);
	return text;
}

/* --- reading --- */

static int read_int(const struct jnode *n, int64_t *out, struct sim_error *err)
{
	if (!json_is_integer(n->v))
		return json_fail(n, SIM_EFORMAT, err, "must be an integer");
	*out = json_integer_value(n->v);
	return 0;
}

static int read_span(const struct jnode *n, struct span *v, struct sim_error *err)
{
	struct jnode min = json_at(n, 0), max = json_at(n, 1);
	int rc;

	if (json_len(n) != 2)
		return json_fail(n, SIM_EFORMAT, err, "must be [least, most]");
	rc = read_int(&min, &v->min, err);
	if (!rc)
		rc = read_int(&max, &v->max, err);
	if (!rc && v->min > v->max)
		rc = json_fail(n, SIM_ERANGE, err, "the least comes first");
	return rc;
}

/* A counter of one kind of truth, by its name. */
static int read_counter(struct truth *t, enum counter_truth kind, const struct jnode *n,
			struct sim_error *err)
{
	unsigned id;
	int rc;

	if (!counters_find(n->key, &id) || counter_info[id].truth != kind)
		return json_fail(n, SIM_EFORMAT, err, "no counter of this name here");
	t->have[id] = true;
	if (kind == COUNTER_LOOSE)
		return read_span(n, &t->value[id], err);
	rc = read_int(n, &t->value[id].min, err);
	t->value[id].max = t->value[id].min;
	return rc;
}

static int read_counters(struct truth *t, enum counter_truth kind, const struct jnode *obj,
			 struct sim_error *err)
{
	const char *key;
	json_t *v;
	int rc = 0;

	if (!json_is_object(obj->v))
		return json_fail(obj, SIM_EFORMAT, err, "must be an object: counter -> value");
	json_object_foreach((json_t *)(uintptr_t)obj->v, key, v)
	{
		struct jnode n = json_get(obj, key);

		rc = read_counter(t, kind, &n, err);
		if (rc)
			break;
	}
	return rc;
}

static int read_truth(struct truth *t, const struct jnode *root, struct sim_error *err)
{
	struct jnode runs = json_get(root, "runs"), dirty = json_get(root, "dirty_pages");
	struct jnode exact = json_get(root, "exact"), loose = json_get(root, "loose");
	uint64_t n = 0;
	int rc = json_as_u64(&runs, 1, 1000, &n, err);

	t->runs = (unsigned)n;
	if (!rc)
		rc = read_counters(t, COUNTER_EXACT, &exact, err);
	if (!rc)
		rc = read_counters(t, COUNTER_LOOSE, &loose, err);
	if (!rc)
		rc = read_int(&dirty, &t->dirty_pages.min, err);
	t->dirty_pages.max = t->dirty_pages.min;
	return rc;
}

static int read_who(struct stand_in *w, const struct jnode *root, struct sim_error *err)
{
	struct jnode mmu = json_get(root, "mmu"), version = json_get(root, "kvm_version");
	struct jnode caching = json_get(root, "no_mmio_caching");
	struct jnode leave = json_get(root, "leave_unsync_children");
	const char *name = "";
	uint64_t n = 0;
	int rc = json_as_str(&mmu, &name, err);

	w->technique = stand_in_technique(name);
	snprintf(w->mmu, sizeof(w->mmu), "%s", name);
	if (!rc && !w->technique)
		rc = json_fail(&mmu, SIM_EFORMAT, err, "no MMU of this name");
	if (!rc)
		rc = json_as_u64(&version, 100, 9999, &n, err);
	w->kvm_version = (unsigned)n;
	if (!rc)
		rc = json_as_bool(&caching, &w->no_mmio_caching, err);
	return rc ? rc : json_as_bool(&leave, &w->leave_unsync_children, err);
}

static int read_host(struct host_config *h, const struct jnode *root, struct sim_error *err)
{
	static const char *const keys[] = { "page_size", "populate", NULL };
	struct jnode n = json_get(root, "host");
	struct jnode size = json_get(&n, "page_size"), populate = json_get(&n, "populate");
	unsigned at = 0;
	int rc = json_only(&n, keys, err);

	if (!rc)
		rc = json_as_enum(&size, page_sizes, &at, err);
	*h = (struct host_config){ .page_level = LEVEL_4K + at };
	return rc ? rc : json_as_bool(&populate, &h->prepopulated, err);
}

static int read_all(struct reference *r, const struct jnode *root, struct sim_error *err)
{
	static const char *const keys[] = { "name",
					    "hash",
					    "mmu",
					    "kvm_version",
					    "no_mmio_caching",
					    "leave_unsync_children",
					    "host",
					    "machine",
					    "runs",
					    "exact",
					    "loose",
					    "dirty_pages",
					    NULL };
	struct jnode hash = json_get(root, "hash");
	const char *text = "";
	int rc = json_only(root, keys, err);

	if (!rc)
		rc = json_as_str(&hash, &text, err);
	snprintf(r->hash, sizeof(r->hash), "%s", text);
	if (!rc)
		rc = read_who(&r->who, root, err);
	if (!rc)
		rc = read_host(&r->host, root, err);
	return rc ? rc : read_truth(&r->truth, root, err);
}

int reference_load(struct reference *r, const char *path, struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_open(path, &doc, &root, err);

	*r = (struct reference){ .hash = "" };
	if (rc)
		return rc;
	rc = read_all(r, &root, err);
	json_decref(doc);
	return rc;
}
