/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The devices of a board file: regions that exist, whatever is behind them. models/board/README tells the format.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/board_state.h"

#define MAX_REGION ((uint64_t)1 << 52)
#define MAX_BLOCK  ((uint64_t)1 << 34)

/* --- conditions --- */

bool board_has_device(const struct board *b, const char *driver)
{
	for (size_t i = 0; i < b->n_device; i++)
		if (!strcmp(b->device[i].driver, driver))
			return true;
	return false;
}

static bool word_holds(const struct board *b, const char *word)
{
	const struct board_options *o = b->options;

	if (!strcmp(word, "kvm"))
		return o->is_kvm;
	if (!strcmp(word, "tcg"))
		return !o->is_kvm;
	if (!strcmp(word, "hpet"))
		return !o->no_hpet;
	if (!strcmp(word, "smm"))
		return !o->no_smm && !o->is_kvm;
	if (!strcmp(word, "acpi"))
		return !o->no_acpi;
	if (!strcmp(word, "defaults"))
		return !o->no_defaults;
	if (!strcmp(word, "serial"))
		return !o->no_serial;
	if (!strcmp(word, "parallel"))
		return !o->no_parallel;
	if (!strcmp(word, "slots"))
		return o->ram_slots;
	return board_has_device(b, word);
}

int board_condition(const struct board *b, const struct jnode *n, bool *holds,
		    struct sim_error *err)
{
	struct jnode list = json_get(n, "if");
	int rc = list.v ? json_as_array(&list, err) : 0;

	*holds = true;
	for (size_t i = 0; i < json_len(&list) && !rc; i++) {
		struct jnode e = json_at(&list, i);
		const char *word;

		rc = json_as_str(&e, &word, err);
		if (!rc)
			*holds &=
				word[0] == '!' ? !word_holds(b, word + 1) : word_holds(b, word);
	}
	return rc;
}

/* --- regions --- */

/* The character behind the hexadecimal digits that s begins with. */
static const char *hexadecimal(const char *s, uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *d;

	*out = 0;
	for (int i = 0; i < 16 && *s && (d = strchr(digits, *s)); i++, s++)
		*out = *out << 4 | (uint64_t)(d - digits);
	return s;
}

int board_number(const struct jnode *n, uint64_t max, uint64_t *out, struct sim_error *err)
{
	const char *s;
	int rc;

	if (!n->v || !json_is_string(n->v))
		return json_as_u64(n, 0, max, out, err);
	rc = json_as_str(n, &s, err);
	if (rc)
		return rc;
	if (s[0] != '0' || s[1] != 'x' || !s[2] || *hexadecimal(s + 2, out))
		return json_fail(n, SIM_EFORMAT, err,
				 "a number is as 4096 or as \"0x1000\", not \"%s\"", s);
	if (*out > max)
		return json_fail(n, SIM_ERANGE, err, "must be at most 0x%" PRIx64, max);
	return 0;
}

struct board_part *board_part_find(struct board *b, const char *id, size_t device)
{
	struct board_part *found = NULL;

	for (size_t i = 0; i < b->n_part; i++) {
		if (strcmp(b->part[i].id, id))
			continue;
		if (b->part[i].device == device)
			return &b->part[i];
		found = &b->part[i];
	}
	return found;
}

static int find_region(struct board *b, const struct jnode *n, size_t device,
		       struct memory_region **out, struct sim_error *err)
{
	const char *id;
	struct board_part *p;
	int rc = json_as_str(n, &id, err);

	if (rc)
		return rc;
	*out = !strcmp(id, "system") ? b->system
	       : !strcmp(id, "io")   ? b->io
	       : !strcmp(id, "pci")  ? b->pci
	       : !strcmp(id, "ram")  ? b->ram
				     : NULL;
	if (*out)
		return 0;
	p = board_part_find(b, id, device);
	if (!p)
		return json_fail(
			n, SIM_EFORMAT, err,
			"no region has the id '%s' (system, io, pci and ram always are)", id);
	*out = p->mr;
	return 0;
}

static int optional_u64(const struct jnode *obj, const char *key, uint64_t max, uint64_t *out,
			struct sim_error *err)
{
	struct jnode n = json_get(obj, key);

	return n.v ? board_number(&n, max, out, err) : 0;
}

static int optional_str(const struct jnode *obj, const char *key, const char **out,
			struct sim_error *err)
{
	struct jnode n = json_get(obj, key);

	return n.v ? json_as_str(&n, out, err) : 0;
}

static int optional_bool(const struct jnode *obj, const char *key, bool *out,
			 struct sim_error *err)
{
	struct jnode n = json_get(obj, key);

	return n.v ? json_as_bool(&n, out, err) : 0;
}

