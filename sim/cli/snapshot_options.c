/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/snapshot_options.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "cli/command.h"
#include "cli/mem_setup.h"
#include "snapshot/table_walk.h"

static uint64_t number(const char *arg, int base, uint64_t max, struct argp_state *state)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(arg, &end, base);
	if (errno || end == arg || *end || arg[0] < '0' || arg[0] > '9' || v > max)
		argp_error(state, "\"%s\" is no such number", arg);
	return v;
}

/* --- options --- */

static error_t parse_file(int key, char *arg, struct argp_state *state)
{
	struct snapshot_options *o = state->input;

	switch (key) {
	case 'q':
		o->qemu = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_usage(state);
		o->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->path)
			argp_error(state, "a migration file or an ELF dump is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp file_argp = {
	.options =
		(const struct argp_option[]){
			{ "qemu", 'q', "LINE", 0,
			  "options of QEMU's command line, for a migration file: they say where its RAM and "
			  "DIMMs lie (default: as the file's machine and block sizes tell)",
			  0 },
			{ 0 } },
	.parser = parse_file,
};

enum { KEY_FIND_ROOTS = 512, KEY_CR3 };

static error_t parse_root(int key, char *arg, struct argp_state *state)
{
	struct snapshot_options *o = state->input;

	switch (key) {
	case 'c':
		o->cpu = (unsigned)number(arg, 10, UINT32_MAX, state);
		return 0;
	case KEY_CR3:
		return roots_add(&o->roots, number(arg, 16, UINT64_MAX, state), NULL) ? ENOMEM
										      : 0;
	case KEY_FIND_ROOTS:
		o->finds_roots = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp root_argp = {
	.options =
		(const struct argp_option[]){
			{ "cpu", 'c', "N", 0, "the CPU whose registers count (default: 0)", 0 },
			{ "cr3", KEY_CR3, "HEX", 0,
			  "the tables of this CR3 instead of the CPU's; several address spaces: several times",
			  0 },
			{ "find-roots", KEY_FIND_ROOTS, NULL, 0,
			  "other address spaces too: all pages that look like a root of Linux's (some may be "
			  "of processes that are gone)",
			  0 },
			{ 0 } },
	.parser = parse_root,
};

const struct argp_child snapshot_options_file[] = { { &file_argp, 0, NULL, 0 }, { 0 } };
const struct argp_child snapshot_options_all[] = { { &file_argp, 0, NULL, 0 },
						   { &root_argp, 0, NULL, 0 },
						   { 0 } };

void snapshot_options_inputs(struct argp_state *state, const struct argp_child *children)
{
	for (size_t i = 0; children[i].argp; i++)
		state->child_inputs[i] = state->input;
}

/* --- the file --- */

static int place(struct snapshot *s, const char *line, struct sim_error *err)
{
	const struct mem_setup_options o = { .line = line };
	struct mem_setup m;
	int rc = mem_setup_create(&m, &o, err);

	if (rc)
		mem_setup_say_option(err);
	else
		rc = snapshot_place(s, &m.memory, err);
	mem_setup_fini(&m);
	return rc;
}

static int place_by_words(struct snapshot *s, struct sim_error *err)
{
	struct text words = { .s = NULL };
	char *line;
	int rc = snapshot_words(s, &words, err);

	line = rc ? NULL : text_take(&words);
	if (!rc)
		rc = line ? place(s, line, err) : sim_fail_nomem(err);
	text_fini(&words);
	sim_free(line);
	return rc;
}

static int open_file(const struct snapshot_options *o, struct snapshot *s,
		     struct sim_error *err)
{
	struct sim_error none = { 0 };
	int rc = snapshot_open(s, o->path, err);

	if (rc)
		return rc;
	if (o->qemu)
		return s->kind == SNAPSHOT_MIGRATION
			       ? place(s, o->qemu, err)
			       : snapshot_place(s, &(struct memory_plan){ 0 }, err);
	if (s->kind != SNAPSHOT_MIGRATION)
		return 0;
	if (o->takes_any) {
		rc = place_by_words(s, &none);
		return rc == SIM_ENOMEM ? sim_fail_nomem(err) : 0;
	}
	return place_by_words(s, err);
}

int snapshot_options_roots(struct snapshot_options *o, struct snapshot *s,
			   const struct snapshot_cpu **cpu, unsigned *levels,
			   struct sim_error *err)
{
	int rc = snapshot_cpu(s, o->cpu, cpu, err);

	if (!rc)
		rc = table_walk_levels(s, *cpu, levels, err);
	if (!rc && !o->roots.n)
		rc = roots_add(&o->roots, (*cpu)->regs.cr3, err);
	if (!rc && o->finds_roots)
		rc = roots_find(&o->roots, s, o->roots.cr3[0], err);
	return rc;
}

int snapshot_options_run(const struct argp *argp, int argc, char **argv, void *arguments,
			 snapshot_user *use)
{
	struct snapshot_options *o = arguments;
	struct sim_error err = { 0 };
	struct snapshot s;
	int rc = command_parse(argp, argc, argv, arguments);

	if (!rc) {
		rc = open_file(o, &s, &err);
		if (!rc)
			rc = use(arguments, &s, &err);
		snapshot_close(&s);
		rc = rc ? command_failed(&err) : EXIT_DONE;
	}
	roots_fini(&o->roots);
	return rc;
}
