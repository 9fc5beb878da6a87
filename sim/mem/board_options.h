/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board_options.h - a guest's memory as it is asked for: on QEMU's command line, or as JSON
 *
 *     -machine pc|q35[,max-ram-below-4g=SIZE][,memory-backend=ID][,smm=on|off][,hpet=on|off] ...
 *     -m [size=]MEGS[,slots=N,maxmem=SIZE]
 *     -object memory-backend-ram|file|memfd,id=ID,size=SIZE[,share=on|off][,prealloc=on|off]...
 *     -device pc-dimm,memdev=ID[,id=ID][,addr=A][,slot=N][,node=N]
 *     -numa node[,nodeid=N][,mem=SIZE | ,memdev=ID][,cpus=FIRST[-LAST]]...
 *     -accel kvm|tcg   -S   -nodefaults   -smp ...   -vga none   -nic none
 *
 * The same words, rounding and refusals as QEMU 7.2 (util/cutils.c qemu_strtosz, softmmu/vl.c, hw/core/machine.c,
 * hw/core/numa.c, backends/hostmem*.c, qapi/qom.json): -m's size counts MiB without a suffix, others bytes; it is rounded
 * up to 8 KiB; slots need maxmem, and maxmem beyond size. -m, -machine and -smp may stand several times: the last word of
 * a key holds. Each message is QEMU's in sense, with the option as its place. Options that have no part in memory
 * (-display, -monitor, -cpu ...) are read over, and so are other objects but for their id; an unknown option is an error.
 *
 * Refused though QEMU takes it, because nothing here knows that memory: the machines none, isapc, microvm; -bios,
 * -pflash, -kernel, -option-rom, -incoming, -loadvm, -debugcon, -audio, -virtfs, -usbdevice, -global, -set,
 * -readconfig; devices with a memdev other than pc-dimm; a second card, serial or parallel port, a card of another
 * model, -drive if=virtio; the properties of machines and devices that add memory, take it away or move it, where
 * they differ from the default (usb=on, vmport=off; vgamem_mb=32, addr=5, romfile=x). What depends on the host
 * (files, free memory, NUMA nodes) and on addresses is mem/board.h's to refuse.
 *
 * As JSON, the member "memory" of an experiment: either one string of such options, or
 *
 *     {"machine": "pc" | {"type": "pc", "max-ram-below-4g": "2G"},
 *      "m": "256M,slots=4,maxmem=2G" | {"size": "256M", "slots": 4, "maxmem": "2G"},
 *      "objects": [{"qom-type": "memory-backend-ram", "id": "mem1", "size": "128M"}],
 *      "devices": [{"driver": "pc-dimm", "id": "dimm1", "memdev": "mem1"}],
 *      "numa": [{"type": "node", "nodeid": 0, "memdev": "ram0"}],
 *      "smp": 2, "accel": "kvm", "mem-path": "/dev/shm", "mem-prealloc": true,
 *      "vga": "none", "nic": "none", "serial": "none", "parallel": "none", "nodefaults": false, "S": false}
 *
 * A number is a size in bytes ("m" itself is none, since -m counts MiB); a string is what stands on the command line; any object
 * may be its option's string.
 */
#ifndef SIM_MEM_BOARD_OPTIONS_H
#define SIM_MEM_BOARD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "mem/backing.h"

enum board_type {
	BOARD_PC,  /* pc, pc-i440fx-*: i440FX */
	BOARD_Q35, /* q35, pc-q35-* */
};

#define BOARD_RAM_SLOTS_MAX 256 /* ACPI_MAX_RAM_SLOTS */
#define BOARD_NODES_MAX	    128 /* MAX_NODES */
#define BOARD_CPUS_MAX	    288 /* of q35; pc has 255 */

/* -object memory-backend-*: an object with an id. */
struct backend_options {
	char *id;
	uint64_t size;
	struct backing_config backing; /* mem_path is owned */
	bool has_x_use_canonical_path; /* the RAM block's name is "/objects/ID" instead of the id */
	uint64_t given; /* private: which properties were, see backend_options_settle() */
};

/* -device pc-dimm. */
#define DIMM_SLOT_AUTO (-1)
struct dimm_options {
	char *id;      /* NULL: none was given */
	char *memdev;  /* id of a backend */
	uint64_t addr; /* 0: chosen (QEMU: addr=0 is the default) */
	int slot;      /* DIMM_SLOT_AUTO: chosen */
	unsigned node;
};

struct numa_options {
	unsigned nodeid;
	uint64_t mem;			  /* bytes; 0: none or memdev */
	char *memdev;			  /* id of a backend; NULL: none */
	uint8_t cpus[BOARD_CPUS_MAX / 8]; /* bit i: CPU i */
};