/* A region as the file has it. */
struct region_text {
	const char *name, *id, *under_kvm;
	enum memory_region_kind kind;
	unsigned bar;
	uint64_t size, at, offset, priority;
	bool is_disabled, has_log, is_placed;
	struct memory_region *parent, *alias;
};

static int read_kind(const struct jnode *n, struct region_text *t, struct sim_error *err)
{
	static const char *const names[] = { "container", "ram",   "rom",      "romd",
					     "io",	  "alias", "reserved", NULL };
	static const char *const bars[] = { "none", "io", "mem", "prefmem", "rom", NULL };
	struct jnode kind = json_get(n, "kind"), bar = json_get(n, "bar");
	unsigned k = MEMORY_REGION_IO;
	int rc = kind.v ? json_as_enum(&kind, names, &k, err) : 0;

	if (!rc && bar.v)
		rc = json_as_enum(&bar, bars, &t->bar, err);
	t->kind = (enum memory_region_kind)k;
	return rc;
}

static int read_names(struct board *b, const struct jnode *n, struct region_text *t,
		      struct sim_error *err)
{
	struct jnode name = json_get(n, "name");
	int rc = json_as_str(&name, &t->name, err);

	t->id = t->name;
	if (!rc)
		rc = optional_str(n, "id", &t->id, err);
	if (!rc)
		rc = optional_str(n, "kvm", &t->under_kvm, err);
	if (b->options->is_kvm && t->under_kvm)
		t->name = t->under_kvm;
	return rc;
}

static int read_place(struct board *b, const struct jnode *n, size_t device,
		      struct region_text *t, struct sim_error *err)
{
	struct jnode in = json_get(n, "in"), alias = json_get(n, "alias");
	int rc = optional_u64(n, "at", UINT64_MAX, &t->at, err);

	t->is_placed = json_get(n, "at").v;
	if (!rc)
		rc = optional_u64(n, "priority", 1u << 30, &t->priority, err);
	if (!rc && in.v)
		rc = find_region(b, &in, device, &t->parent, err);
	if (!rc && alias.v)
		rc = find_region(b, &alias, device, &t->alias, err);
	if (!rc && (t->is_placed || t->bar != BOARD_BAR_NONE) && !t->parent)
		rc = json_fail(n, SIM_EFORMAT, err,
			       "a region that is 'at' an address, or a BAR, says 'in' what");
	if (!rc && (t->kind == MEMORY_REGION_ALIAS) != (t->alias != NULL))
		rc = json_fail(n, SIM_EFORMAT, err,
			       "an alias, and nothing else, names another region in 'alias'");
	return rc;
}

static int read_region(struct board *b, const struct jnode *n, size_t device,
		       struct region_text *t, struct sim_error *err)
{
	static const char *const keys[] = { "name",  "id",     "kvm",	   "kind",
					    "in",    "at",     "size",	   "priority",
					    "alias", "offset", "disabled", "log",
					    "block", "bar",    "if",	   NULL };
	struct jnode size = json_get(n, "size");
	int rc = json_only(n, keys, err);

	if (!rc)
		rc = read_names(b, n, t, err);
	if (!rc)
		rc = read_kind(n, t, err);
	if (!rc)
		rc = board_number(&size, MAX_REGION, &t->size, err);
	if (!rc)
		rc = optional_u64(n, "offset", MAX_REGION, &t->offset, err);
	if (!rc)
		rc = optional_bool(n, "disabled", &t->is_disabled, err);
	if (!rc)
		rc = optional_bool(n, "log", &t->has_log, err);
	return rc ? rc : read_place(b, n, device, t, err);
}

/* The RAM block of a region; a PCI device's has its place on the bus in front. */
static int create_block(struct board *b, const struct jnode *n, size_t device,
			const struct region_text *t, struct memory_region **out,
			struct sim_error *err)
{
	static const char *const keys[] = { "idstr", "max", NULL };
	struct jnode block = json_get(n, "block"), idstr;
	const struct board_device *d = device < b->n_device ? &b->device[device] : NULL;
	struct board_memory_config c = { .name = t->name, .kind = t->kind, .used = t->size };
	char name[RAMBLOCK_IDSTR_MAX];
	int rc = json_only(&block, keys, err);

	if (!rc)
		rc = optional_u64(&block, "max", MAX_BLOCK, &c.max, err);
	if (!rc && t->size > MAX_BLOCK)
		rc = json_fail(n, SIM_ERANGE, err, "a block has at most 0x%" PRIx64 " bytes",
			       MAX_BLOCK);
	idstr = json_get(&block, "idstr");
	if (!rc)
		rc = json_as_str(&idstr, &c.idstr, err);
	if (rc)
		return rc;
	if (d && d->is_pci) {
		snprintf(name, sizeof(name), "0000:00:%02x.%u/%.200s", d->slot, d->function,
			 c.idstr);
		c.idstr = name;
	}
	return board_memory_region(b, &c, out, err);
}

