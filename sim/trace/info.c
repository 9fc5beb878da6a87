/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/info.h"

#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"

#define FRAME_PLACES 65536u

int trace_info_init(struct trace_info *t, struct sim_error *err)
{
	*t = (struct trace_info){ .frame = sim_realloc(NULL, FRAME_PLACES, sizeof(uint64_t)) };
	map_init(&t->cr3);
	if (!t->frame)
		return sim_fail_nomem(err);
	memset(t->frame, 0xff, FRAME_PLACES * sizeof(*t->frame));
	return 0;
}

void trace_info_fini(struct trace_info *t)
{
	map_fini(&t->cr3);
	sim_free(t->frame);
	t->frame = NULL;
}

static void add_access(struct trace_info *t, uint8_t op, uint64_t gva, uint64_t frame)
{
	unsigned kind = op & OP_KIND;
	uint64_t *last = &t->frame[(gva >> PAGE_SHIFT) % FRAME_PLACES];

	t->access[kind][op & OP_USER ? 1 : 0]++;
	if (kind != OP_FETCH)
		t->size[(op & OP_SIZE) >> OP_SIZE_SHIFT]++;
	t->system += op >> 7;
	t->frame_changes += frame != *last;
	*last = frame;
}

static int add_event(struct trace_info *t, const struct event *e)
{
	t->event[e->kind]++;
	if (e->kind == EVENT_END)
		t->instructions = e->value;
	if (e->kind == EVENT_INVLPG)
		t->invlpg_user += !(e->gva >> 63);
	if (e->kind != EVENT_CR3 || map_get(&t->cr3, e->value, NULL))
		return 0;
	t->cr3_values++;
	return map_put(&t->cr3, e->value, 1);
}

int trace_info_add(struct trace_info *t, const struct batch *b, struct sim_error *err)
{
	t->records += b->n;
	t->counted += b->instructions;
	t->cross += b->n_cross;
	for (uint32_t i = 0; i < b->n; i++) {
		if ((b->op[i] & OP_KIND) != OP_EVENT)
			add_access(t, b->op[i], b->gva[i], b->frame[i]);
		else if (add_event(t, &b->event[b->gva[i]]))
			return sim_fail_nomem(err);
	}
	return 0;
}

#define AT(field)    offsetof(struct trace_info, field)
#define EVENT_AT(e)  AT(event[EVENT_##e])
#define ACCESS_AT(k) AT(access[OP_##k][0])
#define USER_AT(k)   AT(access[OP_##k][1])

static const struct {
	const char *key, *meaning;
	size_t offset;
	unsigned more; /* values behind the first to add */
} lines[] = {
	{ "records", "records: accesses and events", AT(records), 0 },
	{ "instructions", "instructions, as the end record says", AT(instructions), 0 },
	{ "instructions_counted", "instructions that the fetches count", AT(counted), 0 },
	{ "loads", "loads", ACCESS_AT(LOAD), 1 },
	{ "loads_user", "  at CPL 3", USER_AT(LOAD), 0 },
	{ "stores", "stores", ACCESS_AT(STORE), 1 },
	{ "stores_user", "  at CPL 3", USER_AT(STORE), 0 },
	{ "fetches", "fetches", ACCESS_AT(FETCH), 1 },
	{ "fetches_user", "  at CPL 3", USER_AT(FETCH), 0 },
	{ "size_1", "loads and stores of 1 byte", AT(size[0]), 0 },
	{ "size_2", "  2 bytes", AT(size[1]), 0 },
	{ "size_4", "  4 bytes", AT(size[2]), 0 },
	{ "size_8", "  8 bytes", AT(size[3]), 0 },
	{ "size_16", "  16 bytes", AT(size[4]), 0 },
	{ "size_32", "  32 bytes", AT(size[5]), 0 },
	{ "size_64", "  64 bytes", AT(size[6]), 0 },
	{ "page_cross", "loads and stores across a page border", AT(cross), 0 },
	{ "system", "accesses made by the processor itself", AT(system), 0 },
	{ "frame_changes", "accesses to a frame not last seen at their page", AT(frame_changes),
	  0 },
	{ "cr3", "CR3 writes, the initial value included", EVENT_AT(CR3), 0 },
	{ "cr3_distinct", "  different values", AT(cr3_values), 0 },
	{ "cr0", "CR0 writes", EVENT_AT(CR0), 0 },
	{ "cr4", "CR4 writes", EVENT_AT(CR4), 0 },
	{ "efer", "EFER writes", EVENT_AT(EFER), 0 },
	{ "invlpg", "INVLPG", EVENT_AT(INVLPG), 0 },
	{ "invlpg_user", "  of user addresses", AT(invlpg_user), 0 },
	{ "invpcid", "INVPCID", EVENT_AT(INVPCID), 0 },
	{ "pf", "page faults", EVENT_AT(PF), 0 },
	{ "int", "other interrupts and exceptions", EVENT_AT(INT), 0 },
	{ "ptpage", "page-table pages, whole contents", EVENT_AT(PTPAGE), 0 },
	{ "ptw", "page-table writes", EVENT_AT(PTW), 0 },
	{ "ptfree", "page-table pages let go", EVENT_AT(PTFREE), 0 },
	{ "dma", "device writes to memory", EVENT_AT(DMA), 0 },
	{ "vcpu", "vCPU switches", EVENT_AT(VCPU), 0 },
	{ "phase", "phase marks", EVENT_AT(PHASE), 0 },
	{ "tag", "tags", EVENT_AT(TAG), 0 },
	{ "ram_add", "RAM plugged", EVENT_AT(RAM_ADD), 0 },
	{ "ram_del", "RAM unplugged", EVENT_AT(RAM_DEL), 0 },
	{ "process", "process events (map ... advise)", EVENT_AT(MAP),
	  EVENT_ADVISE - EVENT_MAP },
};

bool trace_info_line(const struct trace_info *t, unsigned i, struct trace_info_line *line)
{
	const uint64_t *v;

	if (i >= sizeof(lines) / sizeof(*lines))
		return false;
	v = (const uint64_t *)(const void *)((const char *)t + lines[i].offset);
	*line = (struct trace_info_line){ lines[i].key, lines[i].meaning, *v };
	for (unsigned k = 1; k <= lines[i].more; k++)
		line->value += v[k];
	return true;
}
