/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page tables of the guest, and what the stream is told of them. */
#include <assert.h>

#include "base/alloc.h"
#include "guest/gpt.h"

int gpt_adopt(struct guest_os *g, uint64_t gfn, unsigned level, struct sim_error *err)
{
	struct table *t = sim_calloc(1, sizeof(*t));

	if (!t)
		return sim_fail_nomem(err);
	t->level = (uint8_t)level;
	g->table[gfn] = t;
	g->counts.tables_allocated++;
	return emit_kernel(g, OP_STORE, gfn << PAGE_SHIFT, err);
}

int gpt_alloc(struct guest_os *g, unsigned level, uint64_t *gfn, struct sim_error *err)
{
	int rc = page_alloc(g, 0, FRAME_TABLE, gfn, err);

	return rc ? rc : gpt_adopt(g, *gfn, level, err);
}

static bool is_table(uint64_t entry, unsigned level)
{
	return (entry & PTE_P) && !pte_is_leaf(entry, level);
}

int gpt_publish(struct guest_os *g, uint64_t gfn, struct sim_error *err)
{
	struct table *t = g->table[gfn];
	struct event e = { .kind = EVENT_PTPAGE, .level = t->level, .gpa = gfn << PAGE_SHIFT };
	int rc;

	t->is_known = true;
	g->counts.tables_given++;
	g->counts.tables_given_kernel += t->is_kernels;
	rc = emit_event(g, &e, t->word, err);
	for (unsigned i = 0; !rc && i < 512; i++) {
		uint64_t below = pte_frame(t->word[i], LEVEL_4K);

		if (is_table(t->word[i], t->level) && !g->table[below]->is_known)
			rc = gpt_publish(g, below, err);
	}
	return rc;
}

int gpt_store(struct guest_os *g, uint64_t table, unsigned index, uint64_t value,
	      struct sim_error *err)
{
	struct table *t = g->table[table];
	struct event e = { .kind = EVENT_PTW,
			   .gpa = (table << PAGE_SHIFT) + 8 * index,
			   .value = value };
	bool is_kernels;
	int rc = emit_kernel(g, OP_STORE, e.gpa, err);

	if (rc)
		return rc;
	t->used = (uint16_t)(t->used + !!value - !!t->word[index]);
	t->word[index] = value;
	g->epoch++;
	is_kernels = t->level == ROOT_LEVEL ? index >= ROOT_KERNEL : t->is_kernels;
	if (is_table(value, t->level))
		g->table[pte_frame(value, LEVEL_4K)]->is_kernels = is_kernels;
	if (!t->is_known)
		return 0;
	g->counts.pte_writes++;
	g->counts.pte_writes_kernel += is_kernels;
	rc = emit_event(g, &e, NULL, err);
	if (!rc && is_table(value, t->level) && !g->table[pte_frame(value, LEVEL_4K)]->is_known)
		rc = gpt_publish(g, pte_frame(value, LEVEL_4K), err);
	return rc;
}

/* Linux, arch/x86/mm/pti.c, __pti_set_user_pgtbl(): the user's root has the entry; in the kernel's own it cannot be
 * executed, so that a return with the wrong tables shows. */
int gpt_store_root(struct guest_os *g, uint64_t root, unsigned index, uint64_t value,
		   struct sim_error *err)
{
	int rc;

	if (!g->cfg.kpti || index >= ROOT_KERNEL)
		return gpt_store(g, root, index, value, err);
	rc = gpt_store(g, root + 1, index, value, err);
	return rc ? rc : gpt_store(g, root, index, value | (value ? PTE_NX : 0), err);
}

int gpt_forget(struct guest_os *g, uint64_t gfn, struct sim_error *err)
{
	struct event e = { .kind = EVENT_PTFREE, .gpa = gfn << PAGE_SHIFT };

	g->counts.tables_freed++;
	if (!g->table[gfn]->is_known)
		return 0;
	g->table[gfn]->is_known = false;
	g->counts.tables_let_go++;
	g->counts.tables_let_go_kernel += g->table[gfn]->is_kernels;
	return emit_event(g, &e, NULL, err);
}

void gpt_release(struct guest_os *g, uint64_t gfn)
{
	sim_free(g->table[gfn]);
	g->table[gfn] = NULL;
	frames_free(&g->frames, gfn);
}

void gpt_find(const struct guest_os *g, uint64_t root, uint64_t gva, struct gpt_walk *w)
{
	*w = (struct gpt_walk){ .table = root, .level = ROOT_LEVEL, .perm = PERM_ALL };
	for (;; w->level--) {
		w->index = level_index(gva, w->level);
		w->value = gpt_entry(g, w->table, w->index);
		w->is_present = w->value & PTE_P;
		if (!w->is_present)
			return;
		w->perm &= perm_of_pte(w->value, &g->mode);
		if (pte_is_leaf(w->value, w->level))
			return;
		w->table = pte_frame(w->value, LEVEL_4K);
	}
}

int gpt_make(struct guest_os *g, uint64_t root, uint64_t gva, unsigned level, uint64_t *table,
	     struct sim_error *err)
{
	uint64_t flags = gva < USER_END ? TABLE_USER : TABLE_KERNEL;
	int rc = 0;

	*table = root;
	for (unsigned l = ROOT_LEVEL; l > level; l--) {
		unsigned index = level_index(gva, l);
		uint64_t entry = gpt_entry(g, *table, index), below;

		assert(!(entry & PTE_P) || !pte_is_leaf(entry, l));
		if (!entry) {
			rc = gpt_alloc(g, l - 1, &below, err);
			entry = below << PAGE_SHIFT | flags;
			if (!rc)
				rc = l == ROOT_LEVEL
					     ? gpt_store_root(g, root, index, entry, err)
					     : gpt_store(g, *table, index, entry, err);
			if (rc)
				return rc;
		}
		*table = pte_frame(entry, LEVEL_4K);
	}
	return 0;
}

void gpt_find_table(const struct guest_os *g, uint64_t root, uint64_t gva, unsigned level,
		    struct gpt_walk *w)
{
	*w = (struct gpt_walk){ .table = root, .level = ROOT_LEVEL };
	for (;; w->level--) {
		w->index = level_index(gva, w->level);
		w->value = gpt_entry(g, w->table, w->index);
		if (w->level == level)
			return;
		w->table = pte_frame(w->value, LEVEL_4K);
	}
}
