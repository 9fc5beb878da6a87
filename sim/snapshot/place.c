/* SPDX-License-Identifier: GPL-3.0-or-later */
/* place.c - where a guest sees the RAM blocks of a migration file: asked of the same machine, built anew (mem/board.h) */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/host_backing.h"
#include "snapshot/snapshot.h"

#define RAM_BLOCK "pc.ram" /* -m without a memory backend */
#define Q35	  "pc-q35-"
#define PC	  "pc-i440fx-"

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/*
 * Whether a block is firmware or a device's memory, not RAM or a DIMM: the blocks of PCI devices and option ROMs have
 * a path for a name; /objects/ID is a memory backend of machines before 4.0.
 */
static bool is_device(const char *name)
{
	static const char *const fixed[] = { "pc.bios", "pc.rom", "vga.vram", "system.flash0",
					     "system.flash1" };

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (!strcmp(name, fixed[i]))
			return true;
	return strchr(name, '/') && !begins(name, "/objects/");
}

static const struct snapshot_block *find(const struct snapshot *s, const char *name)
{
	for (size_t i = 0; i < s->n_block; i++)
		if (!strcmp(s->block[i].name, name))
			return &s->block[i];
	return NULL;
}

/* --- the words --- */

/*
 * Whether a name can stand in a command line as one word and one value: those of machines and of objects are of such
 * characters (QEMU 7.2 util/id.c, id_wellformed). Any other comes of a damaged file, or of one that wants to add words.
 */
static bool is_plain(const char *name)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";

	return *name && !name[strspn(name, allowed)];
}

/* A size as -m and -object have it. */
static void add_size(struct text *t, const char *before, uint64_t bytes)
{
	bool whole = !(bytes & (((uint64_t)1 << 20) - 1));

	text_add(t, "%s%" PRIu64 "%s", before, whole ? bytes >> 20 : bytes >> 10,
		 whole ? "M" : "K");
}

/*
 * The machine, as mem/board knows it. A version later than 7.2 is taken for 7.2, whose places of RAM and DIMMs it is assumed
 * to have kept; nothing here has read a file of one.
 */
static const char *known_machine(const char *name)
{
	char *end;
	unsigned long major = strtoul(strrchr(name, '-') + 1, &end, 10);
	unsigned long minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;

	if (major < 7 || (major == 7 && minor <= 2))
		return name;
	return begins(name, Q35) ? "q35" : "pc";
}

static void add_machine(const struct snapshot *s, const char *more_of_m, struct text *t)
{
	const struct snapshot_block *ram = find(s, RAM_BLOCK);
	bool has_vga = false;

	text_add(t, "-machine %s", known_machine(s->machine));
	if (ram)
		add_size(t, " -m ", ram->bytes);
	text_add(t, "%s", more_of_m);
	for (size_t i = 0; i < s->n_block; i++)
		has_vga |= strstr(s->block[i].name, "vga.vram") != NULL;
	if (!has_vga)
		text_add(t, "%s", " -vga none");
}

/* Words to start from, DIMM by DIMM. */
static int suggest(const struct snapshot *s, struct sim_error *err)
{
	struct text t = { .s = NULL };
	uint64_t all = 0;
	unsigned n = 0;
	char *words, slots[64];
	int rc;

	for (size_t i = 0; i < s->n_block; i++)
		all += is_device(s->block[i].name) ? 0 : s->block[i].bytes;
	for (size_t i = 0; i < s->n_block; i++)
		n += !is_device(s->block[i].name) && strcmp(s->block[i].name, RAM_BLOCK) != 0;
	snprintf(slots, sizeof(slots), ",slots=%u,maxmem=%" PRIu64 "G", n,
		 round_up(all, (uint64_t)1 << 30) >> 30);
	add_machine(s, slots, &t);
	for (size_t i = 0; i < s->n_block; i++) {
		const char *name = s->block[i].name;

		if (is_device(name) || !strcmp(name, RAM_BLOCK))
			continue;
		name += begins(name, "/objects/") ? strlen("/objects/") : 0;
		if (!is_plain(name)) {
			text_fini(&t);
			return sim_fail(err, SIM_EFORMAT, s->file.name,
					"a block \"%s\": no name of a memory backend", name);
		}
		text_add(&t, " -object memory-backend-ram,id=%s", name);
		add_size(&t, ",size=", s->block[i].bytes);
		text_add(&t, " -device pc-dimm,memdev=%s", name);
	}
	words = text_take(&t);
	if (!words)
		return sim_fail_nomem(err);
	rc = sim_fail(
		err, SIM_EUNSUP, s->file.name,
		"the file does not say where its DIMMs lie; give the words of QEMU's command "
		"line, DIMMs in the order in which they were plugged in: --qemu '%s'",
		words);
	sim_free(words);
	return rc;
}

