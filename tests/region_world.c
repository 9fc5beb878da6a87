/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "region_world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "mirror.h"

#include "mem/address_space.h"

#define N_NODES 12
#define N_CELLS 48
#define N_ROOTS 3 /* nodes 0, 1, 2 are roots of address spaces, too */

/* What the painter knows of a region. Sizes and places in cells. */
struct node {
	struct memory_region *mr;
	enum memory_region_kind kind;
	int size, addr, offset, priority;
	unsigned seq; /* of its coming into the container */
	struct node *parent, *target;
	bool enabled, readonly, nonvolatile, romd;
	unsigned n_logs;
};

struct world {
	const uint8_t *data;
	size_t left;
	struct memory memory;
	uint64_t cell; /* bytes */
	struct node node[N_NODES];
	struct address_space *as[N_ROOTS];
	struct mirror mirror[N_ROOTS];
	unsigned seq;
	bool is_global;
	struct region_world_counts counts;
};

static unsigned take(struct world *w, unsigned n)
{
	if (!w->left)
		return 0;
	w->left--;
	return *w->data++ % n;
}

/* --- the painter --- */

struct cell {
	const struct node *owner; /* NULL: nobody */
	int offset;
	bool readonly, nonvolatile;
};

static const struct node *next_child(const struct world *w, const struct node *parent,
				     const struct node *before)
{
	const struct node *best = NULL;

	for (const struct node *c = w->node; c < w->node + N_NODES; c++) {
		if (c->parent != parent)
			continue;
		if (before && (c->priority > before->priority ||
			       (c->priority == before->priority && c->seq >= before->seq)))
			continue;
		if (!best || c->priority > best->priority ||
		    (c->priority == best->priority && c->seq > best->seq))
			best = c;
	}
	return best;
}

/* Who owns place x of what n lies in. */
static bool paint(const struct world *w, const struct node *n, int x, struct cell *cell)
{
	struct cell mine = *cell;

	x -= n->addr;
	if (!n->enabled || x < 0 || x >= n->size)
		return false;
	mine.readonly |= n->readonly;
	mine.nonvolatile |= n->nonvolatile;
	if (n->target) {
		if (!paint(w, n->target, x + n->offset + n->target->addr, &mine))
			return false;
		*cell = mine;
		return true;
	}
	for (const struct node *c = next_child(w, n, NULL); c; c = next_child(w, n, c)) {
		struct cell of_child = mine;

		if (paint(w, c, x, &of_child)) {
			*cell = of_child;
			return true;
		}
	}
	if (n->kind == MEMORY_REGION_CONTAINER)
		return false;
	*cell = (struct cell){ n, x, mine.readonly, mine.nonvolatile };
	return true;
}

/* What stands for a root (QEMU skips what only passes on). */
static const struct node *effective(const struct world *w, const struct node *n)
{
	const struct node *only = NULL;
	unsigned n_enabled = 0;

	if (!n->enabled)
		return NULL;
	if (n->target)
		return n->offset || n->size < n->target->size ? n : effective(w, n->target);
	if (n->kind != MEMORY_REGION_CONTAINER)
		return n;
	for (const struct node *c = w->node; c < w->node + N_NODES; c++)
		if (c->parent == n && c->enabled) {
			only = c;
			n_enabled++;
		}
	if (!n_enabled)
		return NULL;
	if (n_enabled > 1 || only->addr || only->size > n->size)
		return n;
	return effective(w, only);
}

static bool lies_in(const struct world *w, const struct node *n, const struct node *outer)
{
	if (n == outer)
		return true;
	if (outer->target && lies_in(w, n, outer->target))
		return true;
	for (const struct node *c = w->node; c < w->node + N_NODES; c++)
		if (c->parent == outer && lies_in(w, n, c))
			return true;
	return false;
}

static unsigned mask_of(const struct world *w, const struct node *n)
{
	unsigned mask = n->n_logs ? DIRTY_BIT(DIRTY_MEMORY_VGA) : 0;

	if (n->mr->ram_block && w->is_global)
		mask |= DIRTY_BIT(DIRTY_MEMORY_MIGRATION);
	if (n->mr->ram_block && w->memory.is_tcg)
		mask |= DIRTY_BIT(DIRTY_MEMORY_CODE);
	return mask;
}

/* --- the comparison --- */

static void compare_byte(const struct world *w, const struct flat_view *v, int x, uint64_t byte,
			 const struct cell *cell)
{
	uint64_t addr = (uint64_t)x * w->cell + byte;
	const struct flat_range *r = flatview_find(v, addr);

	assert(!r == !cell->owner);
	if (!r)
		return;
	assert(r->mr == cell->owner->mr);
	assert((uint64_t)(addr - r->start) + r->offset_in_region ==
	       (uint64_t)cell->offset * w->cell + byte);
	assert(r->readonly == cell->readonly && r->nonvolatile == cell->nonvolatile);
	assert(r->romd_mode == cell->owner->romd);
	assert(r->dirty_log_mask == mask_of(w, cell->owner));
}

