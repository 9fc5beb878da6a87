/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace: the group of what it can do. */
#include "cli/cmd_trace.h"

#include <stddef.h>

#include "cli/group.h"

static const struct command *const commands[] = {
	&cmd_trace_import,
	&cmd_trace_info,
	&cmd_trace_verify,
	&cmd_trace_cat,
	&cmd_trace_normalise,
	&cmd_trace_exits,
	NULL,
};

static const struct command_group group = {
	.name = "trace",
	.about = "Makes, checks and shows traces (.snt files): the memory accesses of a "
		 "guest,\n"
		 "its page tables and every change to them.\n",
	.examples = "  shadownest trace info traces/fork.snt\n"
		    "  shadownest trace import capture.gtr.zst -o new.snt\n"
		    "  shadownest trace verify new.snt\n"
		    "  shadownest trace cat --from 1000 --count 20 new.snt\n",
	.commands = commands,
};

static int run(int argc, char **argv)
{
	return command_group_run(&group, argc, argv);
}

const struct command cmd_trace = {
	.name = "trace",
	.summary = "import, describe, verify and show traces",
	.run = run,
};
