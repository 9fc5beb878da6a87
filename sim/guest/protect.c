/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mprotect and madvise (Linux, mm/mprotect.c, mm/madvise.c). */
#include <assert.h>

#include "guest/fault.h"

/* What pte_modify() keeps of an entry: _PAGE_CHG_MASK. */
#define KEPT	  (PTE_ADDR | PTE_A | PTE_DIRTY | PTE_SPECIAL)
#define KEPT_HUGE (KEPT | PTE_PS)

/* can_change_pte_writable(): a small page that was written already may be written without another fault, a private one if
 * it is anonymous and has one owner. */
static bool may_write_at_once(const struct guest_os *g, const struct vma *v, uint64_t entry)
{
	const struct frame *f = &g->frames.frame[pte_frame(entry, LEVEL_4K)];

	if (!(v->flags & MAPPING_WRITE) || !(entry & PTE_D))
		return false;
	return (v->flags & MAPPING_SHARED) ||
	       (f->use == FRAME_ANON && (f->flags & FRAME_IS_EXCLUSIVE));
}

/* ptep_modify_prot_start() clears a small entry and a hugetlb one; change_huge_pmd(), pmd_mkinvalid(), leaves all but P. */
static uint64_t between(const struct vma *v, const struct gpt_walk *w)
{
	return w->level > LEVEL_4K && !(v->flags & MAPPING_HUGETLB)
		       ? w->value & ~(PTE_P | PTE_PROTNONE)
		       : 0;
}

/* pte_needs_flush(): an entry that was there, and allows something else now. */
static bool needs_flush(uint64_t old, uint64_t now)
{
	return (old & PTE_P) && ((old ^ now) & (PTE_P | PTE_W | PTE_U | PTE_NX | PTE_G));
}

/* The entry is taken out of use, then set. */
static int change(struct guest_os *g, struct gather *z, const struct gpt_walk *w, uint64_t gva,
		  struct sim_error *err)
{
	const struct vma *v = aspace_at(&z->p->mm, gva);
	uint64_t now = (w->value & (w->level > LEVEL_4K ? KEPT_HUGE : KEPT)) | fault_prot(v);
	int rc;

	if (w->level == LEVEL_4K && may_write_at_once(g, v, now))
		now |= PTE_W;
	rc = gpt_store(g, w->table, w->index, between(v, w), err);
	if (!rc)
		rc = gpt_store(g, w->table, w->index, now, err);
	if (needs_flush(w->value, now) || (v->flags & MAPPING_HUGETLB))
		zap_flush_later(z, gva,
				w->level == LEVEL_4K ? PAGE_SHIFT : level_shift(w->level));
	return rc;
}

/* An entry that maps more than the range is split first. */
typedef int change_entry(struct guest_os *g, struct gather *z, const struct gpt_walk *w,
			 uint64_t gva, struct sim_error *err);

static int for_each_entry(struct guest_os *g, struct gather *z, const struct vma *range,
			  change_entry *how, struct sim_error *err)
{
	uint64_t gva = range->start;
	struct gpt_walk w;
	int rc = 0;

	while (!rc && gva < range->end) {
		uint64_t next;

		gpt_find(g, z->p->root, gva, &w);
		next = gpt_next(gva, w.level);
		if (w.value && !swap_is_entry(w.value)) {
			if (w.level > LEVEL_4K &&
			    (next > range->end || (gva & (level_bytes(w.level) - 1)))) {
				rc = thp_split(g, z->p, gva, err);
				continue;
			}
			rc = how(g, z, &w, gva, err);
		}
		gva = next;
	}
	return rc;
}

/* One flush for the whole call (tlb_end_vma() of x86 leaves it: MMU_GATHER_MERGE_VMAS); hugetlb_change_protection() has its
 * own, of every entry. */
static int protect_mapping(struct guest_os *g, struct gather *z, const struct vma *v,
			   struct sim_error *err)
{
	struct gather own;
	int rc;

	if (!(v->flags & MAPPING_HUGETLB))
		return for_each_entry(g, z, v, change, err);
	zap_begin(&own, z->p);
	rc = for_each_entry(g, &own, v, change, err);
	if (!rc)
		rc = zap_finish(g, &own, err);
	zap_fini(&own);
	return rc;
}

/* A mapping that has the rights already is left as it is (mprotect_fixup()). */
static uint32_t with_rights(const struct vma *v, uint32_t rights)
{
	return (v->flags & ~MAPPING_RIGHTS) | rights;
}

static int split_rights(struct guest_os *g, struct process *p, uint64_t at, uint32_t rights,
			struct sim_error *err)
{
	const struct vma *v = aspace_at(&p->mm, at);

