/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a processor may have cached: a search through the history of the tables.
 *
 * An era is the time between two invalidations of the paging-structure entries for the address.
 * All entries of one walk were read in the same era, each no earlier than the one above. A walk
 * that has not finished, all in the present era, is a way to start below the root; a finished
 * one, of any era, is a TLB entry if no invalidation of its page has come since.
 */
#include "oracle_state.h"

#include <string.h>

#include "x86/ptformat.h"

enum wanted { PREFIXES, OWN_LEAVES, GLOBAL_LEAVES };

struct search {
	const struct oracle *o;
	unsigned vcpu;
	const struct oracle_access *a;
	uint16_t pcid;
	uint64_t start, end; /* of the era */
	enum wanted wanted;
	bool as_shadow; /* with the liberty of shadow tables */
	struct oracle_legal *legal;
};

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool same_page(uint64_t a, uint64_t b, unsigned level)
{
	return !((a ^ b) >> oracle_shift(level));
}

/* Does f remove what paging-structure caches hold for gva under pcid? Upper entries that cover
 * another 2 MiB range are taken to survive FLUSH_ADDRESS. */
static bool ends_era(const struct flush *f, uint16_t pcid, uint64_t gva)
{
	switch (f->kind) {
	case FLUSH_PAGE:
	case FLUSH_PCID:
		return f->pcid == pcid;
	case FLUSH_FAULT:
	case FLUSH_ADDRESS:
		return f->pcid == pcid && same_page(f->gva, gva, 2);
	case FLUSH_NON_GLOBAL:
	case FLUSH_ALL:
		return true;
	}
	return true;
}

/*
 * Does f remove the TLB entry for gva's page of `level`? A processor may keep a large page as
 * several smaller entries, of which software knows nothing: INVLPG and INVPCID remove them all.
 * Of #PF the manual says no more than that entries with the address's page number go.
 */
static bool removes(const struct flush *f, uint16_t pcid, bool is_global, uint64_t gva,
		    unsigned level)
{
	switch (f->kind) {
	case FLUSH_PAGE:
		return (is_global || f->pcid == pcid) && same_page(f->gva, gva, level);
	case FLUSH_FAULT:
		return !is_global && f->pcid == pcid && same_page(f->gva, gva, 1);
	case FLUSH_ADDRESS:
		return !is_global && f->pcid == pcid && same_page(f->gva, gva, level);
	case FLUSH_PCID:
		return !is_global && f->pcid == pcid;
	case FLUSH_NON_GLOBAL:
		return !is_global;
	case FLUSH_ALL:
		return true;
	}
	return true;
}

static bool survives(const struct search *s, bool is_global, unsigned level, uint64_t cached)
{
	const struct oracle_vcpu *v = &s->o->vcpu[s->vcpu];

	for (size_t i = v->n_flush; i-- > 0 && v->flush[i].time >= cached;)
		if (removes(&v->flush[i], s->pcid, is_global, s->a->gva, level))
			return false;
	return true;
}

/*
 * The first and the last moment in from..to at which the vCPU ran under the PCID and could read
 * an entry for it; false when there is none.
 */
static bool narrow(const struct search *s, uint64_t *from, uint64_t *to)
{
	const struct oracle_vcpu *v = &s->o->vcpu[s->vcpu];
	uint64_t first = NEVER, last = 0;

	if (s->as_shadow)
		return *from < *to;
	for (size_t i = v->n_span; i-- > 0 && v->span[i].to > *from;) {
		uint64_t begin = later(*from, v->span[i].from);
		uint64_t end = earlier(*to, v->span[i].to);

		if (v->span[i].pcid != s->pcid || begin >= end)
			continue;
		first = earlier(first, begin);
		last = later(last, end);
	}
	*from = first;
	*to = last;
	return first < last;
}

/* A leaf read until `to`: as late as possible, so that the fewest invalidations follow. */
static void note_leaf(struct search *s, const struct version *x, unsigned level, unsigned perm,
		      uint64_t to)
{
	const struct oracle_vcpu *v = &s->o->vcpu[s->vcpu];
	bool is_global = (x->value & PTE_G) && (v->cr4 >> 7 & 1);
	struct oracle_outcome out;

	if (is_global != (s->wanted == GLOBAL_LEAVES))
		return;
	memset(&out, 0, sizeof(out));
	out.dirty = x->d_time < to;
	out.gfn = oracle_leaf_gfn(x->value, level, s->a->gva);
	out.level = level;
	out.perm = perm;
	if (s->a->kind == ORACLE_STORE && !out.dirty)
		return; /* the first store to a clean page walks */
	if (oracle_allows(v, perm, s->a) && survives(s, is_global, level, to))
		oracle_add(s->legal, &out);
}

