/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rounds.h - a normalised stream in which each list of accesses is made several times
 *
 * A real guest can go through the list between two doorbells again without the VMM (PAYLOAD_OP_AGAIN): so what the
 * doorbell costs is shared by more accesses. This is the same stream written out, for the simulator. A list in which
 * the guest also does something else is made once, here and there.
 */
#ifndef SIM_KVM_ROUNDS_H
#define SIM_KVM_ROUNDS_H

#include <stdint.h>

#include "base/err.h"
#include "trace/record.h"
#include "vm/replayer.h"

enum rounds_payload { ROUNDS_KEEP_PAYLOAD, ROUNDS_DROP_PAYLOAD };

struct rounds_options {
	uint32_t rounds; /* at least 1 */
	enum rounds_payload
		payload; /* accesses of the replay program itself: a plain process makes none */
};

/* Hands what it makes of its batches to `inner`, whose owner it becomes: destroyed through r->ops. */
SIM_MUST_CHECK int rounds_create(struct replayer *r, const struct replayer *inner,
				 const struct rounds_options *o, struct sim_error *err);

#endif
