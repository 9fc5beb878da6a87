/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture.h - a trace of a real guest: QEMU with the plugin is run, its stream written and checked
 *
 * What comes through the FIFO is decoded as it comes (trace/import.h, format "capture"). Then every
 * access is translated by the tables of the trace itself (vm/verify.h), and the guest must have
 * said how its workload ended. Only then do the trace and its manifest get their names; whatever
 * fails leaves neither. QEMU is always ended.
 *
 * The clock is not read here: `hook` may stop a capture that takes too long.
 */
#ifndef SIM_CAPTURE_CAPTURE_H
#define SIM_CAPTURE_CAPTURE_H

#include <stdint.h>
#include <sys/resource.h>

#include "base/err.h"
#include "capture/console.h"
#include "capture/image.h"
#include "capture/emulator.h"
#include "trace/info.h"
#include "vm/verify.h"

enum capture_phase {
	CAPTURE_IMAGE,	/* the guest's image is built */
	CAPTURE_BOOT,	/* nothing has come yet */
	CAPTURE_STREAM, /* records come */
	CAPTURE_VERIFY, /* and are checked, while the guest shuts down */
	CAPTURE_FINISH, /* the guest has still to power off */
};

/* Called often; so many loads and stores came, or were checked, so far. Non-zero: stop. */
typedef int capture_hook(void *arg, enum capture_phase phase, uint64_t accesses);

#define CAPTURE_ALLOW_FAILURE 1u /* a workload's status other than 0 is no failure */

#define CAPTURE_LIVE_LEVEL 3 /* zstd's, while records come: the level that keeps up */

struct capture_options {
	struct emulator emulator;
	struct image_options image; /* unused with emulator.incoming */
	const char *qemu, *plugin;
	const char
		*dir; /* an empty folder for what is needed meanwhile; the caller's to remove */
	const char *out;  /* x.snt; the manifest is x.manifest.json */
	const char *name; /* metadata; NULL: the workload's first program */
	int level; /* zstd's, of the trace that is kept; packed anew if above the live one */
	unsigned flags;
	capture_hook *hook; /* may be NULL */
	void *arg;
};

/* How it went; also of a capture that failed, as far as it came. */
struct capture_result {
	struct console console;
	struct trace_info info;
	struct verify *verify;
	struct rusage qemu; /* what QEMU used */
	uint64_t stream_bytes;
	int was_cut; /* by the limit: the workload's end was not waited for */
};

SIM_MUST_CHECK int capture_run(const struct capture_options *o, struct capture_result *r,
			       struct sim_error *err);
void capture_result_fini(struct capture_result *r);

/* Loads and stores of the trace. */
uint64_t capture_data_accesses(const struct capture_result *r);

/* "a/x.snt" -> "a/x.manifest.json"; NULL: out of memory. */
SIM_MUST_CHECK char *capture_manifest_path(const char *out);

/* A word for the trace: the first program of a workload, without its folder. To be freed. */
SIM_MUST_CHECK char *capture_name(const char *workload);

#endif
