/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "trace/archive.h"

#include "trace/codec.h"

const struct codec codec_zip = {
	.name = "zip",
	.library = "libzip",
	.magic = "PK\3\4",
	.n_magic = 4,
};

#ifdef HAVE_LIBZIP

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "base/alloc.h"

struct archive {
	zip_t *zip;
	zip_file_t *file; /* NULL: between two */
	zip_uint64_t next, n;
	uint64_t packed;
	char *name;
};

static int fail(const struct archive *a, int code, const char *what, const char *why,
		struct sim_error *err)
{
	return sim_fail(err, code, a->name, "%s: %s", what, why);
}

/* libzip wants a descriptor of its own. */
static int open_zip(struct archive *a, FILE *f, struct sim_error *err)
{
	int fd = fileno(f), mine = fd < 0 ? -1 : dup(fd), flaw = 0;
	zip_error_t error;

	if (mine < 0 || lseek(mine, 0, SEEK_SET) < 0) {
		if (mine >= 0)
			close(mine);
		return sim_fail(err, SIM_EUNSUP, a->name,
				"a zip archive must be a file: its directory is at its end");
	}
	a->zip = zip_fdopen(mine, 0, &flaw);
	if (a->zip)
		return 0;
	close(mine);
	zip_error_init_with_code(&error, flaw);
	fail(a, flaw == ZIP_ER_MEMORY ? SIM_ENOMEM : SIM_EFORMAT, "not a whole zip archive",
	     zip_error_strerror(&error), err);
	zip_error_fini(&error);
	return flaw == ZIP_ER_MEMORY ? SIM_ENOMEM : SIM_EFORMAT;
}

int archive_open(struct archive **out, FILE *f, const char *name, struct sim_error *err)
{
	struct archive *a = sim_calloc(1, sizeof(*a));
	int rc;

	*out = a;
	if (!a || !(a->name = sim_strdup(name)))
		return sim_fail_nomem(err);
	rc = open_zip(a, f, err);
	if (!rc)
		a->n = (zip_uint64_t)zip_get_num_entries(a->zip, 0);
	return rc;
}

/* The next file that is no folder. */
static int open_next(struct archive *a, struct sim_error *err)
{
	while (a->next < a->n) {
		zip_stat_t s;

		if (zip_stat_index(a->zip, a->next, 0, &s))
			return fail(a, SIM_EFORMAT, "damaged", zip_strerror(a->zip), err);
		a->next++;
		a->packed += s.comp_size;
		if (s.name[0] && s.name[strlen(s.name) - 1] == '/')
			continue;
		a->file = zip_fopen_index(a->zip, a->next - 1, 0);
		return a->file ? 0 : fail(a, SIM_EFORMAT, s.name, zip_strerror(a->zip), err);
	}
	return SIM_EOF;
}

int archive_read(struct archive *a, uint8_t *buf, size_t size, size_t *n, struct sim_error *err)
{
	zip_int64_t got = 0;
	int rc;

	while (!got) {
		if (!a->file) {
			rc = open_next(a, err);
			if (rc)
				return rc;
		}
		got = zip_fread(a->file, buf, size);
		if (got < 0)
			return fail(a, SIM_EFORMAT, zip_get_name(a->zip, a->next - 1, 0),
				    zip_file_strerror(a->file), err);
		if (!got) {
			zip_fclose(a->file);
			a->file = NULL;
		}
	}
	*n = (size_t)got;
	return 0;
}

uint64_t archive_packed(const struct archive *a)
{
	return a->packed;
}

void archive_close(struct archive *a)
{
	if (!a)
		return;
	if (a->file)
		zip_fclose(a->file);
	if (a->zip)
		zip_discard(a->zip);
	sim_free(a->name);
	sim_free(a);
}

#else

int archive_open(struct archive **a, FILE *f, const char *name, struct sim_error *err)
{
	(void)f;
	*a = NULL;
	return codec_check(&codec_zip, name, err);
}

int archive_read(struct archive *a, uint8_t *buf, size_t size, size_t *n, struct sim_error *err)
{
	(void)a, (void)buf, (void)size, (void)n, (void)err;
	return SIM_EOF;
}

uint64_t archive_packed(const struct archive *a)
{
	(void)a;
	return 0;
}

void archive_close(struct archive *a)
{
	(void)a;
}

#endif
