/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inject_region.c - regions and views for test_inject: a commit that found no memory left all as it was
 */
#include "config.h"

#include "inject_subjects.h"

#include <assert.h>

#include "mirror.h"

#include "base/alloc.h"
#include "mem/address_space.h"

#define N_DEVICES 12

struct parts {
	struct memory memory;
	struct mirror mirror;
	struct memory_region *root, *ram, *window, *device[N_DEVICES];
	struct address_space *as, *dma;
};

static int make(struct parts *p, const struct memory_region_config *cfg,
		struct memory_region **out, struct sim_error *err)
{
	return memory_region_create(&p->memory, cfg, out, err);
}

static int make_regions(struct parts *p, struct sim_error *err)
{
	struct memory_region_config all = { .name = "system", .size = MEMORY_REGION_ALL };
	struct memory_region_config ram = { .name = "ram",
					    .kind = MEMORY_REGION_IO,
					    .size = 1 << 20 };
	struct memory_region_config dev = { .name = "dev",
					    .kind = MEMORY_REGION_IO,
					    .size = 0x100 };
	struct memory_region_config window = {
		.name = "window", .kind = MEMORY_REGION_ALIAS, .size = 1 << 16, .readonly = true
	};
	int rc = make(p, &all, &p->root, err);

	if (!rc)
		rc = make(p, &ram, &p->ram, err);
	for (unsigned i = 0; i < N_DEVICES && !rc; i++)
		rc = make(p, &dev, &p->device[i], err);
	window.alias = p->ram;
	return rc ? rc : make(p, &window, &p->window, err);
}

static int make_spaces(struct parts *p, struct sim_error *err)
{
	int rc = address_space_create(&p->memory, p->root, "memory", &p->as, err);

	if (!rc)
		rc = address_space_create(&p->memory, p->ram, "dma", &p->dma, err);
	mirror_init(&p->mirror);
	return rc ? rc : memory_listener_register(&p->mirror.listener, p->as, err);
}

/* A failure is tried again, at once: it happens once. */
static int commit(struct parts *p, struct sim_error *err)
{
	size_t n = p->as->view->n;
	int rc = memory_transaction_commit(&p->memory, err), again;

	mirror_check(&p->mirror, p->as);
	mirror_check_view(p->as->view);
	if (!rc)
		return 0;
	assert(p->as->view->n == n && !p->as->next_view && !p->dma->next_view);
	memory_transaction_begin(&p->memory);
	again = memory_transaction_commit(&p->memory, NULL);
	assert(!again && p->as->view->n > n);
	mirror_check(&p->mirror, p->as);
	return rc;
}

static int fill(struct parts *p, struct sim_error *err)
{
	int rc;

	memory_transaction_begin(&p->memory);
	rc = memory_region_add_subregion(p->root, 0, p->ram, err);
	if (!rc)
		rc = memory_region_add_subregion_overlap(p->root, 0x8000, p->window, 1, err);
	for (unsigned i = 0; i < N_DEVICES && !rc; i++)
		rc = memory_region_add_subregion(p->ram, 0x1000 * (i + 1), p->device[i], err);
	assert(!rc); /* nothing is rendered yet */
	return commit(p, err);
}

int inject_region(void *arg, struct sim_error *err)
{
	struct parts *p = sim_calloc(1, sizeof(*p));
	int rc;

	(void)arg;
	if (!p)
		return sim_fail_nomem(err);
	memory_init(&p->memory, NULL, NULL);
	rc = make_regions(p, err);
	if (!rc)
		rc = make_spaces(p, err);
	if (!rc)
		rc = fill(p, err);
	if (!rc)
		rc = memory_global_dirty_log_start(&p->memory, err);
	memory_fini(&p->memory);
	sim_free(p);
	return rc;
}
