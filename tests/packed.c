/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "packed.h"

#include "check.h"

#include <zstd.h>

#ifdef HAVE_ZLIB
#define ZLIB_CONST
#include <zlib.h>
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#endif
#ifdef HAVE_LZ4
#include <lz4frame.h>
#endif

static size_t pack_zstd(uint8_t *out, size_t room, const uint8_t *in, size_t n)
{
	size_t size = ZSTD_compress(out, room, in, n, 3);

	assert_false(ZSTD_isError(size));
	return size;
}

#ifdef HAVE_ZLIB
static size_t pack_gzip(uint8_t *out, size_t room, const uint8_t *in, size_t n)
{
	z_stream z = { .next_in = in,
		       .avail_in = (unsigned)n,
		       .next_out = out,
		       .avail_out = (unsigned)room };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}
#endif

#ifdef HAVE_LZMA
static size_t pack_xz(uint8_t *out, size_t room, const uint8_t *in, size_t n)
{
	size_t size = 0;

	assert_int_equal(
		lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, in, n, out, &size, room),
		LZMA_OK);
	return size;
}
#endif

#ifdef HAVE_LZ4
static size_t pack_lz4(uint8_t *out, size_t room, const uint8_t *in, size_t n)
{
	LZ4F_preferences_t p = { .frameInfo = { .contentChecksumFlag =
							LZ4F_contentChecksumEnabled } };
	size_t size = LZ4F_compressFrame(out, room, in, n, &p);

	assert_false(LZ4F_isError(size));
	return size;
}
#endif

const struct packer packers[] = {
	{ "zstd", pack_zstd },
#ifdef HAVE_ZLIB
	{ "gzip", pack_gzip },
#endif
#ifdef HAVE_LZMA
	{ "xz", pack_xz },
#endif
#ifdef HAVE_LZ4
	{ "lz4", pack_lz4 },
#endif
	{ NULL, NULL },
};
