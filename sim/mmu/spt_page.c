/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shadow pages: find, create, link, zap, recycle (Linux mmu/mmu.c). */
#include <assert.h>
#include <stdint.h>

#include "base/alloc.h"
#include "mmu/spt.h"

#define MIN_FREE_PAGES 5  /* KVM_MIN_FREE_MMU_PAGES */
#define REFILL_PAGES   25 /* KVM_REFILL_PAGES */

/* --- lookups --- */

static struct shadow_page *page_of_value(uint64_t value)
{
	return (struct shadow_page *)(uintptr_t)value;
}

struct shadow_page *spt_child(const struct spt *s, uint64_t spte)
{
	uint64_t value = 0;

	map_get(&s->by_hfn, pte_frame(spte, 1), &value);
	return page_of_value(value);
}

bool spt_is_obsolete(const struct spt *s, const struct shadow_page *p)
{
	return p->is_invalid || p->valid_gen != s->valid_gen;
}

static struct shadow_page *first_of_gfn(const struct spt *s, gfn_t gfn)
{
	uint64_t value = 0;

	map_get(&s->by_gfn, gfn.v, &value);
	return page_of_value(value);
}

struct shadow_page *spt_mirror(const struct spt *s, struct shadow_page *p)
{
	while (p && ((p->role & ROLE_DIRECT) || spt_is_obsolete(s, p)))
		p = p->same_gfn;
	return p;
}

struct shadow_page *spt_first_mirror(const struct spt *s, gfn_t gfn)
{
	return spt_mirror(s, first_of_gfn(s, gfn));
}

bool spt_is_tracked(const struct spt *s, gfn_t gfn)
{
	return map_get(&s->tracked, gfn.v, NULL);
}

static uint64_t large_key(gfn_t gfn, unsigned level)
{
	return (gfn.v & ~(level_frames(level) - 1)) << 2 | level;
}

bool spt_forbids_large(const struct spt *s, gfn_t gfn, unsigned level)
{
	return map_get(&s->no_large, large_key(gfn, level), NULL);
}

unsigned spt_max_level(const struct mmu *m, const struct memslot *slot, gfn_t gfn,
		       unsigned limit)
{
	struct host_mapping h = host_lookup(m->host, memslot_hva(slot, gfn));
	unsigned of_host = h.present ? h.level : LEVEL_4K;

	while (limit > LEVEL_4K && spt_forbids_large(m->state, gfn, limit))
		limit--;
	return mmu_max_level(slot, gfn, limit < of_host ? limit : of_host);
}

/* --- what a mirrored guest table means for the memory it lies in --- */

static int count_up(struct map *m, uint64_t key)
{
	uint64_t n = 0;

	map_get(m, key, &n);
	return map_put(m, key, n + 1);
}

static void count_down(struct map *m, uint64_t key)
{
	uint64_t n = 0;

	if (!map_get(m, key, &n))
		return;
	if (n == 1)
		map_del(m, key);
	else /* replaces the value of a key that is there: cannot run out of memory */
		(void)!map_put(m, key, n - 1);
}

static void unaccount(struct spt *s, const struct shadow_page *p)
{
	s->n_indirect--;
	if (role_level(p->role) > LEVEL_4K)
		count_down(&s->tracked, p->gfn.v);
	count_down(&s->no_large, large_key(p->gfn, LEVEL_2M));
	count_down(&s->no_large, large_key(p->gfn, LEVEL_1G));
}

/* Upper tables stay protected for as long as they are shadowed; no large leaf may cover any
 * table. */
static int account(struct mmu *m, const struct shadow_page *p)
{
	struct spt *s = spt_of(m);

	s->n_indirect++;
	if ((role_level(p->role) > LEVEL_4K && count_up(&s->tracked, p->gfn.v)) ||
	    count_up(&s->no_large, large_key(p->gfn, LEVEL_2M)) ||
	    count_up(&s->no_large, large_key(p->gfn, LEVEL_1G)))
		return SIM_ENOMEM;
	if (spt_write_protect(m, p->gfn))
		spt_flush_remote(m);
	return 0;
}

/* --- links --- */

void spt_unlink(struct mmu *m, struct shadow_page *child, struct sptep at)
{
	size_t i = 0;

	(void)m;
	while (child->parent[i].page != at.page || child->parent[i].index != at.index)
		i++;
	child->parent[i] = child->parent[--child->n_parent];
	at.page->spt[at.index] = 0;
}

void spt_zap_entry(struct mmu *m, struct sptep at)
{
	uint64_t spte = at.page->spt[at.index];

	if (!spte_is_present(spte))
		at.page->spt[at.index] = 0; /* nothing, or an MMIO entry */
	else if (spte_is_last(spte, role_level(at.page->role)))
		spt_drop_spte(m, at);
	else
		spt_unlink(m, spt_child(spt_of(m), spte), at);
}

