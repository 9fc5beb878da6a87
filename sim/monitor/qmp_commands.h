/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * qmp_commands.h - the commands of the monitor
 *
 *     qmp_capabilities  query-version  query-commands  query-name  query-status
 *     query-memory-devices  query-memory-size-summary  query-memdev  query-stats
 *     object-add  object-del  device_add  device_del  stop  cont  quit  human-monitor-command
 */
#ifndef SIM_MONITOR_QMP_COMMANDS_H
#define SIM_MONITOR_QMP_COMMANDS_H

#include "monitor/qmp_args.h"

struct qmp_command {
	const char *name;	    /* NULL: the end */
	const struct qmp_arg *args; /* NULL: `run` looks itself */
	/* What stands behind "return"; NULL with the fault recorded, or out of memory. args: an object. */
	json_t *(*run)(const struct monitor *m, const json_t *args, struct monitor_fault *f);
};

extern const struct qmp_command qmp_commands[];

/* Its qmp_capabilities enables nothing: there is nothing to enable. */
const struct qmp_command *qmp_commands_find(const char *name);

/* What query-version and the greeting say. */
json_t *qmp_commands_version(void);

/* query-stats of QEMU 7.2. */
json_t *qmp_stats_query(const struct monitor *m, const json_t *args, struct monitor_fault *f);

#endif
