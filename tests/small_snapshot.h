/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * small_snapshot.h - a guest of a few pages, and files of it as QEMU would write them; shares no code with the readers
 *
 * The guest is a pc of 2 MiB with a DIMM "mem1" of 2 MiB at 4 GiB. Its page tables, built by small_map(), lie in RAM from
 * 64 KiB on.
 */
#ifndef TESTS_SMALL_SNAPSHOT_H
#define TESTS_SMALL_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SMALL_RAM     ((uint64_t)2 << 20)
#define SMALL_DIMM    ((uint64_t)2 << 20)
#define SMALL_DIMM_AT ((uint64_t)4 << 30)
#define SMALL_TABLES  0x10000u
#define SMALL_WORDS                                                                            \
	"-machine pc -m 2M,slots=1,maxmem=1G -vga none -object "                               \
	"memory-backend-ram,id=mem1,size=2M -device pc-dimm,memdev=mem1"

/* A growing file. */
struct small_file {
	uint8_t *p;
	size_t n, cap;
};

void small_put(struct small_file *f, const void *p, size_t n);
void small_be(struct small_file *f, unsigned bytes, uint64_t v);
void small_le(struct small_file *f, unsigned bytes, uint64_t v);
void small_name(struct small_file *f, const char *name); /* u8 n, name */
void small_text(struct small_file *f, const char *text); /* no length, no NUL */
void small_fini(struct small_file *f);

struct small_snapshot {
	uint8_t *ram, *dimm;
	unsigned levels; /* 4 or 5 */
	uint64_t cr3;
	uint64_t next_table;
};

/* A guest with an empty root. */
void small_snapshot_init(struct small_snapshot *g, unsigned levels);
void small_snapshot_fini(struct small_snapshot *g);

/* Another empty root. */
uint64_t small_root(struct small_snapshot *g);

/* Maps a page of `level` at gva, in the tables of a root, with the entry's other bits; tables on the way allow all. */
void small_map(struct small_snapshot *g, uint64_t cr3, uint64_t gva, uint64_t gpa,
	       unsigned level, uint64_t bits);

/* The 8 bytes of memory at gpa. */
uint64_t *small_word(struct small_snapshot *g, uint64_t gpa);

/* --- a migration file, in steps --- */

void small_ram_page(struct small_file *f, uint64_t offset, const char *block, const void *page);
void small_ram_zero(struct small_file *f, uint64_t offset, const char *block, uint8_t fill);
void small_footer(struct small_file *f, uint32_t id);

/* Header, configuration, sizes; pages of both blocks (block NULL in the calls above: as before); the end of RAM. */
void small_begin(struct small_file *f);
void small_ram(struct small_file *f, const struct small_snapshot *g);
void small_end_ram(struct small_file *f);

/* A device with fields, an array, and a subsection; two CPUs; the end and the description. */
void small_devices(struct small_file *f, const struct small_snapshot *g);

/* All of it. */
void small_migration(struct small_file *f, const struct small_snapshot *g);

/* --- an ELF dump --- */

struct small_elf {
	unsigned bits; /* 64 or 32 */
	unsigned machine;
	unsigned cpus;
	unsigned is_many;  /* segments are counted by section 0 */
	unsigned overlaps; /* as with paging=on: further segments for parts of memory */
};

void small_elf_dump(struct small_file *f, const struct small_snapshot *g,
		    const struct small_elf *e);

#endif
