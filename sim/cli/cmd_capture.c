/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest capture: a workload runs in a real guest, and becomes a .snt. */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "capture/capture.h"
#include "cli/capture_report.h"
#include "cli/capture_words.h"
#include "cli/command.h"
#include "cli/locate.h"
#include "cli/stop.h"
#include "run/files.h"

#define DEFAULT_MEMORY	 "512M"
#define DEFAULT_LEVEL	 3
#define DEFAULT_PATIENCE 600 /* seconds: a boot under TCG on a busy machine takes 60 */
#define PACKING_MAX	 22  /* zstd's */

struct arguments {
	struct capture_options o;
	struct word_list program, file, dimm, words;
	const char *qemu_args;
	double timeout, patience;
	bool keep_log, is_quiet;
	char *builder, *capture_run, *plugin; /* located */
	struct sim_error err;		      /* of parsing: out of memory */
};

enum {
	KEY_KERNEL = 256,
	KEY_THP,
	KEY_PTI,
	KEY_LA57,
	KEY_START,
	KEY_CMDLINE,
	KEY_QEMU,
	KEY_PLUGIN,
	KEY_DIMM,
	KEY_TIMEOUT,
	KEY_PATIENCE,
	KEY_KEEP_LOG,
	KEY_INCOMING,
	KEY_QEMU_ARGS,
	KEY_ALLOW_FAILURE,
	KEY_NAME,
	KEY_CACHE,
	KEY_OFFLINE,
	KEY_REFRESH,
	KEY_BUSYBOX,
	KEY_LEVEL
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What runs:", 1 },
	{ "workload", 'w', "CMD", 0,
	  "a shell command; its programs are taken from this machine, with their libraries; a "
	  "program may be given by its path",
	  0 },
	{ "program", 'p', "P", 0, "put this program in the guest too; repeatable", 0 },
	{ "file", 'f', "HOST[:GUEST]", 0, "put this file or folder there; repeatable", 0 },
	{ NULL, 0, NULL, 0, "The guest:", 2 },
	{ "kernel", KEY_KERNEL, "K", 0,
	  "a kernel image, a Debian package, or a version as in linux-image-VERSION (default: "
	  "linux-image-cloud-amd64, downloaded)",
	  0 },
	{ "memory", 'm', "SIZE", 0,
	  "its RAM, as QEMU's -m: 512M (the default), or 512M,slots=2,maxmem=4G", 0 },
	{ "dimm", KEY_DIMM, "SIZE", 0, "plug a DIMM (wants slots and maxmem); repeatable", 0 },
	{ "thp", KEY_THP, NULL, 0, "transparent huge pages, wherever they fit", 0 },
	{ "pti", KEY_PTI, NULL, 0, "kernel page-table isolation", 0 },
	{ "la57", KEY_LA57, NULL, 0, "5-level paging", 0 },
	{ "cmdline", KEY_CMDLINE, "WORDS", 0, "more words for its kernel", 0 },
	{ "busybox", KEY_BUSYBOX, "FILE", 0, "a static busybox (default: Debian's, downloaded)",
	  0 },
	{ NULL, 0, NULL, 0, "What is captured:", 3 },
	{ "start-at", KEY_START, "WHERE", 0,
	  "exec: where CMD is loaded (the default); marker: where the workload calls "
	  "capture_begin() of capture/marker.h; pc:ADDR: where that address is executed",
	  0 },
	{ "limit", 'l', "N", 0, "stop after N loads and stores (20M: 20 million)", 0 },
	{ "timeout", KEY_TIMEOUT, "S", 0, "give up after S seconds (default: never)", 0 },
	{ "patience", KEY_PATIENCE, "S", 0,
	  "give up when nothing new has come for S seconds, boot and shutdown too (default 600)",
	  0 },
	{ "allow-failure", KEY_ALLOW_FAILURE, NULL, 0,
	  "keep the trace of a workload whose exit status is not 0", 0 },
	{ "incoming", KEY_INCOMING, "FILE", 0,
	  "boot nothing: go on from a migration file of QEMU's, and capture at once", 0 },
	{ "qemu-args", KEY_QEMU_ARGS, "WORDS", 0,
	  "with --incoming: the machine that the file is of, as QEMU's options", 0 },
	{ NULL, 0, NULL, 0, "The rest:", 4 },
	{ "output", 'o', "X.snt", 0,
	  "write the trace here and X.manifest.json beside it; they appear when they are whole",
	  0 },
	{ "name", KEY_NAME, "NAME", 0, "the trace's name in tables (default: CMD's program)",
	  0 },
	{ "level", KEY_LEVEL, "1..22", 0, "how hard zstd packs it (default 3)", 0 },
	{ "cache", KEY_CACHE, "DIR", 0,
	  "where packages are kept (default: shadownest in $XDG_CACHE_HOME or ~/.cache)", 0 },
	{ "offline", KEY_OFFLINE, NULL, 0, "download nothing", 0 },
	{ "refresh", KEY_REFRESH, NULL, 0, "download what the cache has, again", 0 },
	{ "qemu", KEY_QEMU, "PATH", 0, "default: qemu-system-x86_64", 0 },
	{ "plugin", KEY_PLUGIN, "PATH", 0, "default: shadownest-capture.so as built", 0 },
	{ "keep-log", KEY_KEEP_LOG, NULL, 0, "keep what the guest says, in X.console.log", 0 },
	{ "quiet", 'q', NULL, 0, "no progress line", 0 },
	{ 0 },
};

