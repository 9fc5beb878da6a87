/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guest_tlb.h"

#include "check.h"

#include <string.h>

#include "base/addr.h"
#include "base/map.h"
#include "x86/perm.h"
#include "x86/ptformat.h"
#include "x86/regs.h"

struct entry {
	uint64_t frame, age; /* first frame; generation of its PCID, or of the global ones */
	unsigned perm, level;
	bool is_global;
};

struct endless {
	struct map table; /* gfn -> 512 words, as a number */
	struct paging mode;
	uint64_t cr3;
	struct map place; /* page and PCID -> entry */
	struct entry *entry;
	size_t n;
	uint64_t age[4096];
	uint64_t hits;
};

static uint64_t *table_at(const struct endless *t, uint64_t gfn)
{
	uint64_t words;

	return map_get(&t->table, gfn, &words) ? (uint64_t *)(uintptr_t)words : NULL;
}

static void set_table(struct endless *t, uint64_t gfn, const uint64_t *words)
{
	uint64_t *own = table_at(t, gfn);

	if (!own) {
		own = malloc(PAGE_BYTES);
		assert_non_null(own);
		assert_int_equal(map_put(&t->table, gfn, (uintptr_t)own), 0);
	}
	memcpy(own, words, PAGE_BYTES);
}

static uint64_t pcid(const struct endless *t)
{
	return cr3_pcid(t->cr3, &t->mode);
}

/* A page of its level: 4 KiB, 2 MiB, 1 GiB. */
static uint64_t key_of(uint64_t gva, unsigned level, uint64_t tag)
{
	return (gva >> level_shift(level) << (level_shift(level) - PAGE_SHIFT)) << 14 |
	       (uint64_t)level << 12 | tag;
}

/* What the tables say; the access is known to be allowed. */
static struct entry walk(const struct endless *t, uint64_t gva)
{
	struct entry e = { .perm = PERM_ALL };
	uint64_t gfn = cr3_frame(t->cr3);

	for (unsigned level = 4;; level--) {
		const uint64_t *words = table_at(t, gfn);
		uint64_t pte;

		assert_non_null(words);
		pte = words[level_index(gva, level)];
		assert_true(pte & PTE_P);
		e.perm &= perm_of_pte(pte, &t->mode);
		gfn = pte_frame(pte, LEVEL_4K);
		if (!pte_is_leaf(pte, level))
			continue;
		e.frame = pte_frame(pte, level);
		e.level = level;
		e.is_global = pte & PTE_G;
		return e;
	}
}

/* PCID 4095 is nobody's: global entries have it. */
static struct entry *find(struct endless *t, uint64_t gva)
{
	const uint64_t tag[2] = { 0xfff, pcid(t) };
	uint64_t i;

	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++)
		for (unsigned which = 0; which < 2; which++)
			if (map_get(&t->place, key_of(gva, level, tag[which]), &i) &&
			    t->entry[i].age == t->age[tag[which]])
				return &t->entry[i];
	return NULL;
}

static void keep(struct endless *t, uint64_t gva, struct entry e)
{
	uint64_t tag = e.is_global ? 0xfff : pcid(t), i = t->n;

	e.age = t->age[tag];
	if (map_get(&t->place, key_of(gva, e.level, tag), &i)) {
		t->entry[i] = e;
		return;
	}
	if (!(t->n & (t->n - 1))) {
		t->entry = realloc(t->entry, (t->n ? 2 * t->n : 1) * sizeof(e));
		assert_non_null(t->entry);
	}
	t->entry[t->n] = e;
	assert_int_equal(map_put(&t->place, key_of(gva, e.level, tag), t->n++), 0);
}

static void drop(struct endless *t, uint64_t gva, uint64_t tag)
{
	uint64_t i;

	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++)
		if (map_get(&t->place, key_of(gva, level, tag), &i))
			t->entry[i].age = UINT64_MAX;
}

static void take_fault(struct endless *t, const struct event *e)
{
	const struct access a = { .kind = e->value & PFEC_I   ? ACCESS_FETCH
					  : e->value & PFEC_W ? ACCESS_STORE
							      : ACCESS_LOAD,
				  .user = e->value & PFEC_U };
	const struct entry *known = find(t, e->gva);

	if (known && perm_allows(known->perm, a, &t->mode))
		print_message("# a fault at 0x%llx that a processor need not take\n",
			      (unsigned long long)e->gva);
	assert_false(known && perm_allows(known->perm, a, &t->mode));
	drop(t, e->gva, pcid(t));
}

static void take_event(struct endless *t, const struct event *e, const uint64_t *word)
{
	uint64_t *words = table_at(t, e->gpa >> PAGE_SHIFT);

	if (e->kind == EVENT_PTPAGE) {
		set_table(t, e->gpa >> PAGE_SHIFT, word + e->words);
	} else if (e->kind == EVENT_PTW) {
		assert_non_null(words);
		words[e->gpa >> 3 & 511] = e->value;
	} else if (e->kind == EVENT_CR3) {
		t->cr3 = e->value & ~CR3_NOFLUSH;
		if (!t->mode.pcide || !(e->value & CR3_NOFLUSH))
			t->age[pcid(t)]++;
	} else if (e->kind == EVENT_INVLPG) {
		drop(t, e->gva, pcid(t));
		drop(t, e->gva, 0xfff);
	} else if (e->kind == EVENT_INVPCID) {
		assert_int_equal(e->n, 0);
		drop(t, e->gva, e->value);
	} else if (e->kind == EVENT_PF) {
		take_fault(t, e);
	}
}

static void take_access(struct endless *t, uint8_t op, uint64_t gva, uint64_t frame)
{
	const struct access a = { .kind = (enum access_kind)(op & OP_KIND),
				  .user = (op & OP_USER) && !(op & OP_SYSTEM) };
	const struct entry *known = find(t, gva);

	if (known && perm_allows(known->perm, a, &t->mode)) {
		uint64_t is =
			known->frame + (gva >> PAGE_SHIFT & (level_frames(known->level) - 1));

		t->hits++;
		if (is != frame)
			print_message("# 0x%llx: frame 0x%llx is stale, it is 0x%llx\n",
				      (unsigned long long)gva, (unsigned long long)is,
				      (unsigned long long)frame);
		assert_int_equal(is, frame);
		return;
	}
	keep(t, gva, walk(t, gva));
}

uint64_t tlb_check(const struct guest_run *r)
{
	const struct guest_stream *s = &r->out;
	struct endless *t = calloc(1, sizeof(*t));
	uint64_t hits, words;

	assert_non_null(t);
	t->mode = paging_of(&r->meta.regs);
	t->cr3 = r->meta.regs.cr3;
	map_init(&t->table);
	map_init(&t->place);
	for (size_t i = 0; i < s->n; i++) {
		if ((s->op[i] & OP_KIND) == OP_EVENT)
			take_event(t, &s->event[s->gva[i]], s->word);
		else
			take_access(t, s->op[i], s->gva[i], s->frame[i]);
	}
	for (uint64_t gfn = 0; gfn < 1 << 20; gfn++)
		if (map_get(&t->table, gfn, &words))
			free((void *)(uintptr_t)words);
	map_fini(&t->table);
	map_fini(&t->place);
	free(t->entry);
	hits = t->hits;
	free(t);
	return hits;
}