static void compare_space(struct world *w, unsigned i)
{
	const struct node *root = effective(w, &w->node[i]);
	const struct flat_view *v = w->as[i]->view;

	assert(v->root == (root ? root->mr : NULL));
	mirror_check_view(v);
	mirror_check(&w->mirror[i], w->as[i]);
	w->counts.n_ranges += (unsigned)v->n;
	for (int x = 0; x < N_CELLS; x++) {
		struct cell cell = { NULL, 0, false, false };

		if (root)
			paint(w, root, x + root->addr, &cell);
		compare_byte(w, v, x, 0, &cell);
		compare_byte(w, v, x, w->cell - 1, &cell);
	}
	for (unsigned k = 0; k < i; k++) {
		assert((w->as[k]->view == v) == (w->as[k]->view->root == v->root));
		w->counts.n_shared += w->as[k]->view == v;
	}
}

static void compare(struct world *w)
{
	for (unsigned i = 0; i < N_ROOTS; i++)
		compare_space(w, i);
}

/* --- what happens --- */

static int add(struct world *w, struct node *n, struct sim_error *err)
{
	struct node *parent = &w->node[take(w, 2) ? take(w, N_NODES) : 0];
	bool may = !n->parent && !parent->target && !lies_in(w, parent, n);
	int addr = (int)take(w, N_CELLS), priority = (int)take(w, 4) - 2, rc;

	rc = memory_region_add_subregion_overlap(parent->mr, (uint64_t)addr * w->cell, n->mr,
						 priority, err);
	assert(may ? !rc : rc == SIM_ESTATE);
	if (!may) {
		*err = (struct sim_error){ 0 };
		w->counts.n_refused++;
		return 0;
	}
	n->parent = parent;
	n->addr = addr;
	n->priority = priority;
	n->seq = ++w->seq;
	return rc;
}

static int del(struct world *w, struct node *n, struct sim_error *err)
{
	struct node *parent = n->parent;

	(void)w;
	if (!parent)
		return 0;
	n->parent = NULL;
	return memory_region_del_subregion(parent->mr, n->mr, err);
}

static int set_enabled(struct world *w, struct node *n, struct sim_error *err)
{
	(void)w;
	n->enabled = take(w, 4);
	return memory_region_set_enabled(n->mr, n->enabled, err);
}

static int set_readonly(struct world *w, struct node *n, struct sim_error *err)
{
	(void)w;
	n->readonly = !n->readonly;
	return memory_region_set_readonly(n->mr, n->readonly, err);
}

static int set_address(struct world *w, struct node *n, struct sim_error *err)
{
	int addr = (int)take(w, N_CELLS);

	if (!n->parent)
		return 0;
	if (addr != n->addr)
		n->seq = ++w->seq;
	n->addr = addr;
	return memory_region_set_address(n->mr, (uint64_t)addr * w->cell, err);
}

static int set_offset(struct world *w, struct node *n, struct sim_error *err)
{
	int offset = (int)take(w, N_CELLS);

	if (!n->target)
		return 0;
	n->offset = offset;
	return memory_region_set_alias_offset(n->mr, (uint64_t)offset * w->cell, err);
}

static int set_size(struct world *w, struct node *n, struct sim_error *err)
{
	n->size = (int)take(w, N_CELLS + 1);
	return memory_region_set_size(n->mr, (int128_t)n->size * w->cell, err);
}

static int set_romd(struct world *w, struct node *n, struct sim_error *err)
{
	(void)w;
	if (n->kind != MEMORY_REGION_ROMD)
		return 0;
	n->romd = !n->romd;
	return memory_region_rom_device_set_romd(n->mr, n->romd, err);
}

static int set_log(struct world *w, struct node *n, struct sim_error *err)
{
	bool log = take(w, 2) || !n->n_logs;

	n->n_logs += log ? 1u : -1u;
	return memory_region_set_log(n->mr, log, err);
}

static int set_global(struct world *w, struct node *n, struct sim_error *err)
{
	(void)n;
	w->is_global = !w->is_global;
	return w->is_global ? memory_global_dirty_log_start(&w->memory, err)
			    : memory_global_dirty_log_stop(&w->memory, err);
}

typedef int operation(struct world *, struct node *, struct sim_error *);

static void force(struct world *w, operation *op, struct node *n)
{
	struct sim_error err = { 0 };
	int rc = op(w, n, &err);

	assert(!rc && !err.code);
}

static void step(struct world *w)
{
	static operation *const op[] = {
		add,	  add,	       add,	    del,	set_enabled, set_readonly,
		set_size, set_offset,  set_offset,  set_romd,	set_log,     set_address,
		add,	  set_address, set_enabled, set_global,
	};
	unsigned which = take(w, sizeof(op) / sizeof(*op));

	force(w, op[which], &w->node[take(w, N_NODES)]);
}

/* A few steps, in transactions within each other. */
static void transact(struct world *w)
{
	unsigned n = take(w, 8), depth = n < 4 ? 0 : n / 2;
	struct sim_error err = { 0 };
	int rc = 0;

	for (unsigned i = 0; i < depth; i++)
		memory_transaction_begin(&w->memory);
	for (unsigned i = 0; i < (depth ? n : 1); i++)
		step(w);
	for (unsigned i = 0; i < depth && !rc; i++)
		rc = memory_transaction_commit(&w->memory, &err);
	assert(!rc);
}

