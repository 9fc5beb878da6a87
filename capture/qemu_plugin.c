/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemu_plugin.c - the capture plugin: options, instrumentation, accesses
 *
 *     qemu-system-x86_64 -accel tcg,thread=single -icount shift=1,align=off,sleep=off ...
 *         -plugin shadownest-capture.so,out=PATH,start=marker|now|pc:0xADDR,limit=N
 *
 * Says all that a guest's memory accesses depend on, as units of trace/capture_wire.h, to a file
 * or FIFO. start: at the marker of marker.h (default), at once (after -incoming), or when the
 * instruction at ADDR is reached. limit: loads and stores, then the end. Before the start and
 * after the end code is not instrumented.
 *
 * Of a Linux guest it also records what its programs ask for (plugin_process.h).
 *
 * Seen: what instructions load and store, one record for each element of a repeated string
 * instruction, by CPL; the code page whenever it changes. Not seen: what the walker and an
 * interrupt's delivery do to memory, and devices.
 */
#define _GNU_SOURCE /* strchrnul */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marker.h"
#include "plugin_api.h"
#include "plugin_events.h"
#include "plugin_host.h"
#include "plugin_out.h"
#include "plugin_process.h"
#include "plugin_tables.h"

#define PAGE_SHIFT 12
#define PAGE_MASK  4095u
#define UNKNOWN	   1024 /* host pages that are no RAM, remembered */
#define FIRST	   64	/* accesses whose frames are compared with QEMU's own walk */

/* Where an access lies, as QEMU 7.2 has it (include/qemu/plugin-memory.h). */
struct qemu_plugin_hwaddr {
	bool is_io, is_store;
	union {
		struct {
			void *section;
			uint64_t offset;
		} io;
		void *host;
	} at;
};

/* A translated block. */
struct block {
	uint64_t frame; /* of its first page */
	int vector;	/* that it handles */
	unsigned flags; /* WIRE_USER */
	/* Its last instruction begins in one page and ends in the next. */
	bool crosses;
	uint64_t next_frame;
	/* QEMU runs a repeated string instruction as blocks of its own, one for each element. */
	bool starts_with_rep, ends_with_rep;
	uint32_t last; /* distance of its last instruction from its start */
};

static struct {
	enum { START_MARKER, START_NOW, START_PC } start;
	enum { WAITING, ARMED, RUNNING, DONE } mode;
	uint64_t start_pc;
	uint64_t limit, accesses;
	uint64_t block_pc;    /* of the block under way */
	uint64_t page, frame; /* of the last fetch record */
	unsigned fetch_flags;
	uint64_t fetch_insns; /* events_insns at that record */

	bool is_user, was_user; /* this block and the one before */
	uint64_t rep_pc;	/* of the repeated instruction that the last block ended with */

	struct host_ram *ram; /* of the last access */
	unsigned checked;
	const void *unknown[UNKNOWN];
} capture;

/* --- beginning and end --- */

static void arm(void)
{
	capture.mode = ARMED;
	host_flush_code();
}

/* What made the stream, without anything that differs from run to run. */
static void describe(char *to, size_t n)
{
	static const char *const start[] = {
		[START_MARKER] = "marker", [START_NOW] = "now", [START_PC] = "pc"
	};
	char version[64], limit[32] = "";

	host_version(version, sizeof(version));
	if (capture.limit)
		snprintf(limit, sizeof(limit), ", limit %llu",
			 (unsigned long long)capture.limit);
	snprintf(to, n, "shadownest-capture in %s, TCG, start at %s%s", version,
		 start[capture.start], limit);
}

static void begin(void)
{
	char text[256];

	capture.mode = RUNNING;
	describe(text, sizeof(text));
	events_begin(text);
	capture.page = capture.rep_pc = UINT64_MAX;
	capture.is_user = false;
	capture.fetch_insns = 0;
}

static void finish(void)
{
	events_end();
	capture.mode = DONE;
	host_flush_code();
}

static void at_exit(uint64_t id, void *arg)
{
	(void)id;
	(void)arg;
	if (capture.mode == RUNNING)
		events_end();
	else if (capture.mode != DONE)
		plugin_out_refuse("the guest ended before the capture began");
	capture.mode = DONE;
}

/* --- accesses --- */

static void ram_changed(const struct host_ram *r, enum wire_kind what)
{
	if (plugin_out.on)
		plugin_out_event(&(struct plugin_event){
			.kind = what, .gpa = r->gpa, .value = r->bytes });
}

/* The range of a host address that is in no known one: RAM may have been plugged. */
static struct host_ram *new_ram(const void *host)
{
	const void *page = (const void *)((uintptr_t)host & ~(uintptr_t)PAGE_MASK);
	const void **known = &capture.unknown[((uintptr_t)page >> PAGE_SHIFT) % UNKNOWN];
	struct host_ram *r;

