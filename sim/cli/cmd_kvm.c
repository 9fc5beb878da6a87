/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest kvm: the group of what it can do. */
#include "cli/cmd_kvm.h"

#include <stddef.h>

#include "cli/group.h"

static const struct command *const commands[] = {
	&cmd_kvm_compare, &cmd_kvm_doctor, &cmd_kvm_measure, &cmd_kvm_run, NULL,
};

static const struct command_group group = {
	.name = "kvm",
	.about =
		"Works with the real KVM of this machine: what it is, and how it compares with "
		"the\n"
		"simulator on the same stream.\n",
	.examples = "  shadownest kvm doctor\n"
		    "  shadownest kvm compare --all\n"
		    "  shadownest kvm run traces/fork.snt\n"
		    "  shadownest kvm measure --quick -o build/m\n",
	.commands = commands,
};

static int run(int argc, char **argv)
{
	return command_group_run(&group, argc, argv);
}

const struct command cmd_kvm = {
	.name = "kvm",
	.summary = "look at the real KVM of this machine",
	.run = run,
};
