/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest snapshot walk: a saved guest's page tables, entry by entry. */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/cmd_snapshot.h"
#include "cli/snapshot_options.h"
#include "snapshot/info_tlb.h"
#include "snapshot/table_runs.h"

struct report;

/* A way to print a walk. */
struct format {
	const char *name;
	void (*begin)(struct report *);
	void (*leaf)(struct report *, const struct table_leaf *);
	void (*end)(struct report *);
};

struct report {
	const struct format *format;
	struct text line;
	struct table_run run; /* n 0: none */
	struct info_mem mem;
	uint64_t n; /* printed */
};

/* --- runs --- */

static const char *const size_name[] = { "", "4K", "2M", "1G" };

/* Rights and attributes in the words of Linux's page-table dump. */
static void print_flags(const struct table_run *r)
{
	printf("%s%s %s%s%s%s%s", r->rights & PTE_U ? "USR " : "",
	       r->rights & PTE_W ? "RW" : "ro", r->rights & PTE_NX ? "NX" : "x",
	       r->attributes & PTE_G ? " GLB" : "", r->attributes & TABLE_PCD ? " PCD" : "",
	       r->attributes & TABLE_PWT ? " PWT" : "",
	       r->attributes & PTE_PAT_2M ? " PAT" : "");
}

static void runs_begin(struct report *p)
{
	(void)p;
	printf("%-33s %-16s %10s %4s %8s %8s %8s  flags\n", "gva", "gpa", "KiB", "page",
	       "pages", "accessed", "dirty");
}

static void runs_print(struct report *p)
{
	const struct table_run *r = &p->run;

	if (!r->n)
		return;
	printf("%016" PRIx64 "-%016" PRIx64 " %016" PRIx64 " %10" PRIu64 " %4s %8" PRIu64
	       " %8" PRIu64 " %8" PRIu64 "  ",
	       r->gva.v, r->gva.v + (r->bytes - 1), r->gpa.v, r->bytes >> 10,
	       size_name[r->level], r->n, r->accessed, r->dirty);
	print_flags(r);
	printf("\n");
}

static void json_begin(struct report *p)
{
	(void)p;
	printf("[");
}

static void json_print(struct report *p)
{
	const struct table_run *r = &p->run;

	if (!r->n)
		return;
	printf("%s\n{\"gva\": \"0x%" PRIx64 "\", \"gpa\": \"0x%" PRIx64
	       "\", \"bytes\": %" PRIu64 ", \"page\": %" PRIu64 ", \"pages\": %" PRIu64
	       ", \"accessed\": %" PRIu64 ", \"dirty\": %" PRIu64
	       ", \"user\": %s, \"writable\": %s, \"no_execute\": %s, \"global\": %s, "
	       "\"pcd\": %s, \"pwt\": %s, \"pat\": %s}",
	       p->n++ ? "," : "", r->gva.v, r->gpa.v, r->bytes, level_bytes(r->level), r->n,
	       r->accessed, r->dirty, r->rights & PTE_U ? "true" : "false",
	       r->rights & PTE_W ? "true" : "false", r->rights & PTE_NX ? "true" : "false",
	       r->attributes & PTE_G ? "true" : "false",
	       r->attributes & TABLE_PCD ? "true" : "false",
	       r->attributes & TABLE_PWT ? "true" : "false",
	       r->attributes & PTE_PAT_2M ? "true" : "false");
}

static void runs_leaf(struct report *p, const struct table_leaf *l)
{
	if (table_run_extend(&p->run, l))
		return;
	p->format->end(p);
	p->run = table_run_of(l);
}

/* --- leaf by leaf --- */

static void leaves_leaf(struct report *p, const struct table_leaf *l)
{
	p->run = table_run_of(l);
	runs_print(p);
}

/* --- as QEMU --- */

static void flush(struct report *p)
{
	if (p->line.n)
		fwrite(p->line.s, 1, p->line.n, stdout);
	p->line.n = 0;
}

static void tlb_leaf(struct report *p, const struct table_leaf *l)
{
	info_tlb_leaf(l, &p->line);
	flush(p);
}

static void mem_leaf(struct report *p, const struct table_leaf *l)
{
	info_mem_leaf(&p->mem, l, &p->line);
	flush(p);
}

