/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/guest_memory.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "mem/host_backing.h"

typedef struct kvm_userspace_memory_region kernel_region;

static_assert(sizeof(struct kvm_slot_region) == sizeof(kernel_region), "the record is KVM's");
static_assert(offsetof(struct kvm_slot_region, slot) == offsetof(kernel_region, slot), "slot");
static_assert(offsetof(struct kvm_slot_region, flags) == offsetof(kernel_region, flags),
	      "flags");
static_assert(offsetof(struct kvm_slot_region, guest_phys_addr) ==
		      offsetof(kernel_region, guest_phys_addr),
	      "guest_phys_addr");
static_assert(offsetof(struct kvm_slot_region, memory_size) ==
		      offsetof(kernel_region, memory_size),
	      "memory_size");
static_assert(offsetof(struct kvm_slot_region, userspace_addr) ==
		      offsetof(kernel_region, userspace_addr),
	      "userspace_addr");
static_assert(KVM_SLOT_LOG_DIRTY_PAGES == KVM_MEM_LOG_DIRTY_PAGES, "flags");
static_assert(KVM_SLOT_READONLY == KVM_MEM_READONLY, "flags");

static int fail_slot(const struct kvm_slot_region *r, const char *what, struct sim_error *err)
{
	return sim_fail(err, errno == ENOMEM ? SIM_ENOMEM : SIM_EIO, "",
			"KVM refuses to %s the memory slot 0x%" PRIx64 "..0x%" PRIx64 ": %s",
			what, r->guest_phys_addr, r->guest_phys_addr + r->memory_size,
			strerror(errno));
}

/* When the VM is closed, its slots have gone with it. */
static int set_region(void *arg, const struct kvm_slot_region *r, struct sim_error *err)
{
	const struct guest_memory *m = arg;

	if (m->vm < 0 || ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, r) >= 0)
		return SIM_OK;
	return fail_slot(r, r->memory_size ? "set" : "delete", err);
}

/* KVM_GET_DIRTY_LOG, or what its place takes. */
static int get_dirty_log(void *arg, const struct kvm_slot_region *r, uint64_t *bitmap,
			 struct sim_error *err)
{
	const struct guest_memory *m = arg;
	struct kvm_dirty_log log = { .slot = r->slot };
	int rc;

	if (m->vm >= 0 && m->harvest) {
		rc = harvest_collect(m->harvest, err);
		harvest_take(m->harvest, r->slot, r->memory_size / PAGE_BYTES, bitmap);
		return rc;
	}
	log.dirty_bitmap = bitmap;
	if (m->vm < 0 || ioctl(m->vm, KVM_GET_DIRTY_LOG, &log) >= 0)
		return SIM_OK;
	return fail_slot(r, "read the dirty log of", err);
}

/* Where no backend decides, the host's configuration does. A bare board's memory is like nobody's: never merged. */
static int alloc(void *arg, const struct backing_config *cfg, uint64_t bytes, struct backing *b,
		 struct sim_error *err)
{
	const struct guest_memory *m = arg;
	struct backing_config own = host_backing_config(&m->host, cfg);

	if (m->is_bare) {
		own.has_merge = false;
		own.has_reserve = own.has_prealloc;
	}
	return backing_map_alloc(b, &own, bytes, err);
}

static void release(void *arg, struct backing *b)
{
	(void)arg;
	backing_map_release(b);
}

static uint8_t *bytes_of(void *arg, const struct backing *b)
{
	(void)arg;
	return backing_map_bytes(b);
}

static const struct backing_ops backing_ops = {
	.alloc = alloc,
	.release = release,
	.bytes = bytes_of,
};

static const struct kvm_slots_ops slots_ops = {
	.set_region = set_region,
	.get_dirty_log = get_dirty_log,
};

int guest_memory_create(struct guest_memory *m, int vm, const struct host_config *host,
			const struct memory_plan *plan, const struct trace_meta *meta,
			struct sim_error *err)
{
	const struct board_config cfg = { .options = plan->options,
					  .parts = plan->parts,
					  .parts_name = plan->parts_name,
					  .backing = &backing_ops,
					  .backing_arg = m,
					  .kvm = &slots_ops,
					  .kvm_arg = m };
	int rc, slots;

	*m = (struct guest_memory){ .vm = vm, .is_bare = !plan->options, .host = *host };
	rc = board_op_create(&m->board, &cfg, meta, err);
	slots = rc ? -1 : ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_NR_MEMSLOTS);
	if (slots > 0)
		board_slots(m->board)->max = (unsigned)slots;
	return rc;
}

void guest_memory_destroy(struct guest_memory *m)
{
	m->vm = -1;
	board_destroy(m->board);
	m->board = NULL;
}

const struct kvm_slot *guest_memory_find(const struct guest_memory *m, uint64_t gpa,
					 uint64_t bytes)
{
	const struct kvm_slot *s = kvm_slots_find(board_slots(m->board), gpa_make(gpa));
	uint64_t at;

	if (!s)
		return NULL;
	at = gpa - s->region.guest_phys_addr;
	return bytes <= s->region.memory_size - at ? s : NULL;
}

static uint8_t *bytes_at(const struct kvm_slot *s, uint64_t gpa)
{
	return (uint8_t *)(uintptr_t)(s->region.userspace_addr +
				      (gpa - s->region.guest_phys_addr));
}

uint8_t *guest_memory_at(const struct guest_memory *m, uint64_t gpa, uint64_t bytes)
{
	const struct kvm_slot *s = guest_memory_find(m, gpa, bytes);

	return s ? bytes_at(s, gpa) : NULL;
}

int guest_memory_writable(const struct guest_memory *m, uint64_t gpa, uint64_t bytes,
			  uint8_t **at, struct sim_error *err)
{
	const struct kvm_slot *s = guest_memory_find(m, gpa, bytes);

	if (!s)
		return sim_fail(err, SIM_ESTATE, "",
				"gpa 0x%" PRIx64 " is not in the guest's memory", gpa);
	if (s->mr->ram_block->is_readonly)
		return sim_fail(err, SIM_ESTATE, "",
				"gpa 0x%" PRIx64
				" is to be written, but the memory backend '%s' there is "
				"readonly=on",
				gpa, s->mr->name);
	*at = bytes_at(s, gpa);
	return SIM_OK;
}
