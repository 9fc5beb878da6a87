/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_mem.c - RAM blocks over the simulated host and over real memory */
#include "inject_subjects.h"

#include "mem/host_backing.h"
#include "mem/ramblock.h"

static int add(struct ramlist *l, enum backing_kind kind, uint64_t pages, struct ramblock **b,
	       struct sim_error *err)
{
	struct ramblock_config cfg = { .used_length = pages << PAGE_SHIFT,
				       .max_length = 2 * pages << PAGE_SHIFT,
				       .is_resizeable = true,
				       .backing = backing_defaults(kind) };

	cfg.backing.mem_path = "."; /* a file that has no name */
	return ramlist_add(l, &cfg, b, err);
}

static int use_blocks(struct ramlist *l, struct sim_error *err)
{
	struct dirty_snapshot *s;
	struct ramblock *b;
	int rc = 0;

	for (uint64_t i = 0; i < 12 && !rc; i++) {
		rc = add(l, (enum backing_kind)(i % 3), 100 + 100 * i, &b, err);
		if (!rc && i % 4 == 3)
			ramlist_remove(l, b);
		else if (!rc)
			rc = ramblock_resize(l, b, b->max_length, err);
	}
	if (!rc)
		rc = dirty_snapshot_and_clear(&l->dirty, ram_addr_make(0), 0x10000,
					      DIRTY_MEMORY_VGA, &s, err);
	if (!rc)
		dirty_snapshot_free(s);
	return rc;
}

int inject_blocks(void *arg, struct sim_error *err)
{
	const struct host_config cfg = { .page_level = LEVEL_4K };
	struct ramlist l;
	struct host *h;
	int rc = host_create(&h, &cfg, err);

	if (rc)
		return rc;
	ramlist_init(&l, arg, h);
	rc = use_blocks(&l, err);
	ramlist_fini(&l);
	host_destroy(h);
	return rc;
}
