/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board.h - a guest's memory, built: RAM blocks, the region tree of its machine type, address spaces, memory devices
 *
 * "Board" is the machine type in QEMU's sense (the word machine stands for the processor here). Three kinds:
 *
 *     pc, q35   from struct board_options, as QEMU builds them: RAM split below and above 4 GiB, BIOS, PAM,
 *               SMRAM, the PCI window, device memory for DIMMs; what other devices (VGA, network ...) have in memory is
 *               declared in a board file (models/board/NAME.json), with what the firmware does at boot
 *     bare      RAM at given addresses and nothing else: the RAM of a captured trace
 *
 *     address space "memory" -- root "system" --+-- ram-below-4g, ram-above-4g  (aliases of the RAM)
 *     address space "I/O"    -- root "io"       +-- pci (prio -1): VGA, BIOS ...
 *                                               +-- pam-*, smram-region (prio 1)
 *                                               +-- device-memory: DIMMs
 *
 * Sources: QEMU 7.2 hw/i386/pc.c, pc_piix.c, pc_q35.c, hw/pci-host/{i440fx,q35,pam}.c, hw/mem/{pc-dimm,memory-device}.c.
 */
#ifndef SIM_MEM_BOARD_H
#define SIM_MEM_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "mem/address_space.h"
#include "mem/board_options.h"
#include "mem/kvm_slots.h"

struct board;

struct board_config {
	const struct board_options *options; /* borrowed as long as the board is; NULL: bare */
	const json_t
		*parts; /* the board file, or NULL: no other devices; borrowed until created */
	const char *
		parts_name; /* for messages; borrowed as long as the board is; NULL: "board file" */
	const struct backing_ops *backing; /* who provides the memory of blocks */
	void *backing_arg;
	const struct kvm_slots_ops *
		kvm; /* who gets the slots, and runs the guest whatever -accel says; NULL: no KVM */
	void *kvm_arg;
};

/*
 * Builds it; the listener of the slots is there from the start, so that records come in the order in which QEMU makes
 * them. The firmware has not run. SIM_ERANGE and others as QEMU refuses, with the option as the place.
 */
SIM_MUST_CHECK int board_create(struct board **b, const struct board_config *cfg,
				struct sim_error *err);
void board_destroy(struct board *b);

/* What the board file says the firmware does: PAM and BAR writes, one transaction each. */
SIM_MUST_CHECK int board_boot(struct board *b, struct sim_error *err);

struct memory *board_memory(struct board *b);
struct address_space *board_address_space(struct board *b); /* "memory" */
struct address_space *board_io_space(struct board *b);	    /* "I/O"; NULL: bare */
struct kvm_slots *board_slots(struct board *b);
const struct board_options *board_options(const struct board *b); /* NULL: bare */

/* --- RAM at an address (bare boards, and records of a stream) --- */

/* A block of its own, mapped at gpa. */
SIM_MUST_CHECK int board_add_ram(struct board *b, gpa_t gpa, uint64_t bytes, bool readonly,
				 struct sim_error *err);
/* The memory that is seen at gpa `of`, once more at gpa. SIM_ESTATE: no RAM there. */
SIM_MUST_CHECK int board_add_alias(struct board *b, gpa_t gpa, uint64_t bytes, gpa_t of,
				   bool readonly, struct sim_error *err);
/* Takes away what one of the two put at gpa; aliases of it stay, and keep the memory. SIM_ESTATE. */
SIM_MUST_CHECK int board_del_ram(struct board *b, gpa_t gpa, struct sim_error *err);

/* A stream's RAM_ADD and RAM_DEL: on pc and q35 a DIMM at that address, on a bare board RAM. */
SIM_MUST_CHECK int board_hotplug(struct board *b, gpa_t gpa, uint64_t bytes,
				 struct sim_error *err);
SIM_MUST_CHECK int board_hotunplug(struct board *b, gpa_t gpa, uint64_t bytes,
				   struct sim_error *err);

/* --- memory backends and DIMMs, while the guest runs: object-add, object-del, device_add, device_del ---
 * Errors have QEMU's sense and leave everything as it was. */

SIM_MUST_CHECK int board_object_add(struct board *b, const struct backend_options *o,
				    struct sim_error *err);
SIM_MUST_CHECK int board_object_del(struct board *b, const char *id, struct sim_error *err);
SIM_MUST_CHECK int board_device_add(struct board *b, const struct dimm_options *o,
				    struct sim_error *err);
SIM_MUST_CHECK int board_device_del(struct board *b, const char *id, struct sim_error *err);

struct board_backend { /* query-memdev */
	char *id;
	struct backend_options options;
	struct memory_region *mr;
	bool is_mapped; /* used by the machine or a DIMM */
};

struct board_dimm { /* query-memory-devices */
	char *id;   /* NULL: none */
	uint64_t addr, size;
	int slot;
	unsigned node;
	const struct board_backend *backend;
	bool hotplugged;
};

/* The i-th, in QEMU's order; NULL at the end. */
const struct board_backend *board_backend_at(const struct board *b, size_t i);
const struct board_dimm *board_dimm_at(const struct board *b, size_t i);
uint64_t board_base_memory(const struct board *b);
uint64_t board_plugged_memory(const struct board *b);

#endif
