/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/harvest.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "base/addr.h"

#define SLOT_SHIFT 32

void harvest_init(struct harvest *h)
{
	*h = (struct harvest){ .vm = -1 };
	map_init(&h->pages);
}

static size_t ring_bytes(const struct harvest *h)
{
	return h->size * sizeof(h->ring[0]);
}

void harvest_fini(struct harvest *h)
{
	if (h->ring)
		munmap(h->ring, ring_bytes(h));
	h->ring = NULL;
	map_fini(&h->pages);
}

int harvest_enable(struct harvest *h, int vm, uint32_t size, struct sim_error *err)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_DIRTY_LOG_RING_ACQ_REL,
				      .args = { size * sizeof(struct kvm_dirty_gfn) } };

	h->vm = vm;
	h->size = size;
	if (ioctl(vm, KVM_CHECK_EXTENSION, (unsigned long)cap.cap) <= 0)
		cap.cap = KVM_CAP_DIRTY_LOG_RING;
	if (ioctl(vm, KVM_CHECK_EXTENSION, (unsigned long)cap.cap) <= 0)
		return sim_fail(
			err, SIM_EUNSUP, "",
			"this KVM has no dirty rings: use bitmaps, or Linux 5.11 and later");
	if (!ioctl(vm, KVM_ENABLE_CAP, &cap))
		return SIM_OK;
	return sim_fail(
		err, SIM_EUNSUP, "",
		"KVM refuses a dirty ring of %" PRIu32
		" entries: %s; powers of two from 256 on will do, from 1024 on with PML",
		size, strerror(errno));
}

int harvest_map(struct harvest *h, int vcpu, struct sim_error *err)
{
	void *p = mmap(NULL, ring_bytes(h), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu,
		       (off_t)KVM_DIRTY_LOG_PAGE_OFFSET * PAGE_BYTES);

	if (p == MAP_FAILED)
		return sim_fail(err, SIM_EIO, "", "cannot map the vCPU's dirty ring: %s",
				strerror(errno));
	h->ring = p;
	return SIM_OK;
}

int harvest_collect(struct harvest *h, struct sim_error *err)
{
	for (;; h->next++) {
		struct kvm_dirty_gfn *e = &h->ring[h->next & (h->size - 1)];

		if (!(__atomic_load_n(&e->flags, __ATOMIC_ACQUIRE) & KVM_DIRTY_GFN_F_DIRTY))
			break;
		if (map_put(&h->pages, (uint64_t)e->slot << SLOT_SHIFT | e->offset, 1))
			return sim_fail_nomem(err);
		__atomic_store_n(&e->flags, KVM_DIRTY_GFN_F_RESET, __ATOMIC_RELEASE);
		h->entries++;
	}
	if (ioctl(h->vm, KVM_RESET_DIRTY_RINGS, 0) < 0)
		return sim_fail(err, SIM_EIO, "", "KVM_RESET_DIRTY_RINGS failed: %s",
				strerror(errno));
	return SIM_OK;
}

void harvest_take(struct harvest *h, uint32_t slot, uint64_t pages_of_slot, uint64_t *bitmap)
{
	for (uint64_t i = 0; i < pages_of_slot; i++) {
		uint64_t key = (uint64_t)slot << SLOT_SHIFT | i;

		if (map_get(&h->pages, key, NULL))
			bitmap[i / 64] |= (uint64_t)1 << (i % 64);
		map_del(&h->pages, key);
	}
}
