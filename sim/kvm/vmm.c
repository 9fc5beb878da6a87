/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/vmm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "kvm/harvest.h"

#define API_VERSION   12	  /* the only one */
#define TSS_GPA	      0xfffbd000u /* three pages that old Intel hosts need, below 4 GiB */
#define CPUID_MAX     256	  /* entries; KVM_MAX_CPUID_ENTRIES of Linux */
#define KERNEL_SIGSET 8		  /* bytes of the kernel's sigset_t */

struct need {
	int number;
	const char *name;
};

static const struct need needs[] = {
	{ KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY" },
	{ KVM_CAP_SET_TSS_ADDR, "KVM_CAP_SET_TSS_ADDR" },
	{ KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID" },
	{ KVM_CAP_SYNC_MMU, "KVM_CAP_SYNC_MMU" },
	{ KVM_CAP_BINARY_STATS_FD, "KVM_CAP_BINARY_STATS_FD" },
};

static int fail_ioctl(struct sim_error *err, const char *name)
{
	int code = errno == ENOMEM ? SIM_ENOMEM : SIM_EIO;

	return sim_fail(err, code, "", "%s failed: %s", name, strerror(errno));
}

static int fail_open(struct sim_error *err, const char *device)
{
	switch (errno) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return sim_fail(
			err, SIM_EUNSUP, device,
			"no KVM here: load the module kvm_intel or kvm_amd; in a virtual machine, "
			"its host must offer nested virtualization");
	case EACCES:
	case EPERM:
		return sim_fail(
			err, SIM_EIO, device,
			"no permission: join the group kvm (usermod -aG kvm USER, then log in again)");
	}
	return sim_fail(err, SIM_EIO, device, "cannot open: %s", strerror(errno));
}

static int check_kvm(const struct vmm *v, const char *device, struct sim_error *err)
{
	int version = ioctl(v->kvm, KVM_GET_API_VERSION, 0);

	if (version != API_VERSION)
		return sim_fail(err, SIM_EUNSUP, device, "not a KVM of API version %d",
				API_VERSION);
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (ioctl(v->kvm, KVM_CHECK_EXTENSION, needs[i].number) <= 0)
			return sim_fail(err, SIM_EUNSUP, device,
					"this KVM lacks %s: use a newer kernel", needs[i].name);
	return SIM_OK;
}

int vmm_open(struct vmm *v, const char *device, struct sim_error *err)
{
	int rc;

	*v = (struct vmm){ .kvm = -1, .vm = -1, .vcpu = -1 };
	v->kvm = open(device, O_RDWR | O_CLOEXEC);
	if (v->kvm < 0)
		return fail_open(err, device);
	rc = check_kvm(v, device, err);
	if (rc)
		goto out;
	v->vm = ioctl(v->kvm, KVM_CREATE_VM, 0);
	if (v->vm < 0)
		rc = fail_ioctl(err, "KVM_CREATE_VM");
	else if (ioctl(v->vm, KVM_SET_TSS_ADDR, (unsigned long)TSS_GPA) < 0)
		rc = fail_ioctl(err, "KVM_SET_TSS_ADDR");
out:
	if (rc)
		vmm_close(v);
	return rc;
}

/* The processor's features, as KVM offers them. */
static int set_cpuid(struct vmm *v, struct sim_error *err)
{
	struct kvm_cpuid2 *c = sim_calloc(1, sizeof(*c) + CPUID_MAX * sizeof(c->entries[0]));
	int rc = SIM_OK;

	if (!c)
		return sim_fail_nomem(err);
	c->nent = CPUID_MAX;
	if (ioctl(v->kvm, KVM_GET_SUPPORTED_CPUID, c) < 0)
		rc = fail_ioctl(err, "KVM_GET_SUPPORTED_CPUID");
	else if (ioctl(v->vcpu, KVM_SET_CPUID2, c) < 0)
		rc = fail_ioctl(err, "KVM_SET_CPUID2");
	sim_free(c);
	return rc;
}

/* While KVM_RUN runs, the kick is let in. */
static int set_signal_mask(struct vmm *v, struct sim_error *err)
{
	union {
		struct kvm_signal_mask mask;
		unsigned char bytes[sizeof(struct kvm_signal_mask) + KERNEL_SIGSET];
	} u;
	sigset_t set;

	pthread_sigmask(SIG_BLOCK, NULL, &set);
	sigdelset(&set, v->kick);
	u.mask.len = KERNEL_SIGSET;
	memcpy(u.bytes + sizeof(u.mask), &set, KERNEL_SIGSET);
	return ioctl(v->vcpu, KVM_SET_SIGNAL_MASK, &u.mask) < 0
		       ? fail_ioctl(err, "KVM_SET_SIGNAL_MASK")
		       : SIM_OK;
}

static int map_run(struct vmm *v, struct sim_error *err)
{
	int bytes = ioctl(v->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	void *p;

	if (bytes < (int)sizeof(struct kvm_run))
		return fail_ioctl(err, "KVM_GET_VCPU_MMAP_SIZE");
	p = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, v->vcpu, 0);
	if (p == MAP_FAILED)
		return fail_ioctl(err, "mapping the vCPU");
	v->run = p;
	v->run_bytes = (size_t)bytes;
	return SIM_OK;
}

int vmm_add_vcpu(struct vmm *v, int kick, struct sim_error *err)
{
	int rc;

	v->kick = kick;
	v->vcpu = ioctl(v->vm, KVM_CREATE_VCPU, 0);
	if (v->vcpu < 0)
		return fail_ioctl(err, "KVM_CREATE_VCPU");
	rc = map_run(v, err);
	if (!rc)
		rc = set_cpuid(v, err);
	return rc ? rc : set_signal_mask(v, err);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void vmm_close(struct vmm *v)
{
	if (v->run)
		munmap(v->run, v->run_bytes);
	v->run = NULL;
	close_fd(&v->vcpu);
	close_fd(&v->vm);
	close_fd(&v->kvm);
}

static int fail_run(struct sim_error *err)
{
	switch (errno) {
	case EINTR:
		return sim_fail(
			err, SIM_EINTR, "",
			"the guest was stopped; allow it more time, or use smaller batches");
	case EFAULT:
		return sim_fail(
			err, SIM_EIO, "",
			"KVM_RUN failed: guest memory is not mapped in this process, or "
			"the file behind it was cut or its file system is full");
	case ENOMEM:
		return sim_fail(err, SIM_ENOMEM, "",
				"KVM_RUN failed: the host has no memory left");
	}
	return sim_fail(err, SIM_EIO, "", "KVM_RUN failed: %s", strerror(errno));
}

static int fail_exit(const struct kvm_run *run, struct sim_error *err)
{
	switch (run->exit_reason) {
	case KVM_EXIT_SHUTDOWN:
		return sim_fail(
			err, SIM_ESTATE, "",
			"the guest shut down (triple fault): its tables do not map the replay "
			"program, or this host cannot run it");
	case KVM_EXIT_INTERNAL_ERROR:
		return sim_fail(err, SIM_EIO, "",
				"KVM gave up: internal error, suberror %" PRIu32,
				run->internal.suberror);
	case KVM_EXIT_FAIL_ENTRY:
		return sim_fail(
			err, SIM_EIO, "",
			"the processor refused to enter the guest: hardware reason 0x%" PRIx64,
			(uint64_t)run->fail_entry.hardware_entry_failure_reason);
	}
	return sim_fail(err, SIM_EIO, "",
			"KVM stopped the guest for an exit nobody expects: %" PRIu32,
			run->exit_reason);
}

static bool is_kicked(const struct vmm *v)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, v->kick);
}

