/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backend_options.c - -object memory-backend-ram, -file and -memfd */
#include <string.h>

#include "base/alloc.h"
#include "mem/board_parse.h"
#include "mem/ramblock.h"

#define RAM   (1u << BACKING_ANONYMOUS)
#define FILE_ (1u << BACKING_FILE)
#define MEMFD (1u << BACKING_MEMFD)
#define PAGE  4096u

/* What the words say, before it is looked at together. */
struct draft {
	struct backend_options b;
	char *qom_type, *mem_path;
	uint64_t prealloc_threads;
	unsigned policy;
};

static const char *const policies[] = { "default", "preferred", "bind", "interleave", NULL };

static const struct board_property properties[] = {
	{ .name = "qom-type",
	  .kind = BOARD_STRING,
	  .offset = offsetof(struct draft, qom_type) },
	{ .name = "id", .kind = BOARD_ID, .offset = offsetof(struct draft, b.id) },
	{ .name = "size", .kind = BOARD_SIZE, .offset = offsetof(struct draft, b.size) },
	{ .name = "share",
	  .kind = BOARD_BOOL,
	  .offset = offsetof(struct draft, b.backing.is_shared) },
	{ .name = "prealloc",
	  .kind = BOARD_BOOL,
	  .offset = offsetof(struct draft, b.backing.has_prealloc) },
	{ .name = "prealloc-threads",
	  .kind = BOARD_UNSIGNED,
	  .offset = offsetof(struct draft, prealloc_threads),
	  .max = UINT32_MAX },
	{ .name = "prealloc-context", .kind = BOARD_FOREIGN },
	{ .name = "merge",
	  .kind = BOARD_BOOL,
	  .offset = offsetof(struct draft, b.backing.has_merge) },
	{ .name = "dump",
	  .kind = BOARD_BOOL,
	  .offset = offsetof(struct draft, b.backing.has_dump) },
	{ .name = "reserve",
	  .kind = BOARD_BOOL,
	  .offset = offsetof(struct draft, b.backing.has_reserve) },
	{ .name = "policy",
	  .kind = BOARD_CHOICE,
	  .offset = offsetof(struct draft, policy),
	  .names = policies },
	{ .name = "host-nodes",
	  .kind = BOARD_BITS,
	  .offset = offsetof(struct draft, b.backing.host_nodes),
	  .max = BACKING_NODES_MAX - 1 },
	{ .name = "x-use-canonical-path-for-ramblock-id",
	  .kind = BOARD_BOOL,
	  .offset = offsetof(struct draft, b.has_x_use_canonical_path) },
	{ .name = "mem-path",
	  .kind = BOARD_STRING,
	  .offset = offsetof(struct draft, mem_path),
	  .only = FILE_ },
	{ .name = "align",
	  .kind = BOARD_SIZE,
	  .offset = offsetof(struct draft, b.backing.align),
	  .only = FILE_ },
	{ .name = "pmem",
	  .kind = BOARD_BOOL,
	  .offset = offsetof(struct draft, b.backing.is_pmem),
	  .only = FILE_ },
	{ .name = "discard-data",
	  .kind = BOARD_BOOL,
	  .offset = offsetof(struct draft, b.backing.discard_data),
	  .only = FILE_ },
	{ .name = "readonly",
	  .kind = BOARD_BOOL,
	  .offset = offsetof(struct draft, b.backing.is_readonly),
	  .only = FILE_ },
	{ .name = "hugetlb",
	  .kind = BOARD_BOOL,
	  .offset = offsetof(struct draft, b.backing.has_hugetlb),
	  .only = MEMFD },
	{ .name = "hugetlbsize",
	  .kind = BOARD_SIZE,
	  .offset = offsetof(struct draft, b.backing.hugetlbsize),
	  .only = MEMFD },
	{ .name = "seal",
	  .kind = BOARD_BOOL,
	  .offset = offsetof(struct draft, b.backing.has_seal),
	  .only = MEMFD },
	{ .name = NULL },
};

static bool is_given(const struct backend_options *b, const char *name)
{
	return b->given & board_property_bit(properties, name);
}

static bool is_power_of_2(uint64_t v)
{
	return v && !(v & (v - 1));
}

static int check_size(const struct draft *d, const struct board_words *w, struct sim_error *err)
{
	if (!is_given(&d->b, "size"))
		return board_words_fail(
			w, NULL, SIM_EFORMAT, err,
			"size is missing; right is size=SIZE, such as size=128M");
	if (!d->b.size)
		return board_words_fail(w, "size", SIM_ERANGE, err,
					"size cannot be 0; right is such as 128M");
	if (d->b.size > UINT64_MAX - (PAGE - 1))
		return board_words_fail(w, "size", SIM_ERANGE, err,
					"size is out of range; right is such as 128M");
	return 0;
}

static int check_nodes(const struct draft *d, const struct board_words *w,
		       struct sim_error *err)
{
	const char *fault = backing_policy_fault(&d->b.backing);

	if (!fault)
		return 0;
	return board_words_fail(w, d->policy == NUMA_DEFAULT ? "host-nodes" : "policy",
				SIM_EFORMAT, err, "%s", fault);
}

static int check_pages(const struct draft *d, const struct board_words *w,
		       struct sim_error *err)
{
	const struct backing_config *c = &d->b.backing;

