/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_guest.c - arbitrary bytes as programs under a guest OS: an error, or a stream that agrees with itself
 *
 * The first byte chooses the kernel; each six bytes after it are an access or a process event, sensible or not.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/addr.h"
#include "guest/guest.h"
#include "vm/verify.h"

#define OPS_MAX 400u
#define HERE	((uint64_t)0x10000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct program {
	uint8_t op[OPS_MAX];
	uint64_t gva[OPS_MAX];
	struct event event[OPS_MAX];
	uint32_t n, n_event;
};

static struct guest_os_config config_of(uint8_t b)
{
	struct guest_os_config c = guest_os_config_default();

	c.memory = (uint64_t)64 << 20;
	c.swap = b & 1 ? (uint64_t)8 << 20 : 0;
	c.kpti = b & 2;
	c.pcid = b & 4;
	c.thp = b >> 3 & 3;
	c.thp = c.thp > GUEST_THP_NEVER ? GUEST_THP_ALWAYS : c.thp;
	c.unmapped = b >> 5 & 1 ? GUEST_UNMAPPED_FAULT : GUEST_UNMAPPED_MAP;
	c.khugepaged_scan = b & 64 ? 7 : 0;
	c.hugepages_2m = 0;
	c.is_stripped = b & 128;
	return c;
}

/* Mostly whole pages of a small window; now and then anywhere. */
static uint64_t address(const uint8_t *b)
{
	uint64_t page = (uint64_t)b[1] << 8 | b[2];

	if (b[0] & 0x80)
		return page << 48 | page << 20;
	return HERE + page * (b[0] & 0x40 ? 1 : PAGE_BYTES);
}

static void add(struct program *p, const uint8_t b[6])
{
	struct event e = { .pid = b[4] & 3,
			   .gva = address(b + 1),
			   .value = (uint64_t)b[5] << (b[0] >> 5) << 10 };

	if (b[0] & 16) {
		p->op[p->n] = (uint8_t)((b[0] & 3) % 3 | (b[0] & 4 ? OP_USER : 0) |
					(b[0] & 8 ? OP_SYSTEM : 0));
		if ((p->op[p->n] & OP_KIND) == OP_FETCH)
			p->op[p->n] &= (uint8_t)~OP_SYSTEM;
		p->gva[p->n++] = e.gva;
		return;
	}
	e.kind = (enum event_kind)(EVENT_MAP + b[0] % 8);
	e.n = e.kind == EVENT_MAP ? (uint32_t)(b[4] >> 2) << 5 | b[4] >> 5 : b[4] >> 2;
	e.gpa = e.kind == EVENT_MAP && (e.n & MAPPING_FILE) ? MAPPING_OFFSET(b[5] & 3, 0) : 0;
	p->op[p->n] = OP_EVENT;
	p->gva[p->n++] = p->n_event;
	p->event[p->n_event++] = e;
}

static void verify(const struct guest_os *g, struct verify *v, const struct batch *out)
{
	struct sim_error err = { 0 };
	int rc = verify_add(v, out, &err);

	(void)g;
	assert(!rc);
	assert(verify_passed(v));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest_os_config c = config_of(size ? data[0] : 0);
	const struct trace_meta meta = { .n_vcpu = 1, .has_tables = c.is_stripped };
	struct program p = { .n = 0 };
	struct sim_error err = { 0 };
	struct batch in, out;
	struct guest_os *g;
	struct verify *v;
	int rc;

	for (size_t at = 1; at + 6 <= size && p.n < OPS_MAX; at += 6)
		add(&p, data + at);
	in = (struct batch){ .n = p.n, .op = p.op, .gva = p.gva, .event = p.event };
	rc = guest_os_create(&g, &c, &meta, &err);
	assert(!rc);
	rc = verify_create(&v, guest_os_meta(g), &err);
	assert(!rc);
	rc = guest_os_next(g, &in, &out, &err);
	assert(!rc || (rc < 0 && err.text[0]));
	if (!rc)
		verify(g, v, &out);
	verify_destroy(v);
	guest_os_destroy(g);
	return 0;
}
