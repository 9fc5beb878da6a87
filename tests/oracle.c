/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The oracle's record of what happened, and the truth. What may be cached: oracle_cache.c. */
#include "oracle_state.h"

#include <stdlib.h>
#include <string.h>

#include "x86/ptformat.h"

#define CR0_WRITE_PROTECT ((uint64_t)1 << 16)
#define CR3_KEEP	  ((uint64_t)1 << 63)
#define CR4_GLOBAL	  ((uint64_t)1 << 7)
#define CR4_FIVE_LEVELS	  ((uint64_t)1 << 12)
#define CR4_PCIDS	  ((uint64_t)1 << 17)
#define CR4_NO_USER_FETCH ((uint64_t)1 << 20)

/* Grows an array by one element; a test that is out of memory has nothing to say. */
static void *push(void *array, size_t n, size_t size)
{
	void *p = array;

	if (!(n & (n - 1)))
		p = realloc(array, (n ? 2 * n : 1) * size);
	if (!p)
		abort();
	return p;
}

/* --- one entry --- */

unsigned oracle_shift(unsigned level)
{
	return 12 + 9 * (level - 1);
}

unsigned oracle_index(uint64_t gva, unsigned level)
{
	return (unsigned)(gva >> oracle_shift(level)) & 511;
}

bool oracle_is_leaf(uint64_t e, unsigned level)
{
	return level == 1 || ((level == 2 || level == 3) && (e & PTE_PS));
}

bool oracle_is_reserved(uint64_t e, unsigned level)
{
	if (e & PTE_RSVD_HIGH)
		return true;
	if (level >= 4)
		return e & PTE_PS;
	if (level >= 2 && (e & PTE_PS)) /* bits 12 (PAT) .. 20 or 29; the first is free */
		return (e & PTE_ADDR & ~(uint64_t)0x1000) &
		       (((uint64_t)1 << oracle_shift(level)) - 1);
	return false;
}

unsigned oracle_rights(uint64_t e)
{
	unsigned perm = 0;

	if (e & PTE_W)
		perm |= ORACLE_W;
	if (e & PTE_U)
		perm |= ORACLE_U;
	if (!(e & PTE_NX))
		perm |= ORACLE_X;
	return perm;
}

uint64_t oracle_frame(uint64_t e)
{
	return (e & PTE_ADDR) >> 12;
}

uint64_t oracle_leaf_gfn(uint64_t e, unsigned level, uint64_t gva)
{
	uint64_t page = ((uint64_t)1 << oracle_shift(level)) - 1;

	return ((e & PTE_ADDR & ~page) | (gva & page)) >> 12;
}

bool oracle_allows(const struct oracle_vcpu *v, unsigned perm, const struct oracle_access *a)
{
	if (a->user && !(perm & ORACLE_U))
		return false;
	if (a->kind == ORACLE_STORE && !(perm & ORACLE_W))
		return !a->user && !(v->cr0 & CR0_WRITE_PROTECT);
	if (a->kind == ORACLE_FETCH && !(perm & ORACLE_X))
		return false;
	if (a->kind == ORACLE_FETCH && !a->user && (perm & ORACLE_U))
		return !(v->cr4 & CR4_NO_USER_FETCH);
	return true;
}

/* --- memory --- */

struct table *oracle_find(const struct oracle *o, uint64_t gfn)
{
	for (size_t i = 0; i < o->n_table; i++)
		if (o->table[i]->gfn == gfn)
			return o->table[i];
	return NULL;
}

bool oracle_is_table(const struct oracle *o, uint64_t gfn)
{
	const struct table *t = oracle_find(o, gfn);

	return t && t->is_live;
}

static uint64_t written(const struct word *w)
{
	const struct version *x = w->n ? &w->v[w->n - 1] : NULL;

	return x && x->died == NEVER ? x->value : 0;
}

static uint64_t may_be(const struct word *w)
{
	const struct version *x = w->n ? &w->v[w->n - 1] : NULL;

	if (!x || x->died != NEVER)
		return 0;
	return x->value | (x->a_time != NEVER ? PTE_A : 0) | (x->d_time != NEVER ? PTE_D : 0);
}

uint64_t oracle_word(const struct oracle *o, uint64_t gfn, unsigned index)
{
	const struct table *t = oracle_find(o, gfn);

	return t ? written(&t->word[index]) : 0;
}

uint64_t oracle_word_may(const struct oracle *o, uint64_t gfn, unsigned index)
{
	const struct table *t = oracle_find(o, gfn);

	return t ? may_be(&t->word[index]) : 0;
}

bool oracle_words(const struct oracle *o, uint64_t gfn, uint64_t *w, uint64_t *may)
{
	const struct table *t = oracle_find(o, gfn);

	for (unsigned i = 0; i < 512; i++) {
		w[i] = t ? written(&t->word[i]) : 0;
		if (may)
			may[i] = t ? may_be(&t->word[i]) : 0;
	}
	return t && t->is_live;
}

