/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What holds of every normalised stream: those of random guests, and the captured ones
 *
 * Random guests store to their tables in every way, share them, and flush when they like. Each access of theirs must
 * be there, in pieces perhaps, and lead to the same guest frame: on a machine without virtualization and
 * under shadow paging.
 */
#include "check.h"

#include <string.h>

#include "normal_stream.h"
#include "trace/reader.h"
#include "vm/payload.h"
#include "vm/vm.h"

#define GUESTS 24
#define OPS    1200

/* --- worlds --- */

static void make_guest(struct recording *rec, uint64_t seed)
{
	struct guest_config cfg = { .levels = 4, .n_vcpu = 1, .keeps_wp = true };
	struct rng r;

	rng_seed(&r, seed);
	cfg.pcid = rng_below(&r, 2);
	cfg.fine_direct_map = rng_below(&r, 2);
	recording_make(rec, &cfg, &r, (unsigned)rng_below(&r, GUEST_TEMPERS), OPS);
}

static struct vm *make_vm(const struct trace_meta *meta, const char *technique)
{
	const struct tlb_geometry small = {
		{ 16, 4, ASSOC_LRU }, HOLDS(LEVEL_4K) | HOLDS(LEVEL_2M) | HOLDS(LEVEL_1G)
	};
	struct vm_config cfg = { .technique = technique,
				 .machine = { .name = "small",
					      .vendor = VENDOR_INTEL,
					      .has_pcid = true,
					      .has_invpcid = true,
					      .has_vpid = true,
					      .has_1g = true,
					      .has_ept_ad = true },
				 .host = { .page_level = LEVEL_4K, .prepopulated = true },
				 .mmu = { .tdp_levels = 4, .use_vpid = true } };
	struct sim_error err = { 0 };
	struct vm *vm;

	cfg.machine.l1d[0] = cfg.machine.l1i[0] = cfg.machine.stlb[0] = small;
	if (vm_create(&vm, &cfg, meta, &err))
		fail_msg("%s", err.text);
	return vm;
}

static void normalised(const struct stream *in, const struct normalise_options *o, uint32_t max,
		       struct stream *out)
{
	struct sim_error err = { 0 };

	if (stream_normalise(in, o, max, out, &err))
		fail_msg("%s: %s", err.where, err.text);
}

/* --- the shape of the stream --- */

static void check_access(uint8_t op, uint64_t gva)
{
	unsigned bytes = 1u << ((op & OP_SIZE) >> OP_SIZE_SHIFT);

	assert_true((op & OP_KIND) == OP_LOAD || (op & OP_KIND) == OP_STORE);
	assert_int_equal(op & (OP_USER | OP_CROSS | OP_SYSTEM), OP_USER);
	assert_true(bytes <= 8);
	assert_true((gva & (PAGE_BYTES - 1)) + bytes <= PAGE_BYTES);
}

static bool is_between(enum event_kind k)
{
	return k == EVENT_PTPAGE || k == EVENT_DMA || k == EVENT_RAM_ADD ||
	       k == EVENT_RAM_DEL || k == EVENT_END;
}

/* Words of the record buffer that record i takes. */
static unsigned words_of(const struct stream *s, size_t i)
{
	const struct event *e = stream_event_at(s, i);

	if (!e)
		return payload_owns(s->gva[i]) ? 0 : 1;
	return e->kind != EVENT_PTFREE && !is_between(e->kind);
}

static bool is_doorbell(const struct stream *s, size_t i)
{
	return !stream_event_at(s, i) && s->gva[i] == payload_gva(PAYLOAD_DOORBELL);
}

static void check_event(const struct stream *s, size_t i, unsigned words)
{
	const struct event *e = stream_event_at(s, i);

	if (is_between(e->kind))
		assert_int_equal(words, 0); /* no run is under way */
	if (e->kind == EVENT_CR3)
		assert_int_equal(e->value & (PAGE_BYTES - 1), 0);
	if (e->kind == EVENT_PF)
		assert_true(e->value & PFEC_U);
	if (e->kind == EVENT_PTW) {
		assert_false(stream_event_at(s, i - 1));
		assert_int_equal(s->op[i - 1], OP_STORE | OP_USER | 3u << OP_SIZE_SHIFT);
		assert_int_equal(s->gva[i - 1] % PAGE_BYTES, e->gpa % PAGE_BYTES);
	}
}

