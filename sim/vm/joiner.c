/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/joiner.h"

#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "vm/joiner_state.h"

static unsigned keeps(const struct trace_meta *m)
{
	return STREAM_PROCESSES | (m->has_tables ? STREAM_TABLES : 0);
}

int joiner_create(struct joiner **out, const struct trace_meta *first, struct trace_writer *w,
		  struct sim_error *err)
{
	struct joiner *j = sim_calloc(1, sizeof(*j));
	int rc;

	if (!j)
		return sim_fail_nomem(err);
	j->w = w;
	j->has_frames = first->has_frames;
	pages_init(&j->once);
	rc = stream_state_init(&j->s, first, keeps(first), err);
	if (rc)
		joiner_destroy(j);
	else
		*out = j;
	return rc;
}

void joiner_destroy(struct joiner *j)
{
	if (!j)
		return;
	stream_state_fini(&j->s);
	stream_state_fini(&j->t);
	pages_fini(&j->once);
	sim_free(j);
}

const struct join_counts *joiner_counts(const struct joiner *j)
{
	return &j->counts;
}

/* --- records --- */

/* A table's last contents, before it goes. */
static int remember(struct joiner *j, uint64_t gfn, struct sim_error *err)
{
	const uint64_t *now = pages_get(&j->s.tables, gfn);
	uint64_t *page;

	if (!now)
		return 0;
	page = pages_make(&j->once, gfn);
	if (!page)
		return sim_fail_nomem(err);
	memcpy(page, now, PAGE_BYTES);
	return 0;
}

int joiner_event(struct joiner *j, const struct event *e, const uint64_t *words,
		 struct sim_error *err)
{
	int rc = trace_writer_event(j->w, e, words, err);

	j->counts.records++;
	if (!rc && e->kind == EVENT_PTFREE)
		rc = remember(j, e->gpa >> PAGE_SHIFT, err);
	if (!rc && e->kind == EVENT_PTPAGE)
		pages_drop(&j->once, e->gpa >> PAGE_SHIFT);
	return rc ? rc : stream_state_event(&j->s, e, words, err);
}

static int put_access(struct joiner *j, const struct batch *b, uint32_t i,
		      struct sim_error *err)
{
	struct trace_access a = { .op = b->op[i],
				  .gva = gva_make(b->gva[i]),
				  .frame = b->frame[i],
				  .count = b->count[i] };

	j->counts.records++;
	j->counted += a.count;
	j->counts.instructions += a.count;
	if ((a.op & OP_KIND) == OP_FETCH) {
		a.count += j->tail;
		j->counts.instructions += j->tail;
		j->tail = 0;
	}
	return trace_writer_access(j->w, &a, err);
}

/* The end of one stream is not that of the whole. */
static void take_end(struct joiner *j, const struct event *e)
{
	if (e->value > j->counted)
		j->tail += e->value - j->counted;
}

/* --- where two meet --- */

static int to_vcpu(struct joiner *j, unsigned vcpu, struct sim_error *err)
{
	if (j->s.vcpu == vcpu)
		return 0;
	return joiner_event(j, &(struct event){ .kind = EVENT_VCPU, .vcpu = (uint16_t)vcpu },
			    NULL, err);
}

static int put_value(struct joiner *j, enum event_kind kind, uint64_t value,
		     struct sim_error *err)
{
	return joiner_event(j, &(struct event){ .kind = kind, .value = value }, NULL, err);
}

/* All translations of the current vCPU go, global ones too where there are any. */
static int flush(struct joiner *j, struct sim_error *err)
{
	struct regs r = *stream_state_regs(&j->s);
	int rc;

	if (!(r.cr4 & CR4_PGE))
		return put_value(j, EVENT_CR3, r.cr3 & ~CR3_NOFLUSH, err);
	rc = put_value(j, EVENT_CR4, r.cr4 & ~CR4_PGE, err);
	return rc ? rc : put_value(j, EVENT_CR4, r.cr4, err);
}

static int move_vcpu(struct joiner *j, unsigned i, uint64_t entries, struct sim_error *err)
{
	const struct stream_vcpu *to = &j->t.v[i], *from = &j->s.v[i];
	bool other_regs = memcmp(&from->regs, &to->regs, sizeof(to->regs)) != 0;
	bool other_pid = to->has_pid && (!from->has_pid || from->pid != to->pid);
	int rc = 0;

	if (entries || other_regs || other_pid)
		rc = to_vcpu(j, i, err);
	if (!rc && entries)
		rc = flush(j, err);
	if (!rc && other_regs)
		rc = piece_registers(j->w, &from->regs, &to->regs, &j->counts.records, err);
	if (!rc && other_pid)
		rc = joiner_event(j, &(struct event){ .kind = EVENT_SWITCH, .pid = to->pid },
				  NULL, err);
	j->s.v[i] = *to;
	return rc;
}

