/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guest's address spaces before the first step. */
#include <inttypes.h>

#include "base/addr.h"
#include "base/amount.h"
#include "scenario/parts.h"
#include "scenario/values.h"
#include "vm/payload.h"
#include "x86/ptformat.h"

#define GPA_MAX	  (PAYLOAD_GPA - 1)
#define PAGES_MAX ((uint64_t)1 << 20)

/* One element of "map". */
struct mapping {
	uint64_t gva, pages, stride, gpa, gpa_stride, flags;
	unsigned level, first_space, n_spaces;
};

static int own_slot(const struct jnode *n, uint64_t gva, struct sim_error *err)
{
	uint64_t top = level_index(gva, GUEST_LEVELS);

	if ((int64_t)(gva << 16) >> 16 != (int64_t)gva)
		return json_fail(n, SIM_ERANGE, err, "0x%" PRIx64 " is not canonical", gva);
	if (top == PAYLOAD_TOP_INDEX || top == level_index(GUEST_ALIAS, GUEST_LEVELS))
		return json_fail(n, SIM_ERANGE, err,
				 "the 512G from 0x%" PRIx64
				 " on are taken: by the alias area, or the replay's payload",
				 gva >> 39 << 39);
	return 0;
}

static int read_gva(const struct jnode *obj, uint64_t *gva, struct sim_error *err)
{
	struct jnode n = json_get(obj, "gva");
	int rc = amount_read(&n, UINT64_MAX, gva, err);

	if (!rc && *gva % PAGE_BYTES)
		rc = json_fail(&n, SIM_ERANGE, err, "must be a multiple of a page (4096)");
	return rc ? rc : own_slot(&n, *gva, err);
}

static int read_space(const struct guest *g, const struct jnode *obj, unsigned *space,
		      struct sim_error *err)
{
	struct jnode n = json_get(obj, "space");
	uint64_t v;
	int rc = json_as_u64(&n, 0, g->n_spaces - 1, &v, err);

	*space = rc ? 0 : (unsigned)v;
	return rc;
}

static int read_level(const struct jnode *obj, uint64_t min, unsigned *level,
		      struct sim_error *err)
{
	struct jnode n = json_get(obj, "level");
	uint64_t v;
	int rc = json_as_u64(&n, min, GUEST_LEVELS, &v, err);

	*level = rc ? 1 : (unsigned)v;
	return rc;
}

static int opt_amount(const struct jnode *obj, const char *key, uint64_t *out,
		      struct sim_error *err)
{
	struct jnode n = json_get(obj, key);

	return n.v ? values_pages(&n, GPA_MAX, out, err) : 0;
}

/* The gpa that leaves lead to: given, or that of one of the guest's own tables. */
static int read_target(struct guest *g, const struct jnode *obj, struct mapping *m,
		       struct sim_error *err)
{
	static const char *const keys[] = { "gva", "level", "space", NULL };
	struct jnode gpa = json_get(obj, "gpa"), of = json_get(obj, "table");
	struct jnode space_node = json_get(&of, "space");
	unsigned level = 1, space = 0;
	uint64_t gva = 0, *e;
	int rc;

	if (!of.v)
		return values_pages(&gpa, GPA_MAX, &m->gpa, err);
	if (gpa.v)
		return json_fail(&of, SIM_EFORMAT, err, "stands beside gpa: one of them");
	rc = json_only(&of, keys, err);
	if (!rc)
		rc = read_gva(&of, &gva, err);
	if (!rc)
		rc = read_level(&of, 1, &level, err);
	if (!rc && space_node.v)
		rc = read_space(g, &of, &space, err);
	if (rc)
		return rc;
	e = guest_entry(g, space, gva, level);
	if (!e)
		return json_fail(&of, SIM_ERANGE, err, "no such table so far");
	m->gpa = guest_entry_gpa(g, e) & ~(PAGE_BYTES - 1);
	return 0;
}

static int read_shape(struct mapping *m, const struct jnode *obj, struct sim_error *err)
{
	static const char *const sizes[] = { "4K", "2M", NULL };
	struct jnode size = json_get(obj, "page_size"), pages = json_get(obj, "pages");
	unsigned at = 0;
	int rc = size.v ? json_as_enum(&size, sizes, &at, err) : 0;

	m->level = LEVEL_4K + at;
	m->pages = 1;
	m->stride = m->gpa_stride = level_bytes(m->level);
	if (!rc && pages.v)
		rc = json_as_u64(&pages, 1, PAGES_MAX, &m->pages, err);
	if (!rc)
		rc = opt_amount(obj, "stride", &m->stride, err);
	return rc ? rc : opt_amount(obj, "gpa_stride", &m->gpa_stride, err);
}

static int check_shape(const struct mapping *m, const struct jnode *obj, struct sim_error *err)
{
	uint64_t bytes = level_bytes(m->level);
	struct jnode gva = json_get(obj, "gva");
	uint64_t last = m->gva + (m->pages - 1) * m->stride;

	if (m->level > LEVEL_4K &&
	    ((m->gva | m->gpa | m->stride | m->gpa_stride) & (bytes - 1)))
		return json_fail(obj, SIM_ERANGE, err,
				 "pages of 2M lie at multiples of 2M, of gva and of gpa");
	if (m->pages > UINT64_MAX / (m->stride ? m->stride : 1) || last < m->gva)
		return json_fail(obj, SIM_ERANGE, err, "the pages do not fit the space");
	return own_slot(&gva, last, err);
}

