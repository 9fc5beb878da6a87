/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fake_options.c - as much of mem/board_options.h as a fake guest needs: properties that are JSON values of their type */
#include <stdlib.h>

#include "base/alloc.h"
#include "mem/board_options.h"

static int copy(char **out, const json_t *v, struct sim_error *err)
{
	if (!json_is_string(v))
		return 0;
	*out = sim_strdup(json_string_value(v));
	return *out ? 0 : sim_fail_nomem(err);
}

static void read_nodes(struct backing_config *c, const json_t *nodes)
{
	for (size_t i = 0; i < json_array_size(nodes); i++) {
		unsigned node = (unsigned)json_integer_value(json_array_get(nodes, i));

		if (node < BACKING_NODES_MAX)
			c->host_nodes[node / 8] |= (uint8_t)(1u << node % 8);
	}
}

int backend_options_read(struct backend_options *b, const struct jnode *n,
			 struct sim_error *err)
{
	*b = (struct backend_options){
		.size = (uint64_t)json_integer_value(json_object_get(n->v, "size")),
		.backing.has_merge = true,
		.backing.has_dump = true,
		.backing.has_reserve = true,
		.backing.is_shared = json_is_true(json_object_get(n->v, "share")),
	};
	read_nodes(&b->backing, json_object_get(n->v, "host-nodes"));
	if (!b->size)
		return sim_fail(err, SIM_ERANGE, "x.json:$.size", "a backend needs a size");
	return copy(&b->id, json_object_get(n->v, "id"), err);
}

void backend_options_fini(struct backend_options *b)
{
	sim_free(b->id);
}

static uint64_t number(const json_t *v, uint64_t otherwise)
{
	if (json_is_string(v))
		return strtoull(json_string_value(v), NULL, 0);
	return v ? (uint64_t)json_integer_value(v) : otherwise;
}

int dimm_options_read(struct dimm_options *d, const struct jnode *n, struct sim_error *err)
{
	int rc;

	*d = (struct dimm_options){
		.addr = number(json_object_get(n->v, "addr"), 0),
		.slot = (int)number(json_object_get(n->v, "slot"), (uint64_t)DIMM_SLOT_AUTO),
		.node = (unsigned)number(json_object_get(n->v, "node"), 0),
	};
	rc = copy(&d->id, json_object_get(n->v, "id"), err);
	return rc ? rc : copy(&d->memdev, json_object_get(n->v, "memdev"), err);
}

void dimm_options_fini(struct dimm_options *d)
{
	sim_free(d->id);
	sim_free(d->memdev);
}

int board_size_parse(const char *s, uint64_t unit, uint64_t *bytes, struct sim_error *err)
{
	char *end;

	*bytes = strtoull(s, &end, 0) * (*end == 'M' ? 1 << 20 : unit);
	if (end == s || (*end && *end != 'M') || (*end && end[1]))
		return sim_fail(err, SIM_EFORMAT, "", "no size");
	return 0;
}
