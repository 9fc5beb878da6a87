/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parts.h - what a scenario is made of: private to scenario/
 */
#ifndef SIM_SCENARIO_PARTS_H
#define SIM_SCENARIO_PARTS_H

#include "base/json.h"
#include "scenario/guest.h"
#include "scenario/scenario.h"
#include "scenario/step.h"
#include "vm/normalise.h"

struct scenario {
	char *name, *about;
	struct trace_meta meta; /* of the stream before it is normalised */
	struct host_config host;
	uint64_t quota;
	struct normalise_options options;
	struct normaliser *normaliser; /* knows the meta of the normalised stream */
	struct guest guest;	       /* as it is before the first step */
	struct step_list before, steps;
};

/* Puts what the file's "map" and "links" say into the guest's tables. */
SIM_MUST_CHECK int map_read(struct guest *g, const struct jnode *list, struct sim_error *err);
SIM_MUST_CHECK int map_links_read(struct guest *g, const struct jnode *list,
				  struct sim_error *err);

#endif
