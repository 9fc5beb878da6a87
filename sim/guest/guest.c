/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guest/guest.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "guest/fault.h"

/* As Linux 6.1 sets them on a processor with SMEP, SMAP and UMIP; captured: 0x750eb0, with CR4.PKE and without PGE's
 * neighbours MCE, DE. */
#define BOOT_CR0  ((uint64_t)0x80050033)
#define BOOT_CR4  ((uint64_t)0x350ef0)
#define BOOT_EFER ((uint64_t)0xd01)

/* --- metadata --- */

static int check_input(const struct guest_os_config *cfg, const struct trace_meta *in,
		       struct sim_error *err)
{
	if (in->has_tables && !cfg->is_stripped)
		return sim_fail(
			err, SIM_EUNSUP, NULL,
			"the stream has page tables already: there is nothing for a guest OS to add");
	if (in->n_vcpu != 1)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"the stream has %u vCPUs; the guest OS has one", in->n_vcpu);
	return 0;
}

static int make_meta(struct guest_os *g, const struct trace_meta *in, struct sim_error *err)
{
	uint64_t low = g->cfg.memory < FRAMES_BELOW_HOLE << PAGE_SHIFT
			       ? g->cfg.memory
			       : FRAMES_BELOW_HOLE << PAGE_SHIFT;
	struct trace_meta *m = &g->meta;

	m->name = sim_strdup(in->name ? in->name : "");
	m->origin = sim_asprintf("%s; page tables by the guest OS model, %" PRIu64 " MiB",
				 in->origin ? in->origin : "", g->cfg.memory >> 20);
	m->tools = sim_strdup(in->tools ? in->tools : "");
	if (!m->name || !m->origin || !m->tools)
		return sim_fail_nomem(err);
	m->ram[m->n_ram++] = (struct trace_ram){ 0, low };
	if (g->cfg.memory > low)
		m->ram[m->n_ram++] = (struct trace_ram){ FRAMES_ABOVE_HOLE << PAGE_SHIFT,
							 g->cfg.memory - low };
	m->n_vcpu = 1;
	m->has_tables = m->has_frames = true;
	m->regs = (struct regs){ .cr0 = BOOT_CR0,
				 .cr4 = BOOT_CR4 | (g->cfg.pcid ? CR4_PCIDE : 0),
				 .efer = BOOT_EFER };
	g->mode = paging_of(&m->regs);
	return 0;
}

/* --- processes --- */

/* The first ran before the stream began. */
static int run_process(struct guest_os *g, struct process *p, struct sim_error *err)
{
	struct guest_os_counts before = g->counts;
	int rc;

	g->current = p;
	rc = tlbflush_switch(g, p, err);
	if (!g->has_run) {
		guest_os_counts_found(&g->counts, &before);
		p->is_first = true;
	}
	g->has_run = true;
	return rc;
}

/* Before the stream says which process it is, it is the first that it speaks of, or 0. */
static int need_process(struct guest_os *g, uint32_t pid, struct sim_error *err)
{
	struct process *p;
	int rc;

	if (g->current || g->last_ctx_id > INIT_CTX)
		return 0;
	rc = mm_get(g, pid, &p, err);
	return rc ? rc : run_process(g, p, err);
}

/* --- process events --- */

typedef int event_handler(struct guest_os *, struct process *, const struct event *,
			  struct sim_error *);

static int take_range(const struct event *e, struct vma *v, struct sim_error *err)
{
	if ((e->gva | e->value) % PAGE_BYTES && e->kind != EVENT_ADVISE)
		return sim_fail(err, SIM_EFORMAT, NULL,
				"%s of 0x%" PRIx64 " + 0x%" PRIx64
				" is not whole pages of 4 KiB",
				event_name(e->kind), e->gva, e->value);
	v->start = e->gva & ~(PAGE_BYTES - 1);
	v->end = e->gva + e->value;
	if (!e->value || v->end < e->gva || v->end > TASK_SIZE)
		return sim_fail(err, SIM_ERANGE, NULL,
				"%s of 0x%" PRIx64 " + 0x%" PRIx64
				" is no range of the user's half",
				event_name(e->kind), e->gva, e->value);
	v->end = round_up(v->end, PAGE_BYTES);
	return 0;
}

