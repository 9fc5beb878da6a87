/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Page faults (Linux, arch/x86/mm/fault.c and mm/memory.c, handle_pte_fault() and what it calls), and the accesses that
 * raise them. A and D bits of the guest's own copy of its tables are set by each access: they are what the kernel reads
 * when it copies or ages an entry.
 */
#include <assert.h>
#include <inttypes.h>

#include "guest/fault.h"

#define STACK_GUARD (256 * PAGE_BYTES) /* mm/mmap.c: stack_guard_gap */
#define MMAP_MIN_ADDR                                                                          \
	(16 * PAGE_BYTES) /* CONFIG_DEFAULT_MMAP_MIN_ADDR, as distributions set it */
#define TRIES 64u

bool fault_is_zero_page(const struct guest_os *g, uint64_t entry)
{
	return (entry & PTE_SPECIAL) && pte_frame(entry, LEVEL_4K) == g->zero_gfn;
}

/* protection_map[] of arch/x86: a private page is mapped read-only until its owner is known (PAGE_COPY, PAGE_READONLY);
 * A is set in all. A file's shared page is read-only until its first write is noticed (vma_wants_writenotify()), shared
 * anonymous memory and hugetlbfs are not watched. */
uint64_t fault_prot(const struct vma *v)
{
	bool is_shared = v->flags & MAPPING_SHARED;
	uint64_t prot = PTE_U | PTE_A | (v->flags & MAPPING_EXEC ? 0 : PTE_NX);

	if (!(v->flags & MAPPING_RIGHTS))
		return PTE_A | PTE_PROTNONE;
	if (is_shared && (v->flags & MAPPING_WRITE) &&
	    (v->file >= FILES_OWN || (v->flags & MAPPING_HUGETLB)))
		prot |= PTE_W;
	return prot | PTE_P;
}

/* maybe_mkwrite(pte_mkdirty()) */
uint64_t fault_writable(const struct vma *v, uint64_t entry)
{
	return entry | PTE_DIRTY | PTE_A | (v->flags & MAPPING_WRITE ? PTE_W : 0);
}

static int segfault(const struct fault *f, const char *why, struct sim_error *err)
{
	static const char *const kind[] = { "load", "store", "fetch" };

	return sim_fail(err, SIM_ESTATE, NULL,
			"process %" PRIu32 ": a %s at 0x%" PRIx64 " %s: in Linux, SIGSEGV",
			f->p->pid, kind[f->a.kind], f->gva, why);
}

/* --- mappings --- */

/* What explains an access that no mapping explains: see guest.h. */
static int map_implicitly(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	struct aspace *a = &f->p->mm;
	uint64_t size = g->cfg.unmapped_region, start = f->gva / size * size,
		 end = start + size;
	size_t i = aspace_find(a, f->gva);
	struct vma v = { .flags = MAPPING_RIGHTS };
	int rc = 0;

	if (i && a->vma[i - 1].end > start)
		start = a->vma[i - 1].end;
	if (i < a->n && a->vma[i].start < end)
		end = a->vma[i].start;
	v.start = start;
	v.end = end < TASK_SIZE ? end : TASK_SIZE;
	if (f->a.kind == ACCESS_FETCH) {
		v.flags |= MAPPING_FILE;
		rc = files_make(g, FILE_DISK, &v.file, err);
	}
	g->counts.mmaps_implicit++;
	if (!rc)
		rc = aspace_insert(a, &v, err);
	f->v = aspace_at(a, f->gva);
	return rc;
}

/* expand_downwards(): a guard gap stays below what can be accessed, and the stack's size has a limit. A mapping that grows is
 * private and of no file. */
static bool grow_stack(const struct guest_os *g, struct fault *f)
{
	struct aspace *a = &f->p->mm;
	size_t i = aspace_find(a, f->gva);
	uint64_t start = f->gva & ~(PAGE_BYTES - 1);
	struct vma *v = i < a->n ? &a->vma[i] : NULL;

	if (!v || !(v->flags & MAPPING_GROWSDOWN) || v->end - start > g->cfg.stack_limit ||
	    start < MMAP_MIN_ADDR)
		return false;
	if (i && !(v[-1].flags & MAPPING_GROWSDOWN) && (v[-1].flags & MAPPING_RIGHTS) &&
	    start - v[-1].end < STACK_GUARD)
		return false;
	v->start = start;
	v->has_anon = true; /* anon_vma_prepare() */
	f->v = v;
	return true;
}

