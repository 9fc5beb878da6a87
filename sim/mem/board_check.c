/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_check.c - what options say together: the sizes of -m, who uses which backend, slots and nodes of DIMMs */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/board_parse.h"

#define RAM_DEFAULT (UINT64_C(128) << 20)
#define RAM_ALIGN   8192u
#define PAGE	    4096u

struct sizes {
	uint64_t size, slots, maxmem;
};

#define COLUMN(m) offsetof(struct sizes, m)

static const struct board_property properties[] = {
	{ .name = "size", .kind = BOARD_SIZE_MEMORY, .offset = COLUMN(size) },
	{ .name = "slots", .kind = BOARD_WRAPPING, .offset = COLUMN(slots) },
	{ .name = "maxmem", .kind = BOARD_SIZE, .offset = COLUMN(maxmem) },
	{ .name = NULL },
};

static int check_maxmem(const struct board_words *w, const struct sizes *s, bool has_slots,
			bool has_maxmem, struct sim_error *err)
{
	if (!has_maxmem && has_slots)
		return board_words_fail(
			w, "slots", SIM_EFORMAT, err,
			"slots were given but no maxmem; right is slots=N,maxmem=SIZE");
	if (!has_maxmem)
		return 0;
	if (s->maxmem < s->size)
		return board_words_fail(w, "maxmem", SIM_ERANGE, err,
					"maxmem (0x%" PRIx64
					") must be at least the initial memory size (0x%" PRIx64
					")",
					s->maxmem, s->size);
	if (s->slots && s->maxmem == s->size)
		return board_words_fail(
			w, "maxmem", SIM_ERANGE, err,
			"memory slots were given, but maxmem is the initial memory size (0x%" PRIx64
			"); right is a larger one",
			s->size);
	return 0;
}

int board_parse_memory(struct board_parse *p, struct sim_error *err)
{
	struct board_words *w = &p->memory;
	struct sizes s = { 0 };
	uint64_t given = 0;
	int rc = board_property_apply(properties, 0, &s, w, &given, err);
	bool has_maxmem = given & board_property_bit(properties, "maxmem");

	if (rc)
		return rc;
	p->has_size = s.size != 0;
	s.size = s.size ? s.size : RAM_DEFAULT;
	if (s.size > UINT64_MAX - (RAM_ALIGN - 1))
		return board_words_fail(w, "size", SIM_ERANGE, err,
					"the RAM size is out of range; it is below 16E");
	s.size = (s.size + RAM_ALIGN - 1) & ~(uint64_t)(RAM_ALIGN - 1);
	rc = check_maxmem(w, &s, given & board_property_bit(properties, "slots"), has_maxmem,
			  err);
	if (rc)
		return rc;
	p->o->ram_size = s.size;
	p->o->maxram_size = has_maxmem ? s.maxmem : s.size;
	p->o->ram_slots = s.slots > UINT32_MAX ? UINT32_MAX : (unsigned)s.slots;
	return 0;
}

static int check_machine_backend(struct board_parse *p, struct sim_error *err)
{
	struct board_options *o = p->o;
	const struct backend_options *b;

	if (!o->memory_backend)
		return 0;
	if (o->mem_path)
		return board_parse_fail(
			p, "mem-path", "-mem-path", SIM_EFORMAT, err,
			"it cannot be used together with -machine memory-backend=");
	b = board_options_backend(o, o->memory_backend);
	if (!b)
		return board_parse_fail(
			p, "machine", "-machine", SIM_EFORMAT, err,
			"there is no memory backend \"%.64s\"; memory-backend is the id of an -object",
			o->memory_backend);
	if (p->has_size && b->size != o->ram_size)
		return board_parse_fail(
			p, "m", "-m", SIM_EFORMAT, err,
			"the machine's memory size (0x%" PRIx64
			") does not match that of the memory backend (0x%" PRIx64 ")",
			o->ram_size, b->size);
	o->ram_size = b->size;
	return 0;
}

/* As QEMU checks when the machine is built, where there is room for more memory. */
static int check_room(const struct board_parse *p, struct sim_error *err)
{
	const struct board_options *o = p->o;

	if (o->ram_size >= o->maxram_size)
		return 0;
	if (board_parse_version(o->machine_name) < 201)
		return board_parse_fail(
			p, "m", "-m", SIM_EFORMAT, err,
			"slots and maxmem are not supported by the machine %s; right is a version from 2.1 on",
			o->machine_name);
	if (o->ram_slots > BOARD_RAM_SLOTS_MAX)
		return board_parse_fail(
			p, "m", "-m", SIM_ERANGE, err,
			"unsupported amount of memory slots; there are at most %d",
			BOARD_RAM_SLOTS_MAX);
	if (o->maxram_size % PAGE)
		return board_parse_fail(p, "m", "-m", SIM_ERANGE, err,
					"maxmem (0x%" PRIx64
					") must be a multiple of 4096 bytes",
					o->maxram_size);
	return 0;
}