bool oracle_table_at(const struct oracle *o, unsigned i, uint64_t *gfn)
{
	for (size_t k = 0; k < o->n_table; k++)
		if (o->table[k]->is_live && !i--) {
			*gfn = o->table[k]->gfn;
			return true;
		}
	return false;
}

static void end_version(struct word *w, uint64_t now)
{
	if (w->n && w->v[w->n - 1].died == NEVER)
		w->v[w->n - 1].died = now;
}

static void new_version(struct word *w, uint64_t value, uint64_t now)
{
	end_version(w, now);
	if (!value)
		return;
	w->v = push(w->v, w->n, sizeof(*w->v));
	w->v[w->n++] = (struct version){ .value = value,
					 .born = now,
					 .died = NEVER,
					 .a_time = value & PTE_A ? now : NEVER,
					 .d_time = value & PTE_D ? now : NEVER };
}

void oracle_table(struct oracle *o, uint64_t gfn, const uint64_t *words)
{
	struct table *t = oracle_find(o, gfn);

	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t)
			abort();
		t->gfn = gfn;
		o->table = push(o->table, o->n_table, sizeof(*o->table));
		o->table[o->n_table++] = t;
	}
	t->is_live = true;
	for (unsigned i = 0; i < 512; i++)
		new_version(&t->word[i], words[i], o->now);
	o->now++;
}

void oracle_write(struct oracle *o, uint64_t gpa, uint64_t value)
{
	struct table *t = oracle_find(o, gpa >> 12);

	if (t)
		new_version(&t->word[gpa >> 3 & 511], value, o->now);
	o->now++;
}

void oracle_free(struct oracle *o, uint64_t gfn)
{
	struct table *t = oracle_find(o, gfn);

	for (unsigned i = 0; t && i < 512; i++)
		end_version(&t->word[i], o->now);
	if (t)
		t->is_live = false;
	o->now++;
}

/* --- registers and invalidations --- */

uint16_t oracle_pcid(const struct oracle_vcpu *v)
{
	return v->cr4 & CR4_PCIDS ? (uint16_t)(v->cr3 & 0xfff) : 0;
}

unsigned oracle_levels(const struct oracle_vcpu *v)
{
	return v->cr4 & CR4_FIVE_LEVELS ? 5 : 4;
}

static void add_flush(struct oracle *o, struct oracle_vcpu *v, enum flush_kind kind,
		      uint16_t pcid, uint64_t gva)
{
	v->flush = push(v->flush, v->n_flush, sizeof(*v->flush));
	v->flush[v->n_flush++] =
		(struct flush){ .time = o->now, .kind = kind, .pcid = pcid, .gva = gva };
}

static void add_span(struct oracle *o, struct oracle_vcpu *v)
{
	if (v->n_span)
		v->span[v->n_span - 1].to = o->now;
	v->span = push(v->span, v->n_span, sizeof(*v->span));
	v->span[v->n_span++] = (struct span){
		.from = o->now, .to = NEVER, .gfn = oracle_frame(v->cr3), .pcid = oracle_pcid(v)
	};
}

struct oracle *oracle_create(unsigned n_vcpu, uint64_t cr0, uint64_t cr3, uint64_t cr4)
{
	struct oracle *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->n_vcpu = n_vcpu;
	for (unsigned i = 0; i < n_vcpu; i++) {
		o->vcpu[i] = (struct oracle_vcpu){ .cr0 = cr0, .cr3 = cr3, .cr4 = cr4 };
		add_flush(o, &o->vcpu[i], FLUSH_ALL, 0, 0);
		add_span(o, &o->vcpu[i]);
	}
	o->now = 1;
	return o;
}

void oracle_destroy(struct oracle *o)
{
	if (!o)
		return;
	for (unsigned i = 0; i < o->n_vcpu; i++) {
		free(o->vcpu[i].flush);
		free(o->vcpu[i].span);
	}
	for (size_t i = 0; i < o->n_table; i++) {
		for (unsigned k = 0; k < 512; k++)
			free(o->table[i]->word[k].v);
		free(o->table[i]);
	}
	free(o->table);
	free(o);
}

void oracle_cr0(struct oracle *o, unsigned vcpu, uint64_t value)
{
	o->vcpu[vcpu].cr0 = value;
	o->now++;
}

void oracle_cr3(struct oracle *o, unsigned vcpu, uint64_t value)
{
	struct oracle_vcpu *v = &o->vcpu[vcpu];
	bool keeps = (v->cr4 & CR4_PCIDS) && (value & CR3_KEEP);

	v->cr3 = value & ~CR3_KEEP;
	add_span(o, v);
	if (!keeps)
		add_flush(o, v, FLUSH_PCID, oracle_pcid(v), 0);
	o->now++;
}

