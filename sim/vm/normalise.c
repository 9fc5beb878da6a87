/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/normalise.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "vm/normalise_state.h"

#define RUN_CR0	 ((uint64_t)0x80050033)
#define RUN_CR4	 ((uint64_t)0x620)
#define RUN_EFER ((uint64_t)0xd01)

/* --- metadata --- */

static int check_input(const struct trace_meta *in, struct sim_error *err)
{
	struct paging mode = paging_of(&in->regs);
	int rc = trace_meta_need_tables(in, err);

	if (rc)
		return rc;
	if (mode.levels != 4)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"the guest is not in 4-level paging (CR0 0x%" PRIx64
				", CR4 0x%" PRIx64 ", EFER 0x%" PRIx64
				"), which is all that a normalised stream can say",
				in->regs.cr0, in->regs.cr4, in->regs.efer);
	if (in->n_vcpu != 1)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"the guest has %u vCPUs; a normalised stream has one",
				in->n_vcpu);
	return 0;
}

/* Is any of these bytes the payload's? */
static bool is_payload_memory(uint64_t gpa, uint64_t bytes)
{
	if (gpa >= PAYLOAD_GPA)
		return gpa <= PAYLOAD_DOORBELL_GPA;
	return bytes > PAYLOAD_GPA - gpa;
}

static int in_the_way(uint64_t gpa, struct sim_error *err)
{
	return sim_fail(err, SIM_EUNSUP, NULL,
			"RAM at gpa 0x%" PRIx64 " covers gpa 0x%" PRIx64
			", which replay needs for itself",
			gpa, PAYLOAD_GPA);
}

static int add_payload_memory(struct trace_meta *m, struct sim_error *err)
{
	unsigned at = 0;

	for (unsigned i = 0; i < m->n_ram; i++)
		if (is_payload_memory(m->ram[i].gpa, m->ram[i].bytes))
			return in_the_way(m->ram[i].gpa, err);
	if (m->n_ram == TRACE_RAM_MAX)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"the guest has %d ranges of RAM; one must be left for replay",
				TRACE_RAM_MAX);
	while (at < m->n_ram && m->ram[at].gpa < PAYLOAD_GPA)
		at++;
	memmove(&m->ram[at + 1], &m->ram[at], (m->n_ram++ - at) * sizeof(*m->ram));
	m->ram[at] = (struct trace_ram){ PAYLOAD_GPA, PAYLOAD_PAGES * PAGE_BYTES };
	return 0;
}

/* The texts are n's own. */
static int make_meta(struct normaliser *n, const struct trace_meta *in, struct sim_error *err)
{
	struct trace_meta *m = &n->meta;
	bool sets = n->opt.set_accessed_dirty;

	*m = *in;
	m->json = NULL;
	m->name = sim_strdup(in->name ? in->name : "");
	m->origin = sim_asprintf("%s; normalised: all accesses at CPL 3%s",
				 in->origin ? in->origin : "",
				 sets ? ", entries accessed and dirty" : "");
	m->tools = sim_strdup(in->tools ? in->tools : "");
	if (!m->name || !m->origin || !m->tools)
		return sim_fail_nomem(err);
	m->has_frames = false;
	m->regs = (struct regs){ .cr0 = RUN_CR0,
				 .cr3 = cr3_frame(in->regs.cr3) << PAGE_SHIFT,
				 .cr4 = RUN_CR4,
				 .efer = RUN_EFER };
	return add_payload_memory(m, err);
}

/* --- events --- */

typedef int event_handler(struct normaliser *, const struct event *, const uint64_t *,
			  struct sim_error *);

static int write_cr3(struct normaliser *n, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	(void)words;
	(void)err;
	if (!n->has_run && e->value == n->in.cr3)
		return 0;
	n->has_run = true;
	normalise_hold_cr3(n, e->value);
	return 0;
}

/* Every translation goes, and nothing else happens. */
static void flush_all(struct normaliser *n)
{
	normalise_hold_cr3(n, n->cr3);
}

