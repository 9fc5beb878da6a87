/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/event_code.h"

#include <stddef.h>

enum {
	HAS_LEVEL = 1,
	HAS_VCPU = 2,
	HAS_N = 4,
	HAS_PID = 8,
	HAS_GVA = 16,
	HAS_GPA = 32,
	HAS_VALUE = 64,
};

struct event_rule {
	unsigned fields;
	unsigned gpa_shift;
	uint64_t n_max, value_max;
};

static const struct event_rule rules[EVENT_KIND_COUNT] = {
	[EVENT_END] = { HAS_VALUE, 0, 0, UINT64_MAX },
	[EVENT_VCPU] = { HAS_VCPU, 0, 0, 0 },
	[EVENT_CR0] = { HAS_VALUE, 0, 0, UINT64_MAX },
	[EVENT_CR3] = { HAS_VALUE, 0, 0, UINT64_MAX },
	[EVENT_CR4] = { HAS_VALUE, 0, 0, UINT64_MAX },
	[EVENT_EFER] = { HAS_VALUE, 0, 0, UINT64_MAX },
	[EVENT_INVLPG] = { HAS_GVA, 0, 0, 0 },
	[EVENT_INVPCID] = { HAS_N | HAS_GVA | HAS_VALUE, 0, 3, 4095 },
	[EVENT_PF] = { HAS_GVA | HAS_VALUE, 0, 0, UINT32_MAX },
	[EVENT_INT] = { HAS_N, 0, 255, 0 },
	[EVENT_PTPAGE] = { HAS_LEVEL | HAS_GPA, 12, 0, 0 },
	[EVENT_PTW] = { HAS_GPA | HAS_VALUE, 3, 0, UINT64_MAX },
	[EVENT_PTFREE] = { HAS_GPA, 12, 0, 0 },
	[EVENT_DMA] = { HAS_N | HAS_GPA, 0, UINT32_MAX, 0 },
	[EVENT_PHASE] = { HAS_N | HAS_VALUE, 0, UINT32_MAX, 1 },
	[EVENT_TAG] = { HAS_VALUE, 0, 0, UINT64_MAX },
	[EVENT_RAM_ADD] = { HAS_GPA | HAS_VALUE, 12, 0, UINT64_MAX },
	[EVENT_RAM_DEL] = { HAS_GPA | HAS_VALUE, 12, 0, UINT64_MAX },
	[EVENT_MAP] = { HAS_N | HAS_PID | HAS_GVA | HAS_GPA | HAS_VALUE, 12, MAPPING_ALL,
			UINT64_MAX },
	[EVENT_UNMAP] = { HAS_PID | HAS_GVA | HAS_VALUE, 0, 0, UINT64_MAX },
	[EVENT_PROTECT] = { HAS_N | HAS_PID | HAS_GVA | HAS_VALUE, 0, MAPPING_RIGHTS,
			    UINT64_MAX },
	[EVENT_FORK] = { HAS_N | HAS_PID, 0, UINT32_MAX, 0 },
	[EVENT_EXEC] = { HAS_PID, 0, 0, 0 },
	[EVENT_EXIT] = { HAS_PID, 0, 0, 0 },
	[EVENT_SWITCH] = { HAS_PID, 0, 0, 0 },
	[EVENT_ADVISE] = { HAS_N | HAS_PID | HAS_GVA | HAS_VALUE, 0, UINT32_MAX, UINT64_MAX },
};

const char *event_flaw(const struct event *e, unsigned n_vcpu)
{
	const struct event_rule *r;

	if ((unsigned)e->kind >= EVENT_KIND_COUNT)
		return "an event of an unknown kind";
	r = &rules[e->kind];
	if ((r->fields & HAS_VCPU) && e->vcpu >= n_vcpu)
		return "a switch to a vCPU that the metadata does not have";
	if ((r->fields & HAS_LEVEL) && (e->level < 1 || e->level > 5))
		return "a table level outside 1..5";
	if ((r->fields & HAS_N) && e->n > r->n_max)
		return "an event's number beyond what its kind allows";
	if (e->kind == EVENT_MAP && (e->n & ~MAPPING_ALL))
		return "a mapping with bits that mean nothing";
	if ((r->fields & HAS_VALUE) && e->value > r->value_max)
		return "an event's value beyond what its kind allows";
	if ((r->fields & HAS_GPA) && e->gpa & (((uint64_t)1 << r->gpa_shift) - 1))
		return "a guest-physical address without the alignment of its kind";
	return NULL;
}

static void put(struct bytes *b, uint64_t now, uint64_t before)
{
	leb_put(b, zigzag(now - before));
}

