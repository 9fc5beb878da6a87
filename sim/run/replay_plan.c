/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/replay_plan.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

/* --- points --- */

/* Axes that a real host has; the trace comes first in every key. */
static const char *const axes[] = { "host.page_size", "host.populate", "mmu.shadow_quota",
				    NULL };

static bool is_real(const struct axis *a)
{
	if (axis_is_memory(a))
		return axis_length(a) > 1;
	for (unsigned i = 0; axes[i]; i++)
		if (!strcmp(a->name, axes[i]))
			return axis_length(a) > 1;
	return false;
}

static char *key_of(const struct plan *p, const struct row *row)
{
	struct text t = { .s = NULL };
	char value[AXIS_TEXT_MAX];

	text_add(&t, "%s", p->point[row->point].setup.trace->label);
	for (unsigned k = 0; k < p->e->n_axes; k++) {
		const struct axis *a = &p->e->axis[k];

		if (is_real(a))
			text_add(&t, ",%s=%s", a->name, axis_text(a, row->at[k], value));
	}
	return text_take(&t);
}

static bool has(const struct replay_plan *r, const char *key)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->point[i].key, key))
			return true;
	return false;
}

/* Takes key. */
static int add(struct replay_plan *r, char *key, const char *trace, struct replay_point **out,
	       struct sim_error *err)
{
	struct replay_point *p;

	if (!key || sim_grow((void **)&r->point, &r->cap, r->n, sizeof(*r->point))) {
		sim_free(key);
		return sim_fail_nomem(err);
	}
	p = *out = &r->point[r->n++];
	*p = (struct replay_point){ .key = key, .trace = sim_strdup(trace) };
	return p->trace ? 0 : sim_fail_nomem(err);
}

static int add_row(struct replay_plan *r, const struct plan *p, const struct row *row,
		   struct sim_error *err)
{
	const struct setup *s = &p->point[row->point].setup;
	char *key = key_of(p, row);
	struct replay_point *pt;
	int rc;

	if (key && has(r, key)) {
		sim_free(key);
		return 0;
	}
	rc = add(r, key, s->trace->path, &pt, err);
	if (rc)
		return rc;
	memcpy(pt->hash, s->trace->hash, sizeof(pt->hash));
	pt->bytes = s->trace->bytes;
	pt->host = s->host;
	pt->memory = &s->memory;
	pt->shadow_quota = s->mmu.shadow_quota;
	return 0;
}

/* Streams of a guest OS are kept among the results of `run`, which this is not. */
static int check_guest(const struct plan *p, struct sim_error *err)
{
	if (!p->point[0].setup.guest.is_given)
		return 0;
	return sim_fail(err, SIM_EUNSUP, p->e->file,
			"$.guest: here a trace needs page tables of its own: make one with "
			"shadownest guest, or use shadownest run with the technique kvm");
}

int replay_plan_of(struct replay_plan *r, const struct plan *p, struct sim_error *err)
{
	int rc = check_guest(p, err);

	*r = (struct replay_plan){ .normalise = p->point[0].setup.replay.how };
	for (size_t i = 0; !rc && i < p->n_rows; i++) {
		struct row row = plan_row(p, i);

		rc = add_row(r, p, &row, err);
	}
	if (rc)
		replay_plan_fini(r);
	return rc;
}

/* "a/fork.snt" is fork. */
static char *label_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t n = dot ? (size_t)(dot - name) : strlen(name);

	return sim_asprintf("%.*s", (int)n, name);
}

int replay_plan_of_trace(struct replay_plan *r, const char *path, struct sim_error *err)
{
	struct replay_point *pt;
	int rc;

	*r = (struct replay_plan){ .n = 0 };
	rc = add(r, label_of(path), path, &pt, err);
	if (!rc) {
		pt->host = (struct host_config){ .page_level = LEVEL_4K, .prepopulated = true };
		rc = files_hash(path, pt->hash, &pt->bytes, err);
	}
	if (rc)
		replay_plan_fini(r);
	return rc;
}

void replay_plan_fini(struct replay_plan *r)
{
	for (size_t i = 0; i < r->n; i++) {
		sim_free(r->point[i].key);
		sim_free(r->point[i].trace);
	}
	sim_free(r->point);
	*r = (struct replay_plan){ .n = 0 };
}

/* --- texts --- */

/* Takes doc. */
static char *text_of(json_t *doc)
{
	char *text =
		doc ? json_dumps(doc, JSON_SORT_KEYS | JSON_INDENT(2) | JSON_REAL_PRECISION(6))
		    : NULL;
	char *line = text ? sim_asprintf("%s\n", text) : NULL;

	json_decref(doc);
	sim_free(text);
	return line;
}

char *replay_config_text(const struct replay_plan *r, const struct replay_point *p)
{
	static const char *const sizes[] = { "4K", "2M", "1G" };

	json_t *doc = json_pack("{s:s, s:{s:s, s:b}, s:{s:i}, s:{s:s}}", "trace_xxh3", p->hash,
				"host", "page_size", sizes[p->host.page_level - LEVEL_4K],
				"populate", p->host.prepopulated, "mmu", "shadow_quota",
				(int)p->shadow_quota, "replay", "accessed_dirty",
				r->normalise.set_accessed_dirty ? "set" : "captured");

	if (doc && p->memory && p->memory->is_given &&
	    json_object_set_new(doc, "memory", guest_ram_json(p->memory))) {
		json_decref(doc);
		return NULL;
	}
	return text_of(doc);
}

char *replay_counters_text(const struct replay_result *x)
{
	json_t *kvm = json_object();

	for (unsigned id = 0; id < COUNTER_COUNT; id++)
		if (x->have[id])
			json_object_set_new(
				kvm, counter_info[id].name,
				json_integer((json_int_t)counters_at(&x->counters, id)));
	return text_of(json_pack("{s:I, s:I, s:o}", "accesses", (json_int_t)x->accesses,
				 "records", (json_int_t)x->records, "kvm", kvm));
}

static json_t *hardware_json(const struct replay_hardware *h)
{
	json_t *o = json_object();

	for (unsigned e = 0; e < PERF_EVENT_COUNT; e++)
		if (h->have[e])
			json_object_set_new(o, perf_event_label((enum perf_event)e),
					    json_integer((json_int_t)h->value[e]));
	if (h->why[0])
		json_object_set_new(o, "absent", json_string(h->why));
	return o;
}

char *replay_host_text(const struct replay_host *h, const struct replay_result *x)
{
	return text_of(json_pack(
		"{s:s, s:s, s:s, s:s, s:f, s:I, s:I, s:o}", "node", h->node, "version",
		h->version, "kernel", h->kernel, "processor", h->processor, "seconds",
		h->seconds, "guest_ns", (json_int_t)x->times.guest_ns, "runs",
		(json_int_t)x->times.batches, "hardware", hardware_json(&x->hardware)));
}
