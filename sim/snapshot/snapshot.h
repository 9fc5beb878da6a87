/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * snapshot.h - a guest that stood still: its memory and the registers of its CPUs, from a file of QEMU's
 *
 *     a migration file      migrate "exec:cat >FILE"        RAM blocks, devices          (migration_format.h)
 *     an ELF guest dump     dump-guest-memory FILE          memory by GPA, CPU notes     (elf_dump.h)
 *
 * A migration file speaks of RAM blocks and does not say where the guest sees them: snapshot_place() learns that
 * from the machine that QEMU was asked for. An ELF dump speaks of GPAs; each stretch of memory is a block of its own,
 * and placed from the start.
 *
 * A file is read once when it is opened, to its last byte; pages are read when they are asked for. Memory: that of
 * page_index.h for a migration file, next to nothing for a dump.
 *
 * Errors: SIM_EFORMAT for damage, at the byte of the file; SIM_EUNSUP for what is well-formed and not readable here, with
 * what to do instead.
 */
#ifndef SIM_SNAPSHOT_SNAPSHOT_H
#define SIM_SNAPSHOT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/text.h"
#include "snapshot/byte_file.h"
#include "snapshot/page_index.h"
#include "vm/board_op.h"
#include "x86/regs.h"

enum snapshot_kind { SNAPSHOT_MIGRATION, SNAPSHOT_ELF_DUMP };

/* What a guest has of one kind of page in the file. */
struct snapshot_pages {
	uint64_t data, zero, fill; /* fill: of one other byte */
	uint64_t absent;	   /* of a migration file: never sent, hence zero */
};

struct snapshot_block {
	char *name;		 /* QEMU's idstr; of a dump "gpa 0x..." */
	uint64_t bytes;		 /* whole pages */
	uint64_t sent;		 /* migration: page records, re-sent ones too */
	uint64_t offset;	 /* dump: of its first byte in the file */
	uint64_t in_file;	 /* dump: bytes there; what is beyond is zero */
	struct page_index pages; /* migration */
};

/* Where the guest sees a part of a block; ascending, no overlap. */
struct snapshot_range {
	gpa_t gpa;
	uint64_t bytes;
	size_t block;
	uint64_t offset; /* in the block */
	bool is_rom;	 /* not the guest's to write, as far as the machine tells */
};

struct snapshot_cpu {
	unsigned id;
	struct regs regs;
	uint64_t rip;
	bool knows_efer; /* a dump does not hold EFER: what 64-bit Linux has is assumed then */
};

struct snapshot_section {
	char *name;
	uint32_t instance, version;
	uint64_t bytes; /* of its bodies */
	uint64_t parts;
};

struct snapshot {
	enum snapshot_kind kind;
	struct byte_file file;
	char *machine; /* migration: "pc-i440fx-7.2"; NULL: the file does not say */
	struct snapshot_block *block;
	size_t n_block, cap_block;
	struct snapshot_range *range;
	size_t n_range, cap_range;
	struct snapshot_cpu *cpu; /* ascending id */
	size_t n_cpu, cap_cpu;
	struct snapshot_section *section; /* migration, in the order of the file */
	size_t n_section, cap_section;
	bool is_placed;
};

/* Opens a file and reads what it is made of. snapshot_close after an error too. */
SIM_MUST_CHECK int snapshot_open(struct snapshot *s, const char *path, struct sim_error *err);
/* The same of an open stream, which stays the caller's. */
SIM_MUST_CHECK int snapshot_open_stream(struct snapshot *s, FILE *f, const char *name,
					struct sim_error *err);
/* Harmless when zeroed. */
void snapshot_close(struct snapshot *s);

/*
 * The words of QEMU's command line that its machine must have been asked for with, as far as blocks and the machine's
 * name tell: "-machine pc-i440fx-7.2 -m 256M". SIM_EUNSUP when they leave it open (a DIMM may be anywhere): the message has
 * words to start from. Of a dump: SIM_ESTATE.
 */
SIM_MUST_CHECK int snapshot_words(const struct snapshot *s, struct text *words,
				  struct sim_error *err);

/*
 * Places the blocks of a migration file where the machine of the plan shows them. SIM_ERANGE when machine and file do not
 * agree on RAM and DIMMs.
 */
SIM_MUST_CHECK int snapshot_place(struct snapshot *s, const struct memory_plan *plan,
				  struct sim_error *err);

/* The range that holds gpa, or NULL. Logarithmic. */
const struct snapshot_range *snapshot_find(const struct snapshot *s, gpa_t gpa);

/* n bytes of guest memory. SIM_ERANGE: some of it is no memory of the file's. */
SIM_MUST_CHECK int snapshot_read(struct snapshot *s, gpa_t gpa, void *p, size_t n,
				 struct sim_error *err);

/* Page i of a block. */
SIM_MUST_CHECK int snapshot_read_page(struct snapshot *s, size_t block, uint64_t i, void *page,
				      struct sim_error *err);

/*
 * The first page from i on of which the file has something; the block's pages when there is none. What lies between is
 * zero, and may be far more than the file: it is never looked at page by page.
 */
uint64_t snapshot_next_held(const struct snapshot *s, size_t block, uint64_t i);

/* What kinds of pages a block has; reads those of a dump. */
SIM_MUST_CHECK int snapshot_count(struct snapshot *s, size_t block, struct snapshot_pages *n,
				  struct sim_error *err);

/* The CPU of that id. SIM_ERANGE: there is none. */
SIM_MUST_CHECK int snapshot_cpu(const struct snapshot *s, unsigned id,
				const struct snapshot_cpu **cpu, struct sim_error *err);

/* What a CPU's registers mean, in words: "4-level", "5-level", "PAE", "32-bit", "off". */
const char *snapshot_paging(const struct regs *r);

/* --- for the readers of this folder --- */

SIM_MUST_CHECK int
snapshot_add_block(struct snapshot *s, const struct snapshot_block *b,
		   struct sim_error *err); /* takes b->name over, on failure too */
SIM_MUST_CHECK int snapshot_add_range(struct snapshot *s, const struct snapshot_range *r,
				      struct sim_error *err);
SIM_MUST_CHECK int snapshot_add_cpu(struct snapshot *s, const struct snapshot_cpu *c,
				    struct sim_error *err);

SIM_MUST_CHECK int migration_read(struct snapshot *s, struct sim_error *err);
SIM_MUST_CHECK int elf_dump_read(struct snapshot *s, struct sim_error *err);

#endif
