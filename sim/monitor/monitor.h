/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * monitor.h - a QMP monitor, as QEMU 7.2 has it, for a guest that is replayed
 *
 *     client -- Unix socket -- server -- qmp (framer, lexer) -- qmp_commands --+
 *                                                      human-monitor-command  +-- action -- struct monitor_ops -- the guest
 *     shadownest mem ... info mtree -f ------------------------------ hmp -----+
 *
 * All that the monitor knows of its guest comes through struct monitor_ops. Several lanes may replay one stream, each with
 * a board of its own: a change is made on all of them or on none, and questions are answered by the first; the ops see
 * to that (monitor/boards.h does, for real boards).
 */
#ifndef SIM_MONITOR_MONITOR_H
#define SIM_MONITOR_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "mem/board.h"

/* QEMU's run states, as far as a replay has them. */
enum monitor_state {
	MONITOR_PRELAUNCH, /* stopped before the first record (-S) */
	MONITOR_RUNNING,
	MONITOR_PAUSED,
	MONITOR_SHUTDOWN, /* the stream has ended: it cannot go on */
};

/* What `info` prints, in the texts of mem/mtree.h. */
enum monitor_info {
	MONITOR_INFO_MTREE, /* flags: MTREE_* */
	MONITOR_INFO_RAMBLOCK,
	MONITOR_INFO_MEMORY_DEVICES,
	MONITOR_INFO_MEMORY_SIZE_SUMMARY,
	MONITOR_INFO_MEMDEV,
	MONITOR_INFO_NUMA,
};

/* A counter, by KVM's name. */
struct monitor_stat {
	const char *name;
	uint64_t value;
};

struct monitor_ops {
	enum monitor_state (*state)(void *arg);
	/* Called only in a state in which they change something. They take effect when the caller of the monitor looks. */
	void (*stop)(void *arg);
	void (*cont)(void *arg);
	void (*quit)(void *arg);
	/* Errors have QEMU's sense, and leave all boards as they were. */
	int (*object_add)(void *arg, const struct backend_options *o, struct sim_error *err);
	int (*object_del)(void *arg, const char *id, struct sim_error *err);
	int (*device_add)(void *arg, const struct dimm_options *o, struct sim_error *err);
	int (*device_del)(void *arg, const char *id, struct sim_error *err);
	/* The i-th, in QEMU's order; NULL at the end. */
	const struct board_backend *(*backend_at)(void *arg, size_t i);
	const struct board_dimm *(*dimm_at)(void *arg, size_t i);
	uint64_t (*base_memory)(void *arg);
	uint64_t (*plugged_memory)(void *arg);
	void (*info)(void *arg, enum monitor_info what, unsigned flags, struct text *t);
	/* The i-th counter of the VM; false at the end. NULL: it counts nothing. */
	bool (*stat)(void *arg, size_t i, struct monitor_stat *s);
	/* Microseconds since 1970, for the timestamps of events. NULL: zeroes. */
	uint64_t (*now)(void *arg);
};

struct monitor {
	const struct monitor_ops *ops;
	void *arg;
	/* Who hears of events: takes `data` over (NULL: none). NULL: nobody. */
	void (*event)(void *event_arg, const char *name, json_t *data);
	void *event_arg;
};

/* Why a command was refused: QEMU's class of error, and its text. */
struct monitor_fault {
	const char *error_class; /* NULL: it was not */
	char desc[512];
};

#define MONITOR_GENERIC	   "GenericError"
#define MONITOR_NO_COMMAND "CommandNotFound"
#define MONITOR_NO_DEVICE  "DeviceNotFound"

/* Records a refusal (the first one wins), and returns -1. */
int monitor_refuse(struct monitor_fault *f, const char *error_class, const char *fmt, ...)
	SIM_PRINTF(3, 4);

/* The same for an error of a library, of class GenericError. */
int monitor_refuse_error(struct monitor_fault *f, const struct sim_error *err);

/* Tells whoever listens. */
void monitor_event(const struct monitor *m, const char *name, json_t *data);

#endif
