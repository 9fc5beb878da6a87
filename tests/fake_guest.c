/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_guest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/mtree.h"

#define RAM   ((uint64_t)256 << 20)
#define ALIGN ((uint64_t)2 << 20)
#define SLOTS 3

static enum monitor_state state(void *arg)
{
	return ((struct fake_guest *)arg)->state;
}

static void stop(void *arg)
{
	((struct fake_guest *)arg)->state = MONITOR_PAUSED;
}

static void cont(void *arg)
{
	((struct fake_guest *)arg)->state = MONITOR_RUNNING;
}

static void quit(void *arg)
{
	((struct fake_guest *)arg)->has_quit = true;
}

/* The i-th that is there: from the last to the first, so that pc.ram comes last. */
static const struct board_backend *backend_at(void *arg, size_t i)
{
	struct fake_guest *g = arg;

	for (size_t at = FAKE_GUEST_PARTS; at-- > 0;)
		if (g->backend[at] && i-- == 0)
			return g->backend[at];
	return NULL;
}

static const struct board_dimm *dimm_at(void *arg, size_t i)
{
	struct fake_guest *g = arg;

	for (size_t at = 0; at < FAKE_GUEST_PARTS; at++)
		if (g->dimm[at] && i-- == 0)
			return g->dimm[at];
	return NULL;
}

static struct board_backend *find(struct fake_guest *g, const char *id)
{
	for (size_t i = 0; i < FAKE_GUEST_PARTS; i++)
		if (g->backend[i] && !strcmp(g->backend[i]->id, id))
			return g->backend[i];
	return NULL;
}

static void free_backend(struct board_backend *b)
{
	if (b)
		sim_free(b->id);
	sim_free(b);
}

static void free_dimm(struct board_dimm *d)
{
	if (d)
		sim_free(d->id);
	sim_free(d);
}

static int object_add(void *arg, const struct backend_options *o, struct sim_error *err)
{
	struct board_backend *b = sim_calloc(1, sizeof(*b));
	struct fake_guest *g = arg;
	size_t at = 0;

	while (at < FAKE_GUEST_PARTS && g->backend[at])
		at++;
	if (b) {
		b->options = *o;
		b->id = sim_strdup(o->id);
	}
	if (b && b->id && at < FAKE_GUEST_PARTS) {
		g->backend[at] = b;
		return 0;
	}
	free_backend(b);
	return at < FAKE_GUEST_PARTS ? sim_fail_nomem(err)
				     : sim_fail(err, SIM_ERANGE, "", "no more backends");
}

static int object_del(void *arg, const char *id, struct sim_error *err)
{
	struct fake_guest *g = arg;

	(void)err;
	for (size_t i = 0; i < FAKE_GUEST_PARTS; i++)
		if (g->backend[i] && !strcmp(g->backend[i]->id, id)) {
			free_backend(g->backend[i]);
			g->backend[i] = NULL;
		}
	return 0;
}

static uint64_t plugged_memory(void *arg)
{
	const struct board_dimm *d;
	uint64_t bytes = 0;

	for (size_t i = 0; (d = dimm_at(arg, i)); i++)
		bytes += d->size;
	return bytes;
}

static int check_dimm(const struct dimm_options *o, const struct board_backend *b, size_t at,
		      struct sim_error *err)
{
	if (b->is_mapped)
		return sim_fail(err, SIM_ESTATE, "", "can't use already busy memdev: %s",
				o->memdev);
	if (o->slot >= SLOTS)
		return sim_fail(err, SIM_ERANGE, "",
				"invalid slot number %d, valid range is [0-%d]", o->slot,
				SLOTS - 1);
	if (b->options.size % ALIGN)
		return sim_fail(err, SIM_ERANGE, "",
				"backend memory size must be multiple of 0x%" PRIx64, ALIGN);
	if (o->addr % ALIGN)
		return sim_fail(err, SIM_ERANGE, "",
				"address must be aligned to 0x%" PRIx64 " bytes", ALIGN);
	return at < SLOTS ? 0 : sim_fail(err, SIM_ERANGE, "", "no free slots");
}

static int device_add(void *arg, const struct dimm_options *o, struct sim_error *err)
{
	struct fake_guest *g = arg;
	struct board_backend *b = find(g, o->memdev);
	struct board_dimm *d;
	size_t at = 0;
	int rc;

	while (g->dimm[at])
		at++;
	rc = check_dimm(o, b, at, err);
	if (rc)
		return rc;
	d = sim_calloc(1, sizeof(*d));
	if (!d || (o->id && !(d->id = sim_strdup(o->id)))) {
		free_dimm(d);
		return sim_fail_nomem(err);
	}
	d->addr = ((uint64_t)4 << 30) + plugged_memory(g);
	d->size = b->options.size;
	d->slot = (int)at;
	d->backend = b;
	d->hotplugged = true;
	b->is_mapped = true;
	g->dimm[at] = d;
	return 0;
}

static int device_del(void *arg, const char *id, struct sim_error *err)
{
	struct fake_guest *g = arg;

	(void)err;
	for (size_t i = 0; i < FAKE_GUEST_PARTS; i++)
		if (g->dimm[i] && g->dimm[i]->id && !strcmp(g->dimm[i]->id, id)) {
			find(g, g->dimm[i]->backend->id)->is_mapped = false;
			free_dimm(g->dimm[i]);
			g->dimm[i] = NULL;
		}
	return 0;
}

static uint64_t base_memory(void *arg)
{
	(void)arg;
	return RAM;
}

static void info(void *arg, enum monitor_info what, unsigned flags, struct text *t)
{
	static const char *const names[] = { "mtree",	"ramblock", "memory-devices",
					     "summary", "memdev",   "numa" };

	(void)arg;
	text_add(t, "%s%s%s\n", names[what], flags & MTREE_FLAT ? " flat" : "",
		 flags & MTREE_DISABLED ? " disabled" : "");
}

static bool stat(void *arg, size_t i, struct monitor_stat *s)
{
	static const struct monitor_stat all[] = { { "pages_4k", 7 }, { "mmu_unsync", 3 } };

	(void)arg;
	if (i < 2)
		*s = all[i];
	return i < 2;
}

static uint64_t now(void *arg)
{
	return ((struct fake_guest *)arg)->now;
}

const struct monitor_ops fake_guest_ops = {
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

bool fake_guest_init(struct fake_guest *g)
{
	static char pc_ram[] = "pc.ram";
	const struct backend_options ram = {
		.id = pc_ram,
		.size = RAM,
		.backing.has_merge = true,
		.backing.has_dump = true,
		.backing.has_reserve = true,
	};

	*g = (struct fake_guest){ .state = MONITOR_PRELAUNCH, .now = 5000007 };
	if (object_add(g, &ram, NULL))
		return false;
	g->backend[0]->is_mapped = true;
	return true;
}

void fake_guest_fini(struct fake_guest *g)
{
	for (size_t i = 0; i < FAKE_GUEST_PARTS; i++) {
		free_dimm(g->dimm[i]);
		free_backend(g->backend[i]);
	}
}
