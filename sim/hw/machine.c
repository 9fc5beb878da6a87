/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hw/machine.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "hw/machine_parts.h"

static const struct {
	const char *name;
	unsigned holds;
} sizes[] = {
	{ "4k", HOLDS(LEVEL_4K) },
	{ "4k+2m", HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) },
	{ "4k+1g", HOLDS(LEVEL_4K) | HOLDS(LEVEL_1G) },
	{ "4k+2m+1g", HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) | HOLDS(LEVEL_1G) },
	{ "2m", HOLDS(LEVEL_2M) },
	{ "2m+1g", HOLDS(LEVEL_2M) | HOLDS(LEVEL_1G) },
	{ "1g", HOLDS(LEVEL_1G) },
};

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Opens {"value", "source", "sure"}: *value views the value. */
static int open_value(const struct jnode *n, struct jnode *value, struct sim_error *err)
{
	static const char *const keys[] = { "value", "source", "sure", NULL };
	static const char *const sure[] = { "verified", "documented", "memory", "assumed",
					    NULL };
	struct jnode source, how;
	const char *text;
	unsigned grade;
	int rc = json_only(n, keys, err);

	if (rc)
		return rc;
	source = json_get(n, "source");
	how = json_get(n, "sure");
	*value = json_get(n, "value");
	rc = json_as_str(&source, &text, err);
	if (!rc && !*text)
		rc = json_fail(&source, SIM_EFORMAT, err, "must say where the value is from");
	return rc ? rc : json_as_enum(&how, sure, &grade, err);
}

static int load_geometry(const struct jnode *n, struct assoc_geometry *g, struct sim_error *err)
{
	static const char *const keys[] = { "entries", "ways", "policy", NULL };
	char buf[128];
	const char *problem;
	int rc = json_only(n, keys, err);

	for (unsigned i = 0; !rc && keys[i]; i++) {
		struct jnode field = json_get(n, keys[i]), value;

		if (!field.v && !strcmp(keys[i], "policy"))
			continue;
		rc = open_value(&field, &value, err);
		if (!rc)
			rc = machine_read_geometry(g, keys[i], &value, err);
	}
	if (rc)
		return rc;
	problem = machine_geometry_problem(g, buf, sizeof(buf));
	return problem ? json_fail(n, SIM_ERANGE, err, "%s", problem) : 0;
}

/* The arrays of one TLB; an absent member has none. */
static int load_tlb(const struct jnode *root, const char *key,
		    struct tlb_geometry array[TLB_ARRAYS_MAX], struct sim_error *err)
{
	struct jnode n = json_get(root, key);
	const char *names[SIZES + 1] = { NULL };
	unsigned used = 0;
	int rc;

	if (!n.v)
		return 0;
	for (unsigned i = 0; i < SIZES; i++)
		names[i] = sizes[i].name;
	rc = json_only(&n, names, err);
	for (unsigned i = 0; !rc && i < SIZES; i++) {
		struct jnode one = json_get(&n, sizes[i].name);

		if (!one.v)
			continue;
		if (used == TLB_ARRAYS_MAX)
			return json_fail(&one, SIM_ERANGE, err, "more than %d arrays",
					 TLB_ARRAYS_MAX);
		array[used].holds = sizes[i].holds;
		rc = load_geometry(&one, &array[used++].g, err);
	}
	return rc;
}

static int load_pwc(const struct jnode *root, const char *key, struct assoc_geometry *g,
		    bool *unified, struct sim_error *err)
{
	static const char *const one_store[] = { "unified", NULL };
	struct jnode n = json_get(root, key), all = json_get(&n, "unified");
	int rc;

	if (!n.v)
		return 0;
	*unified = all.v;
	rc = json_only(&n, all.v ? one_store : machine_pwc_names, err);
	if (rc || all.v)
		return rc ? rc : load_geometry(&all, &g[2], err);
	for (unsigned i = 0; !rc && machine_pwc_names[i]; i++) {
		struct jnode one = json_get(&n, machine_pwc_names[i]);

		if (one.v)
			rc = load_geometry(&one, &g[2 + i], err);
	}
	return rc;
}

static int load_cache(const struct jnode *root, const char *key, struct cache_geometry *g,
		      struct sim_error *err)
{
	static const char *const keys[] = { "bytes", "ways", NULL };
	struct jnode n = json_get(root, key);
	char buf[128];
	const char *problem;
	int rc;

