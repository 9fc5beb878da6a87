/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/verify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/guest_walk.h"
#include "mem/pages.h"

#define CACHE_PLACES 4096u
#define RECENT	     4096u

/* A translation that holds until a table, CR0, CR3, CR4 or the vCPU changes. */
struct known {
	uint64_t key; /* page, kind, CPL, OP_SYSTEM */
	uint64_t epoch;
	uint64_t frame;
	unsigned level;
};

struct verify {
	struct pages tables;
	struct regs *regs;  /* of each vCPU */
	struct paging mode; /* of the current one */
	unsigned n_vcpu, vcpu;
	struct trace_meta ram; /* only its RAM, as it now is */
	struct known *cache;
	uint64_t epoch;
	uint64_t *recent; /* addresses of the last entries written, a ring */
	uint64_t n_recent;
	struct verify_counts counts;
	struct verify_example example[VERIFY_EXAMPLES];
	unsigned n_example;
};

int verify_create(struct verify **out, const struct trace_meta *meta, struct sim_error *err)
{
	struct verify *v;

	if (!meta->has_tables)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"the trace does not carry the guest's page tables");
	if (!paging_of(&meta->regs).levels)
		return sim_fail(err, SIM_ERANGE, NULL,
				"the trace does not start in 64-bit paging");
	v = sim_calloc(1, sizeof(*v));
	if (!v)
		return sim_fail_nomem(err);
	pages_init(&v->tables);
	v->n_vcpu = meta->n_vcpu;
	v->epoch = 1;
	v->ram.n_ram = meta->n_ram;
	memcpy(v->ram.ram, meta->ram, sizeof(meta->ram));
	v->regs = sim_calloc(meta->n_vcpu, sizeof(*v->regs));
	v->cache = sim_calloc(CACHE_PLACES, sizeof(*v->cache));
	v->recent = sim_calloc(RECENT, sizeof(*v->recent));
	if (!v->regs || !v->cache || !v->recent) {
		verify_destroy(v);
		return sim_fail_nomem(err);
	}
	for (unsigned i = 0; i < v->n_vcpu; i++)
		v->regs[i] = meta->regs;
	v->mode = paging_of(&meta->regs);
	*out = v;
	return 0;
}

void verify_destroy(struct verify *v)
{
	if (!v)
		return;
	pages_fini(&v->tables);
	sim_free(v->regs);
	sim_free(v->cache);
	sim_free(v->recent);
	sim_free(v);
}

/* --- accesses --- */

static void note(struct verify *v, const struct verify_example *e)
{
	if (v->n_example < VERIFY_EXAMPLES)
		v->example[v->n_example++] = *e;
}

/* Walks for an access; false when the tables do not translate it. */
static bool walk(struct verify *v, struct verify_example *e, struct known *k)
{
	struct access a = {
		.kind = (enum access_kind)(e->op & OP_KIND),
		.user = (e->op & OP_USER) && !(e->op & OP_SYSTEM),
	};
	struct guest_walk w;

	guest_walk(&v->tables, v->regs[v->vcpu].cr3, &v->mode, gva_make(e->gva), a, 0, &w);
	if (w.status == GUEST_WALK_OK) {
		k->frame = w.gfn.v;
		k->level = w.level;
		return true;
	}
	if (w.status == GUEST_WALK_FAULT) {
		v->counts.fault++;
		e->what = VERIFY_FAULT;
	} else {
		v->counts.missing_table++;
		e->what = VERIFY_MISSING_TABLE;
	}
	note(v, e);
	return false;
}

static void compare(struct verify *v, struct verify_example *e, const struct known *k)
{
	v->counts.leaf[k->level]++;
	v->counts.device += !trace_meta_is_ram(&v->ram, k->frame);
	if (e->recorded == FRAME_NONE) {
		v->counts.no_frame++;
	} else if (e->recorded == k->frame) {
		v->counts.equal++;
	} else {
		v->counts.mismatch++;
		e->what = VERIFY_WALKED;
		e->walked = k->frame;
		note(v, e);
	}
}

