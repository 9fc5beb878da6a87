/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plain_replayer.h - the accesses of a stream made by this process itself: no VM, the same loop
 *
 * Runs a copy of the guest's replay program (payload_code.h) on memory of its own, laid out and aligned as the guest's
 * virtual memory. The stream may hold loads and stores only; events do nothing.
 */
#ifndef SIM_KVM_PLAIN_REPLAYER_H
#define SIM_KVM_PLAIN_REPLAYER_H

#include <stdint.h>

#include "kvm/encode.h"
#include "vm/replayer.h"

struct plain_config {
	uint64_t gva, bytes; /* the memory, all present from the start */
	unsigned page_level; /* LEVEL_4K, LEVEL_2M: the kernel is asked for them */
	struct encode_style style;
};

/* SIM_EIO: no such memory to be had; SIM_ENOMEM. An access elsewhere is SIM_ESTATE. */
SIM_MUST_CHECK int plain_replayer_create(struct replayer *r, const struct plain_config *cfg,
					 struct sim_error *err);

/* Thread CPU time of its accesses. */
uint64_t plain_replayer_ns(const struct replayer *r);

#endif
