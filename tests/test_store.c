/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_store.c - run/store and run/files: whole or not at all, and only what is the same counts
 */
#include "config.h"

#include "check.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "run/files.h"
#include "run/store.h"

static int enter_temp_dir(void **state)
{
	char *dir = strdup("test_store.XXXXXX");

	*state = dir;
	return dir && mkdtemp(dir) ? 0 : -1;
}

static int leave_temp_dir(void **state)
{
	static const char *const folders[] = { "r/fork,ept", "r/.tmp-fork,ept", "r", "" };
	char path[256];
	int rc = 0;

	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", (const char *)*state, folders[i]);
		rc |= files_remove_dir(path, NULL);
	}
	free(*state);
	return rc;
}

static const char *at(void **state, const char *rel)
{
	static char path[2][256];
	static unsigned turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", (const char *)*state, rel);
	return path[turn];
}

static void put(const struct store *s, const char *config, uint64_t instructions)
{
	struct counters c = { .instructions = instructions };
	struct store_host h = { "here", "1.0", 2.5 };
	char *host = store_host_text(s, &h, &c);
	struct store_point p = {
		.key = "fork,ept", .config = config, .counters = &c, .host = host
	};

	assert_non_null(host);
	assert_int_equal(store_put(s, &p, NULL), 0);
	free(host);
}

static bool get(const struct store *s, const char *config, struct counters *c)
{
	bool found = true;

	assert_int_equal(store_get(s, "fork,ept", config, c, &found, NULL), 0);
	return found;
}

static void what_is_put_is_got(void **state)
{
	struct counters c;
	struct store s;

	assert_int_equal(store_open(&s, at(state, "r"), "b1", NULL), 0);
	assert_false(get(&s, "{}\n", &c));
	put(&s, "{}\n", 42);
	assert_true(get(&s, "{}\n", &c));
	assert_int_equal(c.instructions, 42);
	put(&s, "{}\n", 43);
	assert_true(get(&s, "{}\n", &c));
	assert_int_equal(c.instructions, 43);
	assert_false(files_exist(at(state, "r/.tmp-fork,ept")));
	store_close(&s);
}

static void another_config_or_build_does_not_count(void **state)
{
	struct counters c;
	struct store s;

	assert_int_equal(store_open(&s, at(state, "r"), "b1", NULL), 0);
	put(&s, "{}\n", 42);
	assert_false(get(&s, "{\"seed\": 2}\n", &c));
	store_close(&s);
	assert_int_equal(store_open(&s, at(state, "r"), "b2", NULL), 0);
	assert_false(get(&s, "{}\n", &c));
	store_close(&s);
	assert_int_equal(store_open(&s, at(state, "r"), "", NULL), 0);
	assert_false(get(&s, "{}\n", &c));
	store_close(&s);
}

static void half_a_point_does_not_count(void **state)
{
	static const char *const members[] = { "config.json", "counters.json", "host.json" };
	struct counters c;
	struct store s;
	char rel[64];

	assert_int_equal(store_open(&s, at(state, "r"), "b1", NULL), 0);
	for (size_t i = 0; i < 3; i++) {
		put(&s, "{}\n", 42);
		assert_true(get(&s, "{}\n", &c));
		snprintf(rel, sizeof(rel), "r/fork,ept/%s", members[i]);
		assert_int_equal(truncate(at(state, rel), 1), 0);
		assert_false(get(&s, "{}\n", &c));
		assert_int_equal(unlink(at(state, rel)), 0);
		assert_false(get(&s, "{}\n", &c));
	}
	store_close(&s);
}

static void replace(const char *path, const char *from, const char *to)
{
	char *text, *p;
	size_t n;

	assert_int_equal(files_read(path, &text, &n, NULL), 0);
	p = strstr(text, from);
	assert_non_null(p);
	memcpy(p, to, strlen(to));
	assert_int_equal(files_write(path, text, n, NULL), 0);
	free(text);
}

static void changed_counters_do_not_count(void **state)
{
	struct counters c;
	struct store s;

	assert_int_equal(store_open(&s, at(state, "r"), "b1", NULL), 0);
	put(&s, "{}\n", 42);
	assert_true(get(&s, "{}\n", &c));
	replace(at(state, "r/fork,ept/counters.json"), "\"instructions\": 42",
		"\"instructions\": 43");
	assert_false(get(&s, "{}\n", &c));
	store_close(&s);
}

static void exits_must_add_up(void **state)
{
	struct counters c = { .exits = 3, .exit_cr3 = 2 };
	struct store_host h = { "here", "1.0", 2.5 };
	struct store_point p = { .key = "fork,ept", .config = "{}\n", .counters = &c };
	struct store s;
	char *host;

	assert_int_equal(store_open(&s, at(state, "r"), "b1", NULL), 0);
	for (unsigned i = 0; i < 2; i++, c.exit_cr3++) {
		p.host = host = store_host_text(&s, &h, &c);
		assert_int_equal(store_put(&s, &p, NULL), 0);
		free(host);
		assert_int_equal(get(&s, "{}\n", &(struct counters){ 0 }), i == 1);
	}
	store_close(&s);
}

