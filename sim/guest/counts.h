/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * counts.h - what the guest did, counted
 */
#ifndef SIM_GUEST_COUNTS_H
#define SIM_GUEST_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* X(name, meaning), in the order in which they are printed. */
#define GUEST_OS_COUNTS(X)                                                                     \
	X(accesses, "accesses of the input")                                                   \
	X(kernel_accesses, "accesses that the kernel adds")                                    \
	X(pf, "page faults")                                                                   \
	X(pf_anon, "  a new anonymous page")                                                   \
	X(pf_zero, "  the zero page, for a read")                                              \
	X(pf_file, "  pages of a file")                                                        \
	X(pf_file_cow, "  a private copy of a file's page that was not mapped")                \
	X(pf_cow, "  copy on write")                                                           \
	X(pf_reuse, "  write to a page with no other owner")                                   \
	X(pf_mkwrite, "  first write to a shared file's page")                                 \
	X(pf_swap, "  a page from swap")                                                       \
	X(pf_thp, "  a transparent huge page")                                                 \
	X(pf_thp_zero, "  the huge zero page")                                                 \
	X(pf_hugetlb, "  a hugetlb page")                                                      \
	X(pf_young, "  only rights or bits of an entry that was there")                        \
	X(fault_around_pages, "pages that a file's fault mapped around it")                    \
	X(thp_fallback, "huge page faults that found no free 2M")                              \
	X(pf_kernel, "  by the kernel, at CPL 0")                                              \
	X(pte_writes, "page-table writes, to tables that are in use")                          \
	X(pte_writes_kernel, "  in the kernel's half")                                         \
	X(cr3_writes, "CR3 writes")                                                            \
	X(switches, "  to another address space")                                              \
	X(full_flushes, "  full flushes of the current one")                                   \
	X(kpti_switches, "  into the kernel and out of it (KPTI)")                             \
	X(invlpg, "INVLPG")                                                                    \
	X(invpcid, "INVPCID")                                                                  \
	X(tables_given, "page-table pages given to the stream")                                \
	X(tables_given_kernel, "  of the kernel's half")                                       \
	X(tables_allocated, "page-table pages allocated")                                      \
	X(tables_freed, "page-table pages freed")                                              \
	X(tables_let_go, "page-table pages the stream is told are none any more")              \
	X(tables_let_go_kernel, "  of the kernel's half")                                      \
	X(found_pte_writes, "page-table writes for what was there before the stream")          \
	X(found_pte_writes_kernel, "  in the kernel's half")                                   \
	X(found_tables, "page-table pages given for it")                                       \
	X(found_tables_kernel, "  of the kernel's half")                                       \
	X(found_switches, "CR3 writes for it")                                                 \
	X(found_kpti_switches, "  for entries whose accesses the stripped stream has (KPTI)")  \
	X(mmaps, "mappings made")                                                              \
	X(mmaps_implicit, "  for accesses that no mapping explained")                          \
	X(munmaps, "unmappings")                                                               \
	X(mprotects, "changes of rights")                                                      \
	X(madvises, "advice")                                                                  \
	X(forks, "forks")                                                                      \
	X(execs, "execs")                                                                      \
	X(exits, "exits")                                                                      \
	X(thp_splits, "huge pages split in a page table")                                      \
	X(thp_collapses, "huge pages made by khugepaged")                                      \
	X(khugepaged_scans, "scans of khugepaged")                                             \
	X(reclaim_scanned, "pages that reclaim looked at")                                     \
	X(reclaimed_file, "pages of files reclaimed")                                          \
	X(swap_out, "pages swapped out")                                                       \
	X(swap_in, "pages swapped in")                                                         \
	X(pages_free, "pages free now")                                                        \
	X(pages_anon, "pages of anonymous memory now")                                         \
	X(pages_file, "pages of files now")                                                    \
	X(pages_table, "pages of page tables now")

struct guest_os_counts {
#define X(name, meaning) uint64_t name;
	GUEST_OS_COUNTS(X)
#undef X
};

/* What was done since `before` stands for what was there before the stream began. */
void guest_os_counts_found(struct guest_os_counts *c, const struct guest_os_counts *before);

/* The i-th count under its name; false when there are no more. */
bool guest_os_counts_line(const struct guest_os_counts *c, unsigned i, const char **key,
			  const char **meaning, uint64_t *value);

#endif
