/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vmdesc.h - the description of devices that ends a migration stream: of what fields each section is made
 *
 *     {"page_size": 4096, "devices": [
 *       {"name": "cpu", "instance_id": 0, "vmsd_name": "cpu", "version": 12,
 *        "fields": [{"name": "env.regs", "type": "uint64", "size": 8, "array_len": 16}, ...],
 *        "subsections": [{"vmsd_name": "cpu/pkru", "version": 1, "fields": [...]}]}, ...]}
 *
 * A section's body is its fields in their order, then its subsections, each led by MIGRATION_SUBSECTION, u8 n,
 * name, u32 version. A field's size is that of one element, with all that is nested in it; without array_len there is one.
 *
 * Source: QEMU 7.2 migration/vmstate.c (vmsd_desc_field_start), scripts/analyze-migration.py; streams of it.
 */
#ifndef SIM_SNAPSHOT_VMDESC_H
#define SIM_SNAPSHOT_VMDESC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "snapshot/byte_file.h"

struct vmdesc {
	uint64_t offset, bytes; /* of the JSON in the file */
	char *name;		/* for messages */
	json_t *doc;		/* NULL: not read */
};

/* Finds the JSON at the end of the file and reads it. SIM_EFORMAT: there is none. */
SIM_MUST_CHECK int vmdesc_open(struct vmdesc *d, struct byte_file *f, struct sim_error *err);
void vmdesc_close(struct vmdesc *d);

struct vmdesc_section {
	const char *name;
	uint32_t instance, version;
};

/* Bytes of the body of a FULL section. SIM_EFORMAT: the description does not know it. */
SIM_MUST_CHECK int vmdesc_bytes(const struct vmdesc *d, const struct vmdesc_section *s,
				uint64_t *bytes, struct sim_error *err);

/* *found, and where the 8-byte field stands in that body. */
SIM_MUST_CHECK int vmdesc_field(const struct vmdesc *d, const struct vmdesc_section *s,
				const char *field, bool *found, uint64_t *offset,
				struct sim_error *err);

#endif
