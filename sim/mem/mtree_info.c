/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "mem/board_state.h"
#include "mem/mtree.h"

/* "4 KiB", "2 MiB": QEMU's size_to_str for a power of two. */
static void size_text(char *buf, size_t n, uint64_t bytes)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	while (bytes >= 1024 && i < 4) {
		bytes /= 1024;
		i++;
	}
	snprintf(buf, n, "%" PRIu64 " %s", bytes, unit[i]);
}

void mtree_ramblock(const struct board *b, struct text *t)
{
	char page[32];

	text_add(t, "%24s %8s  %18s %18s %18s\n", "Block Name", "PSize", "Offset", "Used",
		 "Total");
	for (const struct ramblock *k = b->memory.ram.first; k; k = k->next) {
		size_text(page, sizeof(page), k->page_size);
		text_add(t, "%24s %8s  0x%016" PRIx64 " 0x%016" PRIx64 " 0x%016" PRIx64 "\n",
			 k->idstr, page, k->offset.v, k->used_length, k->max_length);
	}
}

void mtree_memory_devices(const struct board *b, struct text *t)
{
	const struct board_dimm *d;

	for (size_t i = 0; (d = board_dimm_at(b, i)); i++) {
		text_add(t, "Memory device [dimm]: \"%s\"\n", d->id ? d->id : "");
		text_add(t, "  addr: 0x%" PRIx64 "\n", d->addr);
		text_add(t, "  slot: %d\n", d->slot);
		text_add(t, "  node: %u\n", d->node);
		text_add(t, "  size: %" PRIu64 "\n", d->size);
		text_add(t, "  memdev: /objects/%s\n", d->backend->id);
		text_add(t, "  hotplugged: %s\n", d->hotplugged ? "true" : "false");
		text_add(t, "  hotpluggable: true\n");
	}
}

void mtree_memory_size_summary(const struct board *b, struct text *t)
{
	text_add(t, "base memory: %" PRIu64 "\n", board_base_memory(b));
	text_add(t, "plugged memory: %" PRIu64 "\n", board_plugged_memory(b));
}

static bool has_node(const struct backing_config *c, unsigned i)
{
	return i < BACKING_NODES_MAX && c->host_nodes[i / 8] >> (i % 8) & 1;
}

/* "0-1,3" */
static void add_nodes(const struct backing_config *c, struct text *t)
{
	const char *comma = "";

	for (unsigned i = 0, end; i < BACKING_NODES_MAX; i = end + 1) {
		for (end = i; has_node(c, end); end++)
			;
		if (end == i)
			continue;
		text_add(t, "%s%u", comma, i);
		if (end - 1 > i)
			text_add(t, "-%u", end - 1);
		comma = ",";
	}
}

static const char *truth(bool b)
{
	return b ? "true" : "false";
}

void mtree_memdev(const struct board *b, struct text *t)
{
	static const char *const policy[] = { "default", "preferred", "bind", "interleave" };
	const struct board_backend *k;

	for (size_t i = 0; (k = board_backend_at(b, i)); i++) {
		const struct backing_config *c = &k->options.backing;

		text_add(t, "memory backend: %s\n", k->id);
		text_add(t, "  size:  %" PRIu64 "\n", k->options.size);
		text_add(t, "  merge: %s\n", truth(c->has_merge));
		text_add(t, "  dump: %s\n", truth(c->has_dump));
		text_add(t, "  prealloc: %s\n", truth(c->has_prealloc));
		text_add(t, "  share: %s\n", truth(c->is_shared));
		text_add(t, "  reserve: %s\n", truth(c->has_reserve));
		text_add(t, "  policy: %s\n", policy[c->policy]);
		text_add(t, "  host nodes: ");
		add_nodes(c, t);
		text_add(t, "\n");
	}
	text_add(t, "\n");
}

static uint64_t node_memory(const struct board *b, unsigned node)
{
	const struct board_options *o = b->options;

	if (!o->n_numa)
		return o->ram_size;
	for (size_t i = 0; i < o->n_numa; i++) {
		const struct board_backend *k;

		if (o->numa[i].nodeid != node || !o->numa[i].memdev)
			continue;
		k = board_backend_find(b, o->numa[i].memdev);
		return k ? k->options.size : 0;
	}
	return 0;
}

static uint64_t node_plugged(const struct board *b, unsigned node)
{
	const struct board_dimm *d;
	uint64_t sum = 0;

	for (size_t i = 0; (d = board_dimm_at(b, i)); i++)
		sum += d->node == node ? d->size : 0;
	return sum;
}

/* A vCPU that no node claims is of the first package, hence on node 0. */
static bool is_on_node(const struct board_options *o, unsigned cpu, unsigned node)
{
	bool is_claimed = false;

	for (size_t i = 0; i < o->n_numa; i++) {
		if (!(o->numa[i].cpus[cpu / 8] >> (cpu % 8) & 1))
			continue;
		if (o->numa[i].nodeid == node)
			return true;
		is_claimed = true;
	}
	return !is_claimed && node == 0;
}

void mtree_numa(const struct board *b, struct text *t)
{
	unsigned nodes = b->options ? board_numa_nodes(b) : 0;

	text_add(t, "%u nodes\n", nodes);
	for (unsigned i = 0; i < nodes; i++) {
		uint64_t plugged = node_plugged(b, i);

		text_add(t, "node %u cpus:", i);
		for (unsigned c = 0; c < b->options->n_cpus; c++)
			if (is_on_node(b->options, c, i))
				text_add(t, " %u", c);
		text_add(t, "\nnode %u size: %" PRIu64 " MB\n", i,
			 (node_memory(b, i) + plugged) >> 20);
		text_add(t, "node %u plugged: %" PRIu64 " MB\n", i, plugged >> 20);
	}
}
