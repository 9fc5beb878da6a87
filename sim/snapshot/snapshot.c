/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snapshot/snapshot.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"

/* --- what kind of file it is --- */

/* Magic numbers of files that people try, and what to do about them. */
static const struct {
	const char *magic;
	size_t n, offset;
	const char *what;
} foreign[] = {
	{ "\x1f\x8b", 2, 0, "it is packed with gzip: unpack it first (gzip -dc FILE >NEW)" },
	{ "\x28\xb5\x2f\xfd", 4, 0,
	  "it is packed with zstd: unpack it first (zstd -dc FILE >NEW)" },
	{ "\xfd"
	  "7zXZ",
	  5, 0, "it is packed with xz: unpack it first (xz -dc FILE >NEW)" },
	{ "\x04\x22\x4d\x18", 4, 0,
	  "it is packed with lz4: unpack it first (lz4 -dc FILE >NEW)" },
	{ "BZh", 3, 0, "it is packed with bzip2: unpack it first (bzip2 -dc FILE >NEW)" },
	{ "makedumpfile", 12, 0,
	  "it is a kdump-compressed dump: make an ELF one (dump-guest-memory without -z, -l, -s)" },
	{ "KDUMP   ", 8, 0,
	  "it is a kdump-compressed dump: make an ELF one (dump-guest-memory without -z, -l, -s)" },
	{ "PAGEDU", 6, 0,
	  "it is a Windows dump: make an ELF one (dump-guest-memory without -w)" },
	{ "QFI\xfb", 4, 0,
	  "it is a qcow2 disk, with snapshots of savevm perhaps: migrate to a file instead "
	  "(migrate \"exec:cat >FILE\")" },
	{ "LibvirtQemudSave", 16, 0,
	  "it is a file of libvirt's, with a header of its own: migrate to a file instead "
	  "(virsh qemu-monitor-command --hmp DOMAIN 'migrate \"exec:cat >FILE\"')" },
};

static int foreign_file(struct byte_file *f, const uint8_t *head, size_t n,
			struct sim_error *err)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		if (n >= foreign[i].n && !memcmp(head, foreign[i].magic, foreign[i].n))
			return byte_file_fail(f, 0, SIM_EUNSUP, err, "%s", foreign[i].what);
	return byte_file_fail(f, 0, SIM_EFORMAT, err,
			      "neither a migration file of QEMU's (it begins with QEVM) nor an "
			      "ELF guest dump");
}

static int recognise(struct snapshot *s, struct sim_error *err)
{
	uint8_t head[16] = { 0 };
	size_t n = s->file.bytes < sizeof(head) ? (size_t)s->file.bytes : sizeof(head);
	int rc = byte_file_read(&s->file, 0, head, n, err);

	if (rc)
		return rc;
	if (n >= 4 && !memcmp(head, "QEVM", 4)) {
		s->kind = SNAPSHOT_MIGRATION;
		return migration_read(s, err);
	}
	if (n >= 4 && !memcmp(head,
			      "\x7f"
			      "ELF",
			      4)) {
		s->kind = SNAPSHOT_ELF_DUMP;
		s->is_placed = true;
		return elf_dump_read(s, err);
	}
	return foreign_file(&s->file, head, n, err);
}

int snapshot_open(struct snapshot *s, const char *path, struct sim_error *err)
{
	int rc;

	*s = (struct snapshot){ .machine = NULL };
	rc = byte_file_open(&s->file, path, err);
	return rc ? rc : recognise(s, err);
}

int snapshot_open_stream(struct snapshot *s, FILE *f, const char *name, struct sim_error *err)
{
	int rc;

	*s = (struct snapshot){ .machine = NULL };
	rc = byte_file_borrow(&s->file, f, name, err);
	return rc ? rc : recognise(s, err);
}

