/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "mem/backing_map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#ifdef HAVE_LIBNUMA
#include <numaif.h>
#endif

#include "base/alloc.h"
#include "mem/available.h"
#include "mem/backing_file.h"

#ifndef MAP_HUGE_1GB
#define MAP_HUGE_1GB (30 << 26)
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define GIB level_bytes(LEVEL_1G)

/* What stands behind backing.private. */
struct map_area {
	struct backing_file file;
	uint8_t *reserved; /* NULL: nothing yet */
	uint64_t reserved_bytes;
	uint8_t *mapped; /* whole pages of its size */
	uint64_t mapped_bytes;
	uint8_t *base; /* the first byte that was asked for */
	bool discards; /* at the end */
};

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int fail_map(uint64_t bytes, struct sim_error *err)
{
	return sim_fail(err, errno == ENOMEM ? SIM_ENOMEM : SIM_EIO, NULL,
			"cannot map %" PRIu64 " bytes of guest memory: %s", bytes,
			strerror(errno));
}

/* --- address space --- */

static bool is_giant(const struct backing_config *cfg)
{
	return cfg->kind == BACKING_ANONYMOUS && cfg->page_level == LEVEL_1G;
}

/* Finds a place for `bytes` and reserves it with what is around. */
static int reserve(struct map_area *a, const struct backing_config *cfg, uint64_t bytes,
		   struct sim_error *err)
{
	uint64_t must = larger(cfg->align, a->file.page_size); /* low bits that must be zero */
	uint64_t unit = larger(GIB, cfg->align);
	uint64_t low = cfg->like.v & (GIB - 1);
	void *p;

	low -= low % must;
	a->reserved_bytes = round_up(low + bytes, unit) + 2 * unit;
	p = mmap(NULL, a->reserved_bytes, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return fail_map(bytes, err);
	a->reserved = p;
	a->mapped = a->reserved + (round_up((uintptr_t)p + PAGE_BYTES, unit) - (uintptr_t)p);
	a->base = a->mapped + low;
	a->mapped_bytes =
		is_giant(cfg) ? round_up(low + bytes, GIB) : round_up(bytes, a->file.page_size);
	if (!is_giant(cfg))
		a->mapped = a->base;
	return SIM_OK;
}

/* --- mapping --- */

/* Linux counts private memory in spite of MAP_NORESERVE when it was told never to overcommit. */
static int check_overcommit(const struct map_area *a, const struct backing_config *cfg,
			    struct sim_error *err)
{
	FILE *f;
	int mode = 0;

	if (cfg->has_reserve || cfg->is_shared || cfg->is_readonly ||
	    a->file.page_size != PAGE_BYTES || is_giant(cfg))
		return SIM_OK;
	f = fopen("/proc/sys/vm/overcommit_memory", "re");
	if (!f)
		return SIM_OK;
	mode = fgetc(f);
	fclose(f);
	if (mode != '2')
		return SIM_OK;
	return sim_fail(err, SIM_EUNSUP, NULL,
			"'reserve=off' does not work while /proc/sys/vm/overcommit_memory "
			"is 2: set it to 0 or 1, or use 'reserve=on'");
}

static int map_flags(const struct map_area *a, const struct backing_config *cfg)
{
	int flags = MAP_FIXED | (cfg->is_shared ? MAP_SHARED : MAP_PRIVATE);

	if (a->file.fd < 0)
		flags |= MAP_ANONYMOUS;
	if (is_giant(cfg))
		flags |= MAP_HUGETLB | MAP_HUGE_1GB;
	if (!cfg->has_reserve)
		flags |= MAP_NORESERVE;
	return flags;
}

static int fail_pages(const struct map_area *a, const struct backing_config *cfg,
		      struct sim_error *err)
{
	uint64_t page = is_giant(cfg) ? GIB : a->file.page_size;

	if (page == GIB)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"needs %" PRIu64 " free huge pages of 1 GiB: set them aside "
				"(hugepagesz=1G hugepages=N at boot), or use another host "
				"page size",
				a->mapped_bytes / GIB);
	return sim_fail(err, SIM_EUNSUP, NULL,
			"needs %" PRIu64 " free huge pages of %" PRIu64
			" KiB: set them aside in /sys/kernel/mm/hugepages",
			a->mapped_bytes / page, page / 1024);
}

static int map_file(struct map_area *a, const struct backing_config *cfg, struct sim_error *err)
{
	int prot = PROT_READ | (cfg->is_readonly ? 0 : PROT_WRITE);
	void *p = mmap(a->mapped, a->mapped_bytes, prot, map_flags(a, cfg), a->file.fd,
		       (off_t)cfg->offset);

	if (p != MAP_FAILED)
		return SIM_OK;
	if (is_giant(cfg) || (a->file.page_size != PAGE_BYTES && errno == ENOMEM))
		return fail_pages(a, cfg, err);
	if (cfg->kind != BACKING_FILE)
		return fail_map(a->mapped_bytes, err);
	return sim_fail(err, SIM_EIO, NULL,
			"cannot map backing store %.240s for guest memory: %s", cfg->mem_path,
			strerror(errno));
}

