/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin_events.h"

#include <stdbool.h>
#include <string.h>

#include "plugin_host.h"
#include "plugin_out.h"
#include "plugin_process.h"
#include "plugin_tables.h"

#define VECTORS	   256
#define PLACES	   1024 /* of the hash of handlers */
#define GATE_BYTES 16

/* Intel SDM vol. 3A, "Control registers", and vol. 4, IA32_EFER. */
#define CR0_PG	    (1u << 31)
#define CR4_LA57    (1u << 12)
#define CR4_PCIDE   (1u << 17)
#define EFER_LMA    (1u << 10)
#define MSR_EFER    0xc0000080u
#define CR3_ADDRESS 0x000ffffffffff000u

#define VECTOR_PF 14
#define PF_FETCH  (1u << 4)

/* Vectors that push an error code, and those whose saved rip is that of the instruction itself
 * (Intel SDM vol. 3A, "Exception and interrupt reference"): bit by vector. */
#define HAS_ERROR_CODE 0x60227d00u /* 8 10-14 17 21 29 30 */
#define IS_FAULT       0x003b7ce1u /* 0 5-7 10-14 16 17 19-21 */

uint64_t events_insns;
int events_pending;

static struct {
	uint64_t pc;
	int vector;
} handler[PLACES];

static struct {
	bool handlers_known;
	bool has_insn;		 /* begun, not looked at yet: */
	struct events_insn insn; /* a copy, for the code may be given up meanwhile */
	uint64_t insn_pc;
	unsigned levels;
} state;

/* --- the IDT --- */

static unsigned place_of(uint64_t pc)
{
	unsigned i = (unsigned)(pc * 0x9e3779b97f4a7c15u >> 40) % PLACES;

	while (handler[i].pc && handler[i].pc != pc)
		i = (i + 1) % PLACES;
	return i;
}

/* Offset of a 64-bit gate: bytes 0-1, 6-7, 8-11; bit 47 of the first word: present. */
static void add_gate(const uint64_t gate[2], int vector)
{
	uint64_t pc = (gate[0] & 0xffff) | (gate[0] >> 32 & 0xffff0000u) | gate[1] << 32;
	unsigned i;

	if (!(gate[0] >> 47 & 1) || !pc)
		return;
	i = place_of(pc);
	if (!handler[i].pc) {
		handler[i].pc = pc;
		handler[i].vector = vector;
	}
}

/* Stores to the IDT's page are to be told: events_idt_changed(). */
static void watch(uint64_t base)
{
	uint64_t gpa = host_frame_of(base) << 12;
	struct host_ram *r = host_ram_at(gpa);

	if (r)
		r->mark[(gpa - r->gpa) >> 12] |= HOST_MARK_IDT;
}

static void read_handlers(void)
{
	uint64_t base = 0, gate[2];
	unsigned limit = 0;

	memset(handler, 0, sizeof(handler));
	state.handlers_known = true;
	if (!host_idt(&base, &limit))
		plugin_fail("this QEMU does not show the IDT's address");
	for (unsigned v = 0; v < VECTORS && (v + 1) * GATE_BYTES - 1 <= limit; v++) {
		if (host_read(base + v * GATE_BYTES, gate, sizeof(gate)))
			add_gate(gate, (int)v);
	}
	watch(base);
}

int events_vector(uint64_t pc)
{
	unsigned i;

	if (!state.handlers_known)
		read_handlers();
	i = place_of(pc);
	return handler[i].pc ? handler[i].vector : EVENTS_NO_VECTOR;
}

void events_idt_changed(void)
{
	state.handlers_known = false;
	events_pending = 1;
}

/* --- registers --- */

static void set_root(uint64_t cr3)
{
	tables_root(cr3 & CR3_ADDRESS, state.levels);
}

static void check_mode(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	if (!(cr0 & CR0_PG) || !(efer & EFER_LMA))
		plugin_fail("the guest is not in 64-bit paging (CR0 0x%llx, EFER 0x%llx): no "
			    "other is captured",
			    (unsigned long long)cr0, (unsigned long long)efer);
	if (cr4 & CR4_PCIDE)
		plugin_fail("the guest uses PCIDs: capture it with -cpu ...,pcid=off");
	state.levels = cr4 & CR4_LA57 ? 5 : 4;
}

static void no_change(const struct host_ram *r, enum wire_kind what)
{
	(void)r;
	(void)what;
}

