/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/measure_state.h"
#include "kvm/probe_json.h"

#define FORMAT 1

/* Puts a new value in an object; NULL: out of memory. */
static int put(json_t *obj, const char *key, json_t *v)
{
	return v ? json_object_set_new(obj, key, v) : -1;
}

static json_t *finish(json_t *obj, int rc)
{
	if (!rc)
		return obj;
	json_decref(obj);
	return NULL;
}

static json_t *simulated(const struct counters *c)
{
	json_t *obj = json_object();
	int rc = obj ? 0 : -1;

	for (unsigned id = 0; id < COUNTER_COUNT && !rc; id++)
		if (counters_at(c, id))
			rc = put(obj, counter_info[id].name,
				 json_integer((json_int_t)counters_at(c, id)));
	return finish(obj, rc);
}

static json_t *counted(const struct measure_result *r)
{
	json_t *obj = json_object();
	int rc = obj ? 0 : -1;

	for (unsigned id = 0; id < COUNTER_COUNT && !rc; id++)
		if (r->have[id])
			rc = put(obj, counter_info[id].name,
				 json_integer((json_int_t)counters_at(&r->kvm, id)));
	return finish(obj, rc);
}

static json_t *times(const struct sample *s)
{
	struct sample_summary t = sample_summary(s);

	return json_pack("{s:I, s:I, s:I, s:I}", "min", (json_int_t)t.min, "low",
			 (json_int_t)t.low, "median", (json_int_t)t.median, "high",
			 (json_int_t)t.high);
}

/* {"walk_cycles": {"guest": n, "host": n}, ...}: those that this machine has. */
static json_t *hardware(const struct perf *p, const struct perf_values *v)
{
	json_t *obj = json_object();
	int rc = obj ? 0 : -1;

	for (unsigned e = 0; e < PERF_EVENT_COUNT && !rc; e++) {
		json_t *sides = json_object();

		rc = sides ? 0 : -1;
		for (unsigned s = 0; s < PERF_SIDE_COUNT && !rc; s++)
			if (p->counter[e][s].fd >= 0)
				rc = put(sides, perf_side_label(s),
					 json_integer((json_int_t)v->value[e][s]));
		if (!rc && json_object_size(sides))
			rc = put(obj, perf_event_label(e), sides);
		else
			json_decref(sides);
	}
	return finish(obj, rc);
}

static json_t *point(const struct measure *m, const struct measure_result *r)
{
	json_t *obj =
		json_pack("{s:s, s:s, s:s, s:b, s:b, s:i}", "name", r->point->name, "group",
			  measure_group_name(r->point->group), "side",
			  measure_side_name(r->side), "holdout", r->point->is_held_out,
			  "dependent", r->point->style.is_chained, "repeats", (int)r->sample.n);
	int rc = obj ? 0 : -1;

	if (!rc)
		rc = put(obj, "counters", simulated(&r->simulated));
	if (!rc)
		rc = put(obj, "ns", times(&r->sample));
	if (!rc && r->side == MEASURE_GUEST)
		rc = put(obj, "kvm", counted(r));
	if (!rc && perf_present(&m->perf))
		rc = put(obj, "hardware", hardware(&m->perf, &r->hardware));
	return finish(obj, rc);
}

static json_t *points(const struct measure *m)
{
	json_t *list = json_array();
	int rc = list ? 0 : -1;

	for (size_t i = 0; i < m->n && !rc; i++)
		if (m->result[i].sample.n && !m->result[i].point->is_trap)
			rc = json_array_append_new(list, point(m, &m->result[i]));
	return finish(list, rc);
}

json_t *measure_json(const struct measure *m)
{
	json_t *obj = json_object();
	int rc = obj ? put(obj, "format", json_integer(FORMAT)) : -1;

	if (!rc)
		rc = put(obj, "machine", json_string(m->cfg.machine.name));
	if (!rc)
		rc = put(obj, "host", kvm_probe_json(m->cfg.probe));
	if (!rc)
		rc = put(obj, "points", points(m));
	return finish(obj, rc);
}
