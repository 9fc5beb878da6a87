/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * record.h - what a stream says, decoded
 *
 * A stream is a sequence of accesses (loads, stores, fetches: nearly all of it) and events
 * (everything else), delivered in batches. A batch keeps accesses in two parallel arrays, so
 * that the replay loop reads nine bytes per access; an event stands in the same sequence as an
 * op with kind OP_EVENT whose gva slot is the index of its `struct event`. doc/trace-format.md
 * gives the meaning of each to the byte.
 *
 *     op byte:  bits 0-1 kind (load, store, fetch, event)   bits 2-4 log2 of the size in bytes
 *               bit 5 CPL 3                                  bit 6 crosses into the next page
 *               bit 7 made by the processor itself (descriptor table, frame of an interrupt): a
 *                     supervisor access whatever the CPL (Intel SDM vol. 3A "Access rights")
 *
 * The current vCPU is state: EVENT_VCPU changes it for all that follow.
 */
#ifndef SIM_TRACE_RECORD_H
#define SIM_TRACE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OP_LOAD	      0u /* = ACCESS_LOAD of x86/perm.h, and so on */
#define OP_STORE      1u
#define OP_FETCH      2u
#define OP_EVENT      3u
#define OP_KIND	      3u
#define OP_SIZE_SHIFT 2
#define OP_SIZE	      (7u << OP_SIZE_SHIFT)
#define OP_USER	      (1u << 5)
#define OP_CROSS      (1u << 6)
#define OP_SYSTEM     (1u << 7)

#define FRAME_NONE UINT64_MAX /* a stream that does not say which frame an access used */

enum event_kind {
	EVENT_END,     /* value = total instructions */
	EVENT_VCPU,    /* vcpu */
	EVENT_CR0,     /* value */
	EVENT_CR3,     /* value, bit 63 kept */
	EVENT_CR4,     /* value */
	EVENT_EFER,    /* value */
	EVENT_INVLPG,  /* gva */
	EVENT_INVPCID, /* n = type 0..3, value = pcid, gva */
	EVENT_PF,      /* gva = CR2, value = error code; at handler entry */
	EVENT_INT,     /* n = vector */
	EVENT_PTPAGE,  /* gpa of the page, level, words = its 512 entries */
	EVENT_PTW,     /* gpa (8-aligned), value = the 8 bytes after the store */
	EVENT_PTFREE,  /* gpa of the page */
	EVENT_DMA,     /* gpa, n = bytes: a device wrote guest memory */
	EVENT_PHASE,   /* n = phase number, value = 0 begin, 1 end */
	EVENT_TAG,     /* value, free use */
	EVENT_RAM_ADD, /* gpa, value = bytes: guest RAM hot-plugged */
	EVENT_RAM_DEL, /* gpa, value = bytes */
	/* Process events: what sim/guest makes page tables of. Beside tables they tell people
	 * what the guest did, and a replay passes them by. */
	EVENT_MAP, /* pid, gva, value = bytes, n = MAPPING_*, gpa = MAPPING_OFFSET of a file */
	EVENT_UNMAP,   /* pid, gva, value = bytes */
	EVENT_PROTECT, /* pid, gva, value = bytes, n = MAPPING_READ, _WRITE, _EXEC */
	EVENT_FORK,    /* pid = parent, n = child */
	EVENT_EXEC,    /* pid: its mappings are gone */
	EVENT_EXIT,    /* pid */
	EVENT_SWITCH,  /* pid: the vCPU runs it from here on */
	EVENT_ADVISE, /* pid, gva, value = bytes, n = advice of madvise(2) as Linux numbers it */
	EVENT_KIND_COUNT
};

/* n of EVENT_MAP. Rights as in mmap(2); without MAPPING_FILE the memory is anonymous. */
#define MAPPING_READ	   (1u << 0)
#define MAPPING_WRITE	   (1u << 1)
#define MAPPING_EXEC	   (1u << 2)
#define MAPPING_RIGHTS	   7u
#define MAPPING_FILE	   (1u << 8) /* pages of the page cache, named by gpa */
#define MAPPING_SHARED	   (1u << 9)
#define MAPPING_GROWSDOWN  (1u << 10) /* a stack: grows to the next mapping below it */
#define MAPPING_HUGETLB_2M (1u << 11)
#define MAPPING_HUGETLB_1G (1u << 12)
#define MAPPING_PRESENT	   (1u << 13) /* was there before the stream, with all of its pages */
#define MAPPING_ALL	   0x3f07u

/* gpa of EVENT_MAP of a file: files are numbered by who made the stream; 0 when anonymous. */
#define MAPPING_OFFSET(file, offset) ((uint64_t)(file) << 44 | (offset))
#define MAPPING_FILE_OF(gpa)	     ((gpa) >> 44)
#define MAPPING_OFFSET_OF(gpa)	     ((gpa)&0xfffffffffffULL)

/* n of EVENT_ADVISE that sim/guest acts on (Linux, uapi/asm-generic/mman-common.h). */
#define ADVICE_DONTNEED	  4u
#define ADVICE_FREE	  8u
#define ADVICE_HUGEPAGE	  14u
#define ADVICE_NOHUGEPAGE 15u

struct event {
	enum event_kind kind;
	uint8_t level; /* EVENT_PTPAGE */
	uint16_t vcpu; /* EVENT_VCPU */
	uint32_t n;
	uint32_t pid;
	uint32_t words; /* EVENT_PTPAGE: index of the first of 512 words in the batch's word
			   array */
	uint64_t gva, gpa, value;
};

/*
 * One batch, owned by the reader until its next call.
 */
struct batch {
	uint32_t n; /* ops */
	const uint8_t *op;
	const uint64_t *gva;
	const uint64_t
		*frame; /* per op, NULL unless TRACE_DETAIL: the guest frame as captured */
	const uint64_t
		*count; /* per op, NULL unless TRACE_DETAIL: a fetch's instruction count */
	const struct event *event;
	const uint64_t *word;
	uint64_t first;	       /* position of op[0] in the stream, in records */
	uint64_t instructions; /* instructions that this batch's fetch records count */
	uint32_t n_load, n_store, n_fetch, n_cross, n_event;
};

/* The 512 words of an EVENT_PTPAGE of the batch; NULL for any other event. */
static inline const uint64_t *batch_words(const struct batch *b, const struct event *e)
{
	return e->kind == EVENT_PTPAGE ? b->word + e->words : NULL;
}

/* Name of an event kind, as `trace cat` prints it. */
const char *event_name(enum event_kind k);

#endif
