/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_board_options.c - arbitrary bytes as a command line, and as the JSON form
 *
 * What is accepted is written as JSON, and read back to the same.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mem/board_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_back(const struct board_options *o)
{
	json_t *v = board_options_json(o), *w;
	struct sim_error err = { 0 };
	struct board_options back;
	struct jnode root = json_root(v, "back");

	assert(v);
	if (board_options_read(&back, &root, &err)) {
		fprintf(stderr, "%s: %s\n", err.where, err.text);
		abort();
	}
	w = board_options_json(&back);
	assert(w && json_equal(v, w));
	json_decref(w);
	json_decref(v);
	board_options_fini(&back);
}

static void check_error(int rc, const struct sim_error *err)
{
	assert(rc < 0 && err->code == rc && err->text[0] && err->where[0]);
}

static void as_line(const uint8_t *data, size_t size)
{
	char *line = calloc(size + 1, 1);
	struct sim_error err = { 0 };
	struct board_options o;
	int rc;

	assert(line);
	memcpy(line, data, size);
	rc = board_options_parse(&o, line, &err);
	if (rc)
		check_error(rc, &err);
	else
		check_back(&o);
	board_options_fini(&o);
	free(line);
}

static void as_json(const uint8_t *data, size_t size)
{
	struct sim_error err = { 0 };
	struct board_options o;
	struct jnode root;
	json_t *doc;
	int rc;

	if (json_parse((const char *)data, size, "input", &doc, &root, &err))
		return;
	rc = board_options_read(&o, &root, &err);
	if (rc)
		check_error(rc, &err);
	else
		check_back(&o);
	board_options_fini(&o);
	json_decref(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_line(data, size);
	as_json(data, size);
	return 0;
}
