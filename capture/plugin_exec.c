/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin_exec.h"

#include <elf.h>
#include <string.h>

#include "plugin_files.h"
#include "plugin_host.h"
#include "plugin_out.h"

#define PAGE	    4096u
#define WORDS_MAX   8192 /* of argv, envp and the auxiliary vector */
#define HEADERS_MAX 64
/* Linux 6.1: fs/exec.c, setup_arg_pages (stack_expand); arch/x86/entry/vdso/vma.c and
 * vdso-layout.lds.S (4 pages of data before 2 of code). */
#define STACK_EXPAND 0x20000u
#define VVAR_BYTES   0x4000u
#define VDSO_BYTES   0x2000u
/* Pages of one mapping that were not touched leave gaps. */
#define GAP_BYTES (32u * PAGE)
/* Linux, uapi/linux/resource.h: _STK_LIM, the default RLIMIT_STACK. */
#define STACK_LIMIT 0x800000u

static uint64_t down(uint64_t a)
{
	return a & ~(uint64_t)(PAGE - 1);
}

static uint64_t up(uint64_t a)
{
	return down(a + PAGE - 1);
}

void exec_emit_map(const struct process *p, const struct exec_map *m)
{
	struct plugin_event e = { .kind = WIRE_KIND_MAP,
				  .pid = p->pid,
				  .n = m->flags,
				  .gva = down(m->start),
				  .value = up(m->end) - down(m->start) };

	if (m->flags & EXEC_FILE)
		e.gpa = (uint64_t)m->file << 44 | down(m->offset);
	if (m->end > m->start)
		plugin_out_event(&e);
}

/* --- a new program --- */

struct image {
	uint64_t headers, n, bias; /* of the program */
	Elf64_Phdr header[HEADERS_MAX];
	uint32_t file;
};

struct vector {
	uint64_t phdr, phnum, base, vdso, name;
};

static void take_entry(struct vector *v, uint64_t type, uint64_t value)
{
	switch (type) {
	case AT_PHDR:
		v->phdr = value;
		break;
	case AT_PHNUM:
		v->phnum = value;
		break;
	case AT_BASE:
		v->base = value;
		break;
	case AT_SYSINFO_EHDR:
		v->vdso = value;
		break;
	case AT_EXECFN:
		v->name = value;
		break;
	}
}

/* argc, argv and 0, envp and 0, pairs up to AT_NULL (System V ABI for x86-64, "Process
 * initialization"). */
static bool read_vector(uint64_t rsp, struct vector *v)
{
	uint64_t at = rsp + 8, word, pair[2];
	unsigned zeros = 0;

	*v = (struct vector){ 0 };
	for (unsigned i = 0; i < WORDS_MAX && zeros < 2; i++, at += 8) {
		if (!host_read(at, &word, sizeof(word)))
			return false;
		zeros += !word;
	}
	for (unsigned i = 0; i < WORDS_MAX; i++, at += sizeof(pair)) {
		if (!host_read(at, pair, sizeof(pair)))
			return false;
		if (pair[0] == AT_NULL)
			return v->phdr && v->phnum && v->phnum <= HEADERS_MAX;
		take_entry(v, pair[0], pair[1]);
	}
	return false;
}

static bool read_headers(struct image *m, uint64_t at, uint64_t n)
{
	m->headers = at;
	m->n = n;
	return n && n <= HEADERS_MAX && host_read(at, m->header, n * sizeof(*m->header));
}

/* A program's headers lie where PT_PHDR says; without one it is not moved. */
static bool read_program(struct image *m, const struct vector *v)
{
	char name[FILES_PATH];

	if (!read_headers(m, v->phdr, v->phnum))
		return false;
	for (uint64_t i = 0; i < m->n; i++) {
		if (m->header[i].p_type == PT_PHDR)
			m->bias = v->phdr - m->header[i].p_vaddr;
	}
	m->file = v->name && files_path(v->name, name) ? files_number(name) : files_new();
	return true;
}

static bool read_interpreter(struct image *m, const struct vector *v,
			     const struct image *program)
{
	char name[FILES_PATH] = "interpreter";
	Elf64_Ehdr head;

	if (!host_read(v->base, &head, sizeof(head)) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    !read_headers(m, v->base + head.e_phoff, head.e_phnum))
		return false;
	m->bias = v->base;
	for (uint64_t i = 0; i < program->n; i++) {
		if (program->header[i].p_type == PT_INTERP &&
		    !files_path(program->bias + program->header[i].p_vaddr, name))
			return false;
	}
	m->file = files_number(name);
	return true;
}

