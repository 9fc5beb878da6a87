/* SPDX-License-Identifier: GPL-3.0-or-later */
/* codec_lz4.c - LZ4 frames ("LZ4 Frame Format Description", lz4.github.io); window 64 KiB,
 * blocks of at most 4 MiB */
#include "config.h"

#include "trace/codec.h"

#ifdef HAVE_LZ4

#include <lz4frame.h>

#include "base/alloc.h"

struct lz4 {
	LZ4F_dctx *context;
	enum codec_state at;
};

static void close_lz4(void *state)
{
	struct lz4 *z = state;

	if (z)
		LZ4F_freeDecompressionContext(z->context);
	sim_free(z);
}

static void *open_lz4(void)
{
	struct lz4 *z = sim_calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	if (!LZ4F_isError(LZ4F_createDecompressionContext(&z->context, LZ4F_VERSION)))
		return z;
	sim_free(z);
	return NULL;
}

static enum codec_state unpack_lz4(void *state, struct codec_io *io, const char **why)
{
	struct lz4 *z = state;
	size_t in = io->n_in, out = io->n_out, rc;

	if (z->at == CODEC_BETWEEN && !in)
		return CODEC_BETWEEN;
	rc = LZ4F_decompress(z->context, io->out, &out, io->in, &in, NULL);
	if (LZ4F_isError(rc)) {
		*why = LZ4F_getErrorName(rc);
		return CODEC_BAD;
	}
	io->in += in;
	io->n_in -= in;
	io->out += out;
	io->n_out -= out;
	return z->at = rc ? CODEC_INSIDE : CODEC_BETWEEN;
}

#endif

const struct codec codec_lz4 = {
	.name = "lz4",
	.library = "liblz4",
	.magic = "\x04\x22\x4d\x18",
	.n_magic = 4,
#ifdef HAVE_LZ4
	.open = open_lz4,
	.unpack = unpack_lz4,
	.close = close_lz4,
#endif
};