/* --- advice and policy --- */

static int advise_size(const struct map_area *a, const struct backing_config *cfg,
		       struct sim_error *err)
{
	int advice = cfg->page_level == LEVEL_4K ? MADV_NOHUGEPAGE : MADV_HUGEPAGE;

	if (is_giant(cfg) || a->file.page_size != PAGE_BYTES)
		return SIM_OK;
	if (!madvise(a->mapped, a->mapped_bytes, advice) || cfg->page_level != LEVEL_2M)
		return SIM_OK;
	return sim_fail(
		err, SIM_EUNSUP, NULL,
		"this kernel has no transparent huge pages: use a host page size of 4K");
}

/* A kernel that cannot do one of the others does without. */
static int advise(const struct map_area *a, const struct backing_config *cfg,
		  struct sim_error *err)
{
	if (cfg->has_merge)
		(void)!madvise(a->mapped, a->mapped_bytes, MADV_MERGEABLE);
	if (!cfg->has_dump)
		(void)!madvise(a->mapped, a->mapped_bytes, MADV_DONTDUMP);
	return advise_size(a, cfg, err);
}

#ifdef HAVE_LIBNUMA
#define NODE_WORDS (BACKING_NODES_MAX / 64 + 1)

static int bind_memory(const struct map_area *a, const struct backing_config *cfg,
		       struct sim_error *err)
{
	static const int mode[] = { MPOL_DEFAULT, MPOL_PREFERRED, MPOL_BIND, MPOL_INTERLEAVE };
	unsigned long nodes[NODE_WORDS] = { 0 };

	for (unsigned i = 0; i < BACKING_NODES_MAX; i++)
		if (backing_has_node(cfg, i))
			nodes[i / 64] |= 1ul << i % 64;
	/* The kernel looks at one bit less than it is told. */
	if (!mbind(a->mapped, a->mapped_bytes, mode[cfg->policy], nodes, BACKING_NODES_MAX + 1,
		   MPOL_MF_STRICT | MPOL_MF_MOVE))
		return SIM_OK;
	return sim_fail(err, SIM_EIO, NULL,
			"cannot bind memory to host NUMA nodes: %s; host-nodes must be "
			"among those of /sys/devices/system/node/has_memory",
			strerror(errno));
}
#else
static int bind_memory(const struct map_area *a, const struct backing_config *cfg,
		       struct sim_error *err)
{
	(void)a;
	(void)cfg;
	return sim_fail(err, SIM_EUNSUP, NULL,
			"this program was built without libnuma: only policy default works");
}
#endif

/* --- population --- */

/* Of this system's memory, by preallocation. */
static uint64_t memory_needed(const struct map_area *a, const struct backing_config *cfg,
			      uint64_t bytes)
{
	bool is_file = cfg->kind != BACKING_ANONYMOUS && cfg->is_shared;

	if (!cfg->has_prealloc || a->file.page_size != PAGE_BYTES || is_giant(cfg))
		return 0;
	if (is_file)
		return a->file.is_memory ? a->file.lacking : 0;
	return bytes;
}

/* Linux gives more than there is, and ends the process that uses it. */
static int check_available(const struct map_area *a, const struct backing_config *cfg,
			   uint64_t bytes, struct sim_error *err)
{
	uint64_t need = memory_needed(a, cfg, bytes), had;

	if (!need)
		return SIM_OK;
	had = available_bytes();
	need += need / 512; /* page tables */
	if (need <= had)
		return SIM_OK;
	return sim_fail(err, SIM_ENOMEM, NULL,
			"preallocation needs %" PRIu64 " MiB of memory, and %" PRIu64
			" MiB can be had here: ask for less, or let it come on demand "
			"(prealloc=off; in an experiment, host.populate false too)",
			need >> 20, had >> 20);
}

/* Room on the file system first: a write without it would be a signal. */
static int touch_all(const struct map_area *a, const struct backing_config *cfg)
{
	if (a->file.fd >= 0 &&
	    fallocate(a->file.fd, 0, (off_t)cfg->offset, (off_t)a->mapped_bytes) < 0)
		return -1;
	for (volatile uint8_t *p = a->mapped; p < a->mapped + a->mapped_bytes; p += PAGE_BYTES)
		*p = *p;
	return 0;
}

static int fail_full(const struct map_area *a, const struct backing_config *cfg,
		     struct sim_error *err)
{
	return sim_fail(err, SIM_EIO, NULL,
			"cannot preallocate %" PRIu64
			" MiB in %.240s: its file system is full, or the file was cut",
			a->mapped_bytes >> 20,
			cfg->kind == BACKING_FILE ? cfg->mem_path : "a memfd");
}