void snapshot_close(struct snapshot *s)
{
	for (size_t i = 0; i < s->n_block; i++) {
		sim_free(s->block[i].name);
		page_index_fini(&s->block[i].pages);
	}
	for (size_t i = 0; i < s->n_section; i++)
		sim_free(s->section[i].name);
	sim_free(s->block);
	sim_free(s->range);
	sim_free(s->cpu);
	sim_free(s->section);
	sim_free(s->machine);
	byte_file_close(&s->file);
	*s = (struct snapshot){ .machine = NULL };
}

/* --- making it --- */

int snapshot_add_block(struct snapshot *s, const struct snapshot_block *b,
		       struct sim_error *err)
{
	if (sim_grow((void **)&s->block, &s->cap_block, s->n_block, sizeof(*s->block))) {
		sim_free(b->name);
		return sim_fail_nomem(err);
	}
	s->block[s->n_block++] = *b;
	return 0;
}

int snapshot_add_range(struct snapshot *s, const struct snapshot_range *r,
		       struct sim_error *err)
{
	if (sim_grow((void **)&s->range, &s->cap_range, s->n_range, sizeof(*s->range)))
		return sim_fail_nomem(err);
	s->range[s->n_range++] = *r;
	return 0;
}

int snapshot_add_cpu(struct snapshot *s, const struct snapshot_cpu *c, struct sim_error *err)
{
	size_t at = s->n_cpu;

	if (sim_grow((void **)&s->cpu, &s->cap_cpu, s->n_cpu, sizeof(*s->cpu)))
		return sim_fail_nomem(err);
	for (; at && s->cpu[at - 1].id > c->id; at--)
		s->cpu[at] = s->cpu[at - 1];
	s->cpu[at] = *c;
	s->n_cpu++;
	return 0;
}

/* --- memory --- */

const struct snapshot_range *snapshot_find(const struct snapshot *s, gpa_t gpa)
{
	size_t low = 0, high = s->n_range;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct snapshot_range *r = &s->range[mid];

		if (gpa.v < r->gpa.v)
			high = mid;
		else if (gpa.v - r->gpa.v >= r->bytes)
			low = mid + 1;
		else
			return r;
	}
	return NULL;
}

/* Bytes of a dump's block from `at` on; what the file does not hold is zero. */
static int read_dump(struct snapshot *s, const struct snapshot_block *b, uint64_t at,
		     uint8_t *to, size_t n, struct sim_error *err)
{
	size_t have = 0;

	if (at < b->in_file)
		have = n < b->in_file - at ? n : (size_t)(b->in_file - at);
	memset(to + have, 0, n - have);
	return have ? byte_file_read(&s->file, b->offset + at, to, have, err) : 0;
}

/* Bytes of one page of a migration file's block. */
static int read_migration(struct snapshot *s, const struct snapshot_block *b, uint64_t at,
			  uint8_t *to, size_t n, struct sim_error *err)
{
	struct page_index_entry e = page_index_get(&b->pages, at >> PAGE_SHIFT);

	if (e.kind == PAGE_INDEX_DATA)
		return byte_file_read(&s->file, e.value + (at & (PAGE_BYTES - 1)), to, n, err);
	memset(to, e.kind == PAGE_INDEX_FILL ? (int)e.value : 0, n);
	return 0;
}

static int read_block(struct snapshot *s, size_t block, uint64_t at, uint8_t *to, size_t n,
		      struct sim_error *err)
{
	const struct snapshot_block *b = &s->block[block];

	return s->kind == SNAPSHOT_MIGRATION ? read_migration(s, b, at, to, n, err)
					     : read_dump(s, b, at, to, n, err);
}

