/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory backends that ask for more than the system, its control groups or a file system have. */
#include "config.h"

#include "tests/backing_folder.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem/available.h"

/* --- a system that never overcommits --- */

static const char *overcommit; /* what a file of the system's says, NULL: itself */

/* The linker sends fopen() to __wrap_fopen(). */
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);

FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (overcommit && !strcmp(path, "/proc/sys/vm/overcommit_memory"))
		path = overcommit;
	return __real_fopen(path, mode);
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void reserve_off_needs_overcommit(void **unused)
{
	struct backing_config c = defaults(BACKING_ANONYMOUS);
	struct backing b;

	(void)unused;
	put("overcommit", "2\n");
	overcommit = "overcommit";
	c.has_reserve = false;
	refused(&c, MIB, SIM_EUNSUP, "use 'reserve=on'");
	c.is_shared = true;
	assert_int_equal(backing_map_alloc(&b, &c, MIB, NULL), 0);
	backing_map_release(&b);
	c.is_shared = false;
	put("overcommit", "1\n");
	assert_int_equal(backing_map_alloc(&b, &c, MIB, NULL), 0);
	backing_map_release(&b);
	c.has_reserve = true;
	put("overcommit", "2\n");
	assert_int_equal(backing_map_alloc(&b, &c, MIB, NULL), 0);
	backing_map_release(&b);
	overcommit = NULL;
	unlink("overcommit");
}

/* More than there is: said before Linux ends anybody. */
static void too_much_to_preallocate(void **unused)
{
	struct backing_config c = defaults(BACKING_ANONYMOUS);

	(void)unused;
	c.has_prealloc = true;
	refused(&c, (uint64_t)1 << 45, SIM_ENOMEM, "preallocation needs 33619968 MiB");
	c.is_shared = true;
	refused(&c, (uint64_t)1 << 45, SIM_ENOMEM, "can be had here");
	c = defaults(BACKING_MEMFD);
	c.has_prealloc = true;
	refused(&c, (uint64_t)1 << 45, SIM_ENOMEM, "can be had here");
}

/* A group within a group, of version 2 and 1: the least counts, and files that can go do not. */
static void memory_that_can_be_had(void **unused)
{
	const struct available_paths p = { "meminfo", "cgroup", "." };
	static const char *const gone[] = { "a/b/memory.max",
					    "a/b/memory.current",
					    "a/memory.max",
					    "a/memory.current",
					    "a/memory.stat",
					    "memory/memory.limit_in_bytes",
					    "memory/memory.usage_in_bytes",
					    "meminfo",
					    "cgroup" };

	(void)unused;
	assert_true(available_by(&p) == UINT64_MAX);
	put("meminfo", "MemTotal: 900 kB\nMemAvailable: 700 kB\n");
	assert_int_equal(available_by(&p), 700 * 1024);
	assert_false(mkdir("a", 0755) || mkdir("a/b", 0755) || mkdir("memory", 0755));
	put("cgroup", "3:cpu:/x\n0::/a/b\n");
	put("a/b/memory.max", "max\n");
	put("a/b/memory.current", "1\n");
	assert_int_equal(available_by(&p), 700 * 1024);
	put("a/memory.max", "500000\n");
	put("a/memory.current", "450000\n");
	assert_int_equal(available_by(&p), 50000);
	put("a/memory.stat", "anon 9\ninactive_file 300000\nactive_file 1000\n");
	assert_int_equal(available_by(&p), 351000);
	put("a/b/memory.max", "4096\n");
	put("a/b/memory.current", "5000\n");
	assert_int_equal(available_by(&p), 0);
	put("cgroup", "4:memory:/not/seen/here\n0::/\n");
	put("memory/memory.limit_in_bytes", "600\n");
	put("memory/memory.usage_in_bytes", "100\n");
	assert_int_equal(available_by(&p), 500);
	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++)
		assert_int_equal(unlink(gone[i]), 0);
	assert_false(rmdir("a/b") || rmdir("a") || rmdir("memory"));
}

/* A write without room on the file system would be a signal. */
static void a_full_file_system(void **unused)
{
	struct backing_config c = defaults(BACKING_FILE);
	struct statfs fs;
	uint64_t room;

	(void)unused;
	assert_int_equal(statfs(".", &fs), 0);
	if (!fs.f_blocks)
		skip();
	room = (uint64_t)fs.f_bfree * (uint64_t)fs.f_bsize;
	c.is_shared = true;
	refused(&c, room + GIB, SIM_EIO, "backing store file needs");
	assert_int_equal(files_here(), 0);
	write_file("file", 0);
	refused(&c, room + GIB, SIM_EIO, "and its file system has");
	assert_int_equal(size_of("file"), 0);
	assert_int_equal(unlink("file"), 0);
	write_file("file", room + GIB); /* with holes */
	refused(&c, room + GIB, SIM_EIO, "and its file system has");
	assert_int_equal(unlink("file"), 0);
}

/* In a process that may mount: 2 MiB of tmpfs, of which the end of a file has most. 2: not allowed; 1: as wanted. */
static int preallocate_on_full_tmpfs(void)
{
	struct backing_config c = defaults(BACKING_FILE);
	struct sim_error err = { 0 };
	struct backing b;
	char page[4096] = { 1 }, here[4096];
	int fd;

	if (!getcwd(here, sizeof(here)) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", ".", "tmpfs", 0, "size=2m") || chdir(here))
		return 2;
	fd = open("file", O_RDWR | O_CREAT, 0600);
	for (uint64_t at = 4 * MIB; at < 4 * MIB + 7 * MIB / 4; at += sizeof(page))
		if (pwrite(fd, page, sizeof(page), (off_t)at) != sizeof(page))
			return 3;
	c.is_shared = c.has_prealloc = true;
	return backing_map_alloc(&b, &c, MIB, &err) == SIM_EIO &&
	       strstr(err.text, "its file system has 0 MiB");
}

static void a_file_system_that_fills_up(void **unused)
{
	int status;
	pid_t child = fork();

	(void)unused;
	if (!child)
		_exit(preallocate_on_full_tmpfs());
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status == 2 << 8)
		skip();
	assert_int_equal(status, 1 << 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(reserve_off_needs_overcommit), IN_FOLDER(too_much_to_preallocate),
		IN_FOLDER(memory_that_can_be_had),	 IN_FOLDER(a_full_file_system),
		IN_FOLDER(a_file_system_that_fills_up),
	};

	return cmocka_run_group_tests_name("backing room", tests, NULL, NULL);
}
