/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine_parts.h - reading single fields of a machine; private to machine*.c
 */
#ifndef SIM_HW_MACHINE_PARTS_H
#define SIM_HW_MACHINE_PARTS_H

#include "hw/machine.h"

/* Levels of paging-structure caches by name: "pde" is 2. NULL-terminated, from level 2 on. */
extern const char *const machine_pwc_names[];

extern const char *const machine_pte_cache_names[];

/* Reads entries, ways or policy of a store from a bare value. SIM_EFORMAT, SIM_ERANGE. */
SIM_MUST_CHECK int machine_read_geometry(struct assoc_geometry *g, const char *field,
					 const struct jnode *n, struct sim_error *err);

/* Reads bytes or ways of a cache from a bare value. SIM_EFORMAT, SIM_ERANGE. */
SIM_MUST_CHECK int machine_read_cache(struct cache_geometry *g, const char *field,
				      const struct jnode *n, struct sim_error *err);

/* The flag of that name, or NULL. */
bool *machine_flag(struct machine *m, const char *name);

/* What is impossible about a geometry, written to buf, or NULL. */
const char *machine_geometry_problem(const struct assoc_geometry *g, char *buf, size_t size);
const char *machine_cache_problem(const struct cache_geometry *g, char *buf, size_t size);

#endif
