/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * os.h - the inside of a struct guest_os, shared by the files of sim/guest
 *
 *     guest.c     the records of the input, one after the other; life
 *     emit.c      the output
 *     frames.c    page frames: a buddy allocator             memory.c   frames on demand, with reclaim behind them
 *     gpt.c       page tables: entries, walks                kernel.c   the kernel's half of them
 *     aspace.c    mappings of a process                      mm.c       processes; fork.c: fork, exec, exit
 *     tlbflush.c  CR3, PCIDs, flushes, in and out of the kernel
 *     fault.c     page faults                                cow.c      writes to what is there already
 *     zap.c       taking pages away                          protect.c  mprotect, madvise
 *     files.c     the page cache                             thp.c      huge pages, khugepaged.c, hugetlb.c
 *     reclaim.c   memory pressure                            swap.c     swap slots
 */
#ifndef SIM_GUEST_OS_H
#define SIM_GUEST_OS_H

#include "base/addr.h"
#include "base/map.h"
#include "base/rng.h"
#include "guest/aspace.h"
#include "guest/frames.h"
#include "guest/guest.h"
#include "x86/perm.h"

/* Linux, arch/x86/include/asm/pgtable_types.h: bits that are software's. */
#define PTE_SPECIAL    ((uint64_t)1 << 9)  /* the zero page: no frame of anybody's */
#define PTE_SOFT_DIRTY ((uint64_t)1 << 11) /* pte_mkdirty() sets it beside D */
#define PTE_PROTNONE   ((uint64_t)1 << 8)  /* in an entry without P: mapped with no rights */
#define PTE_DIRTY      (PTE_D | PTE_SOFT_DIRTY)
#define TABLE_USER     (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D) /* _PAGE_TABLE */
#define TABLE_KERNEL   (PTE_P | PTE_W | PTE_A | PTE_D)	       /* _KERNPG_TABLE */

#define USER_END    ((uint64_t)1 << 47)
#define ROOT_LEVEL  4u
#define ROOT_KERNEL 256u /* first entry of a root that is the kernel's */

/* Linux, Documentation/x86/x86_64/mm.rst. */
#define DIRECT_MAP ((uint64_t)0xffff888000000000)
#define ENTRY_AREA ((uint64_t)0xfffffe0000000000) /* cpu_entry_area */
#define TEXT	   ((uint64_t)0xffffffff81000000)

struct table {
	uint64_t word[512]; /* with the A and D bits that a processor without TLB sets */
	uint16_t used;	    /* entries that are not 0 */
	uint8_t level;
	bool is_known; /* the stream has it: reachable from a root that was loaded */
};

struct process {
	uint32_t pid;
	struct aspace mm;
	uint64_t root;	/* frame; with KPTI the user's is the next one */
	uint64_t stack; /* first frame of the kernel's stack */
	uint64_t ctx_id, tlb_gen;
	uint64_t *deposit; /* frames of tables kept for splits of huge pages */
	size_t n_deposit, deposit_cap;
	uint64_t scan; /* khugepaged: where it goes on */
};

#define ASIDS 6u /* Linux, arch/x86/include/asm/tlbflush.h: TLB_NR_DYN_ASIDS */

struct cpu {
	struct process *loaded; /* whose tables; NULL: the kernel's own (init_mm) */
	uint64_t cr3;		/* as loaded, without bit 63 */
	bool in_kernel;
	bool returns; /* the kernel is through and would go back to the program */
	unsigned asid, next_asid;
	uint64_t ctx_id[ASIDS], tlb_gen[ASIDS];
	uint32_t user_flush; /* ASIDs whose user half is flushed on the way out */
};

/* A translation that holds until an entry changes: an infinite TLB that is never stale. */
struct known_page {
	uint64_t key, epoch, frame;
};
#define KNOWN_PAGES 4096u

struct emit {
	uint8_t *op;
	uint64_t *gva, *frame, *count, *word;
	struct event *event;
	size_t n, n_event, n_word;
	size_t op_cap, gva_cap, frame_cap, count_cap, word_cap, event_cap;
	uint64_t first;
};

