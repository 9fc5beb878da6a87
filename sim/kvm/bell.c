/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/bell.h"

#include <inttypes.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "kvm/payload_code.h"

#define VECTOR_PF 14u

/* The stream's position of the word behind which rsi stands; false: it is not a record. */
static bool find_record(const struct encoder *e, uint64_t rsi, uint64_t *record)
{
	uint64_t word = (rsi - payload_gva(PAYLOAD_RECORDS)) / 8 - 1;

	if (word >= PAYLOAD_WORDS)
		return false;
	*record = e->record[word];
	return true;
}

void bell_locate(int vcpu, const struct encoder *e, struct sim_error *err)
{
	struct kvm_regs g;
	uint64_t record;

	if (!ioctl(vcpu, KVM_GET_REGS, &g) && find_record(e, g.rsi, &record))
		sim_error_where(err, "record %" PRIu64, record);
}

static int fail_page_fault(const struct kvm_regs *g, uint64_t cr2, struct sim_error *err)
{
	if (g->r12)
		return sim_fail(err, SIM_ESTATE, "",
				"the guest's page fault at 0x%" PRIx64
				" has the error code 0x%" PRIx64 "; the stream says 0x%" PRIx64
				" at 0x%" PRIx64,
				cr2, (uint64_t)g->rdx, (uint64_t)g->r13, (uint64_t)g->rdi);
	return sim_fail(err, SIM_ESTATE, "",
			"the guest raised a page fault at 0x%" PRIx64 " (error code 0x%" PRIx64
			") that the stream does not have",
			cr2, (uint64_t)g->rdx);
}

int bell_judge(int vcpu, const struct encoder *e, uint64_t value, struct sim_error *err)
{
	struct kvm_regs g;
	struct kvm_sregs s;
	int rc;

	if (value == PAYLOAD_BELL_END)
		return SIM_OK;
	if (ioctl(vcpu, KVM_GET_REGS, &g) < 0 || ioctl(vcpu, KVM_GET_SREGS, &s) < 0)
		return sim_fail(err, SIM_EIO, "", "cannot read the guest's registers");
	if (value == PAYLOAD_BELL_MISSED)
		rc = sim_fail(err, SIM_ESTATE, "",
			      "the stream says that the guest faults at 0x%" PRIx64
			      ", but the guest did not",
			      (uint64_t)g.rdi);
	else if (value == PAYLOAD_BELL_EXCEPTION + VECTOR_PF)
		rc = fail_page_fault(&g, s.cr2, err);
	else
		rc = sim_fail(err, SIM_ESTATE, "",
			      "the guest raised exception %" PRIu64 " (error code 0x%" PRIx64
			      ") at rip 0x%" PRIx64 ", address 0x%" PRIx64,
			      value - PAYLOAD_BELL_EXCEPTION, (uint64_t)g.rdx, (uint64_t)g.r15,
			      (uint64_t)g.rdi);
	bell_locate(vcpu, e, err);
	return rc;
}
