/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory backends and the DIMMs that plug them in. Source: QEMU 7.2 hw/mem/{pc-dimm,memory-device}.c, hw/i386/pc.c
 * (pc_memory_pre_plug), backends/hostmem.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/board_state.h"
#include "mem/memory_device.h"

#define ANONYMOUS_ALIGN ((uint64_t)2 << 20) /* QEMU_VMALLOC_ALIGN of x86 */

/* --- backends --- */

struct board_backend *board_backend_find(const struct board *b, const char *id)
{
	for (size_t i = 0; i < b->n_backend; i++)
		if (!strcmp(b->backend[i]->id, id))
			return b->backend[i];
	return NULL;
}

static bool is_object(const struct board *b, const char *id)
{
	for (size_t i = 0; i < b->options->n_object; i++)
		if (!strcmp(b->options->object[i].id, id))
			return true;
	return false;
}

static void backend_free(struct board_backend *k)
{
	if (k)
		backend_options_fini(&k->options);
	sim_free(k);
}

static struct board_backend *backend_copy(const struct backend_options *o)
{
	struct board_backend *k = sim_calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->options = *o;
	k->options.backing.mem_path = NULL;
	k->options.id = sim_strdup(o->id);
	k->id = k->options.id;
	if (o->backing.mem_path)
		k->options.backing.mem_path = sim_strdup(o->backing.mem_path);
	if (k->id && (!o->backing.mem_path || k->options.backing.mem_path))
		return k;
	backend_free(k);
	return NULL;
}

/* QEMU names the RAM block of a backend when something uses it; until then it has no name. */
static int backend_memory(struct board *b, struct board_backend *k, uint64_t like,
			  struct sim_error *err)
{
	const struct backend_options *o = &k->options;
	struct ramblock_config block = { .used_length = o->size, .backing = o->backing };
	struct memory_region_config cfg = { .kind = MEMORY_REGION_RAM,
					    .size = o->size,
					    .readonly = o->backing.is_readonly };
	char name[RAMBLOCK_IDSTR_MAX];
	int n, rc;

	n = snprintf(name, sizeof(name), "%s%s", o->has_x_use_canonical_path ? "/objects/" : "",
		     o->id);
	if (n < 0 || (size_t)n >= sizeof(name))
		return sim_fail(err, SIM_ERANGE, o->id, "an id has less than %d bytes",
				RAMBLOCK_IDSTR_MAX - 16);
	block.idstr = cfg.name = name;
	block.backing.like = gpa_make(like);
	rc = ramlist_add(&b->memory.ram, &block, &cfg.ram_block, err);
	if (rc)
		return rc;
	rc = memory_region_create(&b->memory, &cfg, &k->mr, err);
	if (rc)
		ramlist_remove(&b->memory.ram, cfg.ram_block);
	else
		cfg.ram_block->idstr[0] = 0;
	return rc;
}

int board_backend_create(struct board *b, const struct backend_options *o, uint64_t like,
			 struct board_backend **out, struct sim_error *err)
{
	int rc = memory_check(&b->memory, err);

	if (rc)
		return rc;
	if (board_backend_find(b, o->id) || is_object(b, o->id))
		return sim_fail(err, SIM_ESTATE, "",
				"attempt to add duplicate property '%s' to object (type "
				"'container')",
				o->id);
	if (!o->size)
		return sim_fail(err, SIM_ERANGE, "",
				"property 'size' of a memory backend doesn't take value '0'");
	if (sim_grow((void **)&b->backend, &b->cap_backend, b->n_backend, sizeof(*b->backend)))
		return sim_fail_nomem(err);
	*out = backend_copy(o);
	if (!*out)
		return sim_fail_nomem(err);
	rc = backend_memory(b, *out, like, err);
	if (rc) {
		backend_free(*out);
		return rc;
	}
	b->backend[b->n_backend++] = *out;
	return 0;
}

