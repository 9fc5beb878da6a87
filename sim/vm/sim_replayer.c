/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/sim_replayer.h"

#include "mem/guest_walk.h"
#include "vm/host_op.h"

static int run(void *self, const struct batch *b, struct sim_error *err)
{
	return vm_run(self, b, err);
}

static int host(void *self, const struct host_op *op, struct sim_error *err)
{
	return vm_host_op(self, op, err);
}

/* A technique without a host has none of KVM's counters. */
static int counters(void *self, struct counters *c, bool have[COUNTER_COUNT],
		    struct sim_error *err)
{
	bool has_kvm = !vm_mmu(self)->ops->frames_are_gfn;

	(void)err;
	*c = *vm_counters(self);
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		have[i] = has_kvm || counter_info[i].truth == COUNTER_OURS;
	return 0;
}

/* The guest's tables say where in its memory; the technique, by a load, which host page. */
static int place(void *self, gva_t gva, struct place *p, struct sim_error *err)
{
	const struct access load = { ACCESS_LOAD, true };
	struct mmu *m = vm_mmu(self);
	const struct mmu_vcpu *v = &m->vcpu[0];
	const struct memslot *slot;
	struct vm_result r;
	struct guest_walk w;
	uint64_t offset;
	int rc;

	*p = (struct place){ .mapped = false };
	guest_walk(&m->guest, v->regs.cr3, &v->paging, gva, load, 0, &w);
	slot = w.status == GUEST_WALK_OK ? memslots_find(&m->slots, w.gfn) : NULL;
	if (!slot)
		return 0;
	rc = vm_access(self, gva, load, 1, &r, err);
	if (rc || r.status != FILL_OK)
		return rc;
	if (!ramlist_find_hva(&board_memory(vm_board(self))->ram, memslot_hva(slot, w.gfn),
			      &offset))
		return 0;
	*p = (struct place){ .mapped = true,
			     .gpa = gpa_make(w.gfn.v << PAGE_SHIFT |
					     (gva.v & (PAGE_BYTES - 1))),
			     .offset = offset + (gva.v & (PAGE_BYTES - 1)),
			     .hpa = r.hpa };
	return 0;
}

static int dirty(void *self, uint64_t *pages, struct sim_error *err)
{
	(void)err;
	*pages = vm_dirty_pages(self);
	return 0;
}

static void destroy(void *self)
{
	vm_destroy(self);
}

static const struct replayer_ops ops = {
	.run = run,
	.host = host,
	.counters = counters,
	.place = place,
	.dirty = dirty,
	.destroy = destroy,
};

int sim_replayer_create(struct replayer *r, const struct vm_config *cfg,
			const struct trace_meta *meta, struct sim_error *err)
{
	struct vm *vm;
	int rc = vm_create(&vm, cfg, meta, err);

	if (rc)
		return rc;
	*r = (struct replayer){ .ops = &ops, .self = vm };
	return 0;
}