/* A file of the guest's own making. */
enum file_kind {
	FILE_MEMORY,
	FILE_DISK
}; /* shared anonymous memory; what an implicit mapping shows */
struct file_pages {
	uint64_t *gfn;
	size_t n, cap;
	enum file_kind kind;
	bool is_gone;
};

struct guest_os {
	struct guest_os_config cfg;
	struct trace_meta meta;
	struct paging mode;
	struct guest_os_counts counts;
	struct guest_os_captured captured;
	struct emit out;
	struct frames frames;
	struct table **table; /* by frame */
	struct cpu cpu;
	uint64_t init_root, zero_gfn, huge_zero_gfn, text_gfn;
	struct process **process;
	size_t n_process, process_cap;
	struct process *current;
	uint64_t last_ctx_id;
	bool has_begun; /* the first tables are out */
	bool has_process_event;
	struct map cache; /* page cache: key -> frame + 1 */
	struct file_pages *own_file;
	size_t n_own_file, own_file_cap;
	struct known_page known[KNOWN_PAGES];
	uint64_t epoch;
	struct frame_list lru[2][2]; /* [file][active] */
	uint64_t *hugetlb[2];	     /* pools: 2M, 1G */
	size_t n_hugetlb[2];
	uint32_t *swap_count; /* owners of each slot */
	uint64_t n_swap, swap_next, swap_used;
	uint64_t next_scan;
	unsigned no_reclaim; /* > 0: what runs must not be met by it (Linux: PF_MEMALLOC) */
	uint64_t low, high;  /* watermarks, free frames */
	uint64_t trigger;    /* reclaim runs below it */
};

/* --- emit.c: the output. All return 0 or SIM_ENOMEM. --- */
void emit_fini(struct emit *o);
void emit_forget(struct emit *o);
void emit_give(const struct emit *o, struct batch *b);
/* An access of the input's; the frame as the tables now give it. */
SIM_MUST_CHECK int emit_access(struct guest_os *g, uint8_t op, uint64_t gva, uint64_t frame,
			       uint64_t count, struct sim_error *err);
SIM_MUST_CHECK int emit_event(struct guest_os *g, const struct event *e, const uint64_t *words,
			      struct sim_error *err);
/* A device wrote the page. */
SIM_MUST_CHECK int emit_dma(struct guest_os *g, uint64_t gfn, struct sim_error *err);
/* The kernel loads or stores 8 bytes of guest memory through its direct map. */
SIM_MUST_CHECK int emit_kernel(struct guest_os *g, unsigned kind, uint64_t gpa,
			       struct sim_error *err);

/* --- memory.c: frames on demand --- */
/* A block, with reclaim behind it; SIM_ERANGE when the guest is out of memory. */
SIM_MUST_CHECK int memory_alloc(struct guest_os *g, unsigned order, enum frame_use use,
				uint64_t *gfn, struct sim_error *err);
/* A block if there is one at hand. */
bool memory_try(struct guest_os *g, unsigned order, enum frame_use use, uint64_t *gfn);
/* An anonymous page that nobody owns any more. */
void memory_free_page(struct guest_os *g, uint64_t gfn);
/* The kernel's own memory at the start. */
SIM_MUST_CHECK int memory_boot(struct guest_os *g, struct sim_error *err);

/* --- gpt.c: page tables --- */
struct gpt_walk {
	uint64_t table; /* frame of the table that the walk ended in */
	unsigned index, level;
	uint64_t value;
	unsigned perm; /* PERM_*, when it is present */
	bool is_present;
};
SIM_MUST_CHECK int gpt_alloc(struct guest_os *g, unsigned level, uint64_t *gfn,
			     struct sim_error *err);
/* Adopts a frame as a table. */
SIM_MUST_CHECK int gpt_adopt(struct guest_os *g, uint64_t gfn, unsigned level,
			     struct sim_error *err);
/* The kernel stores an entry; a table below it that becomes known is given. */
SIM_MUST_CHECK int gpt_store(struct guest_os *g, uint64_t table, unsigned index, uint64_t value,
			     struct sim_error *err);
