/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * probe.h - what this machine offers to a replay on its KVM
 *
 * Looks, changes nothing. What is missing is a result, never an error: the strings are empty, the numbers 0.
 * Which MMU KVM uses is not believed but tried: behaviour.h.
 */
#ifndef SIM_KVM_PROBE_H
#define SIM_KVM_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "kvm/behaviour.h"

struct kvm_paths {
	const char *device; /* "/dev/kvm" */
	const char *root;   /* stands in front of /proc and /sys; "" */
};

/* What KVM's modules say of themselves. */
enum kvm_param {
	KVM_PARAM_EPT,		 /* kvm_intel.ept */
	KVM_PARAM_NPT,		 /* kvm_amd.npt */
	KVM_PARAM_PVM,		 /* "loaded" with kvm_pvm, which has no hardware to lean on */
	KVM_PARAM_TDP_MMU,	 /* kvm.tdp_mmu */
	KVM_PARAM_MMIO_CACHING,	 /* kvm.mmio_caching */
	KVM_PARAM_NX_HUGE_PAGES, /* kvm.nx_huge_pages */
	KVM_PARAM_EAGER_ZAP_UNSYNC, /* kvm.eager_zap_unsync_children; not every KVM has it */
	KVM_PARAM_COUNT
};

/* Extensions of KVM that replay uses. */
enum kvm_extension {
	KVM_EXTENSION_USER_MEMORY,
	KVM_EXTENSION_SET_TSS_ADDR,
	KVM_EXTENSION_EXT_CPUID,
	KVM_EXTENSION_SYNC_MMU,
	KVM_EXTENSION_READONLY_MEM,
	KVM_EXTENSION_IMMEDIATE_EXIT,
	KVM_EXTENSION_BINARY_STATS,
	KVM_EXTENSION_COUNT
};

struct kvm_extension_info {
	const char *name;
	bool is_needed; /* without it there is no replay */
};
extern const struct kvm_extension_info kvm_extension_info[KVM_EXTENSION_COUNT];

struct kvm_cpu {
	char vendor[16], name[64];
	unsigned family, model, stepping;
	bool has_amx, has_avx512; /* a hypervisor may hide the model, rarely these */
};

struct kvm_pages {
	char thp[16];		  /* always, madvise, never */
	uint64_t hugetlb[2];	  /* free pages of 2 MiB, of 1 GiB */
	uint64_t available_bytes; /* memory that can be had without swapping */
};

struct kvm_probe {
	int open_errno; /* of the device; 0: it opened */
	int api;	/* version; 12 is the only one */
	unsigned extension[KVM_EXTENSION_COUNT];
	char kernel[80];
	char param[KVM_PARAM_COUNT][24];
	struct kvm_cpu cpu;
	struct kvm_pages pages;
	char paranoid[8]; /* kernel.perf_event_paranoid */
	struct kvm_behaviour behaviour;
	enum kvm_mmu mmu; /* that it means */
};

const char *kvm_param_name(enum kvm_param p);

/* Fills *p. With a usable device a small guest runs for some milliseconds. */
void kvm_probe(struct kvm_probe *p, const struct kvm_paths *paths);

/* The device and the extensions that replay needs are there. */
bool kvm_probe_can_replay(const struct kvm_probe *p);

/* The model of models/machine that is nearest to this processor. */
const char *kvm_probe_machine(const struct kvm_cpu *cpu);

#endif
