/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/kvm_slots.h"

#include <inttypes.h>

#include "base/alloc.h"

/* The whole host pages of a section. */
struct piece {
	uint64_t gpa, bytes, offset_in_region;
};

static struct piece clip(const struct kvm_slots *s, const struct memory_region_section *section)
{
	uint64_t first = section->offset_within_address_space;
	uint64_t aligned = (first + s->host_page - 1) & ~(s->host_page - 1);
	uint64_t delta = aligned - first;

	if (section->size <= (int128_t)delta)
		return (struct piece){ .bytes = 0 };
	return (struct piece){ aligned, (uint64_t)(section->size - delta) & ~(s->host_page - 1),
			       section->offset_within_region + delta };
}

static uint32_t log_flag(const struct memory_region *mr)
{
	return memory_region_dirty_log_mask(mr) ? KVM_SLOT_LOG_DIRTY_PAGES : 0;
}

static uint32_t flags_of(const struct kvm_slots *s, const struct memory_region_section *section)
{
	bool readonly = section->mr->readonly || memory_region_is_romd(section->mr) ||
			(s->sees_aliases && section->readonly);

	return log_flag(section->mr) | (readonly ? KVM_SLOT_READONLY : 0);
}

static struct kvm_slots *slots_of(const struct memory_listener *l)
{
	return l->opaque;
}

static int tell_kvm(struct kvm_slots *s, const struct kvm_slot_region *r, struct sim_error *err)
{
	int rc = s->ops->set_region(s->arg, r, err);

	s->n_records += !rc;
	if (!rc && s->told)
		s->told(s->told_arg, r);
	return rc;
}

/* The lowest number that is free. */
static int alloc_slot(struct kvm_slots *s, unsigned *id, struct sim_error *err)
{
	size_t cap = s->cap;
	unsigned i = 0;

	while (i < s->n && s->slot[i].region.memory_size)
		i++;
	if (i == s->max)
		return sim_fail(err, SIM_ERANGE, NULL,
				"no free memory slot: KVM has %u, and all are in use", s->max);
	if (i == s->n) {
		if (sim_grow((void **)&s->slot, &cap, s->n, sizeof(*s->slot)))
			return sim_fail_nomem(err);
		s->cap = (unsigned)cap;
		s->slot[s->n++] = (struct kvm_slot){ .mr = NULL };
	}
	*id = i;
	return 0;
}

static int add_slot(struct kvm_slots *s, const struct memory_region_section *section,
		    const struct piece *p, struct sim_error *err)
{
	struct memory_region *mr = section->mr;
	struct kvm_slot new = {
		.region = { .flags = flags_of(s, section),
			    .guest_phys_addr = p->gpa,
			    .memory_size = p->bytes,
			    .userspace_addr =
				    ramblock_hva(mr->ram_block, p->offset_in_region).v },
		.mr = mr,
		.offset_in_region = p->offset_in_region,
		.ram_start = ramblock_addr(mr->ram_block, p->offset_in_region),
	};
	int rc = alloc_slot(s, &new.region.slot, err);

	if (!rc)
		rc = tell_kvm(s, &new.region, err);
	if (!rc)
		s->slot[new.region.slot] = new;
	return rc;
}

static struct kvm_slot *matching(const struct kvm_slots *s, const struct piece *p)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct kvm_slot_region *r = &s->slot[i].region;

		if (r->memory_size == p->bytes && r->guest_phys_addr == p->gpa && p->bytes)
			return &s->slot[i];
	}
	return NULL;
}

/* What its log still has is taken before the slot goes. */
static int del_slot(struct kvm_slots *s, const struct piece *p, struct sim_error *err)
{
	struct kvm_slot *slot = matching(s, p);
	struct kvm_slot_region gone;
	uint64_t pages;
	int rc = 0;

	if (!slot)
		return 0;
	if (slot->region.flags & KVM_SLOT_LOG_DIRTY_PAGES)
		rc = kvm_slots_sync(s, slot, &pages, err);
	if (rc)
		return rc;
	gone = slot->region;
	gone.memory_size = 0;
	gone.flags = 0;
	rc = tell_kvm(s, &gone, err);
	if (!rc)
		slot->region.memory_size = 0;
	return rc;
}

/* Splits a section into slots. */
static int for_each_slot(struct kvm_slots *s, const struct memory_region_section *section,
			 bool is_add, struct sim_error *err)
{
	struct piece rest = clip(s, section);
	int rc = 0;

	while (rest.bytes && !rc) {
		struct piece p = rest;

		if (p.bytes > s->max_bytes)
			p.bytes = s->max_bytes;
		rc = is_add ? add_slot(s, section, &p, err) : del_slot(s, &p, err);
		rest.gpa += p.bytes;
		rest.offset_in_region += p.bytes;
		rest.bytes -= p.bytes;
	}
	return rc;
}

/* A ROM device out of ROM mode has no slot, so that each access comes back. */
static bool wants_slots(const struct memory_region *mr)
{
	return memory_region_is_ram(mr) && (mr->kind != MEMORY_REGION_ROMD || mr->romd_mode);
}

static int region_add(struct memory_listener *l, const struct memory_region_section *section,
		      struct sim_error *err)
{
	return wants_slots(section->mr) ? for_each_slot(slots_of(l), section, true, err) : 0;
}

/* Also when the region has changed into one that wants none: what is there goes. */
static int region_del(struct memory_listener *l, const struct memory_region_section *section,
		      struct sim_error *err)
{
	return memory_region_is_ram(section->mr)
		       ? for_each_slot(slots_of(l), section, false, err)
		       : 0;
}

