/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"

#define CHUNK ((uint64_t)1 << 21) /* moved at once: a large page stays one */

void mapping_touch(uint8_t *at, uint64_t bytes)
{
	uint8_t *page = at - ((uintptr_t)at & (PAGE_BYTES - 1));

	for (volatile uint8_t *p = page; p < at + bytes; p += PAGE_BYTES)
		*p = *p;
}

int mapping_discard(uint8_t *at, uint64_t bytes, struct sim_error *err)
{
	if (madvise(at, bytes, MADV_DONTNEED) < 0)
		return sim_fail(err, SIM_EIO, "", "MADV_DONTNEED failed: %s", strerror(errno));
	return SIM_OK;
}

/* A place for the contents of a chunk, and pages that take the frames it gave up. */
struct mover {
	uint8_t *saved, *decoy; /* CHUNK bytes each */
	uint64_t entry[CHUNK / PAGE_BYTES];
};

static int mover_init(struct mover *v, struct sim_error *err)
{
	void *p = mmap(NULL, 2 * CHUNK, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return sim_fail_nomem(err);
	v->saved = p;
	v->decoy = v->saved + CHUNK;
	return SIM_OK;
}

static void copy_present(const struct mover *v, uint8_t *to, const uint8_t *from, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (v->entry[i] & (PAGEMAP_PRESENT | PAGEMAP_SWAPPED))
			memcpy(to + i * PAGE_BYTES, from + i * PAGE_BYTES, PAGE_BYTES);
}

static int move_chunk(struct mover *v, uint8_t *at, uint64_t bytes, struct sim_error *err)
{
	uint64_t n = bytes / PAGE_BYTES;
	int rc = mapping_pagemap(at, v->entry, n, err);

	if (rc)
		return rc;
	copy_present(v, v->saved, at, n);
	rc = mapping_discard(at, bytes, err);
	if (rc)
		return rc;
	mapping_touch(v->decoy, bytes);
	copy_present(v, at, v->saved, n);
	return mapping_discard(v->decoy, bytes, err);
}

/* Not by mremap: it splits the area, for which Linux makes KVM forget the 2 MiB around. */
int mapping_move(uint8_t *at, uint64_t bytes, struct sim_error *err)
{
	struct mover v;
	int rc = mover_init(&v, err);

	if (rc)
		return rc;
	for (uint64_t done = 0; !rc && done < bytes;) {
		uint64_t room = CHUNK - ((uintptr_t)at + done) % CHUNK;
		uint64_t part = bytes - done < room ? bytes - done : room;

		rc = move_chunk(&v, at + done, part, err);
		done += part;
	}
	munmap(v.saved, 2 * CHUNK);
	return rc;
}

int mapping_pagemap(const uint8_t *at, uint64_t *entry, uint64_t n, struct sim_error *err)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	off_t where = (off_t)((uintptr_t)at / PAGE_BYTES * 8);
	ssize_t got;

	if (fd < 0)
		return sim_fail(err, SIM_EIO, "/proc/self/pagemap", "cannot open: %s",
				strerror(errno));
	got = pread(fd, entry, n * 8, where);
	close(fd);
	if (got != (ssize_t)(n * 8))
		return sim_fail(err, SIM_EIO, "/proc/self/pagemap", "cannot read");
	return SIM_OK;
}