	if (*known == page)
		return NULL;
	capture.ram = NULL;
	host_ram_read(ram_changed);
	r = host_ram_of(host);
	*known = r ? NULL : page;
	return r;
}

/* The first accesses tell whether at.host is what it seems to be. */
static void check_frame(uint64_t frame, uint64_t gva)
{
	capture.checked++;
	if (frame != host_frame_of(gva))
		plugin_fail("this QEMU's qemu_plugin_hwaddr is not laid out as QEMU 7.2's");
}

static inline uint64_t frame_in(const struct host_ram *r, const void *host)
{
	return (r->gpa + (uint64_t)((const uint8_t *)host - r->host)) >> PAGE_SHIFT;
}

static uint64_t find_frame(const struct qemu_plugin_hwaddr *h, uint64_t gva)
{
	struct host_ram *r = NULL;

	if (h && !h->is_io) {
		r = host_ram_of(h->at.host);
		if (!r)
			r = new_ram(h->at.host);
	}
	if (!r || r->aliased)
		return host_frame_of(gva);
	capture.ram = r;
	if (capture.checked < FIRST)
		check_frame(frame_in(r, h->at.host), gva);
	return frame_in(r, h->at.host);
}

static inline bool is_in(const struct host_ram *r, const void *host)
{
	return r && (uint64_t)((const uint8_t *)host - r->host) < r->bytes;
}

static void store_part(uint64_t gpa, unsigned size)
{
	struct host_ram *r = host_ram_at(gpa);
	uint8_t mark = r ? r->mark[(gpa - r->gpa) >> PAGE_SHIFT] : 0;

	if (mark & HOST_MARK_TABLE)
		tables_store(r, gpa, size);
	if (mark & HOST_MARK_IDT)
		events_idt_changed();
}

/* A store that ends in another page, or begins in a marked one. */
static void store_marked(uint64_t gva, uint64_t frame, unsigned size)
{
	unsigned at = (unsigned)(gva & PAGE_MASK);
	unsigned here = at + size > PAGE_MASK + 1 ? PAGE_MASK + 1 - at : size;
	uint64_t next;

	store_part(frame << PAGE_SHIFT | at, here);
	if (here == size)
		return;
	next = host_frame_of(gva + here);
	if (next != WIRE_FRAME_NONE)
		store_part(next << PAGE_SHIFT, size - here);
}

static void on_access(unsigned vcpu, uint32_t info, uint64_t gva, void *flags)
{
	const struct qemu_plugin_hwaddr *h;
	unsigned size = qemu_plugin_mem_size_shift(info);
	unsigned op = (unsigned)(uintptr_t)flags;
	uint64_t frame;

	(void)vcpu;

	if (!plugin_out.on)
		return;
	h = qemu_plugin_get_hwaddr(info, gva);
	if (__builtin_expect(h && !h->is_io && is_in(capture.ram, h->at.host) &&
				     capture.checked == FIRST,
			     1))
		frame = frame_in(capture.ram, h->at.host);
	else
		frame = find_frame(h, gva);
	op |= qemu_plugin_mem_is_store(info) ? WIRE_STORE : WIRE_LOAD;
	/* Code at CPL 3 has no data in the upper half: QEMU makes accesses of an interrupt's
	 * delivery in the name of the code that it met. */
	if ((op & WIRE_USER) && gva >> 63)
		op |= WIRE_SYSTEM;
	plugin_out_unit(gva, op | size << WIRE_SIZE_SHIFT | frame << WIRE_FRAME_SHIFT);
	if (op & WIRE_STORE) {
		bool crosses = (gva & PAGE_MASK) + (1u << size) > PAGE_MASK + 1;
		struct host_ram *r = capture.ram;

		if (crosses || !is_in(r, h ? h->at.host : NULL) ||
		    r->mark[frame - (r->gpa >> PAGE_SHIFT)])
			store_marked(gva, frame, 1u << size);
	}
	if (++capture.accesses == capture.limit)
		finish();
}

/* --- code --- */

static void fetch(uint64_t gva, uint64_t frame, unsigned flags)
{
	uint64_t count = events_insns - capture.fetch_insns;
	bool more = count >= WIRE_COUNT_MORE;

	capture.page = gva >> PAGE_SHIFT;
	capture.frame = frame;
	capture.fetch_flags = flags;
	capture.fetch_insns = events_insns;
	plugin_out_unit(gva, WIRE_FETCH | flags | frame << WIRE_FRAME_SHIFT |
				     (more ? WIRE_COUNT_MORE : count) << WIRE_COUNT_SHIFT);
	if (more)
		plugin_out_unit(count, 0);
}