/* The same through the two roots of KPTI, where `table` is a root that has two. */
SIM_MUST_CHECK int gpt_store_root(struct guest_os *g, uint64_t root, unsigned index,
				  uint64_t value, struct sim_error *err);
/* The table and all below it are known from here on. */
SIM_MUST_CHECK int gpt_publish(struct guest_os *g, uint64_t gfn, struct sim_error *err);
/* It is no table any more; gpt_release gives the frame back. */
SIM_MUST_CHECK int gpt_forget(struct guest_os *g, uint64_t gfn, struct sim_error *err);
void gpt_release(struct guest_os *g, uint64_t gfn);
void gpt_find(const struct guest_os *g, uint64_t root, uint64_t gva, struct gpt_walk *w);
/* The entry of `level`, which is there, whatever it holds. */
void gpt_find_table(const struct guest_os *g, uint64_t root, uint64_t gva, unsigned level,
		    struct gpt_walk *w);
/* Makes the tables down to `level` for gva; 0 and the table of that level. */
SIM_MUST_CHECK int gpt_make(struct guest_os *g, uint64_t root, uint64_t gva, unsigned level,
			    uint64_t *table, struct sim_error *err);
static inline uint64_t gpt_entry(const struct guest_os *g, uint64_t table, unsigned index)
{
	return g->table[table]->word[index];
}
/* First address behind what the entry of `level` for gva maps. */
static inline uint64_t gpt_next(uint64_t gva, unsigned level)
{
	return (gva | (level_bytes(level) - 1)) + 1;
}

/* --- kernel.c: the kernel's half --- */
SIM_MUST_CHECK int kernel_boot(struct guest_os *g, struct sim_error *err);
/* Maps the page of a kernel address, or widens its rights. */
SIM_MUST_CHECK int kernel_map(struct guest_os *g, uint64_t gva, struct sim_error *err);
/* Fills the kernel's half of a new root. */
void kernel_copy(struct guest_os *g, uint64_t root);

/* --- tlbflush.c --- */
#define FLUSH_ALL UINT64_MAX
enum entry { ENTRY_FAULT, ENTRY_CALL, ENTRY_OWN };
/* p NULL: the kernel's own tables. */
SIM_MUST_CHECK int tlbflush_switch(struct guest_os *g, struct process *p,
				   struct sim_error *err);
SIM_MUST_CHECK int tlbflush_enter(struct guest_os *g, enum entry how, struct sim_error *err);
SIM_MUST_CHECK int tlbflush_leave(struct guest_os *g, struct sim_error *err);
/* [start, end) in steps of 2^shift; end FLUSH_ALL: everything. */
SIM_MUST_CHECK int tlbflush_range(struct guest_os *g, struct process *p, uint64_t start,
				  uint64_t end, unsigned shift, struct sim_error *err);
/* The root that the processor walks now. */
static inline uint64_t tlbflush_root(const struct guest_os *g)
{
	return cr3_frame(g->cpu.cr3);
}

/* --- mm.c: processes --- */
#define STACK_ORDER 2u /* THREAD_SIZE_ORDER; in the direct map, as without CONFIG_VMAP_STACK */
/* SIM_ERANGE for a range that ends within a hugetlb page. */
SIM_MUST_CHECK int mm_check_hugetlb(const struct process *p, uint64_t start, uint64_t end,
				    struct sim_error *err);
#define INIT_CTX 1u /* ctx_id of the kernel's own tables */
struct process *mm_find(const struct guest_os *g, uint32_t pid);
/* The process, made if there is none. */
SIM_MUST_CHECK int mm_get(struct guest_os *g, uint32_t pid, struct process **p,
			  struct sim_error *err);
/* A new root for p. */
SIM_MUST_CHECK int mm_new_root(struct guest_os *g, struct process *p, struct sim_error *err);
/* Frees the root and all of p, whose mappings are gone. */
SIM_MUST_CHECK int mm_free_root(struct guest_os *g, uint64_t root, struct sim_error *err);
void mm_remove(struct guest_os *g, struct process *p);
void mm_fini(struct guest_os *g);
SIM_MUST_CHECK int mm_fork(struct guest_os *g, struct process *p, uint32_t pid,
			   struct sim_error *err);
