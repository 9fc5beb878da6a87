/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exec (Linux, fs/exec.c). The arguments are copied into the new address space before it is anybody's: into pages at
 * its very end, which no program faults for. Once it is loaded, they move to where the stack shall be.
 */
#include "base/alloc.h"
#include "guest/fault.h"

#define STACK_TOP TASK_SIZE /* arch/x86: STACK_TOP_MAX */
#define ARGUMENTS (STACK_TOP - PAGE_BYTES)

/* __bprm_mm_init(), get_arg_page(). All arguments, environment and names: one page; more are not told. */
static int put_arguments(struct guest_os *g, struct process *p, struct sim_error *err)
{
	struct vma v = { .start = ARGUMENTS,
			 .end = STACK_TOP,
			 .flags = MAPPING_READ | MAPPING_WRITE | MAPPING_GROWSDOWN };
	struct fault f = { .p = p, .gva = v.start };
	uint64_t gfn, table;
	int rc = aspace_insert(&p->mm, &v, err);

	if (rc)
		return rc;
	f.v = aspace_at(&p->mm, f.gva);
	p->is_fresh = true;
	rc = fault_anon_page(g, &f, FILL_ZERO, &gfn, err);
	if (!rc)
		rc = gpt_make(g, p->root, f.gva, LEVEL_4K, &table, err);
	return rc ? rc
		  : gpt_store(g, table, level_index(f.gva, LEVEL_4K),
			      fault_writable(f.v, gfn << PAGE_SHIFT | fault_prot(f.v)), err);
}

/* begin_new_exec(): the new tables are loaded before the old ones are taken apart. */
int mm_exec(struct guest_os *g, struct process *p, struct sim_error *err)
{
	uint64_t root = p->root, ctx_id = p->ctx_id;
	struct process old;
	int rc;

	g->counts.execs++;
	/* Reclaim may find the old pages until then. */
	rc = mm_new_root(g, p, err);
	old = *p;
	old.root = root;
	old.ctx_id = ctx_id;
	p->mm = (struct aspace){ 0 };
	p->deposit = NULL;
	p->n_deposit = p->deposit_cap = 0;
	if (!rc)
		rc = put_arguments(g, p, err);
	if (g->cpu.loaded == p)
		g->cpu.loaded = &old;
	if (!rc)
		rc = tlbflush_switch(g, p, err);
	if (!rc)
		rc = mm_tear_down(g, &old, err);
	aspace_fini(&old.mm);
	sim_free(old.deposit);
	return rc;
}

/* setup_arg_pages() has mprotect_fixup() go over the page, to the rights that it has, then move_page_tables(): the old
 * entry goes, the new one comes, the old address is flushed. */
static int move_page(struct guest_os *g, struct process *p, uint64_t to, struct sim_error *err)
{
	uint64_t from = ARGUMENTS, table;
	struct gpt_walk w;
	int rc = gpt_make(g, p->root, to, LEVEL_4K, &table, err);

	gpt_find(g, p->root, from, &w);
	if (rc || !w.value || swap_is_entry(w.value))
		return rc;
	g->frames.frame[pte_frame(w.value, LEVEL_4K)].owner = to >> PAGE_SHIFT;
	rc = gpt_store(g, w.table, w.index, 0, err);
	if (!rc)
		rc = gpt_store(g, w.table, w.index, w.value, err);
	if (!rc)
		rc = gpt_store(g, w.table, w.index, 0, err);
	if (!rc)
		rc = gpt_store(g, table, level_index(to, LEVEL_4K), w.value, err);
	return rc ? rc : tlbflush_range(g, p, from, STACK_TOP, PAGE_SHIFT, err);
}

bool exec_is_stack(const struct process *p, const struct vma *v)
{
	const struct vma *begun = aspace_at(&p->mm, ARGUMENTS);

	return p->is_fresh && (v->flags & MAPPING_GROWSDOWN) && begun &&
	       begun->start == ARGUMENTS && (begun->flags & MAPPING_GROWSDOWN);
}

/* setup_arg_pages(), shift_arg_pages(): tables that held nothing else are freed. What a stream that names no mappings has
 * touched before is not in the way. */
int exec_place_stack(struct guest_os *g, struct process *p, const struct vma *stack,
		     struct sim_error *err)
{
	bool is_in_place = stack->end >= STACK_TOP;
	struct gather z;
	int rc = stack->start < ARGUMENTS ? mm_unmap(g, p, stack->start,
						     is_in_place ? ARGUMENTS : stack->end, err)
					  : 0;

	p->is_fresh = false;
	if (!rc && is_in_place)
		aspace_at(&p->mm, ARGUMENTS)->start = stack->start;
	if (rc || is_in_place)
		return rc;
	aspace_remove(&p->mm, ARGUMENTS, STACK_TOP);
	rc = aspace_insert(&p->mm, stack, err);
	if (rc)
		return rc;
	aspace_at(&p->mm, stack->start)->has_anon = true;
	zap_begin(&z, p);
	rc = move_page(g, p, stack->end - PAGE_BYTES, err);
	if (!rc)
		rc = zap_tables(g, &z, ARGUMENTS, STACK_TOP, err);
	if (!rc)
		rc = zap_finish(g, &z, err);
	zap_fini(&z);
	return rc;
}
