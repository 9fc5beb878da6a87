/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/process.h"
#include "capture/check.h"
#include "capture/manifest.h"
#include "capture/pipe.h"
#include "capture/reason.h"
#include "trace/import.h"
#include "trace/outfile.h"

#define PLUGIN_FORMAT "capture"
#define SNT	      ".snt"
#define QEMU_SAYS     "QEMU emulator version " /* softmmu/vl.c, version() */
#define BEGUN_BYTES                                                                            \
	4096 /* of the stream: more than its head, less than the table that CR3 names */
#define GO_ON_EVERY 20	/* waits, PIPE_WAIT_MS each */
#define ORIGIN_MAX  100 /* bytes of the workload in the trace's metadata */

/* One capture under way. */
struct job {
	const struct capture_options *o;
	struct capture_result *r;
	struct image image;
	struct capture_pipe pipe;
	struct outfile live; /* the trace as it comes */
	struct outfile manifest;
	struct outfile kept; /* packed anew; without a file: what came is kept */
	char *name, *origin, *tools;
	char version[120]; /* of QEMU */
	enum capture_phase phase;
	uint64_t accesses;
	int monitor; /* QEMU's, of a machine that goes on; -1: none */
	unsigned n_wait;
};

/* --- names --- */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

char *capture_manifest_path(const char *out)
{
	size_t n = strlen(out) - (ends_with(out, SNT) ? strlen(SNT) : 0);

	return sim_asprintf("%.*s.manifest.json", (int)n, out);
}

char *capture_name(const char *workload)
{
	const char *word = workload + strspn(workload, " \t\n(");
	size_t n = strcspn(word, " \t\n;|&<>()");

	for (const char *slash; (slash = memchr(word, '/', n)) != NULL; word = slash + 1)
		n -= (size_t)(slash + 1 - word);
	return n ? sim_asprintf("%.*s", (int)n, word) : sim_strdup("guest");
}

static char *in_folder(const struct job *j, const char *name)
{
	return sim_asprintf("%s/%s", j->o->dir, name);
}

/* --- the hook --- */

static int ask(struct job *j)
{
	if (j->phase == CAPTURE_BOOT && j->pipe.bytes > BEGUN_BYTES)
		j->phase = CAPTURE_STREAM;
	return j->o->hook ? j->o->hook(j->o->arg, j->phase, j->accesses) : 0;
}

/* The machine may have been stopped when it was written out; "cont" changes nothing in one that runs. It counts only
 * when all of the file has been read, so it is said again until something comes. */
static void let_go_on(struct job *j)
{
	static const char word[] = "cont\n";

	if (j->monitor < 0 || j->phase != CAPTURE_BOOT || j->pipe.bytes ||
	    j->n_wait++ % GO_ON_EVERY)
		return;
	if (write(j->monitor, word, sizeof(word) - 1) < 0)
		j->n_wait = 0; /* full: QEMU reads nothing yet */
}

static int on_wait(void *arg)
{
	let_go_on(arg);
	return ask(arg);
}

/* For the importer, which asks every 65 536 records. */
static int on_records(void *arg, uint64_t packed, uint64_t accesses)
{
	struct job *j = arg;

	(void)packed;
	j->accesses = accesses;
	return ask(j);
}

static int stopped(const struct job *j, struct sim_error *err)
{
	return sim_fail(err, SIM_EINTR, j->o->out, "stopped; nothing is written");
}

/* --- before --- */

static int ask_version(struct job *j, struct sim_error *err)
{
	const char *const argv[] = { j->o->qemu, "--version", NULL };
	int status, rc = process_run(argv, NULL, j->version, sizeof(j->version), &status);

	if (rc)
		return reason_not_started(j->o->qemu, rc, err);
	j->version[strcspn(j->version, "\n")] = '\0';
	if (status)
		return sim_fail(err, SIM_EIO, j->o->qemu, "--version fails: %s", j->version);
	if (strncmp(j->version, QEMU_SAYS, strlen(QEMU_SAYS)))
		return sim_fail(err, SIM_EIO, j->o->qemu,
				"this is no QEMU: --version gives \"%s\", not \"" QEMU_SAYS
				"...\"",
				j->version);
	return 0;
}

static int describe(struct job *j, struct sim_error *err)
{
	const struct emulator *m = &j->o->emulator;
	const struct image_part *kernel = image_part(&j->image, "kernel");
	const char *work = j->o->image.workload;

	if (m->incoming)
		j->origin = sim_asprintf("a guest that went on from a migration file; %s",
					 j->version);
	else
		j->origin = sim_asprintf("`%.*s%s` on %s with %s%s%s%s; %s", ORIGIN_MAX, work,
					 strlen(work) > ORIGIN_MAX ? "..." : "",
					 kernel && kernel->package[0] != '-' ? kernel->package
									     : "a kernel",
					 m->memory, m->flags & EMULATOR_THP ? ", THP" : "",
					 m->flags & EMULATOR_PTI ? ", PTI" : "",
					 m->flags & EMULATOR_LA57 ? ", LA57" : "", j->version);
	j->tools = sim_asprintf("shadownest-capture.so, " PACKAGE_STRING);
	j->name = j->o->name ? sim_strdup(j->o->name)
			     : capture_name(m->incoming ? "snapshot" : j->o->image.workload);
	return j->origin && j->tools && j->name ? 0 : sim_fail_nomem(err);
}

