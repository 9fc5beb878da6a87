/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snapshot/elf_dump.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "snapshot/snapshot.h"
#include "trace/bytes.h"

/* One CPU's notes take about 1 KB. */
#define NOTES_BYTES_MAX ((uint64_t)64 << 20)
/* A mapping of 4 TiB in pages of 4 KiB could have 2^30 segments; QEMU itself ends at 2^32. */
#define HEADERS_MAX	 ((uint64_t)1 << 24)
#define GPA_END		 ((uint64_t)1 << 52)
#define HEADER_BYTES_MAX 64

/* Where the members of headers are, in each class. */
struct layout {
	unsigned word; /* bytes of an address, an offset, a size */
	unsigned e_phoff, e_shoff, e_phentsize, e_phnum, e_bytes;
	unsigned p_offset, p_paddr, p_filesz, p_memsz, p_bytes;
	unsigned sh_info, sh_bytes;
};

static const struct layout layouts[] = {
	[ELF_CLASS_32] = { 4, 28, 32, 42, 44, 52, 4, 12, 16, 20, 32, 28, 40 },
	[ELF_CLASS_64] = { 8, 32, 40, 54, 56, 64, 8, 24, 32, 40, 56, 44, 64 },
};

struct elf {
	struct snapshot *s;
	struct byte_file *f;
	const struct layout *l;
	uint64_t phoff, n; /* program headers */
	unsigned machine;
	unsigned n_cpu;
};

struct segment {
	uint64_t type, offset, paddr, filesz, memsz;
};

static uint64_t word(const struct elf *e, const uint8_t *p)
{
	return le_get(p, e->l->word);
}

/* --- headers --- */

static int check_ident(struct elf *e, const uint8_t h[HEADER_BYTES_MAX], struct sim_error *err)
{
	if (h[4] != ELF_CLASS_32 && h[4] != ELF_CLASS_64)
		return byte_file_fail(e->f, 4, SIM_EFORMAT, err,
				      "class %u of an ELF file; there are 1 and 2", h[4]);
	if (h[5] != ELF_DATA_LITTLE)
		return byte_file_fail(e->f, 5, SIM_EUNSUP, err,
				      "a big-endian ELF file: no dump of an x86 guest");
	if (le_get(h + 16, 2) != ELF_TYPE_CORE)
		return byte_file_fail(e->f, 16, SIM_EUNSUP, err,
				      "an ELF file of type %u, not a core file (4), which "
				      "dump-guest-memory writes",
				      (unsigned)le_get(h + 16, 2));
	e->machine = (unsigned)le_get(h + 18, 2);
	if (e->machine != ELF_MACHINE_386 && e->machine != ELF_MACHINE_X86)
		return byte_file_fail(e->f, 18, SIM_EUNSUP, err,
				      "an ELF file of machine %u, not x86 (3 or 62)",
				      e->machine);
	e->l = &layouts[h[4]];
	return 0;
}

/* More segments than e_phnum can say are counted by section 0. */
static int count_many(struct elf *e, uint64_t shoff, struct sim_error *err)
{
	uint8_t h[HEADER_BYTES_MAX];
	int rc = byte_file_read(e->f, shoff, h, e->l->sh_bytes, err);

	e->n = le_get(h + e->l->sh_info, 4);
	if (rc || (e->n <= HEADERS_MAX && e->n >= ELF_MANY_HEADERS))
		return rc;
	return byte_file_fail(e->f, shoff + e->l->sh_info, SIM_EFORMAT, err,
			      "%" PRIu64 " segments where there must be 65535 to 2^24", e->n);
}

static int take_header(struct elf *e, struct sim_error *err)
{
	uint8_t h[HEADER_BYTES_MAX];
	int rc = byte_file_read(e->f, 0, h, e->l->e_bytes, err);

	if (!rc)
		rc = check_ident(e, h, err);
	if (!rc)
		rc = byte_file_read(e->f, 0, h, e->l->e_bytes, err);
	if (rc)
		return rc;
	e->phoff = word(e, h + e->l->e_phoff);
	e->n = le_get(h + e->l->e_phnum, 2);
	if (le_get(h + e->l->e_phentsize, 2) != e->l->p_bytes)
		return byte_file_fail(e->f, e->l->e_phentsize, SIM_EFORMAT, err,
				      "program headers of %u bytes; they have %u",
				      (unsigned)le_get(h + e->l->e_phentsize, 2),
				      e->l->p_bytes);
	return e->n == ELF_MANY_HEADERS ? count_many(e, word(e, h + e->l->e_shoff), err) : 0;
}

/* --- CPUs --- */

static int take_cpu(struct elf *e, uint64_t offset, const uint8_t *d, size_t n,
		    struct sim_error *err)
{
	struct snapshot_cpu c = { .id = e->n_cpu++ };