static int populate(const struct map_area *a, const struct backing_config *cfg,
		    struct sim_error *err)
{
	int rc = madvise(a->mapped, a->mapped_bytes, MADV_POPULATE_WRITE);

	if (rc < 0 && errno == EINVAL)
		rc = touch_all(a, cfg);
	if (!rc)
		return SIM_OK;
	if (a->file.fd >= 0 && (errno == EFAULT || errno == ENOSPC))
		return fail_full(a, cfg, err);
	return sim_fail(err, errno == ENOMEM ? SIM_ENOMEM : SIM_EIO, NULL,
			"cannot preallocate %" PRIu64 " bytes of guest memory%s%.240s: %s",
			a->mapped_bytes, cfg->kind == BACKING_FILE ? " in " : "",
			cfg->kind == BACKING_FILE ? cfg->mem_path : "", strerror(errno));
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

uint64_t backing_map_huge_bytes(const uint8_t *at, uint64_t bytes)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	uint64_t first = 0, end = 0, kib, sum = 0;
	char line[512];

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (!area_of(line, &first, &end) &&
		    sscanf(line, "AnonHugePages: %" SCNu64, &kib) == 1 &&
		    first >= (uintptr_t)at && end <= (uintptr_t)at + bytes)
			sum += kib * 1024;
	fclose(f);
	return sum;
}

static int check_huge(const struct map_area *a, const struct backing_config *cfg,
		      struct sim_error *err)
{
	uint64_t unit = level_bytes(LEVEL_2M);
	uint64_t first = round_up((uintptr_t)a->mapped, unit);
	uint64_t end = ((uintptr_t)a->mapped + a->mapped_bytes) / unit * unit;
	uint64_t want = end > first ? end - first : 0, got;

	if (cfg->page_level != LEVEL_2M || cfg->kind != BACKING_ANONYMOUS || cfg->is_shared ||
	    !want)
		return SIM_OK;
	got = backing_map_huge_bytes(a->mapped, a->mapped_bytes);
	if (got >= want)
		return SIM_OK;
	return sim_fail(
		err, SIM_EUNSUP, NULL,
		"the host gave %" PRIu64 " of %" PRIu64 " huge pages: "
		"/sys/kernel/mm/transparent_hugepage/enabled must be madvise or always, and "
		"memory must be free in one piece",
		got / unit, want / unit);
}

/* --- all of it --- */

static int set_up(struct map_area *a, const struct backing_config *cfg, uint64_t bytes,
		  struct sim_error *err)
{
	int rc = SIM_OK;

	a->file = (struct backing_file){ .fd = -1, .page_size = PAGE_BYTES };
	if (cfg->kind != BACKING_ANONYMOUS)
		rc = backing_file_open(&a->file, cfg, bytes, err);
	if (!rc)
		rc = check_available(a, cfg, bytes, err);
	if (!rc)
		rc = check_overcommit(a, cfg, err);
	if (!rc)
		rc = reserve(a, cfg, bytes, err);
	if (!rc)
		rc = map_file(a, cfg, err);
	if (!rc)
		rc = advise(a, cfg, err);
	if (!rc && cfg->policy != NUMA_DEFAULT)
		rc = bind_memory(a, cfg, err);
	if (!rc && cfg->has_prealloc)
		rc = populate(a, cfg, err);
	return rc || !cfg->has_prealloc ? rc : check_huge(a, cfg, err);
}

static void unmap(const struct map_area *a)
{
	if (a->reserved)
		munmap(a->reserved, a->reserved_bytes);
}

int backing_map_alloc(struct backing *b, const struct backing_config *cfg, uint64_t bytes,
		      struct sim_error *err)
{
	int rc = backing_check(cfg, bytes, err);
	struct map_area *a;

	if (rc)
		return rc;
	a = sim_calloc(1, sizeof(*a));
	if (!a)
		return sim_fail_nomem(err);
	rc = set_up(a, cfg, bytes, err);
	if (rc) {
		unmap(a);
		backing_file_undo(&a->file);
		sim_free(a);
		return rc;
	}
	a->file.made = NULL;
	a->discards = cfg->discard_data && cfg->kind == BACKING_FILE && !cfg->is_readonly;
	*b = (struct backing){ .hva = hva_make((uintptr_t)a->base),
			       .bytes = round_up(bytes, PAGE_BYTES),
			       .page_size = is_giant(cfg) ? GIB : a->file.page_size,
			       .private = a };
	return SIM_OK;
}

void backing_map_release(struct backing *b)
{
	struct map_area *a = b->private;

	if (!a)
		return;
	if (a->discards)
		(void)!madvise(a->mapped, a->mapped_bytes, MADV_REMOVE);
	unmap(a);
	backing_file_close(&a->file);
	sim_free(a);
	*b = (struct backing){ 0 };
}

int backing_map_fd(const struct backing *b)
{
	return ((const struct map_area *)b->private)->file.fd;
}