void board_backend_use(struct board_backend *k)
{
	k->is_mapped = true;
	snprintf(k->mr->ram_block->idstr, RAMBLOCK_IDSTR_MAX, "%s", k->mr->name);
}

static void backend_release(struct board_backend *k)
{
	k->is_mapped = false;
	k->mr->ram_block->idstr[0] = 0;
}

/* What was left unsaid follows the machine; that takes nothing of o's. */
int board_object_add(struct board *b, const struct backend_options *o, struct sim_error *err)
{
	struct backend_options settled = *o;
	struct board_backend *k;
	int rc;

	if (!b->options)
		return sim_fail(err, SIM_EUNSUP, "", "a bare board has no memory backends");
	rc = backend_options_settle(&settled, b->options, "object-add", err);
	return rc ? rc : board_backend_create(b, &settled, 0, &k, err);
}

int board_object_del(struct board *b, const char *id, struct sim_error *err)
{
	struct board_backend *k = board_backend_find(b, id);
	struct ramblock *block;
	size_t i = 0;
	int rc = memory_check(&b->memory, err);

	if (rc)
		return rc;
	if (!k)
		return sim_fail(err, SIM_ERANGE, "", "object '%s' not found", id);
	if (k->is_mapped)
		return sim_fail(err, SIM_ESTATE, "",
				"object '%s' is in use, can not be deleted", id);
	block = k->mr->ram_block;
	rc = memory_region_destroy(k->mr, err);
	if (rc)
		return rc;
	ramlist_remove(&b->memory.ram, block);
	while (b->backend[i] != k)
		i++;
	memmove(&b->backend[i], &b->backend[i + 1], (--b->n_backend - i) * sizeof(*b->backend));
	backend_free(k);
	return 0;
}

/* --- DIMMs --- */

static struct board_dimm *dimm_find(const struct board *b, const char *id)
{
	for (size_t i = 0; i < b->n_dimm; i++)
		if (b->dimm[i]->id && !strcmp(b->dimm[i]->id, id))
			return b->dimm[i];
	return NULL;
}

static bool is_known_device(const struct board *b, const char *id)
{
	for (size_t i = 0; i < b->options->n_device; i++)
		if (b->options->device[i].id && !strcmp(b->options->device[i].id, id))
			return true;
	return dimm_find(b, id);
}

static int choose_slot(const struct board *b, int hint, int *slot, struct sim_error *err)
{
	unsigned char is_taken[BOARD_RAM_SLOTS_MAX] = { 0 };

	for (size_t i = 0; i < b->n_dimm; i++)
		is_taken[b->dimm[i]->slot] = 1;
	return memory_device_slot(is_taken, b->options->ram_slots, hint, slot, err);
}

static uint64_t backend_align(const struct board_backend *k)
{
	uint64_t page = k->mr->ram_block->page_size;

	if (k->options.backing.kind == BACKING_ANONYMOUS)
		return page > ANONYMOUS_ALIGN ? page : ANONYMOUS_ALIGN;
	return k->options.backing.align > page ? k->options.backing.align : page;
}

static int check_room(struct board *b, uint64_t size, struct sim_error *err)
{
	uint64_t all = b->options->maxram_size - b->options->ram_size;
	uint64_t used = board_plugged_memory(b);

	if (!b->device_memory)
		return sim_fail(err, SIM_ERANGE, "",
				"memory devices (e.g. for memory hotplug) are not enabled, "
				"please specify the maxmem option");
	if (b->has_slots && !kvm_slots_have_free(&b->slots))
		return sim_fail(err, SIM_ESTATE, "",
				"hypervisor has no free memory slots left");
	if (used + size < used || used + size > all)
		return sim_fail(err, SIM_ERANGE, "",
				"not enough space, currently 0x%" PRIx64
				" in use of total space for memory devices 0x%" PRIx64,
				used, all);
	return 0;
}