static int find_mapping(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	f->v = aspace_at(&f->p->mm, f->gva);
	if (f->v || grow_stack(g, f))
		return 0;
	if (g->cfg.unmapped == GUEST_UNMAPPED_MAP && f->gva < TASK_SIZE)
		return map_implicitly(g, f, err);
	return segfault(f, "is in no mapping (unmapped=map would make one)", err);
}

/* access_error(); a mapping that cannot be read can be, once it is there to be executed. */
static int check_rights(const struct fault *f, struct sim_error *err)
{
	uint32_t flags = f->v->flags;

	if (f->a.kind == ACCESS_STORE && !(flags & MAPPING_WRITE))
		return segfault(f, "is in a mapping without write", err);
	if (f->a.kind == ACCESS_FETCH && !(flags & MAPPING_EXEC))
		return segfault(f, "is in a mapping without execute", err);
	if (!(flags & MAPPING_RIGHTS))
		return segfault(f, "is in a mapping without any rights", err);
	return 0;
}

/* --- pages that are not there --- */

static int fill(struct guest_os *g, uint64_t gfn, uint64_t from, struct sim_error *err)
{
	int rc = 0;

	if (from == FRAME_NONE)
		return emit_dma(g, gfn, err);
	if (from != FILL_ZERO)
		rc = emit_kernel(g, OP_LOAD, from << PAGE_SHIFT, err);
	return rc ? rc : emit_kernel(g, OP_STORE, gfn << PAGE_SHIFT, err);
}

static int anon_page(struct guest_os *g, const struct fault *f, uint64_t *gfn,
		     struct sim_error *err)
{
	int rc = page_alloc(g, 0, FRAME_ANON, gfn, err);
	struct frame *own;

	if (rc)
		return rc;
	own = &g->frames.frame[*gfn];
	own->owner = f->gva >> PAGE_SHIFT;
	own->mapcount = 1;
	own->flags = FRAME_IS_EXCLUSIVE;
	f->v->has_anon = true;
	reclaim_list_page(g, *gfn);
	return 0;
}

int fault_anon_page(struct guest_os *g, const struct fault *f, uint64_t from, uint64_t *gfn,
		    struct sim_error *err)
{
	int rc = anon_page(g, f, gfn, err);

	return rc ? rc : fill(g, *gfn, from, err);
}

static int set_entry(struct guest_os *g, const struct fault *f, uint64_t gva, uint64_t entry,
		     struct sim_error *err)
{
	uint64_t table;
	int rc = gpt_make(g, f->p->root, gva, LEVEL_4K, &table, err);

	return rc ? rc : gpt_store(g, table, level_index(gva, LEVEL_4K), entry, err);
}

/* do_anonymous_page() */
static int anon(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	uint64_t gfn;
	int rc;

	if (f->a.kind != ACCESS_STORE) {
		g->counts.pf_zero++;
		return set_entry(g, f, f->gva,
				 g->zero_gfn << PAGE_SHIFT | fault_prot(f->v) | PTE_SPECIAL,
				 err);
	}
	g->counts.pf_anon++;
	rc = fault_anon_page(g, f, FILL_ZERO, &gfn, err);
	return rc ? rc
		  : set_entry(g, f, f->gva,
			      fault_writable(f->v, gfn << PAGE_SHIFT | fault_prot(f->v)), err);
}

static int map_file_page(struct guest_os *g, const struct fault *f, uint64_t gva,
			 struct sim_error *err)
{
	uint64_t gfn, entry;
	int rc = files_page(g, f->v, gva, &gfn, err);

	if (rc)
		return rc;
	entry = gfn << PAGE_SHIFT | fault_prot(f->v);
	if (f->a.kind == ACCESS_STORE)
		entry = fault_writable(f->v, entry);
	g->frames.frame[gfn].mapcount++;
	return set_entry(g, f, gva, entry, err);
}