static int create_region(struct board *b, const struct jnode *n, size_t device,
			 const struct region_text *t, struct memory_region **out,
			 struct sim_error *err)
{
	struct memory_region_config cfg = { .name = t->name,
					    .kind = t->kind,
					    .size = t->size,
					    .alias = t->alias,
					    .alias_offset = t->offset };

	if (json_get(n, "block").v)
		return create_block(b, n, device, t, out, err);
	if (t->kind == MEMORY_REGION_RAM || t->kind == MEMORY_REGION_ROM ||
	    t->kind == MEMORY_REGION_ROMD)
		return json_fail(n, SIM_EFORMAT, err,
				 "a region of kind ram or rom has a 'block'");
	return memory_region_create(&b->memory, &cfg, out, err);
}

static int register_part(struct board *b, const struct region_text *t, size_t device,
			 struct memory_region *mr, struct sim_error *err)
{
	struct board_part p = { .device = device,
				.mr = mr,
				.parent = t->parent,
				.priority = (int)t->priority,
				.bar = (enum board_bar)t->bar };

	if (sim_grow((void **)&b->part, &b->cap_part, b->n_part, sizeof(*b->part)))
		return sim_fail_nomem(err);
	p.id = sim_strdup(t->id);
	if (!p.id)
		return sim_fail_nomem(err);
	b->part[b->n_part++] = p;
	return 0;
}

static int add_region(struct board *b, const struct jnode *n, size_t device,
		      struct sim_error *err)
{
	struct region_text t = { .kind = MEMORY_REGION_IO };
	struct memory_region *mr = NULL;
	int rc = read_region(b, n, device, &t, err);

	if (!rc)
		rc = create_region(b, n, device, &t, &mr, err);
	if (!rc && t.is_disabled)
		rc = memory_region_set_enabled(mr, false, err);
	if (!rc && t.has_log)
		rc = memory_region_set_log(mr, true, err);
	if (!rc && t.is_placed)
		rc = memory_region_add_subregion_overlap(t.parent, t.at, mr, (int)t.priority,
							 err);
	return rc ? rc : register_part(b, &t, device, mr, err);
}

/* All regions of a device appear at once. */
static int add_regions(struct board *b, const struct jnode *list, size_t device,
		       struct sim_error *err)
{
	int rc = list->v ? json_as_array(list, err) : 0;

	memory_transaction_begin(&b->memory);
	for (size_t i = 0; i < json_len(list) && !rc; i++) {
		struct jnode n = json_at(list, i);
		bool holds;

		rc = board_condition(b, &n, &holds, err);
		if (!rc && holds)
			rc = add_region(b, &n, device, err);
	}
	return board_commit(b, rc, err);
}

/* --- devices --- */

/* What a PCI device sees of memory: nothing, until its driver lets it be bus master. */
static int add_bus_master(struct board *b, struct board_device *d, struct sim_error *err)
{
	struct board_window w = { .name = "bus master",
				  .of = b->system,
				  .bytes = MEMORY_REGION_ALL,
				  .disabled = true };
	struct board_place p = { .addr = 0 };
	struct address_space *as;
	int rc = board_container(b, "bus master container", MEMORY_REGION_ALL, &p.container,
				 err);

	if (!rc)
		rc = board_alias(b, &w, &p, &d->bus_master, err);
	if (!rc)
		rc = address_space_create(&b->memory, p.container, d->driver, &as, err);
	return rc;
}

/* "1f.2", or "auto": the first slot that nobody has. */
static int read_pci(struct board *b, const struct jnode *n, struct board_device *d,
		    struct sim_error *err)
{
	const char *s;
	int rc = json_as_str(n, &s, err), end = 0;

	if (rc)
		return rc;
	d->is_pci = true;
	if (!strcmp(s, "auto")) {
		for (d->slot = 0; d->slot < BOARD_SLOTS && b->pci_taken >> d->slot & 1;)
			d->slot++;
		if (d->slot == BOARD_SLOTS)
			return json_fail(n, SIM_ERANGE, err, "the PCI bus is full");
	} else if (sscanf(s, "%2x.%1u%n", &d->slot, &d->function, &end) != 2 || s[end] ||
		   d->slot >= BOARD_SLOTS || d->function > 7) {
		return json_fail(n, SIM_EFORMAT, err,
				 "a place on the bus is \"auto\" or as \"1f.2\", not \"%s\"",
				 s);
	}
	b->pci_taken |= (uint32_t)1 << d->slot;
	return 0;
}

