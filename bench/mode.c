/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mode.h"

#include "measure.h"
#include "mmu/mmu.h"
#include "trace/reader.h"
#include "vm/engine.h"

#define BATCH 4096u

const char *const mode_names[MODE_COUNT] = {
	"decode", "tlb-each", "tlb-memory", "tlb", "native", "ept", "npt", "spt",
};

/* The TLBs of the targets. */
static const struct machine tlb_machine = {
	.name = "64x4 + 1536x12",
	.l1d = { { { 64, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) } },
	.l1_unified = true,
	.stlb = { { { 1536, 12, ASSOC_LRU }, HOLDS(LEVEL_4K) } },
	.pte_cache = PTE_CACHE_NONE,
};

/* A miss is filled without a walk: every page is where it is, and allows all. */
static int identity_fill(struct mmu *m, struct mmu_vcpu *v, struct fill *f,
			 struct sim_error *err)
{
	(void)m;
	(void)err;
	f->status = FILL_OK;
	f->t = (struct translation){ .frame = f->gva.v >> PAGE_SHIFT,
				     .level = LEVEL_4K,
				     .page_level = LEVEL_4K,
				     .perm = PERM_ALL,
				     .dirty = true };
	cpu_tlb_fill(v->cpu, f->gva, f->access, &f->t);
	return 0;
}

/* --- a lane --- */

static int make_vm(struct vm **vm, const char *technique, const struct machine *machine,
		   const struct trace_meta *meta, struct sim_error *err)
{
	const struct vm_config cfg = {
		.technique = technique,
		.machine = *machine,
		.host = { .page_level = LEVEL_4K, .prepopulated = true },
		.mmu = { .tdp_levels = 4, .use_vpid = true },
	};

	return vm_create(vm, &cfg, meta, err);
}

/* One with the TLBs only: `ops`, the caller's, becomes its technique. */
static int make_tlb(struct vm **vm, struct mmu_ops *ops, const struct trace_meta *meta,
		    struct sim_error *err)
{
	int rc = make_vm(vm, "native", &tlb_machine, meta, err);

	if (rc)
		return rc;
	*ops = mmu_native;
	ops->fill = identity_fill;
	vm_mmu(*vm)->ops = ops;
	for (unsigned i = 0; i < meta->n_vcpu; i++) {
		struct paging *mode = &vm_mmu(*vm)->vcpu[i].hw;

		mode->smep = mode->smap = false; /* every page is the user's */
	}
	return 0;
}

/* --- modes --- */

static void tally(struct counters *n, const struct batch *b)
{
	n->loads += b->n_load;
	n->stores += b->n_store;
	n->fetches += b->n_fetch;
}

static int decode(struct trace_reader *r, struct counters *n, struct sim_error *err)
{
	struct batch b;
	int rc;

	while (!(rc = trace_next(r, BATCH, &b, err)))
		tally(n, &b);
	return rc == SIM_EOF ? 0 : rc;
}

/* One access that may cross into the next page. */
static int access_one(struct vm *vm, uint8_t op, uint64_t gva, struct sim_error *err)
{
	const struct access a = { .kind = (enum access_kind)(op & OP_KIND),
				  .user = (op & OP_USER) && !(op & OP_SYSTEM) };
	uint64_t next = (gva | (PAGE_BYTES - 1)) + 1;
	struct vm_result result;
	int rc = vm_access(vm, gva_make(gva), a, 1, &result, err);

	if (!rc && (op & OP_CROSS))
		rc = vm_access(vm, gva_make(next), a, 1, &result, err);
	return rc;
}

static int each_of(struct vm *vm, const struct batch *b, struct sim_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < b->n; i++) {
		if ((b->op[i] & OP_KIND) != OP_EVENT) {
			rc = access_one(vm, b->op[i], b->gva[i], err);
		} else {
			const struct event *e = &b->event[b->gva[i]];

			rc = vm_event(vm, e, b->word + e->words, err);
		}
	}
	return rc;
}

/* Adds up what the batches say, as the vm takes an access that crosses for two. */
static int replay_each(struct trace_reader *r, struct vm *vm, struct counters *n,
		       struct sim_error *err)
{
	struct counters seen = { 0 };
	struct batch b;
	int rc;

	while (!(rc = trace_next(r, BATCH, &b, err))) {
		rc = each_of(vm, &b, err);
		if (rc)
			return rc;
		tally(&seen, &b);
	}
	*n = *vm_counters(vm);
	n->loads = seen.loads;
	n->stores = seen.stores;
	n->fetches = seen.fetches;
	return rc == SIM_EOF ? 0 : rc;
}

static int replay_all(struct trace_reader *r, struct vm *vm, struct counters *n,
		      struct sim_error *err)
{
	const struct engine_options opt = { .batch = BATCH };
	int rc = engine_run(r, &vm, 1, &opt, err);

	*n = *vm_counters(vm);
	return rc;
}

static int replay(struct trace_reader *r, enum mode mode, const struct mode_machines *m,
		  struct counters *n, struct sim_error *err)
{
	const struct machine *machine = mode == MODE_NPT ? &m->amd : &m->intel;
	struct mmu_ops ops;
	struct vm *vm;
	int rc;

	if (mode == MODE_TLB || mode == MODE_TLB_EACH)
		rc = make_tlb(&vm, &ops, trace_meta(r), err);
	else
		rc = make_vm(&vm, mode_names[mode], machine, trace_meta(r), err);
	if (rc)
		return rc;
	rc = mode == MODE_TLB_EACH ? replay_each(r, vm, n, err) : replay_all(r, vm, n, err);
	vm_destroy(vm);
	return rc;
}

static int from_file(enum mode mode, const struct mode_machines *m, const char *path,
		     struct counters *n, struct sim_error *err)
{
	struct trace_reader *r;
	int rc = trace_open(&r, path, 0, err);

	if (rc)
		return rc;
	rc = mode == MODE_DECODE ? decode(r, n, err) : replay(r, mode, m, n, err);
	trace_close(r);
	return rc;
}

static int replay_recording(struct vm *vm, const struct recording *rec, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < rec->n_batch; i++)
		rc = vm_run(vm, &rec->batch[i], err);
	return rc;
}

static int from_memory(const char *path, const struct recording *rec, struct counters *n,
		       struct sim_error *err)
{
	struct trace_reader *r;
	struct mmu_ops ops;
	struct vm *vm;
	int rc = trace_open(&r, path, 0, err);

	if (rc)
		return rc;
	rc = make_tlb(&vm, &ops, trace_meta(r), err);
	trace_close(r);
	if (rc)
		return rc;
	rc = replay_recording(vm, rec, err);
	*n = *vm_counters(vm);
	vm_destroy(vm);
	return rc;
}

int mode_measure(enum mode mode, const struct mode_machines *m, const char *path,
		 const struct recording *rec, struct mode_run *run, struct sim_error *err)
{
	double start = measure_seconds();
	int rc;

	*run = (struct mode_run){ 0 };
	if (mode == MODE_TLB_MEMORY)
		rc = from_memory(path, rec, &run->n, err);
	else
		rc = from_file(mode, m, path, &run->n, err);
	run->seconds = measure_seconds() - start;
	return rc;
}
