/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/boards.h"

#include <string.h>

#include "mem/mtree.h"

static const struct board *first(void *arg)
{
	return ((struct monitor_boards *)arg)->board[0];
}

/* --- the run --- */

static enum monitor_state state(void *arg)
{
	return ((struct monitor_boards *)arg)->state;
}

static void stop(void *arg)
{
	((struct monitor_boards *)arg)->state = MONITOR_PAUSED;
}

static void cont(void *arg)
{
	struct monitor_boards *g = arg;

	if (g->cont)
		g->cont(g->arg);
	g->state = MONITOR_RUNNING;
}

static void quit(void *arg)
{
	((struct monitor_boards *)arg)->has_quit = true;
}

static bool stat(void *arg, size_t i, struct monitor_stat *s)
{
	struct monitor_boards *g = arg;

	return g->stat && g->stat(g->arg, i, s);
}

static uint64_t now(void *arg)
{
	struct monitor_boards *g = arg;

	return g->now ? g->now(g->arg) : 0;
}

/* --- changes --- */

/* Says of an error that is recorded already that it could not be undone everywhere. */
static void differ(struct sim_error *err)
{
	sim_error_prefix(err, "the lanes' boards differ now: ");
}

static int undo_object(struct monitor_boards *g, size_t n, const char *id)
{
	struct sim_error err = { .code = 0 };
	int rc = 0;

	while (n-- > 0 && !rc)
		rc = board_object_del(g->board[n], id, &err);
	return rc;
}

static int object_add(void *arg, const struct backend_options *o, struct sim_error *err)
{
	struct monitor_boards *g = arg;
	int rc = 0;

	for (size_t i = 0; i < g->n && !rc; i++) {
		rc = board_object_add(g->board[i], o, err);
		if (rc && undo_object(g, i, o->id))
			differ(err);
	}
	return rc;
}

static const struct board_backend *backend_of(const struct board *b, const char *id)
{
	const struct board_backend *k;

	for (size_t i = 0; (k = board_backend_at(b, i)); i++)
		if (!strcmp(k->id, id))
			return k;
	return NULL;
}

/* What is taken away does not come back: each board is asked before. */
static int check_object(const struct board *b, const char *id, struct sim_error *err)
{
	const struct board_backend *k = backend_of(b, id);

	if (!k)
		return sim_fail(err, SIM_ERANGE, "", "object '%s' not found", id);
	if (k->is_mapped)
		return sim_fail(err, SIM_ESTATE, "",
				"object '%s' is in use, can not be deleted", id);
	return 0;
}

static int object_del(void *arg, const char *id, struct sim_error *err)
{
	struct monitor_boards *g = arg;
	int rc = 0;

	for (size_t i = 0; i < g->n && !rc; i++)
		rc = check_object(g->board[i], id, err);
	for (size_t i = 0; i < g->n && !rc; i++) {
		rc = board_object_del(g->board[i], id, err);
		if (rc && i)
			differ(err);
	}
	return rc;
}

/* A DIMM may have no id; its memory has one. */
static const struct board_dimm *dimm_with(const struct board *b, const char *memdev)
{
	const struct board_dimm *d;

	for (size_t i = 0; (d = board_dimm_at(b, i)); i++)
		if (!strcmp(d->backend->id, memdev))
			return d;
	return NULL;
}

static int unplug(struct board *b, const char *memdev)
{
	const struct board_dimm *d = dimm_with(b, memdev);
	struct sim_error err = { .code = 0 };

	return d ? board_hotunplug(b, gpa_make(d->addr), d->size, &err) : SIM_ESTATE;
}

static int undo_device(struct monitor_boards *g, size_t n, const char *memdev)
{
	int rc = 0;

	while (n-- > 0 && !rc)
		rc = unplug(g->board[n], memdev);
	return rc;
}

/* The boards' memory may have other alignments: what the first one chose holds for all. */
static int plug(struct board *b, struct dimm_options *o, struct sim_error *err)
{
	const struct board_dimm *d;
	int rc = board_device_add(b, o, err);

	d = rc ? NULL : dimm_with(b, o->memdev);
	if (d) {
		o->addr = d->addr;
		o->slot = d->slot;
	}
	return rc;
}

static int device_add(void *arg, const struct dimm_options *o, struct sim_error *err)
{
	struct monitor_boards *g = arg;
	struct dimm_options all = *o;
	int rc = 0;

	for (size_t i = 0; i < g->n && !rc; i++) {
		rc = plug(g->board[i], &all, err);
		if (rc && undo_device(g, i, o->memdev))
			differ(err);
	}
	return rc;
}

static int check_device(const struct board *b, const char *id, struct sim_error *err)
{
	const struct board_dimm *d;

	for (size_t i = 0; (d = board_dimm_at(b, i)); i++)
		if (d->id && !strcmp(d->id, id))
			return 0;
	return sim_fail(err, SIM_ERANGE, "", "device '%s' not found", id);
}

static int device_del(void *arg, const char *id, struct sim_error *err)
{
	struct monitor_boards *g = arg;
	int rc = 0;

	for (size_t i = 0; i < g->n && !rc; i++)
		rc = check_device(g->board[i], id, err);
	for (size_t i = 0; i < g->n && !rc; i++) {
		rc = board_device_del(g->board[i], id, err);
		if (rc && i)
			differ(err);
	}
	return rc;
}

/* --- questions --- */

static const struct board_backend *backend_at(void *arg, size_t i)
{
	return board_backend_at(first(arg), i);
}

static const struct board_dimm *dimm_at(void *arg, size_t i)
{
	return board_dimm_at(first(arg), i);
}

static uint64_t base_memory(void *arg)
{
	return board_base_memory(first(arg));
}

static uint64_t plugged_memory(void *arg)
{
	return board_plugged_memory(first(arg));
}

static void info(void *arg, enum monitor_info what, unsigned flags, struct text *t)
{
	const struct board *b = first(arg);

	switch (what) {
	case MONITOR_INFO_MTREE:
		mtree_info(b, flags, t);
		break;
	case MONITOR_INFO_RAMBLOCK:
		mtree_ramblock(b, t);
		break;
	case MONITOR_INFO_MEMORY_DEVICES:
		mtree_memory_devices(b, t);
		break;
	case MONITOR_INFO_MEMORY_SIZE_SUMMARY:
		mtree_memory_size_summary(b, t);
		break;
	case MONITOR_INFO_MEMDEV:
		mtree_memdev(b, t);
		break;
	case MONITOR_INFO_NUMA:
		mtree_numa(b, t);
		break;
	}
}

const struct monitor_ops monitor_boards_ops = {
	.state = state,
	.stop = stop,
	.cont = cont,
	.quit = quit,
	.object_add = object_add,
	.object_del = object_del,
	.device_add = device_add,
	.device_del = device_del,
	.backend_at = backend_at,
	.dimm_at = dimm_at,
	.base_memory = base_memory,
	.plugged_memory = plugged_memory,
	.info = info,
	.stat = stat,
	.now = now,
};