/* do_fault_around(): empty entries of a window that begins aligned or with the mapping, within the mapping and the
 * table. The frame that faulted is mapped with the rest, in order. */
static int around(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	uint64_t size = g->cfg.fault_around, own = f->gva & ~(PAGE_BYTES - 1);
	uint64_t gva = own / size * size, end, table = level_bytes(LEVEL_2M);
	struct gpt_walk w;
	int rc = 0;

	gva = gva < f->v->start ? f->v->start : gva;
	end = gva + size;
	if (end > round_up(gva + 1, table))
		end = round_up(gva + 1, table);
	end = end > f->v->end ? f->v->end : end;
	for (; !rc && gva < end; gva += PAGE_BYTES) {
		gpt_find(g, f->p->root, gva, &w);
		if (w.value)
			continue;
		g->counts.fault_around_pages += gva != own;
		rc = map_file_page(g, f, gva, err);
	}
	return rc;
}

/* do_cow_fault(): there is a page for the copy before there is one to copy, which nothing would hold. */
static int file_copy(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	uint64_t from, gfn;
	int rc = anon_page(g, f, &gfn, err);

	g->counts.pf_file_cow++;
	if (!rc)
		rc = files_page(g, f->v, f->gva, &from, err);
	if (!rc)
		rc = fill(g, gfn, from, err);
	return rc ? rc
		  : set_entry(g, f, f->gva,
			      fault_writable(f->v, gfn << PAGE_SHIFT | fault_prot(f->v)), err);
}

/* do_fault() */
static int file(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	if (f->a.kind == ACCESS_STORE && !(f->v->flags & MAPPING_SHARED))
		return file_copy(g, f, err);
	g->counts.pf_file++;
	if (f->a.kind == ACCESS_STORE)
		return map_file_page(g, f, f->gva, err);
	return around(g, f, err);
}

static int missing(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	bool done = false;
	int rc = thp_fault(g, f, &done, err);

	if (rc || done)
		return rc;
	if (swap_is_entry(f->w.value))
		return swap_in(g, f, err);
	return f->v->flags & MAPPING_FILE ? file(g, f, err) : anon(g, f, err);
}

int fault_present(struct guest_os *g, struct process *p, const struct vma *v,
		  struct sim_error *err)
{
	struct guest_os_counts before = g->counts;
	struct fault f = { .p = p, .gva = v->start };
	uint64_t gfn;
	int rc = 0;

	for (; !rc && f.gva < v->end; f.gva += PAGE_BYTES) {
		f.v = aspace_at(&p->mm, f.gva);
		gpt_find(g, p->root, f.gva, &f.w);
		if (f.w.value)
			continue;
		rc = fault_anon_page(g, &f, FILL_ZERO, &gfn, err);
		if (!rc)
			rc = set_entry(g, &f, f.gva,
				       fault_writable(f.v, gfn << PAGE_SHIFT | fault_prot(f.v)),
				       err);
	}
	guest_os_counts_found(&g->counts, &before);
	/* A stream begins with the tables of who runs; those of another are given when it runs, and counted. */
	if (!p->is_first)
		g->counts.found_tables = before.found_tables;
	return rc;
}

/* --- the fault as a whole --- */

static int handle(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	int rc = find_mapping(g, f, err);

	if (!rc)
		rc = check_rights(f, err);
	if (rc)
		return rc;
	if (f->v->flags & MAPPING_HUGETLB)
		return hugetlb_fault(g, f, err);
	if (!f->w.is_present)
		return missing(g, f, err);
	if (f->a.kind == ACCESS_STORE)
		return fault_cow(g, f, err);
	return segfault(f, "is not allowed by its page", err);
}

static bool is_entered(const struct guest_os *g, const struct fault *f)
{
	return g->cfg.is_stripped && f->a.user && g->cpu.in_kernel && !g->cpu.returns;
}

/* In a stripped stream what the captured handler accessed stands before the access that faulted: it is in the kernel for
 * that fault already. */
