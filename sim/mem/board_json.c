/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_json.c - options as JSON that board_options_read() reads back to the same */
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "mem/board_options.h"

#define RAM_ALIGN 8192u

/* An object or array being written; failed once, it stays so. */
struct writer {
	json_t *v;
	bool failed;
};

static void put(struct writer *w, const char *key, json_t *v)
{
	/* both take the value over, also when they fail */
	if (json_is_array(w->v))
		w->failed |= json_array_append_new(w->v, v) != 0;
	else
		w->failed |= json_object_set_new(w->v, key, v) != 0;
}

static void put_string(struct writer *w, const char *key, const char *s)
{
	if (s)
		put(w, key, json_string(s));
}

static void put_bool(struct writer *w, const char *key, bool v)
{
	put(w, key, json_boolean(v));
}

/* What JSON's integers do not hold is text. */
static void put_wide(struct writer *w, const char *key, uint64_t v, const char *suffix)
{
	char text[32];

	if (v <= INT64_MAX) {
		put(w, key, json_integer((json_int_t)v));
		return;
	}
	snprintf(text, sizeof(text), "%" PRIu64 "%s", v, suffix);
	put(w, key, json_string(text));
}

static void put_size(struct writer *w, const char *key, uint64_t v)
{
	put_wide(w, key, v, "B");
}

static void put_number(struct writer *w, const char *key, uint64_t v)
{
	put_wide(w, key, v, "");
}

static struct writer object(void)
{
	json_t *v = json_object();

	return (struct writer){ v, !v };
}

static struct writer array(void)
{
	json_t *v = json_array();

	return (struct writer){ v, !v };
}

static void put_writer(struct writer *w, const char *key, struct writer *inner)
{
	w->failed |= inner->failed;
	put(w, key, inner->v);
}

static void put_bits(struct writer *w, const char *key, const uint8_t *bits, size_t bytes)
{
	struct writer list = array();

	for (size_t i = 0; i < 8 * bytes; i++)
		if (bits[i / 8] & 1u << i % 8)
			put_number(&list, NULL, i);
	put_writer(w, key, &list);
}

static const char *off_or_auto(bool is_off)
{
	return is_off ? "off" : "auto";
}

static void put_machine(struct writer *w, const struct board_options *o)
{
	struct writer m = object();

	put_string(&m, "type", o->machine_name);
	put_size(&m, "max-ram-below-4g", o->max_ram_below_4g);
	put_string(&m, "memory-backend", o->memory_backend);
	put_bool(&m, "mem-merge", o->mem_merge);
	put_bool(&m, "dump-guest-core", o->dump_guest_core);
	put_bool(&m, "hpet", !o->no_hpet);
	put_string(&m, "smm", off_or_auto(o->no_smm));
	put_string(&m, "acpi", off_or_auto(o->no_acpi));
	put_writer(w, "machine", &m);
}

/* A backend's size may be one that -m cannot ask for: then it was not asked for. */
static bool is_askable(const struct board_options *o)
{
	if (!o->memory_backend)
		return true;
	return o->ram_size % RAM_ALIGN == 0 &&
	       (o->ram_size < o->maxram_size ||
		(o->ram_size == o->maxram_size && o->ram_slots == 0));
}

static void put_memory(struct writer *w, const struct board_options *o)
{
	struct writer m = object();

	if (is_askable(o))
		put_size(&m, "size", o->ram_size);
	put_number(&m, "slots", o->ram_slots);
	put_size(&m, "maxmem", o->maxram_size);
	put_writer(w, "m", &m);
}

static void put_smp(struct writer *w, const struct board_options *o)
{
	struct writer smp = object();

	put_number(&smp, "cpus", o->n_cpus);
	put_number(&smp, "maxcpus", o->max_cpus);
	put_writer(w, "smp", &smp);
}

static void put_kind(struct writer *w, const struct backing_config *c)
{
	if (c->kind == BACKING_FILE) {
		put_string(w, "mem-path", c->mem_path);
		put_size(w, "align", c->align);
		put_bool(w, "pmem", c->is_pmem);
		put_bool(w, "discard-data", c->discard_data);
		put_bool(w, "readonly", c->is_readonly);
	}
	if (c->kind == BACKING_MEMFD) {
		put_bool(w, "hugetlb", c->has_hugetlb);
		if (c->hugetlbsize)
			put_size(w, "hugetlbsize", c->hugetlbsize);
		put_bool(w, "seal", c->has_seal);
	}
}

