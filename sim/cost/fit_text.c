/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cost model that a fit makes, as JSON. A NULL on the way: out of memory. */
#include "cost/fit.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "cost/fit_columns.h"

static const char method[] =
	"Robust non-negative least squares of relative errors: rows divided by sqrt(spread^2 + "
	"(2 % of the time)^2), Tukey's bisquare, active set of Lawson and Hanson; 95 % intervals "
	"from Student's t. Only points of the guest that are not held out.";

static const char *const not_priced[] = {
	"How far accesses overlap: prices are those of a replay, whose accesses do not wait for each "
	"other. Loads that do take longer (errors.dependent).",
	"The order of accesses, their width, loads and stores: prefetchers and the sets of caches "
	"work as they did in the measured streams.",
	"What an event leaves cold, beyond what its price has in it.",
	"The guest's own handlers, other than those of the replay.",
	"Waiting for the MMU lock: one virtual CPU was measured.",
};
#define N_NOT_PRICED (sizeof(not_priced) / sizeof(not_priced[0]))

/* Puts a new value in an object; either may be NULL: out of memory. */
static int put(json_t *obj, const char *key, json_t *v)
{
	return v && !json_object_set_new(obj, key, v) ? 0 : SIM_ENOMEM;
}

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

/* The names of the prices that share a column, with commas. */
static char *names_of(const struct fit *f, size_t column)
{
	char *text = sim_strdup("");

	for (size_t i = 0; i < f->n_prices && text; i++) {
		const struct fit_price *p = &f->price[i];
		char *more;

		if (!fit_columns_has(p) || p->column != column)
			continue;
		more = sim_asprintf("%s%s%s", text, *text ? ", " : "",
				    counter_info[p->id].name);
		sim_free(text);
		text = more;
	}
	return text;
}

static char *source_of(const struct fit *f, const struct fit_price *p, const char *base)
{
	char *names, *text;

	if (p->fate == FIT_FITTED)
		return sim_asprintf("fitted to the measured times of this host");
	names = names_of(f, p->column);
	text = names ? sim_asprintf(
			       "fitted to the measured times of this host, together with what "
			       "they cannot tell it from (%s), at the ratios of the model %s",
			       names, base)
		     : NULL;
	sim_free(names);
	return text;
}

static json_t *measured(const struct fit *f, const struct fit_price *p, const char *unit,
			double per_ns, const char *base)
{
	char *source = source_of(f, p, base);
	json_t *v = NULL;

	if (source)
		v = json_pack("{s:f, s:s, s:s, s:s, s:[f,f]}", "value", p->ns * per_ns, "unit",
			      unit, "source", source, "sure", "measured", "interval",
			      p->low_ns * per_ns, p->high_ns * per_ns);
	sim_free(source);
	return v;
}

/* The base model's entry, its source led by why it is here; with an upper bound if there is one. */
static json_t *kept(const struct fit_price *p, const json_t *entry, const char *base)
{
	const char *was = json_string_value(json_object_get(entry, "source"));
	const char *why = p->fate == FIT_ABSENT
				  ? "no measured point has this event"
				  : "the measured times contradict neither it nor 0";
	char *source = sim_asprintf("not fitted, %s; from the model %s: %s", why, base, was);
	json_t *v = source ? json_deep_copy(entry) : NULL;

	if (v && put(v, "source", json_string(source))) {
		json_decref(v);
		v = NULL;
	}
	sim_free(source);
	return v;
}

static const struct fit_price *price_of(const struct fit *f, unsigned id)
{
	for (size_t i = 0; i < f->n_prices; i++)
		if (f->price[i].id == id)
			return &f->price[i];
	return NULL;
}

static int put_price(json_t *prices, const struct fit *f, const struct fit_price *p,
		     const json_t *base)
{
	const char *name = counter_info[p->id].name;
	const char *model = json_string_value(json_object_get(base, "name"));
	const json_t *entry = json_object_get(json_object_get(base, "price"), name);

	if (fit_columns_has(p))
		return put(prices, name, measured(f, p, "ns", 1.0, model));
	return entry ? put(prices, name, kept(p, entry, model)) : 0;
}

static json_t *all_prices(const struct fit *f, const json_t *base)
{
	json_t *prices = json_object();
	int rc = prices ? 0 : SIM_ENOMEM;

	for (size_t i = 0; i < f->n_prices && !rc; i++)
		if (f->price[i].id != COUNTER_instructions)
			rc = put_price(prices, f, &f->price[i], base);
	if (!rc)
		return prices;
	json_decref(prices);
	return NULL;
}

/* Cycles an instruction, at the base's clock. */
static json_t *base_cpi(const struct fit *f, const json_t *base)
{
	const struct fit_price *p = price_of(f, COUNTER_instructions);
	const json_t *clock = json_object_get(base, "clock");
	const char *model = json_string_value(json_object_get(base, "name"));
	double ghz = json_number_value(json_object_get(clock, "value"));

	if (fit_columns_has(p))
		return measured(f, p, "cycles/instruction", ghz, model);
	return kept(p, json_object_get(base, "base_cpi"), model);
}

static json_t *error_json(const struct fit_error *e)
{
	return json_pack("{s:I, s:f, s:f}", "points", (json_int_t)e->n, "median", e->median,
			 "max", e->max);
}

