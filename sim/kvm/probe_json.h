/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * probe_json.h - the probe's facts as JSON: what a measurement or a comparison keeps about its host
 */
#ifndef SIM_KVM_PROBE_JSON_H
#define SIM_KVM_PROBE_JSON_H

#include "base/json.h"
#include "kvm/probe.h"

/*
 * {"cpu": name, "family": 6, "model": .., "stepping": .., "kernel": .., "mmu": "shadow", "machine": model's name,
 *  "params": {"kvm.tdp_mmu": "N", ...}, "thp": "madvise"}; the caller owns it. NULL: out of memory.
 */
SIM_MUST_CHECK json_t *kvm_probe_json(const struct kvm_probe *p);

#endif
