/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/guest_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/alloc.h"

void guest_memory_init(struct guest_memory *m, int vm, const struct host_config *host)
{
	*m = (struct guest_memory){ .vm = vm, .host = *host };
}

void guest_memory_fini(struct guest_memory *m)
{
	for (size_t i = 0; i < m->n_mapping; i++)
		mapping_destroy(&m->mapping[i]);
	sim_free(m->mapping);
	sim_free(m->slot);
	*m = (struct guest_memory){ .vm = -1 };
}

static uint8_t *slot_hva(const struct guest_memory *m, const struct guest_slot *s)
{
	return m->mapping[s->mapping].base + s->offset;
}

static int fail_slot(const struct guest_slot *s, const char *what, struct sim_error *err)
{
	return sim_fail(err, errno == ENOMEM ? SIM_ENOMEM : SIM_EIO, "",
			"KVM refuses to %s the memory slot 0x%" PRIx64 "..0x%" PRIx64 ": %s",
			what, s->gpa, s->gpa + s->bytes, strerror(errno));
}

/* Tells KVM what the slot is now; 0 bytes delete it. */
static int tell_kvm(const struct guest_memory *m, const struct guest_slot *s, uint64_t bytes)
{
	struct kvm_userspace_memory_region r = {
		.slot = s->id,
		.flags = s->flags,
		.guest_phys_addr = s->gpa,
		.memory_size = bytes,
		.userspace_addr = (uintptr_t)slot_hva(m, s),
	};

	return ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &r);
}

static uint32_t free_id(const struct guest_memory *m)
{
	uint32_t id = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->slot[i].id == id) {
			id++;
			i = SIZE_MAX; /* start over */
		}
	return id;
}

static int insert(struct guest_memory *m, const struct guest_slot *s, struct sim_error *err)
{
	struct guest_slot new = *s;

	if (sim_grow((void **)&m->slot, &m->cap, m->n, sizeof(m->slot[0])))
		return sim_fail_nomem(err);
	new.id = free_id(m);
	if (tell_kvm(m, &new, new.bytes) < 0)
		return fail_slot(&new, "add", err);
	m->slot[m->n++] = new;
	return SIM_OK;
}

static int free_mapping(struct guest_memory *m, unsigned *index, struct sim_error *err)
{
	size_t i = 0;

	while (i < m->n_mapping && m->mapping[i].bytes)
		i++;
	if (i == m->n_mapping) {
		if (sim_grow((void **)&m->mapping, &m->cap_mapping, i, sizeof(m->mapping[0])))
			return sim_fail_nomem(err);
		m->mapping[m->n_mapping++] = (struct mapping){ 0 };
	}
	*index = (unsigned)i;
	return SIM_OK;
}

int guest_memory_add(struct guest_memory *m, uint64_t gpa, uint64_t bytes, uint32_t flags,
		     struct sim_error *err)
{
	struct guest_slot s = { .flags = flags, .gpa = gpa, .bytes = bytes };
	int rc;

	if (!bytes || (gpa | bytes) % PAGE_BYTES)
		return sim_fail(err, SIM_ERANGE, "",
				"a memory slot of 0x%" PRIx64 " bytes at gpa 0x%" PRIx64
				": both must be multiples of 4096",
				bytes, gpa);
	rc = free_mapping(m, &s.mapping, err);
	if (rc)
		return rc;
	rc = mapping_create(&m->mapping[s.mapping], bytes, gpa, &m->host, err);
	if (rc)
		return rc;
	rc = insert(m, &s, err);
	if (rc)
		mapping_destroy(&m->mapping[s.mapping]);
	return rc;
}

int guest_memory_add_alias(struct guest_memory *m, const struct guest_slot *s, uint64_t alias,
			   struct sim_error *err)
{
	const struct guest_slot *shown = guest_memory_find(m, alias, s->bytes);
	struct guest_slot new = *s;

	if (!shown)
		return sim_fail(err, SIM_ESTATE, "",
				"no memory slot holds the 0x%" PRIx64
				" bytes at gpa 0x%" PRIx64,
				s->bytes, alias);
	new.mapping = shown->mapping;
	new.offset = shown->offset + (alias - shown->gpa);
	return insert(m, &new, err);
}

static void release_mapping(struct guest_memory *m, unsigned index)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->slot[i].mapping == index)
			return;
	mapping_destroy(&m->mapping[index]);
}

static struct guest_slot *find_start(const struct guest_memory *m, uint64_t gpa,
				     struct sim_error *err)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->slot[i].gpa == gpa)
			return &m->slot[i];
	(void)sim_fail(err, SIM_ESTATE, "", "no memory slot starts at gpa 0x%" PRIx64, gpa);
	return NULL;
}

int guest_memory_del(struct guest_memory *m, uint64_t gpa, struct sim_error *err)
{
	struct guest_slot *s = find_start(m, gpa, err);
	unsigned mapping;

	if (!s)
		return SIM_ESTATE;
	if (tell_kvm(m, s, 0) < 0)
		return fail_slot(s, "delete", err);
	mapping = s->mapping;
	*s = m->slot[--m->n];
	release_mapping(m, mapping);
	return SIM_OK;
}

const struct guest_slot *guest_memory_find(const struct guest_memory *m, uint64_t gpa,
					   uint64_t bytes)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct guest_slot *s = &m->slot[i];

		if (gpa >= s->gpa && gpa - s->gpa < s->bytes &&
		    bytes <= s->bytes - (gpa - s->gpa))
			return s;
	}
	return NULL;
}

uint8_t *guest_memory_at(const struct guest_memory *m, uint64_t gpa, uint64_t bytes)
{
	const struct guest_slot *s = guest_memory_find(m, gpa, bytes);

	return s ? slot_hva(m, s) + (gpa - s->gpa) : NULL;
}

int guest_memory_log(struct guest_memory *m, uint64_t gpa, uint32_t flag, struct sim_error *err)
{
	struct guest_slot *s = find_start(m, gpa, err);

	if (!s)
		return SIM_ESTATE;
	s->flags = (s->flags & ~(uint32_t)KVM_MEM_LOG_DIRTY_PAGES) | flag;
	return tell_kvm(m, s, s->bytes) < 0 ? fail_slot(s, "log", err) : SIM_OK;
}

int guest_memory_dirty(struct guest_memory *m, uint64_t gpa, uint64_t *pages,
		       struct sim_error *err)
{
	struct guest_slot *s = find_start(m, gpa, err);
	struct kvm_dirty_log log = { 0 };
	uint64_t *bitmap, words;
	int rc = SIM_OK;

	if (!s)
		return SIM_ESTATE;
	words = (s->bytes / PAGE_BYTES + 63) / 64;
	bitmap = sim_calloc(words, sizeof(*bitmap));
	if (!bitmap)
		return sim_fail_nomem(err);
	log.slot = s->id;
	log.dirty_bitmap = bitmap;
	*pages = 0;
	if (ioctl(m->vm, KVM_GET_DIRTY_LOG, &log) < 0)
		rc = fail_slot(s, "read the dirty log of", err);
	for (uint64_t i = 0; !rc && i < words; i++)
		*pages += (uint64_t)__builtin_popcountll(bitmap[i]);
	sim_free(bitmap);
	return rc;
}