	if (n < ELF_DUMP_CPU_BYTES || le_get(d, 4) != ELF_DUMP_CPU_VERSION ||
	    le_get(d + 4, 4) < ELF_DUMP_CPU_BYTES || le_get(d + 4, 4) > n)
		return byte_file_fail(e->f, offset, SIM_EUNSUP, err,
				      "a CPU's state of version %u and %zu bytes; readable is "
				      "version 1 of at least 440",
				      n >= 4 ? (unsigned)le_get(d, 4) : 0, n);
	c.rip = le_get(d + ELF_DUMP_RIP_OFFSET, 8);
	c.regs.cr0 = le_get(d + ELF_DUMP_CR_OFFSET, 8);
	c.regs.cr3 = le_get(d + ELF_DUMP_CR_OFFSET + 24, 8);
	c.regs.cr4 = le_get(d + ELF_DUMP_CR_OFFSET + 32, 8);
	c.regs.efer = e->machine == ELF_MACHINE_X86 ? ELF_DUMP_ASSUMED_EFER : 0;
	return snapshot_add_cpu(e->s, &c, err);
}

/* Notes are {u32 namesz, u32 descsz, u32 type, name, desc}, both padded to 4 bytes. */
static int take_notes(struct elf *e, uint64_t offset, const uint8_t *p, size_t n,
		      struct sim_error *err)
{
	size_t at = 0;
	int rc = 0;

	while (!rc && n - at >= 12) {
		uint64_t name = le_get(p + at, 4), desc = le_get(p + at + 4, 4);
		uint64_t name_room = round_up(name, 4), room = name_room + round_up(desc, 4);
		const uint8_t *text = p + at + 12;

		if (room > n - at - 12)
			return byte_file_fail(e->f, offset + at, SIM_EFORMAT, err,
					      "a note that is longer than its segment");
		if (name == sizeof(ELF_DUMP_NOTE) && !memcmp(text, ELF_DUMP_NOTE, (size_t)name))
			rc = take_cpu(e, offset + at, text + name_room, (size_t)desc, err);
		at += 12 + (size_t)room;
	}
	if (!rc && at != n)
		rc = byte_file_fail(e->f, offset + at, SIM_EFORMAT, err,
				    "%zu bytes behind the last note", n - at);
	return rc;
}

static int take_note_segment(struct elf *e, const struct segment *g, struct sim_error *err)
{
	uint8_t *p;
	int rc;

	if (g->filesz > NOTES_BYTES_MAX)
		return byte_file_fail(e->f, g->offset, SIM_EFORMAT, err,
				      "notes of more than 64 MiB");
	p = sim_calloc((size_t)g->filesz, 1);
	if (!p)
		return sim_fail_nomem(err);
	rc = byte_file_read(e->f, g->offset, p, (size_t)g->filesz, err);
	if (!rc)
		rc = take_notes(e, g->offset, p, (size_t)g->filesz, err);
	sim_free(p);
	return rc;
}

/* --- memory --- */

static int check_load(struct elf *e, uint64_t header, const struct segment *g,
		      struct sim_error *err)
{
	if ((g->paddr | g->memsz) & (PAGE_BYTES - 1) || g->paddr >= GPA_END ||
	    g->memsz > GPA_END - g->paddr || g->filesz > g->memsz)
		return byte_file_fail(e->f, header, SIM_EFORMAT, err,
				      "a segment of 0x%" PRIx64 " bytes, 0x%" PRIx64
				      " in the file, for gpa 0x%" PRIx64
				      ": memory is whole pages below 2^52",
				      g->memsz, g->filesz, g->paddr);
	if (g->offset > e->f->bytes || g->filesz > e->f->bytes - g->offset)
		return byte_file_fail(e->f, header, SIM_EFORMAT, err,
				      "the file has 0x%" PRIx64
				      " bytes; the segment that is described here ends at byte "
				      "0x%" PRIx64 ": it was cut off, or is damaged",
				      e->f->bytes, g->offset + g->filesz);
	return 0;
}

/* A block for each stretch; those that belong together are joined later. */
static int add_load(struct elf *e, const struct segment *g, struct sim_error *err)
{
	struct snapshot_block b = { .bytes = g->memsz,
				    .offset = g->offset,
				    .in_file = g->filesz };
	struct snapshot_range r = { .gpa = gpa_make(g->paddr),
				    .bytes = g->memsz,
				    .block = e->s->n_block };
	int rc;

	if (!g->memsz)
		return 0;
	rc = snapshot_add_block(e->s, &b, err);
	return rc ? rc : snapshot_add_range(e->s, &r, err);
}

static int take_segment(struct elf *e, uint64_t header, struct sim_error *err)
{
	uint8_t h[HEADER_BYTES_MAX];
	struct segment g;
	int rc = byte_file_get(e->f, h, e->l->p_bytes, err);

	if (rc)
		return rc;
	g = (struct segment){ .type = le_get(h, 4),
			      .offset = word(e, h + e->l->p_offset),
			      .paddr = word(e, h + e->l->p_paddr),
			      .filesz = word(e, h + e->l->p_filesz),
			      .memsz = word(e, h + e->l->p_memsz) };
	if (g.type == ELF_SEGMENT_NOTE)
		return take_note_segment(e, &g, err);
	if (g.type != ELF_SEGMENT_LOAD)
		return 0;
	rc = check_load(e, header, &g, err);
	return rc ? rc : add_load(e, &g, err);
}