int event_put(struct event_code *c, struct bytes *b, const struct event *e)
{
	const struct event_rule *r = &rules[e->kind];
	struct event *last = &c->last[e->kind];

	if (bytes_reserve(b, 8 * LEB_MAX))
		return SIM_ENOMEM;
	b->p[b->n++] = (uint8_t)e->kind;
	if (r->fields & HAS_LEVEL)
		put(b, e->level, last->level);
	if (r->fields & HAS_VCPU)
		put(b, e->vcpu, last->vcpu);
	if (r->fields & HAS_N)
		put(b, e->n, last->n);
	if (r->fields & HAS_PID)
		put(b, e->pid, last->pid);
	if (r->fields & HAS_GVA)
		put(b, e->gva, last->gva);
	if (r->fields & HAS_GPA)
		put(b, e->gpa >> r->gpa_shift, last->gpa >> r->gpa_shift);
	if (r->fields & HAS_VALUE)
		put(b, e->value, last->value);
	*last = *e;
	return 0;
}

/* Reads a field of at most `bits` bits; false when cut off or too large. */
static bool get(const uint8_t **p, const uint8_t *end, unsigned bits, uint64_t *field)
{
	uint64_t z;

	if (!leb_get(p, end, &z))
		return false;
	*field += unzigzag(z);
	return bits == 64 || !(*field >> bits);
}

static bool get_fields(const struct event_rule *r, const uint8_t **p, const uint8_t *end,
		       struct event *e)
{
	uint64_t level = e->level, vcpu = e->vcpu, n = e->n, pid = e->pid;
	uint64_t gpa = e->gpa >> r->gpa_shift;

	if (((r->fields & HAS_LEVEL) && !get(p, end, 8, &level)) ||
	    ((r->fields & HAS_VCPU) && !get(p, end, 16, &vcpu)) ||
	    ((r->fields & HAS_N) && !get(p, end, 32, &n)) ||
	    ((r->fields & HAS_PID) && !get(p, end, 32, &pid)) ||
	    ((r->fields & HAS_GVA) && !get(p, end, 64, &e->gva)) ||
	    ((r->fields & HAS_GPA) && !get(p, end, 64 - r->gpa_shift, &gpa)) ||
	    ((r->fields & HAS_VALUE) && !get(p, end, 64, &e->value)))
		return false;
	e->level = (uint8_t)level;
	e->vcpu = (uint16_t)vcpu;
	e->n = (uint32_t)n;
	e->pid = (uint32_t)pid;
	e->gpa = gpa << r->gpa_shift;
	return true;
}

const char *event_get(struct event_code *c, const uint8_t **p, const uint8_t *end,
		      unsigned n_vcpu, struct event *e)
{
	uint8_t kind;
	const char *flaw;

	if (*p == end)
		return "fewer events than records that stand for them";
	kind = *(*p)++;
	if (kind >= EVENT_KIND_COUNT)
		return "an event of an unknown kind";
	*e = c->last[kind];
	e->kind = (enum event_kind)kind;
	if (!get_fields(&rules[kind], p, end, e))
		return "an event's field is cut off or too large";
	flaw = event_flaw(e, n_vcpu);
	if (!flaw)
		c->last[kind] = *e;
	return flaw;
}

int event_words_put(struct bytes *b, const uint64_t word[TABLE_WORDS])
{
	uint64_t used = 0, before = 0;
	unsigned next = 0;

	if (bytes_reserve(b, (2 * TABLE_WORDS + 1) * LEB_MAX))
		return SIM_ENOMEM;
	for (unsigned i = 0; i < TABLE_WORDS; i++)
		used += word[i] != 0;
	leb_put(b, used);
	for (unsigned i = 0; i < TABLE_WORDS; i++) {
		if (!word[i])
			continue;
		leb_put(b, i - next);
		leb_put(b, zigzag(word[i] - before));
		next = i + 1;
		before = word[i];
	}
	return 0;
}

bool event_words_get(const uint8_t **p, const uint8_t *end, uint64_t word[TABLE_WORDS])
{
	uint64_t used, gap, z, value = 0, next = 0;

	memset(word, 0, TABLE_WORDS * sizeof(*word));
	if (!leb_get(p, end, &used) || used > TABLE_WORDS)
		return false;
	for (; used; used--) {
		if (!leb_get(p, end, &gap) || gap >= TABLE_WORDS - next || !leb_get(p, end, &z))
			return false;
		value += unzigzag(z);
		word[next + gap] = value;
		next += gap + 1;
	}
	return true;
}
