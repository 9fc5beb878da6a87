/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hw/machine_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hw/assoc.h"

#define ENTRIES_MAX ((uint64_t)1 << 20)
#define BYTES_MAX   ((uint64_t)1 << 31)
#define LINE_BYTES  64u
#define PLRU_MAX    32u /* ways whose tree fits one word */

const char *const machine_pwc_names[] = { "pde", "pdpte", "pml4e", "pml5e", NULL };
const char *const machine_pte_cache_names[] = { "none", "tables", "full", NULL };

static int read_u32(const struct jnode *n, uint64_t min, uint64_t max, uint32_t *out,
		    struct sim_error *err)
{
	uint64_t v;
	int rc = json_as_u64(n, min, max, &v, err);

	if (!rc)
		*out = (uint32_t)v;
	return rc;
}

int machine_read_geometry(struct assoc_geometry *g, const char *field, const struct jnode *n,
			  struct sim_error *err)
{
	static const char *const policies[] = { "lru", "plru", NULL };
	unsigned policy;
	int rc;

	if (!strcmp(field, "entries"))
		return read_u32(n, 0, ENTRIES_MAX, &g->entries, err);
	if (!strcmp(field, "ways"))
		return read_u32(n, 1, ASSOC_WAYS_MAX, &g->ways, err);
	if (strcmp(field, "policy"))
		return json_fail(n, SIM_EFORMAT, err,
				 "unknown field; must be entries, ways or policy, not \"%s\"",
				 field);
	rc = json_as_enum(n, policies, &policy, err);
	if (!rc)
		g->policy = policy ? ASSOC_PLRU : ASSOC_LRU;
	return rc;
}

int machine_read_cache(struct cache_geometry *g, const char *field, const struct jnode *n,
		       struct sim_error *err)
{
	if (!strcmp(field, "bytes"))
		return read_u32(n, 0, BYTES_MAX, &g->bytes, err);
	if (!strcmp(field, "ways"))
		return read_u32(n, 1, ASSOC_WAYS_MAX, &g->ways, err);
	return json_fail(n, SIM_EFORMAT, err,
			 "unknown field; must be bytes or ways, not \"%s\"", field);
}

bool *machine_flag(struct machine *m, const char *name)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = { { "vpid", &m->has_vpid },	      { "pcid", &m->has_pcid },
		      { "invpcid", &m->has_invpcid }, { "la57", &m->has_la57 },
		      { "1g", &m->has_1g },	      { "ept_ad", &m->has_ept_ad },
		      { "pml", &m->has_pml } };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!strcmp(flags[i].name, name))
			return flags[i].flag;
	return NULL;
}

const char *machine_geometry_problem(const struct assoc_geometry *g, char *buf, size_t size)
{
	if (!g->entries)
		return NULL;
	if (!g->ways || g->ways > g->entries || g->entries % g->ways)
		snprintf(buf, size,
			 "%" PRIu32 " entries do not divide into sets of %" PRIu32 " ways",
			 g->entries, g->ways);
	else if (g->policy == ASSOC_PLRU && (g->ways & (g->ways - 1) || g->ways > PLRU_MAX))
		snprintf(buf, size,
			 "tree-PLRU needs a power of two up to %u ways, not %" PRIu32, PLRU_MAX,
			 g->ways);
	else
		return NULL;
	return buf;
}

const char *machine_cache_problem(const struct cache_geometry *g, char *buf, size_t size)
{
	if (!g->bytes || (g->ways && g->bytes % (g->ways * LINE_BYTES) == 0))
		return NULL;
	snprintf(buf, size,
		 "%" PRIu32 " bytes do not divide into sets of %" PRIu32 " lines of %u bytes",
		 g->bytes, g->ways, LINE_BYTES);
	return buf;
}