static int read_mapping(struct guest *g, struct mapping *m, const struct jnode *obj,
			struct sim_error *err)
{
	static const char *const keys[] = { "gva",	  "pages", "stride",	"gpa",
					    "gpa_stride", "flags", "page_size", "space",
					    "table",	  NULL };
	struct jnode flags = json_get(obj, "flags"), space = json_get(obj, "space");
	int rc = json_only(obj, keys, err);

	*m = (struct mapping){ .n_spaces = g->n_spaces };
	if (!rc)
		rc = read_gva(obj, &m->gva, err);
	if (!rc)
		rc = read_shape(m, obj, err);
	if (!rc)
		rc = values_flags(&flags, &m->flags, err);
	if (!rc && m->flags)
		rc = read_target(g, obj, m, err);
	if (!rc && space.v) {
		rc = read_space(g, obj, &m->first_space, err);
		m->n_spaces = 1;
	}
	return rc ? rc : check_shape(m, obj, err);
}

static int map_in(struct guest *g, const struct mapping *m, unsigned space,
		  const struct jnode *obj, struct sim_error *err)
{
	uint64_t leaf = m->level > LEVEL_4K ? PTE_PS : 0;

	for (uint64_t i = 0; i < m->pages; i++) {
		struct sim_error why = { 0 };
		uint64_t *e;
		int rc = guest_make_entry(g, space, m->gva + i * m->stride, m->level, &e, &why);

		if (rc)
			return json_fail(obj, rc, err, "%s", why.text);
		if (guest_points_to_table(*e, m->level))
			return json_fail(obj, SIM_ERANGE, err, "there are smaller pages there");
		*e = m->flags ? (m->gpa + i * m->gpa_stride) | m->flags | leaf : 0;
	}
	return 0;
}

int map_read(struct guest *g, const struct jnode *list, struct sim_error *err)
{
	int rc = list->v ? json_as_array(list, err) : 0;

	for (size_t i = 0; !rc && i < json_len(list); i++) {
		struct jnode obj = json_at(list, i);
		struct mapping m;

		rc = read_mapping(g, &m, &obj, err);
		for (unsigned k = 0; !rc && k < m.n_spaces; k++)
			rc = map_in(g, &m, m.first_space + k, &obj, err);
	}
	return rc;
}

/* --- links --- */

/* An entry above a leaf that leads to a table another entry leads to as well. */
struct link {
	uint64_t gva, to_gva, flags;
	unsigned space, to_space, level, to_level;
};

static int read_link(const struct guest *g, struct link *k, const struct jnode *obj,
		     struct sim_error *err)
{
	static const char *const keys[] = { "space", "gva", "level", "flags", "to", NULL };
	static const char *const to_keys[] = { "space", "gva", "level", NULL };
	struct jnode flags = json_get(obj, "flags"), to = json_get(obj, "to");
	struct jnode to_gva = json_get(&to, "gva"), to_level = json_get(&to, "level");
	int rc = json_only(obj, keys, err);

	*k = (struct link){ .flags = PTE_P | PTE_U | PTE_W | PTE_A };
	if (!rc)
		rc = read_space(g, obj, &k->space, err);
	if (!rc)
		rc = read_gva(obj, &k->gva, err);
	if (!rc)
		rc = read_level(obj, 2, &k->level, err);
	if (!rc && flags.v)
		rc = values_flags(&flags, &k->flags, err);
	if (!rc)
		rc = json_only(&to, to_keys, err);
	if (!rc)
		rc = read_space(g, &to, &k->to_space, err);
	k->to_gva = k->gva;
	k->to_level = k->level;
	if (!rc && to_gva.v)
		rc = read_gva(&to, &k->to_gva, err);
	if (!rc && to_level.v)
		rc = read_level(&to, 2, &k->to_level, err);
	return rc;
}

static int set_link(struct guest *g, const struct link *k, const struct jnode *obj,
		    struct sim_error *err)
{
	uint64_t *to = guest_entry(g, k->to_space, k->to_gva, k->to_level), *e;
	struct jnode to_node = json_get(obj, "to");
	struct sim_error why = { 0 };
	int rc;

	if (!to || !guest_points_to_table(*to, k->to_level))
		return json_fail(&to_node, SIM_ERANGE, err, "no table hangs there");
	rc = guest_make_entry(g, k->space, k->gva, k->level, &e, &why);
	if (rc)
		return json_fail(obj, rc, err, "%s", why.text);
	if (*e)
		return json_fail(obj, SIM_ERANGE, err, "something is mapped there already");
	*e = (*to & PTE_ADDR) | k->flags;
	return 0;
}

int map_links_read(struct guest *g, const struct jnode *list, struct sim_error *err)
{
	int rc = list->v ? json_as_array(list, err) : 0;

	for (size_t i = 0; !rc && i < json_len(list); i++) {
		struct jnode obj = json_at(list, i);
		struct link k;

		rc = read_link(g, &k, &obj, err);
		if (!rc)
			rc = set_link(g, &k, &obj, err);
	}
	return rc;
}