void oracle_cr4(struct oracle *o, unsigned vcpu, uint64_t value)
{
	struct oracle_vcpu *v = &o->vcpu[vcpu];
	uint64_t changed = v->cr4 ^ value;

	v->cr4 = value;
	if (changed & CR4_PCIDS)
		add_span(o, v);
	if ((changed & CR4_GLOBAL) || (changed & ~value & CR4_PCIDS))
		add_flush(o, v, FLUSH_ALL, 0, 0);
	else if (changed & value & CR4_NO_USER_FETCH)
		add_flush(o, v, FLUSH_PCID, oracle_pcid(v), 0);
	o->now++;
}

void oracle_invlpg(struct oracle *o, unsigned vcpu, uint64_t gva)
{
	struct oracle_vcpu *v = &o->vcpu[vcpu];

	add_flush(o, v, FLUSH_PAGE, oracle_pcid(v), gva);
	o->now++;
}

void oracle_invpcid(struct oracle *o, unsigned vcpu, unsigned type, uint16_t pcid, uint64_t gva)
{
	static const enum flush_kind kind[] = { FLUSH_ADDRESS, FLUSH_PCID, FLUSH_ALL,
						FLUSH_NON_GLOBAL };

	add_flush(o, &o->vcpu[vcpu], kind[type], pcid, gva);
	o->now++;
}

void oracle_fault(struct oracle *o, unsigned vcpu, uint64_t gva)
{
	struct oracle_vcpu *v = &o->vcpu[vcpu];

	add_flush(o, v, FLUSH_FAULT, oracle_pcid(v), gva);
	o->now++;
}

/* --- walks --- */

static unsigned error_code(const struct oracle_access *a, unsigned why)
{
	if (a->kind == ORACLE_STORE)
		why |= ORACLE_PF_W;
	if (a->kind == ORACLE_FETCH)
		why |= ORACLE_PF_I;
	return why | (a->user ? ORACLE_PF_U : 0);
}

/* A refused walk sets no bit of the entry that refused; those above may have A set. */
static void refuse(struct oracle_outcome *out, const struct oracle_access *a, unsigned why)
{
	out->is_fault = true;
	out->error_code = error_code(a, why);
	for (unsigned i = 0; i + 1 < out->n_ref; i++)
		out->ref[i].may = PTE_A;
}

static void grant(struct oracle_outcome *out, const struct oracle_access *a)
{
	for (unsigned i = 0; i < out->n_ref; i++)
		out->ref[i].must = out->ref[i].may = PTE_A;
	if (a->kind == ORACLE_STORE)
		out->ref[out->n_ref - 1].must = out->ref[out->n_ref - 1].may = PTE_A | PTE_D;
}

void oracle_add(struct oracle_legal *legal, const struct oracle_outcome *out)
{
	for (unsigned i = 0; i < legal->n; i++)
		if (!memcmp(&legal->o[i], out, sizeof(*out)))
			return;
	if (legal->n == ORACLE_MAX)
		legal->overflowed = true;
	else
		legal->o[legal->n++] = *out;
}

void oracle_walk_from(const struct oracle *o, unsigned vcpu, const struct oracle_access *a,
		      unsigned level, uint64_t gfn, unsigned perm, struct oracle_legal *legal)
{
	struct oracle_outcome out;

	memset(&out, 0, sizeof(out)); /* padding too: outcomes are compared as bytes */
	for (;; level--) {
		unsigned index = oracle_index(a->gva, level);
		uint64_t e;

		if (!oracle_is_table(o, gfn)) {
			legal->met_unknown = true;
			return;
		}
		e = oracle_word(o, gfn, index);
		out.ref[out.n_ref].gfn = gfn;
		out.ref[out.n_ref++].index = index;
		if (!(e & PTE_P)) {
			refuse(&out, a, 0);
			break;
		}
		if (oracle_is_reserved(e, level)) {
			refuse(&out, a, ORACLE_PF_P | ORACLE_PF_RSVD);
			break;
		}
		perm &= oracle_rights(e);
		if (oracle_is_leaf(e, level)) {
			out.gfn = oracle_leaf_gfn(e, level, a->gva);
			out.level = level;
			out.perm = perm;
			if (oracle_allows(&o->vcpu[vcpu], perm, a))
				grant(&out, a);
			else
				refuse(&out, a, ORACLE_PF_P);
			break;
		}
		gfn = oracle_frame(e);
	}
	oracle_add(legal, &out);
}

static void mark(struct oracle *o, const struct oracle_ref *ref)
{
	struct word *w = &oracle_find(o, ref->gfn)->word[ref->index];
	struct version *x = w->n ? &w->v[w->n - 1] : NULL;

	if (!x || x->died != NEVER)
		return;
	if ((ref->may & PTE_A) && x->a_time == NEVER)
		x->a_time = o->now;
	if ((ref->may & PTE_D) && x->d_time == NEVER)
		x->d_time = o->now;
}

void oracle_mark(struct oracle *o, const struct oracle_legal *legal)
{
	for (unsigned i = 0; i < legal->n; i++)
		for (unsigned k = 0; k < legal->o[i].n_ref; k++)
			mark(o, &legal->o[i].ref[k]);
	o->now++;
}
