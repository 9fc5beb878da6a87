/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "trace/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

#define TEMPORARY_TRIES 100

static int io_fail(const struct outfile *o, const char *verb, struct sim_error *err)
{
	return sim_fail(err, SIM_EIO, o->name, "cannot %s: %s", verb, strerror(errno));
}

static int open_temporary(struct outfile *o)
{
	for (int i = 0; i < TEMPORARY_TRIES; i++) {
		int fd;

		o->temporary = sim_asprintf("%s.tmp%d", o->name, i);
		if (!o->temporary)
			return SIM_ENOMEM;
		fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0) {
			o->f = fdopen(fd, "wb");
			return o->f ? 0 : SIM_ENOMEM;
		}
		sim_free(o->temporary);
		o->temporary = NULL;
		if (errno != EEXIST)
			return SIM_EIO;
	}
	return SIM_EIO;
}

int outfile_create(struct outfile *o, const char *path, struct sim_error *err)
{
	struct stat there;
	int rc;

	if (!lstat(path, &there) && !S_ISREG(there.st_mode))
		return sim_fail(err, SIM_EIO, path, "exists and is not a regular file");
	*o = (struct outfile){ .name = sim_strdup(path) };
	if (!o->name)
		return sim_fail_nomem(err);
	rc = open_temporary(o);
	if (!rc)
		return 0;
	rc = rc == SIM_EIO ? io_fail(o, "create", err) : sim_fail_nomem(err);
	outfile_discard(o);
	return rc;
}

int outfile_borrow(struct outfile *o, FILE *f, const char *name, struct sim_error *err)
{
	*o = (struct outfile){ .f = f, .name = sim_strdup(name) };
	return o->name ? 0 : sim_fail_nomem(err);
}

int outfile_write(struct outfile *o, const void *p, size_t n, struct sim_error *err)
{
	if (n && fwrite(p, 1, n, o->f) != n)
		return io_fail(o, "write", err);
	o->offset += n;
	return 0;
}

int outfile_commit(struct outfile *o, struct sim_error *err)
{
	FILE *f = o->f;
	int bad;

	if (fflush(f))
		return io_fail(o, "write", err);
	if (!o->temporary)
		return 0;
	bad = fsync(fileno(f)) && errno != EINVAL && errno != EROFS;
	o->f = NULL;
	if (fclose(f) || bad)
		return io_fail(o, "write", err);
	if (rename(o->temporary, o->name))
		return io_fail(o, "rename into place", err);
	sim_free(o->temporary);
	o->temporary = NULL;
	return 0;
}

void outfile_discard(struct outfile *o)
{
	if (o->temporary) {
		if (o->f)
			fclose(o->f);
		unlink(o->temporary);
	}
	sim_free(o->temporary);
	sim_free(o->name);
	*o = (struct outfile){ 0 };
}