static int choose_addr(struct board *b, const struct board_backend *k, uint64_t hint,
		       uint64_t *addr, struct sim_error *err)
{
	struct memory_device_range used[BOARD_RAM_SLOTS_MAX];
	struct memory_device_place p = { .base = b->device_memory_base,
					 .bytes = b->device_memory_bytes,
					 .used = used,
					 .n = b->n_dimm,
					 .align = backend_align(k) };
	int rc = check_room(b, k->options.size, err);

	for (size_t i = 0; i < b->n_dimm; i++)
		used[i] = (struct memory_device_range){ b->dimm[i]->addr, b->dimm[i]->size,
							b->dimm[i]->id };
	return rc ? rc : memory_device_address(&p, hint, k->options.size, addr, err);
}

static int check_realize(const struct board *b, const struct dimm_options *o,
			 const struct board_backend *k, struct sim_error *err)
{
	unsigned nodes = board_numa_nodes(b);

	if (k->is_mapped)
		return sim_fail(err, SIM_ESTATE, "", "can't use already busy memdev: %s",
				k->id);
	if (o->node >= (nodes ? nodes : 1))
		return sim_fail(err, SIM_ERANGE, "",
				"DIMM property node has value %u which exceeds the number of "
				"numa nodes: %u",
				o->node, nodes ? nodes : 1);
	return 0;
}

/* What is needed of the machine and the backend; fills the DIMM's slot and address. */
static int pre_plug(struct board *b, const struct dimm_options *o, struct board_dimm *d,
		    struct sim_error *err)
{
	int rc;

	if (b->options->no_acpi)
		return sim_fail(err, SIM_ESTATE, "",
				"memory hotplug is not enabled: missing acpi device or acpi "
				"disabled");
	rc = choose_slot(b, o->slot, &d->slot, err);
	if (!rc && !d->backend)
		return sim_fail(err, SIM_ERANGE, "", "'memdev' property must be set");
	if (!rc)
		rc = choose_addr(b, d->backend, o->addr, &d->addr, err);
	return rc ? rc : check_realize(b, o, d->backend, err);
}

static void dimm_insert(struct board *b, struct board_dimm *d)
{
	size_t i = b->n_dimm++;

	for (; i > 0 && b->dimm[i - 1]->addr > d->addr; i--)
		b->dimm[i] = b->dimm[i - 1];
	b->dimm[i] = d;
}

static void dimm_free(struct board_dimm *d)
{
	sim_free(d->id);
	sim_free(d);
}

static int plug(struct board *b, struct board_dimm *d, struct board_backend *k,
		struct sim_error *err)
{
	int rc = board_show(b->device_memory, d->addr - b->device_memory_base, k->mr, err);

	if (rc)
		return rc;
	board_backend_use(k);
	dimm_insert(b, d);
	return 0;
}

static int dimm_create(struct board *b, const struct dimm_options *o, struct board_backend *k,
		       struct sim_error *err)
{
	struct board_dimm *d = sim_calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return sim_fail_nomem(err);
	d->node = o->node;
	d->hotplugged = b->is_ready;
	d->backend = k;
	d->size = k ? k->options.size : 0;
	d->id = o->id ? sim_strdup(o->id) : NULL;
	rc = !o->id || d->id ? pre_plug(b, o, d, err) : sim_fail_nomem(err);
	if (!rc)
		rc = plug(b, d, k, err);
	if (rc)
		dimm_free(d);
	return rc;
}

int board_device_add(struct board *b, const struct dimm_options *o, struct sim_error *err)
{
	struct board_backend *k = NULL;
	int rc = memory_check(&b->memory, err);

	if (rc)
		return rc;
	if (!b->options)
		return sim_fail(err, SIM_EUNSUP, "", "a bare board has no DIMMs");
	if (o->id && is_known_device(b, o->id))
		return sim_fail(err, SIM_ESTATE, "", "duplicate device ID '%s'", o->id);
	if (o->memdev) {
		k = board_backend_find(b, o->memdev);
		if (!k)
			return sim_fail(err, SIM_ERANGE, "",
					"device '%s' not found: memdev is the id of a memory "
					"backend",
					o->memdev);
	}
	if (sim_grow((void **)&b->dimm, &b->cap_dimm, b->n_dimm, sizeof(struct board_dimm *)))
		return sim_fail_nomem(err);
	return dimm_create(b, o, k, err);
}

