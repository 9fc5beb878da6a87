/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sim_replayer.h - the simulator as one side of a comparison
 */
#ifndef SIM_VM_SIM_REPLAYER_H
#define SIM_VM_SIM_REPLAYER_H

#include "vm/replayer.h"
#include "vm/vm.h"

/* A simulated VM for a normalised stream. Destroyed through r->ops. */
SIM_MUST_CHECK int sim_replayer_create(struct replayer *r, const struct vm_config *cfg,
				       const struct trace_meta *meta, struct sim_error *err);

#endif
