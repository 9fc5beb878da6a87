/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "tests/backing_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Tests run in a folder of their own; it must be empty again after each. */
static char folder[32];

int backing_folder_enter(void **state)
{
	(void)state;
	strcpy(folder, "backing.XXXXXX");
	return !mkdtemp(folder) || chdir(folder);
}

unsigned files_here(void)
{
	DIR *d = opendir(".");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

int backing_folder_leave(void **state)
{
	(void)state;
	if (files_here())
		print_error("a file is left in %s\n", folder);
	return chdir("..") || rmdir(folder);
}

struct backing_config defaults(enum backing_kind kind)
{
	struct backing_config c = backing_defaults(kind);

	if (kind == BACKING_FILE)
		c.mem_path = "file";
	return c;
}

void refused(const struct backing_config *cfg, uint64_t bytes, int code, const char *words)
{
	struct sim_error err = { 0 };
	struct backing b = { 0 };

	assert_int_equal(backing_map_alloc(&b, cfg, bytes, &err), code);
	if (!strstr(err.text, words))
		print_error("\"%s\" lacks \"%s\"\n", err.text, words);
	assert_non_null(strstr(err.text, words));
	assert_null(b.private);
}

void write_file(const char *path, uint64_t bytes)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	if (bytes)
		assert_int_equal(pwrite(fd, "was here", 8, 0), 8);
	close(fd);
}

uint64_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}
