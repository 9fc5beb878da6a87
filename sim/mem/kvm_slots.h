/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kvm_slots.h - KVMSlot: guest RAM as the VMM registers it with KVM, kept in step with an address space
 *
 * A listener. Each RAM section becomes one slot, or several where it is longer than a slot may be. What is
 * not RAM, and a ROM device out of ROM mode, is none: KVM hands such accesses back (MMIO). A section's start is rounded
 * up to the host's page and its end down. A slot is never changed in place, but for the flag of its dirty log:
 * another layout is a delete and a create, and a shadow MMU throws away all it has at the delete.
 *
 * KVM_MEM_READONLY follows the region's own readonly, not that of an alias it is seen through: QEMU 7.2 maps
 * PAM's read-only RAM writable. A VMM that is not QEMU may do better: sees_aliases.
 *
 *     kvm_slots_init(&s, &ops, arg);
 *     memory_listener_register(&s.listener, as, &err);
 *
 * Every record goes to ops.set_region exactly as the ioctl KVM_SET_USER_MEMORY_REGION gets it.
 *
 * Sources: QEMU 7.2 accel/kvm/kvm-all.c (kvm_set_phys_mem, kvm_set_user_memory_region, kvm_mem_flags,
 * kvm_align_section), Linux include/uapi/linux/kvm.h.
 */
#ifndef SIM_MEM_KVM_SLOTS_H
#define SIM_MEM_KVM_SLOTS_H

#include <stdint.h>

#include "base/err.h"
#include "mem/listener.h"

/* struct kvm_userspace_memory_region, to the byte (kvm/ asserts it). */
struct kvm_slot_region {
	uint32_t slot;
	uint32_t flags;
	uint64_t guest_phys_addr;
	uint64_t memory_size; /* 0 deletes the slot */
	uint64_t userspace_addr;
};

#define KVM_SLOT_LOG_DIRTY_PAGES 1u /* KVM_MEM_LOG_DIRTY_PAGES */
#define KVM_SLOT_READONLY	 2u /* KVM_MEM_READONLY */

struct kvm_slots_ops {
	/* The ioctl; for a simulated VM what KVM does. */
	int (*set_region)(void *arg, const struct kvm_slot_region *r, struct sim_error *err);
	/* KVM_GET_DIRTY_LOG: bitmap has a bit a page of the slot, zeroed before. NULL: nobody logs. */
	int (*get_dirty_log)(void *arg, const struct kvm_slot_region *r, uint64_t *bitmap,
			     struct sim_error *err);
};

/* A slot in use (KVMSlot). */
struct kvm_slot {
	struct kvm_slot_region region;
	struct memory_region *mr;
	uint64_t offset_in_region;
	ram_addr_t ram_start; /* of its first page */
};

struct kvm_slots {
	struct memory_listener listener;
	const struct kvm_slots_ops *ops;
	void *arg;
	struct kvm_slot *slot; /* by slot number; memory_size 0: free */
	unsigned n, cap;
	unsigned max;	    /* slots that KVM has */
	uint64_t max_bytes; /* of a slot */
	uint64_t host_page; /* bytes */
	bool sees_aliases;  /* what is seen through a read-only alias is read-only to KVM too */
	uint64_t n_records; /* that went to KVM */
	/* Hears of each record that KVM took; NULL: nobody. */
	void (*told)(void *told_arg, const struct kvm_slot_region *r);
	void *told_arg;
};

#define KVM_SLOTS_MAX 32764u /* KVM_USER_MEM_SLOTS of x86; a real one is asked */
#define KVM_SLOTS_MAX_BYTES                                                                    \
	((uint64_t)1 << 42) /* below KVM_MEM_MAX_NR_PAGES, whole large pages */

void kvm_slots_init(struct kvm_slots *s, const struct kvm_slots_ops *ops, void *arg);
void kvm_slots_fini(struct kvm_slots *s);

/* The slot that holds gpa, or NULL. */
const struct kvm_slot *kvm_slots_find(const struct kvm_slots *s, gpa_t gpa);

/* Whether another slot can be had (a DIMM needs one). */
bool kvm_slots_have_free(const struct kvm_slots *s);

/* Takes the dirty log of one slot into the bitmaps of all clients that log it; *pages: how many the log had. */
SIM_MUST_CHECK int kvm_slots_sync(struct kvm_slots *s, const struct kvm_slot *slot,
				  uint64_t *pages, struct sim_error *err);

/* KVM_MEM_LOG_DIRTY_PAGES of one slot alone, on or off: what a VMM does that knows no clients of a dirty log.
 * SIM_ERANGE: it is so already. */
SIM_MUST_CHECK int kvm_slots_set_log(struct kvm_slots *s, const struct kvm_slot *slot, bool log,
				     struct sim_error *err);

#endif
