/* SPDX-License-Identifier: GPL-3.0-or-later */
/* migration.c - reads QEMU's migration stream from front to end: sections, the registers of CPUs; RAM is migration_ram.c's. */
#include "snapshot/migration.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "snapshot/migration_format.h"

#define CPU_SECTION    "cpu"
#define SUBSECTION_MAX 1024u /* capabilities, each a name */

/* Records SIM_EFORMAT at the start of what is being read. */
static int bad(const struct migration *m, struct sim_error *err, const char *what)
{
	return byte_file_fail(m->f, m->start, SIM_EFORMAT, err, "%s", what);
}

/* --- configuration --- */

static int get_name(struct migration *m, char **name, struct sim_error *err)
{
	uint64_t n;
	int rc = byte_file_be(m->f, 1, &n, err);

	return rc ? rc : byte_file_text(m->f, (size_t)n, name, err);
}

static int take_capability(struct migration *m, struct sim_error *err)
{
	char *name;
	int rc = get_name(m, &name, err);

	if (rc)
		return rc;
	if (!strcmp(name, "x-ignore-shared"))
		rc = byte_file_fail(
			m->f, m->start, SIM_EUNSUP, err,
			"the guest was migrated with x-ignore-shared: its shared RAM "
			"is not in the file");
	sim_free(name);
	return rc;
}

static int take_capabilities(struct migration *m, struct sim_error *err)
{
	uint64_t n;
	int rc = byte_file_be(m->f, 4, &n, err);

	if (!rc && n > SUBSECTION_MAX)
		rc = bad(m, err, "more than 1024 capabilities");
	for (; !rc && n; n--)
		rc = take_capability(m, err);
	return rc;
}

static int take_page_bits(struct migration *m, struct sim_error *err)
{
	uint64_t bits;
	int rc = byte_file_be(m->f, 4, &bits, err);

	if (!rc && bits != PAGE_SHIFT)
		rc = byte_file_fail(m->f, m->start, SIM_EUNSUP, err,
				    "the guest's pages have %" PRIu64 " bits; a PC's have 12",
				    bits);
	return rc;
}

static int take_uuid(struct migration *m, struct sim_error *err)
{
	return byte_file_skip(m->f, 16, err);
}

static const struct {
	const char *name;
	int (*take)(struct migration *, struct sim_error *);
} configuration[] = {
	{ MIGRATION_CONFIGURATION_PAGE_BITS, take_page_bits },
	{ MIGRATION_CONFIGURATION_CAPABILITIES, take_capabilities },
	{ MIGRATION_CONFIGURATION_UUID, take_uuid },
};

static int take_subsection_of_configuration(struct migration *m, struct sim_error *err)
{
	uint64_t version;
	char *name;
	int rc = get_name(m, &name, err);

	if (rc)
		return rc;
	rc = byte_file_be(m->f, 4, &version, err);
	for (size_t i = 0; !rc && i < sizeof(configuration) / sizeof(*configuration); i++) {
		if (strcmp(name, configuration[i].name) != 0)
			continue;
		sim_free(name);
		return configuration[i].take(m, err);
	}
	if (!rc)
		rc = byte_file_fail(m->f, m->start, SIM_EUNSUP, err,
				    "a subsection \"%s\" of the configuration", name);
	sim_free(name);
	return rc;
}

static int take_configuration(struct migration *m, struct sim_error *err)
{
	uint64_t n;
	int rc;

	if (m->s->machine)
		return bad(m, err, "a second configuration");
	rc = byte_file_be(m->f, 4, &n, err);
	if (!rc && n > MIGRATION_IDSTR_MAX)
		rc = bad(m, err, "a machine's name of more than 255 bytes");
	return rc ? rc : byte_file_text(m->f, (size_t)n, &m->s->machine, err);
}

/* --- sections --- */

static int take_footer(struct migration *m, uint32_t id, struct sim_error *err)
{
	uint64_t type, have;
	int rc;

	m->start = byte_file_offset(m->f);
	rc = byte_file_be(m->f, 1, &type, err);
	if (!rc)
		rc = byte_file_be(m->f, 4, &have, err);
	if (rc || (type == MIGRATION_FOOTER && have == id))
		return rc;
	return byte_file_fail(m->f, m->start, SIM_EFORMAT, err,
			      "section %" PRIu32 " does not end here, where its footer must be "
			      "(0x7e and the number)",
			      id);
}

/* name[], instance and version of START and FULL; the section's number is in *id. */
static int take_head(struct migration *m, uint32_t *id, struct snapshot_section *s,
		     struct sim_error *err)
{
	uint64_t v, instance, version;
	int rc = byte_file_be(m->f, 4, &v, err);

