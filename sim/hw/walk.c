/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * walk - the page walker
 *
 *     walk_guest   descends the table of the first dimension; in two dimensions each table's
 * frame goes through locate() first, and the leaf's through host_walk() locate       guest
 * table frame -> host frame: nested TLB, else host_walk() host_walk    descends EPT or NPT
 * below the deepest host-side paging-structure hit settle       after the rights are known:
 * sets A and D, then caches the entries used
 *
 * The nested TLB holds pages of guest tables only, not the data's (Bhargava et al.,
 * "Accelerating two-dimensional page walks for virtualized systems", ASPLOS 2008). An entry
 * whose A bit is clear is not cached; a refused access sets no bit, so below the first clear A
 * nothing is.
 */
#include "hw/walk.h"

#include <assert.h>

#include "hw/cpu_parts.h"
#include "hw/entry.h"

#define ENTRY_BYTES 8u

/* The format of an NPT walk, whatever mode the guest is in. */
static const struct paging npt_mode = { .nxe = true, .wp = true };

/* The entries that a walk of one dimension read, from level `top` down to `level`. */
struct trail {
	uint64_t *entry[LEVEL_MAX + 1];
	struct pwc_entry next[LEVEL_MAX + 1]; /* what lies below entry[level] */
	struct pwc_entry start;		      /* the table of level `top` */
	unsigned top, level;
};

/* A guest-physical 4 KiB page's place in the host. */
struct host_page {
	uint64_t frame;
	unsigned level; /* size of the host mapping around it */
	unsigned perm;
	bool dirty; /* the host leaf's D bit, or no such bit */
};

/* --- one entry --- */

static SIM_ALWAYS_INLINE uint64_t *read_entry(struct cpu *c, const struct walk_table *t,
					      const struct pwc_entry *at, uint64_t address,
					      unsigned level)
{
	uint64_t *page = pages_get(t->pages, at->frame);
	unsigned i = level_index(address, level);

	if (!page)
		return NULL;
	__builtin_prefetch(&page[i]);
	cpu_table_ref(c, at->host_frame << PAGE_SHIFT | i * ENTRY_BYTES);
	return &page[i];
}

static SIM_ALWAYS_INLINE bool is_accessed(const struct walk_table *t, enum pt_kind kind,
					  uint64_t pte)
{
	return !t->ad || (pte & entry_accessed(kind));
}

/* Caches the non-leaf entries of a trail that are accessed, as far down as `end`. */
static SIM_ALWAYS_INLINE void cache_trail(struct pwc *pwc, uint64_t context,
					  const struct walk_table *t, enum pt_kind kind,
					  uint64_t address, const struct trail *r, unsigned end)
{
	for (unsigned level = r->top; level > end; level--) {
		if (!is_accessed(t, kind, *r->entry[level]))
			return;
		pwc_insert(pwc, address, level, context, &r->next[level]);
	}
}

/* --- host dimension --- */

static bool lacks_bits(enum pt_kind kind, const struct trail *r, uint64_t leaf_bits)
{
	bool lacks = (*r->entry[r->level] & leaf_bits) != leaf_bits;

	for (unsigned level = r->top; level > r->level; level--)
		lacks |= !(*r->entry[level] & entry_accessed(kind));
	return lacks;
}

/* False: page-modification logging has no room, so no bit is set. */
static bool set_host_bits(const struct cpu *c, const struct walk_table *host, enum pt_kind kind,
			  const struct trail *r, unsigned need, uint64_t gpa)
{
	uint64_t *leaf = r->entry[r->level];
	uint64_t bits = entry_accessed(kind) | (need & PERM_W ? entry_dirty(kind) : 0);

	if (!host->ad)
		return true;
	if (c->pml && pml_is_full(c->pml) && lacks_bits(kind, r, bits))
		return false;
	for (unsigned level = r->top; level > r->level; level--)
		*r->entry[level] |= entry_accessed(kind);
	if (c->pml && (bits & ~*leaf & entry_dirty(kind)))
		pml_add(c->pml, gfn_make(gpa >> PAGE_SHIFT));
	*leaf |= bits;
	return true;
}

static SIM_ALWAYS_INLINE void note_host_leaf(struct cpu *c, uint64_t gpa, unsigned level,
					     const uint64_t *entry)
{
	if (level != LEVEL_4K)
		return;
	ahead_note(c->ahead.host, gpa, entry);
	c->ahead.has_host = true;
}