/* --- the dirty log --- */

static int set_flags(struct kvm_slots *s, struct kvm_slot *slot, uint32_t flags,
		     struct sim_error *err)
{
	struct kvm_slot_region changed = slot->region;
	int rc;

	changed.flags = flags;
	rc = tell_kvm(s, &changed, err);
	if (!rc)
		slot->region = changed;
	return rc;
}

static int update_flags(struct kvm_slots *s, struct kvm_slot *slot, struct sim_error *err)
{
	uint32_t flags = (slot->region.flags & KVM_SLOT_READONLY) | log_flag(slot->mr);

	return flags == slot->region.flags ? 0 : set_flags(s, slot, flags, err);
}

typedef int slot_change(struct kvm_slots *s, struct kvm_slot *slot, struct sim_error *err);

/* Does it to every slot of a section. */
static int for_section(struct memory_listener *l, const struct memory_region_section *section,
		       slot_change *change, struct sim_error *err)
{
	struct kvm_slots *s = slots_of(l);
	struct piece rest = clip(s, section);
	int rc = 0;

	while (rest.bytes && !rc) {
		struct piece p = rest;
		struct kvm_slot *slot;

		if (p.bytes > s->max_bytes)
			p.bytes = s->max_bytes;
		slot = matching(s, &p);
		if (slot)
			rc = change(s, slot, err);
		rest.gpa += p.bytes;
		rest.bytes -= p.bytes;
	}
	return rc;
}

static int log_start(struct memory_listener *l, const struct memory_region_section *section,
		     unsigned old_mask, unsigned new_mask, struct sim_error *err)
{
	(void)new_mask;
	return old_mask ? 0 : for_section(l, section, update_flags, err);
}

static int log_stop(struct memory_listener *l, const struct memory_region_section *section,
		    unsigned old_mask, unsigned new_mask, struct sim_error *err)
{
	(void)old_mask;
	return new_mask ? 0 : for_section(l, section, update_flags, err);
}

int kvm_slots_sync(struct kvm_slots *s, const struct kvm_slot *slot, uint64_t *pages,
		   struct sim_error *err)
{
	uint64_t n = slot->region.memory_size >> PAGE_SHIFT, *bitmap;
	struct memory *m = slot->mr->memory;
	unsigned clients = DIRTY_BIT(DIRTY_MEMORY_VGA) |
			   (m->log_is_global ? DIRTY_BIT(DIRTY_MEMORY_MIGRATION) : 0);
	int rc;

	*pages = 0;
	if (!s->ops->get_dirty_log)
		return 0;
	bitmap = sim_calloc((n + 63) / 64, sizeof(*bitmap));
	if (!bitmap)
		return sim_fail_nomem(err);
	rc = s->ops->get_dirty_log(s->arg, &slot->region, bitmap, err);
	if (!rc)
		*pages = dirty_set_from_log(&m->ram.dirty, slot->ram_start, bitmap, n, clients);
	sim_free(bitmap);
	return rc;
}

int kvm_slots_set_log(struct kvm_slots *s, const struct kvm_slot *slot, bool log,
		      struct sim_error *err)
{
	struct kvm_slot *own = &s->slot[slot->region.slot];
	bool logs = own->region.flags & KVM_SLOT_LOG_DIRTY_PAGES;

	if (log == logs)
		return sim_fail(
			err, SIM_ERANGE, NULL, "the memory slot at gpa 0x%" PRIx64 " is %s",
			own->region.guest_phys_addr, log ? "logged already" : "not logged");
	return set_flags(s, own, own->region.flags ^ KVM_SLOT_LOG_DIRTY_PAGES, err);
}

static int sync_slot(struct kvm_slots *s, struct kvm_slot *slot, struct sim_error *err)
{
	uint64_t pages;

	if (!(slot->region.flags & KVM_SLOT_LOG_DIRTY_PAGES))
		return 0;
	return kvm_slots_sync(s, slot, &pages, err);
}

static int log_sync(struct memory_listener *l, const struct memory_region_section *section,
		    struct sim_error *err)
{
	return for_section(l, section, sync_slot, err);
}

/* --- from outside --- */

void kvm_slots_init(struct kvm_slots *s, const struct kvm_slots_ops *ops, void *arg)
{
	*s = (struct kvm_slots){
		.ops = ops,
		.arg = arg,
		.max = KVM_SLOTS_MAX,
		.max_bytes = KVM_SLOTS_MAX_BYTES,
		.host_page = PAGE_BYTES,
		.listener = { .name = "kvm-memory",
			      .priority = 10,
			      .region_add = region_add,
			      .region_del = region_del,
			      .log_start = log_start,
			      .log_stop = log_stop,
			      .log_sync = log_sync },
	};
	s->listener.opaque = s;
}

void kvm_slots_fini(struct kvm_slots *s)
{
	sim_free(s->slot);
	s->slot = NULL;
	s->n = s->cap = 0;
}

const struct kvm_slot *kvm_slots_find(const struct kvm_slots *s, gpa_t gpa)
{
	for (unsigned i = 0; i < s->n; i++) {
		const struct kvm_slot_region *r = &s->slot[i].region;

		if (gpa.v - r->guest_phys_addr < r->memory_size)
			return &s->slot[i];
	}
	return NULL;
}

bool kvm_slots_have_free(const struct kvm_slots *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (!s->slot[i].region.memory_size)
			return true;
	return s->n < s->max;
}
