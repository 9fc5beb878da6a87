/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guest's configuration: read strictly, written whole; the frames it is about. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "base/json.h"
#include "base/rng.h"
#include "guest/config.h"
#include "guest/frames.h"

static int read_text(struct guest_os_config *c, const char *text, struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_parse(text, strlen(text), "x.json", &doc, &root, err);

	if (rc)
		return rc;
	rc = guest_os_config_read(c, &root, err);
	json_decref(doc);
	return rc;
}

/* What is written is what is read, and changes nothing. */
static void round_trip(void **state)
{
	struct guest_os_config c, again;
	struct sim_error err = { 0 };
	char *text, *second;
	json_t *o;

	(void)state;
	assert_int_equal(
		read_text(
			&c,
			"{\"memory\": \"1G\", \"thp\": \"madvise\", \"kpti\": true, \"swap\": \"12K\"}",
			&err),
		0);
	assert_int_equal(c.memory, (uint64_t)1 << 30);
	assert_int_equal(c.thp, GUEST_THP_MADVISE);
	assert_true(c.kpti && c.pcid);
	o = guest_os_config_json(&c);
	text = json_dumps(o, JSON_SORT_KEYS);
	json_decref(o);
	assert_int_equal(read_text(&again, text, &err), 0);
	o = guest_os_config_json(&again);
	second = json_dumps(o, JSON_SORT_KEYS);
	json_decref(o);
	assert_string_equal(text, second);
	free(text);
	free(second);
}

static void refusals(void **state)
{
	static const struct {
		const char *text, *where, *why;
	} bad[] = {
		{ "{\"memroy\": \"1G\"}", "x.json:$.memroy", "" },
		{ "{\"memory\": 4}", "x.json:$.memory", "string" },
		{ "{\"memory\": \"1X\"}", "x.json:$.memory", "such as" },
		{ "{\"memory\": \"99999999999999999999\"}", "x.json:$.memory", "such as" },
		{ "{\"memory\": \"16777216T\"}", "x.json:$.memory", "such as" },
		{ "{\"memory\": \"1T\"}", "x.json:$.memory", "64M to 256G" },
		{ "{\"memory\": \"65M\", \"hugepages_2M\": 8}", "x.json:$", "raise memory" },
		{ "{\"swap\": \"5\"}", "x.json:$.swap", "whole pages" },
		{ "{\"fragmentation\": 101}", "x.json:$.fragmentation", "" },
		{ "{\"unmapped_region\": \"3M\"}", "x.json:$.unmapped_region", "power of two" },
		{ "{\"thp\": \"on\"}", "x.json:$.thp", "always" },
		{ "{\"kpti\": 1}", "x.json:$.kpti", "" },
	};
	struct guest_os_config c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct sim_error err = { 0 };

		assert_true(read_text(&c, bad[i].text, &err) < 0);
		assert_non_null(strstr(err.where, bad[i].where));
		assert_non_null(strstr(err.text, bad[i].why));
	}
}

/* All there is can be had, page by page or in blocks, and comes back whole. */
static void buddies(void **state)
{
	const uint64_t ram = (uint64_t)20 << 8; /* 20 MiB */
	struct sim_error err = { 0 };
	struct frames f;
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(3));
	assert_int_equal(frames_init(&f, ram, &err), 0);
	assert_int_equal(f.n_free, ram - 256);
	for (unsigned round = 0; round < 20; round++) {
		uint64_t gfn, taken = 0, *list = calloc(ram, sizeof(*list));
		uint8_t *seen = calloc(ram, 1);

		for (unsigned order = (unsigned)rng_below(&r, 11);;
		     order = (unsigned)rng_below(&r, 4)) {
			if (!frames_alloc(&f, order, FRAME_ANON, &gfn)) {
				if (!order)
					break;
				continue;
			}
			assert_int_equal(gfn % ((uint64_t)1 << order), 0);
			for (uint64_t i = gfn; i < gfn + ((uint64_t)1 << order); i++) {
				assert_true(i >= 256 && i < ram && !seen[i]);
				seen[i] = 1;
				list[taken++] = i;
			}
		}
		assert_int_equal(f.n_free, 0);
		assert_int_equal(taken, ram - 256);
		for (uint64_t i = 0; i < taken; i++)
			frames_free(&f, list[rng_scatter(i, taken, round)]);
		assert_int_equal(f.n_free, ram - 256);
		for (unsigned i = 0; i < 4; i++) {
			assert_true(frames_alloc(&f, 10, FRAME_ANON, &gfn));
			for (uint64_t page = 0; page < 1024; page++)
				frames_free(&f, gfn + page);
		}
		free(list);
		free(seen);
	}
	frames_fini(&f);
}

/* Single frames out of the middle, and around the hole below 4 GiB. */
static void takes(void **state)
{
	const uint64_t ram = FRAMES_BELOW_HOLE + 1024;
	struct sim_error err = { 0 };
	struct frames f;
	uint64_t gfn;

	(void)state;
	assert_int_equal(frames_init(&f, ram, &err), 0);
	assert_int_equal(f.n, FRAMES_ABOVE_HOLE + 1024);
	assert_true(frames_is_free(&f, 256, 1000));
	assert_false(frames_is_free(&f, FRAMES_BELOW_HOLE - 1, 2));
	assert_true(frames_take(&f, 777, 3, FRAME_RESERVED));
	assert_false(frames_is_free(&f, 779, 1));
	assert_true(frames_is_free(&f, 780, 1));
	assert_false(frames_take(&f, 778, 1, FRAME_RESERVED));
	assert_true(frames_alloc(&f, 10, FRAME_ANON, &gfn));
	assert_int_equal(gfn, FRAMES_ABOVE_HOLE);
	assert_true(frames_alloc(&f, 0, FRAME_ANON, &gfn));
	assert_true(gfn < FRAMES_BELOW_HOLE);
	frames_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(refusals),
		cmocka_unit_test(buddies),
		cmocka_unit_test(takes),
	};

	return cmocka_run_group_tests_name("guest_config", tests, NULL, NULL);
}
