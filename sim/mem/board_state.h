/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board_state.h - what the files board*.c share; for nobody else but mtree*.c
 *
 *     board.c          create, destroy, questions
 *     board_ram.c      backends that are the machine's RAM, the split around 4 GiB, device memory
 *     board_bridge.c   PAM, SMRAM: the registers of i440FX and q35 that change the memory map
 *     board_parts.c    regions that a board file declares
 *     board_boot.c     what the firmware does, by the board file
 *     board_bar.c      where SeaBIOS puts the BARs of PCI devices
 *     board_dimm.c     backends and DIMMs that come and go
 *     board_bare.c     RAM at an address
 */
#ifndef SIM_MEM_BOARD_STATE_H
#define SIM_MEM_BOARD_STATE_H

#include "base/json.h"
#include "mem/board.h"

#define BOARD_4G    ((uint64_t)1 << 32)
#define BOARD_PAMS  13 /* segments: 64 KiB at 0xf0000, then 16 KiB each from 0xc0000 */
#define BOARD_SLOTS 32 /* of PCI bus 0 */

struct board_pam {
	struct memory_region *alias[4]; /* by attribute: pci, read-only RAM, write-only, RAM */
	unsigned current;
};

/* A region of a board file. */
enum board_bar {
	BOARD_BAR_NONE,
	BOARD_BAR_IO,
	BOARD_BAR_MEM,
	BOARD_BAR_PREFMEM,
	BOARD_BAR_ROM
};

struct board_part {
	char *id;
	size_t device; /* index in board.device */
	struct memory_region *mr, *parent;
	int priority;
	enum board_bar bar;
	uint64_t bar_addr; /* where the firmware puts it */
};

/* A device of a board file that is there. */
struct board_device {
	char *driver;
	unsigned slot, function; /* on PCI bus 0 */
	bool is_pci;
	struct memory_region *bus_master; /* NULL: no DMA */
};

/* RAM that board_bare.c mapped. */
struct board_piece {
	uint64_t addr, bytes;
	struct memory_region *mr;
	struct ramblock *block; /* NULL: an alias */
	bool is_hidden;		/* only aliases of it show it */
};

struct board {
	struct memory memory;
	const struct board_options *options;
	const char *parts_name; /* of the board file */
	struct address_space *as, *io_as;
	struct memory_region *system, *io, *pci, *ram;
	struct kvm_slots slots;
	bool has_slots, is_ready; /* ready: what comes now is hot-plugged */
	uint64_t ram_below_4g, ram_above_4g, above_4g_start;
	struct memory_region *device_memory; /* NULL: no place for DIMMs */
	uint64_t device_memory_base, device_memory_bytes;
	struct board_pam pam[BOARD_PAMS];
	uint8_t pam_config[7];
	struct memory_region *smram, *smram_low, *smram_high, *smram_region, *smram_open_high;
	struct board_backend **backend;
	size_t n_backend, cap_backend;
	struct board_dimm **dimm; /* ascending address */
	size_t n_dimm, cap_dimm;
	struct board_part *part;
	size_t n_part, cap_part;
	struct board_device *device;
	size_t n_device, cap_device;
	uint32_t pci_taken; /* slots of bus 0 */
	struct board_piece *piece;
	size_t n_piece, cap_piece;
	json_t *boot; /* of the board file; NULL */
};

/* Ends a transaction that went to rc. */
SIM_MUST_CHECK int board_commit(struct board *b, int rc, struct sim_error *err);

/* A region, added to `container` unless that is NULL. */
struct board_place {
	struct memory_region *container;
	uint64_t addr;
	int priority;
};
SIM_MUST_CHECK int board_region(struct board *b, const struct memory_region_config *cfg,
				const struct board_place *place, struct memory_region **out,
				struct sim_error *err);
SIM_MUST_CHECK int board_container(struct board *b, const char *name, int128_t size,
				   struct memory_region **out, struct sim_error *err);

/* A window of `bytes` into `of`, from `offset`, at `place`. */
struct board_window {
	const char *name;
	struct memory_region *of;
	uint64_t offset;
	int128_t bytes;
	bool readonly, disabled;
};
SIM_MUST_CHECK int board_alias(struct board *b, const struct board_window *w,
			       const struct board_place *place, struct memory_region **out,
			       struct sim_error *err);

/* Adds and takes away a region; without memory for that, all is as it was. */
SIM_MUST_CHECK int board_show(struct memory_region *container, uint64_t addr,
			      struct memory_region *mr, struct sim_error *err);
SIM_MUST_CHECK int board_hide(struct memory_region *mr, struct sim_error *err);

/* An anonymous RAM block of the board itself, and a region that shows it. */
struct board_memory_config {
	const char *name, *idstr;
	enum memory_region_kind kind;
	uint64_t used, max; /* max 0: as used */
	uint64_t like;
};
SIM_MUST_CHECK int board_memory_region(struct board *b, const struct board_memory_config *c,
				       struct memory_region **out, struct sim_error *err);

/* board_ram.c */
SIM_MUST_CHECK int board_ram_backends(struct board *b, struct sim_error *err);
SIM_MUST_CHECK int board_ram_split(struct board *b, struct sim_error *err);
SIM_MUST_CHECK int board_ram_map(struct board *b, struct sim_error *err);
unsigned board_numa_nodes(const struct board *b);

/* board_bridge.c */
SIM_MUST_CHECK int board_bridge_create(struct board *b, struct sim_error *err);
SIM_MUST_CHECK int board_bridge_reset(struct board *b, struct sim_error *err);
SIM_MUST_CHECK int board_pam_write(struct board *b, unsigned reg, uint32_t value,
				   unsigned bytes, struct sim_error *err);
SIM_MUST_CHECK int board_smram_write(struct board *b, uint8_t value, struct sim_error *err);

/* board_parts.c */
SIM_MUST_CHECK int board_parts_create(struct board *b, const json_t *file,
				      struct sim_error *err);
struct board_part *board_part_find(struct board *b, const char *id, size_t device);
bool board_has_device(const struct board *b, const char *driver);
/* Whether the "if" of a device, region or step holds; *holds is true without one. */
SIM_MUST_CHECK int board_condition(const struct board *b, const struct jnode *n, bool *holds,
				   struct sim_error *err);

/* A number of a board file: 4096, or "0x1000". */
SIM_MUST_CHECK int board_number(const struct jnode *n, uint64_t max, uint64_t *out,
				struct sim_error *err);

/* board_bar.c */
SIM_MUST_CHECK int board_bars_allocate(struct board *b, struct sim_error *err);

/* board_dimm.c */
SIM_MUST_CHECK int board_backend_create(struct board *b, const struct backend_options *o,
					uint64_t like, struct board_backend **out,
					struct sim_error *err);
struct board_backend *board_backend_find(const struct board *b, const char *id);
void board_backend_use(struct board_backend *k);
void board_dimms_fini(struct board *b);

/* board_bare.c */
void board_pieces_fini(struct board *b);

#endif
