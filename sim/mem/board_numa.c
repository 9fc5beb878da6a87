/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_numa.c - -numa node: nodes one by one, and whether they make up the RAM */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/board_parse.h"

#define NODE_MEM_UNTIL 500 /* the last version of the machines that takes -numa node,mem */

struct draft {
	struct numa_options n;
	char *type;
	uint64_t nodeid;
};

#define COLUMN(m) offsetof(struct draft, m)

static const struct board_property properties[] = {
	{ .name = "type", .kind = BOARD_STRING, .offset = COLUMN(type) },
	{ .name = "nodeid",
	  .kind = BOARD_UNSIGNED,
	  .offset = COLUMN(nodeid),
	  .max = BOARD_NODES_MAX - 1 },
	{ .name = "mem", .kind = BOARD_SIZE_MIB, .offset = COLUMN(n.mem) },
	{ .name = "memdev", .kind = BOARD_LINK, .offset = COLUMN(n.memdev) },
	{ .name = "cpus",
	  .kind = BOARD_BITS,
	  .offset = COLUMN(n.cpus),
	  .max = BOARD_CPUS_MAX - 1 },
	{ .name = "initiator", .kind = BOARD_FOREIGN },
	{ .name = NULL },
};

static bool has_node(const struct board_options *o, uint64_t nodeid)
{
	for (size_t i = 0; i < o->n_numa; i++)
		if (o->numa[i].nodeid == nodeid)
			return true;
	return false;
}

static int take(struct board_parse *p, struct draft *d, const struct board_words *w,
		struct sim_error *err)
{
	struct board_options *o = p->o;
	uint64_t given = 0;
	int rc;

	d->nodeid = o->n_numa;
	rc = board_property_apply(properties, 0, d, w, &given, err);
	if (rc)
		return rc;
	if (d->nodeid >= BOARD_NODES_MAX)
		return board_words_fail(w, NULL, SIM_ERANGE, err,
					"there are at most %d NUMA nodes", BOARD_NODES_MAX);
	if (has_node(o, d->nodeid))
		return board_words_fail(
			w, "nodeid", SIM_EFORMAT, err,
			"duplicate NUMA nodeid %" PRIu64 "; each node has its own", d->nodeid);
	p->has_numa_mem |= (given & board_property_bit(properties, "mem")) != 0;
	p->has_numa_memdev |= d->n.memdev != NULL;
	if (p->has_numa_mem && p->has_numa_memdev)
		return board_words_fail(
			w, NULL, SIM_EFORMAT, err,
			"numa nodes have either mem= or memdev=; mixing both is not allowed");
	if (sim_grow((void **)&o->numa, &o->cap_numa, o->n_numa, sizeof(*o->numa)) != 0)
		return sim_fail_nomem(err);
	d->n.nodeid = (unsigned)d->nodeid;
	o->numa[o->n_numa++] = d->n;
	d->n.memdev = NULL;
	return 0;
}

/* Distances, CPUs and latencies have no part in memory. */
static int other_type(const struct board_words *w, const char *type, struct sim_error *err)
{
	static const char *const types[] = { "dist", "cpu", "hmat-lb", "hmat-cache" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(types[i], type))
			return 0;
	return board_words_fail(w, "type", SIM_EFORMAT, err,
				"type cannot be \"%.40s\"; right is node, dist or cpu", type);
}

int board_parse_numa(struct board_parse *p, const struct board_words *w, struct sim_error *err)
{
	const char *type = board_words_get(w, "type");
	struct draft d = { .type = NULL };
	int rc;

	if (!type)
		return board_words_fail(w, NULL, SIM_EFORMAT, err,
					"the type is missing; right is such as node,memdev=ID");
	if (strcmp(type, "node") != 0)
		return other_type(w, type, err);
	rc = take(p, &d, w, err);
	sim_free(d.type);
	sim_free(d.n.memdev);
	return rc;
}

/* Ids are 0, 1, 2 ... in any order. */
static int check_ids(const struct board_parse *p, struct sim_error *err)
{
	for (size_t i = 0; i < p->o->n_numa; i++)
		if (!has_node(p->o, i))
			return board_parse_fail(
				p, "numa", "-numa", SIM_EFORMAT, err,
				"the node %zu is missing; nodes are counted from 0", i);
	return 0;
}

static int check_cpus(const struct board_parse *p, struct sim_error *err)
{
	uint8_t taken[BOARD_CPUS_MAX / 8] = { 0 };

	for (size_t i = 0; i < p->o->n_numa; i++)
		for (unsigned cpu = 0; cpu < BOARD_CPUS_MAX; cpu++) {
			unsigned bit = 1u << cpu % 8;

			if (!(p->o->numa[i].cpus[cpu / 8] & bit))
				continue;
			if (cpu >= p->o->max_cpus)
				return board_parse_fail(
					p, "numa", "-numa", SIM_ERANGE, err,
					"CPU index %u must be below maxcpus (%u)", cpu,
					p->o->max_cpus);
			if (taken[cpu / 8] & bit)
				return board_parse_fail(
					p, "numa", "-numa", SIM_EFORMAT, err,
					"CPU %u is in two nodes; each is in one at most", cpu);
			taken[cpu / 8] = (uint8_t)(taken[cpu / 8] | bit);
		}
	return 0;
}

static int node_size(const struct board_parse *p, const struct numa_options *n, uint64_t *size,
		     struct sim_error *err)
{
	const struct backend_options *b;

	*size = n->mem;
	if (!n->memdev)
		return 0;
	b = board_options_backend(p->o, n->memdev);
	if (!b)
		return board_parse_fail(
			p, "numa", "-numa", SIM_EFORMAT, err,
			"there is no memory backend \"%.64s\"; memdev is the id of an -object",
			n->memdev);
	*size = b->size;
	return 0;
}

static int check_sum(const struct board_parse *p, struct sim_error *err)
{
	uint64_t sum = 0, size;

	for (size_t i = 0; i < p->o->n_numa; i++) {
		int rc = node_size(p, &p->o->numa[i], &size, err);

		if (rc)
			return rc;
		sum += size;
	}
	if (sum == p->o->ram_size)
		return 0;
	return board_parse_fail(p, "numa", "-numa", SIM_EFORMAT, err,
				"the total memory of NUMA nodes (0x%" PRIx64
				") should equal the RAM size (0x%" PRIx64 ")",
				sum, p->o->ram_size);
}

int board_parse_check_numa(struct board_parse *p, struct sim_error *err)
{
	int rc;

	if (!p->o->n_numa)
		return 0;
	if (p->has_numa_mem && board_parse_version(p->o->machine_name) > NODE_MEM_UNTIL)
		return board_parse_fail(
			p, "numa", "-numa", SIM_EFORMAT, err,
			"mem= is not supported by the machine %s; right is memdev=ID",
			p->o->machine_name);
	rc = check_ids(p, err);
	rc = rc ? rc : check_cpus(p, err);
	rc = rc ? rc : check_sum(p, err);
	if (!rc && p->has_numa_memdev && p->o->memory_backend)
		rc = board_parse_fail(
			p, "numa", "-numa", SIM_EFORMAT, err,
			"memdev= and -machine memory-backend= are mutually exclusive");
	return rc;
}