static int check_flags(const struct event *e, struct sim_error *err)
{
	uint32_t other = MAPPING_FILE | MAPPING_SHARED | MAPPING_HUGETLB;

	if (e->n & ~MAPPING_ALL)
		return sim_fail(err, SIM_EFORMAT, NULL, "a mapping of unknown kind 0x%" PRIx32,
				e->n);
	if ((e->n & MAPPING_HUGETLB) == MAPPING_HUGETLB)
		return sim_fail(err, SIM_EFORMAT, NULL,
				"a mapping of both 2M and 1G hugetlb pages");
	if ((e->n & MAPPING_GROWSDOWN) && (e->n & other))
		return sim_fail(
			err, SIM_EFORMAT, NULL,
			"a mapping that grows down and is shared, a file's or hugetlb's: in Linux, EINVAL");
	return 0;
}

static int map(struct guest_os *g, struct process *p, const struct event *e,
	       struct sim_error *err)
{
	struct vma v = { .flags = e->n & ~MAPPING_PRESENT };
	uint64_t huge = level_bytes(aspace_level(&v));
	int rc = take_range(e, &v, err);

	if (!rc)
		rc = check_flags(e, err);
	if (rc)
		return rc;
	if ((v.start | v.end) % huge)
		return sim_fail(err, SIM_EFORMAT, NULL,
				"a hugetlb mapping of parts of pages, 0x%" PRIx64
				" + 0x%" PRIx64,
				e->gva, e->value);
	if (e->n & MAPPING_FILE) {
		v.file = MAPPING_FILE_OF(e->gpa);
		v.pgoff = MAPPING_OFFSET_OF(e->gpa) >> PAGE_SHIFT;
	}
	if (e->n & (MAPPING_FILE | MAPPING_SHARED))
		rc = files_check(g, &v, err);
	if (rc)
		return rc;
	g->counts.mmaps++;
	rc = mm_map(g, p, &v, err);
	return !rc && (e->n & MAPPING_PRESENT) ? fault_present(g, p, &v, err) : rc;
}

static int unmap(struct guest_os *g, struct process *p, const struct event *e,
		 struct sim_error *err)
{
	struct vma v;
	int rc = take_range(e, &v, err);

	g->counts.munmaps++;
	return rc ? rc : mm_unmap(g, p, v.start, v.end, err);
}

static int protect(struct guest_os *g, struct process *p, const struct event *e,
		   struct sim_error *err)
{
	struct vma v = { .flags = e->n };
	int rc = take_range(e, &v, err);

	if (!rc && (e->n & ~MAPPING_RIGHTS))
		rc = sim_fail(err, SIM_EFORMAT, NULL, "unknown rights 0x%" PRIx32, e->n);
	g->counts.mprotects++;
	return rc ? rc : mm_protect(g, p, &v, err);
}

static int advise(struct guest_os *g, struct process *p, const struct event *e,
		  struct sim_error *err)
{
	struct vma v;
	int rc = take_range(e, &v, err);

	g->counts.madvises++;
	return rc ? rc : mm_advise(g, p, &v, e->n, err);
}

static int fork_process(struct guest_os *g, struct process *p, const struct event *e,
			struct sim_error *err)
{
	return mm_fork(g, p, e->n, err);
}

/* A child of vfork shares its parent's memory until here, and has not been seen. */
static int exec_process(struct guest_os *g, struct process *p, const struct event *e,
			struct sim_error *err)
{
	(void)e;
	g->current = p;
	return mm_exec(g, p, err);
}

static int exit_process(struct guest_os *g, struct process *p, const struct event *e,
			struct sim_error *err)
{
	(void)e;
	g->counts.exits++;
	if (p != g->current)
		return mm_exit(g, p, err);
	g->dying = p;
	return 0;
}

/* Behind its exit the kernel is in the process's memory once more (clear_child_tid, robust futexes: kernel/fork.c,
 * mm_release()); whatever happens next finds it gone. */
static int bury(struct guest_os *g, struct sim_error *err)
{
	struct process *p = g->dying;

	g->dying = NULL;
	return p ? mm_exit(g, p, err) : 0;
}

static event_handler *const calls[EVENT_KIND_COUNT] = {
	[EVENT_MAP] = map,	     [EVENT_UNMAP] = unmap,	  [EVENT_PROTECT] = protect,
	[EVENT_FORK] = fork_process, [EVENT_EXEC] = exec_process, [EVENT_EXIT] = exit_process,
	[EVENT_ADVISE] = advise,
};

/* A system call: into the kernel, the work, and back when the program goes on. */
static int call(struct guest_os *g, const struct event *e, struct sim_error *err)
{
	struct process *p;
	bool was_in_kernel;
	int rc = bury(g, err);

	if (!rc)
		rc = need_process(g, e->pid, err);
	g->has_process_event = true;
	was_in_kernel = g->cpu.in_kernel && !g->cpu.returns;
	if (!rc && g->cpu.loaded)
		rc = tlbflush_enter(g, ENTRY_CALL, err);
	if (!rc)
		rc = emit_event(g, e, NULL, err);
	if (!rc)
		rc = mm_get(g, e->pid, &p, err);
	if (!rc)
		rc = calls[e->kind](g, p, e, err);
	g->cpu.returns = !was_in_kernel && g->cpu.loaded && !g->dying;
	return rc;
}

