/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/codec.h"

#include <string.h>

/* What people pack traces with and nothing here unpacks. */
static const struct codec bzip2 = { .name = "bzip2", .magic = "BZh", .n_magic = 3 };

static const struct codec *const codecs[] = { &codec_zstd, &codec_gzip, &codec_xz,
					      &codec_lz4,  &bzip2,	&codec_zip };

const struct codec *codec_find(const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < sizeof(codecs) / sizeof(*codecs); i++)
		if (n >= codecs[i]->n_magic &&
		    !memcmp(head, codecs[i]->magic, codecs[i]->n_magic))
			return codecs[i];
	return NULL;
}

int codec_check(const struct codec *c, const char *where, struct sim_error *err)
{
	if (c->open)
		return 0;
	if (!c->library)
		return sim_fail(
			err, SIM_EUNSUP, where,
			"it is packed by %s, which is not unpacked here: unpack it first",
			c->name);
	return sim_fail(err, SIM_EUNSUP, where,
			"it is packed by %s, and this program was built without %s: unpack it "
			"first, or build again where %s is",
			c->name, c->library, c->library);
}
