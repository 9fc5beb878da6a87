/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/ramblock.h"

#include <inttypes.h>
#include <string.h>

static int check_idstr(const struct ramlist *l, const char *idstr, struct sim_error *err)
{
	if (strlen(idstr) >= RAMBLOCK_IDSTR_MAX)
		return sim_fail(err, SIM_ERANGE, NULL,
				"the name of a RAM block has at most %d characters, not %zu",
				RAMBLOCK_IDSTR_MAX - 1, strlen(idstr));
	if (*idstr && ramlist_find_idstr(l, idstr))
		return sim_fail(
			err, SIM_ERANGE, NULL,
			"a RAM block named \"%s\" is there already: each needs its own name",
			idstr);
	return SIM_OK;
}

int ramblock_set_idstr(struct ramlist *l, struct ramblock *b, const char *idstr,
		       struct sim_error *err)
{
	int rc;

	if (!strcmp(idstr, b->idstr))
		return SIM_OK;
	rc = check_idstr(l, idstr, err);
	if (rc)
		return rc;
	memset(b->idstr, 0, sizeof(b->idstr));
	memcpy(b->idstr, idstr, strlen(idstr));
	return SIM_OK;
}

int ramblock_resize(struct ramlist *l, struct ramblock *b, uint64_t length,
		    struct sim_error *err)
{
	uint64_t used = length > b->max_length ? length : round_up(length, PAGE_BYTES);

	if (used == b->used_length)
		return SIM_OK;
	if (!b->is_resizeable)
		return sim_fail(err, SIM_ERANGE, NULL,
				"RAM block \"%s\" is not resizable: it has 0x%" PRIx64
				" bytes, not 0x%" PRIx64,
				b->idstr, b->used_length, length);
	if (used > b->max_length)
		return sim_fail(err, SIM_ERANGE, NULL,
				"RAM block \"%s\" can have at most 0x%" PRIx64
				" bytes, not 0x%" PRIx64,
				b->idstr, b->max_length, length);
	for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++)
		dirty_test_and_clear(&l->dirty, b->offset, b->used_length,
				     (enum dirty_client)c);
	b->used_length = used;
	dirty_set(&l->dirty, b->offset, used, DIRTY_CLIENTS_ALL);
	return SIM_OK;
}