static void check_shape(const struct stream *s, const struct normalise_options *o)
{
	unsigned words = 0, rings = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (stream_event_at(s, i))
			check_event(s, i, words);
		else
			check_access(s->op[i], s->gva[i]);
		words += words_of(s, i);
		assert_true(words <= (o->batch ? 2 * o->batch : PAYLOAD_WORDS - 1));
		if (is_doorbell(s, i)) {
			words = 0;
			rings++;
		}
	}
	assert_int_equal(words, 0);
	assert_true(rings > 0);
}

static void assert_same_event(const struct stream *a, const struct event *x,
			      const struct stream *b, const struct event *y)
{
	assert_int_equal(x->kind, y->kind);
	assert_int_equal(x->gva, y->gva);
	assert_int_equal(x->gpa, y->gpa);
	assert_int_equal(x->value, y->value);
	if (x->kind == EVENT_PTPAGE)
		assert_memory_equal(a->word + x->words, b->word + y->words, PAGE_BYTES);
}

static void assert_same(const struct stream *a, const struct stream *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->op, b->op, a->n);
	for (size_t i = 0; i < a->n; i++)
		if (stream_event_at(a, i))
			assert_same_event(a, stream_event_at(a, i), b, stream_event_at(b, i));
		else
			assert_int_equal(a->gva[i], b->gva[i]);
}

/* --- the same accesses, the same places --- */

struct lane {
	const struct stream *s;
	struct vm *vm;
	size_t at;
};

/* A piece of an access, and where it went. */
struct piece {
	uint8_t kind;
	uint64_t gva;
	unsigned bytes;
	struct vm_result r;
};

static void lane_init(struct lane *l, const struct stream *s, const char *technique)
{
	*l = (struct lane){ .s = s, .vm = make_vm(&s->meta, technique) };
}

static void make_access(struct lane *l, const struct piece *p, bool user, struct vm_result *r)
{
	struct access a = { (enum access_kind)p->kind, user };
	struct sim_error err = { 0 };

	if (vm_access(l->vm, gva_make(p->gva), a, p->bytes, r, &err))
		fail_msg("record %zu: %s", l->at, err.text);
	if (r->status == FILL_FAULT)
		fail_msg("record %zu: gva 0x%llx faults with 0x%x", l->at,
			 (unsigned long long)p->gva, r->error_code);
}

static void make_event(struct lane *l)
{
	const struct event *e = stream_event_at(l->s, l->at);
	struct sim_error err = { 0 };

	if (vm_event(l->vm, e, e->kind == EVENT_PTPAGE ? l->s->word + e->words : NULL, &err))
		fail_msg("record %zu: %s", l->at, err.text);
}

/* The next access of the guest's own, done. */
static void next_piece(struct lane *l, struct piece *p)
{
	for (;; l->at++) {
		assert_true(l->at < l->s->n);
		if (stream_event_at(l->s, l->at)) {
			make_event(l);
			continue;
		}
		p->kind = l->s->op[l->at] & OP_KIND;
		p->gva = l->s->gva[l->at];
		p->bytes = 1u << ((l->s->op[l->at] & OP_SIZE) >> OP_SIZE_SHIFT);
		make_access(l, p, true, &p->r);
		if (!payload_owns(p->gva))
			break;
	}
	l->at++;
}

static uint64_t frame_of(const struct translation *t, uint64_t gva)
{
	return t->frame + (gva >> PAGE_SHIFT & (level_frames(t->level) - 1));
}

