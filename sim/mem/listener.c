/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/listener.h"

#include "mem/address_space.h"
#include "mem/listener_notify.h"

struct memory_region_section listener_section(const struct address_space *as,
					      const struct flat_range *r)
{
	return (struct memory_region_section){
		.mr = r->mr,
		.as = as,
		.offset_within_region = r->offset_in_region,
		.offset_within_address_space = (uint64_t)r->start,
		.size = r->size,
		.readonly = r->readonly,
		.nonvolatile = r->nonvolatile,
	};
}

/* --- one call --- */

static int notify_plain(struct memory_listener *l, enum listener_call call,
			struct sim_error *err)
{
	int (*f)(struct memory_listener *, struct sim_error *) = NULL;

	if (call == LISTENER_BEGIN)
		f = l->begin;
	else if (call == LISTENER_COMMIT)
		f = l->commit;
	else if (call == LISTENER_LOG_GLOBAL_START)
		f = l->log_global_start;
	else if (call == LISTENER_LOG_GLOBAL_STOP)
		f = l->log_global_stop;
	return f ? f(l, err) : 0;
}

static int notify_section(struct memory_listener *l, const struct listener_notice *n,
			  struct sim_error *err)
{
	int (*f)(struct memory_listener *, const struct memory_region_section *,
		 struct sim_error *) = NULL;

	if (n->call == LISTENER_REGION_ADD)
		f = l->region_add;
	else if (n->call == LISTENER_REGION_DEL)
		f = l->region_del;
	else if (n->call == LISTENER_REGION_NOP)
		f = l->region_nop;
	else if (n->call == LISTENER_LOG_SYNC)
		f = l->log_sync;
	else if (n->call == LISTENER_LOG_CLEAR)
		f = l->log_clear;
	return f ? f(l, &n->section, err) : 0;
}

static int notify_log(struct memory_listener *l, const struct listener_notice *n,
		      struct sim_error *err)
{
	int (*f)(struct memory_listener *, const struct memory_region_section *, unsigned,
		 unsigned, struct sim_error *) =
		n->call == LISTENER_LOG_START ? l->log_start : l->log_stop;

	return f ? f(l, &n->section, n->old_mask, n->new_mask, err) : 0;
}

int listener_notify(struct memory_listener *l, const struct listener_notice *n,
		    struct sim_error *err)
{
	switch (n->call) {
	case LISTENER_BEGIN:
	case LISTENER_COMMIT:
	case LISTENER_LOG_GLOBAL_START:
	case LISTENER_LOG_GLOBAL_STOP:
		return notify_plain(l, n->call, err);
	case LISTENER_REGION_ADD:
	case LISTENER_REGION_DEL:
	case LISTENER_REGION_NOP:
	case LISTENER_LOG_SYNC:
	case LISTENER_LOG_CLEAR:
		return notify_section(l, n, err);
	case LISTENER_LOG_START:
	case LISTENER_LOG_STOP:
		return notify_log(l, n, err);
	}
	return 0;
}

/* --- all of them --- */

static bool is_backward(enum listener_call call)
{
	return call == LISTENER_REGION_DEL || call == LISTENER_LOG_STOP ||
	       call == LISTENER_LOG_GLOBAL_STOP;
}

static struct memory_listener *last(const struct memory *m)
{
	struct memory_listener *l = m->listeners;

	while (l && l->next)
		l = l->next;
	return l;
}

int listener_notify_all(struct memory *m, const struct address_space *as,
			const struct listener_notice *n, struct sim_error *err)
{
	bool backward = is_backward(n->call);
	struct memory_listener *l = backward ? last(m) : m->listeners;
	int rc = 0;

	for (; l && !rc; l = backward ? l->prev : l->next)
		if (!as || l->as == as)
			rc = listener_notify(l, n, err);
	return rc;
}

/* --- coming and going --- */

static void link_listener(struct memory *m, struct memory_listener *l)
{
	struct memory_listener **at = &m->listeners, *prev = NULL;

	while (*at && (*at)->priority <= l->priority) {
		prev = *at;
		at = &prev->next;
	}
	l->prev = prev;
	l->next = *at;
	if (l->next)
		l->next->prev = l;
	*at = l;
}

static void unlink_listener(struct memory *m, struct memory_listener *l)
{
	if (l->prev)
		l->prev->next = l->next;
	else
		m->listeners = l->next;
	if (l->next)
		l->next->prev = l->prev;
	l->as = NULL;
	l->next = l->prev = NULL;
}

static int tell(struct memory_listener *l, enum listener_call call, struct sim_error *err)
{
	return listener_notify(l, &(struct listener_notice){ .call = call }, err);
}

static int add_range(struct memory_listener *l, const struct flat_range *r,
		     struct sim_error *err)
{
	struct listener_notice n = { .call = LISTENER_REGION_ADD,
				     .section = listener_section(l->as, r),
				     .new_mask = r->dirty_log_mask };
	int rc = listener_notify(l, &n, err);

	n.call = LISTENER_LOG_START;
	if (!rc && n.new_mask)
		rc = listener_notify(l, &n, err);
	return rc;
}

static int del_range(struct memory_listener *l, const struct flat_range *r,
		     struct sim_error *err)
{
	struct listener_notice n = { .call = LISTENER_LOG_STOP,
				     .section = listener_section(l->as, r),
				     .old_mask = r->dirty_log_mask };
	int rc = 0, rc_del;

	if (n.old_mask)
		rc = listener_notify(l, &n, err);
	n.call = LISTENER_REGION_DEL;
	rc_del = listener_notify(l, &n, err);
	return rc ? rc : rc_del;
}

int memory_listener_register(struct memory_listener *l, struct address_space *as,
			     struct sim_error *err)
{
	const struct flat_view *v = as->view;
	int rc = memory_check(as->memory, err);

	if (rc)
		return rc;
	l->as = as;
	link_listener(as->memory, l);
	rc = tell(l, LISTENER_BEGIN, err);
	if (!rc && as->memory->log_is_global)
		rc = tell(l, LISTENER_LOG_GLOBAL_START, err);
	for (size_t i = 0; i < v->n && !rc; i++)
		rc = add_range(l, &v->range[i], err);
	if (!rc)
		rc = tell(l, LISTENER_COMMIT, err);
	if (rc) {
		as->memory->is_broken = true;
		unlink_listener(as->memory, l);
	}
	return rc;
}

int memory_listener_unregister(struct memory_listener *l, struct sim_error *err)
{
	struct address_space *as = l->as;
	int rc, first;

	if (!as)
		return 0;
	first = tell(l, LISTENER_BEGIN, err);
	for (size_t i = 0; i < as->view->n; i++) {
		rc = del_range(l, &as->view->range[i], err);
		first = first ? first : rc;
	}
	rc = tell(l, LISTENER_COMMIT, err);
	unlink_listener(as->memory, l);
	return first ? first : rc;
}
