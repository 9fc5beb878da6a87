/* SPDX-License-Identifier: GPL-3.0-or-later */
/* codec_xz.c - xz streams and the padding between them ("The .xz File Format", tukaani.org) */
#include "config.h"

#include "trace/codec.h"

#ifdef HAVE_LZMA

#include <lzma.h>

#include "base/alloc.h"

struct xz {
	lzma_stream s;
	lzma_allocator allocator;
	enum codec_state at;
};

static void *allocate(void *opaque, size_t n, size_t size)
{
	(void)opaque;
	return sim_calloc(n, size);
}

static void release(void *opaque, void *p)
{
	(void)opaque;
	sim_free(p);
}

static void close_xz(void *state)
{
	struct xz *x = state;

	if (x)
		lzma_end(&x->s);
	sim_free(x);
}

static void *open_xz(void)
{
	struct xz *x = sim_calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->at = CODEC_INSIDE;
	x->allocator.alloc = allocate;
	x->allocator.free = release;
	x->s.allocator = &x->allocator;
	if (lzma_stream_decoder(&x->s, CODEC_MEMORY_MAX, LZMA_CONCATENATED) == LZMA_OK)
		return x;
	sim_free(x);
	return NULL;
}

static const char *flaw(lzma_ret rc)
{
	if (rc == LZMA_MEMLIMIT_ERROR)
		return "unpacking it takes more than 128 MiB of memory";
	if (rc == LZMA_OPTIONS_ERROR)
		return "xz options that liblzma does not know";
	return rc == LZMA_FORMAT_ERROR ? "bytes that are no xz stream" : "damaged xz data";
}

/* Where a stream ends can only be said when nothing follows: padding may. */
static enum codec_state unpack_xz(void *state, struct codec_io *io, const char **why)
{
	struct xz *x = state;
	lzma_ret rc;

	if (x->at == CODEC_BETWEEN)
		return CODEC_BETWEEN;
	x->s.next_in = io->in;
	x->s.avail_in = io->n_in;
	x->s.next_out = io->out;
	x->s.avail_out = io->n_out;
	rc = lzma_code(&x->s, io->is_last ? LZMA_FINISH : LZMA_RUN);
	io->in = x->s.next_in;
	io->n_in = x->s.avail_in;
	io->out = x->s.next_out;
	io->n_out = x->s.avail_out;
	if (rc == LZMA_MEM_ERROR)
		return CODEC_NO_MEMORY;
	if (rc == LZMA_OK || rc == LZMA_STREAM_END || rc == LZMA_BUF_ERROR)
		return x->at = rc == LZMA_STREAM_END ? CODEC_BETWEEN : CODEC_INSIDE;
	*why = flaw(rc);
	return CODEC_BAD;
}

#endif

const struct codec codec_xz = {
	.name = "xz",
	.library = "liblzma",
	.magic = "\xfd"
		 "7zXZ\0",
	.n_magic = 6,
#ifdef HAVE_LZMA
	.open = open_xz,
	.unpack = unpack_xz,
	.close = close_xz,
#endif
};
