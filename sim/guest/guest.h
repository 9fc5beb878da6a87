/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guest.h - a small guest OS: bare accesses and process events become the full stream
 *
 * What goes in: accesses by guest-virtual address, and, where the stream has them, process events (EVENT_MAP to
 * EVENT_ADVISE). What comes out is what a kernel under that load would have made of it: the same accesses, each with its
 * frame, and between them page faults, the kernel's stores to its page tables, CR3 writes, INVLPG: all that replay
 * consumes. Policies are those of Linux 6.1 on x86-64, and named after it.
 *
 * Models:      demand paging with the zero page, copy on write, fault-around, a page cache; fork, exec, exit, munmap,
 *              mprotect, madvise as they change page tables; transparent huge pages, khugepaged, hugetlb; KPTI, PCIDs;
 *              the kernel's direct map; a buddy allocator; reclaim and swap. doc/validity.md says what is not.
 * The kernel:  each store to a page table is an 8-byte store at CPL 0 through the direct map, followed by EVENT_PTW where
 *              the table is known to the stream: a table is given (EVENT_PTPAGE) when a loaded root first reaches it, as
 *              a capture does. A page that the kernel fills or copies is one store (and load) of its first 8 bytes. A fault
 *              begins with the processor's push and a fetch of the entry code that counts no instruction; a system
 *              call with that fetch. No instruction is invented.
 * Unmapped:    without mappings (lackey, ChampSim) an access outside of all is given one of unmapped_region bytes around
 *              it: a private file's when the access is a fetch, else anonymous; readable, writable, executable.
 * Kernel half: an address there that an access of the input uses at CPL 0 is mapped when it is first used, without a
 *              fault, by a page of 4 KiB.
 * Units:       bytes, accesses; no time. One vCPU.
 * Ownership:   *out is the guest's until the next call.
 * Errors:      each names the record of the input. After one, the guest is good for nothing but guest_os_destroy.
 *
 *     guest_os_create(&g, &config, trace_meta(reader), err)
 *     while (trace_next(reader, 0, &in, err) == 0)
 *             guest_os_next(g, &in, &out, err)      ... out to a replay or a writer
 *     guest_os_next(g, NULL, &out, err)             no more
 */
#ifndef SIM_GUEST_GUEST_H
#define SIM_GUEST_GUEST_H

#include "base/err.h"
#include "guest/captured.h"
#include "guest/config.h"
#include "guest/counts.h"
#include "trace/meta.h"
#include "trace/record.h"

struct guest_os;

/* SIM_EUNSUP for a stream with page tables (unless it is to be stripped) or several vCPUs. */
SIM_MUST_CHECK int guest_os_create(struct guest_os **g, const struct guest_os_config *cfg,
				   const struct trace_meta *in, struct sim_error *err);
void guest_os_destroy(struct guest_os *g);

/* What the output says of itself. Lives with g. */
const struct trace_meta *guest_os_meta(const struct guest_os *g);

/* Adds a batch; NULL: there is no more. The output does not depend on how the input was cut into batches. */
SIM_MUST_CHECK int guest_os_next(struct guest_os *g, const struct batch *in, struct batch *out,
				 struct sim_error *err);

const struct guest_os_counts *guest_os_counts(const struct guest_os *g);
const struct guest_os_captured *guest_os_captured(const struct guest_os *g);

#endif