/* Versions from 2.11 and 5.1 on make one for DIMMs' sake. */
static void settle_node(struct board_options *o)
{
	unsigned version = board_parse_version(o->machine_name);

	o->has_auto_node = (version >= 211 && o->ram_slots) ||
			   (version >= 501 && o->ram_size < o->maxram_size);
}

/* QEMU calls the backend of plain RAM pc.ram. */
static int check_reserved_id(const struct board_parse *p, struct sim_error *err)
{
	static const char id[] = "pc.ram";
	bool is_used = board_options_backend(p->o, id) != NULL;

	for (size_t i = 0; i < p->o->n_object; i++)
		is_used |= !strcmp(p->o->object[i].id, id);
	if (!is_used || p->o->memory_backend || p->has_numa_memdev)
		return 0;
	return board_parse_fail(p, "objects", "-object", SIM_EFORMAT, err,
				"the id %s is reserved for the default RAM; right is any other",
				id);
}

/* How many of the machine, NUMA nodes and DIMMs before `n_dimm` use a backend. */
static unsigned users(const struct board_options *o, const char *id, size_t n_dimm)
{
	unsigned n = o->memory_backend && !strcmp(o->memory_backend, id);

	for (size_t i = 0; i < o->n_numa; i++)
		n += o->numa[i].memdev && !strcmp(o->numa[i].memdev, id);
	for (size_t i = 0; i < n_dimm; i++)
		n += !strcmp(o->dimm[i].memdev, id);
	return n;
}

static int check_users(const struct board_parse *p, struct sim_error *err)
{
	for (size_t i = 0; i < p->o->n_backend; i++)
		if (users(p->o, p->o->backend[i].id, 0) > 1)
			return board_parse_fail(
				p, "numa", "-numa", SIM_EFORMAT, err,
				"the memory backend \"%.64s\" cannot be used twice",
				p->o->backend[i].id);
	return 0;
}

static int check_dimm(const struct board_parse *p, const struct dimm_options *d,
		      struct sim_error *err)
{
	const struct board_options *o = p->o;
	size_t nodes = o->n_numa ? o->n_numa : 1;

	if (!board_options_backend(o, d->memdev))
		return board_parse_fail(
			p, "devices", "-device pc-dimm", SIM_EFORMAT, err,
			"there is no memory backend \"%.64s\"; memdev is the id of an -object",
			d->memdev);
	if (users(o, d->memdev, (size_t)(d - o->dimm)))
		return board_parse_fail(p, "devices", "-device pc-dimm", SIM_EFORMAT, err,
					"the memdev \"%.64s\" is busy; each DIMM has its own",
					d->memdev);
	if (d->node >= nodes)
		return board_parse_fail(p, "devices", "-device pc-dimm", SIM_ERANGE, err,
					"node %u exceeds the number of NUMA nodes (%zu)",
					d->node, nodes);
	if (!o->ram_slots)
		return board_parse_fail(
			p, "devices", "-device pc-dimm", SIM_EFORMAT, err,
			"there are no slots; right is such as -m 128M,slots=4,maxmem=4G");
	if (d->slot >= 0 && (unsigned)d->slot >= o->ram_slots)
		return board_parse_fail(p, "devices", "-device pc-dimm", SIM_ERANGE, err,
					"invalid slot number %d; right is 0 to %u", d->slot,
					o->ram_slots - 1);
	return 0;
}

static int settle_backends(struct board_parse *p, struct sim_error *err)
{
	char path[192];
	const char *where = "-object";
	int rc = 0;

	if (p->root) {
		struct jnode objects = json_get(p->root, "objects");

		where = json_path(&objects, path, sizeof(path));
	}
	for (size_t i = 0; !rc && i < p->o->n_backend; i++)
		rc = backend_options_settle(&p->o->backend[i], p->o, where, err);
	return rc;
}

int board_parse_check(struct board_parse *p, struct sim_error *err)
{
	int rc = settle_backends(p, err);

	rc = rc ? rc : check_machine_backend(p, err);
	rc = rc ? rc : check_room(p, err);
	if (rc)
		return rc;
	settle_node(p->o);
	rc = board_parse_check_numa(p, err);
	rc = rc ? rc : check_reserved_id(p, err);
	rc = rc ? rc : check_users(p, err);
	for (size_t i = 0; !rc && i < p->o->n_dimm; i++)
		rc = check_dimm(p, &p->o->dimm[i], err);
	return rc;
}
