/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * os.h - the inside of a struct guest_os, shared by the files of sim/guest
 *
 *     guest.c     the records of the input, one after the other; life
 *     emit.c      the output
 *     frames.c    page frames: a buddy allocator             page_alloc.c  frames on demand, with reclaim behind them
 *     gpt.c       page tables: entries, walks                kernel.c   the kernel's half of them
 *     aspace.c    mappings of a process                      mm.c       processes; fork.c: fork, exit; exec.c
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

#define USER_END ((uint64_t)1 << 47)
#define TASK_SIZE                                                                              \
	(USER_END - PAGE_BYTES) /* Linux, arch/x86: TASK_SIZE_MAX; what mappings may reach */
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
	bool is_known;	 /* the stream has it: reachable from a root that was loaded */
	bool is_kernels; /* of the kernel's half; roots are the user's */
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
	bool is_first; /* ran when the stream began */
	bool is_fresh; /* exec has put its arguments at the end of the address space, where they do not stay */
};

#define INIT_CTX    1u /* ctx_id of the kernel's own tables */
#define STACK_ORDER 2u /* THREAD_SIZE_ORDER; in the direct map, as without CONFIG_VMAP_STACK */
#define ASIDS	    6u /* Linux, arch/x86/include/asm/tlbflush.h: TLB_NR_DYN_ASIDS */

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
	bool is_left; /* a mapping of it went: is it the last? */
};
struct file_list {
	size_t *file;
	size_t n, cap;
};

struct guest_os {
	struct guest_os_config cfg;
	struct trace_meta meta;
	struct paging mode;
	struct guest_os_counts counts;
	struct captured captured;
	struct emit out;
	struct frames frames;
	struct table **table; /* by frame */
	struct cpu cpu;
	uint64_t init_root, zero_gfn, huge_zero_gfn, text_gfn;
	struct process **process;
	size_t n_process, process_cap;
	struct process *current;
	struct process *
		dying; /* NULL, or current, which has exited: the kernel is still in its tables */
	uint64_t last_ctx_id;
	bool has_begun; /* the first tables are out */
	bool has_process_event;
	bool has_run;	       /* a process */
	struct map cache;      /* page cache: key -> frame */
	struct map file_level; /* of the stream's files: level of their pages */
	struct file_pages *own_file;
	size_t n_own_file, own_file_cap;
	struct file_list file_left,
		file_free; /* of own_file: to be looked at; to be used again */
	struct known_page known[KNOWN_PAGES];
	uint64_t epoch;
	struct frame_list lru[2][2]; /* [file][active] */
	uint64_t *hugetlb[2];	     /* pools: 2M, 1G */
	size_t n_hugetlb[2];
	uint32_t *swap_count; /* owners of each slot */
	uint64_t n_swap, swap_next, swap_used;
	uint64_t next_scan;
	unsigned no_reclaim;	 /* > 0: what runs must not be met by it (Linux: PF_MEMALLOC) */
	uint64_t min, low, high; /* watermarks, free frames */
	uint64_t trigger;	 /* reclaim runs below it */
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

/* --- page_alloc.c: frames on demand --- */
/* A block, with reclaim behind it; SIM_ERANGE when the guest is out of memory. */
SIM_MUST_CHECK int page_alloc(struct guest_os *g, unsigned order, enum frame_use use,
			      uint64_t *gfn, struct sim_error *err);
/* A block if there is one at hand; a huge page must leave the minimum watermark to others. */
bool page_try(struct guest_os *g, unsigned order, enum frame_use use, uint64_t *gfn);
/* An anonymous page that nobody owns any more. */
void page_free(struct guest_os *g, uint64_t gfn);
/* The kernel's own memory at the start. */
SIM_MUST_CHECK int page_boot(struct guest_os *g, struct sim_error *err);

#endif
