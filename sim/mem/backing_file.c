/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "mem/backing_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"

#ifndef MFD_HUGE_SHIFT
#define MFD_HUGE_SHIFT 26
#endif

static int fail_path(const struct backing_config *cfg, int error, struct sim_error *err)
{
	return sim_fail(err, SIM_EIO, NULL,
			"cannot open backing store %.240s for guest memory: %s", cfg->mem_path,
			strerror(error));
}

/* A name of its own in the folder, for as long as it takes to open it. */
static int open_named(const struct backing_config *cfg, int *fd, struct sim_error *err)
{
	char *name = sim_asprintf("%s/sim_back_mem.XXXXXX", cfg->mem_path);

	if (!name)
		return sim_fail_nomem(err);
	*fd = mkostemp(name, O_CLOEXEC);
	if (*fd >= 0)
		unlink(name);
	else
		fail_path(cfg, errno, err);
	sim_free(name);
	return *fd >= 0 ? SIM_OK : SIM_EIO;
}

static int open_in_folder(const struct backing_config *cfg, int *fd, struct sim_error *err)
{
	if (cfg->is_readonly)
		return sim_fail(err, SIM_EIO, NULL,
				"backing store %.240s is a folder: 'readonly=on' needs a file",
				cfg->mem_path);
	*fd = open(cfg->mem_path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return *fd >= 0 ? SIM_OK : open_named(cfg, fd, err);
}

static int open_absent(struct backing_file *f, const struct backing_config *cfg,
		       struct sim_error *err)
{
	f->fd = open(cfg->mem_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (f->fd < 0)
		return fail_path(cfg, errno, err);
	f->made = cfg->mem_path;
	return SIM_OK;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int open_path(struct backing_file *f, const struct backing_config *cfg,
		     struct sim_error *err)
{
	if (is_folder(cfg->mem_path))
		return open_in_folder(cfg, &f->fd, err);
	f->fd = open(cfg->mem_path,
		     (cfg->is_readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	if (f->fd >= 0)
		return SIM_OK;
	return errno == ENOENT ? open_absent(f, cfg, err) : fail_path(cfg, errno, err);
}

static bool is_on(int fd, unsigned long magic, struct statfs *fs)
{
	return !fstatfs(fd, fs) && (unsigned long)fs->f_type == magic;
}

static uint64_t page_size_of(int fd)
{
	struct statfs fs;

	return is_on(fd, HUGETLBFS_MAGIC, &fs) ? (uint64_t)fs.f_bsize : PAGE_BYTES;
}

static int check_pages(const struct backing_file *f, const struct backing_config *cfg,
		       uint64_t bytes, struct sim_error *err)
{
	if (cfg->align % f->page_size)
		return sim_fail(err, SIM_ERANGE, NULL,
				"alignment 0x%" PRIx64
				" must be a multiple of page size 0x%" PRIx64,
				cfg->align, f->page_size);
	if (cfg->offset % f->page_size)
		return sim_fail(err, SIM_ERANGE, NULL,
				"offset 0x%" PRIx64
				" must be a multiple of page size 0x%" PRIx64,
				cfg->offset, f->page_size);
	if (bytes < f->page_size)
		return sim_fail(err, SIM_ERANGE, NULL,
				"memory size 0x%" PRIx64
				" must be equal to or larger than page size 0x%" PRIx64,
				bytes, f->page_size);
	return SIM_OK;
}

/* Whether pages of the file come to be when the guest uses them. A private mapping takes them of tmpfs too. */
static bool fills(const struct backing_file *f, const struct backing_config *cfg)
{
	return f->page_size == PAGE_BYTES &&
	       (f->is_memory || (cfg->is_shared && !cfg->is_readonly));
}

/* Bytes of [from, end) that no block of the file stands behind yet. */
static uint64_t bytes_of_holes(int fd, uint64_t from, uint64_t end)
{
	uint64_t sum = 0;

	while (from < end) {
		off_t data = lseek(fd, (off_t)from, SEEK_DATA);
		off_t hole = data < 0 ? data : lseek(fd, data, SEEK_HOLE);

		if (data < 0 || (uint64_t)data >= end || hole <= data)
			return sum + end - from;
		sum += (uint64_t)data - from;
		from = (uint64_t)hole;
	}
	return sum;
}

/* Without it, the guest's first write to a page would be a signal. */
static int check_room(struct backing_file *f, const struct backing_config *cfg, uint64_t want,
		      struct sim_error *err)
{
	struct statfs fs = { .f_blocks = 0 };
	uint64_t room;

	f->is_memory = is_on(f->fd, TMPFS_MAGIC, &fs);
	f->lacking = bytes_of_holes(f->fd, cfg->offset, want);
	if (!fills(f, cfg) || !fs.f_blocks)
		return SIM_OK;
	room = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
	if (f->lacking <= room)
		return SIM_OK;
	return sim_fail(err, SIM_EIO, NULL,
			"backing store %.200s needs %" PRIu64
			" MiB, and its file system has %" PRIu64
			" MiB: free some, or use another mem-path",
			cfg->mem_path, (f->lacking + (1 << 20) - 1) >> 20, room >> 20);
}

static int grow_file(struct backing_file *f, const struct backing_config *cfg, uint64_t want,
		     struct sim_error *err)
{
	int rc;

	if (ftruncate(f->fd, (off_t)want) < 0)
		return sim_fail(err, SIM_EIO, NULL,
				"cannot give backing store %.200s its 0x%" PRIx64 " bytes: %s",
				cfg->mem_path, want, strerror(errno));
	rc = check_room(f, cfg, want, err);
	if (rc)
		(void)!ftruncate(f->fd, 0);
	return rc;
}

/* An empty file grows; one that has something is taken as it is. */
static int size_file(struct backing_file *f, const struct backing_config *cfg, uint64_t bytes,
		     struct sim_error *err)
{
	uint64_t want = cfg->offset + round_up(bytes, f->page_size), has;
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return fail_path(cfg, errno, err);
	if (!S_ISREG(st.st_mode))
		return SIM_OK;
	has = (uint64_t)st.st_size;
	if (has && has < cfg->offset + bytes)
		return sim_fail(err, SIM_EIO, NULL,
				"backing store size 0x%" PRIx64
				" does not match 'size' option 0x%" PRIx64
				": %.200s needs 0x%" PRIx64 " bytes, or none",
				has, bytes, cfg->mem_path, want);
	return has ? check_room(f, cfg, want, err) : grow_file(f, cfg, want, err);
}

static int open_file(struct backing_file *f, const struct backing_config *cfg, uint64_t bytes,
		     struct sim_error *err)
{
	int rc = open_path(f, cfg, err);

	if (rc)
		return rc;
	f->page_size = page_size_of(f->fd);
	rc = check_pages(f, cfg, bytes, err);
	return rc ? rc : size_file(f, cfg, bytes, err);
}

/* --- memfd --- */

static unsigned memfd_flags(const struct backing_config *cfg)
{
	unsigned flags = MFD_CLOEXEC, shift = 0;

	if (cfg->has_seal)
		flags |= MFD_ALLOW_SEALING;
	if (!cfg->has_hugetlb)
		return flags;
	while (cfg->hugetlbsize >> shift > 1)
		shift++;
	return flags | MFD_HUGETLB | shift << MFD_HUGE_SHIFT;
}

static int make_memfd(struct backing_file *f, const struct backing_config *cfg,
		      struct sim_error *err)
{
	f->fd = memfd_create("memory-backend-memfd", memfd_flags(cfg));
	if (f->fd >= 0)
		return SIM_OK;
	if (!cfg->has_hugetlb)
		return sim_fail(err, SIM_EIO, NULL, "cannot make a memfd: %s", strerror(errno));
	return sim_fail(err, SIM_EUNSUP, NULL,
			"cannot make a memfd with pages of 0x%" PRIx64
			" bytes: %s; /sys/kernel/mm/hugepages lists the sizes",
			cfg->hugetlbsize, strerror(errno));
}

static int open_memfd(struct backing_file *f, const struct backing_config *cfg, uint64_t bytes,
		      struct sim_error *err)
{
	int seals = F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
	int rc = make_memfd(f, cfg, err);

	if (rc)
		return rc;
	f->page_size = page_size_of(f->fd);
	f->is_memory = true;
	f->lacking = bytes;
	if (ftruncate(f->fd, (off_t)bytes) < 0)
		return sim_fail(err, SIM_EIO, NULL,
				"cannot give a memfd 0x%" PRIx64
				" bytes: %s; its pages have 0x%" PRIx64,
				bytes, strerror(errno), f->page_size);
	if (cfg->has_seal && fcntl(f->fd, F_ADD_SEALS, seals) < 0)
		return sim_fail(err, SIM_EIO, NULL, "cannot seal a memfd: %s", strerror(errno));
	return check_pages(f, cfg, bytes, err);
}

int backing_file_open(struct backing_file *f, const struct backing_config *cfg, uint64_t bytes,
		      struct sim_error *err)
{
	int rc;

	*f = (struct backing_file){ .fd = -1 };
	rc = cfg->kind == BACKING_MEMFD ? open_memfd(f, cfg, bytes, err)
					: open_file(f, cfg, round_up(bytes, PAGE_BYTES), err);
	if (rc)
		backing_file_undo(f);
	return rc;
}

void backing_file_close(struct backing_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

void backing_file_undo(struct backing_file *f)
{
	if (f->made)
		unlink(f->made);
	f->made = NULL;
	backing_file_close(f);
}
