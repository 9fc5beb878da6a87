/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reference.h - what a real KVM counted, as a file that outlives the machine
 *
 *     {"name": "cow", "hash": "...",             of the scenario or trace file
 *      "mmu": "kvm-pvm", "kvm_version": 618, "no_mmio_caching": true,
 *      "host": {"page_size": "4K", "populate": true},
 *      "machine": {"kernel": ..., "processor": ..., "parameters": {...}},
 *      "runs": 5,
 *      "exact": {"pf_taken": 1024, ...},         the same in every run
 *      "loose": {"tlb_flush": [511, 512], ...},  the least and the most
 *      "dirty_pages": 0}
 *
 * Two recordings of the same counts on the same machine are the same bytes.
 */
#ifndef SIM_KVM_REFERENCE_H
#define SIM_KVM_REFERENCE_H

#include "base/err.h"
#include "kvm/compare.h"
#include "kvm/probe.h"
#include "kvm/stand_in.h"
#include "kvm/subject.h"

struct reference {
	char hash[40];
	struct stand_in who;
	struct host_config host;
	struct truth truth;
};

/* The text of a file, to be freed; NULL: out of memory, or an EXACT counter varied from run to run (said in *err). */
SIM_MUST_CHECK char *reference_text(const struct subject *s, const struct reference *r,
				    const struct kvm_probe *machine, struct sim_error *err);

/* SIM_EIO, SIM_EFORMAT, SIM_ERANGE with the JSON path. */
SIM_MUST_CHECK int reference_load(struct reference *r, const char *path, struct sim_error *err);

#endif
