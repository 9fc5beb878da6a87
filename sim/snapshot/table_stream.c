/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "snapshot/table_stream.h"

#include <inttypes.h>

#include "snapshot/table_survey.h"

#define LOAD_OP ((uint8_t)(OP_LOAD | 3u << OP_SIZE_SHIFT))

/* --- metadata --- */

int table_stream_meta(const struct snapshot *s, const struct table_stream_options *o,
		      struct trace_meta *meta, struct sim_error *err)
{
	*meta = (struct trace_meta){ .name = "snapshot",
				     .origin = "page tables of a saved guest, and one load of "
					       "each page that they map",
				     .tools = PACKAGE_STRING,
				     .n_vcpu = 1,
				     .regs = o->cpu->regs,
				     .has_tables = true,
				     .has_frames = true };
	meta->regs.cr3 = o->roots->cr3[0] & ~CR3_NOFLUSH;
	for (size_t i = 0; i < s->n_range; i++) {
		const struct snapshot_range *r = &s->range[i];
		struct trace_ram *last = meta->n_ram ? &meta->ram[meta->n_ram - 1] : NULL;

		if (last && last->gpa + last->bytes == r->gpa.v) {
			last->bytes += r->bytes;
			continue;
		}
		if (meta->n_ram == TRACE_RAM_MAX)
			return sim_fail(err, SIM_EUNSUP, s->file.name,
					"the guest's memory is in more than %d pieces",
					TRACE_RAM_MAX);
		meta->ram[meta->n_ram++] = (struct trace_ram){ r->gpa.v, r->bytes };
	}
	return 0;
}

/* --- the stream --- */

struct stream {
	struct snapshot *s;
	const struct table_stream_options *o;
	const struct table_stream_sink *sink;
	struct table_seen seen;
	uint64_t loads;
};

static int check_stop(const struct stream *t, struct sim_error *err)
{
	return t->o->stopped && t->o->stopped()
		       ? sim_fail(err, SIM_EINTR, t->s->file.name, "stopped")
		       : 0;
}

static int see(struct stream *t, const struct table_page *p, bool *is_new, bool *is_again,
	       struct sim_error *err)
{
	int rc = check_stop(t, err);

	return rc ? rc : table_seen_add(&t->seen, p, is_new, is_again, err);
}

static int give_table(void *arg, const struct table_page *p, struct sim_error *err)
{
	struct stream *t = arg;
	struct event e = { .kind = EVENT_PTPAGE,
			   .level = (uint8_t)p->level,
			   .gpa = gfn_to_gpa(p->gfn).v };
	bool is_new, is_again;
	int rc = see(t, p, &is_new, &is_again, err);

	if (!rc && is_new)
		rc = t->sink->event(t->sink->arg, &e, p->entry, err);
	return rc ? rc : is_again ? TABLE_WALK_SKIP : 0;
}

static int skip_table(void *arg, const struct table_page *p, struct sim_error *err)
{
	struct stream *t = arg;
	bool is_new, is_again;
	int rc = see(t, p, &is_new, &is_again, err);

	return rc ? rc : is_again ? TABLE_WALK_SKIP : 0;
}

static bool is_wanted(const struct stream *t, gva_t gva)
{
	return t->o->half == TABLE_STREAM_ALL ||
	       (t->o->half == TABLE_STREAM_USER) == table_gva_is_user(gva);
}

static int load_leaf(void *arg, const struct table_leaf *l, struct sim_error *err)
{
	struct stream *t = arg;
	uint8_t op = (uint8_t)(LOAD_OP | (l->rights & PTE_U ? OP_USER : 0));
	uint64_t gfn = gpa_to_gfn(table_leaf_gpa(l)).v;
	int rc;

	if (!is_wanted(t, l->gva))
		return 0;
	rc = check_stop(t, err);
	for (uint64_t i = 0; i < level_frames(l->level) && !rc; i++) {
		struct trace_access a = { .op = op,
					  .gva = gva_make(l->gva.v + i * PAGE_BYTES),
					  .frame = gfn + i };

		if (!snapshot_find(t->s, gfn_to_gpa(gfn_make(gfn + i))))
			continue;
		rc = t->sink->load(t->sink->arg, &a, err);
		t->loads++;
	}
	return rc;
}

