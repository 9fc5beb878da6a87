/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "sample_trace.h"

#include "check.h"

static const uint64_t extremes[] = {
	0,
	1,
	0xfff,
	0x1000,
	0x7fffffffffff,
	UINT64_MAX,
	UINT64_MAX - 3,
	0xffff800000000000u,
	1ull << 63,
	0x8000000000000fffu,
	0x7ffc,
	0xffffffff81000,
	0x80,
	0x4040,
};

/* Of any width. (Drawn one after the other: C leaves the order within an expression open.) */
static uint64_t random_value(struct rng *r)
{
	uint64_t v = rng_next(r);

	return v >> rng_below(r, 64);
}

static uint64_t random_address(struct rng *r, uint64_t last)
{
	switch (rng_below(r, 5)) {
	case 0:
		return last + 8;
	case 1:
		return last;
	case 2:
		return 0x7f0000000000 + rng_below(r, 1 << 20);
	case 3:
		return extremes[rng_below(r, sizeof(extremes) / sizeof(*extremes))];
	default:
		return random_value(r);
	}
}

static void make_access(struct rng *r, struct trace_access *a, uint64_t last)
{
	unsigned kind = (unsigned)rng_below(r, 3);
	unsigned size = kind == OP_FETCH ? 0 : (unsigned)rng_below(r, 7);

	a->op = (uint8_t)(kind | size << OP_SIZE_SHIFT | (rng_below(r, 2) ? OP_USER : 0));
	if (kind != OP_FETCH && !rng_below(r, 8))
		a->op |= OP_SYSTEM;
	a->gva = gva_make(random_address(r, last));
	a->frame = rng_below(r, 4)   ? (a->gva.v >> PAGE_SHIFT) + 77
		   : rng_below(r, 2) ? rng_next(r) >> 24
				     : FRAME_NONE;
	a->count = kind == OP_FETCH ? random_value(r) : 0;
}

#define ANY UINT64_MAX

/* Below which number each field of a kind lies; 0: the kind has no such field. */
struct limits {
	uint64_t vcpu, level, n, pid, gva, gpa, value;
	unsigned gpa_align; /* low bits that are 0 */
};

static const struct limits limits[EVENT_KIND_COUNT] = {
	[EVENT_END] = { .value = ANY },
	[EVENT_VCPU] = { .vcpu = SAMPLE_VCPUS },
	[EVENT_CR0] = { .value = ANY },
	[EVENT_CR3] = { .value = ANY },
	[EVENT_CR4] = { .value = ANY },
	[EVENT_EFER] = { .value = ANY },
	[EVENT_TAG] = { .value = ANY },
	[EVENT_INVLPG] = { .gva = ANY },
	[EVENT_INVPCID] = { .n = 4, .value = 4096, .gva = ANY },
	[EVENT_PF] = { .gva = ANY, .value = 32 },
	[EVENT_INT] = { .n = 256 },
	[EVENT_PTPAGE] = { .level = 5, .gpa = ANY, .gpa_align = PAGE_SHIFT },
	[EVENT_PTW] = { .gpa = ANY, .gpa_align = 3, .value = ANY },
	[EVENT_PTFREE] = { .gpa = ANY, .gpa_align = PAGE_SHIFT },
	[EVENT_DMA] = { .gpa = ANY, .n = ANY },
	[EVENT_PHASE] = { .n = ANY, .value = 2 },
	[EVENT_RAM_ADD] = { .gpa = ANY, .gpa_align = PAGE_SHIFT, .value = ANY },
	[EVENT_RAM_DEL] = { .gpa = ANY, .gpa_align = PAGE_SHIFT, .value = ANY },
	[EVENT_MAP] = { .pid = ANY,
			.gva = ANY,
			.value = ANY,
			.n = MAPPING_ALL + 1,
			.gpa = ANY,
			.gpa_align = PAGE_SHIFT },
	[EVENT_UNMAP] = { .pid = ANY, .gva = ANY, .value = ANY },
	[EVENT_PROTECT] = { .pid = ANY, .gva = ANY, .value = ANY, .n = MAPPING_RIGHTS + 1 },
	[EVENT_FORK] = { .pid = ANY, .n = ANY },
	[EVENT_EXEC] = { .pid = ANY },
	[EVENT_EXIT] = { .pid = ANY },
	[EVENT_SWITCH] = { .pid = ANY },
	[EVENT_ADVISE] = { .pid = ANY, .gva = ANY, .value = ANY, .n = ANY },
};

static uint64_t draw(struct rng *r, uint64_t limit)
{
	if (!limit)
		return 0;
	return limit == ANY ? rng_next(r) : rng_below(r, limit);
}