static json_t *errors_json(const struct fit *f)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "fitted",
			 error_json(&f->error[FIT_USE_FITTED]), "held_out",
			 error_json(&f->error[FIT_USE_HELD_OUT]), "held_out_access",
			 error_json(&f->group[FIT_ACCESS]), "held_out_event",
			 error_json(&f->group[FIT_EVENT]), "held_out_mixed",
			 error_json(&f->group[FIT_MIXED]), "plain",
			 error_json(&f->error[FIT_USE_PLAIN]), "dependent",
			 error_json(&f->error[FIT_USE_DEPENDENT]));
}

static json_t *point_json(const struct fit_point *p, const struct fit_prediction *q)
{
	static const char *const groups[] = { "access", "event", "mixed" };

	return json_pack("{s:s, s:s, s:s, s:b, s:b, s:f, s:f, s:f, s:f}", "name", p->name,
			 "group", groups[p->group], "side",
			 p->side == FIT_GUEST ? "guest" : "plain", "holdout", p->is_held_out,
			 "dependent", p->is_dependent, "measured_ns", p->ns, "spread_ns",
			 p->spread_ns, "predicted_ns", q->ns, "weight", q->weight);
}

static json_t *residuals(const struct fit *f, const struct fit_data *d)
{
	json_t *list = json_array();
	int rc = list ? 0 : SIM_ENOMEM;

	for (size_t i = 0; i < d->n && !rc; i++)
		rc = json_array_append_new(list, point_json(&d->point[i], &f->point[i]));
	if (!rc)
		return list;
	json_decref(list);
	return NULL;
}

/* Lists of prices that share a column. */
static json_t *merged(const struct fit *f)
{
	json_t *list = json_array();
	bool is_merged[COUNTER_COUNT] = { false };
	int rc = list ? 0 : SIM_ENOMEM;

	for (size_t i = 0; i < f->n_prices; i++)
		if (f->price[i].fate == FIT_MERGED)
			is_merged[f->price[i].column] = true;
	for (size_t j = 0; j < f->n_columns && !rc; j++) {
		char *names = is_merged[j] ? names_of(f, j) : NULL;

		if (is_merged[j])
			rc = names ? json_array_append_new(list, json_string(names))
				   : SIM_ENOMEM;
		sim_free(names);
	}
	if (!rc)
		return list;
	json_decref(list);
	return NULL;
}

static int fill_fit(json_t *doc, const struct fit *f, const struct fit_data *d,
		    const json_t *base)
{
	int rc = put(doc, "method", json_string(method)) ||
		 put(doc, "host", json_deep_copy(d->host)) ||
		 put(doc, "machine", json_string(d->machine)) ||
		 put(doc, "base", json_deep_copy(json_object_get(base, "name"))) ||
		 put(doc, "points", json_integer((json_int_t)f->error[FIT_USE_FITTED].n)) ||
		 put(doc, "columns", json_integer((json_int_t)f->n_columns)) ||
		 put(doc, "condition", number(f->condition)) ||
		 put(doc, "condition_before", number(f->condition_before)) ||
		 put(doc, "scale", number(f->scale)) || put(doc, "r2", number(f->r2)) ||
		 put(doc, "merged", merged(f)) || put(doc, "errors", errors_json(f)) ||
		 put(doc, "residuals", residuals(f, d));

	return rc ? SIM_ENOMEM : 0;
}

static json_t *fit_json(const struct fit *f, const struct fit_data *d, const json_t *base)
{
	json_t *doc = json_object();

	if (!doc || !fill_fit(doc, f, d, base))
		return doc;
	json_decref(doc);
	return NULL;
}

static json_t *about(const struct fit_data *d)
{
	return json_sprintf(
		"Fitted to times measured on %s, Linux %s, %s; counters of the machine "
		"model %s.",
		json_string_value(json_object_get(d->host, "cpu")),
		json_string_value(json_object_get(d->host, "kernel")),
		json_string_value(json_object_get(d->host, "mmu")), d->machine);
}

static json_t *limits(void)
{
	json_t *list = json_array();
	int rc = list ? 0 : SIM_ENOMEM;

	for (size_t i = 0; i < N_NOT_PRICED && !rc; i++)
		rc = json_array_append_new(list, json_string(not_priced[i]));
	if (!rc)
		return list;
	json_decref(list);
	return NULL;
}

/* Times are measured; cycles are another way to say them. */
static json_t *clock_json(const json_t *base)
{
	const json_t *clock = json_object_get(base, "clock");

	return json_pack("{s:O, s:s, s:s, s:s}", "value", json_object_get(clock, "value"),
			 "unit", "GHz", "source",
			 "the base model's: it only turns the measured ns into cycles and back",
			 "sure", "assumed");
}

static int fill(json_t *doc, const struct fit *f, const struct fit_data *d, const json_t *base,
		const char *name)
{
	int rc = put(doc, "name", json_string(name)) || put(doc, "about", about(d)) ||
		 put(doc, "not_priced", limits()) || put(doc, "clock", clock_json(base)) ||
		 put(doc, "base_cpi", base_cpi(f, base)) ||
		 put(doc, "price", all_prices(f, base)) ||
		 put(doc, "fit", fit_json(f, d, base));

	return rc ? SIM_ENOMEM : 0;
}

char *fit_text(const struct fit *f, const struct fit_data *d, const json_t *base,
	       const char *name)
{
	json_t *doc = json_object();
	char *s = NULL, *text = NULL;

	if (doc && !fill(doc, f, d, base, name))
		s = json_dumps(doc, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	if (s)
		text = sim_asprintf("%s\n", s);
	sim_free(s);
	json_decref(doc);
	return text;
}
