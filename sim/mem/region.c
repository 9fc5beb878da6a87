/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/region.h"

#include <string.h>

#include "base/alloc.h"
#include "mem/address_space.h"
#include "mem/memory.h"

static bool has_block(enum memory_region_kind kind)
{
	return kind == MEMORY_REGION_RAM || kind == MEMORY_REGION_ROM ||
	       kind == MEMORY_REGION_ROMD || kind == MEMORY_REGION_RAM_DEVICE;
}

/* --- making and unmaking --- */

static bool is_access_size(unsigned bytes)
{
	return bytes <= 8 && (bytes & (bytes - 1)) == 0;
}

static bool are_access_sizes(const struct memory_access_sizes *s)
{
	return is_access_size(s->min_access_size) && is_access_size(s->max_access_size);
}

static int check_block(const struct memory_region_config *cfg, struct sim_error *err)
{
	if (!cfg->ram_block == has_block(cfg->kind))
		return sim_fail(err, SIM_ERANGE, cfg->name, "%s",
				cfg->ram_block ? "only RAM and ROM show a RAM block"
					       : "RAM and ROM need a RAM block to show");
	if (cfg->ram_block && cfg->size > (int128_t)cfg->ram_block->max_length)
		return sim_fail(err, SIM_ERANGE, cfg->name,
				"the region is longer than its RAM block, 0x%llx bytes",
				(unsigned long long)cfg->ram_block->max_length);
	return 0;
}

static int check_config(const struct memory_region_config *cfg, struct sim_error *err)
{
	if (!cfg->name)
		return sim_fail(err, SIM_ERANGE, NULL, "a memory region needs a name");
	if (cfg->size <= 0 || cfg->size > MEMORY_REGION_ALL)
		return sim_fail(err, SIM_ERANGE, cfg->name,
				"a memory region needs a size of 1 to 2^64 bytes");
	if (!cfg->alias == (cfg->kind == MEMORY_REGION_ALIAS))
		return sim_fail(err, SIM_ERANGE, cfg->name, "%s",
				cfg->alias ? "only an alias has a target"
					   : "an alias needs a target");
	if (cfg->kind == MEMORY_REGION_ROMD && !cfg->ops)
		return sim_fail(err, SIM_ERANGE, cfg->name,
				"a ROM device needs callbacks for its writes");
	if (cfg->ops &&
	    !(are_access_sizes(&cfg->ops->valid) && are_access_sizes(&cfg->ops->impl)))
		return sim_fail(err, SIM_ERANGE, cfg->name,
				"sizes of accesses must be 1, 2, 4 or 8 bytes, or 0");
	return check_block(cfg, err);
}

static void fill(struct memory_region *mr, const struct memory_region_config *cfg)
{
	mr->kind = cfg->kind;
	mr->ops = cfg->ops;
	mr->opaque = cfg->opaque;
	mr->size = cfg->size;
	mr->ram_block = cfg->ram_block;
	mr->alias = cfg->alias;
	mr->alias_offset = cfg->alias_offset;
	mr->enabled = true;
	mr->romd_mode = true;
	mr->readonly = cfg->readonly || cfg->kind == MEMORY_REGION_ROM;
	mr->nonvolatile = cfg->nonvolatile;
}

int memory_region_create(struct memory *m, const struct memory_region_config *cfg,
			 struct memory_region **out, struct sim_error *err)
{
	struct memory_region *mr;
	int rc = check_config(cfg, err);

	if (rc)
		return rc;
	mr = sim_calloc(1, sizeof(*mr));
	if (!mr)
		return sim_fail_nomem(err);
	mr->name = sim_strdup(cfg->name);
	if (!mr->name) {
		sim_free(mr);
		return sim_fail_nomem(err);
	}
	fill(mr, cfg);
	if (mr->alias)
		mr->alias->n_aliases++;
	mr->memory = m;
	mr->next = m->regions;
	m->regions = mr;
	*out = mr;
	return 0;
}

static bool is_seen(const struct memory_region *mr)
{
	for (const struct address_space *as = mr->memory->first_as; as; as = as->next) {
		if (as->root == mr || as->view->root == mr)
			return true;
		for (size_t i = 0; i < as->view->n; i++)
			if (as->view->range[i].mr == mr)
				return true;
	}
	return false;
}

int memory_region_destroy(struct memory_region *mr, struct sim_error *err)
{
	struct memory_region **link = &mr->memory->regions;

	if (mr->container || mr->n_aliases || mr->first_child || is_seen(mr))
		return sim_fail(err, SIM_ESTATE, mr->name,
				"the region is in use: take it out of its container, and "
				"what shows it away, first");
	while (*link != mr)
		link = &(*link)->next;
	*link = mr->next;
	if (mr->alias)
		mr->alias->n_aliases--;
	sim_free(mr->name);
	sim_free(mr);
	return 0;
}

/* --- changing --- */

/* The end of a change; `shows`: somebody may see it. */
static int changed(struct memory *m, bool shows, struct sim_error *err)
{
	memory_transaction_begin(m);
	m->is_pending |= shows;
	return memory_transaction_commit(m, err);
}

static bool search(struct memory_region *from, const struct memory_region *wanted)
{
	if (from == wanted)
		return true;
	if (from->mark == from->memory->mark)
		return false;
	from->mark = from->memory->mark;
	if (from->alias && search(from->alias, wanted))
		return true;
	for (struct memory_region *c = from->first_child; c; c = c->next_sibling)
		if (search(c, wanted))
			return true;
	return false;
}

/* Whether `wanted` lies in `from`, or is what it shows. */
static bool reaches(struct memory_region *from, const struct memory_region *wanted)
{
	from->memory->mark++;
	return search(from, wanted);
}

