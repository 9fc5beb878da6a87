/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin_process.h - what the guest's programs ask Linux for: process events
 *
 * System calls of x86-64 (instruction SYSCALL) are seen with their arguments at the kernel's
 * entry and with their result when the thread is back at CPL 3: at the instruction behind, with
 * the same stack. A process is a CR3 as it stands at CPL 3 (with page-table isolation, a pair of
 * roots is one), and is numbered from 1 in the order of appearance.
 *
 * One that ran before the capture is described by its page tables: what is present, as anonymous
 * memory. What begins a process stands at the load of its CR3, though only CPL 3 shows whose it was. A new program is described by its ELF headers. They can be read only when the program
 * itself has touched them; until then records are held back.
 *
 * Files are numbered by the path that they were opened by, so one file under two names is two, and a relative path is one
 * file in every folder. What mremap moves is told as anonymous memory to read and write.
 * Not seen: shmat, calls by int 0x80, and who is ended by a signal, until its CR3 appears again.
 */
#ifndef CAPTURE_PLUGIN_PROCESS_H
#define CAPTURE_PLUGIN_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct process {
	uint64_t root; /* gpa; 0: it has not run yet, and will begin at */
	uint64_t birth_rip, birth_rsp;
	uint32_t pid;
	uint32_t threads;
	uint32_t vforks; /* children that run in its memory until they execute something */
	uint64_t brk;	 /* 0: not known */
	uint32_t *file;	 /* by descriptor: number of the file, 0: none */
	uint32_t n_files;
	struct process *next;
};

/* The kernel's entry after a SYSCALL instruction at CPL 3 whose block started at CPL 3. */
void process_call(void);

/* CPL 3 is reached from CPL 0. */
void process_user(uint64_t pc);

void process_cr3(uint64_t cr3);

/* Nothing may be held back any more. */
void process_end(void);

#endif
