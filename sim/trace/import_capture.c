/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import_capture.c - what the capture plugin of QEMU sends through its pipe
 *
 * Units of 16 bytes, as trace/capture_wire.h describes them. The plugin is trusted no more than
 * any other file: each number is checked against what the trace format can hold.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "trace/bytes.h"
#include "trace/capture_wire.h"
#include "trace/event_code.h"
#include "trace/import.h"

#define UNIT	      sizeof(struct wire_unit)
#define PHYSICAL_BITS 52

static_assert(WIRE_LOAD == OP_LOAD && WIRE_STORE == OP_STORE && WIRE_FETCH == OP_FETCH &&
		      WIRE_EVENT == OP_EVENT && WIRE_SIZE_SHIFT == OP_SIZE_SHIFT &&
		      WIRE_USER == OP_USER && WIRE_SYSTEM == OP_SYSTEM,
	      "op bytes go into the trace as they come");
static_assert((int)WIRE_KIND_PTFREE == (int)EVENT_PTFREE &&
		      (int)WIRE_KIND_ADVISE == (int)EVENT_ADVISE,
	      "and so do the kinds of events");

struct capture {
	struct import *m;
	uint64_t start; /* offset of the record under way */
	unsigned n_vcpu;
	enum { RUNNING, ENDED, CLOSED } state; /* behind the end event; the trailer */
};

static int bad(const struct capture *c, const char *why, struct sim_error *err)
{
	return source_fail(&c->m->in, c->start, why, err);
}

static struct wire_unit unit_at(const uint8_t *p)
{
	return (struct wire_unit){ le_get(p, 8), le_get(p + 8, 8) };
}

static int take_unit(struct capture *c, struct wire_unit *u, struct sim_error *err)
{
	uint8_t b[UNIT];
	int rc = source_bytes(&c->m->in, b, UNIT, err);

	if (!rc)
		*u = unit_at(b);
	return rc;
}

/* --- accesses --- */

/* Bits that the writer would refuse, told here with the place in the input. */
static bool is_sound(unsigned op, uint64_t count)
{
	bool fetch = (op & OP_KIND) == OP_FETCH;

	if (op & OP_CROSS || (op & OP_SIZE) == OP_SIZE)
		return false;
	return fetch ? !(op & (OP_SIZE | OP_SYSTEM)) : !count;
}

static int add_access(struct capture *c, struct wire_unit u, uint64_t count,
		      struct sim_error *err)
{
	uint64_t frame = u.b >> WIRE_FRAME_SHIFT & WIRE_FRAME_NONE;
	struct trace_access a = {
		.op = (uint8_t)u.b,
		.gva = gva_make(u.a),
		.frame = frame == WIRE_FRAME_NONE ? FRAME_NONE : frame,
		.count = count,
	};

	if (SIM_UNLIKELY(!is_sound(a.op, count)))
		return bad(c, "an access that no processor makes", err);
	if (SIM_UNLIKELY(c->state == ENDED))
		return bad(c, "an access after the end event", err);
	return trace_writer_access(c->m->w, &a, err);
}

static int take_access(struct capture *c, struct wire_unit u, struct sim_error *err)
{
	struct wire_unit more;
	int rc;

	if (SIM_LIKELY(u.b >> WIRE_COUNT_SHIFT != WIRE_COUNT_MORE))
		return add_access(c, u, u.b >> WIRE_COUNT_SHIFT, err);
	rc = take_unit(c, &more, err);
	if (rc)
		return rc;
	if (more.b || more.a < WIRE_COUNT_MORE)
		return bad(c, "a long instruction count that is none", err);
	return add_access(c, u, more.a, err);
}

/* --- events --- */

static int take_words(struct capture *c, uint64_t word[TABLE_WORDS], struct sim_error *err)
{
	struct wire_unit u;
	int rc = 0;

	for (unsigned i = 0; !rc && i < TABLE_WORDS; i += 2) {
		rc = take_unit(c, &u, err);
		if (!rc) {
			word[i] = u.a;
			word[i + 1] = u.b;
		}
	}
	return rc;
}