/* --- the beginning and the end --- */

static int fake_alloc(void *arg, const struct backing_config *cfg, uint64_t bytes,
		      struct backing *b, struct sim_error *err)
{
	(void)arg;
	(void)cfg;
	(void)err;
	*b = (struct backing){ .bytes = bytes, .page_size = PAGE_BYTES };
	return 0;
}

static void fake_release(void *arg, struct backing *b)
{
	(void)arg;
	(void)b;
}

static const struct backing_ops fake_backing = { .alloc = fake_alloc, .release = fake_release };
static const struct memory_region_ops no_ops = { .read = NULL };

static struct ramblock *make_block(struct world *w, const char *name)
{
	struct ramblock_config cfg = { .idstr = name, .used_length = N_CELLS * w->cell };
	struct sim_error err = { 0 };
	struct ramblock *b;
	int rc = ramlist_add(&w->memory.ram, &cfg, &b, &err);

	assert(!rc);
	return b;
}

static enum memory_region_kind choose_kind(struct world *w, unsigned i)
{
	static const enum memory_region_kind kinds[] = {
		MEMORY_REGION_IO,	  MEMORY_REGION_CONTAINER, MEMORY_REGION_ALIAS,
		MEMORY_REGION_ALIAS,	  MEMORY_REGION_RESERVED,  MEMORY_REGION_ALIAS,
		MEMORY_REGION_RAM,	  MEMORY_REGION_RAM,	   MEMORY_REGION_ROM,
		MEMORY_REGION_RAM_DEVICE, MEMORY_REGION_ROMD,
	};

	if (!i || i == N_ROOTS)
		return MEMORY_REGION_CONTAINER;
	return kinds[take(w, w->cell > PAGE_BYTES ? 6 : 11)];
}

static void make_node(struct world *w, unsigned i)
{
	struct node *n = &w->node[i];
	char name[8];
	struct memory_region_config cfg = { .name = name };
	struct sim_error err = { 0 };
	int rc;

	snprintf(name, sizeof(name), "r%u", i);
	cfg.kind = n->kind = choose_kind(w, i);
	n->size = i ? 1 + (int)take(w, N_CELLS) : N_CELLS;
	n->nonvolatile = take(w, 8) == 1;
	n->readonly = n->kind == MEMORY_REGION_ROM;
	n->enabled = n->romd = true;
	if (n->kind == MEMORY_REGION_ALIAS) {
		n->target = &w->node[take(w, i)];
		n->offset = (int)take(w, 4) ? 0 : (int)take(w, N_CELLS);
		cfg.alias = n->target->mr;
		cfg.alias_offset = (uint64_t)n->offset * w->cell;
	} else if (n->kind >= MEMORY_REGION_RAM && n->kind <= MEMORY_REGION_ROMD) {
		cfg.ram_block = make_block(w, name);
	} else if (n->kind == MEMORY_REGION_RAM_DEVICE) {
		cfg.ram_block = make_block(w, name);
	}
	cfg.ops = n->kind == MEMORY_REGION_ROMD ? &no_ops : NULL;
	cfg.size = (int128_t)n->size * w->cell;
	cfg.nonvolatile = n->nonvolatile;
	rc = memory_region_create(&w->memory, &cfg, &n->mr, &err);
	assert(!rc);
}

static void make_space(struct world *w, unsigned i)
{
	struct sim_error err = { 0 };
	char name[8];
	int rc;

	snprintf(name, sizeof(name), "as%u", i);
	rc = address_space_create(&w->memory, w->node[i].mr, name, &w->as[i], &err);
	assert(!rc);
	mirror_init(&w->mirror[i]);
	w->mirror[i].listener.priority = (int)take(w, 3);
	rc = memory_listener_register(&w->mirror[i].listener, w->as[i], &err);
	assert(!rc);
}

struct region_world_counts region_world_run(const uint8_t *data, size_t size)
{
	static const uint64_t cells[] = { 1, 16, PAGE_BYTES, UINT64_MAX / N_CELLS };
	struct world *w = calloc(1, sizeof(*w));
	struct region_world_counts counts;

	assert(w);
	w->data = data;
	w->left = size;
	w->cell = cells[take(w, 4)];
	memory_init(&w->memory, &fake_backing, NULL);
	w->memory.is_tcg = take(w, 2);
	for (unsigned i = 0; i < N_NODES; i++)
		make_node(w, i);
	for (unsigned i = 0; i < N_ROOTS; i++)
		make_space(w, i);
	for (unsigned i = 1; i < N_NODES; i++)
		force(w, add, &w->node[i]);
	while (w->left) {
		transact(w);
		compare(w);
	}
	w->counts.n_commits = w->mirror[0].n_commits;
	memory_fini(&w->memory);
	for (unsigned i = 0; i < N_ROOTS; i++)
		assert(!w->mirror[i].n);
	counts = w->counts;
	free(w);
	return counts;
}