int spt_link(struct mmu *m, struct sptep at, struct shadow_page *child)
{
	if (sim_grow((void **)&child->parent, &child->cap_parent, child->n_parent,
		     sizeof(*child->parent)))
		return SIM_ENOMEM;
	if (spte_is_present(at.page->spt[at.index])) {
		spt_zap_entry(m, at);
		spt_flush_remote(m);
	}
	at.page->spt[at.index] = child->hfn.v << PAGE_SHIFT | PTE_P | PTE_W | PTE_U | PTE_A;
	child->parent[child->n_parent++] = at;
	if (child->is_unsync || child->n_unsync_children)
		spt_mark_parent_unsync(m, at);
	return 0;
}

/* --- the active list, newest first --- */

static void list_add(struct spt *s, struct shadow_page *p)
{
	p->newer = NULL;
	p->older = s->newest;
	if (s->newest)
		s->newest->newer = p;
	else
		s->oldest = p;
	s->newest = p;
}

static void list_del(struct spt *s, struct shadow_page *p)
{
	if (p->newer)
		p->newer->older = p->older;
	else
		s->newest = p->older;
	if (p->older)
		p->older->newer = p->newer;
	else
		s->oldest = p->newer;
	p->newer = p->older = NULL;
}

/* --- creation --- */

/* Unknown to the list and the gfn map by now. */
static void page_free(struct mmu *m, struct shadow_page *p)
{
	struct spt *s = spt_of(m);

	if (p->spt) {
		map_del(&s->by_hfn, p->hfn.v);
		pages_drop(&s->tables, p->hfn.v);
		host_frame_put(m->host, p->hfn);
	}
	sim_free(p->parent);
	sim_free(p);
}

static struct shadow_page *page_alloc(struct mmu *m)
{
	struct spt *s = spt_of(m);
	struct shadow_page *p = sim_calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	if (host_frame_get(m->host, &p->hfn, NULL)) {
		sim_free(p);
		return NULL;
	}
	p->spt = pages_make(&s->tables, p->hfn.v);
	if (!p->spt) {
		host_frame_put(m->host, p->hfn);
		sim_free(p);
		return NULL;
	}
	if (map_put(&s->by_hfn, p->hfn.v, (uint64_t)(uintptr_t)p)) {
		page_free(m, p);
		return NULL;
	}
	return p;
}

static void forget_gfn(struct spt *s, struct shadow_page *p)
{
	struct shadow_page *q = first_of_gfn(s, p->gfn);

	if (q != p) {
		while (q->same_gfn != p)
			q = q->same_gfn;
		q->same_gfn = p->same_gfn;
	} else if (p->same_gfn) {
		/* replaces the value of a key that is there: cannot run out of memory */
		(void)!map_put(&s->by_gfn, p->gfn.v, (uint64_t)(uintptr_t)p->same_gfn);
	} else {
		map_del(&s->by_gfn, p->gfn.v);
	}
}

static struct shadow_page *page_create(struct mmu *m, gfn_t gfn, uint32_t role)
{
	struct spt *s = spt_of(m);
	struct shadow_page *p = page_alloc(m);

	if (!p)
		return NULL;
	p->gfn = gfn;
	p->role = role;
	p->valid_gen = s->valid_gen;
	p->same_gfn = first_of_gfn(s, gfn);
	if (map_put(&s->by_gfn, gfn.v, (uint64_t)(uintptr_t)p)) {
		page_free(m, p);
		return NULL;
	}
	list_add(s, p);
	s->n_used++;
	m->c->shadow_pages++;
	if (m->c->shadow_pages > m->c->shadow_pages_peak)
		m->c->shadow_pages_peak = m->c->shadow_pages;
	if (!(role & ROLE_DIRECT) && account(m, p))
		return NULL;
	return p;
}

/* A page of that gfn and role, brought up to date if it is unsync. */
static struct shadow_page *find_page(struct mmu *m, struct mmu_vcpu *v, gfn_t gfn,
				     uint32_t role)
{
	struct spt *s = spt_of(m);
	struct shadow_page *p, *next, *zapped = NULL;

	for (p = first_of_gfn(s, gfn); p; p = next) {
		next = p->same_gfn;
		if (spt_is_obsolete(s, p))
			continue;
		if (p->role == role)
			break;
		/* a leaf table that has become an upper one: its unsync life is over */
		if (role_level(role) > LEVEL_4K && p->is_unsync) {
			spt_prepare_zap(m, p, &zapped);
			next = first_of_gfn(s, gfn);
		}
	}
	if (p && !(role & ROLE_DIRECT)) {
		if (p->is_unsync && spt_sync_page(m, v, p))
			spt_flush_remote(m);
		p->n_writes = 0;
	}
	spt_commit_zap(m, &zapped);
	return p;
}