static void add_access(struct verify *v, struct verify_example *e)
{
	uint64_t page = e->gva >> PAGE_SHIFT;
	uint64_t key = page << 8 | (e->op & (OP_KIND | OP_USER | OP_SYSTEM));
	struct known *k = &v->cache[(page ^ page >> 12 ^ key << 10) % CACHE_PLACES];

	if (k->epoch != v->epoch || k->key != key) {
		k->epoch = 0;
		if (!walk(v, e, k))
			return;
		k->epoch = v->epoch;
		k->key = key;
	}
	compare(v, e, k);
}

/* --- events --- */

static int set_mode(struct verify *v, struct sim_error *err)
{
	v->mode = paging_of(&v->regs[v->vcpu]);
	if (!v->mode.levels)
		return sim_fail(err, SIM_ERANGE, NULL, "the guest leaves 64-bit paging");
	return 0;
}

static int set_table(struct verify *v, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	uint64_t *page;

	if (e->gpa >> PAGE_SHIFT >> PAGES_FRAME_BITS)
		return sim_fail(err, SIM_ERANGE, NULL,
				"a page table at gpa 0x%" PRIx64 ", beyond %d bits", e->gpa,
				PAGES_FRAME_BITS + PAGE_SHIFT);
	page = pages_make(&v->tables, e->gpa >> PAGE_SHIFT);
	if (!page)
		return sim_fail_nomem(err);
	memcpy(page, words, PAGE_BYTES);
	return 0;
}

static void write_entry(struct verify *v, const struct event *e)
{
	uint64_t *page = pages_get(&v->tables, e->gpa >> PAGE_SHIFT);

	v->recent[v->n_recent++ % RECENT] = e->gpa;
	if (page)
		page[e->gpa >> 3 & 511] = e->value;
	else
		v->counts.ptw_untracked++;
}

/* A #PF must be what the tables give for that access. */
static void check_fault(struct verify *v, const struct event *e)
{
	struct access a = {
		.kind = e->value & PFEC_I   ? ACCESS_FETCH
			: e->value & PFEC_W ? ACCESS_STORE
					    : ACCESS_LOAD,
		.user = e->value & PFEC_U,
	};
	struct guest_walk w;

	guest_walk(&v->tables, v->regs[v->vcpu].cr3, &v->mode, gva_make(e->gva), a, 0, &w);
	v->counts.pf_inconsistent += w.status != GUEST_WALK_FAULT || w.error_code != e->value;
}

/* Was the entry that maps the page (or would) written a short while ago? */
static void check_invlpg(struct verify *v, const struct event *e)
{
	uint64_t n = v->n_recent < RECENT ? v->n_recent : RECENT, slot;
	struct guest_walk w;

	guest_walk(&v->tables, v->regs[v->vcpu].cr3, &v->mode, gva_make(e->gva),
		   (struct access){ ACCESS_LOAD, false }, 0, &w);
	slot = (w.table_gfn[w.level].v << PAGE_SHIFT) + 8 * level_index(e->gva, w.level);
	for (uint64_t i = 0; i < n; i++) {
		if (v->recent[i] == slot) {
			v->counts.invlpg_after_write++;
			return;
		}
	}
}

static int ram_add(struct trace_meta *m, const struct event *e, struct sim_error *err)
{
	if (m->n_ram == TRACE_RAM_MAX)
		return sim_fail(err, SIM_ERANGE, NULL, "more than %d ranges of RAM",
				TRACE_RAM_MAX);
	m->ram[m->n_ram++] = (struct trace_ram){ e->gpa, e->value };
	return 0;
}

static int ram_del(struct trace_meta *m, const struct event *e, struct sim_error *err)
{
	for (unsigned i = 0; i < m->n_ram; i++) {
		if (m->ram[i].gpa == e->gpa && m->ram[i].bytes == e->value) {
			m->ram[i] = m->ram[--m->n_ram];
			return 0;
		}
	}
	return sim_fail(err, SIM_ESTATE, NULL, "RAM unplugged that was not there");
}

/* --- events --- */

