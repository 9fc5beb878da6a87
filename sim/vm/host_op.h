/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * host_op.h - what the host and the VMM's process do to a simulated VM while its guest waits
 *
 * A technique that knows no host (native) is left alone by all that only changes what backs the
 * guest's memory.
 */
#ifndef SIM_VM_HOST_OP_H
#define SIM_VM_HOST_OP_H

#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "vm/replayer.h"
#include "vm/vm.h"

/* SIM_ERANGE for what cannot be asked for, SIM_ESTATE for memory or slots that are not there,
 * SIM_ENOMEM. */
SIM_MUST_CHECK int vm_host_op(struct vm *vm, const struct host_op *op, struct sim_error *err);

/* Pages that the last HOST_OP_LOG_GET reported. */
uint64_t vm_dirty_pages(const struct vm *vm);

/* The VMM's process writes guest memory: the host's pages are there then. KVM does not see it. */
SIM_MUST_CHECK int vm_host_write(struct vm *vm, gpa_t gpa, uint64_t bytes,
				 struct sim_error *err);

#endif
