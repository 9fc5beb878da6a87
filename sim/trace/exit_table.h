/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exit_table.h - what a log of KVM's tracepoints adds up to
 *
 * Exits by reason with the time from each to the entry after it; page faults by error code;
 * tracepoints by name; distinct pages that faulted. Nothing is estimated: a log that lost events
 * says how many, and its counts are of what is left.
 *
 * Memory: a row for each name, reason and code, at most EXIT_TABLE_ROWS_MAX of each; 34 bytes and
 * less for each distinct page. SIM_ERANGE beyond EXIT_TABLE_PAGES_MAX pages: that is 64 GiB.
 */
#ifndef SIM_TRACE_EXIT_TABLE_H
#define SIM_TRACE_EXIT_TABLE_H

#include "base/map.h"
#include "trace/exit_log.h"

#define EXIT_TABLE_ROWS_MAX  4096u
#define EXIT_TABLE_PAGES_MAX (1u << 24)

struct exit_row {
	char name[EXIT_LOG_NAME_MAX]; /* reason or tracepoint; may be empty */
	uint64_t code;		      /* of a fault */
	uint64_t n;
	uint64_t handled; /* exits that an entry followed */
	uint64_t ns;	  /* of those, from exit to entry */
	uint64_t ns_max;
};

/* In the order of first sight until exit_table_sort(). */
struct exit_rows {
	struct exit_row *row;
	size_t n, cap;
};

struct exit_table {
	uint64_t events, lost, losses;
	uint64_t first_ns, last_ns;
	uint64_t vcpus; /* distinct numbers */
	struct exit_rows reason, fault, point;
	uint64_t exits, faults;
	uint64_t pages_gva, pages_gpa, pages; /* distinct, by the space of their address */
	struct map vcpu, page;
	/* KVM's own statistics, counted where their tracepoint stands (arch/x86/kvm/mmu/mmu.c). */
	uint64_t mmu_cache_miss;    /* kvm_mmu_get_page ... new */
	uint64_t mmu_shadow_zapped; /* kvm_mmu_prepare_zap_page */
};

void exit_table_init(struct exit_table *t);
void exit_table_fini(struct exit_table *t);

SIM_MUST_CHECK int exit_table_add(struct exit_table *t, const struct exit_log_event *e,
				  struct sim_error *err);

/* Each list: most often first, then by name and code. */
void exit_table_sort(struct exit_table *t);

#endif