/* Descends the host tables for gpa; `need`: PERM_* the access must have. */
static SIM_ALWAYS_INLINE enum walk_status host_walk(struct cpu *c,
						    const struct walk_table *host,
						    enum pt_kind kind, uint64_t gpa,
						    unsigned need, struct host_page *h)
{
	struct pwc_entry at = { .frame = host->root,
				.host_frame = host->root,
				.rights = PERM_ALL };
	unsigned hit = pwc_find(&c->host_pwc, gpa, CONTEXT_VALID, &at);
	struct trail r;
	enum walk_status status = WALK_OK;
	enum entry_says says;

	r.top = hit ? hit - 1 : host->levels;
	c->counters->host_pwc_hits += hit != 0;
	for (r.level = r.top;; r.level--) {
		uint64_t *entry = read_entry(c, host, &at, gpa, r.level);

		assert(entry);
		c->counters->walk_refs_host++;
		r.entry[r.level] = entry;
		says = entry_says(kind, *entry, r.level, &npt_mode);
		if (says == ENTRY_ABSENT || says == ENTRY_RESERVED)
			break;
		at.rights &= ~(uint64_t)PERM_ALL | entry_perm(kind, *entry, &npt_mode);
		if (says == ENTRY_LEAF) {
			note_host_leaf(c, gpa, r.level, entry);
			break;
		}
		at.frame = at.host_frame = pte_frame(*entry, 1);
		r.next[r.level] = at;
	}
	if (says == ENTRY_RESERVED)
		status = WALK_MISCONFIG;
	else if (says == ENTRY_ABSENT || (at.rights & need) != need)
		status = WALK_VIOLATION;
	else if (!set_host_bits(c, host, kind, &r, need, gpa))
		status = WALK_PML_FULL;
	cache_trail(&c->host_pwc, CONTEXT_VALID, host, kind, gpa, &r, r.level);
	if (status != WALK_OK)
		return status;
	h->level = r.level;
	h->perm = at.rights & PERM_ALL;
	h->dirty = !host->ad || (*r.entry[r.level] & entry_dirty(kind));
	h->frame = pte_frame(*r.entry[r.level], r.level) |
		   (gpa >> PAGE_SHIFT & (level_frames(r.level) - 1));
	return WALK_OK;
}

/* Rights that the processor's own access to a guest table needs: with A/D bits in EPT, and
 * always under NPT, it counts as a write. */
static SIM_ALWAYS_INLINE unsigned table_need(const struct walk_table *host, enum pt_kind kind)
{
	return PERM_U | (host->ad || kind == PT_NPT ? PERM_W : 0);
}

static SIM_ALWAYS_INLINE void set_writable(struct pwc_entry *at, unsigned perm)
{
	at->rights &= ~PWC_HOST_WRITABLE;
	at->rights |= perm & PERM_W ? PWC_HOST_WRITABLE : 0;
}

/* Finds the host frame of guest table at->frame. What the nested TLB holds was let in by the
 * same kind of access, so it allows this one. */
static SIM_ALWAYS_INLINE enum walk_status locate(struct cpu *c, const struct walk_table *host,
						 enum pt_kind kind, struct pwc_entry *at)
{
	enum walk_status status;
	struct translation t;
	struct host_page h;
	struct tlb_place p;

	if (tlb_find(&c->ntlb, at->frame, CONTEXT_VALID, &p)) {
		c->counters->ntlb_hits++;
		assoc_touch(p.array, p.set, p.way);
		t = tlb_unpack(tlb_entry(&p));
		at->host_frame = t.frame | (at->frame & (level_frames(t.level) - 1));
		set_writable(at, t.perm);
		return WALK_OK;
	}
	c->counters->ntlb_misses++;
	status = host_walk(c, host, kind, at->frame << PAGE_SHIFT, table_need(host, kind), &h);
	if (status != WALK_OK)
		return status;
	at->host_frame = h.frame;
	set_writable(at, h.perm);
	t = (struct translation){ .frame = h.frame & ~(level_frames(h.level) - 1),
				  .level = (uint8_t)h.level,
				  .perm = (uint8_t)h.perm,
				  .dirty = h.dirty };
	if (c->ntlb.holds)
		tlb_insert(&c->ntlb, at->frame, CONTEXT_VALID, tlb_pack(&t), t.level);
	return WALK_OK;
}

