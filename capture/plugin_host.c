/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "plugin_host.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_out.h"

#define PAGE_SHIFT 12

/* glib's GByteArray: its public part is all there is to know. */
struct byte_array {
	uint8_t *data;
	unsigned len;
};

/* QEMU 7.2, sysemu/memory_mapping.h: GuestPhysBlock and GuestPhysBlockList. */
struct phys_block {
	uint64_t start, end;
	uint8_t *host;
	void *region;
	struct phys_block *next;
	void *prev;
};

struct phys_block_list {
	unsigned n;
	struct phys_block *first;
	void *last;
};

/* QEMU, qapi/control.json: VersionInfo. */
struct version {
	int64_t *number; /* major, minor, micro */
	char *package;
};

/* QEMU's functions, under its names. */
static struct {
	void *(*qemu_get_cpu)(int index);
	int (*x86_cpu_gdb_read_register)(void *cpu, struct byte_array *to, int n);
	int (*cpu_memory_rw_debug)(void *cpu, uint64_t gva, void *p, size_t n, bool is_write);
	uint64_t (*cpu_get_phys_page_debug)(void *cpu, uint64_t gva);
	void (*cpu_dump_state)(void *cpu, FILE *f, int flags);
	void (*tb_flush)(void *cpu);
	void (*guest_phys_blocks_init)(struct phys_block_list *list);
	void (*guest_phys_blocks_append)(struct phys_block_list *list);
	void (*guest_phys_blocks_free)(struct phys_block_list *list);
	void (*cpu_physical_memory_rw)(uint64_t gpa, void *p, uint64_t n, bool is_write);
	void *(*qemu_ram_block_from_host)(void *host, bool round, uint64_t *offset);
	const char *(*qemu_ram_get_idstr)(void *block);
	struct version *(*qmp_query_version)(void **err);
	bool (*qemu_mutex_iothread_locked)(void);
	void (*qemu_mutex_lock_iothread_impl)(const char *file, int line);
	void (*qemu_mutex_unlock_iothread)(void);
	struct byte_array *(*g_byte_array_new)(void);
	struct byte_array *(*g_byte_array_set_size)(struct byte_array *a, unsigned n);
} qemu;

static struct {
	void *cpu;
	const uint64_t *regs; /* in the CPU's state */
	struct byte_array *bytes;
	struct host_ram ram[WIRE_RAM_MAX];
	unsigned n_ram;
} host;

/* --- functions --- */

static void find(const char *name, void *function)
{
	void *at = dlsym(RTLD_DEFAULT, name);

	if (!at)
		plugin_fail("this QEMU does not export %s; Debian's qemu-system-x86 7.2 does",
			    name);
	memcpy(function, &at, sizeof(at)); /* ISO C has no cast from object to function */
}

#define FIND(f) find(#f, &qemu.f)

void host_init(void)
{
	FIND(qemu_get_cpu);
	FIND(x86_cpu_gdb_read_register);
	FIND(cpu_memory_rw_debug);
	FIND(cpu_get_phys_page_debug);
	FIND(cpu_dump_state);
	FIND(tb_flush);
	FIND(guest_phys_blocks_init);
	FIND(guest_phys_blocks_append);
	FIND(guest_phys_blocks_free);
	FIND(cpu_physical_memory_rw);
	FIND(qemu_ram_block_from_host);
	FIND(qemu_ram_get_idstr);
	FIND(qmp_query_version);
	FIND(qemu_mutex_iothread_locked);
	FIND(qemu_mutex_lock_iothread_impl);
	FIND(qemu_mutex_unlock_iothread);
	FIND(g_byte_array_new);
	FIND(g_byte_array_set_size);
	host.bytes = qemu.g_byte_array_new();
}

void host_version(char *to, size_t n)
{
	const struct version *v = qemu.qmp_query_version(NULL);

	snprintf(to, n, "QEMU %d.%d.%d (%s)", (int)v->number[0], (int)v->number[1],
		 (int)v->number[2], v->package);
}