/* One process that is in either. */
static int move_process(struct joiner *j, uint32_t pid, struct sim_error *err)
{
	const struct mappings *from = &j->s.processes, *to = &j->t.processes;
	size_t a = mappings_begin(to, pid), z = mappings_end(to, pid);
	struct event e = { .kind = a == z ? EVENT_EXIT : EVENT_EXEC, .pid = pid };
	int rc = 0;

	if (mappings_equal(from, to, pid))
		return 0;
	if (mappings_begin(from, pid) != mappings_end(from, pid))
		rc = joiner_event(j, &e, NULL, err);
	return rc ? rc : piece_mappings(to, a, z, j->w, &j->counts.records, err);
}

static int move_processes(struct joiner *j, struct sim_error *err)
{
	const struct mappings *from = &j->s.processes, *to = &j->t.processes;
	int rc = 0;

	/* those that are gone; each step takes one away */
	for (size_t i = 0; !rc && i < from->n;) {
		uint32_t pid = from->m[i].pid;

		if (mappings_begin(to, pid) == mappings_end(to, pid))
			rc = move_process(j, pid, err);
		else
			i = mappings_end(from, pid);
	}
	for (size_t i = 0; !rc && i < to->n; i = mappings_end(to, to->m[i].pid))
		rc = move_process(j, to->m[i].pid, err);
	return rc;
}

/* What the state follows of t without an event: it is t now. */
static void become(struct joiner *j)
{
	stream_state_fini(&j->s);
	j->s = j->t;
	j->t = (struct stream_state){ 0 };
	j->is_leading = false;
}

static int meet(struct joiner *j, struct sim_error *err)
{
	uint64_t entries = 0;
	int rc = move_processes(j, err);

	if (!rc)
		rc = joiner_tables(j, &entries, err);
	for (unsigned i = 0; !rc && i < j->s.n_vcpu; i++)
		rc = move_vcpu(j, i, entries, err);
	if (!rc)
		rc = joiner_free_tables(j, err);
	if (!rc)
		rc = to_vcpu(j, j->t.vcpu, err);
	become(j);
	return rc;
}

/* --- fitting --- */

static int unfit(const char *what, struct sim_error *err)
{
	return sim_fail(err, SIM_ERANGE, NULL,
			"it does not continue the trace before it: other %s", what);
}

/* In whatever order. */
static bool same_ram(const struct trace_meta *a, const struct trace_meta *b)
{
	unsigned found = 0;

	for (unsigned i = 0; i < a->n_ram; i++)
		for (unsigned k = 0; k < b->n_ram; k++)
			found += a->ram[i].gpa == b->ram[k].gpa &&
				 a->ram[i].bytes == b->ram[k].bytes;
	return a->n_ram == b->n_ram && found == a->n_ram;
}

int joiner_next(struct joiner *j, const struct trace_meta *meta, struct sim_error *err)
{
	if (meta->n_vcpu != j->s.n_vcpu)
		return unfit("number of vCPUs", err);
	if (paging_of(&meta->regs).levels != paging_of(stream_state_regs(&j->s)).levels)
		return unfit("paging", err);
	if (keeps(meta) != j->s.keeps)
		return unfit("contents: only one of them has page tables", err);
	if (meta->has_frames != j->has_frames)
		return unfit("contents: only one of them has frames", err);
	j->is_leading = true;
	j->counted = 0;
	stream_state_fini(&j->t);
	return stream_state_init(&j->t, meta, keeps(meta), err);
}

static int leave_prologue(struct joiner *j, struct sim_error *err)
{
	if (!same_ram(&j->s.ram, &j->t.ram))
		return unfit("RAM", err);
	return meet(j, err);
}

static int one_record(struct joiner *j, const struct batch *b, uint32_t i,
		      struct sim_error *err)
{
	const struct event *e = (b->op[i] & OP_KIND) == OP_EVENT ? &b->event[b->gva[i]] : NULL;
	int rc = 0;

	if (j->is_leading) {
		if (e && piece_is_prologue(e->kind))
			return stream_state_event(&j->t, e, batch_words(b, e), err);
		rc = leave_prologue(j, err);
	}
	if (rc)
		return rc;
	if (!e)
		return put_access(j, b, i, err);
	if (e->kind != EVENT_END)
		return joiner_event(j, e, batch_words(b, e), err);
	take_end(j, e);
	return 0;
}

int joiner_add(struct joiner *j, const struct batch *b, struct sim_error *err)
{
	for (uint32_t i = 0; i < b->n; i++) {
		int rc = one_record(j, b, i, err);

		if (rc) {
			sim_error_where(err, "record %" PRIu64, b->first + i);
			return rc;
		}
	}
	return 0;
}

int joiner_finish(struct joiner *j, struct sim_error *err)
{
	struct event end = { .kind = EVENT_END };

	j->counts.instructions += j->tail;
	end.value = j->counts.instructions;
	j->counts.records++;
	return trace_writer_event(j->w, &end, NULL, err);
}