/* --- first dimension --- */

struct job {
	struct cpu *c;
	const struct walk_table *guest, *host; /* host NULL: one dimension */
	const struct paging *mode;
	uint64_t gva;
	struct access a;
};

/* Format of the host's tables; PT_X86 stands for none. */
#define NO_HOST PT_X86

static enum walk_status fault(const struct job *j, struct walk_result *r, unsigned why,
			      unsigned level)
{
	r->error_code = perm_error_code(j->a, j->mode, why);
	r->guest_level = level;
	return WALK_FAULT;
}

static void count_pwc_hit(struct counters *n, unsigned level)
{
	n->pwc_hits_pde += level == 2;
	n->pwc_hits_pdpte += level == 3;
	n->pwc_hits_pml4e += level == 4;
	n->pwc_hits_pml5e += level == 5;
}

/* The address of the entry for gva in table `frame` of `level`. */
static uint64_t entry_address(uint64_t frame, uint64_t gva, unsigned level)
{
	return frame << PAGE_SHIFT | level_index(gva, level) * ENTRY_BYTES;
}

/* Makes at->host_frame known for the table of `level` that comes next. */
static SIM_ALWAYS_INLINE enum walk_status enter(const struct job *j, enum pt_kind host_kind,
						struct pwc_entry *at, unsigned level,
						struct walk_result *r)
{
	enum walk_status status;

	if (host_kind == NO_HOST) {
		at->host_frame = at->frame;
		return WALK_OK;
	}
	status = locate(j->c, j->host, host_kind, at);
	if (status != WALK_OK) {
		r->gpa = gpa_make(entry_address(at->frame, j->gva, level));
		r->in_table = true;
		r->is_write = table_need(j->host, host_kind) & PERM_W;
	}
	return status;
}

/* Descends to the leaf, from the deepest cached entry or the root. */
static SIM_ALWAYS_INLINE enum walk_status descend(const struct job *j, enum pt_kind host_kind,
						  struct trail *t, struct pwc_entry *at,
						  struct walk_result *r)
{
	unsigned hit = pwc_find(&j->c->pwc, j->gva, j->c->context, at);
	enum walk_status status = WALK_OK;

	count_pwc_hit(j->c->counters, hit);
	t->level = t->top = hit ? hit - 1 : j->guest->levels;
	if (!hit)
		status = enter(j, host_kind, at, t->level, r);
	t->start = *at;
	for (; status == WALK_OK; t->level--) {
		uint64_t *entry = read_entry(j->c, j->guest, at, j->gva, t->level);
		enum entry_says says;

		if (!entry) {
			r->gpa = gpa_make(at->frame << PAGE_SHIFT);
			return WALK_UNKNOWN;
		}
		j->c->counters->walk_refs_guest++;
		t->entry[t->level] = entry;
		says = entry_says(PT_X86, *entry, t->level, j->mode);
		if (says == ENTRY_ABSENT)
			return fault(j, r, 0, t->level);
		if (says == ENTRY_RESERVED)
			return fault(j, r, PFEC_P | PFEC_RSVD, t->level);
		at->rights &= ~(uint64_t)PERM_ALL | entry_perm(PT_X86, *entry, j->mode);
		if (says == ENTRY_LEAF) {
			if (t->level == LEVEL_4K)
				ahead_note(j->c->ahead.guest, j->gva, entry);
			return WALK_OK;
		}
		at->frame = pte_frame(*entry, 1);
		status = enter(j, host_kind, at, t->level - 1, r);
		if (status != WALK_OK)
			return status;
		t->next[t->level] = *at;
	}
	return status;
}