static int take_segments(struct elf *e, struct sim_error *err)
{
	int rc = e->phoff < byte_file_offset(e->f)
			 ? byte_file_fail(e->f, e->l->e_phoff, SIM_EFORMAT, err,
					  "program headers within the file's header")
			 : byte_file_skip(e->f, e->phoff - byte_file_offset(e->f), err);

	for (uint64_t i = 0; !rc && i < e->n; i++)
		rc = take_segment(e, e->phoff + i * e->l->p_bytes, err);
	return rc;
}

/* --- joining --- */

static int by_gpa(const void *a, const void *b)
{
	const struct snapshot_range *x = a, *y = b;

	if (x->gpa.v != y->gpa.v)
		return x->gpa.v < y->gpa.v ? -1 : 1;
	return x->block < y->block ? -1 : x->block > y->block;
}

/* Bytes of next that lie behind last, which begins no later. */
static uint64_t behind(const struct snapshot_range *last, const struct snapshot_range *next)
{
	uint64_t end = last->gpa.v + last->bytes, next_end = next->gpa.v + next->bytes;

	return next_end > end ? next_end - end : 0;
}

/* Whether a block goes on in the file where another one is for later GPAs. */
static bool continues(const struct snapshot_block *b, uint64_t distance,
		      const struct snapshot_block *next)
{
	return b->offset + distance == next->offset && b->in_file == b->bytes;
}

/* Takes next into last, whose GPAs it overlaps or follows. */
static int join(struct elf *e, struct snapshot_range *last, const struct snapshot_range *next,
		bool *joined, struct sim_error *err)
{
	struct snapshot_block *b = &e->s->block[last->block];
	const struct snapshot_block *n = &e->s->block[next->block];
	uint64_t distance = next->gpa.v - last->gpa.v, more = behind(last, next);

	*joined = distance <= last->bytes && continues(b, distance, n);
	if (!*joined && distance < last->bytes)
		return byte_file_fail(e->f, n->offset, SIM_EFORMAT, err,
				      "two segments give gpa 0x%" PRIx64 " different bytes",
				      next->gpa.v);
	if (!*joined || !more)
		return 0;
	b->bytes += more;
	b->in_file = distance + n->in_file;
	last->bytes = b->bytes;
	return 0;
}

static int name_blocks(struct elf *e, struct sim_error *err)
{
	struct snapshot *s = e->s;

	for (size_t i = 0; i < s->n_range; i++) {
		struct snapshot_block *b = &s->block[s->range[i].block];

		b->name = sim_asprintf("gpa 0x%" PRIx64, s->range[i].gpa.v);
		if (!b->name)
			return sim_fail_nomem(err);
	}
	return 0;
}

/* Leaves only blocks that a range has, in the ranges' order. */
static int drop_joined(struct elf *e, struct sim_error *err)
{
	struct snapshot *s = e->s;
	struct snapshot_block *kept = sim_calloc(s->n_range, sizeof(*kept));

	if (!kept)
		return sim_fail_nomem(err);
	for (size_t i = 0; i < s->n_range; i++) {
		kept[i] = s->block[s->range[i].block];
		s->range[i].block = i;
	}
	sim_free(s->block);
	s->block = kept;
	s->n_block = s->cap_block = s->n_range;
	return name_blocks(e, err);
}

static int join_all(struct elf *e, struct sim_error *err)
{
	struct snapshot *s = e->s;
	size_t n = 0;

	if (!s->n_range)
		return byte_file_fail(e->f, e->phoff, SIM_EFORMAT, err,
				      "a dump without memory: no segment to load");
	qsort(s->range, s->n_range, sizeof(*s->range), by_gpa);
	for (size_t i = 1; i < s->n_range; i++) {
		bool joined;
		int rc = join(e, &s->range[n], &s->range[i], &joined, err);

		if (rc)
			return rc;
		if (!joined)
			s->range[++n] = s->range[i];
	}
	s->n_range = n + 1;
	return drop_joined(e, err);
}

/* --- */

int elf_dump_read(struct snapshot *s, struct sim_error *err)
{
	struct elf e = { .s = s, .f = &s->file, .l = &layouts[ELF_CLASS_32] };
	int rc = take_header(&e, err);

	if (!rc)
		rc = byte_file_skip(e.f, e.l->e_bytes, err);
	if (!rc)
		rc = take_segments(&e, err);
	if (!rc && !e.n_cpu)
		rc = byte_file_fail(e.f, e.phoff, SIM_EUNSUP, err,
				    "a core file without a note QEMU of a CPU: not one that "
				    "dump-guest-memory wrote");
	return rc ? rc : join_all(&e, err);
}
