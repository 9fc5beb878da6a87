/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mtree.h - a board's memory as text, byte for byte as QEMU's monitor prints it
 *
 * Source: QEMU 7.2 softmmu/memory.c (mtree_info), softmmu/physmem.c (ram_block_format),
 * monitor/hmp-cmds.c; checked against the text of a real one.
 */
#ifndef SIM_MEM_MTREE_H
#define SIM_MEM_MTREE_H

#include "base/text.h"
#include "mem/board.h"

/* info mtree [-f] [-d] [-o] [-D]: what is supported is MTREE_FLAT (-f) and MTREE_DISABLED (-D). */
#define MTREE_FLAT     1u
#define MTREE_DISABLED 2u
void mtree_info(const struct board *b, unsigned flags, struct text *t);

void mtree_ramblock(const struct board *b, struct text *t);	  /* info ramblock */
void mtree_memory_devices(const struct board *b, struct text *t); /* info memory-devices */
void mtree_memory_size_summary(const struct board *b,
			       struct text *t);		  /* info memory_size_summary */
void mtree_memdev(const struct board *b, struct text *t); /* info memdev */
void mtree_numa(const struct board *b, struct text *t);	  /* info numa */

#endif
