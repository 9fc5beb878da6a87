/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_snapshot.c - saved guests, opened, placed and looked at, for test_inject */
#include "config.h"

#include "inject_subjects.h"

#include <assert.h>
#include <stdio.h>

#include "mem/board_options.h"
#include "small_snapshot.h"
#include "snapshot/info_tlb.h"
#include "snapshot/table_stream.h"
#include "snapshot/table_survey.h"

static int on_leaf(void *arg, const struct table_leaf *l, struct sim_error *err)
{
	struct text *t = arg;

	info_tlb_leaf(l, t);
	return t->failed ? sim_fail_nomem(err) : 0;
}

static int print(struct snapshot *s, uint64_t cr3, struct sim_error *err)
{
	static const struct table_walk_ops ops = { .leaf = on_leaf };
	struct text t = { .s = NULL };
	struct table_walk w = table_walk_all(cr3, 4, &ops, &t);
	int rc = table_walk_run(s, &w, err);

	text_fini(&t);
	return rc;
}

static int replay(struct snapshot *s, const struct roots *roots, struct sim_error *err)
{
	struct table_stream_options o = { .cpu = &s->cpu[0], .roots = roots, .levels = 4 };
	struct vm_config cfg = { .technique = "ept",
				 .host = { .page_level = LEVEL_4K, .prepopulated = true },
				 .mmu = { .tdp_levels = 4, .use_vpid = true } };
	struct counters c;

	inject_machine(&cfg.machine);
	return table_stream_replay(s, &o, &cfg, &c, err);
}

static int look(struct snapshot *s, struct sim_error *err)
{
	struct roots roots = { .cr3 = NULL };
	struct table_survey survey;
	int rc = roots_add(&roots, s->cpu[0].regs.cr3, err);

	if (!rc)
		rc = roots_find(&roots, s, s->cpu[0].regs.cr3, err);
	if (!rc)
		rc = print(s, roots.cr3[0], err);
	if (!rc)
		rc = table_survey_run(&survey, s, &roots, 4, err);
	if (!rc)
		rc = replay(s, &roots, err);
	roots_fini(&roots);
	return rc;
}

/* Where its words are open, those of the small guest. */
static int place(struct snapshot *s, struct sim_error *err)
{
	struct text words = { .s = NULL };
	struct board_options o;
	struct memory_plan plan = { .options = &o };
	struct sim_error open = { 0 };
	int rc = snapshot_words(s, &words, &open);

	text_fini(&words);
	if (rc != SIM_EUNSUP)
		return sim_fail(err, rc, open.where, "%s", open.text);
	rc = board_options_parse(&o, SMALL_WORDS, err);
	if (rc)
		return rc;
	rc = snapshot_place(s, &plan, err);
	board_options_fini(&o);
	return rc;
}

int inject_snapshot(void *arg, struct sim_error *err)
{
	const struct small_file *f = arg;
	FILE *stream = fmemopen(f->p, f->n, "rb");
	struct snapshot s;
	int rc;

	assert(stream);
	rc = snapshot_open_stream(&s, stream, "small", err);
	if (!rc && s.kind == SNAPSHOT_MIGRATION)
		rc = place(&s, err);
	if (!rc)
		rc = look(&s, err);
	snapshot_close(&s);
	fclose(stream);
	return rc;
}