/* The versions of one word that could be cached from `from` on, and what lies below each. */
static void descend(struct search *s, unsigned level, uint64_t gfn, unsigned perm,
		    uint64_t from)
{
	const struct table *t = oracle_find(s->o, gfn);
	const struct word *w;

	if (!t)
		return;
	w = &t->word[oracle_index(s->a->gva, level)];
	for (unsigned i = w->n; i-- > 0 && w->v[i].died > from;) {
		const struct version *x = &w->v[i];
		uint64_t begin = later(from, later(x->born, x->a_time));
		uint64_t end = earlier(x->died, s->end);
		unsigned rights = perm & oracle_rights(x->value);

		if (!(x->value & PTE_P) || oracle_is_reserved(x->value, level) ||
		    begin >= end || !narrow(s, &begin, &end))
			continue;
		if (oracle_is_leaf(x->value, level)) {
			if (s->wanted != PREFIXES)
				note_leaf(s, x, level, rights, end);
			continue;
		}
		if (s->wanted == PREFIXES)
			oracle_walk_from(s->o, s->vcpu, s->a, level - 1, oracle_frame(x->value),
					 rights, s->legal);
		descend(s, level - 1, oracle_frame(x->value), rights, begin);
	}
}

static void search_era(struct search *s)
{
	const struct oracle_vcpu *v = &s->o->vcpu[s->vcpu];

	for (size_t i = v->n_span; i-- > 0;) {
		const struct span *span = &v->span[i];
		uint64_t begin = later(s->start, span->from);

		if (s->as_shadow ? span->gfn != oracle_frame(v->cr3) : span->to <= s->start)
			continue;
		if (span->pcid == s->pcid && begin < s->end)
			descend(s, oracle_levels(v), span->gfn, ORACLE_W | ORACLE_U | ORACLE_X,
				begin);
	}
}

/* Nothing that `wanted` looks for is older than f. */
static bool ends_search(const struct search *s, const struct flush *f)
{
	if (s->wanted == GLOBAL_LEAVES)
		return f->kind == FLUSH_ALL;
	return removes(f, s->pcid, false, s->a->gva, 5) && f->kind >= FLUSH_PCID;
}

/* Backwards through the eras. */
static void search_eras(struct search *s)
{
	const struct oracle_vcpu *v = &s->o->vcpu[s->vcpu];

	s->end = s->o->now;
	for (size_t i = v->n_flush; i-- > 0;) {
		const struct flush *f = &v->flush[i];

		if (!ends_era(f, s->pcid, s->a->gva))
			continue;
		s->start = f->time;
		search_era(s);
		if (s->wanted == PREFIXES || ends_search(s, f))
			return;
		s->end = f->time;
	}
}

/* A global translation may have been cached under any PCID the vCPU ran with. */
static void recall_globals(struct search *s)
{
	const struct oracle_vcpu *v = &s->o->vcpu[s->vcpu];

	s->wanted = GLOBAL_LEAVES;
	for (size_t i = 0; i < v->n_span; i++) {
		size_t k = 0;

		while (k < i && v->span[k].pcid != v->span[i].pcid)
			k++;
		if (k < i)
			continue;
		s->pcid = v->span[i].pcid;
		search_eras(s);
	}
}

/* What a processor allows, and then what only shadow tables do. */
static void search(const struct oracle *o, unsigned vcpu, const struct oracle_access *a,
		   enum wanted wanted, struct oracle_legal *legal)
{
	const struct oracle_vcpu *v = &o->vcpu[vcpu];
	struct search s = { .o = o, .vcpu = vcpu, .a = a, .legal = legal };

	for (int liberty = 0; liberty < 2; liberty++) {
		bool met_unknown = legal->met_unknown;
		unsigned n = legal->n;

		s.as_shadow = liberty;
		s.pcid = oracle_pcid(v);
		s.wanted = wanted;
		search_eras(&s);
		if (wanted == OWN_LEAVES && (v->cr4 >> 7 & 1))
			recall_globals(&s);
		for (; liberty && n < legal->n; n++)
			legal->only_shadow[n] = true;
		if (liberty) /* shadow tables never lead to a table that is gone */
			legal->met_unknown = met_unknown;
	}
}

void oracle_walk(const struct oracle *o, unsigned vcpu, const struct oracle_access *a,
		 struct oracle_legal *legal)
{
	const struct oracle_vcpu *v = &o->vcpu[vcpu];

	legal->n = 0;
	legal->met_unknown = legal->overflowed = false;
	memset(legal->only_shadow, 0, sizeof(legal->only_shadow));
	oracle_walk_from(o, vcpu, a, oracle_levels(v), oracle_frame(v->cr3),
			 ORACLE_W | ORACLE_U | ORACLE_X, legal);
	search(o, vcpu, a, PREFIXES, legal);
}

void oracle_recall(const struct oracle *o, unsigned vcpu, const struct oracle_access *a,
		   struct oracle_legal *legal)
{
	search(o, vcpu, a, OWN_LEAVES, legal);
}
