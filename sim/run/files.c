/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "run/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"

#define HASH_CHUNK ((size_t)1 << 16)

static int fail_errno(struct sim_error *err, const char *path, const char *what)
{
	return sim_fail(err, SIM_EIO, path, "cannot %s: %s", what, strerror(errno));
}

char *files_join(const char *dir, const char *name)
{
	return sim_asprintf("%s/%s", dir, name);
}

bool files_exist(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static int read_all(FILE *f, char **text, size_t *n)
{
	size_t cap = 0, at = 0, got;
	char *buf = NULL;

	do {
		size_t want = cap ? 2 * cap : 4096;
		char *p = sim_realloc(buf, want + 1, 1);

		if (!p) {
			sim_free(buf);
			return SIM_ENOMEM;
		}
		buf = p;
		cap = want;
		got = fread(buf + at, 1, cap - at, f);
		at += got;
	} while (at == cap);
	if (ferror(f)) {
		sim_free(buf);
		return SIM_EIO;
	}
	buf[at] = '\0';
	*text = buf;
	*n = at;
	return 0;
}

int files_read(const char *path, char **text, size_t *n, struct sim_error *err)
{
	FILE *f = fopen(path, "rb");
	int rc;

	if (!f)
		return fail_errno(err, path, "open");
	rc = read_all(f, text, n);
	if (rc == SIM_ENOMEM)
		rc = sim_fail_nomem(err);
	else if (rc)
		rc = fail_errno(err, path, "read");
	fclose(f);
	return rc;
}

static bool write_fd(int fd, const char *text, size_t n)
{
	while (n) {
		ssize_t put = write(fd, text, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		text += put;
		n -= (size_t)put;
	}
	return fsync(fd) == 0;
}

static int write_new(const char *path, const char *text, size_t n, struct sim_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int rc = 0;

	if (fd < 0)
		return fail_errno(err, path, "create");
	if (!write_fd(fd, text, n))
		rc = fail_errno(err, path, "write");
	if (close(fd) && !rc)
		rc = fail_errno(err, path, "close");
	if (rc)
		unlink(path);
	return rc;
}

/* The length of the folder part of a path, without the slash; 0 when there is none. */
static size_t dir_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static char *temp_name(const char *path)
{
	size_t n = dir_length(path);
	const char *base = n || path[0] == '/' ? path + n + 1 : path;

	return sim_asprintf("%.*s%s" FILES_TEMP "%s", (int)n, path, base == path ? "" : "/",
			    base);
}

int files_write(const char *path, const char *text, size_t n, struct sim_error *err)
{
	struct stat there;
	char *temp;
	int rc;

	if (!lstat(path, &there) && !S_ISREG(there.st_mode))
		return sim_fail(err, SIM_EIO, path, "exists and is not a regular file");
	temp = temp_name(path);
	if (!temp)
		return sim_fail_nomem(err);
	rc = write_new(temp, text, n, err);
	if (!rc) {
		rc = files_rename(temp, path, err);
		if (rc)
			unlink(temp);
	}
	sim_free(temp);
	return rc;
}

int files_make_dir(const char *path, struct sim_error *err)
{
	char *copy = sim_strdup(path);
	int rc = 0;

	if (!copy)
		return sim_fail_nomem(err);
	for (char *p = copy + 1; *p && !rc; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST)
			rc = fail_errno(err, copy, "make the folder");
		*p = '/';
	}
	if (!rc && mkdir(path, 0777) && errno != EEXIST)
		rc = fail_errno(err, path, "make the folder");
	sim_free(copy);
	return rc;
}

static int remove_files(DIR *d, const char *path, struct sim_error *err)
{
	struct dirent *e;

	while ((e = readdir(d)) != NULL) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0))
			return fail_errno(err, path, "empty the folder");
	}
	return 0;
}

int files_remove_dir(const char *path, struct sim_error *err)
{
	DIR *d = opendir(path);
	int rc;

	if (!d)
		return errno == ENOENT ? 0 : fail_errno(err, path, "open the folder");
	rc = remove_files(d, path, err);
	closedir(d);
	if (!rc && rmdir(path))
		rc = fail_errno(err, path, "remove the folder");
	return rc;
}

static int sync_dir_of(const char *path, struct sim_error *err)
{
	size_t n = dir_length(path);
	char *dir =
		n ? sim_asprintf("%.*s", (int)n, path) : sim_strdup(path[0] == '/' ? "/" : ".");
	int fd, rc = 0;

	if (!dir)
		return sim_fail_nomem(err);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (fsync(fd) && errno != EINVAL && errno != EROFS))
		rc = fail_errno(err, dir, "sync the folder");
	if (fd >= 0)
		close(fd);
	sim_free(dir);
	return rc;
}

int files_rename(const char *from, const char *to, struct sim_error *err)
{
	if (rename(from, to))
		return fail_errno(err, to, "put in place");
	return sync_dir_of(to, err);
}

static void hex(const XXH128_hash_t h, char *out)
{
	XXH128_canonical_t c;

	XXH128_canonicalFromHash(&c, h);
	for (size_t i = 0; i < sizeof(c.digest); i++)
		snprintf(out + 2 * i, 3, "%02x", c.digest[i]);
}

static int hash_stream(FILE *f, XXH3_state_t *state, unsigned char *chunk, uint64_t *bytes)
{
	size_t n;

	*bytes = 0;
	if (XXH3_128bits_reset(state) != XXH_OK)
		return SIM_ENOMEM;
	while ((n = fread(chunk, 1, HASH_CHUNK, f)) > 0) {
		*bytes += n;
		if (XXH3_128bits_update(state, chunk, n) != XXH_OK)
			return SIM_ENOMEM;
	}
	return ferror(f) ? SIM_EIO : 0;
}

void files_hash_text(const char *text, size_t n, char hash[FILES_HASH_LEN + 1])
{
	hex(XXH3_128bits(text, n), hash);
}

int files_hash(const char *path, char hash[FILES_HASH_LEN + 1], uint64_t *bytes,
	       struct sim_error *err)
{
	unsigned char *chunk;
	XXH3_state_t *state;
	struct stat st;
	FILE *f;
	int rc;

	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return sim_fail(err, SIM_EIO, path, "not a plain file");
	f = fopen(path, "rb");
	if (!f)
		return fail_errno(err, path, "open");
	chunk = sim_calloc(HASH_CHUNK, 1);
	state = XXH3_createState();
	rc = chunk && state ? hash_stream(f, state, chunk, bytes) : SIM_ENOMEM;
	if (!rc)
		hex(XXH3_128bits_digest(state), hash);
	else if (rc == SIM_EIO)
		rc = fail_errno(err, path, "read");
	else
		rc = sim_fail_nomem(err);
	XXH3_freeState(state);
	sim_free(chunk);
	fclose(f);
	return rc;
}
