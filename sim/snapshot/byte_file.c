/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "snapshot/byte_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/types.h>

#include "base/alloc.h"

#define BUFFER_BYTES ((size_t)1 << 16)

int byte_file_fail(const struct byte_file *b, uint64_t offset, int code, struct sim_error *err,
		   const char *fmt, ...)
{
	char text[sizeof(err->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sim_fail(err, code, NULL, "%s", text);
	sim_error_where(err, "%.150s:+0x%" PRIx64, b->name, offset);
	return code;
}

static int cut(const struct byte_file *b, uint64_t offset, uint64_t n, struct sim_error *err)
{
	return byte_file_fail(b, offset, SIM_EFORMAT, err,
			      "the file ends at byte %" PRIu64 ", within the %" PRIu64
			      " bytes that begin here: it was cut off, or is damaged",
			      b->bytes, n);
}

/* --- life --- */

static int measure(struct byte_file *b, struct sim_error *err)
{
	off_t end = -1;

	if (!fseeko(b->f, 0, SEEK_END))
		end = ftello(b->f);
	if (end < 0 || fseeko(b->f, 0, SEEK_SET))
		return sim_fail(err, SIM_EIO, b->name,
				"it must be a file, which can be read at any place: %s",
				strerror(errno));
	b->bytes = (uint64_t)end;
	return 0;
}

int byte_file_borrow(struct byte_file *b, FILE *f, const char *name, struct sim_error *err)
{
	*b = (struct byte_file){ .f = f, .is_borrowed = true };
	b->name = sim_strdup(name);
	b->buf = sim_realloc(NULL, BUFFER_BYTES, 1);
	if (!b->name || !b->buf)
		return sim_fail_nomem(err);
	return measure(b, err);
}

int byte_file_open(struct byte_file *b, const char *path, struct sim_error *err)
{
	FILE *f = fopen(path, "rb");
	int rc;

	*b = (struct byte_file){ .f = NULL };
	if (!f)
		return sim_fail(err, SIM_EIO, path, "cannot open: %s", strerror(errno));
	rc = byte_file_borrow(b, f, path, err);
	b->is_borrowed = false;
	return rc;
}

void byte_file_close(struct byte_file *b)
{
	if (b->f && !b->is_borrowed)
		fclose(b->f);
	sim_free(b->name);
	sim_free(b->buf);
	*b = (struct byte_file){ .f = NULL };
}

/* --- reading --- */

static int read_at(struct byte_file *b, uint64_t offset, void *p, size_t n,
		   struct sim_error *err)
{
	if (b->f_position != offset && fseeko(b->f, (off_t)offset, SEEK_SET))
		return byte_file_fail(b, offset, SIM_EIO, err, "cannot seek: %s",
				      strerror(errno));
	b->f_position = offset + n;
	if (fread(p, 1, n, b->f) == n)
		return 0;
	b->f_position = UINT64_MAX;
	if (ferror(b->f))
		return byte_file_fail(b, offset, SIM_EIO, err, "cannot read: %s",
				      strerror(errno));
	return byte_file_fail(b, offset, SIM_EIO, err, "the file became shorter meanwhile");
}

static bool has(const struct byte_file *b, uint64_t offset, uint64_t n)
{
	return offset <= b->bytes && n <= b->bytes - offset;
}

int byte_file_read(struct byte_file *b, uint64_t offset, void *p, size_t n,
		   struct sim_error *err)
{
	return has(b, offset, n) ? read_at(b, offset, p, n, err) : cut(b, offset, n, err);
}

static int fill(struct byte_file *b, struct sim_error *err)
{
	uint64_t offset = byte_file_offset(b), left = b->bytes - offset;
	size_t n = left < BUFFER_BYTES ? (size_t)left : BUFFER_BYTES;

	b->base = offset;
	b->at = 0;
	b->n = 0;
	if (read_at(b, offset, b->buf, n, err))
		return SIM_EIO;
	b->n = n;
	return 0;
}

int byte_file_get(struct byte_file *b, void *p, size_t n, struct sim_error *err)
{
	uint8_t *to = p;

	if (!has(b, byte_file_offset(b), n))
		return cut(b, byte_file_offset(b), n, err);
	while (n) {
		size_t have = b->n - b->at, take = n < have ? n : have;

		if (!have) {
			int rc = fill(b, err);

			if (rc)
				return rc;
			continue;
		}
		memcpy(to, b->buf + b->at, take);
		b->at += take;
		to += take;
		n -= take;
	}
	return 0;
}

int byte_file_be(struct byte_file *b, unsigned n, uint64_t *v, struct sim_error *err)
{
	uint8_t bytes[8];
	int rc = byte_file_get(b, bytes, n, err);

	*v = 0;
	for (unsigned i = 0; !rc && i < n; i++)
		*v = *v << 8 | bytes[i];
	return rc;
}

int byte_file_skip(struct byte_file *b, uint64_t n, struct sim_error *err)
{
	uint64_t offset = byte_file_offset(b);

	if (!has(b, offset, n))
		return cut(b, offset, n, err);
	if (n <= b->n - b->at) {
		b->at += (size_t)n;
		return 0;
	}
	b->base = offset + n;
	b->at = b->n = 0;
	return 0;
}

int byte_file_text(struct byte_file *b, size_t n, char **text, struct sim_error *err)
{
	uint64_t offset = byte_file_offset(b);
	char *s;
	int rc;

	if (!has(b, offset, n))
		return cut(b, offset, n, err);
	s = sim_calloc(n + 1, 1);
	if (!s)
		return sim_fail_nomem(err);
	rc = byte_file_get(b, s, n, err);
	for (size_t i = 0; i < n && !rc; i++)
		if (s[i] < ' ' || s[i] > '~')
			rc = byte_file_fail(b, offset + i, SIM_EFORMAT, err,
					    "byte 0x%02x in a name", (unsigned char)s[i]);
	if (rc) {
		sim_free(s);
		return rc;
	}
	*text = s;
	return 0;
}
