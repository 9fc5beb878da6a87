/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guest_tlb.h - an oracle for flushes: a TLB without bounds, that forgets only what it is told to
 *
 * It keeps each translation that an access used, by PCID, until INVLPG, INVPCID or a CR3 write takes it away (Intel SDM
 * vol. 3A, "Operations that invalidate TLBs"), global ones beyond CR3. An access that it would let through must go to the
 * frame that the stream says; one that it would let through must not fault. So a flush that the kernel model owes and
 * does not make shows.
 */
#ifndef TESTS_GUEST_TLB_H
#define TESTS_GUEST_TLB_H

#include "guest_stream.h"

/* Follows the stream, and asserts. Returns the accesses that the TLB knew. */
uint64_t tlb_check(const struct guest_run *r);

#endif
