/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cost/params.h"

#include <stdio.h>
#include <string.h>

#define CYCLES_MAX     1e9
#define CLOCK_MAX      100.0
#define CPI_MAX	       1000.0
#define FIT_POINTS_MAX 1000000u

const struct cost_component_info cost_component_info[COST_COMPONENT_COUNT] = {
	[COST_STLB] = { "stlb", "second-level TLB lookups" },
	[COST_WALK_CACHED] = { "walk_cached", "page-walk references, cached" },
	[COST_WALK_MEMORY] = { "walk_memory", "page-walk references, memory" },
	[COST_REFLECTED] = { "reflected", "guest faults reflected" },
	[COST_SHADOW_FILLS] = { "shadow_fills", "shadow entries filled" },
	[COST_TABLE_WRITES] = { "table_writes", "page-table writes emulated" },
	[COST_REGISTERS] = { "registers", "control registers" },
	[COST_INVALIDATIONS] = { "invalidations", "INVLPG, INVPCID" },
	[COST_TDP_FAULTS] = { "tdp_faults", "EPT violations, nested faults" },
	[COST_DEVICES] = { "devices", "devices, interrupts" },
	[COST_HOST] = { "host", "host page faults" },
};

/*
 * OPTIONAL: in the price of something else where a model does not have it. OWN: optional too, and
 * what the guest pays under every technique, so that it belongs to the ideal machine.
 */
enum charge { PRICED, OPTIONAL, OWN };

/* Every counter that has a price. What is not here is counted a second time elsewhere (exits =
 * the sum of exit_*; walk_refs_guest + walk_refs_host = the sum of walk_refs_l1 to mem; pf_* =
 * exit_pf_*), or is the guest's own work under every technique. */
static const struct priced {
	enum counter_id id;
	enum cost_component component;
	enum charge charge;
} priced[] = {
	{ COUNTER_stlb_hits, COST_STLB, PRICED },
	{ COUNTER_stlb_misses, COST_STLB, PRICED },
	{ COUNTER_walk_refs_l1, COST_WALK_CACHED, PRICED },
	{ COUNTER_walk_refs_l2, COST_WALK_CACHED, PRICED },
	{ COUNTER_walk_refs_l3, COST_WALK_CACHED, PRICED },
	{ COUNTER_walk_refs_mem, COST_WALK_MEMORY, PRICED },
	{ COUNTER_exit_pf_guest, COST_REFLECTED, PRICED },
	{ COUNTER_exit_pf_fixed, COST_SHADOW_FILLS, PRICED },
	{ COUNTER_exit_pf_spurious, COST_SHADOW_FILLS, PRICED },
	{ COUNTER_exit_pf_retry, COST_SHADOW_FILLS, PRICED },
	{ COUNTER_mmu_prefetched, COST_SHADOW_FILLS, OPTIONAL },
	{ COUNTER_mmu_cache_miss, COST_SHADOW_FILLS, OPTIONAL },
	{ COUNTER_mmu_synced, COST_SHADOW_FILLS, OPTIONAL },
	{ COUNTER_exit_pf_emulated, COST_TABLE_WRITES, PRICED },
	{ COUNTER_exit_cr3, COST_REGISTERS, PRICED },
	{ COUNTER_exit_cr0, COST_REGISTERS, PRICED },
	{ COUNTER_exit_cr4, COST_REGISTERS, PRICED },
	{ COUNTER_exit_invlpg, COST_INVALIDATIONS, PRICED },
	{ COUNTER_exit_invpcid, COST_INVALIDATIONS, PRICED },
	{ COUNTER_exit_ept_violation, COST_TDP_FAULTS, PRICED },
	{ COUNTER_exit_npf, COST_TDP_FAULTS, PRICED },
	{ COUNTER_exit_pml_full, COST_TDP_FAULTS, PRICED },
	{ COUNTER_exit_pf_mmio, COST_DEVICES, PRICED },
	{ COUNTER_exit_ept_misconfig, COST_DEVICES, PRICED },
	{ COUNTER_exit_npf_mmio, COST_DEVICES, PRICED },
	{ COUNTER_exit_interrupt, COST_DEVICES, PRICED },
	{ COUNTER_exit_kick, COST_DEVICES, PRICED },
	{ COUNTER_data_refs_l2, COST_COMPONENT_COUNT, OWN },
	{ COUNTER_data_refs_l3, COST_COMPONENT_COUNT, OWN },
	{ COUNTER_data_refs_mem, COST_COMPONENT_COUNT, OWN },
	{ COUNTER_host_faults, COST_HOST, PRICED },
	{ COUNTER_host_cow_faults, COST_HOST, PRICED },
};
#define N_PRICED (sizeof(priced) / sizeof(priced[0]))