struct shadow_page *spt_get_page(struct mmu *m, struct mmu_vcpu *v, gfn_t gfn, uint32_t role)
{
	struct shadow_page *p = find_page(m, v, gfn, role);

	if (p)
		return p;
	m->c->mmu_cache_miss++;
	return page_create(m, gfn, role);
}

/* --- zapping --- */

static void unlink_parents(struct mmu *m, struct shadow_page *p)
{
	while (p->n_parent)
		spt_unlink(m, p, p->parent[p->n_parent - 1]);
}

/*
 * A page that is some vCPU's root stays until the last of them lets go; it leaves the active
 * list now and, as KVM has it, counts as used until then.
 */
unsigned spt_prepare_zap(struct mmu *m, struct shadow_page *p, struct shadow_page **list)
{
	struct spt *s = spt_of(m);
	unsigned n;

	m->c->mmu_shadow_zapped++;
	n = m->cfg.leave_unsync_children ? 0 : spt_zap_unsync_children(m, p, list);
	for (unsigned i = 0; i < 512; i++)
		spt_zap_entry(m, (struct sptep){ p, i });
	unlink_parents(m, p);
	if (!p->is_invalid && !(p->role & ROLE_DIRECT))
		unaccount(s, p);
	if (p->is_unsync)
		spt_clear_unsync(m, p);
	if (!p->is_invalid) {
		list_del(s, p);
		forget_gfn(s, p);
	}
	if (!p->root_count) {
		n++;
		p->older = *list;
		*list = p;
		s->n_used--;
		m->c->shadow_pages--;
	} else if (!spt_is_obsolete(s, p)) {
		spt_request_all(m, SPT_FREE_OBSOLETE);
	}
	p->is_invalid = true;
	return n;
}

void spt_commit_zap(struct mmu *m, struct shadow_page **list)
{
	struct shadow_page *p = *list;

	if (!p)
		return;
	spt_flush_remote(m);
	while (p) {
		struct shadow_page *next = p->older;

		page_free(m, p);
		p = next;
	}
	*list = NULL;
}

void spt_flush_or_zap(struct mmu *m, struct shadow_page **list, bool flush)
{
	if (*list)
		spt_commit_zap(m, list);
	else if (flush)
		spt_flush_remote(m);
}

static void zap_oldest(struct mmu *m, uint64_t goal)
{
	struct spt *s = spt_of(m);
	struct shadow_page *p = s->oldest, *zapped = NULL;
	uint64_t total = 0;

	while (p && total < goal) {
		struct shadow_page *newer = p->newer;
		unsigned n = 0;

		if (!p->root_count)
			n = spt_prepare_zap(m, p, &zapped);
		total += n;
		p = n > 1 ? s->oldest : newer; /* its children went too: the list has changed */
	}
	spt_commit_zap(m, &zapped);
	m->c->mmu_recycled += total;
}

int spt_make_room(struct mmu *m, struct sim_error *err)
{
	struct spt *s = spt_of(m);
	uint64_t room = s->n_max > s->n_used ? s->n_max - s->n_used : 0;

	if (room >= MIN_FREE_PAGES)
		return 0;
	zap_oldest(m, REFILL_PAGES - room);
	if (s->n_max > s->n_used)
		return 0;
	return sim_fail(err, SIM_ERANGE, NULL,
			"the quota of %llu shadow pages is too small for the roots in use",
			(unsigned long long)s->n_max);
}

void spt_set_quota(struct mmu *m, uint64_t quota)
{
	struct spt *s = spt_of(m);

	if (s->n_used > quota) {
		zap_oldest(m, s->n_used - quota);
		quota = s->n_used;
	}
	s->n_max = quota;
}

void spt_zap_all(struct mmu *m)
{
	struct spt *s = spt_of(m);
	struct shadow_page *zapped = NULL;

	s->valid_gen ^= 1;
	spt_request_all(m, SPT_FREE_OBSOLETE);
	while (s->oldest)
		spt_prepare_zap(m, s->oldest, &zapped);
	spt_commit_zap(m, &zapped);
}

void spt_free_all(struct mmu *m)
{
	struct spt *s = spt_of(m);

	for (unsigned i = 0; i < m->n_vcpu; i++) {
		struct spt_vcpu *sv = spt_vcpu_of(&m->vcpu[i]);

		if (sv)
			spt_free_roots(m, &m->vcpu[i], true, (1u << SPT_PREV_ROOTS) - 1);
	}
	while (s->newest) {
		struct shadow_page *p = s->newest;

		list_del(s, p);
		page_free(m, p);
	}
}
