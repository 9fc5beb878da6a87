/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine_check - do the parts of a machine fit together?
 */
#include <stddef.h>

#include "base/addr.h"
#include "hw/machine.h"
#include "hw/machine_parts.h"

static int check_store(const struct assoc_geometry *g, const char *part, const char *where,
		       struct sim_error *err)
{
	char buf[128];
	const char *problem = machine_geometry_problem(g, buf, sizeof(buf));

	return problem ? sim_fail(err, SIM_ERANGE, where, "%s: %s", part, problem) : 0;
}

static int check_cache(const struct cache_geometry *g, const char *part, const char *where,
		       struct sim_error *err)
{
	char buf[128];
	const char *problem = machine_cache_problem(g, buf, sizeof(buf));

	return problem ? sim_fail(err, SIM_ERANGE, where, "%s: %s", part, problem) : 0;
}

static unsigned holders(const struct tlb_geometry *array, unsigned level)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TLB_ARRAYS_MAX; i++)
		n += array[i].g.entries && (array[i].holds & HOLDS(level));
	return n;
}

/* A first level must hold 4 KiB pages, whatever else it holds. */
static int check_tlb(const struct tlb_geometry *array, const char *part, const char *where,
		     struct sim_error *err)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < TLB_ARRAYS_MAX; i++)
		rc = check_store(&array[i].g, part, where, err);
	for (unsigned level = LEVEL_4K; !rc && level <= LEVEL_1G; level++)
		if (holders(array, level) > 2)
			rc = sim_fail(err, SIM_ERANGE, where,
				      "%s: more than two arrays hold one page size", part);
	return rc;
}

static int check_first_level(const struct tlb_geometry *array, const char *part,
			     const char *where, struct sim_error *err)
{
	if (!holders(array, LEVEL_4K))
		return sim_fail(err, SIM_ERANGE, where, "%s: no array holds 4k pages", part);
	return 0;
}

static int check_pwc(const struct assoc_geometry *g, const char *part, const char *where,
		     struct sim_error *err)
{
	int rc = 0;

	for (unsigned level = 2; !rc && level <= LEVEL_MAX; level++)
		rc = check_store(&g[level], part, where, err);
	return rc;
}

int machine_check(const struct machine *m, const char *where, struct sim_error *err)
{
	int rc;

	if ((rc = check_tlb(m->l1d, "l1d", where, err)) ||
	    (rc = check_tlb(m->l1i, "l1i", where, err)) ||
	    (rc = check_tlb(m->stlb, "stlb", where, err)) ||
	    (rc = check_tlb(m->stlb_i, "stlb_i", where, err)) ||
	    (rc = check_first_level(m->l1d, "l1d", where, err)) ||
	    (!m->l1_unified && (rc = check_first_level(m->l1i, "l1i", where, err))) ||
	    (rc = check_pwc(m->pwc, "pwc", where, err)) ||
	    (rc = check_pwc(m->host_pwc, "host_pwc", where, err)) ||
	    (rc = check_store(&m->ntlb, "ntlb", where, err)) ||
	    (rc = check_cache(&m->l1, "l1", where, err)) ||
	    (rc = check_cache(&m->l2, "l2", where, err)))
		return rc;
	return check_cache(&m->l3, "l3", where, err);
}
