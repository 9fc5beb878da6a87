/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest snapshot info: what a saved guest is made of. */
#include "config.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/cmd_snapshot.h"
#include "cli/snapshot_options.h"
#include "cli/table.h"

struct arguments {
	struct snapshot_options o;
	bool as_json;
};

static const char *kind_name(const struct snapshot *s)
{
	return s->kind == SNAPSHOT_MIGRATION ? "a migration file of QEMU's"
					     : "an ELF dump of QEMU's";
}

/* --- text --- */

static void add_pages(struct table *t, const struct snapshot_block *b,
		      const struct snapshot_pages *n)
{
	table_add(t, TABLE_LEFT, "%s", b->name);
	table_add(t, TABLE_RIGHT, "%" PRIu64, b->bytes);
	table_add(t, TABLE_RIGHT, "%" PRIu64, n->data);
	table_add(t, TABLE_RIGHT, "%" PRIu64, n->zero);
	table_add(t, TABLE_RIGHT, "%" PRIu64, n->fill);
	table_add(t, TABLE_RIGHT, "%" PRIu64, n->absent);
	table_add(t, TABLE_RIGHT, "%" PRIu64, b->sent);
}

static int print_blocks(struct snapshot *s, struct sim_error *err)
{
	static const char *const head[] = { "block",  "bytes",	    "data pages", "zero pages",
					    "filled", "never sent", "sent" };
	struct snapshot_pages n;
	struct table t;
	int rc = table_init(&t, sizeof(head) / sizeof(*head), err);

	for (size_t i = 0; i < sizeof(head) / sizeof(*head) && !rc; i++)
		table_add(&t, i ? TABLE_RIGHT : TABLE_LEFT, "%s", head[i]);
	for (size_t i = 0; i < s->n_block && !rc; i++) {
		rc = snapshot_count(s, i, &n, err);
		add_pages(&t, &s->block[i], &n);
	}
	if (!rc)
		rc = table_print(&t, 1, stdout, err);
	table_fini(&t);
	return rc;
}

static void print_ranges(const struct snapshot *s)
{
	if (!s->is_placed)
		printf("\nWhere the guest sees these blocks is not known; give --qemu.\n");
	else
		printf("\nThe guest sees\n");
	for (size_t i = 0; i < s->n_range; i++) {
		const struct snapshot_range *r = &s->range[i];

		printf("  %016" PRIx64 "-%016" PRIx64 "  %s %s", r->gpa.v,
		       r->gpa.v + (r->bytes - 1), r->is_rom ? "rom" : "ram",
		       s->block[r->block].name);
		printf(r->offset ? " @%016" PRIx64 "\n" : "\n", r->offset);
	}
}

static void print_cpus(const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_cpu; i++) {
		const struct snapshot_cpu *c = &s->cpu[i];

		printf("\nCPU %u  CR0 %08" PRIx64 "  CR3 %016" PRIx64 "  CR4 %08" PRIx64
		       "  EFER %016" PRIx64 "%s\n       RIP %016" PRIx64 "  paging %s\n",
		       c->id, c->regs.cr0, c->regs.cr3, c->regs.cr4, c->regs.efer,
		       c->knows_efer ? "" : " (assumed: a dump does not hold it)", c->rip,
		       snapshot_paging(&c->regs));
	}
}

static int print_sections(const struct snapshot *s, struct sim_error *err)
{
	struct table t;
	int rc;

	if (!s->n_section)
		return 0;
	printf("\n");
	rc = table_init(&t, 5, err);
	if (rc)
		return rc;
	table_add(&t, TABLE_LEFT, "section");
	table_add(&t, TABLE_RIGHT, "instance");
	table_add(&t, TABLE_RIGHT, "version");
	table_add(&t, TABLE_RIGHT, "parts");
	table_add(&t, TABLE_RIGHT, "bytes");
	for (size_t i = 0; i < s->n_section; i++) {
		table_add(&t, TABLE_LEFT, "%s", s->section[i].name);
		table_add(&t, TABLE_RIGHT, "%" PRIu32, s->section[i].instance);
		table_add(&t, TABLE_RIGHT, "%" PRIu32, s->section[i].version);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, s->section[i].parts);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, s->section[i].bytes);
	}
	rc = table_print(&t, 1, stdout, err);
	table_fini(&t);
	return rc;
}

