/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin_calls.h - those system calls of Linux that change what is mapped, and what they mean
 *
 * Numbers and arguments: Linux 6.1, arch/x86/entry/syscalls/syscall_64.tbl and the manual pages.
 */
#ifndef CAPTURE_PLUGIN_CALLS_H
#define CAPTURE_PLUGIN_CALLS_H

#include "plugin_files.h"
#include "plugin_process.h"

/* A call between the kernel's entry and the return. */
struct call {
	struct process *p, *child; /* child: made by it, not seen yet */
	uint64_t number, arg[6];
	uint64_t rip, rsp; /* at the return */
	uint64_t stack;	   /* that a child gets; 0: its parent's */
	bool has_path;
	char path[FILES_PATH];
	struct call *next;
};

enum calls_next { CALLS_GO_ON, CALLS_FORK, CALLS_EXIT };

bool calls_are_known(uint64_t number);
bool calls_is_exec(const struct call *c);

/* At the kernel's entry. */
enum calls_next calls_enter(struct call *c);

/* Back with a result: records what happened. True when it failed. */
bool calls_leave(struct call *c, uint64_t result);

#endif