void events_begin(const char *text)
{
	struct wire_unit ram[WIRE_RAM_MAX];
	uint64_t regs[4] = { host_read_register(HOST_CR0), host_read_register(HOST_CR3),
			     host_read_register(HOST_CR4), host_read_register(HOST_EFER) };

	check_mode(regs[0], regs[2], regs[3]);
	host_ram_read(no_change);
	plugin_out_header(regs, ram, host_ram_list(ram), text);
	set_root(regs[1]);
	events_insns = 0;
}

void events_end(void)
{
	process_end();
	plugin_out_event(
		&(struct plugin_event){ .kind = WIRE_KIND_END, .value = events_insns });
	plugin_out_end();
}

static void set_cr(unsigned n)
{
	static const struct {
		enum wire_kind kind;
		enum host_register reg;
	} cr[5] = { [0] = { WIRE_KIND_CR0, HOST_CR0 },
		    [3] = { WIRE_KIND_CR3, HOST_CR3 },
		    [4] = { WIRE_KIND_CR4, HOST_CR4 } };
	uint64_t value = host_read_register(cr[n].reg);

	plugin_out_event(&(struct plugin_event){ .kind = cr[n].kind, .value = value });
	check_mode(host_read_register(HOST_CR0), host_read_register(HOST_CR4),
		   host_read_register(HOST_EFER));
	if (n == 3) {
		set_root(value);
		process_cr3(value);
	}
}

static void set_efer(void)
{
	if ((uint32_t)host_regs()[HOST_REG_RCX] != MSR_EFER)
		return;
	plugin_out_event(&(struct plugin_event){ .kind = WIRE_KIND_EFER,
						 .value = host_read_register(HOST_EFER) });
}

static uint64_t operand_address(const struct events_insn *i)
{
	const struct insn_operand *o = &i->insn.operand;
	const uint64_t *regs = host_regs();
	uint64_t a = (uint64_t)(int64_t)o->displacement;

	if (o->base == HOST_REG_RIP)
		a += state.insn_pc + i->size;
	else if (o->base != INSN_NO_REG)
		a += regs[o->base];
	if (o->index != INSN_NO_REG)
		a += regs[o->index] << o->shift;
	if (o->segment != INSN_FLAT)
		a += host_read_register(o->segment == INSN_FS ? HOST_FS_BASE : HOST_GS_BASE);
	return a;
}

/* --- instructions --- */

void events_note(const struct events_insn *i, uint64_t block_pc)
{
	state.has_insn = true;
	state.insn = *i;
	state.insn_pc = block_pc + i->offset;
	events_pending = 1;
}

/* rip of the frame that an exception pushed. */
static uint64_t frame_rip(int vector)
{
	uint64_t rip = 0, at = host_regs()[HOST_REG_RSP];

	if (vector < 32 && HAS_ERROR_CODE >> vector & 1)
		at += 8;
	host_read(at, &rip, sizeof(rip));
	return rip;
}

static bool is_fault(int vector)
{
	return vector >= 0 && vector < 32 && (IS_FAULT >> vector & 1);
}

static void carry_out(const struct events_insn *i)
{
	switch (i->insn.kind) {
	case INSN_SET_CR:
		set_cr(i->insn.value);
		break;
	case INSN_WRMSR:
		set_efer();
		break;
	case INSN_LIDT:
		events_idt_changed();
		break;
	case INSN_INVLPG:
		plugin_out_event(&(struct plugin_event){ .kind = WIRE_KIND_INVLPG,
							 .gva = operand_address(i) });
		break;
	case INSN_INVPCID:
		plugin_fail("the guest executes INVPCID: capture it with -cpu ...,invpcid=off");
	case INSN_SYSCALL:
		process_call();
		break;
	case INSN_OTHER:
	case INSN_MARKER:
	case INSN_REP:
		break;
	}
}

void events_settle(int vector)
{
	bool has_insn = state.has_insn;

	state.has_insn = false;
	if (has_insn && !(is_fault(vector) && frame_rip(vector) == state.insn_pc))
		carry_out(&state.insn);
	if (!state.handlers_known) {
		read_handlers();
		host_flush_code(); /* blocks know whether they are handlers */
	}
	events_pending = 0;
}

void events_enter(int vector)
{
	struct plugin_event e = { .kind = WIRE_KIND_INT, .n = (uint32_t)vector };
	uint64_t error = 0;

	if (vector == VECTOR_PF) {
		host_read(host_regs()[HOST_REG_RSP], &error, sizeof(error));
		e = (struct plugin_event){ .kind = WIRE_KIND_PF,
					   .gva = host_read_register(HOST_CR2),
					   .value = (uint32_t)error };
	}
	/* It began and did not end; what could not be fetched did not begin. */
	if (is_fault(vector) && !(error & PF_FETCH))
		events_insns--;
	plugin_out_event(&e);
}