	*s = (struct snapshot_section){ .name = NULL };
	*id = (uint32_t)v;
	if (!rc)
		rc = get_name(m, &s->name, err);
	if (!rc)
		rc = byte_file_be(m->f, 4, &instance, err);
	if (!rc)
		rc = byte_file_be(m->f, 4, &version, err);
	if (rc)
		return rc;
	s->instance = (uint32_t)instance;
	s->version = (uint32_t)version;
	return 0;
}

/* Takes s->name over, on failure too. */
static int add_section(struct migration *m, const struct snapshot_section *s,
		       struct sim_error *err)
{
	struct snapshot *snap = m->s;

	if (sim_grow((void **)&snap->section, &snap->cap_section, snap->n_section,
		     sizeof(*snap->section))) {
		sim_free(s->name);
		return sim_fail_nomem(err);
	}
	snap->section[snap->n_section++] = *s;
	return 0;
}

/* --- sections that come in parts: RAM --- */

static int check_live(struct migration *m, const struct snapshot_section *s,
		      struct sim_error *err)
{
	if (strcmp(s->name, MIGRATION_RAM_NAME) != 0)
		return byte_file_fail(m->f, m->start, SIM_EUNSUP, err,
				      "a section \"%.64s\" in parts; only RAM's can be read: "
				      "migrate without disks' blocks and bitmaps",
				      s->name);
	if (s->version != MIGRATION_RAM_SECTION_VERSION)
		return byte_file_fail(m->f, m->start, SIM_EUNSUP, err,
				      "RAM of version %" PRIu32 "; version 4 is readable",
				      s->version);
	if (m->ram_state != MIGRATION_RAM_NONE)
		return bad(m, err, "a second start of RAM");
	return 0;
}

static int take_body(struct migration *m, struct sim_error *err)
{
	uint64_t from = byte_file_offset(m->f);
	int rc = migration_ram(m, err);

	if (rc)
		return rc;
	m->s->section[m->ram_section].bytes += byte_file_offset(m->f) - from;
	m->s->section[m->ram_section].parts++;
	return take_footer(m, m->ram_id, err);
}

static int take_start(struct migration *m, struct sim_error *err)
{
	struct snapshot_section s;
	int rc = take_head(m, &m->ram_id, &s, err);

	if (!rc)
		rc = check_live(m, &s, err);
	if (rc) {
		sim_free(s.name);
		return rc;
	}
	m->ram_section = m->s->n_section;
	rc = add_section(m, &s, err);
	if (rc)
		return rc;
	m->ram_state = MIGRATION_RAM_GOES_ON;
	return take_body(m, err);
}

static int take_more(struct migration *m, struct sim_error *err)
{
	uint64_t id;
	int rc = byte_file_be(m->f, 4, &id, err);

	if (rc)
		return rc;
	if (m->ram_state != MIGRATION_RAM_GOES_ON || id != m->ram_id)
		return byte_file_fail(
			m->f, m->start, SIM_EFORMAT, err,
			"a part of section %" PRIu64 ", which has not begun, or has ended", id);
	return take_body(m, err);
}

static int take_end(struct migration *m, struct sim_error *err)
{
	int rc = take_more(m, err);

	m->ram_state = MIGRATION_RAM_ENDED;
	return rc;
}

/* --- whole sections: devices --- */

static int need_description(struct migration *m, struct sim_error *err)
{
	return m->desc.doc ? 0 : vmdesc_open(&m->desc, m->f, err);
}

/* A register of a CPU, from its section's body at `body`. */
static int get_register(struct migration *m, const struct vmdesc_section *s, uint64_t body,
			const char *field, uint64_t *v, struct sim_error *err)
{
	uint8_t b[8];
	uint64_t at;
	bool found;
	int rc = vmdesc_field(&m->desc, s, field, &found, &at, err);

	if (rc)
		return rc;
	if (!found)
		return byte_file_fail(m->f, body, SIM_EUNSUP, err,
				      "a CPU without %s: not one of 64 bits", field);
	rc = byte_file_read(m->f, body + at, b, sizeof(b), err);
	*v = 0;
	for (unsigned i = 0; !rc && i < sizeof(b); i++)
		*v = *v << 8 | b[i];
	return rc;
}

static int take_cpu(struct migration *m, const struct vmdesc_section *s, uint64_t body,
		    struct sim_error *err)
{
	struct snapshot_cpu c = { .id = s->instance, .knows_efer = true };
	const struct {
		const char *name;
		uint64_t *to;
	} field[] = {
		{ "env.eip", &c.rip },	      { "env.cr[0]", &c.regs.cr0 },
		{ "env.cr[3]", &c.regs.cr3 }, { "env.cr[4]", &c.regs.cr4 },
		{ "env.efer", &c.regs.efer },
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(field) / sizeof(*field); i++)
		rc = get_register(m, s, body, field[i].name, field[i].to, err);
	return rc ? rc : snapshot_add_cpu(m->s, &c, err);
}