/* --- options --- */

static void parse_start(struct emulator *m, const char *arg, struct argp_state *state)
{
	char *end;

	if (!strcmp(arg, "exec")) {
		m->start = EMULATOR_AT_EXEC;
	} else if (!strcmp(arg, "marker")) {
		m->start = EMULATOR_AT_MARKER;
	} else if (!strncmp(arg, "pc:", 3)) {
		m->start = EMULATOR_AT_PC;
		errno = 0;
		m->pc = strtoull(arg + 3, &end, 16);
		if (errno || end == arg + 3 || *end)
			argp_error(state, "--start-at %s: pc: and a hexadecimal address", arg);
	} else {
		argp_error(state, "--start-at %s: exec, marker or pc:ADDR", arg);
	}
}

/* A positive number, K, M or G behind it for thousands, millions, milliards. */
static uint64_t parse_count(const char *option, const char *arg, struct argp_state *state)
{
	uint64_t scale = 1;
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(arg, &end, 10);
	if (*end == 'K' || *end == 'k')
		scale = 1000;
	else if (*end == 'M')
		scale = 1000000;
	else if (*end == 'G')
		scale = 1000000000;
	if (errno || end == arg || arg[0] == '-' || !v || v > UINT64_MAX / scale ||
	    end[scale > 1])
		argp_error(state, "--%s %s: a number of at least 1, as in 20000000 or 20M",
			   option, arg);
	return v * scale;
}

static void parse_level(struct arguments *a, const char *arg, struct argp_state *state)
{
	uint64_t level = parse_count("level", arg, state);

	if (level > PACKING_MAX)
		argp_error(state, "--level %s: at most %d", arg, PACKING_MAX);
	a->o.level = (int)level;
}

/* Options that are a word to be kept; false: none of them. */
static bool parse_word(struct arguments *a, int key, const char *arg)
{
	struct image_options *i = &a->o.image;
	struct emulator *m = &a->o.emulator;
	const struct {
		int key;
		const char **to;
	} word[] = {
		{ 'w', &i->workload },
		{ KEY_KERNEL, &i->kernel },
		{ KEY_BUSYBOX, &i->busybox },
		{ KEY_CACHE, &i->cache },
		{ 'm', &m->memory },
		{ KEY_CMDLINE, &m->cmdline },
		{ KEY_INCOMING, &m->incoming },
		{ KEY_QEMU_ARGS, &a->qemu_args },
		{ KEY_QEMU, &a->o.qemu },
		{ KEY_PLUGIN, &a->o.plugin },
		{ KEY_NAME, &a->o.name },
		{ 'o', &a->o.out },
	};

	for (unsigned n = 0; n < sizeof(word) / sizeof(*word); n++) {
		if (word[n].key == key) {
			*word[n].to = arg;
			return true;
		}
	}
	return false;
}

