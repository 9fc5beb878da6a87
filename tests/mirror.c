/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "mirror.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

static struct mirror *of(struct memory_listener *l)
{
	return l->opaque;
}

static bool same(const struct memory_region_section *a, const struct memory_region_section *b)
{
	return a->mr == b->mr && a->as == b->as && a->size == b->size &&
	       a->offset_within_region == b->offset_within_region &&
	       a->offset_within_address_space == b->offset_within_address_space &&
	       a->readonly == b->readonly && a->nonvolatile == b->nonvolatile;
}

/* Where s is, or would be. */
static unsigned position(const struct mirror *m, const struct memory_region_section *s)
{
	unsigned i = 0;

	while (i < m->n &&
	       m->section[i].offset_within_address_space < s->offset_within_address_space)
		i++;
	return i;
}

static int128_t end(const struct memory_region_section *s)
{
	return (int128_t)s->offset_within_address_space + s->size;
}

static void enter(struct mirror *m, int phase, const struct memory_region_section *s)
{
	assert(m->phase != MIRROR_IDLE);
	assert((int)m->phase <= phase);
	if ((int)m->phase != phase)
		m->last = -1;
	assert((int128_t)s->offset_within_address_space > m->last);
	m->last = s->offset_within_address_space;
	m->phase = phase == MIRROR_ADDING ? MIRROR_ADDING : MIRROR_DELETING;
}

static int begin(struct memory_listener *l, struct sim_error *err)
{
	(void)err;
	assert(of(l)->phase == MIRROR_IDLE);
	of(l)->phase = MIRROR_DELETING;
	of(l)->last = -1;
	return 0;
}

static int commit(struct memory_listener *l, struct sim_error *err)
{
	(void)err;
	assert(of(l)->phase != MIRROR_IDLE);
	of(l)->phase = MIRROR_IDLE;
	of(l)->n_commits++;
	return 0;
}

static int region_add(struct memory_listener *l, const struct memory_region_section *s,
		      struct sim_error *err)
{
	struct mirror *m = of(l);
	unsigned i = position(m, s);

	(void)err;
	enter(m, MIRROR_ADDING, s);
	assert(m->n < MIRROR_MAX);
	assert(s->size > 0);
	assert(!i || end(&m->section[i - 1]) <= (int128_t)s->offset_within_address_space);
	assert(i == m->n || end(s) <= (int128_t)m->section[i].offset_within_address_space);
	memmove(m->section + i + 1, m->section + i, (m->n - i) * sizeof(*s));
	memmove(m->mask + i + 1, m->mask + i, (m->n - i) * sizeof(*m->mask));
	memmove(m->romd + i + 1, m->romd + i, (m->n - i) * sizeof(*m->romd));
	m->romd[i] = s->mr->romd_mode;
	m->section[i] = *s;
	m->mask[i] = memory_region_dirty_log_mask(s->mr);
	m->n++;
	return 0;
}

static int region_del(struct memory_listener *l, const struct memory_region_section *s,
		      struct sim_error *err)
{
	struct mirror *m = of(l);
	unsigned i = position(m, s);

	(void)err;
	enter(m, MIRROR_DELETING, s);
	assert(i < m->n && same(&m->section[i], s));
	m->n--;
	memmove(m->section + i, m->section + i + 1, (m->n - i) * sizeof(*s));
	memmove(m->mask + i, m->mask + i + 1, (m->n - i) * sizeof(*m->mask));
	memmove(m->romd + i, m->romd + i + 1, (m->n - i) * sizeof(*m->romd));
	return 0;
}

static int region_nop(struct memory_listener *l, const struct memory_region_section *s,
		      struct sim_error *err)
{
	struct mirror *m = of(l);
	unsigned i = position(m, s);

	(void)err;
	enter(m, MIRROR_ADDING, s);
	assert(i < m->n && same(&m->section[i], s));
	m->n_nops++;
	return 0;
}

static int log_start(struct memory_listener *l, const struct memory_region_section *s,
		     unsigned old_mask, unsigned new_mask, struct sim_error *err)
{
	struct mirror *m = of(l);
	unsigned i = position(m, s);

	(void)err;
	assert(i < m->n && same(&m->section[i], s));
	assert(new_mask & ~old_mask);
	m->mask[i] = new_mask;
	return 0;
}

static int log_stop(struct memory_listener *l, const struct memory_region_section *s,
		    unsigned old_mask, unsigned new_mask, struct sim_error *err)
{
	struct mirror *m = of(l);
	unsigned i = position(m, s);

	(void)err;
	assert(i < m->n && same(&m->section[i], s));
	assert(old_mask & ~new_mask);
	m->mask[i] = new_mask;
	return 0;
}

void mirror_init(struct mirror *m)
{
	*m = (struct mirror){ .listener = { .name = "mirror",
					    .opaque = m,
					    .begin = begin,
					    .commit = commit,
					    .region_add = region_add,
					    .region_del = region_del,
					    .region_nop = region_nop,
					    .log_start = log_start,
					    .log_stop = log_stop } };
}

void mirror_check(const struct mirror *m, const struct address_space *as)
{
	assert(m->phase == MIRROR_IDLE);
	assert(m->n == as->view->n);
	for (unsigned i = 0; i < m->n; i++) {
		const struct memory_region_section *s = &m->section[i];
		const struct flat_range *r = &as->view->range[i];

		assert(s->mr == r->mr && s->as == as && s->size == r->size);
		assert((int128_t)s->offset_within_address_space == r->start);
		assert(s->offset_within_region == r->offset_in_region);
		assert(s->readonly == r->readonly && s->nonvolatile == r->nonvolatile);
		assert(m->mask[i] == r->dirty_log_mask && m->romd[i] == r->romd_mode);
	}
}

static bool is_one(const struct flat_range *a, const struct flat_range *b)
{
	return a->start + a->size == b->start && a->mr == b->mr &&
	       a->offset_in_region + a->size == (int128_t)b->offset_in_region &&
	       a->dirty_log_mask == b->dirty_log_mask && a->romd_mode == b->romd_mode &&
	       a->readonly == b->readonly && a->nonvolatile == b->nonvolatile;
}

void mirror_check_view(const struct flat_view *v)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct flat_range *r = &v->range[i];

		assert(r->size > 0 && r->start >= 0 && r->start + r->size <= MEMORY_REGION_ALL);
		assert(memory_region_shows(r->mr));
		assert(!i || (r - 1)->start + (r - 1)->size <= r->start);
		assert(!i || !is_one(r - 1, r));
	}
}
