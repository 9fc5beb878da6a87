/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine_set - one scalar of a machine by its name
 */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "hw/machine.h"
#include "hw/machine_parts.h"

#define PARTS_MAX 3

static const struct machine_name names[] = {
	{ "{l1d,l1i,stlb,stlb_i}.{4k,2m,1g}.{entries,ways,policy}",
	  "the TLB array that holds pages of that size; 0 entries: absent" },
	{ "{l1d,l1i,stlb,stlb_i}.{entries,ways,policy}", "the one that holds 4k pages" },
	{ "{pwc,host_pwc}.{pde,pdpte,pml4e,pml5e,unified}.{entries,ways,policy}",
	  "paging-structure cache of the guest's, of the host's tables" },
	{ "ntlb.{entries,ways,policy}", "nested TLB: guest table page -> host page" },
	{ "{l1,l2,l3}.{bytes,ways}", "caches that walk references go through" },
	{ "pte_cache", "none, tables (walk references only), full (data accesses too)" },
	{ "{vpid,pcid,invpcid,la57,1g,ept_ad,pml}", "true or false" },
	{ NULL, NULL },
};

const struct machine_name *machine_names(void)
{
	return names;
}

/* "stlb.4k.entries" cut at the dots. */
struct parts {
	char text[64];
	const char *part[PARTS_MAX];
	unsigned n;
};

static bool cut(const char *name, struct parts *p)
{
	size_t len = strlen(name);
	char *s = p->text;

	if (len >= sizeof(p->text))
		return false;
	memcpy(p->text, name, len + 1);
	for (p->n = 0; p->n < PARTS_MAX && s; p->n++) {
		p->part[p->n] = s;
		s = strchr(s, '.');
		if (s)
			*s++ = '\0';
	}
	return !s;
}

static int unknown(const struct jnode *n, const char *name, struct sim_error *err)
{
	char list[320] = "";
	size_t at = 0;

	for (unsigned i = 0; names[i].name; i++) {
		int more = snprintf(list + at, sizeof(list) - at, "%s%s", i ? " " : "",
				    names[i].name);

		if (more < 0 || (size_t)more >= sizeof(list) - at)
			break;
		at += (size_t)more;
	}
	return json_fail(n, SIM_EFORMAT, err, "a machine has no \"%s\"; it has %s", name, list);
}

static int set_geometry(struct assoc_geometry *g, const char *field, const struct jnode *n,
			struct sim_error *err)
{
	bool full = g->entries && g->ways == g->entries;
	int rc = machine_read_geometry(g, field, n, err);

	if (!rc && full && !strcmp(field, "entries") && g->entries)
		g->ways = g->entries;
	return rc;
}

static struct tlb_geometry *tlb_section(struct machine *m, const char *name)
{
	if (!strcmp(name, "l1d"))
		return m->l1d;
	if (!strcmp(name, "l1i"))
		return m->l1i;
	if (!strcmp(name, "stlb"))
		return m->stlb;
	if (!strcmp(name, "stlb_i"))
		return m->stlb_i;
	return NULL;
}

/* The array of a TLB that holds the size; NULL when none does. */
static struct assoc_geometry *tlb_array(struct tlb_geometry *array, const char *size)
{
	static const char *const sizes[] = { "4k", "2m", "1g" };

	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++)
		for (unsigned i = 0; i < TLB_ARRAYS_MAX; i++)
			if (!strcmp(size, sizes[level - 1]) && (array[i].holds & HOLDS(level)))
				return &array[i].g;
	return NULL;
}

static struct assoc_geometry *pwc_store(struct machine *m, const char *section,
					const char *name)
{
	struct assoc_geometry *g = !strcmp(section, "pwc") ? m->pwc : m->host_pwc;

	if (strcmp(section, "pwc") && strcmp(section, "host_pwc"))
		return NULL;
	if (m->pwc_unified)
		return strcmp(name, "unified") ? NULL : &g[2];
	for (unsigned i = 0; machine_pwc_names[i]; i++)
		if (!strcmp(name, machine_pwc_names[i]))
			return &g[2 + i];
	return NULL;
}

/* The store that all but the last part of a name mean; NULL when there is none. */
static struct assoc_geometry *find_store(struct machine *m, const struct parts *p)
{
	struct tlb_geometry *array = tlb_section(m, p->part[0]);

	if (array)
		return tlb_array(array, p->n == 3 ? p->part[1] : "4k");
	if (p->n == 3)
		return pwc_store(m, p->part[0], p->part[1]);
	return strcmp(p->part[0], "ntlb") ? NULL : &m->ntlb;
}

static struct cache_geometry *find_cache(struct machine *m, const char *name)
{
	if (!strcmp(name, "l1"))
		return &m->l1;
	if (!strcmp(name, "l2"))
		return &m->l2;
	return strcmp(name, "l3") ? NULL : &m->l3;
}

static int set_scalar(struct machine *m, const char *name, const struct jnode *n,
		      struct sim_error *err)
{
	bool *flag = machine_flag(m, name);
	unsigned mode;
	int rc;

	if (flag)
		return json_as_bool(n, flag, err);
	if (strcmp(name, "pte_cache"))
		return unknown(n, name, err);
	rc = json_as_enum(n, machine_pte_cache_names, &mode, err);
	if (!rc)
		m->pte_cache = (enum pte_cache)mode;
	return rc;
}

int machine_set(struct machine *m, const char *name, const struct jnode *n,
		struct sim_error *err)
{
	struct cache_geometry *cache;
	struct assoc_geometry *store;
	struct parts p;

	if (!cut(name, &p))
		return unknown(n, name, err);
	if (p.n == 1)
		return set_scalar(m, name, n, err);
	cache = p.n == 2 ? find_cache(m, p.part[0]) : NULL;
	if (cache)
		return machine_read_cache(cache, p.part[1], n, err);
	store = find_store(m, &p);
	return store ? set_geometry(store, p.part[p.n - 1], n, err) : unknown(n, name, err);
}
