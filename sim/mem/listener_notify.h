/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listener_notify.h - how a memory tells its listeners; for memory.c and listener.c alone */
#ifndef SIM_MEM_LISTENER_NOTIFY_H
#define SIM_MEM_LISTENER_NOTIFY_H

#include "mem/flatview.h"
#include "mem/listener.h"

enum listener_call {
	LISTENER_BEGIN,
	LISTENER_COMMIT,
	LISTENER_REGION_ADD,
	LISTENER_REGION_DEL,
	LISTENER_REGION_NOP,
	LISTENER_LOG_START,
	LISTENER_LOG_STOP,
	LISTENER_LOG_SYNC,
	LISTENER_LOG_CLEAR,
	LISTENER_LOG_GLOBAL_START,
	LISTENER_LOG_GLOBAL_STOP,
};

struct listener_notice {
	enum listener_call call;
	struct memory_region_section section;
	unsigned old_mask, new_mask; /* LOG_START, LOG_STOP */
};

struct memory_region_section listener_section(const struct address_space *as,
					      const struct flat_range *r);

/* Calls one listener, if it listens to that. */
SIM_MUST_CHECK int listener_notify(struct memory_listener *l, const struct listener_notice *n,
				   struct sim_error *err);

/* All of the memory, or those of one address space, in the order that the call has; stops at a failure. */
SIM_MUST_CHECK int listener_notify_all(struct memory *m, const struct address_space *as,
				       const struct listener_notice *n, struct sim_error *err);

#endif