static void *cpu(void)
{
	if (!host.cpu)
		host.cpu = qemu.qemu_get_cpu(0);
	return host.cpu;
}

/* --- registers --- */

uint64_t host_read_register(enum host_register r)
{
	uint64_t v = 0;
	int n;

	qemu.g_byte_array_set_size(host.bytes, 0);
	n = qemu.x86_cpu_gdb_read_register(cpu(), host.bytes, (int)r);
	if (n < 4 || n > 8 || host.bytes->len != (unsigned)n)
		plugin_fail("register %d of this QEMU has %d bytes", (int)r, n);
	memcpy(&v, host.bytes->data, (size_t)n);
	return v;
}

/* gdb's order of the general registers is rax rbx rcx rdx rsi rdi rbp rsp r8-r15 rip. */
static const uint8_t gdb_number[HOST_REGS] = { 0, 2,  3,  1,  7,  6,  4,  5, 8,
					       9, 10, 11, 12, 13, 14, 15, 16 };

/* The CPU's state holds them side by side in the order of their encoding. */
static void find_regs(void)
{
	uint64_t want[HOST_REGS];
	const uint8_t *at = cpu();
	size_t bytes = malloc_usable_size(cpu());
	unsigned found = 0;

	for (unsigned i = 0; i < HOST_REGS; i++)
		want[i] = host_read_register((enum host_register)gdb_number[i]);
	for (size_t i = 0; i + sizeof(want) <= bytes; i += sizeof(*want)) {
		if (memcmp(at + i, want, sizeof(want)))
			continue;
		host.regs = (const uint64_t *)(const void *)(at + i);
		found++;
	}
	if (found != 1)
		plugin_fail("the general registers stand %u times in this QEMU's CPU state",
			    found);
}

const uint64_t *host_regs(void)
{
	if (!host.regs)
		find_regs();
	return host.regs;
}

/* --- memory --- */

bool host_read(uint64_t gva, void *to, size_t n)
{
	return !qemu.cpu_memory_rw_debug(cpu(), gva, to, n, false);
}

uint64_t host_frame_of(uint64_t gva)
{
	uint64_t gpa = qemu.cpu_get_phys_page_debug(cpu(), gva);

	return gpa == UINT64_MAX ? WIRE_FRAME_NONE : gpa >> PAGE_SHIFT;
}

bool host_idt(uint64_t *base, unsigned *limit)
{
	unsigned long long b;
	char *text = NULL, *at;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	bool ok = false;

	if (!f)
		return false;
	qemu.cpu_dump_state(cpu(), f, 0);
	fclose(f);
	at = text ? strstr(text, "IDT=") : NULL;
	if (at && sscanf(at + 4, "%llx %x", &b, limit) == 2) {
		*base = b;
		ok = true;
	}
	free(text);
	return ok;
}

void host_flush_code(void)
{
	qemu.tb_flush(cpu());
}

/* --- RAM --- */

/* What stands at gpa through QEMU's own address space must be what stands at the host address. */
static void check_block(const struct phys_block *b)
{
	uint8_t seen[64];

	qemu.cpu_physical_memory_rw(b->start, seen, sizeof(seen), false);
	if (b->end <= b->start || (b->start | b->end) & 4095 || !b->host ||
	    memcmp(seen, b->host, sizeof(seen)))
		plugin_fail("this QEMU's list of RAM is not laid out as QEMU 7.2's");
}

/* Firmware and video memory are no RAM, though they have host memory, too: they are known by
 * their names ("pc.bios", "0000:00:02.0/vga.vram"). */
static bool is_ram(const struct phys_block *b)
{
	static const char *const other[] = { ".bios", ".rom", ".vram", ".flash0", ".flash1" };
	uint64_t offset;
	void *block = qemu.qemu_ram_block_from_host(b->host, false, &offset);
	const char *name = block ? qemu.qemu_ram_get_idstr(block) : "",
		   *tail = strrchr(name, '.');

	for (size_t i = 0; tail && i < sizeof(other) / sizeof(*other); i++) {
		if (!strcmp(tail, other[i]))
			return false;
	}
	return block;
}

