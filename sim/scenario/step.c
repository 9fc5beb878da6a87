/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/step.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "base/amount.h"
#include "scenario/guest.h"
#include "scenario/values.h"

#define GVA_MAX	   UINT64_MAX
#define GPA_MAX	   (((uint64_t)1 << 40) - 1) /* from there on: the payload's */
#define PAGES_MAX  ((uint64_t)1 << 20)
#define REPEAT_MAX ((uint64_t)1 << 16)
#define DEPTH_MAX  4

/* --- members --- */

typedef int read_value(const struct jnode *, uint64_t, uint64_t *, struct sim_error *);

static int read_flags(const struct jnode *n, uint64_t max, uint64_t *out, struct sim_error *err)
{
	(void)max;
	return values_flags(n, out, err);
}

static int read_count(const struct jnode *n, uint64_t max, uint64_t *out, struct sim_error *err)
{
	return json_as_u64(n, 1, max, out, err);
}

static int read_index(const struct jnode *n, uint64_t max, uint64_t *out, struct sim_error *err)
{
	return json_as_u64(n, 0, max, out, err);
}

static int read_order(const struct jnode *n, uint64_t max, uint64_t *out, struct sim_error *err)
{
	static const char *const names[] = { "up", "down", "scattered", NULL };
	unsigned order;
	int rc = json_as_enum(n, names, &order, err);

	(void)max;
	*out = rc ? 0 : order;
	return rc;
}

static const struct member {
	const char *key;
	read_value *read;
	uint64_t max;
	size_t at;
} members[] = {
	{ "gva", amount_read, GVA_MAX, offsetof(struct step, gva) },
	{ "pages", read_count, PAGES_MAX, offsetof(struct step, pages) },
	{ "stride", amount_read, GPA_MAX, offsetof(struct step, stride) },
	{ "order", read_order, 0, offsetof(struct step, order) },
	{ "level", read_count, GUEST_LEVELS, offsetof(struct step, level) },
	{ "table", read_count, GUEST_LEVELS, offsetof(struct step, table) },
	{ "space", read_index, GUEST_SPACES - 1, offsetof(struct step, space) },
	{ "flags", read_flags, 0, offsetof(struct step, flags) },
	{ "gpa", values_pages, GPA_MAX, offsetof(struct step, gpa) },
	{ "bytes", values_pages, GPA_MAX, offsetof(struct step, bytes) },
	{ "alias", values_pages, GPA_MAX, offsetof(struct step, alias) },
	{ "shadow_pages", read_count, PAGES_MAX, offsetof(struct step, n) },
	{ "times", read_count, REPEAT_MAX, offsetof(struct step, n) },
};

/* --- kinds --- */

#define KEYS(...)                                                                              \
	(const char *const[])                                                                  \
	{                                                                                      \
		__VA_ARGS__, NULL                                                              \
	}

/* The first n_needed members must be there. */
static const struct kind {
	const char *name;
	unsigned n_needed;
	const char *const *keys;
} kinds[STEP_KIND_COUNT] = {
	[STEP_LOAD] = { "load", 1, KEYS("gva", "pages", "stride", "order", "table") },
	[STEP_STORE] = { "store", 1, KEYS("gva", "pages", "stride", "order", "table") },
	[STEP_STORE_ENTRIES] = { "store_entries", 1,
				 KEYS("gva", "pages", "stride", "order", "level", "space",
				      "flags", "gpa") },
	[STEP_UNLINK] = { "unlink", 2, KEYS("gva", "level", "space") },
	[STEP_SPLIT] = { "split", 1, KEYS("gva", "space") },
	[STEP_INVLPG] = { "invlpg", 1, KEYS("gva", "pages", "stride", "order") },
	[STEP_CR3] = { "cr3", 1, KEYS("space") },
	[STEP_FAULT] = { "fault", 1,
			 KEYS("gva", "pages", "stride", "order", "write", "flags", "gpa") },
	[STEP_DISCARD] = { "discard", 2, KEYS("gpa", "bytes") },
	[STEP_MOVE] = { "move", 2, KEYS("gpa", "bytes") },
	[STEP_LOG_ON] = { "log_on", 1, KEYS("gpa") },
	[STEP_LOG_OFF] = { "log_off", 1, KEYS("gpa") },
	[STEP_LOG_GET] = { "log_get", 1, KEYS("gpa") },
	[STEP_SLOT_ADD] = { "slot_add", 2, KEYS("gpa", "bytes", "read_only", "alias") },
	[STEP_SLOT_DEL] = { "slot_del", 1, KEYS("gpa") },
	[STEP_QUOTA] = { "quota", 1, KEYS("shadow_pages") },
	[STEP_REPEAT] = { "repeat", 2, KEYS("times", "steps") },
};

static int read_members(struct step *s, const struct jnode *n, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(members) / sizeof(members[0]); i++) {
		struct jnode v = json_get(n, members[i].key);

		if (v.v)
			rc = members[i].read(&v, members[i].max,
					     (uint64_t *)(void *)((char *)s + members[i].at),
					     err);
	}
	return rc;
}

static int read_switches(struct step *s, const struct jnode *n, struct sim_error *err)
{
	struct jnode write = json_get(n, "write"), read_only = json_get(n, "read_only");
	int rc = write.v ? json_as_bool(&write, &s->write, err) : 0;

	if (!rc && read_only.v)
		rc = json_as_bool(&read_only, &s->read_only, err);
	return rc;
}

