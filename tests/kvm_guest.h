/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kvm_guest.h - a normalised stream made by hand, for a replayer
 *
 * The guest has 64 MiB of memory and one address space. KVM_GUEST_DATA maps 512 pages through one table page, which
 * KVM_GUEST_TABLE shows to the guest.
 */
#ifndef TESTS_KVM_GUEST_H
#define TESTS_KVM_GUEST_H

#include "trace/meta.h"
#include "vm/payload.h"
#include "vm/replayer.h"

#define KVM_GUEST_ROOT	0x1000u
#define KVM_GUEST_PT	0x4000u /* gpa of the table of the data pages */
#define KVM_GUEST_DATA	0x40000000u
#define KVM_GUEST_GPA	0x400000u /* of the first data page */
#define KVM_GUEST_TABLE 0x40200000u
#define KVM_GUEST_PAGES 512u

#define KVM_STREAM_OPS 8192u

/* A batch to be filled. */
struct kvm_stream {
	struct batch batch;
	uint8_t op[KVM_STREAM_OPS];
	uint64_t gva[KVM_STREAM_OPS];
	struct event event[KVM_STREAM_OPS];
	uint64_t word[16 * 512];
	uint32_t n_word;
};

void kvm_guest_meta(struct trace_meta *m);

/* Starts an empty batch at record `first`. */
void kvm_stream_begin(struct kvm_stream *s, uint64_t first);
void kvm_stream_load(struct kvm_stream *s, uint64_t gva);
void kvm_stream_store(struct kvm_stream *s, uint64_t gva);
void kvm_stream_event(struct kvm_stream *s, struct event v);
void kvm_stream_ring(struct kvm_stream *s);

/* The guest's tables; the entries of the data pages have `flags`, 0: none is present. */
void kvm_stream_tables(struct kvm_stream *s, uint64_t flags);

/* What the guest stores to entry i of the data pages' table. */
void kvm_stream_entry(struct kvm_stream *s, unsigned i, uint64_t entry);

#endif