static void left_overs_are_cleared(void **state)
{
	struct store s;

	assert_int_equal(files_make_dir(at(state, "r/.tmp-fork,ept"), NULL), 0);
	assert_int_equal(files_write(at(state, "r/.tmp-fork,ept/config.json"), "{", 1, NULL),
			 0);
	assert_int_equal(files_write(at(state, "r/.tmp-summary.csv"), "x", 1, NULL), 0);
	assert_int_equal(store_open(&s, at(state, "r"), "b1", NULL), 0);
	assert_false(files_exist(at(state, "r/.tmp-fork,ept")));
	assert_false(files_exist(at(state, "r/.tmp-summary.csv")));
	store_close(&s);
}

static void one_run_at_a_time(void **state)
{
	struct sim_error err = { 0 };
	struct store a, b;

	assert_int_equal(store_open(&a, at(state, "r"), "b1", NULL), 0);
	assert_int_equal(store_open(&b, at(state, "r"), "b1", &err), SIM_EIO);
	assert_non_null(strstr(err.text, "another run"));
	store_close(&a);
	assert_int_equal(store_open(&b, at(state, "r"), "b1", NULL), 0);
	store_close(&b);
}

static void counters_come_back(void **state)
{
	struct counters c, d;
	uint64_t *field = (uint64_t *)(void *)&c;
	char *text;

	(void)state;
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		field[i] = ((uint64_t)1 << (i % 62)) + i;
	text = store_counters_text(&c);
	assert_non_null(text);
	assert_int_equal(store_counters_parse(text, strlen(text), "c", &d, NULL), 0);
	assert_memory_equal(&c, &d, sizeof(c));
	free(text);
}

static void bad_counters_are_refused(void **state)
{
	struct sim_error err = { 0 };
	struct counters c;

	(void)state;
	assert_int_equal(store_counters_parse("{}", 2, "c", &c, &err), SIM_EFORMAT);
	assert_string_equal(err.where, "c:$.instructions");
	assert_int_equal(store_counters_parse("{\"x\":1}", 7, "c", &c, NULL), SIM_EFORMAT);
	assert_int_equal(store_counters_parse("{", 1, "c", &c, NULL), SIM_EFORMAT);
}

static void a_file_is_replaced_whole(void **state)
{
	struct sim_error err = { 0 };
	char *text;
	size_t n;

	assert_int_equal(files_write(at(state, "f"), "old", 3, NULL), 0);
	assert_int_equal(files_write(at(state, "f"), "new text", 8, NULL), 0);
	assert_int_equal(files_read(at(state, "f"), &text, &n, NULL), 0);
	assert_string_equal(text, "new text");
	assert_int_equal(n, 8);
	free(text);
	assert_int_equal(files_write(at(state, "none/f"), "x", 1, &err), SIM_EIO);
	assert_non_null(strstr(err.text, "cannot create"));
}

static void what_is_no_regular_file_stays(void **state)
{
	struct sim_error err = { 0 };
	struct stat st;

	assert_int_equal(mkfifo(at(state, "fifo"), 0600), 0);
	assert_int_equal(files_write(at(state, "fifo"), "x", 1, &err), SIM_EIO);
	assert_non_null(strstr(err.text, "not a regular file"));
	assert_int_equal(stat(at(state, "fifo"), &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(symlink("fifo", at(state, "link")), 0);
	assert_int_equal(files_write(at(state, "link"), "x", 1, NULL), SIM_EIO);
	assert_int_equal(lstat(at(state, "link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void hash_is_xxh3(void **state)
{
	char hash[FILES_HASH_LEN + 1];
	uint64_t bytes;

	/* XXH3_128bits of nothing, from the xxHash project's own test vectors */
	assert_int_equal(files_write(at(state, "empty"), "", 0, NULL), 0);
	assert_int_equal(files_hash(at(state, "empty"), hash, &bytes, NULL), 0);
	assert_string_equal(hash, "99aa06d3014798d86001c324468d497f");
	assert_int_equal(bytes, 0);
	assert_int_equal(files_hash(at(state, "none"), hash, &bytes, NULL), SIM_EIO);
}

static void folders_are_made_all_the_way(void **state)
{
	assert_int_equal(files_make_dir(at(state, "r"), NULL), 0);
	assert_int_equal(files_make_dir(at(state, "r/fork,ept"), NULL), 0);
	assert_int_equal(files_make_dir(at(state, "r/fork,ept"), NULL), 0);
	assert_int_equal(files_remove_dir(at(state, "r/none"), NULL), 0);
	assert_int_equal(files_remove_dir(at(state, "r"), NULL), SIM_EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_temp_dir, leave_temp_dir)
		TEST(what_is_put_is_got),
		TEST(another_config_or_build_does_not_count),
		TEST(half_a_point_does_not_count),
		TEST(changed_counters_do_not_count),
		TEST(exits_must_add_up),
		TEST(left_overs_are_cleared),
		TEST(one_run_at_a_time),
		TEST(counters_come_back),
		TEST(bad_counters_are_refused),
		TEST(a_file_is_replaced_whole),
		TEST(what_is_no_regular_file_stays),
		TEST(hash_is_xxh3),
		TEST(folders_are_made_all_the_way),
#undef TEST
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
