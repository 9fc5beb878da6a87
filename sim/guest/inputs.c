/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guest/inputs.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"

struct input {
	uint32_t pid; /* of its own that runs when it has its turn, as the guest knows it */
	bool has_pid; /* it is known, and has not exited */
	bool has_begun, has_ended;
};

struct inputs {
	struct input input[INPUTS_MAX];
	unsigned n, now;
	uint64_t quantum, left; /* accesses of this turn */
	bool begins;		/* the turn, with a switch */
	uint64_t instructions;	/* of all */
	uint8_t *op;
	uint64_t *gva, *frame, *count;
	struct event *event;
	size_t op_cap, gva_cap, frame_cap, count_cap, event_cap;
	size_t n_op, n_event;
	uint64_t first;
};

int inputs_create(struct inputs **out, unsigned n, uint64_t quantum, struct sim_error *err)
{
	struct inputs *t;

	if (n < 1 || n > INPUTS_MAX)
		return sim_fail(err, SIM_ERANGE, NULL, "1 to %u streams, not %u", INPUTS_MAX,
				n);
	t = sim_calloc(1, sizeof(*t));
	if (!t)
		return sim_fail_nomem(err);
	t->n = n;
	t->quantum = t->left = quantum;
	t->begins = n > 1;
	*out = t;
	return 0;
}

void inputs_destroy(struct inputs *t)
{
	if (!t)
		return;
	sim_free(t->op);
	sim_free(t->gva);
	sim_free(t->frame);
	sim_free(t->count);
	sim_free(t->event);
	sim_free(t);
}

bool inputs_wanted(const struct inputs *t, unsigned *i)
{
	*i = t->now;
	return !t->input[t->now].has_ended;
}

/* --- the piece --- */

static int put(struct inputs *t, uint8_t op, uint64_t gva, uint64_t count,
	       struct sim_error *err)
{
	if (sim_grow((void **)&t->op, &t->op_cap, t->n_op, sizeof(*t->op)) ||
	    sim_grow((void **)&t->gva, &t->gva_cap, t->n_op, sizeof(*t->gva)) ||
	    sim_grow((void **)&t->frame, &t->frame_cap, t->n_op, sizeof(*t->frame)) ||
	    sim_grow((void **)&t->count, &t->count_cap, t->n_op, sizeof(*t->count)))
		return sim_fail_nomem(err);
	t->op[t->n_op] = op;
	t->gva[t->n_op] = gva;
	t->frame[t->n_op] = FRAME_NONE;
	t->count[t->n_op++] = count;
	return 0;
}

static int put_event(struct inputs *t, const struct event *e, struct sim_error *err)
{
	if (sim_grow((void **)&t->event, &t->event_cap, t->n_event, sizeof(*t->event)))
		return sim_fail_nomem(err);
	t->event[t->n_event] = *e;
	return put(t, OP_EVENT, t->n_event++, 0, err);
}

static void begin_piece(struct inputs *t)
{
	t->first += t->n_op;
	t->n_op = t->n_event = 0;
}

static void give_piece(const struct inputs *t, struct batch *piece)
{
	*piece = (struct batch){ .n = (uint32_t)t->n_op,
				 .op = t->op,
				 .gva = t->gva,
				 .frame = t->frame,
				 .count = t->count,
				 .event = t->event,
				 .first = t->first };
}

/* --- turns --- */

static void next_turn(struct inputs *t)
{
	unsigned i = t->now;

	do
		i = (i + 1) % t->n;
	while (t->input[i].has_ended && i != t->now);
	t->begins = i != t->now;
	t->now = i;
	t->left = t->quantum;
}

static bool is_process_event(enum event_kind kind)
{
	return kind >= EVENT_MAP && kind <= EVENT_ADVISE;
}

