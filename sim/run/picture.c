/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "run/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define TAIL 16

static const char svg_end[] = "</svg>";

/* A chunk without data: its length, its type, their CRC (PNG specification, 11.2.5). */
static const unsigned char png_end[12] = { 0,	0,   0,	   0,	 'I',  'E',
					   'N', 'D', 0xae, 0x42, 0x60, 0x82 };

static bool ends_in(const unsigned char *s, size_t n, const void *end, size_t n_end)
{
	return n >= n_end && !memcmp(s + n - n_end, end, n_end);
}

static bool is_whole(const unsigned char *tail, size_t n, const char *terminal)
{
	if (!strcmp(terminal, "png"))
		return ends_in(tail, n, png_end, sizeof(png_end));
	while (n && (tail[n - 1] == '\n' || tail[n - 1] == ' '))
		n--;
	return ends_in(tail, n, svg_end, strlen(svg_end));
}

/* The last bytes of a file, TAIL at most; negative with errno. */
static ssize_t read_tail(int fd, unsigned char *tail)
{
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0)
		return -1;
	return pread(fd, tail, TAIL, size > TAIL ? size - TAIL : 0);
}

int picture_check(const char *path, const char *terminal, struct sim_error *err)
{
	unsigned char tail[TAIL];
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	ssize_t n = -1;

	if (fd >= 0 && !fsync(fd))
		n = read_tail(fd, tail);
	if (n < 0)
		rc = sim_fail(err, SIM_EIO, path, "cannot look at the picture: %s",
			      strerror(errno));
	else if (!is_whole(tail, (size_t)n, terminal))
		rc = sim_fail(err, SIM_EIO, path,
			      "the picture is cut off: is the disk full, or a limit reached?");
	if (fd >= 0)
		close(fd);
	return rc;
}
