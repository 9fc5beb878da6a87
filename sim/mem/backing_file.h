/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backing_file.h - the file behind a memory backend: opened, made, or a memfd, and large enough
 *
 * mem-path is a file (made when absent, given its size when empty, never cut) or a folder (a file in it that has no
 * name any more once this returns). A file that this made is taken away again by backing_file_undo.
 *
 * Source: QEMU 7.2 softmmu/physmem.c (file_ram_open, file_ram_alloc, qemu_ram_alloc_from_fd), util/memfd.c,
 * util/mmap-alloc.c (qemu_fd_getpagesize).
 */
#ifndef SIM_MEM_BACKING_FILE_H
#define SIM_MEM_BACKING_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "mem/backing.h"

struct backing_file {
	int fd;
	uint64_t page_size; /* hugetlbfs's, or 4 KiB */
	uint64_t lacking;   /* bytes that it does not hold yet */
	bool is_memory;	    /* tmpfs, or a memfd: what it holds is this system's memory */
	const char *made;   /* the path of a file that this made; NULL: none */
};

/* For FILE and MEMFD. SIM_EIO (the text names path and reason; a file system without the room for what a guest may write
 * is one), SIM_ERANGE, SIM_ENOMEM. */
SIM_MUST_CHECK int backing_file_open(struct backing_file *f, const struct backing_config *cfg,
				     uint64_t bytes, struct sim_error *err);
void backing_file_close(struct backing_file *f);
void backing_file_undo(struct backing_file *f);

#endif