/* A device other than pc-dimm: only its presence counts (a board file says what memory it has). And an object other
 * than a memory backend: only its id counts. */
struct device_options {
	char *driver, *id; /* id NULL: none */
};

struct board_options {
	enum board_type type;
	char *machine_name; /* without aliases: "pc-i440fx-7.2" */
	uint64_t ram_size;  /* with memory_backend: its size */
	uint64_t
		maxram_size; /* QEMU's: below ram_size at times, when a memory_backend is given */
	unsigned ram_slots;
	uint64_t max_ram_below_4g;	 /* 0: the machine's own */
	char *memory_backend;		 /* -machine memory-backend=ID; NULL: none */
	char *mem_path;			 /* -mem-path; NULL */
	bool mem_prealloc;		 /* -mem-prealloc */
	bool mem_merge, dump_guest_core; /* -machine; default on */
	bool is_kvm; /* -accel kvm, -enable-kvm, -machine accel=kvm; else tcg */
	bool no_acpi, no_hpet, no_smm, no_defaults;
	bool is_stopped; /* -S: the firmware has not run */
	bool no_serial,
		no_parallel; /* -serial none, -parallel none, -nodefaults: no such port */
	bool has_auto_node; /* without -numa there is one node, for the sake of a place for DIMMs */
	bool no_nic; /* -nic none, -net none, a -netdev alone, -nodefaults: no network card of the machine's own */
	char *vga; /* "std", "none" ...: with -nodefaults or a -device VGA none, unless -vga says so */
	unsigned n_cpus, max_cpus; /* -smp; default 1 */
	uint64_t dirty_ring_size;  /* -accel kvm,dirty-ring-size=N; 0: bitmaps */
	struct backend_options *backend;
	size_t n_backend, cap_backend;
	struct dimm_options *dimm;
	size_t n_dimm, cap_dimm;
	struct numa_options *numa;
	size_t n_numa, cap_numa;
	struct device_options *device;
	size_t n_device, cap_device;
	struct device_options *object;
	size_t n_object, cap_object;
};

void board_options_fini(struct board_options *o);

/* Each fills *o, QEMU's defaults where nothing is said (machine pc, 128 MiB); after a failure there is nothing in it.
 * SIM_EFORMAT, SIM_ERANGE, SIM_EUNSUP, SIM_ENOMEM. */

/* Reads a command line ("-m 256M -machine pc"), split into words as a shell does ('', "" and \ quote). */
SIM_MUST_CHECK int board_options_parse(struct board_options *o, const char *line,
				       struct sim_error *err);
/* The same from words. */
SIM_MUST_CHECK int board_options_parse_words(struct board_options *o, int n,
					     const char *const *word, struct sim_error *err);

/* Reads the JSON form (a string: as above). Errors at the node's path. */
SIM_MUST_CHECK int board_options_read(struct board_options *o, const struct jnode *n,
				      struct sim_error *err);

/* Bytes of RAM from address 0 on; the rest of ram_size begins at 4 GiB. */
uint64_t board_options_low_ram(const struct board_options *o);

/* Everything filled in, in a fixed order; for config.json: the same memory, the same text. */
SIM_MUST_CHECK json_t *board_options_json(const struct board_options *o);

/* One -object or object-add: {"qom-type", "id", properties}; one -device pc-dimm or device_add. Any value may be a
 * string, as on the command line. */
SIM_MUST_CHECK int backend_options_read(struct backend_options *b, const struct jnode *n,
					struct sim_error *err);
void backend_options_fini(struct backend_options *b);
/*
 * What was left out of a backend follows the machine: -machine mem-merge and dump-guest-core, -mem-prealloc, and its
 * version. For a backend that was read by itself; those of *o are settled. SIM_EFORMAT: prealloc without reserve; SIM_ERANGE: an
 * id too long for the name of a RAM block; `where`: the option.
 */
SIM_MUST_CHECK int backend_options_settle(struct backend_options *b,
					  const struct board_options *o, const char *where,
					  struct sim_error *err);
SIM_MUST_CHECK int dimm_options_read(struct dimm_options *d, const struct jnode *n,
				     struct sim_error *err);
void dimm_options_fini(struct dimm_options *d);

/* A size with QEMU's suffixes (B K M G T P E, either case, fractions such as 1.5G, 0x hexadecimal); `unit`: of a
 * bare number, a power of two. SIM_EFORMAT, SIM_ERANGE; the text says what would be right, the place is the caller's. */
SIM_MUST_CHECK int board_size_parse(const char *s, uint64_t unit, uint64_t *bytes,
				    struct sim_error *err);

#endif