SIM_MUST_CHECK int mm_exec(struct guest_os *g, struct process *p, struct sim_error *err);
SIM_MUST_CHECK int mm_exit(struct guest_os *g, struct process *p, struct sim_error *err);
SIM_MUST_CHECK int mm_map(struct guest_os *g, struct process *p, const struct vma *v,
			  struct sim_error *err);
/* Splits a mapping that crosses `at`, and a huge page that does (split_huge_pmd_if_needed()). */
SIM_MUST_CHECK int mm_split(struct guest_os *g, struct process *p, uint64_t at,
			    struct sim_error *err);
SIM_MUST_CHECK int mm_unmap(struct guest_os *g, struct process *p, uint64_t start, uint64_t end,
			    struct sim_error *err);
SIM_MUST_CHECK int mm_protect(struct guest_os *g, struct process *p, const struct vma *range,
			      struct sim_error *err);
SIM_MUST_CHECK int mm_advise(struct guest_os *g, struct process *p, const struct vma *range,
			     unsigned advice, struct sim_error *err);

/* --- zap.c: pages and tables that go, freed after a flush (Linux, mm/mmu_gather.c) --- */
struct gather {
	struct process *p;
	uint64_t start, end; /* what is flushed */
	unsigned shift;	     /* smallest entry among it */
	bool whole_mm;	     /* the address space goes: flushed whole */
	uint64_t *gfn;	     /* to be freed then */
	size_t n, cap;
};
void zap_begin(struct gather *z, struct process *p);
SIM_MUST_CHECK int zap_finish(struct guest_os *g, struct gather *z, struct sim_error *err);
void zap_fini(struct gather *z);
/* [gva, gva + 2^shift) wants a flush. */
void zap_flush_later(struct gather *z, uint64_t gva, unsigned shift);
/* Takes the pages of [start, end), which v holds, away. */
SIM_MUST_CHECK int zap_pages(struct guest_os *g, struct gather *z, uint64_t start, uint64_t end,
			     struct sim_error *err);
/* Frees tables that no mapping needs any more. */
SIM_MUST_CHECK int zap_tables(struct guest_os *g, struct gather *z, uint64_t start,
			      uint64_t end, struct sim_error *err);
/* One owner less of a page; it is freed at once when that was the last. */
void zap_put_page(struct guest_os *g, uint64_t gfn);

/* --- files.c: the page cache --- */
#define FILES_OWN ((uint64_t)1 << 20) /* first file number that no stream can have */
static inline uint64_t files_key(uint64_t file, uint64_t pgoff)
{
	return file << 32 | pgoff;
}
SIM_MUST_CHECK int files_page(struct guest_os *g, const struct vma *v, uint64_t gva,
			      uint64_t *gfn, struct sim_error *err);
/* A file that no stream names. */
SIM_MUST_CHECK int files_make(struct guest_os *g, enum file_kind kind, uint64_t *file,
			      struct sim_error *err);
/* Nobody maps the page, and it goes. */
void files_drop(struct guest_os *g, uint64_t gfn);
/* Drops the pages of own files that nobody maps any more. */
void files_collect(struct guest_os *g);
void files_fini(struct guest_os *g);

/* --- fault.c --- */
struct fault {
	struct process *p;
	struct vma *v;
	uint64_t gva;
	struct access a;
	struct gpt_walk w; /* as it stood when the fault was taken */
};
/* The frame of an access within one page; faults until it has one. */
SIM_MUST_CHECK int fault_in(struct guest_os *g, uint8_t op, uint64_t gva, uint64_t *frame,
			    struct sim_error *err);
/* A fresh anonymous page, with zeros, the contents of the frame `from`, or, FRAME_NONE, what a device brings. */
#define FILL_ZERO ((uint64_t)0)
SIM_MUST_CHECK int fault_anon_page(struct guest_os *g, const struct fault *f, uint64_t from,
				   uint64_t *gfn, struct sim_error *err);
