/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kvm_replayer.h - a real VM on /dev/kvm as one side of a comparison
 *
 * One vCPU in 64-bit mode, guest memory with the layout of the stream, the payload of vm/payload.h in a memory slot of
 * its own. A batch is written into the payload's buffer and run until the doorbell rings.
 *
 * Threads: everything on the thread that created it.
 * place(): hpa 0 when the system hides frame numbers (they need CAP_SYS_ADMIN).
 */
#ifndef SIM_KVM_KVM_REPLAYER_H
#define SIM_KVM_KVM_REPLAYER_H

#include <stdint.h>

#include "kvm/encode.h"
#include "mem/host.h"
#include "trace/meta.h"
#include "vm/board_op.h"
#include "vm/replayer.h"

#define KVM_DEADLINE_MS 20000u /* long for any batch on any host */

struct kvm_config {
	const char *device;	 /* "/dev/kvm" */
	struct host_config host; /* page_level, prepopulated; layout is the kernel's */
	struct memory_plan
		memory; /* borrowed until kvm_replayer_create returns; is_real goes without saying */
	unsigned shadow_quota; /* KVM_SET_NR_MMU_PAGES; 0: KVM's default */
	unsigned deadline_ms;  /* for one batch; 0: KVM_DEADLINE_MS */
	unsigned dirty_ring;   /* entries; 0: the dirty log is a bitmap */
};

struct kvm_times {
	uint64_t guest_ns; /* thread CPU time inside KVM_RUN of batches */
	uint64_t batches;
};

/*
 * SIM_EUNSUP: no /dev/kvm, or it lacks what replay needs; SIM_EIO: no permission, KVM_RUN failed; SIM_ENOMEM;
 * SIM_ESTATE: the guest does not do what the stream says (record named); SIM_EINTR: it did not come back in time.
 * After an error the VM is only good for destroy.
 */
SIM_MUST_CHECK int kvm_replayer_create(struct replayer *r, const struct kvm_config *cfg,
				       const struct trace_meta *meta, struct sim_error *err);

/* How lists of loads and stores are made from now on. */
void kvm_replayer_set_style(struct replayer *r, const struct encode_style *style);

/* The guest's memory; it changes between two batches. */
struct board *kvm_replayer_board(const struct replayer *r);

/* Of a replayer made here. */
struct kvm_times kvm_replayer_times(const struct replayer *r);

/* What its dirty ring has seen; all 0 without one. */
struct kvm_ring_use {
	uint64_t full, entries; /* exits for a nearly full ring; entries collected */
};
struct kvm_ring_use kvm_replayer_ring(const struct replayer *r);

/* Makes the guest go from CPL 3 to its kernel (ud2) and back n times, as it does for a CR3 load or INVLPG. */
SIM_MUST_CHECK int kvm_replayer_trap(struct replayer *r, uint64_t n, struct sim_error *err);

/*
 * Makes the guest load 8 bytes at each gva, which its tables must map, through its real translation. It costs
 * what loads cost, so counters have to be read before.
 */
SIM_MUST_CHECK int kvm_replayer_read(struct replayer *r, const uint64_t *gva, size_t n,
				     uint64_t *out, struct sim_error *err);

/*
 * Marks each frame of guest RAM that is not a page table, and not the payload's, with its own number: the 8 bytes at
 * KVM_TAG_OFFSET. No record changes them, since its stores leave memory as it is. Populates the memory.
 */
#define KVM_TAG_OFFSET 0xff8u
SIM_MUST_CHECK int kvm_replayer_tag(struct replayer *r, struct sim_error *err);

#endif
