/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/cpu_state.h"

#include <assert.h>
#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/addr.h"
#include "kvm/payload_code.h"
#include "vm/payload.h"

/* In the page PAYLOAD_TABLES. */
#define GDT_AT	  0x000u
#define GDT_BYTES 0x050u
#define TSS_AT	  0x080u
#define TSS_BYTES 0x068u
#define IDT_AT	  0x200u
#define GATE	  16u /* bytes */

/* Intel SDM vol. 3A "Segment descriptors": 4 GiB, present; kernel and user, 32-bit, 64-bit and data. */
#define DESCRIPTOR_KERNEL_CS 0x00af9b000000ffffu
#define DESCRIPTOR_KERNEL_DS 0x00cf93000000ffffu
#define DESCRIPTOR_USER32_CS 0x00cffb000000ffffu
#define DESCRIPTOR_USER_DS   0x00cff3000000ffffu
#define DESCRIPTOR_USER_CS   0x00affb000000ffffu
#define TYPE_BUSY_TSS	     11u
#define TYPE_INTERRUPT_GATE  0x8e00u /* present, for CPL 0 */

static uint64_t table_gva(unsigned at)
{
	return payload_gva(PAYLOAD_TABLES) + at;
}

static void put(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void fill_gdt(uint8_t *gdt)
{
	uint64_t base = table_gva(TSS_AT);

	put(gdt + PAYLOAD_KERNEL_CS, DESCRIPTOR_KERNEL_CS);
	put(gdt + PAYLOAD_KERNEL_DS, DESCRIPTOR_KERNEL_DS);
	put(gdt + 0x20, DESCRIPTOR_USER32_CS);
	put(gdt + (PAYLOAD_USER_DS & ~7u), DESCRIPTOR_USER_DS);
	put(gdt + (PAYLOAD_USER_CS & ~7u), DESCRIPTOR_USER_CS);
	put(gdt + PAYLOAD_TSS, (TSS_BYTES - 1) | (base & 0xffffff) << 16 |
				       (uint64_t)(0x80 | TYPE_BUSY_TSS) << 40 |
				       (base >> 24 & 0xff) << 56);
	put(gdt + PAYLOAD_TSS + 8, base >> 32);
}

static void fill_idt(uint8_t *idt)
{
	uint64_t stubs =
		payload_gva(PAYLOAD_CODE) + (uint64_t)(kvm_payload_stubs - kvm_payload_code);

	for (unsigned v = 0; v < PAYLOAD_VECTORS; v++) {
		uint64_t to = stubs + v * PAYLOAD_STUB_BYTES;

		put(idt + v * GATE, (to & 0xffff) | (uint64_t)PAYLOAD_KERNEL_CS << 16 |
					    (uint64_t)TYPE_INTERRUPT_GATE << 32 |
					    (to >> 16 & 0xffff) << 48);
		put(idt + v * GATE + 8, to >> 32);
	}
}

/* "Task-state segment in 64-bit mode": only RSP0, and no I/O permission bitmap. */
static void fill_tss(uint8_t *tss)
{
	const uint16_t io_map = TSS_BYTES;

	put(tss + 4, payload_gva(PAYLOAD_STACK) + PAGE_BYTES);
	memcpy(tss + 102, &io_map, sizeof(io_map));
}

void cpu_state_fill(uint8_t *memory)
{
	size_t bytes = (size_t)(kvm_payload_code_end - kvm_payload_code);
	uint8_t *tables = memory + PAYLOAD_TABLES * PAGE_BYTES;

	assert(bytes <= PAGE_BYTES);
	memset(memory, 0, PAYLOAD_PAGES * PAGE_BYTES);
	memcpy(memory + PAYLOAD_CODE * PAGE_BYTES, kvm_payload_code, bytes);
	fill_gdt(tables + GDT_AT);
	fill_tss(tables + TSS_AT);
	fill_idt(tables + IDT_AT);
}

static struct kvm_segment user_data(void)
{
	return (struct kvm_segment){ .limit = UINT32_MAX,
				     .selector = PAYLOAD_USER_DS,
				     .type = 3,
				     .present = 1,
				     .dpl = 3,
				     .db = 1,
				     .s = 1,
				     .g = 1 };
}

static void set_segments(struct kvm_sregs *s)
{
	s->cs = user_data();
	s->cs.selector = PAYLOAD_USER_CS;
	s->cs.type = 11;
	s->cs.db = 0;
	s->cs.l = 1;
	s->ds = s->es = s->fs = s->gs = s->ss = user_data();
	s->tr = (struct kvm_segment){ .base = table_gva(TSS_AT),
				      .limit = TSS_BYTES - 1,
				      .selector = PAYLOAD_TSS,
				      .type = TYPE_BUSY_TSS,
				      .present = 1 };
	s->ldt = (struct kvm_segment){ .type = 2, .unusable = 1 };
	s->gdt = (struct kvm_dtable){ .base = table_gva(GDT_AT), .limit = GDT_BYTES - 1 };
	s->idt = (struct kvm_dtable){ .base = table_gva(IDT_AT),
				      .limit = PAYLOAD_VECTORS * GATE - 1 };
}

int cpu_state_set(int vcpu, const struct regs *r, struct sim_error *err)
{
	struct kvm_sregs s;
	struct kvm_regs g = {
		.rip = payload_gva(PAYLOAD_CODE) +
		       (uint64_t)(kvm_payload_start - kvm_payload_code),
		.rsp = payload_gva(PAYLOAD_STACK) + PAGE_BYTES / 2,
		.rflags = 0x202,
		.rbx = payload_gva(PAYLOAD_CODE),
		.rdx = PAYLOAD_MAPPED,
		.r8 = payload_gva(PAYLOAD_RECORDS),
		.r9 = payload_gva(PAYLOAD_RESULTS),
		.rbp = payload_gva(PAYLOAD_DOORBELL),
	};

	if (ioctl(vcpu, KVM_GET_SREGS, &s) < 0)
		return sim_fail(err, SIM_EIO, "", "KVM_GET_SREGS failed: %s", strerror(errno));
	set_segments(&s);
	s.cr0 = r->cr0;
	s.cr3 = r->cr3;
	s.cr4 = r->cr4;
	s.efer = r->efer;
	if (ioctl(vcpu, KVM_SET_SREGS, &s) < 0)
		return sim_fail(err, SIM_EIO, "",
				"KVM refuses CR0 0x%llx, CR4 0x%llx, EFER 0x%llx: %s",
				(unsigned long long)r->cr0, (unsigned long long)r->cr4,
				(unsigned long long)r->efer, strerror(errno));
	if (ioctl(vcpu, KVM_SET_REGS, &g) < 0)
		return sim_fail(err, SIM_EIO, "", "KVM_SET_REGS failed: %s", strerror(errno));
	return SIM_OK;
}
