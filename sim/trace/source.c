/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "trace/source.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "trace/bytes.h"

#define BUFFER_BYTES ((size_t)1 << 17)

int source_fail(const struct trace_source *s, uint64_t offset, const char *why,
		struct sim_error *err)
{
	sim_fail(err, SIM_EFORMAT, NULL, "%s", why);
	sim_error_where(err, "%.150s:+0x%" PRIx64, s->name, offset);
	return SIM_EFORMAT;
}

int source_cut(const struct trace_source *s, struct sim_error *err)
{
	return source_fail(s, source_offset(s), "the file ends inside a record", err);
}

static int read_some(struct trace_source *s, uint8_t *p, size_t *n, struct sim_error *err)
{
	errno = 0;
	*n = fread(p, 1, BUFFER_BYTES, s->f);
	s->packed += *n;
	if (ferror(s->f) && errno == EINTR)
		return sim_fail(err, SIM_EINTR, s->name, "stopped");
	if (!*n && ferror(s->f))
		return sim_fail(err, SIM_EIO, s->name, "cannot read: %s", strerror(errno));
	return 0;
}

static int cut_inside(const struct trace_source *s, struct sim_error *err)
{
	char why[64];

	snprintf(why, sizeof(why), "the file ends inside its %s data", s->codec->name);
	return source_fail(s, s->base, why, err);
}

/* Unpacks into buf[0..]; SIM_EOF at the end of the file. */
static int unpack(struct trace_source *s, struct sim_error *err)
{
	struct codec_io io = { .out = s->buf, .n_out = BUFFER_BYTES };
	const char *why = NULL;
	enum codec_state state = CODEC_INSIDE;

	while (io.n_out == BUFFER_BYTES) {
		if (s->raw_at == s->raw_n) {
			int rc = read_some(s, s->raw, &s->raw_n, err);

			if (rc)
				return rc;
			s->raw_at = 0;
			io.is_last = !s->raw_n;
		}
		io.in = s->raw + s->raw_at;
		io.n_in = s->raw_n - s->raw_at;
		state = s->codec->unpack(s->state, &io, &why);
		if (state == CODEC_NO_MEMORY)
			return sim_fail_nomem(err);
		if (state == CODEC_BAD)
			return source_fail(s, s->base, why, err);
		s->raw_at = s->raw_n - io.n_in;
		if (io.is_last && io.n_out == BUFFER_BYTES)
			return state == CODEC_BETWEEN ? SIM_EOF : cut_inside(s, err);
	}
	s->n = BUFFER_BYTES - io.n_out;
	return 0;
}

int source_fill(struct trace_source *s, struct sim_error *err)
{
	int rc;

	s->base += s->n;
	s->at = s->n = 0;
	if (s->archive) {
		rc = archive_read(s->archive, s->buf, BUFFER_BYTES, &s->n, err);
		s->packed = archive_packed(s->archive);
		return rc;
	}
	if (s->codec)
		return unpack(s, err);
	rc = read_some(s, s->buf, &s->n, err);
	return rc ? rc : s->n ? 0 : SIM_EOF;
}

int source_init(struct trace_source *s, FILE *f, const char *name, struct sim_error *err)
{
	int rc;

	*s = (struct trace_source){
		.f = f,
		.name = sim_strdup(name),
		.buf = sim_calloc(BUFFER_BYTES, 1),
		.raw = sim_calloc(BUFFER_BYTES, 1),
	};
	if (!s->name || !s->buf || !s->raw)
		return sim_fail_nomem(err);
	rc = read_some(s, s->raw, &s->raw_n, err);
	if (rc)
		return rc;
	s->codec = codec_find(s->raw, s->raw_n);
	if (!s->codec) {
		uint8_t *swap = s->buf;

		s->buf = s->raw;
		s->raw = swap;
		s->n = s->raw_n;
		return 0;
	}
	if (s->codec == &codec_zip)
		return archive_open(&s->archive, f, name, err);
	rc = codec_check(s->codec, name, err);
	if (rc)
		return rc;
	s->state = s->codec->open();
	return s->state ? 0 : sim_fail_nomem(err);
}

void source_fini(struct trace_source *s)
{
	if (s->state)
		s->codec->close(s->state);
	archive_close(s->archive);
	sim_free(s->name);
	sim_free(s->buf);
	sim_free(s->raw);
}

int source_bytes(struct trace_source *s, void *p, size_t n, struct sim_error *err)
{
	uint8_t *to = p;
	int rc = 0;

	while (n-- && !rc)
		rc = source_byte(s, to++, err);
	return rc;
}

int source_le(struct trace_source *s, unsigned n, uint64_t *v, struct sim_error *err)
{
	uint8_t b[8];
	int rc = source_bytes(s, b, n, err);

	if (!rc)
		*v = le_get(b, n);
	return rc;
}

int source_leb(struct trace_source *s, uint64_t *v, struct sim_error *err)
{
	uint64_t start = source_offset(s);
	uint8_t b[LEB_MAX];
	const uint8_t *p = b;
	unsigned n = 0;
	int rc;

	do {
		rc = source_byte(s, &b[n], err);
		if (rc)
			return rc;
	} while (b[n++] & 0x80 && n < LEB_MAX);
	return leb_get(&p, b + n, v)
		       ? 0
		       : source_fail(s, start, "a number in more bytes than 64 bits need", err);
}

int source_zigzag(struct trace_source *s, uint64_t *v, struct sim_error *err)
{
	int rc = source_leb(s, v, err);

	if (!rc)
		*v = unzigzag(*v);
	return rc;
}

int source_end(struct trace_source *s, struct sim_error *err)
{
	int rc = source_more(s, err);

	if (rc == SIM_EOF)
		return 0;
	return rc ? rc : source_fail(s, source_offset(s), "bytes after the end record", err);
}