static void mem_end(struct report *p)
{
	info_mem_end(&p->mem, &p->line);
	flush(p);
}

/* --- */

static void nothing(struct report *p)
{
	(void)p;
}

static const struct format formats[] = {
	{ "runs", runs_begin, runs_leaf, runs_print },
	{ "leaves", runs_begin, leaves_leaf, nothing },
	{ "json", json_begin, runs_leaf, json_print },
	{ "qemu-tlb", nothing, tlb_leaf, nothing },
	{ "qemu-mem", nothing, mem_leaf, mem_end },
};

#define FORMAT_COUNT (sizeof(formats) / sizeof(*formats))

struct arguments {
	struct snapshot_options o;
	const struct format *format;
	uint64_t from, to;
};

static int on_leaf(void *arg, const struct table_leaf *l, struct sim_error *err)
{
	struct report *p = arg;

	p->format->leaf(p, l);
	return p->line.failed ? sim_fail_nomem(err) : 0;
}

static int walk(void *arguments, struct snapshot *s, struct sim_error *err)
{
	static const struct table_walk_ops ops = { .leaf = on_leaf };
	struct arguments *a = arguments;
	struct report p = { .format = a->format };
	const struct snapshot_cpu *cpu;
	struct table_walk w;
	int rc = snapshot_options_roots(&a->o, s, &cpu, &p.mem.levels, err);

	if (rc)
		return rc;
	w = table_walk_all(a->o.roots.cr3[0], p.mem.levels, &ops, &p);
	w.from = gva_make(a->from);
	w.to = gva_make(a->to);
	p.format->begin(&p);
	rc = table_walk_run(s, &w, err);
	if (!rc)
		p.format->end(&p);
	if (!rc && !strcmp(p.format->name, "json"))
		printf("\n]\n");
	text_fini(&p.line);
	return rc;
}

/* --- command line --- */

enum { KEY_FROM = 256, KEY_TO };

static const struct format *find_format(const char *name, struct argp_state *state)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	argp_error(state, "\"%s\": there are runs, leaves, json, qemu-tlb and qemu-mem", name);
	return NULL;
}

static uint64_t address(const char *arg, struct argp_state *state)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(arg, &end, 16);
	if (errno || end == arg || *end)
		argp_error(state, "\"%s\" is no hexadecimal address", arg);
	return v;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		snapshot_options_inputs(state, snapshot_options_all);
		return 0;
	case 'f':
		a->format = find_format(arg, state);
		return 0;
	case KEY_FROM:
		a->from = address(arg, state);
		return 0;
	case KEY_TO:
		a->to = address(arg, state);
		return 0;
	case ARGP_KEY_END:
		if (a->o.roots.n > 1 || a->o.finds_roots)
			argp_error(state, "one --cr3 at a time, and no --find-roots");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "format", 'f', "FORMAT", 0,
		  "runs: contiguous leaves of one kind as one (default); leaves: each; json: runs; "
		  "qemu-tlb, qemu-mem: as QEMU's monitor prints \"info tlb\" and \"info mem\"",
		  0 },
		{ "from", KEY_FROM, "HEX", 0, "from this guest virtual address on", 0 },
		{ "to", KEY_TO, "HEX", 0, "to this one, included", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Walks the page tables that CR3 of a CPU points to in FILE, a migration file "
		       "or an ELF dump, and prints what is mapped: where, as what, with which "
		       "rights.\vRights are those of all levels together; accessed and dirty count "
		       "leaves.\n"
		       "\n"
		       "  shadownest snapshot walk guest.elf\n"
		       "  shadownest snapshot walk --to 7fffffffffff --format json guest.mig\n"
		       "  shadownest snapshot walk --format qemu-tlb --cpu 1 guest.elf\n"
		       "  shadownest snapshot walk --qemu '-m 256M,slots=2,maxmem=2G -object \\\n"
		       "      memory-backend-ram,id=mem1,size=128M -device pc-dimm,memdev=mem1' \\\n"
		       "      guest.mig",
		.children = snapshot_options_all,
	};
	struct arguments a = { .format = &formats[0], .to = UINT64_MAX };

	return snapshot_options_run(&argp, argc, argv, &a, walk);
}

const struct command cmd_snapshot_walk = {
	.name = "walk",
	.summary = "print what its page tables map",
	.run = run,
};
