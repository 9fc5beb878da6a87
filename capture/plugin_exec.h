/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin_exec.h - what is mapped in a process: by its ELF headers, or by its page tables
 */
#ifndef CAPTURE_PLUGIN_EXEC_H
#define CAPTURE_PLUGIN_EXEC_H

#include "plugin_process.h"

/* n of a map event (doc/trace-format.md). */
#define EXEC_READ      1u
#define EXEC_WRITE     2u
#define EXEC_RUN       4u
#define EXEC_RIGHTS    7u
#define EXEC_FILE      (1u << 8)
#define EXEC_SHARED    (1u << 9)
#define EXEC_GROWSDOWN (1u << 10)
#define EXEC_HUGE_2M   (1u << 11)
#define EXEC_HUGE_1G   (1u << 12)
#define EXEC_PRESENT   (1u << 13)

struct exec_map {
	uint64_t start, end; /* rounded to pages */
	uint32_t flags;
	uint32_t file;
	uint64_t offset;
};

void exec_emit_map(const struct process *p, const struct exec_map *m);

/* Maps of a program that has just begun, its stack at rsp as the kernel left it. False while the
 * headers cannot be read; then nothing was recorded. */
bool exec_describe(const struct process *p, uint64_t rsp);

/* Maps of what is present in the tables below a root; rsp lies in the stack. */
void exec_scan(const struct process *p, uint64_t root, unsigned levels, uint64_t rsp);

#endif
