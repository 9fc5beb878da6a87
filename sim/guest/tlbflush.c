/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Linux does to CR3 and to the TLB (arch/x86/mm/tlb.c, arch/x86/entry/calling.h): six ASIDs a vCPU, PCID = ASID + 1;
 * with KPTI the user's half has another PCID (bit 11) and the next page as its root (bit 12).
 */
#include "guest/gpt.h"

#define PCID_USER  ((uint64_t)1 << 11) /* X86_CR3_PTI_PCID_USER_BIT */
#define PUSH_AT	   (ENTRY_AREA + 0x2fc8)
#define STACK_PUSH ((PAGE_BYTES << STACK_ORDER) - 0xa8) /* struct pt_regs at the stack's top */

static uint64_t pcid_of(const struct guest_os *g, unsigned asid)
{
	return g->cfg.pcid ? asid + 1 : 0;
}

static int load(struct guest_os *g, uint64_t root, uint64_t pcid, uint64_t no_flush,
		struct sim_error *err)
{
	uint64_t value = root << PAGE_SHIFT | pcid;
	struct event e = { .kind = EVENT_CR3, .value = value | (g->cfg.pcid ? no_flush : 0) };
	int rc = emit_event(g, &e, NULL, err);

	g->counts.cr3_writes++;
	g->cpu.cr3 = value;
	g->epoch++;
	if (!rc && !g->table[root]->is_known)
		rc = gpt_publish(g, root, err);
	return rc;
}

/* choose_new_asid(); true: what the processor has under it is another's or old. */
static bool choose_asid(struct guest_os *g, uint64_t ctx_id, uint64_t gen, unsigned *asid)
{
	struct cpu *c = &g->cpu;

	*asid = 0;
	if (!g->cfg.pcid)
		return true;
	for (; *asid < ASIDS; ++*asid)
		if (c->ctx_id[*asid] == ctx_id)
			return c->tlb_gen[*asid] < gen;
	*asid = c->next_asid++;
	if (*asid >= ASIDS) {
		*asid = 0;
		c->next_asid = 1;
	}
	return true;
}

int tlbflush_switch(struct guest_os *g, struct process *p, struct sim_error *err)
{
	struct cpu *c = &g->cpu;
	uint64_t ctx_id = p ? p->ctx_id : INIT_CTX, gen = p ? p->tlb_gen : 0;
	bool flush;

	if (c->loaded == p)
		return 0;
	flush = choose_asid(g, ctx_id, gen, &c->asid);
	if (flush) {
		c->ctx_id[c->asid] = ctx_id;
		c->tlb_gen[c->asid] = gen;
		c->user_flush |= 1u << c->asid;
	}
	c->loaded = p;
	g->counts.switches++;
	return load(g, p ? p->root : g->init_root, pcid_of(g, c->asid), flush ? 0 : CR3_NOFLUSH,
		    err);
}

/* --- into the kernel and out of it --- */

static int processor_pushes(struct guest_os *g, struct sim_error *err)
{
	struct gpt_walk w;

	gpt_find(g, tlbflush_root(g), PUSH_AT, &w);
	g->counts.kernel_accesses++;
	return emit_access(g, OP_STORE | OP_USER | OP_SYSTEM | 3u << OP_SIZE_SHIFT, PUSH_AT,
			   pte_frame(w.value, LEVEL_4K), 0, err);
}

static int entry_code(struct guest_os *g, struct sim_error *err)
{
	g->counts.kernel_accesses++;
	return emit_access(g, OP_FETCH, TEXT, g->text_gfn, 0, err);
}

int tlbflush_enter(struct guest_os *g, enum entry how, struct sim_error *err)
{
	struct cpu *c = &g->cpu;
	int rc = 0;

	if (c->in_kernel && how != ENTRY_OWN && c->returns)
		rc = tlbflush_leave(g, err);
	c->returns = false;
	if (rc || c->in_kernel)
		return rc;
	if (how == ENTRY_FAULT)
		rc = processor_pushes(g, err);
	if (!rc && how != ENTRY_OWN)
		rc = entry_code(g, err);
	c->in_kernel = true;
	if (!rc && g->cfg.kpti) {
		g->counts.kpti_switches++;
		g->counts.found_kpti_switches += g->cfg.is_stripped && how != ENTRY_OWN ? 2 : 0;
		rc = load(g, c->loaded->root, pcid_of(g, c->asid), CR3_NOFLUSH, err);
	}
	if (!rc && how != ENTRY_OWN)
		rc = emit_kernel(g, OP_STORE, (c->loaded->stack << PAGE_SHIFT) + STACK_PUSH,
				 err);
	return rc;
}

int tlbflush_leave(struct guest_os *g, struct sim_error *err)
{
	struct cpu *c = &g->cpu;
	uint32_t own = 1u << c->asid;
	uint64_t no_flush = c->user_flush & own ? 0 : CR3_NOFLUSH;

	if (!c->in_kernel)
		return 0;
	c->in_kernel = c->returns = false;
	if (!g->cfg.kpti)
		return 0;
	c->user_flush &= ~own;
	g->counts.kpti_switches++;
	return load(g, c->loaded->root + 1, g->cfg.pcid ? pcid_of(g, c->asid) | PCID_USER : 0,
		    no_flush, err);
}

/* --- flushes --- */

static int flush_page(struct guest_os *g, uint64_t gva, struct sim_error *err)
{
	struct event e = { .kind = EVENT_INVLPG, .gva = gva };
	int rc = emit_event(g, &e, NULL, err);

	g->counts.invlpg++;
	if (rc || !g->cfg.kpti || !g->cfg.pcid)
		return rc;
	g->counts.invpcid++;
	e = (struct event){ .kind = EVENT_INVPCID,
			    .gva = gva,
			    .value = pcid_of(g, g->cpu.asid) | PCID_USER };
	return emit_event(g, &e, NULL, err);
}

static int flush_all(struct guest_os *g, struct sim_error *err)
{
	g->counts.full_flushes++;
	g->cpu.user_flush |= 1u << g->cpu.asid;
	return load(g, g->cpu.loaded->root, pcid_of(g, g->cpu.asid), 0, err);
}

int tlbflush_range(struct guest_os *g, struct process *p, uint64_t start, uint64_t end,
		   unsigned shift, struct sim_error *err)
{
	int rc = 0;

	p->tlb_gen++;
	if (g->cpu.loaded != p)
		return 0;
	g->cpu.tlb_gen[g->cpu.asid] = p->tlb_gen;
	if (end == FLUSH_ALL || (end - start) >> shift > g->cfg.tlb_flush_ceiling)
		return flush_all(g, err);
	for (; !rc && start < end; start += (uint64_t)1 << shift)
		rc = flush_page(g, start, err);
	return rc;
}