static void make_event(struct rng *r, enum event_kind kind, struct sample_record *out)
{
	const struct limits *l = &limits[kind];
	struct event *e = &out->event;

	*e = (struct event){ .kind = kind };
	e->vcpu = (uint16_t)draw(r, l->vcpu);
	e->level = (uint8_t)(draw(r, l->level) + (l->level != 0));
	e->n = (uint32_t)draw(r, l->n);
	if (kind == EVENT_MAP)
		e->n &= MAPPING_ALL;
	e->pid = (uint32_t)draw(r, l->pid);
	e->gva = l->gva ? random_address(r, 0) : 0;
	e->gpa = draw(r, l->gpa) >> l->gpa_align << l->gpa_align;
	e->value = draw(r, l->value);
	if (kind == EVENT_PTPAGE)
		out->words_seed = rng_next(r);
}

void sample_words(uint64_t seed, uint64_t word[512])
{
	struct rng r = { seed };
	unsigned every = 1 + (unsigned)rng_below(&r, 600);

	for (unsigned i = 0; i < 512; i++)
		word[i] = i % every ? 0 : rng_next(&r) | 1;
}

static void make_stride(struct trace_access *a, uint64_t last, unsigned stride)
{
	a->op = OP_LOAD | 3u << OP_SIZE_SHIFT;
	a->gva.v = stride == 8 ? (last & ~(uint64_t)7) + 8 : last + stride;
	a->count = 0;
}

static void fill(struct sample_trace *s, struct rng *r)
{
	uint64_t last = 0;

	for (size_t i = 0; i + 1 < s->n; i++) {
		struct sample_record *out = &s->record[i];

		/* Runs of plain accesses between clusters of events. */
		if (i + 1 < EVENT_KIND_COUNT || (i % 300 <= 200 && !rng_below(r, 20))) {
			size_t kind = i + 1 < EVENT_KIND_COUNT
					      ? i + 1
					      : 1 + rng_below(r, EVENT_KIND_COUNT - 1);

			out->what = SAMPLE_EVENT;
			make_event(r, (enum event_kind)kind, out);
			continue;
		}
		make_access(r, &out->access, last);
		if (i % 300 > 200) /* a run with one stride, now aligned, now across pages */
			make_stride(&out->access, last, i % 600 > 300 ? 8 : 13);
		last = out->access.gva.v;
	}
	s->record[s->n - 1].what = SAMPLE_EVENT;
	make_event(r, EVENT_END, &s->record[s->n - 1]);
}

void sample_trace_init(struct sample_trace *s, uint64_t seed, size_t n)
{
	struct rng r = { seed };

	*s = (struct sample_trace){
		.meta = { .name = "sample",
			  .origin = "random records \"of a test\"",
			  .tools = "sample_trace",
			  .ram = { { 0, 0x1000 }, { 0x100000, 0x40000000 } },
			  .n_ram = 2,
			  .n_vcpu = SAMPLE_VCPUS,
			  .regs = { CR0_PG | CR0_WP, 0x8000000000001005, CR4_PAE | CR4_LA57,
				    EFER_LMA | EFER_LME },
			  .has_tables = true,
			  .has_frames = true },
		.record = calloc(n, sizeof(*s->record)),
		.n = n,
	};
	assert_non_null(s->record);
	assert_true(n >= EVENT_KIND_COUNT);
	fill(s, &r);
}

void sample_trace_fini(struct sample_trace *s)
{
	free(s->record);
}

static void write_all(const struct sample_trace *s, struct trace_writer *w)
{
	struct sim_error err = { 0 };
	uint64_t word[512];

	for (size_t i = 0; i < s->n; i++) {
		const struct sample_record *r = &s->record[i];
		int rc;

		if (r->what == SAMPLE_ACCESS) {
			rc = trace_writer_access(w, &r->access, &err);
		} else {
			sample_words(r->words_seed, word);
			rc = trace_writer_event(w, &r->event, word, &err);
		}
		assert_int_equal(rc, 0);
	}
}

uint8_t *sample_trace_bytes(const struct sample_trace *s, uint32_t block, size_t *size)
{
	const struct trace_writer_options opt = { .level = 1, .block = block };
	struct sim_error err = { 0 };
	struct trace_writer *w;
	char *bytes;
	FILE *f = open_memstream(&bytes, size);

	assert_non_null(f);
	assert_int_equal(trace_writer_create_stream(&w, f, "sample", &s->meta, &opt, &err), 0);
	write_all(s, w);
	assert_int_equal(trace_writer_close(w, &err), 0);
	fclose(f);
	return (uint8_t *)bytes;
}