	return v && v->flags != with_rights(v, rights) ? mm_split(g, p, at, err) : 0;
}

int mm_protect(struct guest_os *g, struct process *p, const struct vma *range,
	       struct sim_error *err)
{
	struct gather z;
	int rc = mm_check_hugetlb(p, range->start, range->end, err);

	if (!rc)
		rc = split_rights(g, p, range->start, range->flags, err);
	if (!rc)
		rc = split_rights(g, p, range->end, range->flags, err);
	if (rc)
		return rc;
	zap_begin(&z, p);
	for (size_t i = aspace_find(&p->mm, range->start); !rc && i < p->mm.n; i++) {
		struct vma *v = &p->mm.vma[i];
		uint32_t flags = with_rights(v, range->flags);

		if (v->start >= range->end)
			break;
		if (v->flags == flags)
			continue;
		v->flags = flags;
		rc = protect_mapping(g, &z, v, err);
	}
	if (!rc)
		rc = zap_finish(g, &z, err);
	zap_fini(&z);
	aspace_merge(&p->mm, range->start, range->end);
	return rc;
}

/* --- madvise --- */

/* madvise_free_pte_range(): a private anonymous page that was written becomes clean and old. */
static int set_lazyfree(struct guest_os *g, struct gather *z, const struct gpt_walk *w,
			uint64_t gva, struct sim_error *err)
{
	uint64_t gfn = pte_frame(w->value, w->level);
	struct frame *f = &g->frames.frame[gfn];
	int rc;

	if (w->level > LEVEL_4K)
		return thp_is_zero(g, w->value) ? 0 : thp_split(g, z->p, gva, err);
	if (f->use != FRAME_ANON || f->mapcount != 1 || !w->is_present)
		return 0;
	reclaim_lazyfree(g, gfn);
	if (!(w->value & (PTE_A | PTE_D)))
		return 0;
	rc = gpt_store(g, w->table, w->index, 0, err);
	if (!rc)
		rc = gpt_store(g, w->table, w->index, w->value & ~(PTE_A | PTE_DIRTY), err);
	zap_flush_later(z, gva, PAGE_SHIFT);
	return rc;
}

/* madvise_free_single_vma(): EINVAL for what is not anonymous, and what comes behind it is left as it is. */
static bool can_be_freed(const struct vma *v)
{
	return !(v->flags & (MAPPING_FILE | MAPPING_SHARED | MAPPING_HUGETLB));
}

/* madvise_walk_vmas(): each mapping has a flush of its own. */
static int advise_each(struct guest_os *g, struct gather *z, const struct vma *range,
		       unsigned advice, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = aspace_find(&z->p->mm, range->start); !rc && i < z->p->mm.n; i++) {
		struct vma v = z->p->mm.vma[i];

		if (v.start >= range->end)
			break;
		v.start = v.start < range->start ? range->start : v.start;
		v.end = v.end > range->end ? range->end : v.end;
		if (advice == ADVICE_FREE && !can_be_freed(&v))
			break;
		rc = advice == ADVICE_FREE ? for_each_entry(g, z, &v, set_lazyfree, err)
					   : zap_pages(g, z, v.start, v.end, err);
		if (!rc)
			rc = zap_finish(g, z, err);
	}
	return rc;
}

static int split_advice(struct guest_os *g, struct process *p, uint64_t at, unsigned advice,
			struct sim_error *err)
{
	const struct vma *v = aspace_at(&p->mm, at);

	return v && v->advice != advice ? mm_split(g, p, at, err) : 0;
}

static int advise_huge(struct guest_os *g, struct process *p, const struct vma *range,
		       unsigned advice, struct sim_error *err)
{
	int rc = split_advice(g, p, range->start, advice, err);

	if (!rc)
		rc = split_advice(g, p, range->end, advice, err);

	for (size_t i = aspace_find(&p->mm, range->start); !rc && i < p->mm.n; i++) {
		if (p->mm.vma[i].start >= range->end)
			break;
		p->mm.vma[i].advice = (uint8_t)advice;
	}
	aspace_merge(&p->mm, range->start, range->end);
	return rc;
}

int mm_advise(struct guest_os *g, struct process *p, const struct vma *range, unsigned advice,
	      struct sim_error *err)
{
	struct gather z;
	int rc = mm_check_hugetlb(p, range->start, range->end, err);

	if (rc)
		return rc;
	if (advice == ADVICE_HUGEPAGE || advice == ADVICE_NOHUGEPAGE)
		return advise_huge(g, p, range, advice, err);
	zap_begin(&z, p);
	if (advice == ADVICE_DONTNEED || advice == ADVICE_FREE)
		rc = advise_each(g, &z, range, advice, err);
	zap_fini(&z);
	return rc;
}