static void put_backend(struct writer *list, const struct backend_options *b)
{
	static const char *const types[] = { "memory-backend-ram", "memory-backend-file",
					     "memory-backend-memfd" };
	static const char *const policies[] = { "default", "preferred", "bind", "interleave" };
	const struct backing_config *c = &b->backing;
	struct writer w = object();

	put_string(&w, "qom-type", types[c->kind]);
	put_string(&w, "id", b->id);
	put_size(&w, "size", b->size);
	put_bool(&w, "share", c->is_shared);
	put_bool(&w, "prealloc", c->has_prealloc);
	put_number(&w, "prealloc-threads", c->prealloc_threads);
	put_bool(&w, "merge", c->has_merge);
	put_bool(&w, "dump", c->has_dump);
	put_bool(&w, "reserve", c->has_reserve);
	put_string(&w, "policy", policies[c->policy]);
	put_bits(&w, "host-nodes", c->host_nodes, sizeof(c->host_nodes));
	put_bool(&w, "x-use-canonical-path-for-ramblock-id", b->has_x_use_canonical_path);
	put_kind(&w, c);
	put_writer(list, NULL, &w);
}

static void put_others(struct writer *list, const char *type, const struct device_options *d,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct writer w = object();

		put_string(&w, type, d[i].driver);
		put_string(&w, "id", d[i].id);
		put_writer(list, NULL, &w);
	}
}

static void put_objects(struct writer *w, const struct board_options *o)
{
	struct writer list = array();

	for (size_t i = 0; i < o->n_backend; i++)
		put_backend(&list, &o->backend[i]);
	put_others(&list, "qom-type", o->object, o->n_object);
	put_writer(w, "objects", &list);
}

static void put_dimm(struct writer *list, const struct dimm_options *d)
{
	struct writer w = object();

	put_string(&w, "driver", "pc-dimm");
	put_string(&w, "id", d->id);
	put_string(&w, "memdev", d->memdev);
	put_number(&w, "addr", d->addr);
	put(&w, "slot", json_integer(d->slot));
	put_number(&w, "node", d->node);
	put_writer(list, NULL, &w);
}

static void put_devices(struct writer *w, const struct board_options *o)
{
	struct writer list = array();

	for (size_t i = 0; i < o->n_dimm; i++)
		put_dimm(&list, &o->dimm[i]);
	put_others(&list, "driver", o->device, o->n_device);
	put_writer(w, "devices", &list);
}

static void put_numa(struct writer *w, const struct board_options *o)
{
	struct writer list = array();

	for (size_t i = 0; i < o->n_numa; i++) {
		const struct numa_options *n = &o->numa[i];
		struct writer node = object();

		put_string(&node, "type", "node");
		put_number(&node, "nodeid", n->nodeid);
		if (n->mem)
			put_size(&node, "mem", n->mem);
		put_string(&node, "memdev", n->memdev);
		put_bits(&node, "cpus", n->cpus, sizeof(n->cpus));
		put_writer(&list, NULL, &node);
	}
	put_writer(w, "numa", &list);
}

static void put_accel(struct writer *w, const struct board_options *o)
{
	struct writer a = object();

	put_string(&a, "accel", o->is_kvm ? "kvm" : "tcg");
	if (o->dirty_ring_size)
		put_number(&a, "dirty-ring-size", o->dirty_ring_size);
	put_writer(w, "accel", &a);
}

json_t *board_options_json(const struct board_options *o)
{
	struct writer w = object();

	put_machine(&w, o);
	put_memory(&w, o);
	put_smp(&w, o);
	put_accel(&w, o);
	put_string(&w, "mem-path", o->mem_path);
	put_bool(&w, "mem-prealloc", o->mem_prealloc);
	put_objects(&w, o);
	put_numa(&w, o);
	put_devices(&w, o);
	put_string(&w, "vga", o->vga);
	put_string(&w, "nic", o->no_nic ? "none" : "user");
	put_string(&w, "serial", o->no_serial ? "none" : "null");
	put_string(&w, "parallel", o->no_parallel ? "none" : "null");
	put_bool(&w, "nodefaults", o->no_defaults);
	put_bool(&w, "S", o->is_stopped);
	if (!w.failed)
		return w.v;
	json_decref(w.v);
	return NULL;
}
