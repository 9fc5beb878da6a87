/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dimm_options.c - -device pc-dimm */
#include <string.h>

#include "base/alloc.h"
#include "mem/board_parse.h"

struct draft {
	struct dimm_options d;
	char *driver;
	uint64_t node;
	int64_t slot;
};

#define COLUMN(m) offsetof(struct draft, m)

static const struct board_property properties[] = {
	{ .name = "driver", .kind = BOARD_STRING, .offset = COLUMN(driver) },
	{ .name = "id", .kind = BOARD_ID, .offset = COLUMN(d.id) },
	{ .name = "memdev", .kind = BOARD_LINK, .offset = COLUMN(d.memdev) },
	{ .name = "addr", .kind = BOARD_WRAPPING, .offset = COLUMN(d.addr) },
	{ .name = "slot",
	  .kind = BOARD_INTEGER,
	  .offset = COLUMN(slot),
	  .min = INT32_MIN,
	  .max = INT32_MAX },
	{ .name = "node", .kind = BOARD_UNSIGNED, .offset = COLUMN(node), .max = UINT32_MAX },
	{ .name = NULL },
};

int dimm_options_take(struct dimm_options *d, const struct board_words *w,
		      struct sim_error *err)
{
	struct draft t = { .slot = DIMM_SLOT_AUTO };
	int rc = board_property_apply(properties, 0, &t, w, NULL, err);

	sim_free(t.driver);
	if (!rc && (!t.d.memdev || !*t.d.memdev))
		rc = board_words_fail(
			w, NULL, SIM_EFORMAT, err,
			"memdev must be set; right is memdev=ID of a memory backend");
	if (!rc && t.slot < DIMM_SLOT_AUTO)
		rc = board_words_fail(
			w, "slot", SIM_ERANGE, err,
			"invalid slot number %d; right is 0 or more, or -1 for any",
			(int)t.slot);
	t.d.slot = (int)t.slot;
	t.d.node = (unsigned)t.node;
	*d = t.d;
	if (rc)
		dimm_options_fini(d);
	return rc;
}

int dimm_options_read(struct dimm_options *d, const struct jnode *n, struct sim_error *err)
{
	struct board_words w = { .where = "-device" };
	int rc = board_words_read(&w, n, "driver", BOARD_FLAGS, err);
	const char *driver = board_words_get(&w, "driver");

	memset(d, 0, sizeof(*d));
	if (!rc && (!driver || strcmp(driver, "pc-dimm") != 0))
		rc = board_words_fail(&w, "driver", SIM_EUNSUP, err,
				      "the driver must be pc-dimm, not \"%.40s\"",
				      driver ? driver : "");
	if (!rc)
		rc = dimm_options_take(d, &w, err);
	board_words_fini(&w);
	return rc;
}

void dimm_options_fini(struct dimm_options *d)
{
	sim_free(d->id);
	sim_free(d->memdev);
	memset(d, 0, sizeof(*d));
}