static void emit_segment(const struct process *p, const struct image *m, const Elf64_Phdr *h)
{
	uint64_t start = m->bias + h->p_vaddr, file_end = start + h->p_filesz;
	uint32_t rights = (h->p_flags & PF_R ? EXEC_READ : 0) |
			  (h->p_flags & PF_W ? EXEC_WRITE : 0) |
			  (h->p_flags & PF_X ? EXEC_RUN : 0);

	exec_emit_map(p, &(struct exec_map){ start, h->p_filesz ? file_end : start,
					     rights | EXEC_FILE, m->file, h->p_offset });
	if (h->p_memsz > h->p_filesz)
		exec_emit_map(p, &(struct exec_map){ h->p_filesz ? up(file_end) : down(start),
						     start + h->p_memsz, rights, 0, 0 });
}

static void emit_image(const struct process *p, const struct image *m)
{
	for (uint64_t i = 0; i < m->n; i++) {
		if (m->header[i].p_type == PT_LOAD)
			emit_segment(p, m, &m->header[i]);
	}
}

static void emit_stack(const struct process *p, uint64_t rsp, const struct vector *v)
{
	char name[FILES_PATH];
	uint64_t top = rsp;

	/* The program's name is the last of the strings, above all else. */
	if (v->name && files_path(v->name, name))
		top = v->name + strlen(name) + 1;
	exec_emit_map(p, &(struct exec_map){ rsp - STACK_EXPAND, top,
					     EXEC_READ | EXEC_WRITE | EXEC_GROWSDOWN, 0, 0 });
	if (!v->vdso)
		return;
	exec_emit_map(p,
		      &(struct exec_map){ v->vdso - VVAR_BYTES, v->vdso, EXEC_READ | EXEC_FILE,
					  files_number("[vvar]"), 0 });
	exec_emit_map(p, &(struct exec_map){ v->vdso, v->vdso + VDSO_BYTES,
					     EXEC_READ | EXEC_RUN | EXEC_FILE,
					     files_number("[vdso]"), 0 });
}

bool exec_describe(const struct process *p, uint64_t rsp)
{
	struct image program = { 0 }, interpreter = { 0 };
	struct vector v;

	if (!read_vector(rsp, &v) || !read_program(&program, &v) ||
	    (v.base && !read_interpreter(&interpreter, &v, &program)))
		return false;
	plugin_out_insert();
	emit_image(p, &program);
	emit_image(p, &interpreter);
	emit_stack(p, rsp, &v);
	plugin_out_release();
	return true;
}

/* --- a process that was there --- */

struct scan {
	const struct process *p;
	struct exec_map run; /* so far, all present; empty when start is end */
	uint64_t rsp;
};

static void end_run(struct scan *s)
{
	if (s->run.start <= s->rsp && s->run.end > s->rsp - STACK_LIMIT &&
	    !(s->run.flags & EXEC_RUN))
		s->run.flags |= EXEC_GROWSDOWN;
	exec_emit_map(s->p, &s->run);
}

/* Code is read and executed, all else read and written: whether a page may be written does not
 * show in an entry that waits for a copy. */
static void add_page(struct scan *s, uint64_t gva, uint64_t bytes, uint64_t entry)
{
	uint32_t flags = EXEC_READ | (entry >> 63 ? EXEC_WRITE : EXEC_RUN);
	struct exec_map gap = { s->run.end, gva, flags, 0, 0 };

	if (s->run.end == gva && s->run.flags == (flags | EXEC_PRESENT)) {
		s->run.end = gva + bytes;
		return;
	}
	end_run(s);
	if ((s->run.flags & ~EXEC_GROWSDOWN) == (flags | EXEC_PRESENT) &&
	    gva - s->run.end <= GAP_BYTES)
		exec_emit_map(s->p, &gap);
	s->run = (struct exec_map){ gva, gva + bytes, flags | EXEC_PRESENT, 0, 0 };
}

static void scan_table(struct scan *s, uint64_t gpa, unsigned level, uint64_t gva)
{
	struct host_ram *r = host_ram_at(gpa);
	unsigned shift = 12 + 9 * (level - 1);
	const uint64_t *words;

	if (!r)
		return;
	words = (const uint64_t *)(const void *)(r->host + (gpa - r->gpa));
	for (uint64_t i = 0; i < 512 && (gva | i << shift) >> 47 == 0; i++) {
		uint64_t e = words[i];

		if (!(e & 1) || !(e & 4)) /* present, and for CPL 3 */
			continue;
		if (level == 1 || (level <= 3 && e & 0x80))
			add_page(s, gva | i << shift, (uint64_t)1 << shift, e);
		else
			scan_table(s, e & 0x000ffffffffff000u, level - 1, gva | i << shift);
	}
}

void exec_scan(const struct process *p, uint64_t root, unsigned levels, uint64_t rsp)
{
	struct scan s = { .p = p, .rsp = rsp };

	scan_table(&s, root, levels, 0);
	end_run(&s);
}