static void link_child(struct memory_region *container, struct memory_region *child)
{
	struct memory_region **at = &container->first_child;

	while (*at && (*at)->priority > child->priority)
		at = &(*at)->next_sibling;
	child->next_sibling = *at;
	*at = child;
	child->container = container;
}

static void unlink_child(struct memory_region *child)
{
	struct memory_region **at = &child->container->first_child;

	while (*at != child)
		at = &(*at)->next_sibling;
	*at = child->next_sibling;
	child->next_sibling = NULL;
	child->container = NULL;
}

int memory_region_add_subregion_overlap(struct memory_region *container, uint64_t addr,
					struct memory_region *child, int priority,
					struct sim_error *err)
{
	if (child->container)
		return sim_fail(err, SIM_ESTATE, child->name,
				"the region is in %s already: take it out first",
				child->container->name);
	if (container->alias)
		return sim_fail(err, SIM_ESTATE, container->name,
				"an alias has no children: add to its target");
	if (reaches(child, container))
		return sim_fail(err, SIM_ESTATE, child->name,
				"the region would lie within itself, in %s", container->name);
	child->addr = addr;
	child->priority = priority;
	link_child(container, child);
	return changed(container->memory, container->enabled && child->enabled, err);
}

int memory_region_add_subregion(struct memory_region *container, uint64_t addr,
				struct memory_region *child, struct sim_error *err)
{
	return memory_region_add_subregion_overlap(container, addr, child, 0, err);
}

int memory_region_del_subregion(struct memory_region *container, struct memory_region *child,
				struct sim_error *err)
{
	if (child->container != container)
		return sim_fail(err, SIM_ESTATE, child->name, "the region is not in %s",
				container->name);
	unlink_child(child);
	return changed(container->memory, container->enabled && child->enabled, err);
}

int memory_region_set_enabled(struct memory_region *mr, bool enabled, struct sim_error *err)
{
	if (mr->enabled == enabled)
		return 0;
	mr->enabled = enabled;
	return changed(mr->memory, true, err);
}

int memory_region_set_readonly(struct memory_region *mr, bool readonly, struct sim_error *err)
{
	if (mr->readonly == readonly)
		return 0;
	mr->readonly = readonly;
	return changed(mr->memory, mr->enabled, err);
}

int memory_region_rom_device_set_romd(struct memory_region *mr, bool romd_mode,
				      struct sim_error *err)
{
	if (mr->kind != MEMORY_REGION_ROMD)
		return sim_fail(err, SIM_ESTATE, mr->name, "the region is no ROM device");
	if (mr->romd_mode == romd_mode)
		return 0;
	mr->romd_mode = romd_mode;
	return changed(mr->memory, mr->enabled, err);
}

int memory_region_set_size(struct memory_region *mr, int128_t size, struct sim_error *err)
{
	int128_t most = mr->ram_block ? (int128_t)mr->ram_block->max_length : MEMORY_REGION_ALL;

	if (size < 0 || size > most)
		return sim_fail(
			err, SIM_ESTATE, mr->name,
			"the region's size is 0 to 2^64 bytes, of RAM that of its block");
	if (mr->size == size)
		return 0;
	mr->size = size;
	return changed(mr->memory, true, err);
}

int memory_region_set_address(struct memory_region *mr, uint64_t addr, struct sim_error *err)
{
	struct memory_region *container = mr->container;

	if (mr->addr == addr)
		return 0;
	mr->addr = addr;
	if (!container)
		return 0;
	unlink_child(mr);
	link_child(container, mr);
	return changed(mr->memory, container->enabled && mr->enabled, err);
}

int memory_region_set_alias_offset(struct memory_region *mr, uint64_t offset,
				   struct sim_error *err)
{
	if (!mr->alias)
		return sim_fail(err, SIM_ESTATE, mr->name, "the region is no alias");
	if (mr->alias_offset == offset)
		return 0;
	mr->alias_offset = offset;
	return changed(mr->memory, mr->enabled, err);
}

int memory_region_set_log(struct memory_region *mr, bool log, struct sim_error *err)
{
	if (!log && !mr->n_vga_logs)
		return sim_fail(err, SIM_ESTATE, mr->name, "nobody logs the region");
	if (log)
		mr->n_vga_logs++;
	else
		mr->n_vga_logs--;
	if (mr->n_vga_logs > (log ? 1u : 0u))
		return 0;
	mr->dirty_log_mask = log ? DIRTY_BIT(DIRTY_MEMORY_VGA) : 0;
	return changed(mr->memory, mr->enabled, err);
}

/* --- asking --- */

bool memory_region_shows(const struct memory_region *mr)
{
	return mr->kind != MEMORY_REGION_CONTAINER && mr->kind != MEMORY_REGION_ALIAS;
}

unsigned memory_region_dirty_log_mask(const struct memory_region *mr)
{
	unsigned mask = mr->dirty_log_mask;

	if (mr->ram_block && mr->memory->log_is_global)
		mask |= DIRTY_BIT(DIRTY_MEMORY_MIGRATION);
	if (mr->ram_block && mr->memory->is_tcg)
		mask |= DIRTY_BIT(DIRTY_MEMORY_CODE);
	return mask;
}

const char *memory_region_type(const struct memory_region *mr)
{
	while (mr->alias)
		mr = mr->alias;
	if (mr->kind == MEMORY_REGION_RAM_DEVICE)
		return "ramd";
	if (memory_region_is_romd(mr))
		return "romd";
	if (mr->kind == MEMORY_REGION_RAM || mr->kind == MEMORY_REGION_ROM)
		return mr->readonly ? "rom" : "ram";
	return "i/o";
}