/* Each root in turn; only the loads say where one begins. */
static int pass(struct stream *t, const struct table_walk_ops *ops, struct sim_error *err)
{
	const struct roots *roots = t->o->roots;
	int rc = 0;

	map_init(&t->seen.place);
	for (size_t i = 0; i < roots->n && !rc; i++) {
		struct table_walk w = table_walk_all(roots->cr3[i], t->o->levels, ops, t);
		struct event cr3 = { .kind = EVENT_CR3, .value = roots->cr3[i] & ~CR3_NOFLUSH };

		if (ops->leaf)
			rc = t->sink->event(t->sink->arg, &cr3, NULL, err);
		if (!rc)
			rc = table_walk_run(t->s, &w, err);
	}
	map_fini(&t->seen.place);
	return rc;
}

int table_stream_run(struct snapshot *s, const struct table_stream_options *o,
		     const struct table_stream_sink *sink, uint64_t *loads,
		     struct sim_error *err)
{
	static const struct table_walk_ops tables = { .table = give_table };
	static const struct table_walk_ops pages = { .table = skip_table, .leaf = load_leaf };
	struct stream t = { .s = s, .o = o, .sink = sink };
	struct event end = { .kind = EVENT_END };
	int rc = pass(&t, &tables, err);

	if (!rc)
		rc = pass(&t, &pages, err);
	end.value = *loads = t.loads;
	return rc ? rc : sink->event(sink->arg, &end, NULL, err);
}

/* --- to a file --- */

static int write_event(void *arg, const struct event *e, const uint64_t *words,
		       struct sim_error *err)
{
	return trace_writer_event(arg, e, words, err);
}

static int write_load(void *arg, const struct trace_access *a, struct sim_error *err)
{
	return trace_writer_access(arg, a, err);
}

int table_stream_write(struct snapshot *s, const struct table_stream_options *o,
		       const char *path, uint64_t *loads, struct sim_error *err)
{
	struct table_stream_sink sink = { write_event, write_load, NULL };
	struct trace_writer *w;
	struct trace_meta meta;
	int rc = table_stream_meta(s, o, &meta, err);

	if (!rc)
		rc = trace_writer_create(&w, path, &meta, NULL, err);
	if (rc)
		return rc;
	sink.arg = w;
	rc = table_stream_run(s, o, &sink, loads, err);
	if (!rc)
		return trace_writer_close(w, err);
	trace_writer_abort(w);
	return rc;
}

/* --- to a VM --- */

static int replay_event(void *arg, const struct event *e, const uint64_t *words,
			struct sim_error *err)
{
	return vm_event(arg, e, words, err);
}

static int replay_load(void *arg, const struct trace_access *a, struct sim_error *err)
{
	struct access load = { ACCESS_LOAD, (a->op & OP_USER) != 0 };
	struct vm_result r;
	int rc = vm_access(arg, a->gva, load, 8, &r, err);

	if (rc || r.status != FILL_FAULT)
		return rc;
	return sim_fail(
		err, SIM_ESTATE, NULL,
		"gva 0x%" PRIx64
		" is mapped, but a load faults there with error code 0x%x: an entry has "
		"reserved bits",
		a->gva.v, r.error_code);
}

int table_stream_replay(struct snapshot *s, const struct table_stream_options *o,
			const struct vm_config *cfg, struct counters *c, struct sim_error *err)
{
	struct table_stream_sink sink = { replay_event, replay_load, NULL };
	struct trace_meta meta;
	struct vm *vm;
	uint64_t loads;
	int rc = table_stream_meta(s, o, &meta, err);

	if (!rc)
		rc = vm_create(&vm, cfg, &meta, err);
	if (rc)
		return rc;
	sink.arg = vm;
	rc = table_stream_run(s, o, &sink, &loads, err);
	if (!rc)
		*c = *vm_counters(vm);
	vm_destroy(vm);
	return rc;
}
