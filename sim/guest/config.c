/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guest/config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/json.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define ANY ((uint64_t)INT64_MAX)

enum member_kind { MEMBER_NUMBER, MEMBER_SIZE, MEMBER_PAGES, MEMBER_FLAG, MEMBER_WORD };

struct member {
	const char *name, *meaning;
	enum member_kind kind;
	size_t offset;
	uint64_t min, max;
	const char *const *words; /* MEMBER_WORD, NULL ends them */
};

static const char *const thp_words[] = { "always", "madvise", "never", NULL };
static const char *const unmapped_words[] = { "map", "fault", NULL };
static const char *const direct_words[] = { "2M", "1G", NULL };

#define NUMBER(field, min, max)                                                                \
	MEMBER_NUMBER, offsetof(struct guest_os_config, field), min, max, NULL
#define SIZE(field, min, max)                                                                  \
	MEMBER_SIZE, offsetof(struct guest_os_config, field), min, max, NULL
#define PAGES(field, min, max)                                                                 \
	MEMBER_PAGES, offsetof(struct guest_os_config, field), min, max, NULL
#define FLAG(field)	   MEMBER_FLAG, offsetof(struct guest_os_config, field), 0, 1, NULL
#define WORD(field, words) MEMBER_WORD, offsetof(struct guest_os_config, field), 0, 0, words

static const struct member members[] = {
	{ "memory", "RAM of the guest", SIZE(memory, 64 * MIB, 256 * GIB) },
	{ "fragmentation", "percent of 2M blocks with an unmovable page",
	  NUMBER(fragmentation, 0, 100) },
	{ "seed", "which blocks those are", NUMBER(seed, 0, ANY) },
	{ "direct_map", "largest leaves of the direct map: 2M, 1G",
	  WORD(direct_map, direct_words) },
	{ "kpti", "kernel page-table isolation", FLAG(kpti) },
	{ "pcid", "process-context identifiers", FLAG(pcid) },
	{ "thp", "huge pages: always, madvise, never", WORD(thp, thp_words) },
	{ "thp_zero_page", "the huge zero page, for reads", FLAG(thp_zero_page) },
	{ "khugepaged_scan", "accesses between its scans; 0: none",
	  NUMBER(khugepaged_scan, 0, ANY) },
	{ "khugepaged_pages", "pages that a scan looks at",
	  NUMBER(khugepaged_pages, 512, ANY) },
	{ "khugepaged_max_ptes_none", "empty entries a collapse may fill",
	  NUMBER(khugepaged_max_ptes_none, 0, 511) },
	{ "fault_around", "what a file's read fault maps",
	  PAGES(fault_around, 4 * KIB, 2 * MIB) },
	{ "tlb_flush_ceiling", "pages above which a flush is full",
	  NUMBER(tlb_flush_ceiling, 0, ANY) },
	{ "stack_limit", "how far a stack may grow", SIZE(stack_limit, 4 * KIB, ANY) },
	{ "swap", "swap space", SIZE(swap, 0, 1024 * GIB) },
	{ "hugepages_2M", "hugetlb pages of 2M set aside", NUMBER(hugepages_2m, 0, 1 << 17) },
	{ "hugepages_1G", "hugetlb pages of 1G set aside", NUMBER(hugepages_1g, 0, 256) },
	{ "quantum", "accesses that an input runs at a time", NUMBER(quantum, 1, ANY) },
	{ "unmapped", "an access outside all: map, fault", WORD(unmapped, unmapped_words) },
	{ "unmapped_region", "what unmapped=map maps at a time",
	  PAGES(unmapped_region, 4 * KIB, GIB) },
};

enum { MEMBERS = sizeof(members) / sizeof(*members) };

/* Sources of the values, in Linux 6.1: khugepaged_pages = HPAGE_PMD_NR * 8, max_ptes_none = HPAGE_PMD_NR - 1 and
 * khugepaged_scan_sleep_millisecs = 10000 (mm/khugepaged.c), here 10 s at an access a nanosecond; fault_around_bytes =
 * 65536 (mm/memory.c); tlb_single_page_flush_ceiling = 33 (arch/x86/mm/tlb.c); _STK_LIM = 8 MiB
 * (include/uapi/linux/resource.h); TRANSPARENT_HUGEPAGE_ALWAYS=y (Debian's config); quantum: a tick of HZ=250 (Debian's
 * config), 4 ms, at the same pace. */
