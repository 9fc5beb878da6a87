/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of two-dimensional paging: one radix tree over the guest's frames. */
#include "base/alloc.h"
#include "mmu/tdp_state.h"

static int table_new(struct mmu *m, hfn_t *hfn, struct sim_error *err)
{
	struct tdp *s = tdp_of(m);
	int rc;

	if (sim_grow((void **)&s->frame, &s->cap_frame, s->n_frame, sizeof(*s->frame)))
		return sim_fail_nomem(err);
	rc = host_frame_get(m->host, hfn, err);
	if (rc)
		return rc;
	if (!pages_make(&s->tables, hfn->v)) {
		host_frame_put(m->host, *hfn);
		return sim_fail_nomem(err);
	}
	s->frame[s->n_frame++] = *hfn;
	m->c->tdp_pages++;
	if (m->c->tdp_pages > m->c->tdp_pages_peak)
		m->c->tdp_pages_peak = m->c->tdp_pages;
	return 0;
}

/* Not the root. */
static void table_free(struct mmu *m, uint64_t frame)
{
	struct tdp *s = tdp_of(m);
	size_t i = 1;

	while (s->frame[i].v != frame)
		i++;
	s->frame[i] = s->frame[--s->n_frame];
	pages_drop(&s->tables, frame);
	host_frame_put(m->host, hfn_make(frame));
	m->c->tdp_pages--;
}

int tdp_root_new(struct mmu *m, struct sim_error *err)
{
	hfn_t root;
	int rc = table_new(m, &root, err);

	if (!rc)
		tdp_of(m)->host.root = root.v;
	return rc;
}

void tdp_drop_all(struct mmu *m)
{
	struct tdp *s = tdp_of(m);

	for (size_t i = 0; i < s->n_frame; i++) {
		pages_drop(&s->tables, s->frame[i].v);
		host_frame_put(m->host, s->frame[i]);
	}
	m->c->tdp_pages -= s->n_frame;
	s->n_frame = 0;
	m->c->pages_4k = m->c->pages_2m = m->c->pages_1g = 0;
}

uint64_t *tdp_leaf_counter(struct counters *c, unsigned level)
{
	return level == LEVEL_4K   ? &c->pages_4k
	       : level == LEVEL_2M ? &c->pages_2m
				   : &c->pages_1g;
}

bool tdp_is_table(const struct tdp *s, uint64_t e, unsigned level)
{
	return level > LEVEL_4K && e && !(e & s->flavor->large);
}

/* The entry at `lowest`, or higher up where no table goes further down. */
static uint64_t *descend(const struct tdp *s, gfn_t gfn, unsigned lowest, unsigned *level)
{
	uint64_t frame = s->host.root;

	for (*level = s->host.levels;; --*level) {
		uint64_t *e =
			&pages_get(&s->tables, frame)[level_index(gfn.v << PAGE_SHIFT, *level)];

		if (*level == lowest || !tdp_is_table(s, *e, *level))
			return e;
		frame = pte_frame(*e, 1);
	}
}

uint64_t *tdp_find(const struct tdp *s, gfn_t gfn, unsigned *level)
{
	return descend(s, gfn, LEVEL_4K, level);
}

uint64_t *tdp_entry(const struct tdp *s, gfn_t gfn, unsigned level)
{
	unsigned at;
	uint64_t *e = descend(s, gfn, level, &at);

	return at == level ? e : NULL;
}

void tdp_remove(struct mmu *m, uint64_t *entry, unsigned level)
{
	struct tdp *s = tdp_of(m);
	uint64_t e = *entry;

	*entry = 0;
	if (tdp_is_table(s, e, level)) {
		uint64_t *table = pages_get(&s->tables, pte_frame(e, 1));

		for (unsigned i = 0; i < 512; i++)
			tdp_remove(m, &table[i], level - 1);
		table_free(m, pte_frame(e, 1));
	} else if (e && !tdp_is_mmio(s, e)) {
		--*tdp_leaf_counter(m->c, level);
	}
}

int tdp_build(struct mmu *m, struct mmu_vcpu *v, gfn_t gfn, unsigned level, uint64_t **entry,
	      struct sim_error *err)
{
	struct tdp *s = tdp_of(m);
	hfn_t table;
	unsigned at;

	for (;;) {
		uint64_t *e = descend(s, gfn, level, &at);
		int rc;

		if (at > level ? *e != 0 : tdp_is_table(s, *e, at)) {
			tdp_remove(m, e, at);
			tdp_flush_all(m, v);
		}
		*entry = e;
		if (at == level)
			return 0;
		rc = table_new(m, &table, err);
		if (rc)
			return rc;
		*e = table.v << PAGE_SHIFT | s->flavor->nonleaf;
	}
}

int tdp_split(struct mmu *m, uint64_t *entry, unsigned level, struct sim_error *err)
{
	struct tdp *s = tdp_of(m);
	uint64_t e = *entry, *table;
	hfn_t hfn;
	int rc = table_new(m, &hfn, err);

	if (rc)
		return rc;
	if (level - 1 == LEVEL_4K)
		e &= ~s->flavor->large;
	table = pages_get(&s->tables, hfn.v);
	for (unsigned i = 0; i < 512; i++)
		table[i] = e + i * level_bytes(level - 1);
	*entry = hfn.v << PAGE_SHIFT | s->flavor->nonleaf;
	--*tdp_leaf_counter(m->c, level);
	*tdp_leaf_counter(m->c, level - 1) += 512;
	return 0;
}