static int by_gpa(const void *a, const void *b)
{
	const struct host_ram *x = a, *y = b;

	return x->gpa < y->gpa ? -1 : x->gpa > y->gpa;
}

static unsigned read_blocks(struct host_ram ram[WIRE_RAM_MAX])
{
	struct phys_block_list list;
	bool locked = qemu.qemu_mutex_iothread_locked();
	unsigned n = 0;

	if (!locked)
		qemu.qemu_mutex_lock_iothread_impl(__FILE__, __LINE__);
	qemu.guest_phys_blocks_init(&list);
	qemu.guest_phys_blocks_append(&list);
	for (struct phys_block *b = list.first; b; b = b->next) {
		check_block(b);
		if (!is_ram(b))
			continue;
		if (n == WIRE_RAM_MAX)
			plugin_fail("more than %u ranges of RAM", WIRE_RAM_MAX);
		ram[n++] =
			(struct host_ram){ b->start, b->end - b->start, b->host, NULL, false };
	}
	qemu.guest_phys_blocks_free(&list);
	if (!locked)
		qemu.qemu_mutex_unlock_iothread();
	if (!n)
		plugin_fail("the guest has no RAM");
	qsort(ram, n, sizeof(*ram), by_gpa);
	return n;
}

static bool same_range(const struct host_ram *a, const struct host_ram *b)
{
	return a->gpa == b->gpa && a->bytes == b->bytes && a->host == b->host;
}

static struct host_ram *find_same(struct host_ram *list, unsigned n, const struct host_ram *r)
{
	for (unsigned i = 0; i < n; i++) {
		if (same_range(&list[i], r))
			return &list[i];
	}
	return NULL;
}

static bool is_aliased(const struct host_ram *list, unsigned n, const struct host_ram *r)
{
	for (unsigned i = 0; i < n; i++) {
		if (&list[i] != r && list[i].host < r->host + r->bytes &&
		    r->host < list[i].host + list[i].bytes)
			return true;
	}
	return false;
}

void host_ram_read(host_ram_cb *changed)
{
	struct host_ram now[WIRE_RAM_MAX];
	unsigned n = read_blocks(now);

	for (unsigned i = 0; i < host.n_ram; i++) {
		if (find_same(now, n, &host.ram[i]))
			continue;
		changed(&host.ram[i], WIRE_KIND_RAM_DEL);
		free(host.ram[i].mark);
	}
	for (unsigned i = 0; i < n; i++) {
		struct host_ram *old = find_same(host.ram, host.n_ram, &now[i]);

		now[i].aliased = is_aliased(now, n, &now[i]);
		now[i].mark = old ? old->mark : calloc(now[i].bytes >> PAGE_SHIFT, 1);
		if (!now[i].mark)
			plugin_fail("out of memory");
		if (!old)
			changed(&now[i], WIRE_KIND_RAM_ADD);
	}
	memcpy(host.ram, now, n * sizeof(*now));
	host.n_ram = n;
}

unsigned host_ram_list(struct wire_unit list[WIRE_RAM_MAX])
{
	for (unsigned i = 0; i < host.n_ram; i++)
		list[i] = (struct wire_unit){ host.ram[i].gpa, host.ram[i].bytes };
	return host.n_ram;
}

struct host_ram *host_ram_of(const void *at)
{
	const uint8_t *p = at;

	for (unsigned i = 0; i < host.n_ram; i++) {
		if (p >= host.ram[i].host && p < host.ram[i].host + host.ram[i].bytes)
			return &host.ram[i];
	}
	return NULL;
}

struct host_ram *host_ram_at(uint64_t gpa)
{
	for (unsigned i = 0; i < host.n_ram; i++) {
		if (gpa >= host.ram[i].gpa && gpa - host.ram[i].gpa < host.ram[i].bytes)
			return &host.ram[i];
	}
	return NULL;
}