static void follow(struct input *own, const struct event *e)
{
	if (e->kind == EVENT_SWITCH) {
		own->pid = e->pid;
		own->has_pid = true;
	} else if (e->kind == EVENT_EXIT && e->pid == own->pid) {
		own->has_pid = false;
	}
}

/* Names of stream i's own, made different from everybody else's. */
static int rename_event(struct inputs *t, struct event *e, struct sim_error *err)
{
	bool is_file = e->kind == EVENT_MAP && (e->n & MAPPING_FILE);

	if (t->n == 1 || !is_process_event(e->kind))
		return 0;
	if (e->pid >= INPUTS_PIDS || (e->kind == EVENT_FORK && e->n >= INPUTS_PIDS))
		return sim_fail(err, SIM_ERANGE, NULL, "a process number above %u",
				INPUTS_PIDS - 1);
	if (is_file && MAPPING_FILE_OF(e->gpa) >= INPUTS_FILES)
		return sim_fail(err, SIM_ERANGE, NULL, "a file number above %u",
				INPUTS_FILES - 1);
	e->pid += t->now * INPUTS_PIDS;
	if (e->kind == EVENT_FORK)
		e->n += t->now * INPUTS_PIDS;
	follow(&t->input[t->now], e);
	if (is_file)
		e->gpa += (uint64_t)t->now * MAPPING_OFFSET(INPUTS_FILES, 0);
	return 0;
}

static int take_event(struct inputs *t, const struct batch *b, uint32_t i,
		      struct sim_error *err)
{
	struct event e = b->event[b->gva[i]];
	int rc = rename_event(t, &e, err);

	if (e.kind == EVENT_END) {
		t->instructions += e.value;
		return rc;
	}
	return rc ? rc : put_event(t, &e, err);
}

/* As in a stream alone: the process that it first speaks of, or 0. */
static uint32_t first_pid(const struct inputs *t, const struct batch *b, uint32_t at)
{
	for (; at < b->n; at++) {
		const struct event *e = &b->event[b->gva[at]];

		if ((b->op[at] & OP_KIND) != OP_EVENT)
			break;
		if (is_process_event(e->kind))
			return t->now * INPUTS_PIDS + e->pid;
	}
	return t->now * INPUTS_PIDS;
}

static int switch_in(struct inputs *t, const struct batch *b, uint32_t at,
		     struct sim_error *err)
{
	struct input *own = &t->input[t->now];
	struct event e = { .kind = EVENT_SWITCH };

	if (!t->begins)
		return 0;
	t->begins = false;
	if (!own->has_begun) {
		own->pid = first_pid(t, b, at);
		own->has_begun = own->has_pid = true;
	}
	e.pid = own->pid;
	return own->has_pid ? put_event(t, &e, err) : 0;
}

int inputs_take(struct inputs *t, const struct batch *b, uint32_t at, struct batch *piece,
		uint32_t *used, struct sim_error *err)
{
	uint32_t i = at;
	int rc;

	begin_piece(t);
	rc = switch_in(t, b, at, err);
	for (; !rc && i < b->n && t->left; i++) {
		if ((b->op[i] & OP_KIND) == OP_EVENT) {
			rc = take_event(t, b, i, err);
		} else {
			rc = put(t, b->op[i], b->gva[i], b->count ? b->count[i] : 0, err);
			t->left -= t->n > 1;
		}
		if (rc)
			sim_error_where(err, "record %" PRIu64, b->first + i);
	}
	*used = i - at;
	if (!t->left)
		next_turn(t);
	give_piece(t, piece);
	piece->word = b->word;
	return rc;
}

int inputs_end(struct inputs *t, struct batch *piece, struct sim_error *err)
{
	struct event e = { .kind = EVENT_END, .value = t->instructions };
	int rc = 0;

	begin_piece(t);
	t->input[t->now].has_ended = true;
	next_turn(t);
	if (t->input[t->now].has_ended)
		rc = put_event(t, &e, err);
	give_piece(t, piece);
	return rc;
}
