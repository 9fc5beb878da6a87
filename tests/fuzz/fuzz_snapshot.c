/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "fuzz_snapshot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/info_tlb.h"
#include "snapshot/table_walk.h"

/* Tables may point at themselves: a walk of them would be long. */
#define STEPS_MAX 2000
#define STOP	  7

struct look {
	unsigned steps;
	struct text text;
};

static int on_table(void *arg, const struct table_page *p, struct sim_error *err)
{
	struct look *k = arg;

	(void)p;
	(void)err;
	return ++k->steps > STEPS_MAX ? STOP : 0;
}

static int on_leaf(void *arg, const struct table_leaf *l, struct sim_error *err)
{
	struct look *k = arg;

	(void)err;
	k->text.n = 0;
	info_tlb_leaf(l, &k->text);
	return ++k->steps > STEPS_MAX ? STOP : 0;
}

static void walk(struct snapshot *s)
{
	static const struct table_walk_ops ops = { on_table, on_leaf };
	struct sim_error err = { 0 };
	struct look k = { 0 };

	for (size_t i = 0; i < s->n_cpu && k.steps < STEPS_MAX; i++) {
		struct table_walk w;
		unsigned levels;
		int rc = table_walk_levels(s, &s->cpu[i], &levels, &err);

		if (rc)
			continue;
		w = table_walk_all(s->cpu[i].regs.cr3, levels, &ops, &k);
		rc = table_walk_run(s, &w, &err);
		assert(!rc || rc == STOP || (rc < 0 && err.text[0]));
	}
	text_fini(&k.text);
}

/* Of small guests only: a board is built. */
static void place(struct snapshot *s)
{
	struct text words = { .s = NULL };
	struct board_options o;
	struct memory_plan plan = { .options = &o };
	struct sim_error err = { 0 };
	int rc = snapshot_words(s, &words, &err);

	if (!rc && s->n_block < 8 && !board_options_parse(&o, words.s, &err)) {
		rc = snapshot_place(s, &plan, &err);
		assert(!rc || rc < 0);
		board_options_fini(&o);
	}
	text_fini(&words);
}

void fuzz_snapshot(const uint8_t *data, size_t size, const char *magic)
{
	struct sim_error err = { 0 };
	struct snapshot s;
	uint8_t page[4096];
	char *copy;
	FILE *f;
	int rc;

	if (size < strlen(magic))
		return;
	copy = malloc(size);
	assert(copy);
	memcpy(copy, data, size);
	memcpy(copy, magic, strlen(magic));
	f = fmemopen(copy, size, "rb");
	assert(f);
	rc = snapshot_open_stream(&s, f, "input", &err);
	assert(!rc || (rc < 0 && err.text[0]));
	for (size_t i = 0; !rc && i < s.n_block; i++)
		assert(!snapshot_read_page(&s, i, 0, page, NULL));
	if (!rc && s.kind == SNAPSHOT_MIGRATION)
		place(&s);
	if (!rc)
		walk(&s);
	snapshot_close(&s);
	fclose(f);
	free(copy);
}
