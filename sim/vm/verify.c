/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/verify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "vm/stream_walk.h"

#define RECENT 4096u

struct verify {
	struct stream_state state;
	struct stream_walk walk;
	uint64_t *recent; /* addresses of the last entries written, a ring */
	uint64_t n_recent;
	struct verify_counts counts;
	struct verify_example example[VERIFY_EXAMPLES];
	unsigned n_example;
};

static int verify_init(struct verify *v, const struct trace_meta *meta, struct sim_error *err)
{
	int rc = stream_state_init(&v->state, meta, STREAM_TABLES, err);

	if (!rc)
		rc = stream_walk_init(&v->walk, &v->state, err);
	if (rc)
		return rc;
	v->recent = sim_calloc(RECENT, sizeof(*v->recent));
	return v->recent ? 0 : sim_fail_nomem(err);
}

int verify_create(struct verify **out, const struct trace_meta *meta, struct sim_error *err)
{
	struct verify *v;
	int rc = trace_meta_need_tables(meta, err);

	if (rc)
		return rc;
	v = sim_calloc(1, sizeof(*v));
	if (!v)
		return sim_fail_nomem(err);
	rc = verify_init(v, meta, err);
	if (rc)
		verify_destroy(v);
	else
		*out = v;
	return rc;
}

void verify_destroy(struct verify *v)
{
	if (!v)
		return;
	stream_walk_fini(&v->walk);
	stream_state_fini(&v->state);
	sim_free(v->recent);
	sim_free(v);
}

/* --- accesses --- */

static void note(struct verify *v, const struct verify_example *e)
{
	if (v->n_example < VERIFY_EXAMPLES)
		v->example[v->n_example++] = *e;
}

static void not_translated(struct verify *v, struct verify_example *e,
			   enum guest_walk_status status)
{
	if (status == GUEST_WALK_FAULT) {
		v->counts.fault++;
		e->what = VERIFY_FAULT;
	} else {
		v->counts.missing_table++;
		e->what = VERIFY_MISSING_TABLE;
	}
	note(v, e);
}

static void add_access(struct verify *v, struct verify_example *e)
{
	struct guest_walk w;
	const struct stream_known *k = stream_walk_access(&v->walk, e->op, e->gva, &w);

	if (!k) {
		not_translated(v, e, w.status);
		return;
	}
	v->counts.leaf[k->level]++;
	v->counts.device += !trace_meta_is_ram(&v->state.ram, k->frame);
	if (e->recorded == FRAME_NONE) {
		v->counts.no_frame++;
	} else if (e->recorded == k->frame) {
		v->counts.equal++;
	} else {
		v->counts.mismatch++;
		e->what = VERIFY_WALKED;
		e->walked = k->frame;
		note(v, e);
	}
}

/* --- events --- */

static void check_write(struct verify *v, const struct event *e)
{
	v->recent[v->n_recent++ % RECENT] = e->gpa;
	v->counts.ptw_untracked += !pages_get(&v->state.tables, e->gpa >> PAGE_SHIFT);
}

/* A #PF must be what the tables give for that access. */
static void check_fault(struct verify *v, const struct event *e)
{
	struct access a = {
		.kind = e->value & PFEC_I   ? ACCESS_FETCH
			: e->value & PFEC_W ? ACCESS_STORE
					    : ACCESS_LOAD,
		.user = e->value & PFEC_U,
	};
	struct guest_walk w;

	stream_walk_now(&v->walk, e->gva, a, &w);
	v->counts.pf_inconsistent += w.status != GUEST_WALK_FAULT || w.error_code != e->value;
}

/* Was the entry that maps the page (or would) written a short while ago? */
static void check_invlpg(struct verify *v, const struct event *e)
{
	uint64_t n = v->n_recent < RECENT ? v->n_recent : RECENT, slot;
	struct guest_walk w;

	stream_walk_now(&v->walk, e->gva, (struct access){ ACCESS_LOAD, false }, &w);
	slot = (w.table_gfn[w.level].v << PAGE_SHIFT) + 8 * level_index(e->gva, w.level);
	for (uint64_t i = 0; i < n; i++) {
		if (v->recent[i] == slot) {
			v->counts.invlpg_after_write++;
			return;
		}
	}
}

