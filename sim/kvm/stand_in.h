/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stand_in.h - which KVM the simulator stands in for
 */
#ifndef SIM_KVM_STAND_IN_H
#define SIM_KVM_STAND_IN_H

#include <stdbool.h>

#include "base/err.h"
#include "kvm/probe.h"

struct stand_in {
	char mmu[24]; /* kvm-pvm, kvm-intel-shadow, kvm-intel-ept, kvm-amd-shadow, kvm-amd-npt */
	const char *technique; /* as in mmu_at(): spt, ept or npt */
	unsigned kvm_version;  /* as in mmu_config */
	bool no_mmio_caching;
	bool leave_unsync_children;
};

/* The KVM of this machine, by what its modules and its kernel say. SIM_EUNSUP: they do not. */
SIM_MUST_CHECK int stand_in_for(struct stand_in *s, const struct kvm_probe *p,
				struct sim_error *err);

/* The technique that models this MMU; NULL: the name is none of those above. */
const char *stand_in_technique(const char *mmu);

#endif