/* Bits of an entry that v's rights give a page that must be copied before it is written. */
uint64_t fault_prot(const struct vma *v);
uint64_t fault_writable(const struct vma *v, uint64_t entry);
SIM_MUST_CHECK int fault_cow(struct guest_os *g, struct fault *f, struct sim_error *err);
bool fault_is_zero_page(const struct guest_os *g, uint64_t entry);

/* --- thp.c, khugepaged.c, hugetlb.c: huge pages --- */
bool thp_is_zero(const struct guest_os *g, uint64_t entry);
/* A huge page for a fault on nothing, if policy and memory give one. */
SIM_MUST_CHECK int thp_fault(struct guest_os *g, struct fault *f, bool *done,
			     struct sim_error *err);
/* A write to a huge page without the right to: made writable (*done), or split. */
SIM_MUST_CHECK int thp_wp(struct guest_os *g, struct fault *f, bool *done,
			  struct sim_error *err);
/* The huge entry at gva becomes a table of small ones. */
SIM_MUST_CHECK int thp_split(struct guest_os *g, struct process *p, uint64_t gva,
			     struct sim_error *err);
/* A table is kept for a huge page, and let go with it. */
SIM_MUST_CHECK int thp_deposit(struct guest_os *g, struct process *p, struct sim_error *err);
uint64_t thp_take_deposit(struct process *p);
void thp_withdraw(struct guest_os *g, struct process *p);
/* May v have a huge page around gva? */
bool thp_fits(const struct guest_os *g, const struct vma *v, uint64_t gva);
/* Its frames get an owner, and are filled. */
void thp_own(struct guest_os *g, uint64_t gfn, uint64_t gva);
SIM_MUST_CHECK int thp_fill(struct guest_os *g, uint64_t gfn, struct sim_error *err);
SIM_MUST_CHECK int khugepaged_run(struct guest_os *g, struct sim_error *err);
SIM_MUST_CHECK int hugetlb_fault(struct guest_os *g, struct fault *f, struct sim_error *err);
/* Is the frame of a pool? */
bool hugetlb_is(const struct guest_os *g, uint64_t gfn);
/* One owner of a page less. */
void hugetlb_put(struct guest_os *g, uint64_t gfn);
SIM_MUST_CHECK int hugetlb_boot(struct guest_os *g, unsigned level, uint64_t n,
				struct sim_error *err);

/* --- reclaim.c, swap.c --- */
/* Puts a page that was mapped for the first time on its list. */
void reclaim_list_page(struct guest_os *g, uint64_t gfn);
void reclaim_unlist_page(struct guest_os *g, uint64_t gfn);
/* MADV_FREE: with the files' pages, to be dropped when it is still clean. */
void reclaim_lazyfree(struct guest_os *g, uint64_t gfn);
/* Frees frames up to the high watermark, or as many as it can. */
SIM_MUST_CHECK int reclaim_run(struct guest_os *g, struct sim_error *err);
void reclaim_boot(struct guest_os *g);
/* Every entry that maps a frame; fn's error ends it. */
struct rmap_entry {
	struct process *p;
	uint64_t gva;
	struct gpt_walk w;
};
typedef int rmap_visitor(struct guest_os *g, const struct rmap_entry *e, void *arg,
			 struct sim_error *err);
SIM_MUST_CHECK int rmap_walk(struct guest_os *g, uint64_t gfn, rmap_visitor *fn, void *arg,
			     struct sim_error *err);
static inline bool swap_is_entry(uint64_t entry)
{
	return entry && !(entry & (PTE_P | PTE_PROTNONE));
}
SIM_MUST_CHECK int swap_boot(struct guest_os *g, struct sim_error *err);
/* One owner of a slot less, one more. */
void swap_put(struct guest_os *g, uint64_t entry);
void swap_get(struct guest_os *g, uint64_t entry);
/* A free slot's entry; 0: there is none. */
uint64_t swap_make(struct guest_os *g);
SIM_MUST_CHECK int swap_in(struct guest_os *g, struct fault *f, struct sim_error *err);

#endif