struct guest_os_config guest_os_config_default(void)
{
	return (struct guest_os_config){ .memory = 4 * GIB,
					 .seed = 1,
					 .direct_map = GUEST_DIRECT_1G,
					 .pcid = true,
					 .thp = GUEST_THP_ALWAYS,
					 .thp_zero_page = true,
					 .khugepaged_scan = 10000000000,
					 .khugepaged_pages = 4096,
					 .khugepaged_max_ptes_none = 511,
					 .fault_around = 64 * KIB,
					 .tlb_flush_ceiling = 33,
					 .stack_limit = 8 * MIB,
					 .quantum = 4000000,
					 .unmapped = GUEST_UNMAPPED_MAP,
					 .unmapped_region = 2 * MIB };
}

static uint64_t *number_at(struct guest_os_config *c, const struct member *m)
{
	return (uint64_t *)(void *)((char *)c + m->offset);
}

static bool *flag_at(struct guest_os_config *c, const struct member *m)
{
	return (bool *)((char *)c + m->offset);
}

/* --- texts --- */

/* "64K" in bytes; false for anything else. */
static bool parse_size(const char *s, uint64_t *out)
{
	static const char units[] = "KMGT";
	const char *unit;
	uint64_t v = 0;
	unsigned shift = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (v > (ANY - 9) / 10)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	unit = *s ? strchr(units, *s) : NULL;
	if (unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		s++;
	}
	if (*s || v > ANY >> shift)
		return false;
	*out = v << shift;
	return true;
}

static const char *size_text(uint64_t v, char *buf, size_t n)
{
	static const char units[] = "TGMK";
	unsigned shift = 40;

	for (unsigned i = 0; v && i < 4; i++, shift -= 10) {
		if (!(v & (((uint64_t)1 << shift) - 1))) {
			snprintf(buf, n, "%" PRIu64 "%c", v >> shift, units[i]);
			return buf;
		}
	}
	snprintf(buf, n, "%" PRIu64, v);
	return buf;
}

/* NULL, or what is wrong with v. */
static const char *flaw(const struct member *m, uint64_t v, char *buf, size_t n)
{
	char min[32], max[32], own[32];
	bool is_size = m->kind != MEMBER_NUMBER;

	if (v < m->min || v > m->max) {
		snprintf(buf, n, "must be %s to %s, not %s",
			 size_text(is_size ? m->min : 0, min, 32), size_text(m->max, max, 32),
			 size_text(v, own, 32));
		if (!is_size)
			snprintf(buf, n, "must be %" PRIu64 " to %" PRIu64 ", not %" PRIu64,
				 m->min, m->max, v);
		return buf;
	}
	if ((m->kind == MEMBER_PAGES && (v & (v - 1))) || (is_size && v % PAGE_BYTES))
		return m->kind == MEMBER_PAGES ? "must be a power of two"
					       : "must be whole pages of 4K";
	return NULL;
}

/* --- as a whole --- */

static int check(const struct guest_os_config *c, const char *where, struct sim_error *err)
{
	uint64_t pool = c->hugepages_2m * 2 * MIB + c->hugepages_1g * GIB;

	if (pool + 64 * MIB <= c->memory)
		return 0;
	return sim_fail(err, SIM_ERANGE, where,
			"%" PRIu64 " MiB of hugetlb pages leave less than 64 MiB of %" PRIu64
			" MiB of memory: raise memory or set aside fewer",
			pool / MIB, c->memory / MIB);
}

static int read_word(struct guest_os_config *c, const struct member *m, const struct jnode *n,
		     struct sim_error *err)
{
	unsigned word;
	int rc = json_as_enum(n, m->words, &word, err);

	if (!rc)
		*number_at(c, m) = word;
	return rc;
}

static int read_size(struct guest_os_config *c, const struct member *m, const struct jnode *n,
		     struct sim_error *err)
{
	const char *s, *why;
	char text[160];
	int rc = json_as_str(n, &s, err);

	if (rc)
		return rc;
	if (!parse_size(s, number_at(c, m)))
		return json_fail(n, SIM_EFORMAT, err,
				 "must be a size such as \"64K\", not \"%s\"", s);
	why = flaw(m, *number_at(c, m), text, sizeof(text));
	return why ? json_fail(n, SIM_ERANGE, err, "%s", why) : 0;
}