static void on_block(unsigned vcpu, void *arg)
{
	const struct block *b = arg;
	uint64_t pc = host_regs()[HOST_REG_RIP];

	(void)vcpu;
	if (capture.mode == ARMED)
		begin();
	if (!plugin_out.on)
		return;
	capture.block_pc = pc;
	capture.was_user = capture.is_user;
	capture.is_user = b->flags & WIRE_USER;
	if (events_pending)
		events_settle(b->vector);
	if (b->vector != EVENTS_NO_VECTOR)
		events_enter(b->vector);
	if (capture.is_user && !capture.was_user)
		process_user(pc);
	if (pc >> PAGE_SHIFT != capture.page || b->frame != capture.frame ||
	    b->flags != capture.fetch_flags)
		fetch(pc, b->frame, b->flags);
	if (b->starts_with_rep && pc == capture.rep_pc)
		events_insns--; /* its next element; one instruction all the same */
	capture.rep_pc = b->ends_with_rep ? pc + b->last : UINT64_MAX;
	if (b->crosses)
		fetch((pc | PAGE_MASK) + 1, b->next_frame, b->flags);
}

static void on_insn(unsigned vcpu, void *arg)
{
	(void)vcpu;
	if (plugin_out.on)
		events_note(arg, capture.block_pc);
}

static void phase(uint32_t n, uint64_t is_end)
{
	plugin_out_event(
		&(struct plugin_event){ .kind = WIRE_KIND_PHASE, .n = n, .value = is_end });
}

static void on_marker(unsigned vcpu, void *arg)
{
	uint32_t code = (uint32_t)(uintptr_t)arg;

	(void)vcpu;
	if (code == CAPTURE_BEGIN && capture.start == START_MARKER && capture.mode == WAITING)
		arm();
	if (!plugin_out.on)
		return;
	if (code == CAPTURE_END)
		finish();
	else if (code >= CAPTURE_PHASE_BEGIN && code < CAPTURE_PHASE_BEGIN + CAPTURE_PHASES)
		phase(code - CAPTURE_PHASE_BEGIN, 0);
	else if (code >= CAPTURE_PHASE_END && code < CAPTURE_PHASE_END + CAPTURE_PHASES)
		phase(code - CAPTURE_PHASE_END, 1);
}

static void on_start_pc(unsigned vcpu, void *arg)
{
	(void)vcpu;
	if (capture.mode == WAITING &&
	    host_regs()[HOST_REG_RIP] + (uint64_t)(uintptr_t)arg == capture.start_pc)
		arm();
}

/* --- translation --- */

static uint64_t code_frame(const void *host, uint64_t gva)
{
	struct host_ram *r = host ? host_ram_of(host) : NULL;

	if (!r && host)
		r = new_ram(host);
	return r && !r->aliased ? frame_in(r, host) : host_frame_of(gva);
}

static bool is_rep(const struct qemu_plugin_insn *insn)
{
	return insn_decode(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn)).kind ==
	       INSN_REP;
}

/* Memory that translated code refers to, for as long as it stands. */
struct owned {
	struct owned *next;
	uint64_t memory[];
};

static struct owned *owned_by_code;

static void *for_code(size_t bytes)
{
	struct owned *o = calloc(1, sizeof(*o) + bytes);

	if (!o)
		plugin_fail("out of memory");
	o->next = owned_by_code;
	owned_by_code = o;
	return o->memory;
}

/* All code is given up, and none of it runs: QEMU flushes while no vCPU is in any (accel/tcg, do_tb_flush). */
static void on_flush(uint64_t id)
{
	(void)id;
	while (owned_by_code) {
		struct owned *o = owned_by_code;

		owned_by_code = o->next;
		free(o);
	}
}

static struct block *make_block(struct qemu_plugin_tb *tb)
{
	struct block *b = for_code(sizeof(*b));
	struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(tb, 0);
	struct qemu_plugin_insn *last =
		qemu_plugin_tb_get_insn(tb, qemu_plugin_tb_n_insns(tb) - 1);
	uint64_t pc = qemu_plugin_tb_vaddr(tb);
	uint64_t end = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last) - 1;

	b->flags = (host_read_register(HOST_CS) & 3) == 3 ? WIRE_USER : 0;
	b->frame = code_frame(qemu_plugin_insn_haddr(first), pc);
	b->vector = b->flags ? EVENTS_NO_VECTOR : events_vector(pc);
	b->crosses = pc >> PAGE_SHIFT != end >> PAGE_SHIFT;
	b->starts_with_rep = is_rep(first);
	b->ends_with_rep = is_rep(last);
	b->last = (uint32_t)(qemu_plugin_insn_vaddr(last) - pc);
	if (b->crosses)
		b->next_frame = host_frame_of(end);
	return b;
}

