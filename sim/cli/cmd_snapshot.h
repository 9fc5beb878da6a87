/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_snapshot.h - the sub-commands of `shadownest snapshot`
 */
#ifndef SIM_CLI_CMD_SNAPSHOT_H
#define SIM_CLI_CMD_SNAPSHOT_H

#include "cli/command.h"

extern const struct command cmd_snapshot_info, cmd_snapshot_walk, cmd_snapshot_tables,
	cmd_snapshot_trace;

#endif