static int take_vcpu(struct verify *v, const struct event *e, const uint64_t *word,
		     struct sim_error *err)
{
	(void)word;
	v->vcpu = e->vcpu;
	return set_mode(v, err);
}

static int take_cr0(struct verify *v, const struct event *e, const uint64_t *word,
		    struct sim_error *err)
{
	(void)word;
	v->regs[v->vcpu].cr0 = e->value;
	return set_mode(v, err);
}

static int take_cr3(struct verify *v, const struct event *e, const uint64_t *word,
		    struct sim_error *err)
{
	(void)word;
	v->regs[v->vcpu].cr3 = e->value;
	return set_mode(v, err);
}

static int take_cr4(struct verify *v, const struct event *e, const uint64_t *word,
		    struct sim_error *err)
{
	(void)word;
	v->regs[v->vcpu].cr4 = e->value;
	return set_mode(v, err);
}

static int take_efer(struct verify *v, const struct event *e, const uint64_t *word,
		     struct sim_error *err)
{
	(void)word;
	v->regs[v->vcpu].efer = e->value;
	return set_mode(v, err);
}

static int take_table(struct verify *v, const struct event *e, const uint64_t *word,
		      struct sim_error *err)
{
	return set_table(v, e, word + e->words, err);
}

static int take_write(struct verify *v, const struct event *e, const uint64_t *word,
		      struct sim_error *err)
{
	(void)word;
	(void)err;
	write_entry(v, e);
	return 0;
}

static int take_free(struct verify *v, const struct event *e, const uint64_t *word,
		     struct sim_error *err)
{
	(void)word;
	(void)err;
	pages_drop(&v->tables, e->gpa >> PAGE_SHIFT);
	return 0;
}

static int take_fault(struct verify *v, const struct event *e, const uint64_t *word,
		      struct sim_error *err)
{
	(void)word;
	(void)err;
	check_fault(v, e);
	return 0;
}

static int take_invlpg(struct verify *v, const struct event *e, const uint64_t *word,
		       struct sim_error *err)
{
	(void)word;
	(void)err;
	check_invlpg(v, e);
	return 0;
}

static int take_ram_add(struct verify *v, const struct event *e, const uint64_t *word,
			struct sim_error *err)
{
	(void)word;
	return ram_add(&v->ram, e, err);
}

static int take_ram_del(struct verify *v, const struct event *e, const uint64_t *word,
			struct sim_error *err)
{
	(void)word;
	return ram_del(&v->ram, e, err);
}

/* Says nothing about translations. */
static int take_nothing(struct verify *v, const struct event *e, const uint64_t *word,
			struct sim_error *err)
{
	(void)v;
	(void)e;
	(void)word;
	(void)err;
	return 0;
}

typedef int event_taker(struct verify *, const struct event *, const uint64_t *,
			struct sim_error *);

/* Kinds without one do not belong in a trace that has page tables. */
static event_taker *const takers[EVENT_KIND_COUNT] = {
	[EVENT_END] = take_nothing,	[EVENT_INVPCID] = take_nothing,
	[EVENT_INT] = take_nothing,	[EVENT_DMA] = take_nothing,
	[EVENT_PHASE] = take_nothing,	[EVENT_TAG] = take_nothing,
	[EVENT_MAP] = take_nothing,	[EVENT_UNMAP] = take_nothing,
	[EVENT_PROTECT] = take_nothing, [EVENT_FORK] = take_nothing,
	[EVENT_EXEC] = take_nothing,	[EVENT_EXIT] = take_nothing,
	[EVENT_SWITCH] = take_nothing,	[EVENT_ADVISE] = take_nothing,
	[EVENT_VCPU] = take_vcpu,	[EVENT_CR0] = take_cr0,
	[EVENT_CR3] = take_cr3,		[EVENT_CR4] = take_cr4,
	[EVENT_EFER] = take_efer,	[EVENT_PTPAGE] = take_table,
	[EVENT_PTW] = take_write,	[EVENT_PTFREE] = take_free,
	[EVENT_PF] = take_fault,	[EVENT_INVLPG] = take_invlpg,
	[EVENT_RAM_ADD] = take_ram_add, [EVENT_RAM_DEL] = take_ram_del,
};

