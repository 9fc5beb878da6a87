/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture_wire.h - what the capture plugin of QEMU says through its pipe
 *
 * Both sides include this header, so it has the plugin's licence and needs nothing of the
 * simulator. All is made of units of 16 bytes, two little-endian 64-bit words a and b, because
 * the plugin writes ten million a second: an access is one unit, without any packing.
 *
 *     header    a = WIRE_MAGIC        b = version | ranges of RAM << 32
 *               a = vCPUs             b = bytes of the text
 *               a = CR0               b = CR3
 *               a = CR4               b = EFER
 *               a = gpa               b = bytes                 one for each range of RAM
 *               the text, filled up with zero bytes to whole units
 *     access    a = gva               b = op byte | frame << 8 | count << 48
 *     event     a = n | pid << 32     b = WIRE_EVENT | kind << 8 | vcpu << 16 | level << 32
 *               a = gva               b = gpa
 *               a = value             b = 0
 *               and the 512 words of a PTPAGE
 *     trailer   a = WIRE_END          b = WIRE_CONTROL | units before it << 8
 *     or        a = WIRE_ERROR        b = WIRE_CONTROL | bytes of a text << 8, and the text
 *
 * Op bytes, kinds and fields are those of doc/trace-format.md. The count is that of a fetch;
 * WIRE_COUNT_MORE says that it stands in a unit of its own behind this one, in a (b = 0). The
 * event before the trailer is the end event. A stream without trailer was cut; one with
 * WIRE_ERROR tells why the plugin gave up.
 */
#ifndef SIM_TRACE_CAPTURE_WIRE_H
#define SIM_TRACE_CAPTURE_WIRE_H

#include <stdint.h>

#define WIRE_VERSION 1u
#define WIRE_MAGIC   0x0152555450414353u /* "SCAPTUR" and 1 */
#define WIRE_END     0x00444e4550414353u /* "SCAPEND" */
#define WIRE_ERROR   0x0052524550414353u /* "SCAPERR" */

#define WIRE_RAM_MAX  64u
#define WIRE_TEXT_MAX 65536u

/* Op bytes: bits 0-1 kind, 2-4 log2 of the size, then flags. */
#define WIRE_LOAD	0u
#define WIRE_STORE	1u
#define WIRE_FETCH	2u
#define WIRE_EVENT	3u
#define WIRE_SIZE_SHIFT 2
#define WIRE_USER	0x20u
#define WIRE_SYSTEM	0x80u
#define WIRE_CONTROL	0xffu

#define WIRE_FRAME_SHIFT 8
#define WIRE_FRAME_NONE	 0xffffffffffu /* 40 bits: a frame of 52 bits of physical address */
#define WIRE_COUNT_SHIFT 48
#define WIRE_COUNT_MORE	 0xffffu

#define WIRE_PAGE_UNITS 256 /* of the 512 words */

/* Kinds of events. */
enum wire_kind {
	WIRE_KIND_END,
	WIRE_KIND_VCPU,
	WIRE_KIND_CR0,
	WIRE_KIND_CR3,
	WIRE_KIND_CR4,
	WIRE_KIND_EFER,
	WIRE_KIND_INVLPG,
	WIRE_KIND_INVPCID,
	WIRE_KIND_PF,
	WIRE_KIND_INT,
	WIRE_KIND_PTPAGE,
	WIRE_KIND_PTW,
	WIRE_KIND_PTFREE,
	WIRE_KIND_DMA,
	WIRE_KIND_PHASE,
	WIRE_KIND_TAG,
	WIRE_KIND_RAM_ADD,
	WIRE_KIND_RAM_DEL,
	WIRE_KIND_MAP,
	WIRE_KIND_UNMAP,
	WIRE_KIND_PROTECT,
	WIRE_KIND_FORK,
	WIRE_KIND_EXEC,
	WIRE_KIND_EXIT,
	WIRE_KIND_SWITCH,
	WIRE_KIND_ADVISE
};

struct wire_unit {
	uint64_t a, b;
};

#endif