/* The piece went to guest frame gfn, under a technique that ends in host frames. */
static void assert_shadow_place(struct lane *l, const struct piece *p, uint64_t gfn)
{
	const struct mmu *m = vm_mmu(l->vm);
	const struct memslot *slot = memslots_find(&m->slots, gfn_make(gfn));

	if (p->r.status != FILL_OK) {
		assert_int_equal(p->r.gpa.v >> PAGE_SHIFT, gfn);
		return;
	}
	assert_non_null(slot);
	assert_int_equal(host_lookup(m->host, memslot_hva(slot, gfn_make(gfn))).hfn.v,
			 frame_of(&p->r.t, p->gva));
}

struct comparison {
	struct lane before, native, spt;
	uint64_t pieces;
};

/* The next piece of both normalised lanes is this one. */
static void match(struct comparison *c, uint8_t kind, uint64_t gva, unsigned bytes,
		  uint64_t gfn)
{
	struct piece p;

	next_piece(&c->native, &p);
	assert_int_equal(p.kind, kind);
	assert_int_equal(p.gva, gva);
	assert_true(p.bytes <= bytes);
	assert_int_equal(frame_of(&p.r.t, gva), gfn);
	next_piece(&c->spt, &p);
	assert_int_equal(p.gva, gva);
	assert_shadow_place(&c->spt, &p, gfn);
	c->pieces++;
	if (p.bytes < bytes)
		match(c, kind, gva + p.bytes, bytes - p.bytes, gfn);
}

/* Page-table writes behind record i. */
static unsigned writes_behind(const struct stream *s, size_t i)
{
	unsigned n = 0;

	while (i + 1 + n < s->n && stream_event_at(s, i + 1 + n) &&
	       stream_event_at(s, i + 1 + n)->kind == EVENT_PTW)
		n++;
	return n;
}

static void match_part(struct comparison *c, uint8_t op, uint64_t gva, unsigned bytes)
{
	struct piece p = { .kind = op & OP_KIND, .gva = gva, .bytes = bytes };
	struct lane *l = &c->before;
	unsigned writes = writes_behind(l->s, l->at);
	uint8_t kind = p.kind == OP_FETCH ? OP_LOAD : p.kind;
	uint64_t gfn;

	make_access(l, &p, op & OP_USER, &p.r);
	gfn = frame_of(&p.r.t, gva);
	for (unsigned i = 0; i < writes; i++) {
		const struct event *e = stream_event_at(l->s, l->at + 1 + i);

		assert_int_equal(e->gpa >> PAGE_SHIFT, gfn);
		match(c, OP_STORE, gva - gva % PAGE_BYTES + e->gpa % PAGE_BYTES, 8, gfn);
	}
	if (!writes)
		match(c, kind, gva, bytes, gfn);
}

static void match_access(struct comparison *c)
{
	struct lane *l = &c->before;
	uint64_t gva = l->s->gva[l->at];
	uint8_t op = l->s->op[l->at];
	unsigned bytes = 1u << ((op & OP_SIZE) >> OP_SIZE_SHIFT);
	unsigned left = (unsigned)(PAGE_BYTES - gva % PAGE_BYTES);

	match_part(c, op, gva, bytes < left ? bytes : left);
	if (bytes > left)
		match_part(c, op, gva + left, bytes - left);
}

static uint64_t compare(const struct stream *before, const struct stream *after)
{
	struct comparison c = { .pieces = 0 };
	struct lane *l = &c.before;

	lane_init(l, before, "native");
	lane_init(&c.native, after, "native");
	lane_init(&c.spt, after, "spt");
	for (; l->at < before->n; l->at++)
		if (stream_event_at(before, l->at))
			make_event(l);
		else
			match_access(&c);
	vm_destroy(l->vm);
	vm_destroy(c.native.vm);
	vm_destroy(c.spt.vm);
	return c.pieces;
}

/*
 * The same guest, which flushes everything after each change of a table. Without that, one loss of a normalised
 * stream would show: a processor does not let CPL 3 use a remembered translation of the kernel's, and looks at
 * the tables; when all is the user's, it has no reason to.
 */