/* Options that add to a list, or switch something on; false: none of them. */
static bool parse_flag(struct arguments *a, int key, const char *arg)
{
	struct word_list *list = key == 'p'	   ? &a->program
				 : key == 'f'	   ? &a->file
				 : key == KEY_DIMM ? &a->dimm
						   : NULL;

	if (list && word_list_add(list, arg, strlen(arg), &a->err))
		return true; /* told by a->err */
	switch (key) {
	case KEY_THP:
		a->o.emulator.flags |= EMULATOR_THP;
		return true;
	case KEY_PTI:
		a->o.emulator.flags |= EMULATOR_PTI;
		return true;
	case KEY_LA57:
		a->o.emulator.flags |= EMULATOR_LA57;
		return true;
	case KEY_ALLOW_FAILURE:
		a->o.flags |= CAPTURE_ALLOW_FAILURE;
		return true;
	case KEY_OFFLINE:
		a->o.image.is_offline = true;
		return true;
	case KEY_REFRESH:
		a->o.image.must_refresh = true;
		return true;
	case KEY_KEEP_LOG:
		a->keep_log = true;
		return true;
	case 'q':
		a->is_quiet = true;
		return true;
	default:
		return list;
	}
}

/* What goes together, and what is needed. */
static void parse_end(struct arguments *a, struct argp_state *state)
{
	const struct image_options *i = &a->o.image;

	if (!a->o.out)
		argp_error(state, "-o X.snt is needed");
	if (a->o.emulator.incoming) {
		if (i->workload || i->kernel || a->program.n || a->file.n || a->dimm.n)
			argp_error(state, "--incoming goes on with a machine that is there: it "
					  "boots no kernel and starts no workload");
		return;
	}
	if (a->qemu_args)
		argp_error(state, "--qemu-args describe the machine of --incoming FILE");
	if (!i->workload || !i->workload[strspn(i->workload, " \t\n")])
		argp_error(state, "--workload 'CMD' is needed");
	if (i->is_offline && i->must_refresh)
		argp_error(state, "--offline forbids what --refresh asks for");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (parse_word(a, key, arg) || parse_flag(a, key, arg))
		return 0;
	switch (key) {
	case KEY_START:
		parse_start(&a->o.emulator, arg, state);
		return 0;
	case 'l':
		a->o.emulator.limit = parse_count("limit", arg, state);
		return 0;
	case KEY_TIMEOUT:
		a->timeout = (double)parse_count("timeout", arg, state);
		return 0;
	case KEY_PATIENCE:
		a->patience = (double)parse_count("patience", arg, state);
		return 0;
	case KEY_LEVEL:
		parse_level(a, arg, state);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "%s: put the whole command in --workload '...'", arg);
		return 0;
	case ARGP_KEY_END:
		parse_end(a, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "--workload 'CMD' -o X.snt\n--incoming FILE --qemu-args 'WORDS' -o X.snt",
	.doc = "Runs CMD in a real Linux guest under QEMU (TCG, one vCPU) and writes what the "
	       "guest did: its memory accesses, its page tables and every write to them. The "
	       "guest is made of Debian packages; nothing needs root. Every access is then "
	       "translated by the trace's own tables: a trace that does not agree with itself "
	       "is refused.\vThe same command gives the same bytes, as long as the programs "
	       "are the same; X.manifest.json has their hashes.\n"
	       "\n"
	       "  shadownest capture -w 'gzip -9 </bin/busybox >/dev/null' -o gzip.snt\n"
	       "  shadownest capture -w 'sqlite3 :memory: .help' --thp -o sqlite.snt\n"
	       "  shadownest trace info gzip.snt",
};

/* --- the run --- */

static int locate(struct arguments *a, struct sim_error *err)
{
	a->builder = locate_program("capture/build-image");
	a->capture_run = locate_program("capture/capture-run");
	a->plugin = a->o.plugin ? sim_strdup(a->o.plugin)
				: locate_program("capture/shadownest-capture.so");
	if (!a->builder || !a->capture_run || !a->plugin)
		return sim_fail_nomem(err);
	a->o.image.builder = a->builder;
	a->o.image.capture_run = a->capture_run;
	a->o.plugin = a->plugin;
	if (access(a->plugin, R_OK))
		return sim_fail(err, SIM_EIO, a->plugin,
				"cannot read the plugin: %s (make builds it; --plugin says "
				"where it is)",
				strerror(errno));
	if (a->o.emulator.incoming && access(a->o.emulator.incoming, R_OK))
		return sim_fail(err, SIM_EIO, a->o.emulator.incoming, "cannot read: %s",
				strerror(errno));
	return 0;
}

/* Lists of options, and what was not said. */
static int complete(struct arguments *a, struct sim_error *err)
{
	struct emulator *m = &a->o.emulator;

	if (a->err.code) {
		*err = a->err;
		return err->code;
	}
	a->o.image.program = (const char *const *)a->program.word;
	a->o.image.file = (const char *const *)a->file.word;
	m->dimm = (const char *const *)a->dimm.word;
	if (m->incoming)
		m->start = EMULATOR_NOW;
	else if (!m->memory)
		m->memory = DEFAULT_MEMORY;
	if (a->qemu_args && word_list_split(&a->words, a->qemu_args, err))
		return err->code;
	m->words = (const char *const *)a->words.word;
	return locate(a, err);
}

static char *make_folder(struct sim_error *err)
{
	const char *where = getenv("TMPDIR");
	char *dir = sim_asprintf("%s/shadownest-XXXXXX", where && *where ? where : "/tmp");

	if (!dir) {
		sim_fail_nomem(err);
	} else if (!mkdtemp(dir)) {
		sim_fail(err, SIM_EIO, dir, "cannot make a folder for the run: %s",
			 strerror(errno));
		sim_free(dir);
		dir = NULL;
	}
	return dir;
}

/* Copies the console beside the trace. */
static int keep_log(const struct arguments *a, struct sim_error *err)
{
	size_t n = strlen(a->o.out), text_n;
	char *from = files_join(a->o.dir, EMULATOR_CONSOLE), *to, *text;
	int rc;

	if (n > 4 && !strcmp(a->o.out + n - 4, ".snt"))
		n -= 4;
	to = sim_asprintf("%.*s.console.log", (int)n, a->o.out);
	rc = from && to ? 0 : sim_fail_nomem(err);
	if (!rc && files_exist(from)) {
		rc = files_read(from, &text, &text_n, err);
		if (!rc) {
			rc = files_write(to, text, text_n, err);
			sim_free(text);
		}
	}
	sim_free(from);
	sim_free(to);
	return rc;
}

/* A stop is told by its cause. */
static int failed(const struct arguments *a, const struct capture_watch *w,
		  struct sim_error *err)
{
	struct sim_error late = { 0 };

	if (err->code != SIM_EINTR || !(w->has_timed_out || w->has_stalled))
		return command_failed(err);
	if (w->has_timed_out)
		sim_fail(&late, SIM_EINTR, a->o.out,
			 "not done after the %.0f s of --timeout; nothing is written",
			 a->timeout);
	else
		sim_fail(&late, SIM_EINTR, a->o.out,
			 "nothing new came for the %.0f s of --patience (%s); nothing is "
			 "written",
			 a->patience, capture_watch_doing(w));
	return command_failed(&late);
}

static int capture(struct arguments *a)
{
	struct sim_error err = { 0 };
	struct capture_result r;
	struct capture_watch w;
	int rc;

	capture_watch_init(&w, stderr);
	w.is_quiet = a->is_quiet;
	w.timeout = a->timeout;
	w.patience = a->patience;
	a->o.hook = capture_watch_hook;
	a->o.arg = &w;
	rc = capture_run(&a->o, &r, &err);
	if (a->keep_log) /* of a capture that failed above all */
		rc = keep_log(a, &err) || rc ? -1 : 0;
	progress_fini(&w.progress);
	if (!rc)
		capture_report(stdout, a->o.out, &w, &r);
	capture_result_fini(&r);
	return rc ? failed(a, &w, &err) : EXIT_DONE;
}

static int run_in_folder(struct arguments *a)
{
	struct sim_error err = { 0 };
	char *dir = NULL;
	int rc = complete(a, &err);

	if (!rc) {
		dir = make_folder(&err);
		rc = dir ? 0 : err.code;
	}
	if (rc)
		return command_failed(&err);
	a->o.dir = dir;
	stop_catch();
	rc = capture(a);
	if (files_remove_dir(dir, &err))
		rc = command_failed(&err);
	sim_free(dir);
	return rc;
}

static int run(int argc, char **argv)
{
	struct arguments a = { .o = { .qemu = "qemu-system-x86_64", .level = DEFAULT_LEVEL },
			       .patience = DEFAULT_PATIENCE };
	int rc = command_parse(&argp, argc, argv, &a);

	if (!rc)
		rc = run_in_folder(&a);
	word_list_fini(&a.program);
	word_list_fini(&a.file);
	word_list_fini(&a.dimm);
	word_list_fini(&a.words);
	sim_free(a.builder);
	sim_free(a.capture_run);
	sim_free(a.plugin);
	return rc;
}

const struct command cmd_capture = {
	.name = "capture",
	.summary = "run a workload in a real guest and write its trace",
	.run = run,
};