static int print_text(struct snapshot *s, struct sim_error *err)
{
	int rc;

	printf("%s\n  kind     %s\n  machine  %s\n  bytes    %" PRIu64 "\n\n", s->file.name,
	       kind_name(s), s->machine ? s->machine : "not told by the file", s->file.bytes);
	rc = print_blocks(s, err);
	if (rc)
		return rc;
	print_ranges(s);
	print_cpus(s);
	return print_sections(s, err);
}

/* --- JSON --- */

static json_t *hex(uint64_t v)
{
	return json_sprintf("0x%" PRIx64, v);
}

static json_t *number(uint64_t v)
{
	return json_integer((json_int_t)v);
}

static int blocks_json(struct snapshot *s, json_t *list, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < s->n_block && !rc; i++) {
		const struct snapshot_block *b = &s->block[i];
		struct snapshot_pages n;

		rc = snapshot_count(s, i, &n, err);
		json_array_append_new(
			list, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "name", b->name,
					"bytes", number(b->bytes), "data_pages", number(n.data),
					"zero_pages", number(n.zero), "filled_pages",
					number(n.fill), "absent_pages", number(n.absent),
					"sent_pages", number(b->sent)));
	}
	return rc;
}

static json_t *ranges_json(const struct snapshot *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_range; i++) {
		const struct snapshot_range *r = &s->range[i];

		json_array_append_new(list,
				      json_pack("{s:o, s:o, s:s, s:o, s:b}", "gpa",
						hex(r->gpa.v), "bytes", number(r->bytes),
						"block", s->block[r->block].name, "offset",
						number(r->offset), "rom", r->is_rom));
	}
	return list;
}

static json_t *cpus_json(const struct snapshot *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_cpu; i++) {
		const struct snapshot_cpu *c = &s->cpu[i];

		json_array_append_new(
			list,
			json_pack("{s:i, s:o, s:o, s:o, s:o, s:b, s:o, s:s}", "id", (int)c->id,
				  "cr0", hex(c->regs.cr0), "cr3", hex(c->regs.cr3), "cr4",
				  hex(c->regs.cr4), "efer", hex(c->regs.efer), "efer_assumed",
				  !c->knows_efer, "rip", hex(c->rip), "paging",
				  snapshot_paging(&c->regs)));
	}
	return list;
}

static json_t *sections_json(const struct snapshot *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_section; i++) {
		const struct snapshot_section *x = &s->section[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:o, s:o, s:o, s:o}", "name", x->name,
						"instance", number(x->instance), "version",
						number(x->version), "parts", number(x->parts),
						"bytes", number(x->bytes)));
	}
	return list;
}

static int print_json(struct snapshot *s, struct sim_error *err)
{
	json_t *blocks = json_array(), *o;
	int rc = blocks_json(s, blocks, err);

	if (rc) {
		json_decref(blocks);
		return rc;
	}
	o = json_pack("{s:s, s:s, s:s?, s:o, s:b, s:o, s:o, s:o, s:o}", "file", s->file.name,
		      "kind", s->kind == SNAPSHOT_MIGRATION ? "migration" : "elf-dump",
		      "machine", s->machine, "bytes", number(s->file.bytes), "placed",
		      s->is_placed, "blocks", blocks, "ranges", ranges_json(s), "cpus",
		      cpus_json(s), "sections", sections_json(s));
	if (!o || json_dumpf(o, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER))
		rc = sim_fail(err, SIM_EIO, s->file.name, "cannot print it as JSON");
	printf("\n");
	json_decref(o);
	return rc;
}

/* --- */

static int info(void *arguments, struct snapshot *s, struct sim_error *err)
{
	const struct arguments *a = arguments;

	return a->as_json ? print_json(s, err) : print_text(s, err);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		snapshot_options_inputs(state, snapshot_options_file);
		return 0;
	case 'j':
		a->as_json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", 'j', NULL, 0, "print JSON", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Reads FILE, a migration file or an ELF dump, to its last byte and tells what "
		       "it is made of: RAM blocks and kinds of pages, where the guest sees them, the "
		       "registers of its CPUs, the sections of devices.\v"
		       "  shadownest snapshot info guest.mig\n"
		       "  shadownest snapshot info --json guest.elf",
		.children = snapshot_options_file,
	};
	struct arguments a = { .o = { .takes_any = true } };

	return snapshot_options_run(&argp, argc, argv, &a, info);
}

const struct command cmd_snapshot_info = {
	.name = "info",
	.summary = "tell what the file is made of",
	.run = run,
};
