/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/board_guest.h"

#include <string.h>

#include "tests/check.h"

#include "mem/address_space.h"

void board_guest_read(struct board_guest *b, const char *line, struct small_options *o)
{
	struct sim_error err = { 0 };
	struct jnode root;
	char path[4096];

	b->parts = NULL;
	if (board_options_parse(&b->options, line, &err))
		fail_msg("%s: %s: %s", line, err.where, err.text);
	source_path(path, sizeof(path),
		    b->options.type == BOARD_PC ? "models/board/pc.json"
						: "models/board/q35.json");
	if (json_open(path, &b->parts, &root, &err))
		fail_msg("%s: %s", err.where, err.text);
	o->memory.options = &b->options;
	o->memory.parts = b->parts;
	if (!o->ram_bytes)
		o->ram_bytes = LOW_RAM;
}

void board_guest_init(struct board_guest *b, const char *line, struct small_options *o)
{
	board_guest_read(b, line, o);
	small_init(&b->g, o);
}

void board_guest_fini(struct board_guest *b)
{
	small_fini(&b->g);
	json_decref(b->parts);
	board_options_fini(&b->options);
}

struct board *board_guest_board(struct board_guest *b)
{
	return vm_board(b->g.vm);
}

void board_guest_object(struct board_guest *b, const char *words)
{
	json_t *v = json_string(words);
	struct jnode root = json_root(v, "object_add");
	struct backend_options o = { .size = 0 };
	struct sim_error err = { 0 };

	if (backend_options_read(&o, &root, &err) ||
	    board_object_add(board_guest_board(b), &o, &err))
		fail_msg("%s: %s", words, err.text);
	backend_options_fini(&o);
	json_decref(v);
}

void board_guest_plug(struct board_guest *b, const char *words)
{
	json_t *v = json_string(words);
	struct jnode root = json_root(v, "device_add");
	struct dimm_options o = { .slot = DIMM_SLOT_AUTO };
	struct sim_error err = { 0 };

	if (dimm_options_read(&o, &root, &err) ||
	    board_device_add(board_guest_board(b), &o, &err))
		fail_msg("%s: %s", words, err.text);
	dimm_options_fini(&o);
	json_decref(v);
}

void board_guest_unplug(struct board_guest *b, const char *id)
{
	struct sim_error err = { 0 };

	if (board_device_del(board_guest_board(b), id, &err))
		fail_msg("%s: %s", id, err.text);
}

void board_guest_map(struct board_guest *b, uint64_t gva, uint64_t gpa, unsigned n,
		     unsigned level)
{
	for (unsigned i = 0; i < n; i += (unsigned)level_frames(level))
		small_map(&b->g, b->g.cr3, gva + i * PAGE_BYTES, (gpa >> PAGE_SHIFT) + i,
			  SMALL_RW | SMALL_AD, level);
}

struct ramblock *board_guest_block(struct board_guest *b, const char *idstr)
{
	struct ramblock *block =
		ramlist_find_idstr(&board_memory(board_guest_board(b))->ram, idstr);

	assert_non_null(block);
	return block;
}

void board_guest_reaches(struct board_guest *b, uint64_t gva, enum access_kind kind,
			 const struct ramblock *block, uint64_t offset)
{
	struct vm_result r = small_access(&b->g, gva, kind);
	hva_t hva = ramblock_hva(block, offset);
	struct host_mapping h = host_lookup(vm_mmu(b->g.vm)->host, hva);

	if (r.status != FILL_OK)
		fail_msg("gva 0x%llx: status %d", (unsigned long long)gva, (int)r.status);
	assert_true(h.present);
	assert_int_equal(r.hpa.v, h.hfn.v << PAGE_SHIFT | (hva.v & (PAGE_BYTES - 1)));
}

void board_guest_exits(struct board_guest *b, uint64_t gva, enum access_kind kind, uint64_t gpa,
		       bool unassigned)
{
	uint64_t exits = GUEST_COUNT(b, mmio_exits), nobody = GUEST_COUNT(b, mmio_unassigned);
	struct vm_result r = small_access(&b->g, gva, kind);

	if (r.status != FILL_MMIO)
		fail_msg("gva 0x%llx: status %d, not a device access", (unsigned long long)gva,
			 (int)r.status);
	assert_int_equal(r.gpa.v, gpa);
	assert_int_equal(GUEST_COUNT(b, mmio_exits), exits + 1);
	assert_int_equal(GUEST_COUNT(b, mmio_unassigned), nobody + unassigned);
}