static int add_device(struct board *b, const struct jnode *n, struct sim_error *err)
{
	struct board_device d = { .slot = 0 };
	struct jnode pci = json_get(n, "pci"), driver = json_get(n, "driver"),
		     regions = json_get(n, "regions");
	const char *name;
	size_t i = b->n_device;
	int rc = json_as_str(&driver, &name, err);

	if (!rc && pci.v)
		rc = read_pci(b, &pci, &d, err);
	if (rc)
		return rc;
	if (sim_grow((void **)&b->device, &b->cap_device, i, sizeof(*b->device)))
		return sim_fail_nomem(err);
	d.driver = sim_strdup(name);
	if (!d.driver)
		return sim_fail_nomem(err);
	b->device[b->n_device++] = d;
	if (d.is_pci)
		rc = add_bus_master(b, &b->device[i], err);
	return rc ? rc : add_regions(b, &regions, i, err);
}

enum presence { PRESENCE_ALWAYS, PRESENCE_VGA, PRESENCE_NIC, PRESENCE_ASKED };

static int read_device(struct board *b, const struct jnode *n, enum presence *presence,
		       bool *holds, struct sim_error *err)
{
	static const char *const keys[] = {
		"driver", "pci", "presence", "if", "regions", NULL
	};
	static const char *const names[] = { "always", "vga", "nic", "asked", NULL };
	struct jnode p = json_get(n, "presence");
	unsigned i = PRESENCE_ALWAYS;
	int rc = json_only(n, keys, err);

	if (!rc && p.v)
		rc = json_as_enum(&p, names, &i, err);
	*presence = (enum presence)i;
	return rc ? rc : board_condition(b, n, holds, err);
}

/* What the machine brings along of itself. */
static bool is_default(const struct board *b, enum presence presence)
{
	const struct board_options *o = b->options;

	switch (presence) {
	case PRESENCE_ALWAYS:
		return true;
	case PRESENCE_VGA:
		return !strcmp(o->vga, "std");
	case PRESENCE_NIC:
		return !o->no_nic;
	case PRESENCE_ASKED:
		break;
	}
	return false;
}

static int add_defaults(struct board *b, const struct jnode *devices, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < json_len(devices) && !rc; i++) {
		struct jnode n = json_at(devices, i);
		enum presence presence;
		bool holds;

		rc = read_device(b, &n, &presence, &holds, err);
		if (!rc && holds && is_default(b, presence))
			rc = add_device(b, &n, err);
	}
	return rc;
}

static int find_driver(const struct jnode *devices, const char *driver, struct jnode *out,
		       struct sim_error *err)
{
	for (size_t i = 0; i < json_len(devices); i++) {
		struct jnode n = json_at(devices, i), d = json_get(&n, "driver");
		const char *s;
		int rc = json_as_str(&d, &s, err);

		if (rc)
			return rc;
		*out = n;
		if (!strcmp(s, driver))
			return 0;
	}
	return sim_fail(err, SIM_EUNSUP, "-device", "the board file does not know '%s'",
			driver);
}

/* -device DRIVER, in the command line's order. */
static int add_asked(struct board *b, const struct jnode *devices, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < b->options->n_device && !rc; i++) {
		struct jnode n;

		rc = find_driver(devices, b->options->device[i].driver, &n, err);
		if (!rc)
			rc = add_device(b, &n, err);
	}
	return rc;
}

static int check_file(const struct board *b, const struct jnode *root, struct sim_error *err)
{
	static const char *const keys[] = {
		"board", "source", "devices", "files", "boot", NULL
	};
	static const char *const boards[] = { "pc", "q35", NULL };
	struct jnode board = json_get(root, "board"), devices = json_get(root, "devices");
	const char *vga = b->options->vga;
	unsigned type;
	int rc = json_only(root, keys, err);

	if (!rc)
		rc = json_as_enum(&board, boards, &type, err);
	if (!rc && type != (unsigned)b->options->type)
		rc = json_fail(
			&board, SIM_EFORMAT, err,
			"a file of a %s, but the machine is a %s; right is a board file of "
			"that type",
			boards[type], boards[b->options->type]);
	if (!rc && strcmp(vga, "std") != 0 && strcmp(vga, "none") != 0)
		rc = sim_fail(err, SIM_EUNSUP, "-vga",
			      "a board file knows std and none, not '%s'", vga);
	return rc ? rc : json_as_array(&devices, err);
}

int board_parts_create(struct board *b, const json_t *file, struct sim_error *err)
{
	struct jnode root = json_root(file, b->parts_name);
	struct jnode devices = json_get(&root, "devices"), files = json_get(&root, "files"),
		     boot = json_get(&root, "boot");
	int rc = check_file(b, &root, err);

	if (!rc)
		rc = add_defaults(b, &devices, err);
	if (!rc)
		rc = add_asked(b, &devices, err);
	if (!rc)
		rc = add_regions(b, &files, SIZE_MAX, err);
	if (rc || !boot.v)
		return rc;
	b->boot = json_deep_copy(boot.v);
	return b->boot ? 0 : sim_fail_nomem(err);
}
