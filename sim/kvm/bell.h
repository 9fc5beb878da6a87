/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bell.h - why the guest rang, when a batch did not end as it should
 */
#ifndef SIM_KVM_BELL_H
#define SIM_KVM_BELL_H

#include <stdint.h>

#include "base/err.h"
#include "kvm/encode.h"

/* value: a PAYLOAD_BELL_*. 0 for the end of a batch, else SIM_ESTATE that names the record. */
SIM_MUST_CHECK int bell_judge(int vcpu, const struct encoder *e, uint64_t value,
			      struct sim_error *err);

/* Adds to a failure of KVM_RUN at which record the guest was. */
void bell_locate(int vcpu, const struct encoder *e, struct sim_error *err);

#endif