/* The scheduler: whoever ran does not return to its program. */
static int switch_to(struct guest_os *g, uint32_t pid, struct sim_error *err)
{
	struct process *p;
	bool stays = g->current && g->current->pid == pid;
	int rc = 0;

	if (stays)
		return 0;
	rc = bury(g, err);
	if (!rc && g->cpu.loaded && !g->cpu.in_kernel)
		rc = tlbflush_enter(g, ENTRY_CALL, err);
	g->cpu.returns = false;
	if (!rc)
		rc = mm_get(g, pid, &p, err);
	return rc ? rc : run_process(g, p, err);
}

static int switch_event(struct guest_os *g, const struct event *e, struct sim_error *err)
{
	int rc = emit_event(g, e, NULL, err);

	g->has_process_event = true;
	return rc ? rc : switch_to(g, e->pid, err);
}

/* --- what another kernel did --- */

static int strip(struct guest_os *g, const struct event *e, const uint64_t *words,
		 struct sim_error *err)
{
	int rc;

	g->captured.has_begun = g->counts.accesses || g->has_process_event;
	rc = captured_event(&g->captured, e, words, err);
	if (rc || e->kind != EVENT_CR3 || g->has_process_event)
		return rc;
	return switch_to(g, (uint32_t)cr3_frame(e->value), err);
}

static bool is_kernels(enum event_kind kind)
{
	return kind == EVENT_CR0 || kind == EVENT_CR3 || kind == EVENT_CR4 ||
	       kind == EVENT_EFER || kind == EVENT_INVLPG || kind == EVENT_INVPCID ||
	       kind == EVENT_PF || kind == EVENT_PTPAGE || kind == EVENT_PTW ||
	       kind == EVENT_PTFREE;
}

/* Memory of the input's machine is not this one's. */
static bool is_machines(enum event_kind kind)
{
	return kind == EVENT_DMA || kind == EVENT_RAM_ADD || kind == EVENT_RAM_DEL;
}

static int one_event(struct guest_os *g, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	if (calls[e->kind])
		return call(g, e, err);
	if (e->kind == EVENT_SWITCH)
		return switch_event(g, e, err);
	if (e->kind == EVENT_VCPU && e->vcpu)
		return sim_fail(err, SIM_EUNSUP, NULL, "vCPU %u; the guest OS has one",
				e->vcpu);
	if (is_kernels(e->kind) || is_machines(e->kind)) {
		if (g->cfg.is_stripped)
			return strip(g, e, words, err);
		return sim_fail(
			err, SIM_EUNSUP, NULL,
			"event \"%s\", which is the guest OS's to make: strip the stream of it first",
			event_name(e->kind));
	}
	if (e->kind == EVENT_END) { /* nothing may come behind it */
		int rc = bury(g, err);

		if (rc)
			return rc;
	}
	return emit_event(g, e, NULL, err);
}

/* --- accesses --- */

static int access_pages(struct guest_os *g, uint8_t op, uint64_t gva, uint64_t *frame,
			struct sim_error *err)
{
	uint64_t second = (gva & ~(PAGE_BYTES - 1)) + PAGE_BYTES, other, again;
	int rc = fault_in(g, op, gva, frame, err);

	while (!rc && (op & OP_CROSS)) {
		rc = fault_in(g, op, second, &other, err);
		if (!rc)
			rc = fault_in(g, op, gva, &again, err);
		if (rc || again == *frame)
			break;
		*frame = again;
	}
	return rc;
}

static int one_access(struct guest_os *g, uint8_t op, uint64_t gva, uint64_t count,
		      struct sim_error *err)
{
	uint64_t frame;
	int rc = 0;

	if (SIM_UNLIKELY((!g->current || g->dying) && gva < USER_END)) {
		rc = need_process(g, 0, err);
		if (!rc && (!g->current || (g->dying && (op & OP_USER))))
			rc = sim_fail(err, SIM_ESTATE, NULL,
				      "an access at 0x%" PRIx64
				      " behind the exit of its process: a switch is missing",
				      gva);
	}
	if (!rc && SIM_UNLIKELY(g->counts.accesses++ == g->next_scan))
		rc = khugepaged_run(g, err);
	if (!rc)
		rc = access_pages(g, op, gva, &frame, err);
	return rc ? rc : emit_access(g, op, gva, frame, count, err);
}

/* --- the stream --- */