static const char *flaw_of(const struct capture *c, const struct event *e, uint64_t head,
			   uint64_t zero)
{
	if (head >> 40 || zero)
		return "an event with bits that mean nothing";
	if (e->gpa >> PHYSICAL_BITS)
		return "an address beyond 52 bits of physical address";
	if (c->state == ENDED)
		return "an event after the end event";
	return event_flaw(e, c->n_vcpu);
}

static int take_event(struct capture *c, struct wire_unit u, struct sim_error *err)
{
	struct wire_unit where, value;
	uint64_t word[TABLE_WORDS];
	struct event e = {
		.kind = (enum event_kind)(u.b >> 8 & 0xff),
		.vcpu = (uint16_t)(u.b >> 16),
		.level = (uint8_t)(u.b >> 32),
		.n = (uint32_t)u.a,
		.pid = (uint32_t)(u.a >> 32),
	};
	const char *flaw;
	int rc;

	if ((rc = take_unit(c, &where, err)) || (rc = take_unit(c, &value, err)))
		return rc;
	e.gva = where.a;
	e.gpa = where.b;
	e.value = value.a;
	flaw = flaw_of(c, &e, u.b, value.b);
	if (flaw)
		return bad(c, flaw, err);
	if (e.kind == EVENT_END)
		c->state = ENDED;
	if (e.kind != EVENT_PTPAGE)
		return trace_writer_event(c->m->w, &e, NULL, err);
	rc = take_words(c, word, err);
	return rc ? rc : trace_writer_event(c->m->w, &e, word, err);
}

/* --- control --- */

/* n bytes of text and the zeros after it; to be freed. */
static int take_text(struct capture *c, uint64_t n, char **text, struct sim_error *err)
{
	char pad[UNIT];
	size_t rest = (size_t)(-n % UNIT);
	int rc;

	if (n > WIRE_TEXT_MAX)
		return bad(c, "a text of more than 65536 bytes", err);
	*text = sim_calloc((size_t)n + 1, 1);
	if (!*text)
		return sim_fail_nomem(err);
	rc = source_bytes(&c->m->in, *text, (size_t)n, err);
	if (!rc)
		rc = source_bytes(&c->m->in, pad, rest, err);
	for (size_t i = 0; !rc && i < n; i++) {
		if ((*text)[i] < ' ' || (*text)[i] > '~')
			rc = bad(c, "a text with bytes that are not ASCII", err);
	}
	for (size_t i = 0; !rc && i < rest; i++) {
		if (pad[i])
			rc = bad(c, "a text that goes on behind its end", err);
	}
	return rc;
}

/* The plugin gave up, and says why. */
static int take_error(struct capture *c, uint64_t n, struct sim_error *err)
{
	char *text = NULL;
	int rc = take_text(c, n, &text, err);

	if (!rc) {
		rc = sim_fail(err, SIM_EFORMAT, NULL, "the capture failed: %.300s", text);
		sim_error_where(err, "%.150s", c->m->in.name);
	}
	sim_free(text);
	return rc;
}

static int take_control(struct capture *c, struct wire_unit u, struct sim_error *err)
{
	if (u.a == WIRE_ERROR)
		return take_error(c, u.b >> 8, err);
	if (u.a != WIRE_END)
		return bad(c, "a unit of an unknown kind", err);
	if (c->state != ENDED)
		return bad(c, "a trailer without an end event before it", err);
	if (u.b >> 8 != c->start / UNIT)
		return bad(c, "the trailer counts other units than there are", err);
	c->state = CLOSED;
	return 0;
}

/* --- the stream --- */

static int take_record(struct capture *c, struct wire_unit u, struct sim_error *err)
{
	if ((u.b & 0xff) == WIRE_CONTROL)
		return take_control(c, u, err);
	if ((u.b & 0xff) == WIRE_EVENT)
		return take_event(c, u, err);
	if ((u.b & OP_KIND) == OP_EVENT)
		return bad(c, "a unit of an unknown kind", err);
	return take_access(c, u, err);
}

