/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * addr.h - typed addresses and frame numbers
 *
 * One struct per address space, so that mixing them is a compile error (tests/compile_fail
 * proves it stays one). Only this header touches `.v`, except where a value leaves for a file,
 * a key or a printf.
 *
 *     gva  guest virtual          gpa, gfn  guest physical, its 4 KiB frame
 *     hva  host (VMM) virtual     hpa, hfn  host physical, its 4 KiB frame
 *     ram_addr  offset in the space of all RAM blocks (QEMU's ram_addr_t): no address of the guest's
 *
 * Conversions that need no table are here; gva -> gpa needs a walk, gpa -> hva a memslot, hva
 * -> hpa the host.
 */
#ifndef SIM_BASE_ADDR_H
#define SIM_BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_BYTES ((uint64_t)1 << PAGE_SHIFT)

#define ADDR_TYPE(name)                                                                        \
	typedef struct {                                                                       \
		uint64_t v;                                                                    \
	} name##_t;                                                                            \
	static inline name##_t name##_make(uint64_t v)                                         \
	{                                                                                      \
		return (name##_t){ v };                                                        \
	}                                                                                      \
	static inline bool name##_eq(name##_t a, name##_t b)                                   \
	{                                                                                      \
		return a.v == b.v;                                                             \
	}

ADDR_TYPE(gva)
ADDR_TYPE(gpa)
ADDR_TYPE(hva)
ADDR_TYPE(hpa)
ADDR_TYPE(gfn)
ADDR_TYPE(hfn)
ADDR_TYPE(ram_addr)
#undef ADDR_TYPE

static inline gfn_t gpa_to_gfn(gpa_t a)
{
	return gfn_make(a.v >> PAGE_SHIFT);
}

static inline gpa_t gfn_to_gpa(gfn_t f)
{
	return gpa_make(f.v << PAGE_SHIFT);
}

static inline hfn_t hpa_to_hfn(hpa_t a)
{
	return hfn_make(a.v >> PAGE_SHIFT);
}

static inline hpa_t hfn_to_hpa(hfn_t f)
{
	return hpa_make(f.v << PAGE_SHIFT);
}

/* A mapping level: 1 = 4 KiB, 2 = 2 MiB, 3 = 1 GiB, 4 and 5 = the upper tables of 4- and
 * 5-level paging. */
#define LEVEL_4K  1u
#define LEVEL_2M  2u
#define LEVEL_1G  3u
#define LEVEL_MAX 5u

static inline unsigned level_shift(unsigned level)
{
	return PAGE_SHIFT + 9 * (level - 1);
}

static inline uint64_t level_bytes(unsigned level)
{
	return (uint64_t)1 << level_shift(level);
}

/* 4 KiB frames that one leaf of `level` maps. */
static inline uint64_t level_frames(unsigned level)
{
	return (uint64_t)1 << (9 * (level - 1));
}

static inline uint64_t round_up(uint64_t v, uint64_t unit)
{
	return (v + unit - 1) / unit * unit;
}

/* Index into a table of `level` for the (virtual or guest-physical) address `a`. */
static inline unsigned level_index(uint64_t a, unsigned level)
{
	return (unsigned)(a >> level_shift(level)) & 511u;
}

#endif