static void flush_often(const struct stream *in, struct stream *out)
{
	static const struct event flush = { .kind = EVENT_INVPCID, .n = 2 };
	struct batch one;

	stream_init(out);
	out->meta = in->meta;
	for (size_t i = 0; stream_batch(in, i, 1, &one); i++) {
		const struct event *e = stream_event_at(in, i);

		stream_add(out, &one);
		if (e && e->kind == EVENT_PTW && !writes_behind(in, i))
			stream_event(out, &flush, NULL);
	}
}

static void replay(const struct stream *s, const char *technique)
{
	struct vm *vm = make_vm(&s->meta, technique);
	struct sim_error err = { 0 };
	struct batch b;

	for (size_t at = 0; stream_batch(s, at, 1000, &b); at += b.n)
		if (vm_run(vm, &b, &err))
			fail_msg("%s: %s: %s", technique, err.where, err.text);
	vm_destroy(vm);
}

/* --- tests --- */

static void any_batch_makes_the_same_stream(void **state)
{
	uint64_t seed = test_seed(1);

	(void)state;
	for (unsigned i = 0; i < GUESTS; i++) {
		struct normalise_options o = { .batch = i % 3 ? 0 : 1 + i };
		struct stream before, after, again;
		struct recording rec;

		make_guest(&rec, rng_mix(seed + i));
		stream_from_recording(&before, &rec);
		normalised(&before, &o, UINT32_MAX, &after);
		check_shape(&after, &o);
		for (uint32_t max = 1; max < 20; max += 9) {
			normalised(&before, &o, max, &again);
			assert_same(&after, &again);
			stream_fini(&again);
		}
		replay(&after, "native");
		replay(&after, "spt");
		stream_fini(&after);
		stream_fini(&before);
		recording_fini(&rec);
	}
}

static void accesses_go_where_they_went(void **state)
{
	uint64_t seed = test_seed(1), pieces = 0;

	(void)state;
	for (unsigned i = 0; i < GUESTS; i++) {
		struct normalise_options o = { .batch = 0 };
		struct stream raw, before, after;
		struct recording rec;

		make_guest(&rec, rng_mix(seed + i));
		stream_from_recording(&raw, &rec);
		flush_often(&raw, &before);
		normalised(&before, &o, UINT32_MAX, &after);
		pieces += compare(&before, &after);
		stream_fini(&after);
		stream_fini(&before);
		stream_fini(&raw);
		recording_fini(&rec);
	}
	print_message("# %llu accesses compared\n", (unsigned long long)pieces);
	assert_true(pieces > 10000);
}

/* A captured trace, under shadow paging: the tables allow every access, the words of a run fit. */
static void captured(const char *name)
{
	struct normalise_options o = { .batch = 0 };
	struct sim_error err = { 0 };
	struct trace_reader *r;
	struct normaliser *n;
	char rel[64], path[4096];
	struct batch in, out;
	struct vm *vm;
	int rc;

	snprintf(rel, sizeof(rel), "traces/%s.snt", name);
	assert_int_equal(trace_open(&r, source_path(path, sizeof(path), rel), 0, &err), 0);
	assert_int_equal(normaliser_create(&n, trace_meta(r), &o, &err), 0);
	vm = make_vm(normaliser_meta(n), "spt");
	do {
		rc = trace_next(r, 0, &in, &err);
		if (rc >= 0 &&
		    (normalise(n, rc ? NULL : &in, &out, &err) || vm_run(vm, &out, &err)))
			break;
	} while (!rc);
	if (err.code)
		fail_msg("%s: %s: %s", name, err.where, err.text);
	assert_int_equal(rc, SIM_EOF);
	assert_int_equal(vm_counters(vm)->instructions,
			 vm_counters(vm)->loads + vm_counters(vm)->stores);
	vm_destroy(vm);
	normaliser_destroy(n);
	trace_close(r);
}

static void captured_traces(void **state)
{
	static const char *const name[] = { "fork", "gups2m", "gups4k", "pipe", "sqlite" };

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		captured(name[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_batch_makes_the_same_stream),
		cmocka_unit_test(accesses_go_where_they_went),
		cmocka_unit_test(captured_traces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
