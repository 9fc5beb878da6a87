/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recording.h"

#include "check.h"

#include <string.h>

#include "trace/writer.h"

struct recorder {
	struct recording *rec;
	struct guest *guest;
	struct rng r;
	struct oracle_legal next; /* of the page behind a crossing access */
};

/* --- making --- */

static void add(struct recording *rec, const struct recorded *one)
{
	if (!(rec->n & (rec->n - 1))) {
		rec->r = realloc(rec->r, (rec->n ? 2 * rec->n : 1) * sizeof(*rec->r));
		assert_non_null(rec->r);
	}
	rec->r[rec->n++] = *one;
}

static int on_event(void *arg, const struct event *e, const uint64_t *words)
{
	struct recording *rec = ((struct recorder *)arg)->rec;
	struct recorded one = { .op = OP_EVENT, .event = *e, .words = rec->n_word };

	if (e->kind == EVENT_PTPAGE) {
		rec->word = realloc(rec->word, (rec->n_word + 512) * sizeof(*rec->word));
		assert_non_null(rec->word);
		memcpy(rec->word + rec->n_word, words, 512 * sizeof(*rec->word));
		rec->n_word += 512;
	}
	add(rec, &one);
	return 0;
}

/* Whatever a vCPU remembers, the access goes to the same place and is allowed. */
static bool is_certain(struct recorder *c, const struct oracle_access *a,
		       struct oracle_legal *legal)
{
	oracle_recall(guest_oracle(c->guest), guest_vcpu(c->guest), a, legal);
	if (legal->overflowed || legal->met_unknown)
		return false;
	for (unsigned i = 0; i < legal->n; i++)
		if (legal->o[i].is_fault || legal->o[i].gfn != legal->o[0].gfn)
			return false;
	return true;
}

/* Can the access start just below the end of its page and reach into the next one? */
static bool may_cross(struct recorder *c, const struct oracle_access *a, unsigned bytes)
{
	struct oracle_access next = { .gva = (a->gva & ~(uint64_t)0xfff) + 0x1000,
				      .kind = a->kind,
				      .user = a->user };

	if (a->kind != ORACLE_LOAD || bytes < 2 || rng_below(&c->r, 4) || !next.gva)
		return false;
	oracle_walk(guest_oracle(c->guest), guest_vcpu(c->guest), &next, &c->next);
	if (!is_certain(c, &next, &c->next))
		return false;
	oracle_mark(guest_oracle(c->guest), &c->next);
	return true;
}

static unsigned log2_of(unsigned bytes)
{
	unsigned n = 0;

	while (bytes >> (n + 1))
		n++;
	return n;
}

static int on_access(void *arg, const struct oracle_access *a, unsigned bytes,
		     struct oracle_legal *legal)
{
	struct recorder *c = arg;
	struct recording *rec = c->rec;
	struct recorded one = { .gva = a->gva };
	uint64_t repeats = a->kind == ORACLE_STORE ? 1 : 1 + rng_below(&c->r, 6);

	if (!c->guest || !is_certain(c, a, legal))
		return GUEST_REFUSED;
	one.op = (uint8_t)((unsigned)a->kind | (a->user ? OP_USER : 0));
	if (a->kind != ORACLE_FETCH)
		one.op |= (uint8_t)(log2_of(bytes) << OP_SIZE_SHIFT);
	if (may_cross(c, a, bytes)) {
		one.op |= OP_CROSS;
		one.gva = (a->gva | 0xfff) - bytes / 2 + 1;
	}
	rec->n_access += repeats;
	if (one.op & OP_CROSS)
		rec->n_cross += repeats;
	while (repeats--)
		add(rec, &one);
	return GUEST_DONE;
}

void recording_make(struct recording *rec, const struct guest_config *cfg, struct rng *r,
		    unsigned temper, unsigned n_ops)
{
	struct recorder c = { .rec = rec, .r = { rng_next(r) } };
	struct guest_sink sink = { .arg = &c, .event = on_event, .access = on_access };

	*rec = (struct recording){ .guest = *cfg };
	c.guest = guest_create(cfg, &sink);
	assert_non_null(c.guest);
	for (unsigned i = 0; i < n_ops; i++) {
		struct op op = guest_random_op(r, temper);

		assert_int_equal(guest_run(c.guest, &op), 0);
	}
	add(rec, &(struct recorded){ .op = OP_EVENT, .event = { .kind = EVENT_END } });
	guest_destroy(c.guest);
}

void recording_fini(struct recording *rec)
{
	free(rec->r);
	free(rec->word);
}

/* --- writing --- */

static int write_one(const struct recording *rec, const struct recorded *one,
		     struct trace_writer *w, struct sim_error *err)
{
	struct trace_access a = { .op = (uint8_t)(one->op & ~OP_CROSS),
				  .gva = gva_make(one->gva),
				  .frame = FRAME_NONE };

	if ((one->op & OP_KIND) != OP_EVENT)
		return trace_writer_access(w, &a, err);
	return trace_writer_event(
		w, &one->event, one->event.kind == EVENT_PTPAGE ? rec->word + one->words : NULL,
		err);
}

void recording_write(const struct recording *rec, const char *path)
{
	struct sim_error err = { 0 };
	struct trace_meta meta;
	struct trace_writer *w;
	int rc;

	guest_meta(&rec->guest, &meta);
	meta.name = "random";
	meta.origin = "random guest";
	meta.tools = "tests/recording";
	rc = trace_writer_create(&w, path, &meta,
				 &(struct trace_writer_options){ .level = 1, .block = 5000 },
				 &err);
	for (size_t i = 0; !rc && i < rec->n; i++)
		rc = write_one(rec, &rec->r[i], w, &err);
	if (rc || trace_writer_close(w, &err))
		fail_msg("%s: %s", path, err.text);
}
