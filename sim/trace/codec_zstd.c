/* SPDX-License-Identifier: GPL-3.0-or-later */
/* codec_zstd.c - Zstandard frames (RFC 8878) */
#include "trace/codec.h"

#include <zstd.h>

#include "base/alloc.h"

struct zstd {
	ZSTD_DStream *stream;
	size_t hint; /* its last result; 0 between frames */
};

static void close_zstd(void *state)
{
	struct zstd *z = state;

	if (z)
		ZSTD_freeDStream(z->stream);
	sim_free(z);
}

static void *open_zstd(void)
{
	struct zstd *z = sim_calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	z->stream = ZSTD_createDStream();
	if (z->stream)
		return z;
	sim_free(z);
	return NULL;
}

/* zstd itself refuses windows beyond 128 MiB. */
static enum codec_state unpack_zstd(void *state, struct codec_io *io, const char **why)
{
	struct zstd *z = state;
	ZSTD_inBuffer in = { io->in, io->n_in, 0 };
	ZSTD_outBuffer out = { io->out, io->n_out, 0 };

	if (!io->n_in && !z->hint)
		return CODEC_BETWEEN;
	z->hint = ZSTD_decompressStream(z->stream, &out, &in);
	if (ZSTD_isError(z->hint)) {
		*why = ZSTD_getErrorName(z->hint);
		return CODEC_BAD;
	}
	io->in += in.pos;
	io->n_in -= in.pos;
	io->out += out.pos;
	io->n_out -= out.pos;
	return z->hint ? CODEC_INSIDE : CODEC_BETWEEN;
}

const struct codec codec_zstd = {
	.name = "zstd",
	.library = "libzstd",
	.magic = "\x28\xb5\x2f\xfd",
	.n_magic = 4,
	.open = open_zstd,
	.unpack = unpack_zstd,
	.close = close_zstd,
};