	if (!n.v)
		return 0;
	rc = json_only(&n, keys, err);
	for (unsigned i = 0; !rc && keys[i]; i++) {
		struct jnode field = json_get(&n, keys[i]), value;

		rc = open_value(&field, &value, err);
		if (!rc)
			rc = machine_read_cache(g, keys[i], &value, err);
	}
	if (rc)
		return rc;
	problem = machine_cache_problem(g, buf, sizeof(buf));
	return problem ? json_fail(&n, SIM_ERANGE, err, "%s", problem) : 0;
}

static int load_names(struct machine *m, const struct jnode *root, struct sim_error *err)
{
	static const char *const vendors[] = { "intel", "amd", NULL };
	struct jnode name = json_get(root, "name"), about = json_get(root, "about");
	struct jnode field = json_get(root, "vendor"), value;
	const char *text;
	unsigned vendor;
	int rc;

	if ((rc = json_as_str(&name, &text, err)))
		return rc;
	if (!*text || strlen(text) >= sizeof(m->name))
		return json_fail(&name, SIM_ERANGE, err, "must have 1..%zu bytes",
				 sizeof(m->name) - 1);
	snprintf(m->name, sizeof(m->name), "%s", text);
	if ((about.v && (rc = json_as_str(&about, &text, err))) ||
	    (rc = open_value(&field, &value, err)) ||
	    (rc = json_as_enum(&value, vendors, &vendor, err)))
		return rc;
	m->vendor = vendor ? VENDOR_AMD : VENDOR_INTEL;
	return 0;
}

static int load_flags(struct machine *m, const struct jnode *root, struct sim_error *err)
{
	static const char *const flags[] = { "vpid", "pcid",   "invpcid", "la57",
					     "1g",   "ept_ad", "pml" };
	int rc = 0;

	for (unsigned i = 0; !rc && i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct jnode field = json_get(root, flags[i]), value;

		if (!field.v && !strcmp(flags[i], "pml"))
			continue; /* the only one that may be absent */
		rc = open_value(&field, &value, err);
		if (!rc)
			rc = json_as_bool(&value, machine_flag(m, flags[i]), err);
	}
	return rc;
}

static int load(struct machine *m, const struct jnode *root, struct sim_error *err)
{
	static const char *const keys[] = { "name",    "about",	 "vendor", "l1d",      "l1i",
					    "stlb",    "stlb_i", "pwc",	   "host_pwc", "ntlb",
					    "l1",      "l2",	 "l3",	   "vpid",     "pcid",
					    "invpcid", "la57",	 "1g",	   "ept_ad",   "pml",
					    NULL };
	struct jnode ntlb = json_get(root, "ntlb");
	bool host_unified = false;
	int rc;

	if ((rc = json_only(root, keys, err)) || (rc = load_names(m, root, err)) ||
	    (rc = load_flags(m, root, err)) || (rc = load_tlb(root, "l1d", m->l1d, err)) ||
	    (rc = load_tlb(root, "l1i", m->l1i, err)) ||
	    (rc = load_tlb(root, "stlb", m->stlb, err)) ||
	    (rc = load_tlb(root, "stlb_i", m->stlb_i, err)) ||
	    (rc = load_pwc(root, "pwc", m->pwc, &m->pwc_unified, err)) ||
	    (rc = load_pwc(root, "host_pwc", m->host_pwc, &host_unified, err)) ||
	    (rc = load_cache(root, "l1", &m->l1, err)) ||
	    (rc = load_cache(root, "l2", &m->l2, err)) ||
	    (rc = load_cache(root, "l3", &m->l3, err)))
		return rc;
	if (ntlb.v && (rc = load_geometry(&ntlb, &m->ntlb, err)))
		return rc;
	m->l1_unified = !m->l1i[0].holds;
	if (host_unified != m->pwc_unified)
		return json_fail(root, SIM_ERANGE, err,
				 "pwc and host_pwc must both be unified, or neither");
	return 0;
}

int machine_load(struct machine *m, const char *path, struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_open(path, &doc, &root, err);

	if (rc)
		return rc;
	memset(m, 0, sizeof(*m));
	m->pte_cache = PTE_CACHE_TABLES;
	rc = load(m, &root, err);
	if (!rc) {
		char where[192];

		rc = machine_check(m, json_path(&root, where, sizeof(where)), err);
	}
	json_decref(doc);
	return rc;
}