static const struct priced *find(unsigned id)
{
	for (size_t i = 0; i < N_PRICED; i++)
		if ((unsigned)priced[i].id == id)
			return &priced[i];
	return NULL;
}

bool cost_component_of(unsigned id, enum cost_component *component)
{
	const struct priced *p = find(id);

	if (!p || p->charge == OWN)
		return false;
	*component = p->component;
	return true;
}

bool cost_has_price(unsigned id)
{
	return find(id) != NULL;
}

/* A number of min..max that is not a NaN. */
static int read_number(const struct jnode *n, double min, double max, double *out,
		       struct sim_error *err)
{
	double v;
	int rc = json_as_real(n, &v, err);

	if (rc)
		return rc;
	if (!(v >= min && v <= max))
		return json_fail(n, SIM_ERANGE, err, "must be %g..%g, not %g", min, max, v);
	*out = v;
	return 0;
}

/* How sure a value is; *is_measured: fitted to times, so that it has an interval. */
static int read_source(const struct jnode *n, bool *is_measured, struct sim_error *err)
{
	static const char *const sure[] = { "measured", "verified", "documented", "derived",
					    "memory",	"assumed",  NULL };
	struct jnode source = json_get(n, "source"), s = json_get(n, "sure");
	const char *text;
	unsigned at = 0;
	int rc = json_as_str(&source, &text, err);

	if (rc)
		return rc;
	if (!*text)
		return json_fail(&source, SIM_EFORMAT, err, "must say where the value is from");
	rc = json_as_enum(&s, sure, &at, err);
	*is_measured = at == 0;
	return rc;
}

/* [low, high] around the value: there when it is measured, and only then. */
static int read_interval(const struct jnode *n, double value, bool is_measured,
			 struct sim_error *err)
{
	struct jnode list = json_get(n, "interval");
	double end[2] = { 0.0, 0.0 };
	int rc = 0;

	if (!is_measured && !list.v)
		return 0;
	if (!is_measured)
		return json_fail(&list, SIM_EFORMAT, err,
				 "only a value that is \"measured\" has an interval");
	rc = json_as_array(&list, err);
	if (!rc && json_len(&list) != 2)
		rc = json_fail(&list, SIM_EFORMAT, err, "must be [low, high]");
	for (size_t i = 0; i < 2 && !rc; i++) {
		struct jnode item = json_at(&list, i);

		rc = read_number(&item, 0.0, CYCLES_MAX, &end[i], err);
	}
	if (!rc && !(end[0] <= value && value <= end[1]))
		rc = json_fail(&list, SIM_ERANGE, err, "must have the value %g in it", value);
	return rc;
}

struct value {
	double v;
	unsigned unit; /* index into the units that are allowed */
	bool is_measured;
};

/* One {"value", "unit", "source", "sure"}. */
static int read_value(const struct jnode *n, const char *const *units, double max,
		      struct value *out, struct sim_error *err)
{
	static const char *const keys[] = {
		"value", "unit", "source", "sure", "interval", NULL
	};
	struct jnode value = json_get(n, "value"), u = json_get(n, "unit");
	int rc = json_only(n, keys, err);

	*out = (struct value){ .v = 0.0 };
	if (!rc)
		rc = read_number(&value, 0.0, max, &out->v, err);
	if (!rc)
		rc = json_as_enum(&u, units, &out->unit, err);
	if (!rc)
		rc = read_source(n, &out->is_measured, err);
	return rc ? rc : read_interval(n, out->v, out->is_measured, err);
}

static int read_price(struct cost_params *params, const struct jnode *prices,
		      const struct priced *p, struct sim_error *err)
{
	static const char *const units[] = { "cycles", "ns", "us", NULL };
	const double per_unit[] = { 1.0, params->clock_ghz, 1000.0 * params->clock_ghz };
	struct jnode n = json_get(prices, counter_info[p->id].name);
	struct value v;
	int rc;

	if (!n.v && p->charge != PRICED)
		return 0;
	if (!n.v)
		return json_fail(&n, SIM_EFORMAT, err,
				 "missing; a cost model prices every event that takes time");
	rc = read_value(&n, units, CYCLES_MAX, &v, err);
	if (rc)
		return rc;
	params->cycles[p->id] = v.v * per_unit[v.unit];
	params->is_measured[p->id] = v.is_measured;
	return 0;
}

static int read_prices(struct cost_params *p, const struct jnode *n, struct sim_error *err)
{
	const char *keys[N_PRICED + 1] = { NULL };
	int rc;

	for (size_t i = 0; i < N_PRICED; i++)
		keys[i] = counter_info[priced[i].id].name;
	rc = json_only(n, keys, err);
	for (size_t i = 0; i < N_PRICED && !rc; i++)
		rc = read_price(p, n, &priced[i], err);
	return rc;
}

