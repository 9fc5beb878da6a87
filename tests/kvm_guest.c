/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm_guest.h"

#include <string.h>

#include "check.h"
#include "x86/ptformat.h"

#define PDPT	  0x2000u
#define PD	  0x3000u
#define ALIAS_PT  0x5000u
#define TABLE_PTE (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define SIZE_8	  (3u << OP_SIZE_SHIFT)

void kvm_guest_meta(struct trace_meta *m)
{
	*m = (struct trace_meta){
		.name = "hand",
		.origin = "test",
		.tools = "test",
		.ram = { { 0, 64u << 20 }, { PAYLOAD_GPA, PAYLOAD_PAGES * 4096 } },
		.n_ram = 2,
		.n_vcpu = 1,
		.regs = { 0x80050033, KVM_GUEST_ROOT, 0x620, 0xd01 },
		.has_tables = true,
	};
}

void kvm_stream_begin(struct kvm_stream *s, uint64_t first)
{
	s->batch = (struct batch){
		.op = s->op, .gva = s->gva, .event = s->event, .word = s->word, .first = first
	};
	s->n_word = 0;
}

static void add(struct kvm_stream *s, unsigned op, uint64_t gva)
{
	assert_true(s->batch.n < KVM_STREAM_OPS);
	s->op[s->batch.n] = (uint8_t)op;
	s->gva[s->batch.n++] = gva;
}

void kvm_stream_load(struct kvm_stream *s, uint64_t gva)
{
	add(s, OP_LOAD | SIZE_8 | OP_USER, gva);
}

void kvm_stream_store(struct kvm_stream *s, uint64_t gva)
{
	add(s, OP_STORE | SIZE_8 | OP_USER, gva);
}

void kvm_stream_event(struct kvm_stream *s, struct event v)
{
	s->event[s->batch.n_event] = v;
	add(s, OP_EVENT, s->batch.n_event++);
}

void kvm_stream_ring(struct kvm_stream *s)
{
	kvm_stream_store(s, payload_gva(PAYLOAD_DOORBELL));
}

static uint64_t *table(struct kvm_stream *s, uint64_t gpa, unsigned level)
{
	uint64_t *words = s->word + s->n_word;

	memset(words, 0, PAGE_BYTES);
	kvm_stream_event(s, (struct event){ .kind = EVENT_PTPAGE,
					    .gpa = gpa,
					    .level = (uint8_t)level,
					    .words = s->n_word });
	s->n_word += 512;
	return words;
}

static void payload_tables(struct kvm_stream *s)
{
	uint64_t *pt = table(s, payload_gpa(PAYLOAD_PT), 1);

	for (unsigned i = 0; i < PAYLOAD_MAPPED; i++)
		pt[i] = (PAYLOAD_GPA + i * PAGE_BYTES) | TABLE_PTE;
	pt[PAYLOAD_DOORBELL] = PAYLOAD_DOORBELL_GPA | TABLE_PTE;
	table(s, payload_gpa(PAYLOAD_PD), 2)[0] = payload_gpa(PAYLOAD_PT) | TABLE_PTE;
	table(s, payload_gpa(PAYLOAD_PDPT), 3)[0] = payload_gpa(PAYLOAD_PD) | TABLE_PTE;
}

void kvm_stream_tables(struct kvm_stream *s, uint64_t flags)
{
	uint64_t *root, *pd, *pt;

	payload_tables(s);
	root = table(s, KVM_GUEST_ROOT, 4);
	root[0] = PDPT | TABLE_PTE;
	root[PAYLOAD_TOP_INDEX] = payload_gpa(PAYLOAD_PDPT) | TABLE_PTE;
	table(s, PDPT, 3)[KVM_GUEST_DATA >> 30] = PD | TABLE_PTE;
	pd = table(s, PD, 2);
	pd[0] = KVM_GUEST_PT | TABLE_PTE;
	pd[1] = ALIAS_PT | TABLE_PTE;
	pt = table(s, KVM_GUEST_PT, 1);
	for (unsigned i = 0; flags && i < KVM_GUEST_PAGES; i++)
		pt[i] = (KVM_GUEST_GPA + i * PAGE_BYTES) | flags;
	table(s, ALIAS_PT, 1)[0] = KVM_GUEST_PT | TABLE_PTE;
}

void kvm_stream_entry(struct kvm_stream *s, unsigned i, uint64_t entry)
{
	kvm_stream_store(s, KVM_GUEST_TABLE + i * 8u);
	kvm_stream_event(s, (struct event){ .kind = EVENT_PTW,
					    .gpa = KVM_GUEST_PT + i * 8u,
					    .value = entry });
}