static int check_keys(const struct kind *k, const struct jnode *n, struct sim_error *err)
{
	int rc = json_only(n, k->keys, err);

	for (unsigned i = 0; !rc && i < k->n_needed; i++) {
		struct jnode v = json_get(n, k->keys[i]);

		if (!v.v)
			rc = json_fail(&v, SIM_EFORMAT, err, "missing");
	}
	return rc;
}

/* What members say together. */
static int check_step(struct step *s, const struct jnode *n, unsigned n_spaces,
		      struct sim_error *err)
{
	struct jnode space = json_get(n, "space"), level = json_get(n, "level");

	if (s->space != STEP_UNSET && s->space >= n_spaces)
		return json_fail(&space, SIM_ERANGE, err, "there are %u spaces, from 0",
				 n_spaces);
	if (s->kind == STEP_STORE_ENTRIES && s->gpa != STEP_UNSET && s->level > 2)
		return json_fail(&level, SIM_ERANGE, err, "a leaf is of level 1 or 2");
	if (s->kind == STEP_UNLINK && s->level < 2)
		return json_fail(&level, SIM_ERANGE, err,
				 "an entry that leads to a table is of level 2..4");
	if (s->stride == STEP_UNSET)
		s->stride = level_bytes((unsigned)s->level);
	return 0;
}

static int list_read(struct step_list *l, const struct jnode *n, unsigned n_spaces,
		     unsigned depth, struct sim_error *err);

static int read_step(struct step *s, const struct jnode *n, unsigned n_spaces, unsigned depth,
		     struct sim_error *err)
{
	struct jnode steps = json_get(n, "steps");
	char where[192];
	int rc = check_keys(&kinds[s->kind], n, err);

	s->where = sim_strdup(json_path(n, where, sizeof(where)));
	if (!s->where)
		return sim_fail_nomem(err);
	if (!rc)
		rc = read_members(s, n, err);
	if (!rc)
		rc = read_switches(s, n, err);
	if (!rc)
		rc = check_step(s, n, n_spaces, err);
	if (!rc && s->kind == STEP_REPEAT)
		rc = list_read(&s->body, &steps, n_spaces, depth + 1, err);
	if (!rc && s->kind == STEP_REPEAT && !s->body.n)
		rc = json_fail(&steps, SIM_EFORMAT, err, "nothing to repeat");
	return rc;
}

static int read_kind(const struct jnode *n, enum step_kind *kind, struct jnode *v,
		     struct sim_error *err)
{
	const char *names[STEP_KIND_COUNT + 1];

	for (unsigned k = 0; k < STEP_KIND_COUNT; k++)
		names[k] = kinds[k].name;
	names[STEP_KIND_COUNT] = NULL;
	if (json_only(n, names, err))
		return SIM_EFORMAT;
	if (json_object_size(n->v) != 1)
		return json_fail(n, SIM_EFORMAT, err, "a step is an object of one member");
	for (unsigned k = 0; k < STEP_KIND_COUNT; k++) {
		*v = json_get(n, names[k]);
		*kind = (enum step_kind)k;
		if (v->v)
			break;
	}
	return 0;
}

static int list_read(struct step_list *l, const struct jnode *n, unsigned n_spaces,
		     unsigned depth, struct sim_error *err)
{
	int rc = json_as_array(n, err);

	if (!rc && depth > DEPTH_MAX)
		rc = json_fail(n, SIM_ERANGE, err, "repeat within repeat more than %d deep",
			       DEPTH_MAX);
	if (rc)
		return rc;
	l->step = sim_calloc(json_len(n), sizeof(*l->step));
	if (!l->step)
		return sim_fail_nomem(err);
	for (size_t i = 0; !rc && i < json_len(n); i++) {
		struct jnode item = json_at(n, i), v;
		struct step *s = &l->step[l->n++];

		*s = (struct step){ .gva = STEP_UNSET,
				    .pages = 1,
				    .stride = STEP_UNSET,
				    .level = 1,
				    .table = STEP_UNSET,
				    .space = STEP_UNSET,
				    .flags = STEP_UNSET,
				    .gpa = STEP_UNSET,
				    .bytes = STEP_UNSET,
				    .alias = STEP_UNSET,
				    .n = STEP_UNSET };
		rc = read_kind(&item, &s->kind, &v, err);
		if (!rc)
			rc = read_step(s, &v, n_spaces, depth, err);
	}
	return rc;
}

int step_list_read(struct step_list *l, const struct jnode *n, unsigned n_spaces,
		   struct sim_error *err)
{
	return list_read(l, n, n_spaces, 0, err);
}

void step_list_fini(struct step_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		sim_free(l->step[i].where);
		step_list_fini(&l->step[i].body);
	}
	sim_free(l->step);
	*l = (struct step_list){ .n = 0 };
}

/* --- order --- */

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

/* Steps of about n / golden ratio, that meet every page. */
static uint64_t scattered(uint64_t i, uint64_t n)
{
	uint64_t by = n * 618 / 1000 + 1;

	while (gcd(by, n) != 1)
		by++;
	return i * by % n;
}

uint64_t step_nth(enum step_order order, uint64_t i, uint64_t n)
{
	switch (order) {
	case ORDER_DOWN:
		return n - 1 - i;
	case ORDER_SCATTERED:
		return scattered(i, n);
	case ORDER_UP:
		break;
	}
	return i;
}
