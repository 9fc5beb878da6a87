/* SPDX-License-Identifier: GPL-3.0-or-later */
/* codec_gzip.c - gzip members (RFC 1952); window 32 KiB */
#include "config.h"

#include "trace/codec.h"

#ifdef HAVE_ZLIB

#include <limits.h>

#define ZLIB_CONST /* zlib.h: next_in may point to const */
#include <zlib.h>

#include "base/alloc.h"

#define WINDOW_GZIP (MAX_WBITS + 16) /* zlib.h: 16 more means gzip and nothing else */

struct gzip {
	z_stream z;
	enum codec_state at;
};

static void *allocate(void *opaque, unsigned n, unsigned size)
{
	(void)opaque;
	return sim_calloc(n, size);
}

static void release(void *opaque, void *p)
{
	(void)opaque;
	sim_free(p);
}

static void close_gzip(void *state)
{
	struct gzip *g = state;

	if (g)
		inflateEnd(&g->z);
	sim_free(g);
}

static void *open_gzip(void)
{
	struct gzip *g = sim_calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->z.zalloc = allocate;
	g->z.zfree = release;
	if (inflateInit2(&g->z, WINDOW_GZIP) == Z_OK)
		return g;
	sim_free(g);
	return NULL;
}

static unsigned at_most(size_t n)
{
	return n < UINT_MAX ? (unsigned)n : UINT_MAX;
}

static enum codec_state unpack_gzip(void *state, struct codec_io *io, const char **why)
{
	struct gzip *g = state;
	unsigned in = at_most(io->n_in), out = at_most(io->n_out);
	int rc;

	if (g->at == CODEC_BETWEEN && !in)
		return CODEC_BETWEEN;
	if (g->at == CODEC_BETWEEN)
		inflateReset(&g->z);
	g->z.next_in = io->in;
	g->z.avail_in = in;
	g->z.next_out = io->out;
	g->z.avail_out = out;
	rc = inflate(&g->z, Z_NO_FLUSH);
	io->in += in - g->z.avail_in;
	io->n_in -= in - g->z.avail_in;
	io->out += out - g->z.avail_out;
	io->n_out -= out - g->z.avail_out;
	if (rc == Z_MEM_ERROR)
		return CODEC_NO_MEMORY;
	if (rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR)
		return g->at = rc == Z_STREAM_END ? CODEC_BETWEEN : CODEC_INSIDE;
	*why = g->z.msg ? g->z.msg : "damaged gzip data";
	return CODEC_BAD;
}

#endif

const struct codec codec_gzip = {
	.name = "gzip",
	.library = "zlib",
	.magic = "\x1f\x8b",
	.n_magic = 2,
#ifdef HAVE_ZLIB
	.open = open_gzip,
	.unpack = unpack_gzip,
	.close = close_gzip,
#endif
};
