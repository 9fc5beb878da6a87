/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_subjects.h - the larger subjects of test_inject */
#ifndef TESTS_INJECT_SUBJECTS_H
#define TESTS_INJECT_SUBJECTS_H

#include "hw/machine.h"
#include "packed.h"

/* A small machine with every part a machine can have. */
void inject_machine(struct machine *m);

struct sim_error;

/* arg: a technique, and the size of the host's pages. */
struct inject_vm {
	const char *technique;
	unsigned page_level;
};

/* Makes a vm, and runs a guest that maps, writes its tables, switches address spaces, gets memory
 * and loses it, while its host moves and logs what it has. */
int inject_vm(void *arg, struct sim_error *err);

/* Regions in containers, two address spaces and a listener; commits that fail are tried again. */
int inject_region(void *arg, struct sim_error *err);

/* arg: path of a scenario or a trace. Reads it, simulates it, compares and records what came out. */
int inject_scenario(void *arg, struct sim_error *err);

/* arg: a command line of q35. A board is built and booted, a DIMM comes and goes; so does RAM of a bare one. */
int inject_boards(void *arg, struct sim_error *err);

/* arg: struct backing_ops over a host. Adds RAM blocks, resizes and removes them. */
int inject_blocks(void *arg, struct sim_error *err);

/* arg: a struct small_file. Opens a saved guest, places and walks it, and lets a model run on its tables. */
int inject_snapshot(void *arg, struct sim_error *err);

/* A session with a monitor. */
int inject_monitor(void *arg, struct sim_error *err);

/* arg: the folder of experiments. A session over two lanes, whose memory is looked at and changed. */
int inject_session(void *arg, struct sim_error *err);

/* Normalises a short stream. */
int inject_normalise(void *arg, struct sim_error *err);

/* Two short streams under a guest OS. */
int inject_guest(void *arg, struct sim_error *err);

/* arg: a struct kvm_stream to use. A guest on /dev/kvm runs a batch, and its host works. */
int inject_kvm(void *arg, struct sim_error *err);

/* arg: the path of a small trace. Writes it, reads it, writes it from a foreign format. */
int inject_writer(void *arg, struct sim_error *err);
int inject_reader(void *arg, struct sim_error *err);
int inject_import(void *arg, struct sim_error *err);
int inject_capture(void *arg, struct sim_error *err);

/* A text, packed, as it is imported. */
struct inject_packed {
	const struct packer *packer;
	const char *path;
};

int inject_import_packed(void *arg, struct sim_error *err);

/* Bytes, as they are imported. */
struct inject_text {
	const char *text;
	size_t n;
	const char *path;
};

int inject_import_text(void *arg, struct sim_error *err);

/* arg: the path to write. A zip archive is imported. */
int inject_import_zip(void *arg, struct sim_error *err);

/* arg: the path of a log of KVM's tracepoints. Reads it and adds it up. */
int inject_exit_log(void *arg, struct sim_error *err);

/* arg: the path of a small trace. Cuts a stream in pieces, joins it to itself, sifts it. */
int inject_cut(void *arg, struct sim_error *err);
int inject_join(void *arg, struct sim_error *err);
int inject_sieve(void *arg, struct sim_error *err);

/* arg: NULL. Profiles a stream. */
int inject_profile(void *arg, struct sim_error *err);

/* arg: an experiment, as text, and the project's folder. */
struct inject_run {
	const char *experiment, *top;
};

int inject_plan(void *arg, struct sim_error *err);    /* multiplies it out */
int inject_results(void *arg, struct sim_error *err); /* stores made-up counters, draws them */
int inject_run(void *arg, struct sim_error *err);     /* runs it */

/* Writes a trace of bare addresses there, for an experiment with a guest. */
int inject_bare_trace(const char *path, struct sim_error *err);

/* arg: path of a base model. Reads measured points, fits prices to them, writes the model. */
int inject_fit(void *arg, struct sim_error *err);

/* arg: NULL. Reads a board's options, as a command line and as JSON, and writes them. */
int inject_board(void *arg, struct sim_error *err);

/* arg: a workload as text. Reads it and makes the first batches of its stream. */
int inject_gen(void *arg, struct sim_error *err);

/* arg: path of a plan. Reads it, prepares to measure it. */
int inject_measure(void *arg, struct sim_error *err);

/* arg: path of a stream that inject_fake_stream() wrote. Captures it from a fake QEMU. */
int inject_fake_qemu(void *arg, struct sim_error *err);
void inject_fake_stream(const char *path);

#endif