static int unplug(struct board *b, size_t i, struct sim_error *err)
{
	struct board_dimm *d = b->dimm[i];
	struct board_backend *k = board_backend_find(b, d->backend->id);
	int rc = memory_check(&b->memory, err);

	if (!rc)
		rc = board_hide(k->mr, err);
	if (rc)
		return rc;
	backend_release(k);
	memmove(&b->dimm[i], &b->dimm[i + 1], (--b->n_dimm - i) * sizeof(struct board_dimm *));
	dimm_free(d);
	return 0;
}

int board_device_del(struct board *b, const char *id, struct sim_error *err)
{
	for (size_t i = 0; i < b->n_dimm; i++)
		if (b->dimm[i]->id && !strcmp(b->dimm[i]->id, id))
			return unplug(b, i, err);
	return sim_fail(err, SIM_ERANGE, "", "device '%s' not found", id);
}

/* --- records of a stream --- */

static void stream_id(char *buf, size_t n, gpa_t gpa)
{
	snprintf(buf, n, "stream-%" PRIx64, gpa.v);
}

int board_hotplug(struct board *b, gpa_t gpa, uint64_t bytes, struct sim_error *err)
{
	char id[32];
	struct backend_options o = { .id = id, .size = bytes };
	struct dimm_options d = {
		.id = id, .memdev = id, .addr = gpa.v, .slot = DIMM_SLOT_AUTO
	};
	struct board_backend *k;
	int rc;

	if (!b->options)
		return board_add_ram(b, gpa, bytes, false, err);
	stream_id(id, sizeof(id), gpa);
	o.backing = backing_defaults(BACKING_ANONYMOUS);
	rc = backend_options_settle(&o, b->options, "", err);
	if (!rc)
		rc = board_backend_create(b, &o, gpa.v, &k, err);
	if (rc)
		return rc;
	rc = board_device_add(b, &d, err);
	if (rc && !b->memory.is_broken && board_object_del(b, id, NULL))
		return SIM_ESTATE; /* nothing uses it: does not happen */
	return rc;
}

int board_hotunplug(struct board *b, gpa_t gpa, uint64_t bytes, struct sim_error *err)
{
	char id[32];
	size_t i = 0;
	int rc;

	if (!b->options)
		return board_del_ram(b, gpa, err);
	while (i < b->n_dimm && (b->dimm[i]->addr != gpa.v || b->dimm[i]->size != bytes))
		i++;
	if (i == b->n_dimm)
		return sim_fail(err, SIM_ESTATE, "",
				"no DIMM of 0x%" PRIx64 " bytes is at 0x%" PRIx64, bytes,
				gpa.v);
	stream_id(id, sizeof(id), gpa);
	rc = unplug(b, i, err);
	if (!rc && board_backend_find(b, id))
		rc = board_object_del(b, id, err);
	return rc;
}

/* --- questions --- */

const struct board_backend *board_backend_at(const struct board *b, size_t i)
{
	return i < b->n_backend ? b->backend[i] : NULL;
}

const struct board_dimm *board_dimm_at(const struct board *b, size_t i)
{
	return i < b->n_dimm ? b->dimm[i] : NULL;
}

uint64_t board_plugged_memory(const struct board *b)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < b->n_dimm; i++)
		sum += b->dimm[i]->size;
	return sum;
}

void board_dimms_fini(struct board *b)
{
	for (size_t i = 0; i < b->n_dimm; i++)
		dimm_free(b->dimm[i]);
	for (size_t i = 0; i < b->n_backend; i++)
		backend_free(b->backend[i]);
	sim_free(b->dimm);
	sim_free(b->backend);
}