static int take_next(struct capture *c, struct sim_error *err)
{
	struct wire_unit u;
	int rc;

	c->start = source_offset(&c->m->in);
	if (SIM_LIKELY(c->m->in.n - c->m->in.at >= UNIT)) {
		u = unit_at(c->m->in.buf + c->m->in.at);
		c->m->in.at += UNIT;
		return take_record(c, u, err);
	}
	rc = source_more(&c->m->in, err);
	if (rc == SIM_EOF)
		return bad(c, "the capture was cut: it ends without its trailer", err);
	if (!rc)
		rc = take_unit(c, &u, err);
	return rc ? rc : take_record(c, u, err);
}

static int take_ram(struct capture *c, struct trace_meta *meta, uint64_t n,
		    struct sim_error *err)
{
	struct wire_unit u;
	int rc;

	if (n > TRACE_RAM_MAX)
		return bad(c, "more than 64 ranges of RAM", err);
	for (meta->n_ram = 0; meta->n_ram < n; meta->n_ram++) {
		rc = take_unit(c, &u, err);
		if (rc)
			return rc;
		meta->ram[meta->n_ram] = (struct trace_ram){ u.a, u.b };
	}
	return 0;
}

/* The units after the first; *text is to be freed. */
static int take_header(struct capture *c, struct wire_unit first, struct trace_meta *meta,
		       char **text, struct sim_error *err)
{
	struct wire_unit u[3];
	const char *flaw;
	int rc = 0;

	if ((uint32_t)first.b != WIRE_VERSION)
		return bad(c, "a capture of a version that is not 1", err);
	for (unsigned i = 0; !rc && i < 3; i++)
		rc = take_unit(c, &u[i], err);
	if (rc)
		return rc;
	if (!u[0].a || u[0].a > TRACE_VCPU_MAX)
		return bad(c, "the number of vCPUs must be 1..1024", err);
	meta->n_vcpu = c->n_vcpu = (unsigned)u[0].a;
	meta->regs = (struct regs){ u[1].a, u[1].b, u[2].a, u[2].b };
	rc = take_ram(c, meta, first.b >> 32, err);
	if (!rc)
		rc = take_text(c, u[0].b, text, err);
	if (rc)
		return rc;
	flaw = trace_meta_flaw(meta);
	return flaw ? bad(c, flaw, err) : 0;
}

static int start(struct capture *c, struct sim_error *err)
{
	struct trace_meta meta = {
		.origin = "a guest of QEMU, seen by the capture plugin",
		.has_tables = true,
		.has_frames = true,
	};
	char *text = NULL, *tools;
	struct wire_unit u;
	int rc = take_unit(c, &u, err);

	if (rc)
		return rc;
	if (u.a == WIRE_ERROR && (u.b & 0xff) == WIRE_CONTROL)
		return take_error(c, u.b >> 8, err);
	if (u.a != WIRE_MAGIC)
		return bad(c, "not a capture: it must begin with \"SCAPTUR\" and a byte 1",
			   err);
	meta.tools = "";
	rc = take_header(c, u, &meta, &text, err);
	if (!rc) {
		tools = sim_asprintf("%s; imported by " PACKAGE_STRING, text);
		meta.tools = tools;
		rc = tools ? import_start(c->m, &meta, err) : sim_fail_nomem(err);
		sim_free(tools);
	}
	sim_free(text);
	return rc;
}

static bool probe(const char *in_name, const uint8_t *head, size_t n)
{
	(void)in_name;
	uint64_t first = n >= 8 ? le_get(head, 8) : 0;

	return first == WIRE_MAGIC || first == WIRE_ERROR;
}

static int run(struct import *m, struct sim_error *err)
{
	struct capture c = { .m = m };
	int rc = start(&c, err);

	while (!rc && c.state != CLOSED) {
		rc = take_next(&c, err);
		if (!rc)
			rc = import_tick(m, err);
	}
	return rc;
}

const struct importer import_capture = {
	.name = "capture",
	.summary = "what the capture plugin for QEMU sends through its pipe",
	.flags = IMPORT_ACCESSES | IMPORT_TABLES,
	.probe = probe,
	.run = run,
};