static int add_event(struct verify *v, const struct event *e, const uint64_t *word,
		     struct sim_error *err)
{
	if (!takers[e->kind])
		return sim_fail(err, SIM_EUNSUP, NULL,
				"event \"%s\" in a trace that has page tables",
				event_name(e->kind));
	return takers[e->kind](v, e, word, err);
}

int verify_add(struct verify *v, const struct batch *b, struct sim_error *err)
{
	for (uint32_t i = 0; i < b->n; i++) {
		struct verify_example e = { .record = b->first + i,
					    .op = b->op[i],
					    .gva = b->gva[i],
					    .recorded = b->frame[i] };
		int rc;

		if ((e.op & OP_KIND) != OP_EVENT) {
			add_access(v, &e);
			continue;
		}
		v->epoch++; /* whatever it was: nothing known outlives an event */
		rc = add_event(v, &b->event[e.gva], b->word, err);
		if (rc) {
			sim_error_prefix(err, "record %" PRIu64 ": ", e.record);
			return rc;
		}
	}
	return 0;
}

/* --- results --- */

const struct verify_counts *verify_counts(const struct verify *v)
{
	return &v->counts;
}

bool verify_passed(const struct verify *v)
{
	const struct verify_counts *c = &v->counts;

	return !(c->mismatch | c->missing_table | c->fault | c->pf_inconsistent);
}

unsigned verify_examples(const struct verify *v, const struct verify_example **list)
{
	*list = v->example;
	return v->n_example;
}

void verify_example_text(const struct verify_example *e, char *text, size_t size)
{
	static const char *const kind[] = { "load", "store", "fetch" };
	static const char *const verdict[] = {
		[VERIFY_WALKED] = "the tables give",
		[VERIFY_FAULT] = "the tables give a page fault",
		[VERIFY_MISSING_TABLE] = "a table on the way is not in the stream",
	};
	int n = snprintf(text, size,
			 "record %" PRIu64 ": %s%s at 0x%" PRIx64 ": recorded frame 0x%" PRIx64
			 ", %s",
			 e->record, e->op & OP_USER ? "user " : "", kind[e->op & OP_KIND],
			 e->gva, e->recorded, verdict[e->what]);

	if (e->what == VERIFY_WALKED && n > 0 && (size_t)n < size)
		snprintf(text + n, size - (size_t)n, " 0x%" PRIx64, e->walked);
}

#define AT(field) offsetof(struct verify_counts, field)

static const struct {
	const char *key, *meaning;
	size_t offset;
} lines[] = {
	{ "equal", "accesses that the tables translate to the recorded frame", AT(equal) },
	{ "mismatch", "mismatch: translated to another frame", AT(mismatch) },
	{ "missing_table", "no translation: a table that the stream never gave",
	  AT(missing_table) },
	{ "not_present", "no translation: entry not present, or not permitted", AT(fault) },
	{ "no_frame", "translated, no frame recorded", AT(no_frame) },
	{ "device", "translated to a device's frame, not RAM", AT(device) },
	{ "leaf_4k", "translated by a leaf of 4 KiB", AT(leaf[LEVEL_4K]) },
	{ "leaf_2m", "  2 MiB", AT(leaf[LEVEL_2M]) },
	{ "leaf_1g", "  1 GiB", AT(leaf[LEVEL_1G]) },
	{ "pf_inconsistent", "page faults that the tables do not explain",
	  AT(pf_inconsistent) },
	{ "ptw_untracked", "page-table writes to no known table", AT(ptw_untracked) },
	{ "invlpg_after_write", "INVLPG of an entry among the last 4096 written",
	  AT(invlpg_after_write) },
};

bool verify_line(const struct verify *v, unsigned i, const char **key, const char **meaning,
		 uint64_t *value)
{
	if (i >= sizeof(lines) / sizeof(*lines))
		return false;
	*key = lines[i].key;
	*meaning = lines[i].meaning;
	memcpy(value, (const char *)&v->counts + lines[i].offset, sizeof(*value));
	return true;
}