static int take(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	struct event e = { .kind = EVENT_PF,
			   .gva = f->gva,
			   .value = perm_error_code(f->a, &g->mode,
						    f->w.is_present ? PFEC_P : 0) };
	int rc = emit_event(g, &e, NULL, err);

	g->counts.pf++;
	g->counts.pf_kernel += !f->a.user;
	if (!rc && !is_entered(g, f))
		rc = tlbflush_enter(g, ENTRY_FAULT, err);
	if (!rc)
		rc = handle(g, f, err);
	g->cpu.returns = f->a.user;
	return rc;
}

/* A program's access needs the program's tables, a kernel's the kernel's. */
static int right_mode(struct guest_os *g, struct access a, struct sim_error *err)
{
	return a.user ? tlbflush_leave(g, err) : tlbflush_enter(g, ENTRY_OWN, err);
}

static bool is_right_mode(const struct cpu *c, struct access a)
{
	return a.user ? !c->in_kernel : c->in_kernel && !c->returns;
}

static int not_users(const struct fault *f, struct sim_error *err)
{
	return sim_fail(err, SIM_ESTATE, NULL,
			"an access at CPL 3 to 0x%" PRIx64 ", which is the kernel's half",
			f->gva);
}

/* Without a process the kernel runs in its own tables. */
static int kernel_half(struct guest_os *g, const struct fault *f, struct sim_error *err)
{
	struct guest_os_counts before = g->counts;
	int rc;

	rc = kernel_map(g, f->gva, err);
	guest_os_counts_found(&g->counts, &before);
	return rc;
}

static void set_bits(struct guest_os *g, const struct gpt_walk *w, struct access a)
{
	g->table[w->table]->word[w->index] |= PTE_A | (a.kind == ACCESS_STORE ? PTE_D : 0);
}

static uint64_t walked_root(const struct guest_os *g, const struct fault *f)
{
	return is_entered(g, f) && g->current ? g->current->root + g->cfg.kpti
					      : tlbflush_root(g);
}

static int walk_in(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	if (f->a.user && f->gva >= USER_END) /* even when there is no program to go back to */
		return not_users(f, err);
	for (unsigned i = 0; i < TRIES; i++) {
		int rc = is_entered(g, f) ? 0 : right_mode(g, f->a, err);

		if (rc)
			return rc;
		gpt_find(g, walked_root(g, f), f->gva, &f->w);
		if (f->w.is_present && perm_allows(f->w.perm, f->a, &g->mode)) {
			set_bits(g, &f->w, f->a);
			return right_mode(g, f->a, err);
		}
		rc = f->gva < USER_END ? take(g, f, err) : kernel_half(g, f, err);
		if (rc)
			return rc;
	}
	return sim_fail(err, SIM_ESTATE, NULL,
			"the fault at 0x%" PRIx64 " comes again and again", f->gva);
}

int fault_in(struct guest_os *g, uint8_t op, uint64_t gva, uint64_t *frame,
	     struct sim_error *err)
{
	struct fault f = { .p = g->current,
			   .gva = gva,
			   .a = { .kind = (enum access_kind)(op & OP_KIND),
				  .user = (op & OP_USER) && !(op & OP_SYSTEM) } };
	uint64_t key = (gva >> PAGE_SHIFT) << 8 | (op & (OP_KIND | OP_USER | OP_SYSTEM));
	struct known_page *k = &g->known[(key >> 8 ^ key << 10 ^ key >> 20) % KNOWN_PAGES];
	uint64_t within;
	int rc;

	if (k->epoch == g->epoch && k->key == key && is_right_mode(&g->cpu, f.a)) {
		*frame = k->frame;
		return 0;
	}
	if (gva >= USER_END && gva < ~(USER_END - 1))
		return sim_fail(err, SIM_ERANGE, NULL,
				"0x%" PRIx64 " is no address of 4-level paging", gva);
	rc = walk_in(g, &f, err);
	if (rc)
		return rc;
	within = gva >> PAGE_SHIFT & (level_frames(f.w.level) - 1);
	*frame = pte_frame(f.w.value, f.w.level) + within;
	*k = (struct known_page){ key, g->epoch, *frame };
	return 0;
}
