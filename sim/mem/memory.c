/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/memory.h"

#include <assert.h>

#include "base/alloc.h"
#include "mem/address_space.h"
#include "mem/listener_notify.h"

void memory_init(struct memory *m, const struct backing_ops *ops, void *arg)
{
	*m = (struct memory){ 0 };
	ramlist_init(&m->ram, ops, arg);
}

static void free_regions(struct memory *m)
{
	while (m->regions) {
		struct memory_region *mr = m->regions;

		m->regions = mr->next;
		sim_free(mr->name);
		sim_free(mr);
	}
}

void memory_fini(struct memory *m)
{
	struct sim_error ignored = { 0 };

	while (m->listeners) {
		int rc = memory_listener_unregister(m->listeners, &ignored);

		(void)rc; /* it is off in any case */
	}
	while (m->first_as)
		address_space_destroy(m->first_as);
	sim_free(m->bounce.bytes);
	free_regions(m);
	ramlist_fini(&m->ram);
	*m = (struct memory){ 0 };
}

/* --- new views --- */

static void put_view(struct flat_view *v)
{
	if (v && --v->refs == 0)
		flatview_free(v);
}

static struct flat_view *next_view_of(const struct memory *m, const struct memory_region *root)
{
	for (const struct address_space *as = m->first_as; as; as = as->next)
		if (as->next_view && as->next_view->root == root)
			return as->next_view;
	return NULL;
}

static int render_one(struct memory *m, struct address_space *as, struct sim_error *err)
{
	struct memory_region *root = memory_region_flatview_root(as->root);
	struct flat_view *v = next_view_of(m, root);
	int rc = v ? 0 : flatview_create(&v, root, err);

	if (rc)
		return rc;
	v->refs++;
	as->next_view = v;
	return 0;
}

static void drop_next_views(struct memory *m)
{
	for (struct address_space *as = m->first_as; as; as = as->next) {
		put_view(as->next_view);
		as->next_view = NULL;
	}
}

static int render_all(struct memory *m, struct sim_error *err)
{
	int rc = 0;

	for (struct address_space *as = m->first_as; as && !rc; as = as->next)
		rc = render_one(m, as, err);
	if (rc)
		drop_next_views(m);
	return rc;
}

/* --- what is different --- */

static bool differs(const struct flat_range *a, const struct flat_range *b)
{
	return a->mr != b->mr || a->start != b->start || a->size != b->size ||
	       a->offset_in_region != b->offset_in_region || a->romd_mode != b->romd_mode ||
	       a->readonly != b->readonly || a->nonvolatile != b->nonvolatile;
}

/* The ranges of two views, abreast. */
struct pair {
	const struct flat_range *was, *is; /* NULL: not in that view */
};

static struct pair next_pair(const struct flat_view *was, const struct flat_view *is,
			     size_t *at_was, size_t *at_is)
{
	struct pair p = { *at_was < was->n ? &was->range[*at_was] : NULL,
			  *at_is < is->n ? &is->range[*at_is] : NULL };

	if (p.was && p.is && (p.was->start != p.is->start || differs(p.was, p.is))) {
		if (p.was->start <= p.is->start)
			p.is = NULL;
		else
			p.was = NULL;
	}
	*at_was += p.was != NULL;
	*at_is += p.is != NULL;
	return p;
}

static int notify_range(struct address_space *as, const struct pair *p, enum listener_call call,
			struct sim_error *err)
{
	struct listener_notice n = { .call = call,
				     .section = listener_section(as, p->is ? p->is : p->was),
				     .old_mask = p->was ? p->was->dirty_log_mask : 0,
				     .new_mask = p->is ? p->is->dirty_log_mask : 0 };

	return listener_notify_all(as->memory, as, &n, err);
}

static int keep_range(struct address_space *as, const struct pair *p, struct sim_error *err)
{
	unsigned was = p->was->dirty_log_mask, is = p->is->dirty_log_mask;
	int rc = notify_range(as, p, LISTENER_REGION_NOP, err);

	if (!rc && (is & ~was))
		rc = notify_range(as, p, LISTENER_LOG_START, err);
	if (!rc && (was & ~is))
		rc = notify_range(as, p, LISTENER_LOG_STOP, err);
	return rc;
}

enum pass { PASS_DEL, PASS_ADD };

static int update_range(struct address_space *as, const struct pair *p, enum pass pass,
			struct sim_error *err)
{
	if (pass == PASS_DEL)
		return p->is ? 0 : notify_range(as, p, LISTENER_REGION_DEL, err);
	if (!p->is)
		return 0;
	if (p->was)
		return keep_range(as, p, err);
	return notify_range(as, p, LISTENER_REGION_ADD, err);
}

