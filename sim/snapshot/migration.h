/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * migration.h - a migration stream on its way; for migration.c and migration_ram.c
 */
#ifndef SIM_SNAPSHOT_MIGRATION_H
#define SIM_SNAPSHOT_MIGRATION_H

#include "snapshot/snapshot.h"
#include "snapshot/vmdesc.h"

#define MIGRATION_NO_BLOCK SIZE_MAX

struct migration {
	struct snapshot *s;
	struct byte_file *f;
	struct vmdesc desc;
	uint64_t start; /* offset of the section, or item of RAM, that is being read */
	enum { MIGRATION_RAM_NONE, MIGRATION_RAM_GOES_ON, MIGRATION_RAM_ENDED } ram_state;
	uint32_t ram_id;
	size_t ram_section; /* index in s->section */
	size_t ram_block;   /* the block last named */
	bool is_done;
};

/* Reads the body of a RAM section, up to and with its EOS. */
SIM_MUST_CHECK int migration_ram(struct migration *m, struct sim_error *err);

#endif
