/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_workload.c - arbitrary bytes as a workload's file: read, written again, and some batches of its stream */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "gen/gen.h"
#include "gen/workload.h"

#define BATCHES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reading is not what is looked for where it takes memory by design. */
static int is_large(const struct spec *s)
{
	int vertices = param_find(s->kind->params, "vertices");

	return vertices >= 0 && s->value[vertices] > 1u << 20;
}

static void run(const struct spec *s)
{
	struct sim_error err = { 0 };
	struct batch b;
	struct gen *g;

	if (gen_create(&g, s, &err)) {
		assert(err.code < 0 && err.text[0]);
		return;
	}
	for (unsigned i = 0; i < BATCHES && !gen_next(g, &b); i++) {
		assert(b.n);
		for (uint32_t k = 0; k < b.n; k++)
			assert((b.op[k] & OP_KIND) != OP_EVENT || b.gva[k] < b.n_event);
	}
	gen_destroy(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sim_error err = { 0 };
	struct text t = { .s = NULL };
	struct spec s, again;
	char *text;
	int large;

	if (spec_parse(&s, (const char *)data, size, "input", &err)) {
		assert(err.code < 0 && err.text[0]);
		return 0;
	}
	spec_write(&s, SPEC_ONE_LINE, &t);
	text = text_take(&t);
	assert(text && !spec_parse(&again, text, strlen(text), "written", &err));
	assert(!memcmp(s.value, again.value, sizeof(s.value)) && s.n_parts == again.n_parts);
	large = is_large(&s);
	for (size_t i = 0; i < s.n_parts; i++)
		large |= is_large(&s.part[i]);
	if (!large)
		run(&s);
	sim_free(text);
	spec_fini(&again);
	spec_fini(&s);
	return 0;
}