/* KVM_RUN until it comes back for another reason than somebody's signal. */
static int enter_guest(const struct vmm *v)
{
	int rc;

	do
		rc = ioctl(v->vcpu, KVM_RUN, 0);
	while (rc < 0 && (errno == EAGAIN || (errno == EINTR && !is_kicked(v))));
	return rc;
}

static void answer_load(struct kvm_run *run)
{
	if (!run->mmio.is_write)
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
}

/* The guest may go on as soon as the ring is empty. */
static int harvest_full(struct vmm *v, struct sim_error *err)
{
	v->harvest->full++;
	return harvest_collect(v->harvest, err);
}

int vmm_run(struct vmm *v, uint64_t doorbell, uint64_t *value, struct sim_error *err)
{
	struct kvm_run *run = v->run;
	int rc;

	for (;;) {
		if (enter_guest(v) < 0)
			return fail_run(err);
		if (run->exit_reason == KVM_EXIT_DIRTY_RING_FULL && v->harvest) {
			rc = harvest_full(v, err);
			if (rc)
				return rc;
			continue;
		}
		if (run->exit_reason != KVM_EXIT_MMIO)
			return fail_exit(run, err);
		if (run->mmio.is_write && run->mmio.phys_addr == doorbell)
			break;
		answer_load(run);
	}
	*value = 0;
	memcpy(value, run->mmio.data, run->mmio.len);
	return SIM_OK;
}
