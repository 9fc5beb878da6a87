/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * params.h - what one event costs: the prices of models/cost/NAME.json
 *
 * The list of what has a price is closed (cost_component_of): each event that takes time stands
 * in it exactly once, so that no set of prices can charge for one event twice, and a model
 * prices all of it. Prices come with a source and how sure it is; a file without is refused.
 *
 *     {"name": ..., "about": ..., "not_priced": [...],
 *      "clock":    {"value": 2.5, "unit": "GHz", "source": "...", "sure": "documented"},
 *      "base_cpi": {"value": 1.0, "unit": "cycles/instruction", ...},
 *      "price":    {"exit_cr3": {"value": 0.935, "unit": "us", ...}, ...}}
 *
 * Units of a price: cycles, ns, us (turned into cycles with the clock). sure: measured (fitted to
 * times of one host, with "interval": [low, high], 95 %, in the same unit), verified,
 * documented, derived (arithmetic on such values, shown in the source), memory, assumed.
 *
 * The prices of the shadow MMU's work within an exit (mmu_prefetched, mmu_cache_miss, mmu_synced)
 * may be left out: the price of the exit then has them in it. So may those of the guest's own data
 * misses (data_refs_l2 to data_refs_mem, counted when the machine says pte_cache "full"): what an
 * access takes when it hits is in base_cpi.
 *
 * A model that fit.h made has an object "fit": what it was fitted to, and how well it predicts.
 */
#ifndef SIM_COST_PARAMS_H
#define SIM_COST_PARAMS_H

#include <stdbool.h>

#include "base/counters.h"
#include "base/err.h"
#include "base/json.h"

enum cost_component {
	COST_STLB,
	COST_WALK_CACHED,
	COST_WALK_MEMORY,
	COST_REFLECTED,
	COST_SHADOW_FILLS,
	COST_TABLE_WRITES,
	COST_REGISTERS,
	COST_INVALIDATIONS,
	COST_TDP_FAULTS,
	COST_DEVICES,
	COST_HOST,
	COST_COMPONENT_COUNT
};

struct cost_component_info {
	const char *name;    /* in files: "walk_cached" */
	const char *meaning; /* in figures and tables */
};

extern const struct cost_component_info cost_component_info[COST_COMPONENT_COUNT];

/* The component of the overhead that counter `id` is charged to; false when there is none. */
bool cost_component_of(unsigned id, enum cost_component *component);

/* Whether counter `id` has a price: it has a component, or is the guest's own work. */
bool cost_has_price(unsigned id);

/* How a fitted model does on points that it was not fitted to. */
struct cost_fit {
	bool is_fitted;
	uint64_t points, held_out;
	double median_error, max_error; /* of those held out, relative */
};

struct cost_params {
	char name[64];
	double clock_ghz;
	double base_cpi;		 /* cycles per instruction when translation is free */
	double cycles[COUNTER_COUNT];	 /* per event; 0 for what has no price */
	bool is_measured[COUNTER_COUNT]; /* on the host that the model was fitted to; the base
					    at COUNTER_instructions */
	struct cost_fit fit;
};

/* Loads and checks a cost model. SIM_EIO, SIM_EFORMAT, SIM_ERANGE with the JSON path. */
SIM_MUST_CHECK int cost_load(struct cost_params *p, const char *path, struct sim_error *err);

/* The same from a parsed document. */
SIM_MUST_CHECK int cost_read(struct cost_params *p, const struct jnode *root,
			     struct sim_error *err);

/*
 * Changes one scalar, for overrides and sweeps: "base_cpi" (cycles per instruction) or the name
 * of a priced counter (cycles). SIM_EFORMAT, SIM_ERANGE at node n's path.
 */
SIM_MUST_CHECK int cost_set(struct cost_params *p, const char *name, const struct jnode *n,
			    struct sim_error *err);

#endif
