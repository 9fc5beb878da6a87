/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * deadline.h - a guest that does not come back in time is interrupted
 *
 * A timer sends the thread a signal that is blocked except inside KVM_RUN (KVM_SET_SIGNAL_MASK), so that none is
 * ever lost, and none delivered: no handler, nothing global. Everything on the thread that made it.
 */
#ifndef SIM_KVM_DEADLINE_H
#define SIM_KVM_DEADLINE_H

#include <stdbool.h>

#include "base/err.h"

struct deadline;

SIM_MUST_CHECK int deadline_create(struct deadline **d, struct sim_error *err);
void deadline_destroy(struct deadline *d);

/* The signal it sends. */
int deadline_signal(void);

void deadline_start(struct deadline *d, unsigned ms);

/* True: it has passed. */
bool deadline_stop(struct deadline *d);

#endif
