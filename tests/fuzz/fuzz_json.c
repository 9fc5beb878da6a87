/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_json.c - base/json on arbitrary bytes: every typed read of every member */
#include <assert.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct jnode *n)
{
	static const char *const names[] = { "a", "b", NULL };
	struct sim_error err = { 0 };
	const char *s;
	unsigned u;
	uint64_t v;
	double d;
	bool b;
	int ok = 0;

	ok += !json_as_u64(n, 0, 1u << 20, &v, &err);
	ok += !json_as_bool(n, &b, &err);
	ok += !json_as_str(n, &s, &err);
	ok += !json_as_real(n, &d, &err);
	ok += !json_as_enum(n, names, &u, &err);
	ok += !json_as_array(n, &err);
	ok += !json_only(n, names, &err);
	assert(ok == 7 || (err.code < 0 && err.text[0] && err.where[0]));
	for (size_t i = 0; i < json_len(n); i++) {
		struct jnode child = json_at(n, i);

		read_all(&child);
	}
	for (int i = 0; names[i]; i++) {
		struct jnode child = json_get(n, names[i]);

		if (child.v)
			read_all(&child);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sim_error err = { 0 };
	struct jnode root;
	json_t *doc;

	if (json_parse((const char *)data, size, "input", &doc, &root, &err)) {
		assert(err.code < 0 && err.text[0]);
		return 0;
	}
	read_all(&root);
	json_decref(doc);
	return 0;
}