int snapshot_read(struct snapshot *s, gpa_t gpa, void *p, size_t n, struct sim_error *err)
{
	uint8_t *to = p;

	while (n) {
		const struct snapshot_range *r = snapshot_find(s, gpa);
		uint64_t in_page = PAGE_BYTES - (gpa.v & (PAGE_BYTES - 1)), at;
		size_t take = n < in_page ? n : (size_t)in_page;
		int rc;

		if (!r)
			return sim_fail(err, SIM_ERANGE, s->file.name,
					"gpa 0x%" PRIx64 " is no memory of this snapshot",
					gpa.v);
		at = r->offset + (gpa.v - r->gpa.v);
		rc = read_block(s, r->block, at, to, take, err);
		if (rc)
			return rc;
		to += take;
		n -= take;
		gpa.v += take;
	}
	return 0;
}

int snapshot_read_page(struct snapshot *s, size_t block, uint64_t i, void *page,
		       struct sim_error *err)
{
	return read_block(s, block, i << PAGE_SHIFT, page, (size_t)PAGE_BYTES, err);
}

uint64_t snapshot_next_held(const struct snapshot *s, size_t block, uint64_t i)
{
	const struct snapshot_block *b = &s->block[block];

	if (s->kind == SNAPSHOT_MIGRATION)
		return page_index_next(&b->pages, i);
	return i << PAGE_SHIFT < b->in_file ? i : b->bytes >> PAGE_SHIFT;
}

static void count_entry(const struct snapshot_block *b, uint64_t i, struct snapshot_pages *n)
{
	struct page_index_entry e = page_index_get(&b->pages, i);

	n->data += e.kind == PAGE_INDEX_DATA;
	n->zero += e.kind == PAGE_INDEX_FILL && !e.value;
	n->fill += e.kind == PAGE_INDEX_FILL && e.value;
}

static int count_page(struct snapshot *s, size_t block, uint64_t i, struct snapshot_pages *n,
		      struct sim_error *err)
{
	uint8_t page[PAGE_BYTES];
	int rc = snapshot_read_page(s, block, i, page, err);

	if (rc)
		return rc;
	if (memcmp(page, page + 1, sizeof(page) - 1) != 0)
		n->data++;
	else if (page[0])
		n->fill++;
	else
		n->zero++;
	return 0;
}

static void count_lacking(const struct snapshot *s, uint64_t pages, struct snapshot_pages *n)
{
	if (s->kind == SNAPSHOT_MIGRATION)
		n->absent += pages;
	else
		n->zero += pages;
}

int snapshot_count(struct snapshot *s, size_t block, struct snapshot_pages *n,
		   struct sim_error *err)
{
	const struct snapshot_block *b = &s->block[block];
	const uint64_t pages = b->bytes >> PAGE_SHIFT;
	int rc = 0;

	*n = (struct snapshot_pages){ 0 };
	for (uint64_t i = 0; i < pages && !rc; i++) {
		uint64_t held = snapshot_next_held(s, block, i);

		count_lacking(s, held - i, n);
		i = held;
		if (i == pages)
			break;
		if (s->kind == SNAPSHOT_MIGRATION)
			count_entry(b, i, n);
		else
			rc = count_page(s, block, i, n, err);
	}
	return rc;
}

/* --- CPUs --- */

int snapshot_cpu(const struct snapshot *s, unsigned id, const struct snapshot_cpu **cpu,
		 struct sim_error *err)
{
	for (size_t i = 0; i < s->n_cpu; i++) {
		*cpu = &s->cpu[i];
		if (s->cpu[i].id == id)
			return 0;
	}
	if (!s->n_cpu)
		return sim_fail(err, SIM_ERANGE, s->file.name,
				"the file has no x86 CPU's registers");
	return sim_fail(err, SIM_ERANGE, s->file.name,
			"there is no CPU %u; there are %zu, numbered %u..%u", id, s->n_cpu,
			s->cpu[0].id, s->cpu[s->n_cpu - 1].id);
}

const char *snapshot_paging(const struct regs *r)
{
	struct paging p = paging_of(r);

	if (p.levels)
		return p.levels == 5 ? "5-level" : "4-level";
	if (!(r->cr0 & CR0_PG))
		return "off";
	return r->cr4 & CR4_PAE ? "PAE" : "32-bit";
}