static int begin(struct guest_os *g, struct sim_error *err)
{
	struct guest_os_counts before = g->counts;
	int rc;

	if (g->has_begun)
		return 0;
	g->has_begun = true;
	rc = gpt_publish(g, g->init_root, err);
	guest_os_counts_found(&g->counts, &before);
	return rc;
}

static int one_record(struct guest_os *g, const struct batch *in, uint32_t i,
		      struct sim_error *err)
{
	const struct event *e;

	if ((in->op[i] & OP_KIND) == OP_EVENT) {
		e = &in->event[in->gva[i]];
		return one_event(g, e, batch_words(in, e), err);
	}
	return one_access(g, in->op[i], in->gva[i], in->count ? in->count[i] : 0, err);
}

static void count_pages(struct guest_os *g)
{
	g->counts.pages_free = g->frames.n_free;
	g->counts.pages_anon = g->frames.n_use[FRAME_ANON];
	g->counts.pages_file = g->frames.n_use[FRAME_FILE];
	g->counts.pages_table = g->frames.n_use[FRAME_TABLE];
}

int guest_os_next(struct guest_os *g, const struct batch *in, struct batch *out,
		  struct sim_error *err)
{
	int rc;

	emit_forget(&g->out);
	rc = begin(g, err);
	for (uint32_t i = 0; in && !rc && i < in->n; i++) {
		rc = one_record(g, in, i, err);
		if (rc)
			sim_error_where(err, "record %" PRIu64, in->first + i);
	}
	if (!rc && !in)
		rc = bury(g, err);
	count_pages(g);
	if (!rc)
		emit_give(&g->out, out);
	return rc;
}

/* --- life --- */

static int boot(struct guest_os *g, const struct trace_meta *in, struct sim_error *err)
{
	int rc = make_meta(g, in, err);

	if (!rc)
		rc = frames_init(&g->frames, g->cfg.memory >> PAGE_SHIFT, err);
	if (rc)
		return rc;
	g->table = sim_calloc(g->frames.n, sizeof(struct table *));
	if (!g->table)
		return sim_fail_nomem(err);
	rc = kernel_boot(g, err);
	if (!rc)
		rc = page_boot(g, err);
	reclaim_boot(g);
	if (!rc)
		rc = swap_boot(g, err);
	emit_forget(&g->out);
	g->out.first = 0;
	g->counts = (struct guest_os_counts){ .tables_allocated = g->counts.tables_allocated };
	g->cpu.cr3 = g->init_root << PAGE_SHIFT | g->cfg.pcid;
	g->cpu.ctx_id[0] = INIT_CTX;
	g->cpu.next_asid = 1;
	g->meta.regs.cr3 = g->cpu.cr3;
	count_pages(g);
	return rc;
}

int guest_os_create(struct guest_os **out, const struct guest_os_config *cfg,
		    const struct trace_meta *in, struct sim_error *err)
{
	int rc = check_input(cfg, in, err);
	struct guest_os *g;

	if (rc)
		return rc;
	g = sim_calloc(1, sizeof(*g));
	if (!g)
		return sim_fail_nomem(err);
	g->cfg = *cfg;
	g->last_ctx_id = INIT_CTX;
	g->epoch = 1;
	g->next_scan = cfg->khugepaged_scan ? cfg->khugepaged_scan : UINT64_MAX;
	map_init(&g->cache);
	map_init(&g->file_level);
	captured_init(&g->captured, in->regs.cr3, in->regs.cr4 & CR4_LA57 ? 5 : ROOT_LEVEL);
	g->captured.is_isolated = cfg->kpti;
	rc = boot(g, in, err);
	if (rc) {
		guest_os_destroy(g);
		return rc;
	}
	*out = g;
	return 0;
}

void guest_os_destroy(struct guest_os *g)
{
	if (!g)
		return;
	for (uint64_t i = 0; g->table && i < g->frames.n; i++)
		if (g->frames.frame[i].use == FRAME_TABLE)
			sim_free(g->table[i]);
	sim_free(g->table);
	mm_fini(g);
	files_fini(g);
	frames_fini(&g->frames);
	emit_fini(&g->out);
	captured_fini(&g->captured);
	sim_free(g->hugetlb[0]);
	sim_free(g->hugetlb[1]);
	sim_free(g->swap_count);
	trace_meta_fini(&g->meta);
	sim_free(g);
}

const struct trace_meta *guest_os_meta(const struct guest_os *g)
{
	return &g->meta;
}

const struct guest_os_counts *guest_os_counts(const struct guest_os *g)
{
	return &g->counts;
}

const struct guest_os_captured *guest_os_captured(const struct guest_os *g)
{
	return &g->captured.counts;
}
