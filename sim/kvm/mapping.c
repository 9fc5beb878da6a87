/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"

#ifndef MAP_HUGE_1GB
#define MAP_HUGE_1GB (30 << 26)
#endif

#define GIB   level_bytes(LEVEL_1G)
#define CHUNK ((uint64_t)1 << 21) /* moved at once: a large page stays one */

static uint64_t round_up(uint64_t v, uint64_t unit)
{
	return (v + unit - 1) / unit * unit;
}

/* Address space for it, aligned; nothing is readable yet. */
static int reserve(struct mapping *m, uint64_t bytes, uint64_t low, struct sim_error *err)
{
	void *p;

	m->bytes = bytes;
	m->reserved_bytes = round_up(low + bytes, GIB) + 2 * GIB;
	p = mmap(NULL, m->reserved_bytes, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return sim_fail(err, SIM_ENOMEM, "",
				"no address space for %" PRIu64 " bytes of guest memory: %s",
				bytes, strerror(errno));
	m->reserved = p;
	m->base = m->reserved + (round_up((uintptr_t)p + PAGE_BYTES, GIB) - (uintptr_t)p) + low;
	return SIM_OK;
}

static int map_small(struct mapping *m, int advice, struct sim_error *err)
{
	void *p = mmap(m->base, m->bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	if (p == MAP_FAILED)
		return sim_fail(err, SIM_ENOMEM, "",
				"cannot map %" PRIu64 " bytes of guest memory: %s", m->bytes,
				strerror(errno));
	if (madvise(p, m->bytes, advice) < 0 && advice == MADV_HUGEPAGE)
		return sim_fail(
			err, SIM_EUNSUP, "",
			"this kernel has no transparent huge pages: use a host page size of 4K");
	return SIM_OK;
}

/* hugetlbfs hands out whole pages. */
static int map_giant(struct mapping *m, uint64_t low, struct sim_error *err)
{
	uint64_t bytes = round_up(low + m->bytes, GIB);
	void *p = mmap(m->base - low, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_HUGETLB | MAP_HUGE_1GB, -1,
		       0);

	if (p != MAP_FAILED)
		return SIM_OK;
	return sim_fail(err, SIM_EUNSUP, "",
			"needs %" PRIu64 " free huge pages of 1 GiB: set them aside "
			"(hugepagesz=1G hugepages=N at boot), or use another host page size",
			bytes / GIB);
}

static int map(struct mapping *m, uint64_t bytes, uint64_t gpa, unsigned page_level,
	       struct sim_error *err)
{
	uint64_t low = gpa & (GIB - 1);
	int rc = reserve(m, bytes, low, err);

	if (rc)
		return rc;
	if (page_level == LEVEL_1G)
		return map_giant(m, low, err);
	return map_small(m, page_level == LEVEL_2M ? MADV_HUGEPAGE : MADV_NOHUGEPAGE, err);
}

void mapping_touch(uint8_t *at, uint64_t bytes)
{
	uint8_t *page = at - ((uintptr_t)at & (PAGE_BYTES - 1));

	for (volatile uint8_t *p = page; p < at + bytes; p += PAGE_BYTES)
		*p = *p;
}

/* A line of smaps that begins the account of another area. */
static bool area_of(const char *line, uint64_t *first, uint64_t *end)
{
	uint64_t a, b;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &a, &b) != 2)
		return false;
	*first = a;
	*end = b;
	return true;
}

/* Bytes of [base, base + bytes) in transparent huge pages. */
static uint64_t huge_bytes(const uint8_t *base, uint64_t bytes)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	uint64_t first = 0, end = 0, kib, sum = 0;
	char line[512];

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (!area_of(line, &first, &end) &&
		    sscanf(line, "AnonHugePages: %" SCNu64, &kib) == 1 &&
		    first >= (uintptr_t)base && end <= (uintptr_t)base + bytes)
			sum += kib * 1024;
	fclose(f);
	return sum;
}

static int check_huge(const struct mapping *m, struct sim_error *err)
{
	uint64_t unit = level_bytes(LEVEL_2M);
	uint64_t first = round_up((uintptr_t)m->base, unit);
	uint64_t end = ((uintptr_t)m->base + m->bytes) / unit * unit;
	uint64_t want = end > first ? end - first : 0, got;

	if (!want)
		return SIM_OK;
	got = huge_bytes(m->base, m->bytes);
	if (got >= want)
		return SIM_OK;
	return sim_fail(
		err, SIM_EUNSUP, "",
		"the host gave %" PRIu64 " of %" PRIu64 " huge pages: "
		"/sys/kernel/mm/transparent_hugepage/enabled must be madvise or always, and "
		"memory must be free in one piece",
		got / unit, want / unit);
}

int mapping_create(struct mapping *m, uint64_t bytes, uint64_t gpa,
		   const struct host_config *cfg, struct sim_error *err)
{
	int rc;

	*m = (struct mapping){ 0 };
	rc = map(m, bytes, gpa, cfg->page_level, err);
	if (!rc && cfg->prepopulated) {
		mapping_touch(m->base, m->bytes);
		rc = cfg->page_level == LEVEL_2M ? check_huge(m, err) : SIM_OK;
	}
	if (rc)
		mapping_destroy(m);
	return rc;
}

void mapping_destroy(struct mapping *m)
{
	if (m->reserved)
		munmap(m->reserved, m->reserved_bytes);
	*m = (struct mapping){ 0 };
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

uint64_t mapping_available(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	uint64_t kib = UINT64_MAX / 1024;
	char line[128];

	if (!f)
		return UINT64_MAX;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
			break;
	fclose(f);
	return kib * 1024;
}
