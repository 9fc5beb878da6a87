/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exit_log.h - the text of a real KVM's tracepoints, one event a line
 *
 * Models:     nothing: this is what a real KVM did, to be held against what the simulator counts.
 * Reads:      /sys/kernel/tracing/trace, `trace-cmd report`, `perf script`: a task, [CPU], flags,
 *             seconds and their fraction, the tracepoint, what it prints. Tracepoints of kvm and
 *             kvmmmu give their fields; others give their name. Remarks (#), the heads of trace-cmd
 *             and blank lines are passed over; lost events become an event.
 * Sources:    TP_printk of Linux's arch/x86/kvm/trace.h and arch/x86/kvm/mmu/mmutrace.h and the
 *             formats that Linux 6.18 shows in tracefs; trace-cmd's own way with some (plugin_kvm.c).
 *             They print hexadecimal with or without 0x, and the vCPU in new kernels alone. A
 *             line without one is of the vCPU whose thread it is, when that thread has named
 *             its vCPU before, or bears QEMU's name "CPU 0/KVM".
 * Units:      nanoseconds, as far as the log has digits.
 * Memory:     a line, and some bytes a thread; at most EXIT_LOG_THREADS_MAX threads.
 * Errors:     SIM_EFORMAT at file:line for a line that is none of these.
 */
#ifndef SIM_TRACE_EXIT_LOG_H
#define SIM_TRACE_EXIT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "trace/lines.h"

#define EXIT_LOG_THREADS_MAX 65536u
#define EXIT_LOG_NAME_MAX    40u
#define EXIT_LOG_NO_VCPU     UINT32_MAX

enum exit_log_kind {
	EXIT_LOG_EXIT,	     /* kvm_exit */
	EXIT_LOG_ENTRY,	     /* kvm_entry */
	EXIT_LOG_PAGE_FAULT, /* kvm_page_fault */
	EXIT_LOG_MMU,	     /* one of mmutrace.h */
	EXIT_LOG_OTHER,
	EXIT_LOG_LOST, /* count: events that the kernel could not keep */
	EXIT_LOG_KIND_COUNT
};

/* What tracepoints print, under the names that they give it. */
enum exit_log_field {
	FIELD_RIP,
	FIELD_INFO1,
	FIELD_INFO2,
	FIELD_INTR_INFO,
	FIELD_ERROR_CODE,
	FIELD_ADDRESS,
	FIELD_GFN,
	FIELD_PFN,
	FIELD_LEVEL,
	FIELD_PTE,
	FIELD_SPTE,
	FIELD_OLD_SPTE,
	FIELD_NEW_SPTE,
	FIELD_ACCESS,
	FIELD_REGISTER, /* of kvm_cr, kvm_msr */
	FIELD_VALUE,
	FIELD_VECTOR,
	FIELD_USED_PAGES,
	FIELD_SPURIOUS,
	FIELD_FIXED,
	FIELD_REQUESTS,
	FIELD_COUNT
};

/* Words of a shadow page's line. */
#define EXIT_LOG_DIRECT	 (1u << 0)
#define EXIT_LOG_UNSYNC	 (1u << 1)
#define EXIT_LOG_NEW	 (1u << 2) /* kvm_mmu_get_page made it; else it was there */
#define EXIT_LOG_INVALID (1u << 3)
#define EXIT_LOG_WRITE	 (1u << 4) /* kvm_cr, kvm_msr: to FIELD_REGISTER; else from it */

/* Which space FIELD_ADDRESS is of. kvm_page_fault does not say: the exit before it does. */
enum exit_log_space { SPACE_UNSAID, SPACE_GVA, SPACE_GPA };

struct exit_log_event {
	enum exit_log_kind kind;
	char name[EXIT_LOG_NAME_MAX]; /* of the tracepoint, without its system */
	/* Of an EXIT; otherwise of the exit that this event answers, empty when it is not known. */
	char reason[EXIT_LOG_NAME_MAX];
	uint64_t ns;
	uint64_t since; /* ENTRY with a reason: nanoseconds since that exit */
	uint64_t count; /* LOST */
	uint32_t cpu, tid, vcpu;
	uint32_t has; /* 1 << enum exit_log_field */
	uint32_t flags;
	enum exit_log_space space;
	uint64_t field[FIELD_COUNT];
};

struct exit_log_thread;

struct exit_log {
	struct lines lines;
	struct map threads; /* tid -> index */
	struct exit_log_thread *thread;
	size_t n, cap;
	uint64_t skip_bad; /* lines that may be bad */
	uint64_t skipped;  /* lines that were */
};

/* Borrows `in` until exit_log_fini(). */
SIM_MUST_CHECK int exit_log_init(struct exit_log *l, struct trace_source *in, uint64_t skip_bad,
				 struct sim_error *err);
void exit_log_fini(struct exit_log *l);

/* SIM_EOF behind the last event. */
SIM_MUST_CHECK int exit_log_next(struct exit_log *l, struct exit_log_event *e,
				 struct sim_error *err);

/* "rip", "info1" ... */
const char *exit_log_field_name(enum exit_log_field f);

#endif
