/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_parse_json.c - options as the members of an object */
#include "mem/board_parse.h"

typedef int take_words(struct board_parse *p, const struct board_words *w,
		       struct sim_error *err);

static int read_one(struct board_parse *p, const struct jnode *n, const char *implied,
		    take_words *take, struct sim_error *err)
{
	struct board_words w = { .n = 0 };
	int rc = board_words_read(&w, n, implied, BOARD_FLAGS, err);

	rc = rc ? rc : take(p, &w, err);
	board_words_fini(&w);
	return rc;
}

static int read_list(struct board_parse *p, const char *member, const char *implied,
		     take_words *take, struct sim_error *err)
{
	struct jnode list = json_get(p->root, member);
	int rc = 0;

	if (!list.v)
		return 0;
	rc = json_as_array(&list, err);
	for (size_t i = 0; !rc && i < json_len(&list); i++) {
		struct jnode n = json_at(&list, i);

		rc = read_one(p, &n, implied, take, err);
	}
	return rc;
}

static int read_kept(struct jnode *n, struct board_words *w, const struct jnode *root,
		     const char *member, const char *implied, enum board_syntax syntax,
		     struct sim_error *err)
{
	*n = json_get(root, member);
	return n->v ? board_words_read(w, n, implied, syntax, err) : 0;
}

/* What looks like bytes is MiB of them; a small number may have been meant as either. */
static int fail_number(const struct jnode *n, json_int_t v, struct sim_error *err)
{
	const json_int_t mib = (json_int_t)1 << 20;

	if (v >= mib && v % mib)
		return json_fail(n, SIM_EFORMAT, err,
				 "MiB or bytes? right is {\"size\": %" JSON_INTEGER_FORMAT
				 "} for bytes",
				 v);
	return json_fail(n, SIM_EFORMAT, err,
			 "MiB or bytes? right is \"%" JSON_INTEGER_FORMAT
			 "M\", or {\"size\": %" JSON_INTEGER_FORMAT "} for bytes",
			 v < mib ? v : v / mib, v);
}

/* A bare number counts MiB on the command line, but bytes as a member. */
static int read_memory(struct board_parse *p, struct sim_error *err)
{
	struct jnode n = json_get(p->root, "m");

	if (json_is_integer(n.v))
		return fail_number(&n, json_integer_value(n.v), err);
	return read_kept(&p->memory_node, &p->memory, p->root, "m", "size", BOARD_FLAGS, err);
}

static int read_string(struct board_parse *p, const char *member, enum board_option option,
		       struct sim_error *err)
{
	struct jnode n = json_get(p->root, member);
	const char *s;
	int rc;

	if (!n.v)
		return 0;
	rc = json_as_str(&n, &s, err);
	return rc ? rc : board_parse_option(p, option, member, s, err);
}

static int read_flag(struct board_parse *p, const char *member, enum board_option option,
		     struct sim_error *err)
{
	struct jnode n = json_get(p->root, member);
	bool is_set = false;
	int rc;

	if (!n.v)
		return 0;
	rc = json_as_bool(&n, &is_set, err);
	return rc || !is_set ? rc : board_parse_option(p, option, member, NULL, err);
}

static int read_scalars(struct board_parse *p, struct sim_error *err)
{
	int rc = read_string(p, "mem-path", BOARD_OPTION_MEM_PATH, err);

	rc = rc ? rc : read_string(p, "vga", BOARD_OPTION_VGA, err);
	rc = rc ? rc : read_string(p, "nic", BOARD_OPTION_NIC, err);
	rc = rc ? rc : read_string(p, "serial", BOARD_OPTION_SERIAL, err);
	rc = rc ? rc : read_string(p, "parallel", BOARD_OPTION_PARALLEL, err);
	rc = rc ? rc : read_flag(p, "mem-prealloc", BOARD_OPTION_MEM_PREALLOC, err);
	rc = rc ? rc : read_flag(p, "nodefaults", BOARD_OPTION_NO_DEFAULTS, err);
	return rc ? rc : read_flag(p, "S", BOARD_OPTION_STOPPED, err);
}

static int read_accel(struct board_parse *p, struct sim_error *err)
{
	struct jnode n = json_get(p->root, "accel");

	return n.v ? read_one(p, &n, "accel", board_parse_accel, err) : 0;
}

int board_parse_json(struct board_parse *p, const struct jnode *n, struct sim_error *err)
{
	static const char *const keys[] = { "machine",	    "m",      "objects",  "devices",
					    "numa",	    "smp",    "vga",	  "nic",
					    "mem-prealloc", "accel",  "mem-path", "S",
					    "nodefaults",   "serial", "parallel", NULL };
	int rc;

	if (!json_is_object(n->v))
		return json_fail(n, SIM_EFORMAT, err,
				 "must be a string of QEMU's options, such as \"-m 256M\", or "
				 "an object, such as {\"m\": \"256M\"}");
	rc = json_only(n, keys, err);
	p->root = n;
	rc = rc ? rc
		: read_kept(&p->machine_node, &p->machine, n, "machine", "type", BOARD_KEYS,
			    err);
	rc = rc ? rc : read_memory(p, err);
	rc = rc ? rc : read_kept(&p->smp_node, &p->smp, n, "smp", "cpus", BOARD_FLAGS, err);
	rc = rc ? rc : read_scalars(p, err);
	rc = rc ? rc : read_accel(p, err);
	rc = rc ? rc : read_list(p, "objects", "qom-type", board_parse_object, err);
	rc = rc ? rc : read_list(p, "numa", "type", board_parse_numa, err);
	return rc ? rc : read_list(p, "devices", "driver", board_parse_device, err);
}
