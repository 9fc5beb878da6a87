/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/import_bare.h"

#define SIZE_MAX_LOG2 6 /* the container's largest access: 64 bytes */
#define PIECE	      (1u << SIZE_MAX_LOG2)
#define NO_PAGE	      UINT64_MAX
#define CANONICAL     57 /* bits of an address under 5-level paging */

void import_bare_init(struct import_bare *b, struct import *m, const char *origin,
		      const char *tools)
{
	*b = (struct import_bare){ .m = m,
				   .origin = origin,
				   .tools = tools,
				   .pid = IMPORT_BARE_PID,
				   .rights = OP_USER,
				   .code_page = NO_PAGE };
}

static bool is_canonical(uint64_t gva)
{
	uint64_t top = gva >> (CANONICAL - 1);

	return !top || top == UINT64_MAX >> (CANONICAL - 1);
}

const char *import_bare_flaw(uint64_t gva, uint64_t bytes)
{
	if (!bytes)
		return "an access of no bytes";
	if (bytes > IMPORT_BYTES_MAX)
		return "an access of more than 4096 bytes";
	if (gva + bytes - 1 < gva)
		return "an access beyond the end of the address space";
	if (!is_canonical(gva) || !is_canonical(gva + bytes - 1))
		return "an address that is not canonical in 57 bits";
	return NULL;
}

static int say_pid(struct import_bare *b, struct sim_error *err)
{
	struct event e = { .kind = EVENT_SWITCH, .pid = b->pid };

	return trace_writer_event(b->m->w, &e, NULL, err);
}

static int start(struct import_bare *b, struct sim_error *err)
{
	struct trace_meta meta = { .origin = b->origin, .tools = b->tools, .n_vcpu = 1 };
	int rc = import_start(b->m, &meta, err);

	return rc ? rc : say_pid(b, err);
}

int import_bare_switch(struct import_bare *b, uint32_t pid, struct sim_error *err)
{
	if (pid == b->pid)
		return 0;
	b->pid = pid;
	b->code_page = NO_PAGE;
	return b->m->w ? say_pid(b, err) : 0;
}

void import_bare_rights(struct import_bare *b, uint8_t rights)
{
	if (rights != b->rights)
		b->code_page = NO_PAGE;
	b->rights = rights;
}

/* value: 0 the open phase begins, 1 it ends */
static int say_phase(struct import_bare *b, uint64_t value, struct sim_error *err)
{
	const struct event e = { .kind = EVENT_PHASE, .n = b->phase, .value = value };

	return b->in_phase ? trace_writer_event(b->m->w, &e, NULL, err) : 0;
}

int import_bare_phase(struct import_bare *b, uint32_t n, struct sim_error *err)
{
	int rc = b->m->w ? 0 : start(b, err);

	if (rc || (b->in_phase && b->phase == n))
		return rc;
	rc = say_phase(b, 1, err);
	b->phase = n;
	b->in_phase = true;
	return rc ? rc : say_phase(b, 0, err);
}

static int write_access(struct import_bare *b, unsigned op, uint64_t gva, uint64_t count,
			struct sim_error *err)
{
	struct trace_access a = { .op = (uint8_t)(op | b->rights),
				  .gva = gva_make(gva),
				  .frame = FRAME_NONE,
				  .count = count };
	int rc = b->m->w ? 0 : start(b, err);

	return rc ? rc : trace_writer_access(b->m->w, &a, err);
}

static int fetch(struct import_bare *b, uint64_t gva, struct sim_error *err)
{
	uint64_t count = b->instructions - b->counted;

	if (gva >> PAGE_SHIFT == b->code_page)
		return 0;
	b->code_page = gva >> PAGE_SHIFT;
	b->counted = b->instructions;
	return write_access(b, OP_FETCH, gva, count, err);
}

int import_bare_code(struct import_bare *b, uint64_t gva, uint64_t bytes, struct sim_error *err)
{
	uint64_t last = gva + bytes - 1;
	int rc = fetch(b, gva, err);

	for (uint64_t p = (gva | (PAGE_BYTES - 1)) + 1; !rc && p - 1 < last; p += PAGE_BYTES)
		rc = fetch(b, p, err);
	b->instructions++;
	return rc;
}

uint64_t import_bare_bytes(uint64_t gva, uint64_t usual)
{
	while (usual > PAGE_BYTES - gva % PAGE_BYTES)
		usual /= 2;
	return usual;
}

/* Log2 of a size that touches the same pages as `bytes` <= PIECE do. */
static unsigned size_log2(uint64_t gva, uint64_t bytes)
{
	unsigned log2 = 0;

	while (log2 < SIZE_MAX_LOG2 && 2u << log2 <= bytes)
		log2++;
	if ((gva + (1u << log2) - 1) >> PAGE_SHIFT != (gva + bytes - 1) >> PAGE_SHIFT)
		log2++;
	return log2;
}

int import_bare_data(struct import_bare *b, unsigned kind, uint64_t gva, uint64_t bytes,
		     struct sim_error *err)
{
	int rc = 0;

	while (!rc && bytes) {
		uint64_t n = bytes < PIECE ? bytes : PIECE;

		rc = write_access(b, kind | size_log2(gva, n) << OP_SIZE_SHIFT, gva, 0, err);
		gva += n;
		bytes -= n;
	}
	return rc;
}

int import_bare_end(struct import_bare *b, struct sim_error *err)
{
	struct event end = { .kind = EVENT_END, .value = b->instructions };
	int rc;

	if (!b->m->w)
		return source_fail(&b->m->in, 0, "there is no memory access in it", err);
	rc = say_phase(b, 1, err);
	return rc ? rc : trace_writer_event(b->m->w, &end, NULL, err);
}
