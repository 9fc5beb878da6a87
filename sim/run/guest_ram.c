/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/guest_ram.h"

#include "base/alloc.h"

static const char *const board_names[] = {
	[BOARD_PC] = "pc",
	[BOARD_Q35] = "q35",
};

/* The members that QEMU does not have. */
static int read_own(struct guest_ram *g, const struct jnode *n, json_t *rest,
		    struct sim_error *err)
{
	struct jnode allocate = json_get(n, "allocate");
	int rc = allocate.v ? json_as_bool(&allocate, &g->allocate, err) : 0;

	json_object_del(rest, "allocate");
	json_object_del(rest, "board");
	return rc;
}

/* Either a command line, or members. */
static int read_members(struct guest_ram *g, const struct jnode *n, const struct jnode *rest,
			struct sim_error *err)
{
	static const char *const beside[] = { "qemu", "allocate", "board", NULL };
	struct jnode qemu = json_get(n, "qemu");
	int rc;

	if (!qemu.v)
		return board_options_read(&g->options, rest, err);
	rc = json_only(n, beside, err);
	return rc ? rc : board_options_read(&g->options, &qemu, err);
}

static int read_options(struct guest_ram *g, const struct jnode *n, struct sim_error *err)
{
	struct jnode rest = *n;
	json_t *copy;
	int rc;

	if (!json_is_object(n->v))
		return board_options_read(&g->options, n, err);
	copy = json_copy((json_t *)(uintptr_t)n->v);
	if (!copy)
		return sim_fail_nomem(err);
	rest.v = copy;
	rc = read_own(g, n, copy, err);
	if (!rc)
		rc = read_members(g, n, &rest, err);
	json_decref(copy);
	return rc;
}

static int find_board(struct guest_ram *g, const struct jnode *n, struct sources *sources,
		      struct sim_error *err)
{
	struct jnode board = json_get(n, "board"), root;
	json_t *name = NULL;
	int rc;

	if (!board.v) {
		name = json_string(board_names[g->options.type]);
		board = (struct jnode){ .v = name, .parent = n, .key = "board" };
	}
	rc = board.v ? sources_find(sources, SOURCE_BOARD, &board, &g->board, err)
		     : sim_fail_nomem(err);
	json_decref(name);
	return rc ? rc : json_open(g->board->path, &g->parts, &root, err);
}

int guest_ram_read(struct guest_ram *g, const struct jnode *n, struct sources *sources,
		   struct sim_error *err)
{
	int rc;

	*g = (struct guest_ram){ .is_given = n->v };
	if (!n->v)
		return 0;
	rc = read_options(g, n, err);
	return rc ? rc : find_board(g, n, sources, err);
}

void guest_ram_fini(struct guest_ram *g)
{
	board_options_fini(&g->options);
	json_decref(g->parts);
	g->parts = NULL;
}

struct memory_plan guest_ram_plan(const struct guest_ram *g)
{
	if (!g->is_given)
		return (struct memory_plan){ .options = NULL };
	return (struct memory_plan){ .options = &g->options,
				     .parts = g->parts,
				     .parts_name = g->board ? g->board->path : NULL,
				     .is_real = g->allocate };
}

json_t *guest_ram_json(const struct guest_ram *g)
{
	json_t *doc = board_options_json(&g->options);
	json_t *board =
		json_pack("{s:s, s:s}", "name", g->board->label, "xxh3", g->board->hash);
	int rc = !doc || !board || json_object_set(doc, "board", board) ||
		 json_object_set_new(doc, "allocate", json_boolean(g->allocate));

	json_decref(board);
	if (!rc)
		return doc;
	json_decref(doc);
	return NULL;
}
