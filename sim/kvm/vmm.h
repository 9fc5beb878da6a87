/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vmm.h - one VM with one vCPU on /dev/kvm, and what it stops for
 *
 * Sources: Linux Documentation/virt/kvm/api.rst and include/uapi/linux/kvm.h.
 */
#ifndef SIM_KVM_VMM_H
#define SIM_KVM_VMM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct harvest;
struct kvm_run;

struct vmm {
	int kvm, vm, vcpu; /* file descriptors, -1: none */
	struct kvm_run *run;
	size_t run_bytes;
	int kick;		 /* the signal that ends vmm_run */
	struct harvest *harvest; /* of a vCPU with a dirty ring; NULL: there is none */
};

/* SIM_EUNSUP: no such device, or KVM lacks what replay needs; SIM_EIO: refused. */
SIM_MUST_CHECK int vmm_open(struct vmm *v, const char *device, struct sim_error *err);

/*
 * Gives it its vCPU. `kick`: a signal that the thread blocks. It ends vmm_run, and stays pending. Others do not:
 * their handlers are called, and the guest goes on.
 */
SIM_MUST_CHECK int vmm_add_vcpu(struct vmm *v, int kick, struct sim_error *err);

void vmm_close(struct vmm *v);

/*
 * Runs until the guest stores to gpa `doorbell`; *value is what it stored. Other accesses to no memory read 0.
 * SIM_EINTR: kicked; SIM_EIO, SIM_ENOMEM: KVM failed; SIM_ESTATE: the guest crashed.
 */
SIM_MUST_CHECK int vmm_run(struct vmm *v, uint64_t doorbell, uint64_t *value,
			   struct sim_error *err);

#endif