int snapshot_words(const struct snapshot *s, struct text *words, struct sim_error *err)
{
	if (s->kind != SNAPSHOT_MIGRATION)
		return sim_fail(err, SIM_ESTATE, s->file.name,
				"an ELF dump gives the addresses of its memory itself");
	if (!s->machine || (!begins(s->machine, PC) && !begins(s->machine, Q35)))
		return sim_fail(
			err, SIM_EUNSUP, s->file.name,
			"a machine \"%s\": where the guest sees its memory is known of "
			"pc-i440fx-* and pc-q35-*; an ELF dump (dump-guest-memory) tells "
			"it of any",
			s->machine ? s->machine : "");
	if (!is_plain(s->machine))
		return sim_fail(
			err, SIM_EFORMAT, s->file.name,
			"a machine \"%s\": a name has letters, digits, '.', '-' and '_'",
			s->machine);
	if (!find(s, RAM_BLOCK))
		return sim_fail(
			err, SIM_EUNSUP, s->file.name,
			"the file has no block pc.ram: its RAM is of memory backends; give "
			"the words of QEMU's command line with --qemu, -machine, -m, "
			"-object, -numa and -device pc-dimm");
	for (size_t i = 0; i < s->n_block; i++)
		if (!is_device(s->block[i].name) && strcmp(s->block[i].name, RAM_BLOCK) != 0)
			return suggest(s, err);
	add_machine(s, "", words);
	return 0;
}

/* --- the machine --- */

/* The machine has just the RAM and the DIMMs that the file has. */
static int compare(const struct snapshot *s, struct board *b, struct sim_error *err)
{
	const struct ramlist *l = &board_memory(b)->ram;

	for (const struct ramblock *r = l->first; r; r = r->next) {
		const struct snapshot_block *have = find(s, r->idstr);

		if (is_device(r->idstr) || !r->idstr[0])
			continue;
		if (!have)
			return sim_fail(err, SIM_ERANGE, s->file.name,
					"a machine of these words has RAM \"%s\", the file has "
					"not",
					r->idstr);
		if (have->bytes != r->used_length)
			return sim_fail(err, SIM_ERANGE, s->file.name,
					"a machine of these words has RAM \"%s\" of 0x%" PRIx64
					" bytes, the file 0x%" PRIx64,
					r->idstr, r->used_length, have->bytes);
	}
	for (size_t i = 0; i < s->n_block; i++)
		if (!is_device(s->block[i].name) && !ramlist_find_idstr(l, s->block[i].name))
			return sim_fail(err, SIM_ERANGE, s->file.name,
					"the file has RAM \"%s\", a machine of these words has "
					"not: name it with -object and -device pc-dimm",
					s->block[i].name);
	return 0;
}

static int place_range(struct snapshot *s, const struct flat_range *f, struct sim_error *err)
{
	const struct snapshot_block *b =
		f->mr->ram_block ? find(s, f->mr->ram_block->idstr) : NULL;
	struct snapshot_range r = { .gpa = gpa_make((uint64_t)f->start),
				    .bytes = (uint64_t)f->size,
				    .offset = f->offset_in_region,
				    .is_rom = f->readonly || f->mr->readonly };

	/* Of a device's block there may be less than its machine has room for. */
	if (!b || ((r.gpa.v | r.bytes | r.offset) & (PAGE_BYTES - 1)) || r.offset >= b->bytes)
		return 0;
	r.block = (size_t)(b - s->block);
	if (r.bytes > b->bytes - r.offset)
		r.bytes = b->bytes - r.offset;
	return snapshot_add_range(s, &r, err);
}

static int place_all(struct snapshot *s, struct board *b, struct sim_error *err)
{
	const struct flat_view *v = board_address_space(b)->view;
	int rc = 0;

	for (size_t i = 0; i < v->n && !rc; i++)
		rc = place_range(s, &v->range[i], err);
	if (!rc)
		s->is_placed = true;
	return rc;
}

static int check_machine(const struct snapshot *s, const struct memory_plan *plan,
			 struct sim_error *err)
{
	bool is_q35 = s->machine && begins(s->machine, Q35);

	if (s->kind != SNAPSHOT_MIGRATION)
		return sim_fail(err, SIM_ESTATE, s->file.name,
				"an ELF dump gives the addresses of its memory itself: leave "
				"--qemu out");
	if (plan->options && is_q35 == (plan->options->type == BOARD_Q35))
		return 0;
	return sim_fail(err, SIM_ERANGE, s->file.name,
			"the file is of a machine \"%s\", the words are of another kind",
			s->machine ? s->machine : "");
}

static int place(struct snapshot *s, const struct board_config *cfg, struct sim_error *err)
{
	struct board *b;
	int rc = board_create(&b, cfg, err);

	if (rc)
		return rc;
	if (cfg->parts && !cfg->options->is_stopped)
		rc = board_boot(b, err);
	if (!rc)
		rc = compare(s, b, err);
	if (!rc)
		rc = place_all(s, b, err);
	board_destroy(b);
	return rc;
}

int snapshot_place(struct snapshot *s, const struct memory_plan *plan, struct sim_error *err)
{
	const struct host_config four_k = { .page_level = LEVEL_4K };
	struct board_config cfg = { .options = plan->options,
				    .parts = plan->parts,
				    .parts_name = plan->parts_name,
				    .backing = &host_backing_ops };
	struct host *host;
	int rc = check_machine(s, plan, err);

	if (rc)
		return rc;
	s->n_range = 0;
	rc = host_create(&host, &four_k, err);
	if (rc)
		return rc;
	cfg.backing_arg = host;
	rc = place(s, &cfg, err);
	host_destroy(host);
	return rc;
}