static int check_mode(const struct normaliser *n, struct sim_error *err)
{
	if (paging_of(&n->in).levels == 4)
		return 0;
	return sim_fail(err, SIM_EUNSUP, NULL,
			"the guest leaves 4-level paging (CR0 0x%" PRIx64 ", CR4 0x%" PRIx64
			"), which is all that a normalised stream can say",
			n->in.cr0, n->in.cr4);
}

static int write_cr0(struct normaliser *n, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	(void)words;
	n->in.cr0 = e->value;
	return check_mode(n, err);
}

static int write_cr4(struct normaliser *n, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	uint64_t changed = n->in.cr4 ^ e->value;

	(void)words;
	n->in.cr4 = e->value;
	if ((changed & (CR4_PGE | CR4_PAE)) || (changed & ~e->value & CR4_PCIDE) ||
	    (changed & e->value & CR4_SMEP))
		flush_all(n);
	return check_mode(n, err);
}

static int write_efer(struct normaliser *n, const struct event *e, const uint64_t *words,
		      struct sim_error *err)
{
	(void)words;
	if (e->value == n->in.efer)
		return 0;
	return sim_fail(err, SIM_EUNSUP, NULL,
			"replay does not cover a change of EFER (to 0x%" PRIx64 ")", e->value);
}

static int invlpg(struct normaliser *n, const struct event *e, const uint64_t *words,
		  struct sim_error *err)
{
	struct event own = { .kind = EVENT_INVLPG, .gva = e->gva };
	int rc = normalise_check_gva(gva_make(e->gva), err);

	(void)words;
	if (!rc)
		rc = normalise_reserve(n, 1, err);
	return rc ? rc : normalise_put_event(n, &own, err);
}

static int invpcid(struct normaliser *n, const struct event *e, const uint64_t *words,
		   struct sim_error *err)
{
	if (!e->n)
		return invlpg(n, e, words, err);
	flush_all(n);
	return 0;
}

static int only_vcpu(struct normaliser *n, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	(void)n;
	(void)words;
	if (!e->vcpu)
		return 0;
	return sim_fail(err, SIM_EUNSUP, NULL, "vCPU %u; a normalised stream has one", e->vcpu);
}

/* Says nothing to a guest that replays. */
static int drop(struct normaliser *n, const struct event *e, const uint64_t *words,
		struct sim_error *err)
{
	(void)n;
	(void)e;
	(void)words;
	(void)err;
	return 0;
}

/* A remark, which nobody has to act upon. */
static int table_freed(struct normaliser *n, const struct event *e, const uint64_t *words,
		       struct sim_error *err)
{
	(void)words;
	if (!n->out.is_open)
		return normalise_between(n, e, NULL, err);
	return normalise_put_event(n, e, err);
}

static int host_writes(struct normaliser *n, const struct event *e, const uint64_t *words,
		       struct sim_error *err)
{
	(void)words;
	return normalise_between(n, e, NULL, err);
}

static int plug(struct normaliser *n, const struct event *e, const uint64_t *words,
		struct sim_error *err)
{
	if (is_payload_memory(e->gpa, e->value))
		return in_the_way(e->gpa, err);
	return host_writes(n, e, words, err);
}

static int end(struct normaliser *n, const struct event *e, const uint64_t *words,
	       struct sim_error *err)
{
	struct event own = *e;
	int rc = normalise_ring(n, err);

	(void)words;
	own.value = n->out.accesses;
	return rc ? rc : normalise_between(n, &own, NULL, err);
}

