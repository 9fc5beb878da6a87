/* SPDX-License-Identifier: GPL-3.0-or-later */
/* migration_ram.c - the RAM of a migration stream: block sizes, pages, where the latest copy of each is */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "snapshot/migration.h"
#include "snapshot/migration_format.h"

/* More would be more than RAMList's space (mem/ramblock.h), and its index more than a file can mean. */
#define BLOCK_BYTES_MAX RAMLIST_MAX_BYTES
#define FLAGS		(PAGE_BYTES - 1)

/* Flags of streams that need more than the file, or state that is not kept. */
static const struct {
	unsigned flag;
	const char *what;
} refused[] = {
	{ MIGRATION_RAM_FULL, "a stream of QEMU before 0.12" },
	{ MIGRATION_RAM_XBZRLE, "a page coded by XBZRLE: migrate with xbzrle off" },
	{ MIGRATION_RAM_HOOK, "RDMA's hooks: migrate to a file, not by RDMA" },
	{ MIGRATION_RAM_COMPRESS_PAGE, "a compressed page: migrate with compress off" },
	{ MIGRATION_RAM_MULTIFD_FLUSH,
	  "multifd, which sends pages elsewhere: migrate with multifd off" },
};

static int check_flags(struct migration *m, unsigned flags, struct sim_error *err)
{
	unsigned known = MIGRATION_RAM_ZERO | MIGRATION_RAM_MEM_SIZE | MIGRATION_RAM_PAGE |
			 MIGRATION_RAM_EOS;
	unsigned what = flags & known;

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (flags & refused[i].flag)
			return byte_file_fail(m->f, m->start, SIM_EUNSUP, err, "%s",
					      refused[i].what);
	if (what && !(what & (what - 1)) && !(flags & ~(known | MIGRATION_RAM_CONTINUE)))
		return 0;
	return byte_file_fail(m->f, m->start, SIM_EFORMAT, err,
			      "an item of RAM with flags 0x%x, which no item has", flags);
}

/* --- blocks --- */

static bool find_block(const struct snapshot *s, const char *name, size_t *block)
{
	for (*block = 0; *block < s->n_block; ++*block)
		if (!strcmp(s->block[*block].name, name))
			return true;
	return false;
}

static int check_block(struct migration *m, const char *name, uint64_t bytes, uint64_t left,
		       struct sim_error *err)
{
	size_t block;

	if (find_block(m->s, name, &block))
		return byte_file_fail(m->f, m->start, SIM_EFORMAT, err,
				      "two blocks with the name \"%s\"", name);
	if (bytes && !(bytes & FLAGS) && bytes <= left)
		return 0;
	return byte_file_fail(
		m->f, m->start, SIM_EFORMAT, err,
		"block \"%s\" of 0x%" PRIx64
		" bytes: it must be whole pages, and all blocks together 0x%" PRIx64
		" bytes more",
		name, bytes, left);
}

static int take_block(struct migration *m, uint64_t *left, struct sim_error *err)
{
	struct snapshot_block b = { .name = NULL };
	uint64_t n;
	int rc;

	m->start = byte_file_offset(m->f);
	rc = byte_file_be(m->f, 1, &n, err);
	if (!rc)
		rc = byte_file_text(m->f, (size_t)n, &b.name, err);
	if (!rc)
		rc = byte_file_be(m->f, 8, &b.bytes, err);
	if (!rc)
		rc = check_block(m, b.name, b.bytes, *left, err);
	if (!rc)
		rc = page_index_init(&b.pages, b.bytes >> PAGE_SHIFT, err);
	if (rc) {
		sim_free(b.name);
		return rc;
	}
	*left -= b.bytes;
	rc = snapshot_add_block(m->s, &b, err);
	if (rc)
		page_index_fini(&b.pages);
	return rc;
}

static int take_sizes(struct migration *m, uint64_t total, struct sim_error *err)
{
	int rc = 0;

	if (m->s->n_block)
		return byte_file_fail(m->f, m->start, SIM_EFORMAT, err,
				      "a second list of RAM blocks");
	if (!total || total > BLOCK_BYTES_MAX)
		return byte_file_fail(m->f, m->start, SIM_EFORMAT, err,
				      "0x%" PRIx64 " bytes of RAM; there can be 4 KiB to 4 TiB",
				      total);
	while (!rc && total)
		rc = take_block(m, &total, err);
	return rc;
}

/* --- pages --- */

/* The block of a page: named, or the last one. */
static int name_block(struct migration *m, struct sim_error *err)
{
	uint64_t n;
	char *name;
	int rc = byte_file_be(m->f, 1, &n, err);

	if (!rc)
		rc = byte_file_text(m->f, (size_t)n, &name, err);
	if (rc)
		return rc;
	if (!find_block(m->s, name, &m->ram_block))
		rc = byte_file_fail(
			m->f, m->start, SIM_EFORMAT, err,
			"a page of block \"%s\", which is not in the list of blocks", name);
	sim_free(name);
	return rc;
}

static int take_payload(struct migration *m, unsigned flags, struct page_index_entry *e,
			struct sim_error *err)
{
	if (flags & MIGRATION_RAM_PAGE) {
		*e = (struct page_index_entry){ PAGE_INDEX_DATA, byte_file_offset(m->f) };
		return byte_file_skip(m->f, PAGE_BYTES, err);
	}
	e->kind = PAGE_INDEX_FILL;
	return byte_file_be(m->f, 1, &e->value, err);
}

static int take_page(struct migration *m, uint64_t offset, unsigned flags,
		     struct sim_error *err)
{
	struct page_index_entry e;
	struct snapshot_block *b;
	int rc = 0;

	if (!(flags & MIGRATION_RAM_CONTINUE))
		rc = name_block(m, err);
	else if (m->ram_block == MIGRATION_NO_BLOCK)
		rc = byte_file_fail(
			m->f, m->start, SIM_EFORMAT, err,
			"a page of the same block as before, and there is none before");
	if (rc)
		return rc;
	b = &m->s->block[m->ram_block];
	if (offset >= b->bytes)
		return byte_file_fail(m->f, m->start, SIM_EFORMAT, err,
				      "a page at 0x%" PRIx64
				      " of block \"%s\", which has 0x%" PRIx64 " bytes",
				      offset, b->name, b->bytes);
	rc = take_payload(m, flags, &e, err);
	if (rc)
		return rc;
	b->sent++;
	return page_index_put(&b->pages, offset >> PAGE_SHIFT, e, err);
}

/* --- */

int migration_ram(struct migration *m, struct sim_error *err)
{
	for (;;) {
		uint64_t v, offset;
		unsigned flags;
		int rc;

		m->start = byte_file_offset(m->f);
		rc = byte_file_be(m->f, 8, &v, err);
		if (rc)
			return rc;
		flags = (unsigned)(v & FLAGS);
		offset = v & ~FLAGS;
		rc = check_flags(m, flags, err);
		if (!rc && flags == MIGRATION_RAM_EOS && !offset)
			return 0;
		if (!rc && (flags & MIGRATION_RAM_EOS))
			rc = byte_file_fail(
				m->f, m->start, SIM_EFORMAT, err,
				"the end of a section of RAM with 0x%" PRIx64 " in it", v);
		if (!rc)
			rc = flags & MIGRATION_RAM_MEM_SIZE ? take_sizes(m, offset, err)
							    : take_page(m, offset, flags, err);
		if (rc)
			return rc;
	}
}