typedef void event_check(struct verify *, const struct event *);

/* What an event says is held against the state before it. */
static event_check *const checks[EVENT_KIND_COUNT] = {
	[EVENT_PTW] = check_write,
	[EVENT_PF] = check_fault,
	[EVENT_INVLPG] = check_invlpg,
};

static int add_event(struct verify *v, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	int rc;

	if (checks[e->kind])
		checks[e->kind](v, e);
	rc = stream_state_event(&v->state, e, words, err);
	return rc ? rc : stream_walk_event(&v->walk, err);
}

int verify_add(struct verify *v, const struct batch *b, struct sim_error *err)
{
	for (uint32_t i = 0; i < b->n; i++) {
		struct verify_example e = { .record = b->first + i,
					    .op = b->op[i],
					    .gva = b->gva[i],
					    .recorded = b->frame[i] };
		int rc;

		if ((e.op & OP_KIND) != OP_EVENT) {
			add_access(v, &e);
			continue;
		}
		rc = add_event(v, &b->event[e.gva], batch_words(b, &b->event[e.gva]), err);
		if (rc) {
			sim_error_prefix(err, "record %" PRIu64 ": ", e.record);
			return rc;
		}
	}
	return 0;
}

/* --- results --- */

const struct verify_counts *verify_counts(const struct verify *v)
{
	return &v->counts;
}

bool verify_passed(const struct verify *v)
{
	const struct verify_counts *c = &v->counts;

	return !(c->mismatch | c->missing_table | c->fault | c->pf_inconsistent);
}

unsigned verify_examples(const struct verify *v, const struct verify_example **list)
{
	*list = v->example;
	return v->n_example;
}

void verify_example_text(const struct verify_example *e, char *text, size_t size)
{
	static const char *const kind[] = { "load", "store", "fetch" };
	static const char *const verdict[] = {
		[VERIFY_WALKED] = "the tables give",
		[VERIFY_FAULT] = "the tables give a page fault",
		[VERIFY_MISSING_TABLE] = "a table on the way is not in the stream",
	};
	int n = snprintf(text, size,
			 "record %" PRIu64 ": %s%s at 0x%" PRIx64 ": recorded frame 0x%" PRIx64
			 ", %s",
			 e->record, e->op & OP_USER ? "user " : "", kind[e->op & OP_KIND],
			 e->gva, e->recorded, verdict[e->what]);

	if (e->what == VERIFY_WALKED && n > 0 && (size_t)n < size)
		snprintf(text + n, size - (size_t)n, " 0x%" PRIx64, e->walked);
}

#define AT(field) offsetof(struct verify_counts, field)

static const struct {
	const char *key, *meaning;
	size_t offset;
} lines[] = {
	{ "equal", "accesses that the tables translate to the recorded frame", AT(equal) },
	{ "mismatch", "mismatch: translated to another frame", AT(mismatch) },
	{ "missing_table", "no translation: a table that the stream never gave",
	  AT(missing_table) },
	{ "not_present", "no translation: entry not present, or not permitted", AT(fault) },
	{ "no_frame", "translated, no frame recorded", AT(no_frame) },
	{ "device", "translated to a device's frame, not RAM", AT(device) },
	{ "leaf_4k", "translated by a leaf of 4 KiB", AT(leaf[LEVEL_4K]) },
	{ "leaf_2m", "  2 MiB", AT(leaf[LEVEL_2M]) },
	{ "leaf_1g", "  1 GiB", AT(leaf[LEVEL_1G]) },
	{ "pf_inconsistent", "page faults that the tables do not explain",
	  AT(pf_inconsistent) },
	{ "ptw_untracked", "page-table writes to no known table", AT(ptw_untracked) },
	{ "invlpg_after_write", "INVLPG of an entry among the last 4096 written",
	  AT(invlpg_after_write) },
};

bool verify_line(const struct verify *v, unsigned i, const char **key, const char **meaning,
		 uint64_t *value)
{
	if (i >= sizeof(lines) / sizeof(*lines))
		return false;
	*key = lines[i].key;
	*meaning = lines[i].meaning;
	memcpy(value, (const char *)&v->counts + lines[i].offset, sizeof(*value));
	return true;
}
