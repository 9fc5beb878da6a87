/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin_host.h - what the plugin interface hides: registers, guest memory, where RAM lies
 *
 * Debian's QEMU exports all of its symbols, so its internal functions are found by name. Of its
 * structures three are relied on, and each is checked against what functions say before it is
 * used: the general registers, found in the CPU's state by their values; the host address in a
 * qemu_plugin_hwaddr; the list that guest_phys_blocks_append() makes (QEMU 7.2,
 * sysemu/memory_mapping.h).
 *
 * A frame is a guest-physical address / 4096. Never a ram_addr: those have no hole below 4 GiB.
 */
#ifndef CAPTURE_PLUGIN_HOST_H
#define CAPTURE_PLUGIN_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/capture_wire.h"

/* Numbers of x86-64's registers in gdb's description (QEMU, gdb-xml/i386-64bit.xml). */
enum host_register {
	HOST_RCX = 2,
	HOST_RSP = 7,
	HOST_RIP = 16,
	HOST_CS = 18,
	HOST_FS_BASE = 24,
	HOST_GS_BASE = 25,
	HOST_CR0 = 27,
	HOST_CR2 = 28,
	HOST_CR3 = 29,
	HOST_CR4 = 30,
	HOST_EFER = 32
};

/* General registers as the instruction encoding numbers them: rax rcx rdx rbx rsp rbp rsi rdi
 * r8-r15, then rip. */
enum { HOST_REG_RCX = 1, HOST_REG_RSP = 4, HOST_REG_RIP = 16, HOST_REGS };

/* A range of guest RAM and its memory here. */
struct host_ram {
	uint64_t gpa, bytes;
	uint8_t *host;
	uint8_t *mark; /* per page, HOST_MARK_* */
	bool aliased;  /* the same memory stands at another gpa, too */
};

#define HOST_MARK_TABLE 1u
#define HOST_MARK_IDT	2u

/* Finds the functions; fails when one is missing. */
void host_init(void);

/* QEMU's version, into 64 bytes at most. */
void host_version(char *to, size_t n);

uint64_t host_read_register(enum host_register r);

/* The general registers of the CPU; valid at the start of a block only. */
const uint64_t *host_regs(void);

/* False when not all of it is mapped. */
bool host_read(uint64_t gva, void *to, size_t n);

/* The frame of a guest-virtual address, by QEMU's own walk. */
uint64_t host_frame_of(uint64_t gva);

/* Base and limit of the interrupt descriptor table. */
bool host_idt(uint64_t *base, unsigned *limit);

/* Throws all translated code away, when this block is through. */
void host_flush_code(void);

/* Reads the list of RAM anew; calls back for each range that is new or gone. */
typedef void host_ram_cb(const struct host_ram *r, enum wire_kind what);
void host_ram_read(host_ram_cb *changed);
unsigned host_ram_list(struct wire_unit list[WIRE_RAM_MAX]);

/* The range that holds a host address, or a gpa; NULL: none. */
struct host_ram *host_ram_of(const void *host);
struct host_ram *host_ram_at(uint64_t gpa);

#endif