static int read_texts(const struct jnode *root, struct sim_error *err)
{
	struct jnode about = json_get(root, "about"), list = json_get(root, "not_priced");
	const char *text;
	int rc = json_as_str(&about, &text, err);

	if (!rc)
		rc = json_as_array(&list, err);
	for (size_t i = 0; i < json_len(&list) && !rc; i++) {
		struct jnode item = json_at(&list, i);

		rc = json_as_str(&item, &text, err);
	}
	return rc;
}

static int read_name(struct cost_params *p, const struct jnode *root, struct sim_error *err)
{
	struct jnode n = json_get(root, "name");
	const char *name;
	int rc = json_as_str(&n, &name, err);

	if (rc)
		return rc;
	if (!*name || strlen(name) >= sizeof(p->name))
		return json_fail(&n, SIM_ERANGE, err, "must have 1..%zu characters",
				 sizeof(p->name) - 1);
	snprintf(p->name, sizeof(p->name), "%s", name);
	return 0;
}

static int read_held_out(struct cost_fit *f, const struct jnode *n, struct sim_error *err)
{
	static const char *const keys[] = { "points", "median", "max", NULL };
	struct jnode points = json_get(n, "points"), median = json_get(n, "median");
	struct jnode max = json_get(n, "max");
	int rc = json_only(n, keys, err);

	if (!rc)
		rc = json_as_u64(&points, 0, FIT_POINTS_MAX, &f->held_out, err);
	if (!rc)
		rc = read_number(&median, 0.0, CYCLES_MAX, &f->median_error, err);
	return rc ? rc : read_number(&max, 0.0, CYCLES_MAX, &f->max_error, err);
}

/* The object "fit"; what is in it for people only is not looked at. */
static int read_fit(struct cost_fit *f, const struct jnode *n, struct sim_error *err)
{
	static const char *const keys[] = {
		"method",  "host",	"machine",	    "base",  "points",
		"columns", "condition", "condition_before", "scale", "r2",
		"merged",  "errors",	"residuals",	    NULL
	};
	struct jnode points = json_get(n, "points"), errors = json_get(n, "errors");
	struct jnode held_out = json_get(&errors, "held_out");
	int rc = json_only(n, keys, err);

	if (!rc)
		rc = json_as_u64(&points, 1, FIT_POINTS_MAX, &f->points, err);
	f->is_fitted = !rc;
	return rc ? rc : read_held_out(f, &held_out, err);
}

int cost_read(struct cost_params *p, const struct jnode *root, struct sim_error *err)
{
	static const char *const keys[] = { "name",	"about", "not_priced", "clock",
					    "base_cpi", "price", "fit",	       NULL };
	static const char *const ghz[] = { "GHz", NULL };
	static const char *const cpi[] = { "cycles/instruction", NULL };
	struct jnode clock = json_get(root, "clock"), base = json_get(root, "base_cpi");
	struct jnode prices = json_get(root, "price"), fit = json_get(root, "fit");
	struct value v = { .v = 0.0 };
	int rc;

	*p = (struct cost_params){ .clock_ghz = 0.0 };
	rc = json_only(root, keys, err);
	if (!rc)
		rc = read_name(p, root, err);
	if (!rc)
		rc = read_texts(root, err);
	if (!rc)
		rc = read_value(&clock, ghz, CLOCK_MAX, &v, err);
	p->clock_ghz = v.v;
	if (!rc)
		rc = read_value(&base, cpi, CPI_MAX, &v, err);
	p->base_cpi = v.v;
	p->is_measured[COUNTER_instructions] = v.is_measured;
	if (!rc && !(p->clock_ghz > 0.0))
		rc = json_fail(&clock, SIM_ERANGE, err, "must be more than 0");
	if (!rc && !(p->base_cpi > 0.0))
		rc = json_fail(&base, SIM_ERANGE, err, "must be more than 0");
	if (!rc && fit.v)
		rc = read_fit(&p->fit, &fit, err);
	return rc ? rc : read_prices(p, &prices, err);
}

int cost_load(struct cost_params *p, const char *path, struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_open(path, &doc, &root, err);

	if (rc)
		return rc;
	rc = cost_read(p, &root, err);
	json_decref(doc);
	return rc;
}

int cost_set(struct cost_params *p, const char *name, const struct jnode *n,
	     struct sim_error *err)
{
	unsigned id;

	if (!strcmp(name, "base_cpi"))
		return read_number(n, 0.001, CPI_MAX, &p->base_cpi, err);
	if (counters_find(name, &id) && cost_has_price(id))
		return read_number(n, 0.0, CYCLES_MAX, &p->cycles[id], err);
	return json_fail(n, SIM_EFORMAT, err,
			 "no such price; what has one is base_cpi, stlb_*, walk_refs_*, "
			 "data_refs_*, exit_* and host_*faults");
}