static int make_files(struct job *j, struct sim_error *err)
{
	char *path = capture_manifest_path(j->o->out);
	int rc;

	if (!path)
		return sim_fail_nomem(err);
	rc = outfile_create(&j->live, j->o->out, err);
	if (!rc)
		rc = outfile_create(&j->manifest, path, err);
	sim_free(path);
	return rc;
}

/* FIFOs for QEMU's monitor; what it answers is not read. */
static int open_monitor(struct job *j, struct sim_error *err)
{
	char *in = in_folder(j, EMULATOR_MONITOR ".in"),
	     *out = in_folder(j, EMULATOR_MONITOR ".out");
	int rc = 0;

	if (!in || !out)
		rc = sim_fail_nomem(err);
	else if (mkfifo(in, 0600) || mkfifo(out, 0600) ||
		 (j->monitor = open(in, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0)
		rc = sim_fail(err, SIM_EIO, in, "cannot make a FIFO: %s", strerror(errno));
	sim_free(in);
	sim_free(out);
	return rc;
}

static int prepare(struct job *j, struct sim_error *err)
{
	const char *flaw = emulator_flaw(&j->o->emulator);
	char *fifo;
	int rc;

	if (flaw)
		return sim_fail(err, SIM_EUNSUP, NULL, "%s", flaw);
	rc = make_files(j, err);
	if (!rc)
		rc = ask_version(j, err);
	if (!rc && ask(j))
		rc = stopped(j, err);
	if (!rc && !j->o->emulator.incoming)
		rc = image_build(&j->image, &j->o->image, j->o->dir, err);
	if (!rc)
		rc = describe(j, err);
	if (!rc && j->o->emulator.incoming)
		rc = open_monitor(j, err);
	if (rc)
		return rc;
	fifo = in_folder(j, EMULATOR_FIFO);
	if (!fifo)
		return sim_fail_nomem(err);
	rc = pipe_open(&j->pipe, fifo, err);
	sim_free(fifo);
	return rc;
}

/* --- QEMU --- */

/* Starts QEMU with its complaints going to the file "complaints". */
static int start(struct job *j, char *const *words, struct sim_error *err)
{
	char *path = in_folder(j, "complaints");
	int fd, rc;

	if (!path)
		return sim_fail_nomem(err);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		rc = sim_fail(err, SIM_EIO, path, "cannot create: %s", strerror(errno));
	else
		rc = process_start(&j->pipe.pid, (const char *const *)words,
				   &(struct process_place){ NULL, fd, fd });
	if (rc > 0)
		rc = reason_not_started(j->o->qemu, rc, err);
	if (fd >= 0)
		close(fd);
	sim_free(path);
	return rc;
}

static int start_qemu(struct job *j, struct sim_error *err)
{
	char *dir = in_folder(j, ""), **words;
	struct emulator_place at = { j->o->qemu, j->o->plugin, dir, j->o->emulator.incoming };
	int rc;

	words = dir ? emulator_words(&j->o->emulator, &at) : NULL;
	sim_free(dir);
	if (!words)
		return sim_fail_nomem(err);
	rc = start(j, words, err);
	emulator_words_free(words);
	return rc;
}

/* A file that is not there says nothing: *f is NULL. */
static int open_said(const struct job *j, const char *name, FILE **f, struct sim_error *err)
{
	char *path = in_folder(j, name);

	if (!path)
		return sim_fail_nomem(err);
	*f = fopen(path, "r");
	sim_free(path);
	return 0;
}

static void read_complaints(FILE *f, struct reason *r)
{
	size_t n = fread(r->said, 1, sizeof(r->said) - 1, f);

	r->said[n] = '\0';
	process_one_line(r->said);
}

/* What QEMU and the guest said. */
static int listen_to(struct job *j, struct reason *r, struct sim_error *err)
{
	FILE *f = NULL;
	int rc = open_said(j, "complaints", &f, err);

	if (rc)
		return rc;
	*r = (struct reason){
		.qemu = j->o->qemu,
		.status = j->pipe.status,
		.stream_bytes = j->pipe.bytes,
		.boots = !j->o->emulator.incoming,
		.at_marker = j->o->emulator.start == EMULATOR_AT_MARKER,
		.may_fail = j->o->flags & CAPTURE_ALLOW_FAILURE,
	};
	if (f) {
		read_complaints(f, r);
		fclose(f);
	}
	rc = open_said(j, EMULATOR_CONSOLE, &f, err);
	if (!rc && f) {
		console_read(&r->console, f);
		fclose(f);
	}
	j->r->console = r->console;
	return rc;
}

/* Decodes what comes, into j->live. */
static int stream(struct job *j, struct sim_error *err)
{
	struct import_options opt = {
		.format = PLUGIN_FORMAT,
		.name = j->name,
		.origin = j->origin,
		.tools = j->tools,
		.writer.level =
			j->o->level < CAPTURE_LIVE_LEVEL ? j->o->level : CAPTURE_LIVE_LEVEL,
		.progress = on_records,
		.arg = j,
		.stream = j->live.f,
	};
	struct sim_error said = { 0 };
	struct reason why;
	int rc = start_qemu(j, err);

	if (rc)
		return rc;
	j->phase = CAPTURE_BOOT;
	rc = import_run(j->pipe.f, "the plugin's stream", j->o->out, &opt, &said);
	if (!rc)
		return 0;
	if (!j->pipe.is_stopped && rc == SIM_EFORMAT) /* its stream is over: so is it */
		pipe_wait_shortly(&j->pipe);
	pipe_end(&j->pipe);
	if (j->pipe.is_stopped || rc == SIM_EINTR)
		return stopped(j, err);
	if (rc == SIM_EIO || rc == SIM_ENOMEM) /* of our side: the disk */
		return sim_fail(err, rc, said.where, "%s", said.text);
	rc = listen_to(j, &why, err);
	return rc ? rc : reason_no_stream(&why, &said, err);
}

/* --- after --- */

static int check(struct job *j, struct sim_error *err)
{
	int rc = 0;

	j->phase = CAPTURE_VERIFY;
	if (j->o->level > CAPTURE_LIVE_LEVEL)
		rc = outfile_create(&j->kept, j->o->out, err);
	return rc ? rc : check_trace(j->live.temporary, j->o, j->kept.f, j->r, err);
}

/* Lets the guest power off, unless the limit cut its workload short; judges how it went. */
static int finish(struct job *j, struct sim_error *err)
{
	const uint64_t limit = j->o->emulator.limit;
	struct reason why;
	int rc;

	j->phase = CAPTURE_FINISH;
	j->r->was_cut = limit && capture_data_accesses(j->r) >= limit;
	if (!j->r->was_cut)
		pipe_wait(&j->pipe);
	pipe_end(&j->pipe);
	if (j->pipe.is_stopped)
		return stopped(j, err);
	rc = listen_to(j, &why, err);
	return rc || j->r->was_cut ? rc : reason_of_end(&why, err);
}

/* Gives the trace and its manifest their names. */
static int keep(struct job *j, struct sim_error *err)
{
	struct outfile *trace = j->kept.f ? &j->kept : &j->live;
	const struct manifest m = { .o = j->o,
				    .r = j->r,
				    .image = &j->image,
				    .name = j->name,
				    .qemu_version = j->version,
				    .trace_path = trace->temporary };
	char *text;
	int rc = manifest_text(&m, &text, err);

	if (rc)
		return rc;
	rc = outfile_write(&j->manifest, text, strlen(text), err);
	if (!rc)
		rc = outfile_write(&j->manifest, "\n", 1, err);
	sim_free(text);
	if (!rc)
		rc = outfile_commit(trace, err);
	if (!rc && (rc = outfile_commit(&j->manifest, err)) != 0)
		unlink(j->o->out);
	return rc;
}

static void release(struct job *j)
{
	pipe_end(&j->pipe);
	j->r->qemu = j->pipe.used;
	j->r->stream_bytes = j->pipe.bytes;
	pipe_close(&j->pipe);
	if (j->monitor >= 0)
		close(j->monitor);
	outfile_discard(&j->live);
	outfile_discard(&j->kept);
	outfile_discard(&j->manifest);
	image_fini(&j->image);
	sim_free(j->name);
	sim_free(j->origin);
	sim_free(j->tools);
}

int capture_run(const struct capture_options *o, struct capture_result *r,
		struct sim_error *err)
{
	struct job j = { .o = o,
			 .r = r,
			 .pipe = { .fd = -1, .tick = on_wait },
			 .monitor = -1,
			 .phase = CAPTURE_IMAGE };
	int rc;

	j.pipe.arg = &j;
	*r = (struct capture_result){ .was_cut = 0 };
	rc = prepare(&j, err);
	if (!rc)
		rc = stream(&j, err);
	if (!rc)
		rc = check(&j, err);
	if (!rc)
		rc = finish(&j, err);
	if (!rc)
		rc = keep(&j, err);
	/* A signal that stopped us ended QEMU or the builder as well: it is the cause, whatever they died of. */
	if (rc && rc != SIM_EINTR && ask(&j)) {
		if (err)
			*err = (struct sim_error){ 0 };
		rc = stopped(&j, err);
	}
	release(&j);
	return rc;
}

void capture_result_fini(struct capture_result *r)
{
	verify_destroy(r->verify);
	trace_info_fini(&r->info);
	r->verify = NULL;
}

uint64_t capture_data_accesses(const struct capture_result *r)
{
	uint64_t n = 0;

	for (unsigned kind = OP_LOAD; kind <= OP_STORE; kind++)
		n += r->info.access[kind][0] + r->info.access[kind][1];
	return n;
}