static int update_pass(struct address_space *as, enum pass pass, struct sim_error *err)
{
	const struct flat_view *was = as->view, *is = as->next_view;
	size_t at_was = 0, at_is = 0;
	int rc = 0;

	while ((at_was < was->n || at_is < is->n) && !rc) {
		struct pair p = next_pair(was, is, &at_was, &at_is);

		rc = update_range(as, &p, pass, err);
	}
	return rc;
}

static int update(struct address_space *as, struct sim_error *err)
{
	int rc = update_pass(as, PASS_DEL, err);

	if (!rc)
		rc = update_pass(as, PASS_ADD, err);
	if (rc)
		return rc;
	put_view(as->view);
	as->view = as->next_view;
	as->next_view = NULL;
	return 0;
}

/* --- transactions --- */

int memory_check(const struct memory *m, struct sim_error *err)
{
	if (!m->is_broken)
		return 0;
	return sim_fail(err, SIM_ESTATE, "",
			"an earlier change of the guest's memory failed halfway: it cannot be "
			"changed any more, start the guest anew");
}

static int tell(struct memory *m, enum listener_call call, struct sim_error *err)
{
	int rc = listener_notify_all(m, NULL, &(struct listener_notice){ .call = call }, err);

	m->is_broken |= rc != 0;
	return rc;
}

static int commit(struct memory *m, struct sim_error *err)
{
	int rc = memory_check(m, err);

	if (!rc)
		rc = render_all(m, err);
	if (rc)
		return rc;
	rc = tell(m, LISTENER_BEGIN, err);
	for (struct address_space *as = m->first_as; as && !rc; as = as->next)
		rc = update(as, err);
	drop_next_views(m);
	m->is_broken |= rc != 0;
	if (rc)
		return rc;
	m->is_pending = false;
	return tell(m, LISTENER_COMMIT, err);
}

void memory_transaction_begin(struct memory *m)
{
	m->depth++;
}

int memory_transaction_commit(struct memory *m, struct sim_error *err)
{
	assert(m->depth);
	m->depth--;
	return m->depth || !m->is_pending ? 0 : commit(m, err);
}

/* --- dirty logs --- */

static int change_all(struct memory *m, struct sim_error *err)
{
	memory_transaction_begin(m);
	m->is_pending = true;
	return memory_transaction_commit(m, err);
}

int memory_global_dirty_log_start(struct memory *m, struct sim_error *err)
{
	int rc = memory_check(m, err);

	if (rc || m->log_is_global)
		return rc;
	m->log_is_global = true;
	rc = tell(m, LISTENER_LOG_GLOBAL_START, err);
	return rc ? rc : change_all(m, err);
}

int memory_global_dirty_log_stop(struct memory *m, struct sim_error *err)
{
	int rc = memory_check(m, err);

	if (rc || !m->log_is_global)
		return rc;
	m->log_is_global = false;
	rc = change_all(m, err);
	return rc ? rc : tell(m, LISTENER_LOG_GLOBAL_STOP, err);
}

int memory_global_dirty_log_sync(struct memory *m, struct sim_error *err)
{
	int rc = 0;

	for (struct memory_listener *l = m->listeners; l; l = l->next)
		for (size_t i = 0; i < l->as->view->n && !rc; i++) {
			const struct flat_range *r = &l->as->view->range[i];
			struct listener_notice n = { .call = LISTENER_LOG_SYNC,
						     .section = listener_section(l->as, r) };

			if (r->dirty_log_mask)
				rc = listener_notify(l, &n, err);
		}
	return rc;
}

/* A logged range of the region: what [offset, end) has of it. */
static int clear_range(struct memory_listener *l, const struct flat_range *r, uint64_t offset,
		       int128_t end, struct sim_error *err)
{
	struct listener_notice n = { .call = LISTENER_LOG_CLEAR,
				     .section = listener_section(l->as, r) };
	struct memory_region_section *s = &n.section;
	uint64_t skip = offset > s->offset_within_region ? offset - s->offset_within_region : 0;
	int128_t section_end = (int128_t)s->offset_within_region + s->size;

	s->offset_within_region += skip;
	s->offset_within_address_space += skip;
	s->size = (end < section_end ? end : section_end) - (int128_t)s->offset_within_region;
	return s->size > 0 ? listener_notify(l, &n, err) : 0;
}

int memory_region_log_clear(struct memory_region *mr, uint64_t offset, uint64_t bytes,
			    struct sim_error *err)
{
	int128_t end = (int128_t)offset + bytes;
	int rc = 0;

	for (struct memory_listener *l = mr->memory->listeners; l; l = l->next)
		for (size_t i = 0; i < l->as->view->n && !rc; i++) {
			const struct flat_range *r = &l->as->view->range[i];

			if (r->mr == mr && r->dirty_log_mask)
				rc = clear_range(l, r, offset, end, err);
		}
	return rc;
}
