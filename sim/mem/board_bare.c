/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/board_state.h"

static int check_range(struct board *b, gpa_t gpa, uint64_t bytes, struct sim_error *err)
{
	struct memory_region_section s;
	int rc = memory_check(&b->memory, err);

	if (rc)
		return rc;
	if (!bytes || (gpa.v | bytes) & (PAGE_BYTES - 1) || gpa.v + bytes < gpa.v)
		return sim_fail(err, SIM_ERANGE, "",
				"RAM is whole pages: not 0x%" PRIx64 " bytes at 0x%" PRIx64,
				bytes, gpa.v);
	s = address_space_section(b->as, gpa.v, bytes);
	if (s.mr || s.size < (int128_t)bytes)
		return sim_fail(err, SIM_ERANGE, "",
				"there is something already within 0x%" PRIx64 "..0x%" PRIx64,
				gpa.v, gpa.v + bytes - 1);
	return 0;
}

static int grow(struct board *b, struct sim_error *err)
{
	if (sim_grow((void **)&b->piece, &b->cap_piece, b->n_piece, sizeof(*b->piece)))
		return sim_fail_nomem(err);
	return 0;
}

static int drop(struct board *b, const struct board_piece *p, struct sim_error *err)
{
	int rc = memory_region_destroy(p->mr, err);

	if (!rc && p->block)
		ramlist_remove(&b->memory.ram, p->block);
	return rc;
}

static int show(struct board *b, const struct board_piece *p, struct sim_error *err)
{
	int rc = board_show(b->system, p->addr, p->mr, err);

	if (!rc)
		b->piece[b->n_piece++] = *p;
	else if (!b->memory.is_broken && drop(b, p, NULL))
		return rc;
	return rc;
}

/* RAM that only aliases show may still bear the name. */
static void name_block(const struct board *b, gpa_t gpa, char *name, size_t size)
{
	snprintf(name, size, "ram@%" PRIx64, gpa.v);
	for (unsigned i = 1; ramlist_find_idstr(&b->memory.ram, name); i++)
		snprintf(name, size, "ram@%" PRIx64 ".%u", gpa.v, i);
}

int board_add_ram(struct board *b, gpa_t gpa, uint64_t bytes, bool readonly,
		  struct sim_error *err)
{
	char name[32];
	struct board_memory_config c = { .name = name,
					 .idstr = name,
					 .kind = readonly ? MEMORY_REGION_ROM
							  : MEMORY_REGION_RAM,
					 .used = bytes,
					 .like = gpa.v };
	struct board_piece p = { .addr = gpa.v, .bytes = bytes };
	int rc = check_range(b, gpa, bytes, err);

	name_block(b, gpa, name, sizeof(name));
	if (!rc)
		rc = grow(b, err);
	if (!rc)
		rc = board_memory_region(b, &c, &p.mr, err);
	if (rc)
		return rc;
	p.block = p.mr->ram_block;
	return show(b, &p, err);
}

int board_add_alias(struct board *b, gpa_t gpa, uint64_t bytes, gpa_t of, bool readonly,
		    struct sim_error *err)
{
	char name[32];
	struct memory_region_section s = address_space_section(b->as, of.v, bytes);
	struct memory_region_config cfg = { .name = name,
					    .kind = MEMORY_REGION_ALIAS,
					    .size = bytes,
					    .alias = s.mr,
					    .alias_offset = s.offset_within_region,
					    .readonly = readonly };
	struct board_piece p = { .addr = gpa.v, .bytes = bytes };
	int rc = check_range(b, gpa, bytes, err);

	if (rc)
		return rc;
	if (!s.mr || !memory_region_is_ram(s.mr) || s.size < (int128_t)bytes)
		return sim_fail(err, SIM_ESTATE, "",
				"no RAM of 0x%" PRIx64 " bytes is at 0x%" PRIx64, bytes, of.v);
	snprintf(name, sizeof(name), "alias@%" PRIx64, gpa.v);
	rc = grow(b, err);
	if (!rc)
		rc = memory_region_create(&b->memory, &cfg, &p.mr, err);
	return rc ? rc : show(b, &p, err);
}

/* The i-th is shown nowhere any more. */
static int release(struct board *b, size_t i, struct sim_error *err)
{
	int rc = drop(b, &b->piece[i], err);

	if (rc)
		return rc;
	memmove(&b->piece[i], &b->piece[i + 1], (--b->n_piece - i) * sizeof(*b->piece));
	return 0;
}

/* RAM that was kept for the aliases of it goes with the last of them. */
static int release_unseen(struct board *b, struct sim_error *err)
{
	for (size_t i = 0; i < b->n_piece; i++)
		if (b->piece[i].is_hidden && !b->piece[i].mr->n_aliases)
			return release(b, i, err);
	return 0;
}

int board_del_ram(struct board *b, gpa_t gpa, struct sim_error *err)
{
	size_t i = 0;
	int rc = memory_check(&b->memory, err);

	if (rc)
		return rc;
	while (i < b->n_piece && (b->piece[i].is_hidden || b->piece[i].addr != gpa.v))
		i++;
	if (i == b->n_piece)
		return sim_fail(err, SIM_ESTATE, "", "no RAM was put at 0x%" PRIx64, gpa.v);
	rc = board_hide(b->piece[i].mr, err);
	if (rc)
		return rc;
	b->piece[i].is_hidden = b->piece[i].mr->n_aliases > 0;
	if (b->piece[i].is_hidden)
		return 0;
	rc = release(b, i, err);
	return rc ? rc : release_unseen(b, err);
}

void board_pieces_fini(struct board *b)
{
	sim_free(b->piece);
}

uint64_t board_base_memory(const struct board *b)
{
	uint64_t sum = 0;

	if (b->options)
		return b->options->ram_size;
	for (size_t i = 0; i < b->n_piece; i++)
		sum += b->piece[i].block ? b->piece[i].bytes : 0;
	return sum;
}
