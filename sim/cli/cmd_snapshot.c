/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest snapshot: the group of what it can do. */
#include "cli/cmd_snapshot.h"

#include <stddef.h>

#include "cli/group.h"

static const struct command *const commands[] = {
	&cmd_snapshot_info, &cmd_snapshot_walk, &cmd_snapshot_tables, &cmd_snapshot_trace, NULL,
};

static const struct command_group group = {
	.name = "snapshot",
	.about = "Reads the memory and the CPUs of a guest that QEMU saved: a migration file\n"
		 "(migrate \"exec:cat >FILE\") or an ELF dump (dump-guest-memory FILE).\n",
	.examples = "  shadownest snapshot info guest.mig\n"
		    "  shadownest snapshot walk guest.mig\n"
		    "  shadownest snapshot tables guest.elf\n"
		    "  shadownest snapshot trace guest.elf -o guest.snt\n",
	.commands = commands,
};

static int run(int argc, char **argv)
{
	return command_group_run(&group, argc, argv);
}

const struct command cmd_snapshot = {
	.name = "snapshot",
	.summary = "a saved guest of QEMU's: its memory, its page tables",
	.run = run,
};