/* Sets A on each entry used and D on the leaf of a store: writes to guest memory. */
static SIM_ALWAYS_INLINE enum walk_status set_guest_bits(const struct job *j,
							 enum pt_kind host_kind,
							 const struct trail *t,
							 struct walk_result *r)
{
	for (unsigned level = t->top; j->guest->ad && level >= t->level; level--) {
		const struct pwc_entry *table =
			level == t->top ? &t->start : &t->next[level + 1];
		uint64_t store = level == t->level && j->a.kind == ACCESS_STORE ? PTE_D : 0;
		uint64_t missing = (PTE_A | store) & ~*t->entry[level];

		if (!missing)
			continue;
		if (host_kind != NO_HOST && !(table->rights & PWC_HOST_WRITABLE)) {
			r->gpa = gpa_make(entry_address(table->frame, j->gva, level));
			r->in_table = r->is_write = true;
			return WALK_VIOLATION;
		}
		*t->entry[level] |= missing;
		if (j->guest->shadow)
			continue;
		j->c->counters->guest_accessed_sets += (missing & PTE_A) != 0;
		j->c->counters->guest_dirty_sets += (missing & PTE_D) != 0;
	}
	return WALK_OK;
}

static unsigned data_need(enum access_kind kind)
{
	switch (kind) {
	case ACCESS_LOAD:
		return PERM_U;
	case ACCESS_STORE:
		return PERM_U | PERM_W;
	case ACCESS_FETCH:
		return PERM_U | PERM_X;
	}
	return PERM_ALL;
}

/* The leaf is found and allows the access: makes the translation. A page that the host maps
 * read-only is never dirty, so that CR0.WP = 0 lets no store through. */
static SIM_ALWAYS_INLINE enum walk_status finish(const struct job *j, enum pt_kind host_kind,
						 const struct trail *t,
						 const struct pwc_entry *at,
						 struct walk_result *r)
{
	uint64_t leaf = *t->entry[t->level];
	uint64_t offset = j->gva >> PAGE_SHIFT & (level_frames(t->level) - 1);
	struct host_page h = { pte_frame(leaf, t->level) | offset, t->level, PERM_ALL, true };
	enum walk_status status = WALK_OK;
	unsigned level;

	r->guest_level = t->level;
	r->gpa = gpa_make(h.frame << PAGE_SHIFT | (j->gva & (PAGE_BYTES - 1)));
	if (host_kind != NO_HOST)
		status =
			host_walk(j->c, j->host, host_kind, r->gpa.v, data_need(j->a.kind), &h);
	if (status != WALK_OK) {
		r->is_write = j->a.kind == ACCESS_STORE;
		return status;
	}
	level = h.level < t->level ? h.level : t->level;
	r->t = (struct translation){
		.frame = h.frame & ~(level_frames(level) - 1),
		.level = (uint8_t)level,
		.page_level = (uint8_t)t->level,
		.perm = (uint8_t)(at->rights & h.perm),
		.dirty = (!j->guest->ad || (leaf & PTE_D)) && (h.perm & PERM_W) && h.dirty,
		.global = j->mode->pge && (leaf & PTE_G),
		.combined = host_kind != NO_HOST,
	};
	return WALK_OK;
}

static SIM_ALWAYS_INLINE void walk(const struct job *j, enum pt_kind host_kind,
				   struct walk_result *r)
{
	struct pwc_entry at = { .frame = j->guest->root,
				.rights =
					PERM_ALL | (host_kind != NO_HOST ? PWC_COMBINED : 0) };
	struct trail t;

	*r = (struct walk_result){ .status = WALK_OK };
	j->c->counters->walks++;
	r->status = descend(j, host_kind, &t, &at, r);
	if (r->status == WALK_OK && !perm_allows(at.rights & PERM_ALL, j->a, j->mode))
		r->status = fault(j, r, PFEC_P, t.level);
	if (r->status == WALK_OK)
		r->status = set_guest_bits(j, host_kind, &t, r);
	cache_trail(&j->c->pwc, j->c->context, j->guest, PT_X86, j->gva, &t, t.level);
	if (r->status == WALK_OK)
		r->status = finish(j, host_kind, &t, &at, r);
	j->c->counters->walk_faults += r->status != WALK_OK;
}

void walk_1d(struct cpu *c, const struct walk_table *table, const struct paging *mode,
	     gva_t gva, struct access a, struct walk_result *r)
{
	const struct job j = { c, table, NULL, mode, gva.v, a };

	walk(&j, NO_HOST, r);
}

void walk_2d(struct cpu *c, const struct walk_table *guest, const struct walk_table *host,
	     const struct paging *mode, gva_t gva, struct access a, struct walk_result *r)
{
	const struct job j = { c, guest, host, mode, gva.v, a };

	if (host->kind == PT_EPT)
		walk(&j, PT_EPT, r);
	else
		walk(&j, PT_NPT, r);
}