static int read_member(struct guest_os_config *c, const struct member *m, const struct jnode *n,
		       struct sim_error *err)
{
	switch (m->kind) {
	case MEMBER_NUMBER:
		return json_as_u64(n, m->min, m->max, number_at(c, m), err);
	case MEMBER_SIZE:
	case MEMBER_PAGES:
		return read_size(c, m, n, err);
	case MEMBER_FLAG:
		return json_as_bool(n, flag_at(c, m), err);
	case MEMBER_WORD:
		return read_word(c, m, n, err);
	}
	return 0;
}

int guest_os_config_read(struct guest_os_config *c, const struct jnode *n,
			 struct sim_error *err)
{
	const char *keys[MEMBERS + 1] = { NULL };
	char where[192];
	int rc;

	*c = guest_os_config_default();
	if (!n->v)
		return 0;
	for (unsigned i = 0; i < MEMBERS; i++)
		keys[i] = members[i].name;
	rc = json_only(n, keys, err);
	for (unsigned i = 0; !rc && i < MEMBERS; i++) {
		struct jnode member = json_get(n, members[i].name);

		if (member.v)
			rc = read_member(c, &members[i], &member, err);
	}
	return rc ? rc : check(c, json_path(n, where, sizeof(where)), err);
}

static int set_word(struct guest_os_config *c, const struct member *m, const char *value,
		    struct sim_error *err)
{
	char all[96] = "";
	size_t at = 0;

	for (unsigned i = 0; m->words[i]; i++) {
		if (!strcmp(value, m->words[i])) {
			*number_at(c, m) = i;
			return 0;
		}
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s%s", i ? ", " : "",
				       m->words[i]);
	}
	return sim_fail(err, SIM_EFORMAT, m->name, "must be one of %s, not \"%s\"", all, value);
}

static int set_flag(struct guest_os_config *c, const struct member *m, const char *value,
		    struct sim_error *err)
{
	bool is_true = !strcmp(value, "true");

	if (!is_true && strcmp(value, "false"))
		return sim_fail(err, SIM_EFORMAT, m->name, "must be true or false, not \"%s\"",
				value);
	*flag_at(c, m) = is_true;
	return 0;
}

static int set_number(struct guest_os_config *c, const struct member *m, const char *value,
		      struct sim_error *err)
{
	char text[160];
	const char *why;
	uint64_t v;

	if (!parse_size(value, &v))
		return sim_fail(err, SIM_EFORMAT, m->name,
				"must be a number such as 64 or 64K, not \"%s\"", value);
	why = flaw(m, v, text, sizeof(text));
	if (why)
		return sim_fail(err, SIM_ERANGE, m->name, "%s", why);
	*number_at(c, m) = v;
	return check(c, m->name, err);
}

int guest_os_config_set(struct guest_os_config *c, const char *key, const char *value,
			struct sim_error *err)
{
	for (unsigned i = 0; i < MEMBERS; i++) {
		const struct member *m = &members[i];

		if (strcmp(m->name, key))
			continue;
		if (m->kind == MEMBER_WORD)
			return set_word(c, m, value, err);
		return m->kind == MEMBER_FLAG ? set_flag(c, m, value, err)
					      : set_number(c, m, value, err);
	}
	return sim_fail(err, SIM_EFORMAT, key, "is nothing that a guest has");
}

static json_t *member_json(struct guest_os_config *c, const struct member *m)
{
	char text[32];

	switch (m->kind) {
	case MEMBER_NUMBER:
		return json_integer((json_int_t)*number_at(c, m));
	case MEMBER_SIZE:
	case MEMBER_PAGES:
		return json_string(size_text(*number_at(c, m), text, sizeof(text)));
	case MEMBER_FLAG:
		return json_boolean(*flag_at(c, m));
	case MEMBER_WORD:
		return json_string(m->words[*number_at(c, m)]);
	}
	return NULL;
}

json_t *guest_os_config_json(const struct guest_os_config *c)
{
	struct guest_os_config copy = *c;
	json_t *o = json_object();

	for (unsigned i = 0; o && i < MEMBERS; i++) {
		if (json_object_set_new(o, members[i].name, member_json(&copy, &members[i]))) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

const char *guest_os_config_key(unsigned i, const char **meaning)
{
	if (i >= MEMBERS)
		return NULL;
	*meaning = members[i].meaning;
	return members[i].name;
}
