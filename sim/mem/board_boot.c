/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the firmware does to memory, as the board file lists it: a step is a transaction.
 */
#include <string.h>

#include "mem/board_state.h"

#define VALUE_MAX ((uint64_t)1 << 52)

static int u64_of(const struct jnode *step, const char *key, uint64_t max, uint64_t *v,
		  struct sim_error *err)
{
	struct jnode n = json_get(step, key);

	return board_number(&n, max, v, err);
}

static int part_of(struct board *b, const struct jnode *n, struct board_part **p,
		   struct sim_error *err)
{
	const char *id;
	int rc = json_as_str(n, &id, err);

	if (rc)
		return rc;
	*p = board_part_find(b, id, SIZE_MAX);
	return *p ? 0 : json_fail(n, SIM_EFORMAT, err, "no region has the id '%s'", id);
}

static struct board_device *device_of(struct board *b, const char *driver)
{
	for (size_t i = 0; i < b->n_device; i++)
		if (!strcmp(b->device[i].driver, driver))
			return &b->device[i];
	return NULL;
}

static int map_part(struct board *b, struct board_part *p, uint64_t addr, struct sim_error *err)
{
	int rc;

	memory_transaction_begin(&b->memory);
	if (p->mr->container)
		rc = memory_region_set_address(p->mr, addr, err);
	else
		rc = memory_region_add_subregion_overlap(p->parent, addr, p->mr, p->priority,
							 err);
	if (!rc)
		rc = memory_region_set_enabled(p->mr, true, err);
	return board_commit(b, rc, err);
}

static int do_pam(struct board *b, const struct jnode *verb, const struct jnode *step,
		  struct sim_error *err)
{
	uint64_t reg, value;
	int rc = board_number(verb, 0xff, &reg, err);

	if (!rc)
		rc = u64_of(step, "value", UINT32_MAX, &value, err);
	return rc ? rc : board_pam_write(b, (unsigned)reg, (uint32_t)value, 4, err);
}

static int do_smram(struct board *b, const struct jnode *verb, const struct jnode *step,
		    struct sim_error *err)
{
	uint64_t value;
	int rc = board_number(verb, 0xff, &value, err);

	(void)step;
	return rc ? rc : board_smram_write(b, (uint8_t)value, err);
}

static int do_map(struct board *b, const struct jnode *verb, const struct jnode *step,
		  struct sim_error *err)
{
	struct board_part *p;
	uint64_t at;
	int rc = part_of(b, verb, &p, err);

	if (!rc)
		rc = u64_of(step, "at", VALUE_MAX, &at, err);
	if (!rc && !p->parent)
		return json_fail(verb, SIM_EFORMAT, err,
				 "the region does not say 'in' what it is");
	return rc ? rc : map_part(b, p, at, err);
}

static int do_resize(struct board *b, const struct jnode *verb, const struct jnode *step,
		     struct sim_error *err)
{
	struct board_part *p;
	uint64_t size;
	int rc = part_of(b, verb, &p, err);

	if (!rc)
		rc = u64_of(step, "size", VALUE_MAX, &size, err);
	return rc ? rc : memory_region_set_size(p->mr, size, err);
}

/* Gives every BAR its address and lets the devices decode them; option ROMs stay closed. */
static int do_bars(struct board *b, const struct jnode *verb, const struct jnode *step,
		   struct sim_error *err)
{
	bool on;
	int rc = json_as_bool(verb, &on, err);

	(void)step;
	if (!rc)
		rc = board_bars_allocate(b, err);
	for (size_t d = 0; d < b->n_device && !rc; d++) {
		memory_transaction_begin(&b->memory);
		for (size_t i = 0; i < b->n_part && !rc; i++) {
			struct board_part *p = &b->part[i];

			if (p->device == d && p->bar != BOARD_BAR_NONE &&
			    p->bar != BOARD_BAR_ROM)
				rc = map_part(b, p, p->bar_addr, err);
		}
		rc = board_commit(b, rc, err);
	}
	return rc;
}

/* The option ROMs of a driver's devices are opened, copied and closed again. */
static int do_rom(struct board *b, const struct jnode *verb, const struct jnode *step,
		  struct sim_error *err)
{
	const char *driver;
	int rc = json_as_str(verb, &driver, err);

	(void)step;
	for (size_t i = 0; i < b->n_part && !rc; i++) {
		struct board_part *p = &b->part[i];

		if (p->bar != BOARD_BAR_ROM || strcmp(b->device[p->device].driver, driver))
			continue;
		rc = map_part(b, p, p->bar_addr, err);
		if (!rc)
			rc = memory_region_del_subregion(p->parent, p->mr, err);
	}
	return rc;
}

static int do_bus_master(struct board *b, const struct jnode *verb, const struct jnode *step,
			 struct sim_error *err)
{
	const char *driver;
	struct board_device *d;
	int rc = json_as_str(verb, &driver, err);

	(void)step;
	if (rc)
		return rc;
	d = device_of(b, driver);
	if (!d || !d->bus_master)
		return json_fail(verb, SIM_EFORMAT, err, "there is no PCI device '%s'", driver);
	return memory_region_set_enabled(d->bus_master, true, err);
}

static const struct verb {
	const char *key;
	int (*run)(struct board *b, const struct jnode *verb, const struct jnode *step,
		   struct sim_error *err);
} verbs[] = {
	{ "pam", do_pam },
	{ "smram", do_smram },
	{ "map", do_map },
	{ "bars", do_bars },
	{ "resize", do_resize },
	{ "rom", do_rom },
	{ "bus-master", do_bus_master },
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int run_step(struct board *b, const struct jnode *step, struct sim_error *err)
{
	static const char *const keys[] = { "pam",    "smram", "map",	     "bars",
					    "resize", "rom",   "bus-master", "value",
					    "at",     "size",  "if",	     NULL };
	int rc = json_only(step, keys, err);
	bool holds;

	if (!rc)
		rc = board_condition(b, step, &holds, err);
	if (rc || !holds)
		return rc;
	for (size_t i = 0; i < N_VERBS; i++) {
		struct jnode v = json_get(step, verbs[i].key);

		if (v.v)
			return verbs[i].run(b, &v, step, err);
	}
	return json_fail(step, SIM_EFORMAT, err,
			 "a step is one of pam, smram, map, bars, resize, rom, bus-master");
}

int board_boot(struct board *b, struct sim_error *err)
{
	const struct jnode root = { .file = b->parts_name };
	struct jnode boot = { .v = b->boot, .parent = &root, .key = "boot" };
	int rc = memory_check(&b->memory, err);

	if (!rc && b->boot)
		rc = json_as_array(&boot, err);
	for (size_t i = 0; i < json_len(&boot) && !rc; i++) {
		struct jnode step = json_at(&boot, i);

		rc = run_step(b, &step, err);
	}
	return rc;
}
