/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_board.c - a board file of arbitrary bytes: built, booted and printed, or refused with a reason */
#include <assert.h>

#include "mem/board.h"
#include "mem/host_backing.h"
#include "mem/mtree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(struct host *h, const struct board_options *o, const json_t *parts)
{
	struct board_config cfg = {
		.options = o, .parts = parts, .backing = &host_backing_ops, .backing_arg = h
	};
	struct sim_error err = { 0 };
	struct text t = { .s = NULL };
	struct board *b;
	int rc = board_create(&b, &cfg, &err);

	if (!rc)
		rc = board_boot(b, &err);
	assert(rc ? err.code < 0 && err.text[0] : !err.code);
	if (b) {
		mtree_info(b, MTREE_FLAT, &t);
		mtree_info(b, MTREE_DISABLED, &t);
		mtree_ramblock(b, &t);
	}
	text_fini(&t);
	board_destroy(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct host_config config = { .page_level = LEVEL_4K };
	struct board_options o;
	struct jnode root;
	struct host *h;
	json_t *doc;

	if (json_parse((const char *)data, size, "fuzz", &doc, &root, NULL))
		return 0;
	if (!host_create(&h, &config, NULL)) {
		if (!board_options_parse(&o, "-m 16M -vga std", NULL)) {
			run(h, &o, doc);
			board_options_fini(&o);
		}
		host_destroy(h);
	}
	json_decref(doc);
	return 0;
}