/* Kinds without a handler cannot be replayed. */
static event_handler *const handlers[EVENT_KIND_COUNT] = {
	[EVENT_END] = end,
	[EVENT_VCPU] = only_vcpu,
	[EVENT_CR0] = write_cr0,
	[EVENT_CR3] = write_cr3,
	[EVENT_CR4] = write_cr4,
	[EVENT_EFER] = write_efer,
	[EVENT_INVLPG] = invlpg,
	[EVENT_INVPCID] = invpcid,
	[EVENT_PF] = normalise_fault,
	[EVENT_INT] = drop,
	[EVENT_TAG] = drop,
	[EVENT_PHASE] = drop,
	[EVENT_MAP] = drop,
	[EVENT_UNMAP] = drop,
	[EVENT_PROTECT] = drop,
	[EVENT_FORK] = drop,
	[EVENT_EXEC] = drop,
	[EVENT_EXIT] = drop,
	[EVENT_SWITCH] = drop,
	[EVENT_ADVISE] = drop,
	[EVENT_PTPAGE] = normalise_table,
	[EVENT_PTW] = normalise_table_write,
	[EVENT_PTFREE] = table_freed,
	[EVENT_DMA] = host_writes,
	[EVENT_RAM_ADD] = plug,
	[EVENT_RAM_DEL] = plug,
};

static int one_event(struct normaliser *n, const struct event *e, const uint64_t *words,
		     struct sim_error *err)
{
	return handlers[e->kind](n, e, words, err);
}

/* --- the stream --- */

/* Lets go of what waited for the next record; `next`: the event that it is, NULL for anything else. */
static int release(struct normaliser *n, const struct event *next, struct sim_error *err)
{
	int rc = 0;

	if (!next || next->kind != EVENT_PTW)
		rc = normalise_release_store(n, err);
	if (!rc && (!next || next->kind != EVENT_PTPAGE))
		rc = normalise_release_cr3(n, err);
	return rc;
}

static int one_record(struct normaliser *n, const struct batch *in, uint32_t i,
		      struct sim_error *err)
{
	const struct event *e = NULL;
	int rc;

	if ((in->op[i] & OP_KIND) == OP_EVENT)
		e = &in->event[in->gva[i]];
	rc = release(n, e, err);
	if (rc)
		return rc;
	if (!e)
		return normalise_access(n, in->op[i], gva_make(in->gva[i]), err);
	return one_event(n, e, batch_words(in, e), err);
}

int normalise(struct normaliser *n, const struct batch *in, struct batch *out,
	      struct sim_error *err)
{
	int rc = 0;

	normalise_out_forget(&n->out);
	for (uint32_t i = 0; in && !rc && i < in->n; i++) {
		rc = one_record(n, in, i, err);
		if (rc)
			sim_error_where(err, "record %" PRIu64, in->first + i);
	}
	if (!in) {
		rc = release(n, NULL, err);
		if (!rc)
			rc = normalise_ring(n, err);
	}
	if (!rc)
		normalise_out_give(&n->out, out);
	return rc;
}

/* --- life --- */

int normaliser_create(struct normaliser **out, const struct trace_meta *in,
		      const struct normalise_options *o, struct sim_error *err)
{
	int rc = check_input(in, err);
	struct normaliser *n;

	if (rc)
		return rc;
	n = sim_calloc(1, sizeof(*n));
	if (!n)
		return sim_fail_nomem(err);
	n->opt = *o;
	n->in = in->regs;
	pages_init(&n->tables);
	map_init(&n->level);
	rc = make_meta(n, in, err);
	n->mode = paging_of(&n->meta.regs);
	n->cr3 = n->meta.regs.cr3;
	if (!rc)
		rc = normalise_payload(n, err);
	if (rc) {
		normaliser_destroy(n);
		return rc;
	}
	*out = n;
	return 0;
}

void normaliser_destroy(struct normaliser *n)
{
	if (!n)
		return;
	pages_fini(&n->tables);
	map_fini(&n->level);
	normalise_out_fini(&n->out);
	trace_meta_fini(&n->meta);
	sim_free(n);
}

bool normaliser_waits(const struct normaliser *n)
{
	return n->held.n || n->has_next_cr3;
}

const struct trace_meta *normaliser_meta(const struct normaliser *n)
{
	return &n->meta;
}