static int take_device(struct migration *m, const struct snapshot_section *section,
		       uint64_t *bytes, struct sim_error *err)
{
	struct vmdesc_section s = { section->name, section->instance, section->version };
	uint64_t body = byte_file_offset(m->f);
	int rc = need_description(m, err);

	if (!rc)
		rc = vmdesc_bytes(&m->desc, &s, bytes, err);
	if (!rc)
		rc = byte_file_skip(m->f, *bytes, err);
	if (!rc && !strcmp(s.name, CPU_SECTION))
		rc = take_cpu(m, &s, body, err);
	return rc;
}

static int take_full(struct migration *m, struct sim_error *err)
{
	struct snapshot_section s;
	uint32_t id;
	int rc = take_head(m, &id, &s, err);

	if (!rc)
		rc = take_device(m, &s, &s.bytes, err);
	if (!rc)
		rc = take_footer(m, id, err);
	if (rc) {
		sim_free(s.name);
		return rc;
	}
	s.parts = 1;
	return add_section(m, &s, err);
}

/* --- commands --- */

static int take_command(struct migration *m, struct sim_error *err)
{
	uint64_t command, n;
	int rc = byte_file_be(m->f, 2, &command, err);

	if (!rc)
		rc = byte_file_be(m->f, 2, &n, err);
	if (rc)
		return rc;
	if (command != MIGRATION_COMMAND_OPEN_RETURN_PATH && command != MIGRATION_COMMAND_PING)
		return byte_file_fail(
			m->f, m->start, SIM_EUNSUP, err,
			"command %" PRIu64
			" (3 to 7, 9 and 10 are postcopy's, 8 is COLO's): migrate "
			"to a file without those",
			command);
	return byte_file_skip(m->f, n, err);
}

/* --- the end --- */

static int take_eof(struct migration *m, struct sim_error *err)
{
	int rc;

	if (m->ram_state != MIGRATION_RAM_ENDED)
		return bad(m, err, "the stream ends before its RAM does");
	rc = need_description(m, err);
	if (rc)
		return rc;
	if (m->desc.offset != byte_file_offset(m->f) + 1 + 4)
		return byte_file_fail(
			m->f, byte_file_offset(m->f), SIM_EFORMAT, err,
			"behind the stream's end there must be the description of its devices, "
			"which is the last text of the file: at byte 0x%" PRIx64,
			m->desc.offset);
	m->is_done = true;
	return 0;
}

/* --- the stream --- */

static const struct {
	uint8_t type;
	int (*take)(struct migration *, struct sim_error *);
} sections[] = {
	{ MIGRATION_START, take_start },
	{ MIGRATION_PART, take_more },
	{ MIGRATION_END, take_end },
	{ MIGRATION_FULL, take_full },
	{ MIGRATION_COMMAND, take_command },
	{ MIGRATION_CONFIGURATION, take_configuration },
	{ MIGRATION_SUBSECTION, take_subsection_of_configuration },
	{ MIGRATION_EOF, take_eof },
};

static int take_section(struct migration *m, struct sim_error *err)
{
	uint64_t type;
	int rc;

	m->start = byte_file_offset(m->f);
	rc = byte_file_be(m->f, 1, &type, err);
	if (rc)
		return rc;
	if (type == MIGRATION_SUBSECTION && (!m->s->machine || m->s->n_section))
		return bad(m, err, "a subsection outside a section");
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		if (type == sections[i].type)
			return sections[i].take(m, err);
	return byte_file_fail(m->f, m->start, SIM_EFORMAT, err,
			      "0x%02x begins no section (0x00 to 0x08 do)", (unsigned)type);
}

static int take_magic(struct migration *m, struct sim_error *err)
{
	uint64_t magic, version;
	int rc = byte_file_be(m->f, 4, &magic, err);

	if (!rc)
		rc = byte_file_be(m->f, 4, &version, err);
	if (rc)
		return rc;
	if (magic != MIGRATION_MAGIC)
		return bad(m, err, "it does not begin with QEVM");
	if (version != MIGRATION_VERSION)
		return byte_file_fail(m->f, 4, SIM_EUNSUP, err,
				      "a migration stream of version %" PRIu64
				      "; version 3 is readable",
				      version);
	return 0;
}

int migration_read(struct snapshot *s, struct sim_error *err)
{
	struct migration m = { .s = s, .f = &s->file, .ram_block = MIGRATION_NO_BLOCK };
	int rc = take_magic(&m, err);

	while (!rc && !m.is_done)
		rc = take_section(&m, err);
	vmdesc_close(&m.desc);
	return rc;
}