	if (c->align % PAGE || (c->align && !is_power_of_2(c->align)))
		return board_words_fail(
			w, "align", SIM_ERANGE, err,
			"align must be a power of two, and a multiple of the page size (4K)");
	if (is_given(&d->b, "hugetlbsize") && !is_power_of_2(c->hugetlbsize))
		return board_words_fail(w, "hugetlbsize", SIM_ERANGE, err,
					"hugetlbsize must be a power of two, such as 2M");
	return 0;
}

static int check(const struct draft *d, const struct board_words *w, struct sim_error *err)
{
	int rc;

	if (!d->b.id)
		return board_words_fail(w, NULL, SIM_EFORMAT, err,
					"id is missing; right is id=NAME, a name of its own");
	rc = check_size(d, w, err);
	if (rc)
		return rc;
	if (d->b.backing.kind == BACKING_FILE && !d->mem_path)
		return board_words_fail(
			w, NULL, SIM_EFORMAT, err,
			"mem-path is missing; right is mem-path=FILE, or a folder");
	if (!d->prealloc_threads)
		return board_words_fail(w, "prealloc-threads", SIM_ERANGE, err,
					"prealloc-threads cannot be 0; right is 1 or more");
	rc = check_nodes(d, w, err);
	return rc ? rc : check_pages(d, w, err);
}

/* 0 and *kind, or 1: another object of QEMU's. */
static int kind_of(const struct board_words *w, enum backing_kind *kind, struct sim_error *err)
{
	static const char *const types[] = { "memory-backend-ram", "memory-backend-file",
					     "memory-backend-memfd" };
	const char *type = board_words_get(w, "qom-type");

	if (!type)
		return board_words_fail(
			w, NULL, SIM_EFORMAT, err,
			"qom-type is missing; right is such as memory-backend-ram");
	for (unsigned i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(type, types[i])) {
			*kind = (enum backing_kind)i;
			return 0;
		}
	if (board_parse_is_object(type))
		return 1;
	return board_words_fail(
		w, "qom-type", SIM_EFORMAT, err,
		"there is no object \"%.40s\"; memory-backend-ram, memory-backend-file and memory-backend-memfd are memory",
		type);
}

int backend_options_take(struct backend_options *b, const struct board_words *w,
			 struct sim_error *err)
{
	enum backing_kind kind = BACKING_ANONYMOUS;
	struct draft d;
	int rc = kind_of(w, &kind, err);

	memset(b, 0, sizeof(*b));
	if (rc)
		return rc;
	d = (struct draft){ .b.backing = backing_defaults(kind), .prealloc_threads = 1 };
	rc = board_property_apply(properties, 1u << kind, &d, w, &d.b.given, err);
	d.b.backing.mem_path = d.mem_path;
	d.b.backing.prealloc_threads = (unsigned)d.prealloc_threads;
	d.b.backing.policy = (enum numa_policy)d.policy;
	rc = rc ? rc : check(&d, w, err);
	sim_free(d.qom_type);
	if (rc)
		backend_options_fini(&d.b);
	else
		*b = d.b;
	return rc;
}

int backend_options_read(struct backend_options *b, const struct jnode *n,
			 struct sim_error *err)
{
	struct board_words w = { .where = "-object" };
	int rc = board_words_read(&w, n, "qom-type", BOARD_FLAGS, err);

	memset(b, 0, sizeof(*b));
	if (!rc)
		rc = backend_options_take(b, &w, err);
	if (rc > 0)
		rc = board_words_fail(
			&w, "qom-type", SIM_EUNSUP, err,
			"\"%.40s\" is no memory; right is memory-backend-ram, memory-backend-file or memory-backend-memfd",
			board_words_get(&w, "qom-type"));
	board_words_fini(&w);
	return rc;
}

/* QEMU cuts such names, and ends itself when two are the same then. */
static int check_name(const struct backend_options *b, const char *where, struct sim_error *err)
{
	size_t prefix = b->has_x_use_canonical_path ? strlen("/objects/") : 0;
	size_t max = RAMBLOCK_IDSTR_MAX - 1 - prefix, n = strlen(b->id);

	if (n <= max)
		return 0;
	return sim_fail(
		err, SIM_ERANGE, where,
		"the id \"%.20s...\" has %zu characters; right is at most %zu: it is the "
		"name of a RAM block",
		b->id, n, max);
}

int backend_options_settle(struct backend_options *b, const struct board_options *o,
			   const char *where, struct sim_error *err)
{
	struct backing_config *c = &b->backing;

	if (!is_given(b, "merge"))
		c->has_merge = o->mem_merge;
	if (!is_given(b, "dump"))
		c->has_dump = o->dump_guest_core;
	if (!is_given(b, "prealloc"))
		c->has_prealloc = o->mem_prealloc;
	if (!is_given(b, "prealloc-threads") && o->mem_prealloc)
		c->prealloc_threads = o->n_cpus;
	if (!is_given(b, "x-use-canonical-path-for-ramblock-id"))
		b->has_x_use_canonical_path = c->kind != BACKING_ANONYMOUS &&
					      board_parse_version(o->machine_name) <= 301;
	if (c->has_prealloc && !c->has_reserve)
		return sim_fail(
			err, SIM_EFORMAT, where,
			"prealloc=on and reserve=off are incompatible; leave one of them out");
	return check_name(b, where, err);
}

void backend_options_fini(struct backend_options *b)
{
	sim_free(b->id);
	sim_free((char *)(uintptr_t)b->backing.mem_path);
	memset(b, 0, sizeof(*b));
}