static void instrument(struct qemu_plugin_insn *insn, const struct block *b)
{
	void *arg = (void *)(uintptr_t)b->flags;

	qemu_plugin_register_vcpu_insn_exec_inline(insn, PLUGIN_INLINE_ADD_U64, &events_insns,
						   1);
	/* Both directions in one: QEMU 7.2 calls those for one direction on the other, too. */
	qemu_plugin_register_vcpu_mem_cb(insn, on_access, PLUGIN_NO_REGS, PLUGIN_MEM_RW, arg);
}

static void instrument_special(struct qemu_plugin_tb *tb, struct qemu_plugin_insn *insn,
			       const struct insn *what)
{
	struct events_insn *i;

	if (what->kind == INSN_MARKER) {
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_marker, PLUGIN_R_REGS,
						       (void *)(uintptr_t)what->value);
		return;
	}
	if (capture.mode == WAITING || what->kind == INSN_OTHER || what->kind == INSN_REP)
		return;
	i = for_code(sizeof(*i));
	*i = (struct events_insn){
		*what, (uint32_t)(qemu_plugin_insn_vaddr(insn) - qemu_plugin_tb_vaddr(tb)),
		(uint32_t)qemu_plugin_insn_size(insn)
	};
	qemu_plugin_register_vcpu_insn_exec_cb(insn, on_insn, PLUGIN_R_REGS, i);
}

/* QEMU shares a block among virtual addresses with one page offset, so that is what is known. */
static void watch_start_pc(struct qemu_plugin_tb *tb, const struct qemu_plugin_insn *insn)
{
	uint64_t at = qemu_plugin_insn_vaddr(insn);

	if ((at & PAGE_MASK) == (capture.start_pc & PAGE_MASK))
		qemu_plugin_register_vcpu_tb_exec_cb(
			tb, on_start_pc, PLUGIN_R_REGS,
			(void *)(uintptr_t)(at - qemu_plugin_tb_vaddr(tb)));
}

static void on_translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	struct block *b = NULL;
	bool wait_for_pc = capture.mode == WAITING && capture.start == START_PC;

	(void)id;
	if (capture.mode == DONE)
		return;
	if (capture.mode != WAITING) {
		b = make_block(tb);
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, PLUGIN_R_REGS, b);
	}
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		struct insn what =
			insn_decode(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));

		if (wait_for_pc)
			watch_start_pc(tb, insn);
		if (b)
			instrument(insn, b);
		instrument_special(tb, insn, &what);
	}
}

static void on_vcpu(uint64_t id, unsigned vcpu)
{
	(void)id;
	if (vcpu)
		plugin_fail("a second vCPU was plugged: one is captured");
}

/* --- options --- */

static uint64_t number(const char *name, const char *text)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-')
		plugin_fail("%s=%s: a number is wanted", name, text);
	return v;
}

static void set_start(const char *text)
{
	if (!strcmp(text, "marker")) {
		capture.start = START_MARKER;
	} else if (!strcmp(text, "now")) {
		capture.start = START_NOW;
		capture.mode = ARMED;
	} else if (!strncmp(text, "pc:", 3)) {
		capture.start = START_PC;
		capture.start_pc = number("start=pc", text + 3);
	} else {
		plugin_fail("start=%s: marker, now or pc:ADDRESS is wanted", text);
	}
}

static const char *set_option(const char *option)
{
	const char *value = strchr(option, '=');

	if (value && !strncmp(option, "out=", 4))
		return value + 1;
	if (value && !strncmp(option, "start=", 6))
		set_start(value + 1);
	else if (value && !strncmp(option, "limit=", 6))
		capture.limit = number("limit", value + 1);
	else
		plugin_fail("%s: the options are out=, start= and limit=", option);
	return NULL;
}

__attribute__((visibility("default"))) extern int qemu_plugin_version;
int qemu_plugin_version = QEMU_PLUGIN_VERSION;

__attribute__((visibility("default"))) int
qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv);

int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv)
{
	const char *path = NULL;

	if (!info->system_emulation || strcmp(info->target_name, "x86_64"))
		plugin_fail("this is for qemu-system-x86_64, not for %s", info->target_name);
	if (info->system.smp_vcpus > 1 || info->system.max_vcpus > 1)
		plugin_fail("the guest has %d vCPUs, at most %d; one is captured: -smp 1",
			    info->system.smp_vcpus, info->system.max_vcpus);
	host_init();
	for (int i = 0; i < argc; i++) {
		const char *out = set_option(argv[i]);

		if (out)
			path = out;
	}
	if (!path)
		plugin_fail("where to? out=FILE is wanted");
	plugin_out_open(strdup(path));
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_flush_cb(id, on_flush);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
