/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "trace/writer.h"

#include <inttypes.h>
#include <string.h>
#include <zstd.h>

#include "trace/access_code.h"
#include "trace/event_code.h"
#include "trace/format.h"
#include "trace/frame_code.h"
#include "trace/outfile.h"

#define LEVEL_DEFAULT 19
#define LEVEL_TRIAL   3

/* Address bits above which slots are told apart, tried in turn for each block. */
static const unsigned slot_shifts[] = { 12, 30 };

struct trace_writer {
	struct outfile out;
	int level;
	uint32_t block_max;
	unsigned n_vcpu;
	enum { WITHOUT_FRAMES, WITH_FRAMES } frames;
	enum { OPEN, ENDED } state;

	struct snt_block block;	 /* the one being filled */
	uint8_t *op;		 /* block_max */
	uint64_t *gva;		 /* block_max */
	struct event_code event; /* delta state */
	struct frame_code frame;
	struct bytes column[SNT_SECTIONS];
	struct bytes trial[2]; /* slots and deltas under another slot choice */
	uint16_t vcpu;	       /* now */
	uint64_t data;	       /* loads and stores so far */

	struct bytes packed; /* the payload as stored */
	struct bytes index;
	uint64_t index_sum;
	ZSTD_CCtx *zstd;
};

/* --- compression --- */

static int pack(struct trace_writer *w, const struct bytes *raw, int level, uint32_t *stored)
{
	size_t n;

	*stored = (uint32_t)raw->n;
	if (!raw->n)
		return 0;
	if (bytes_reserve(&w->packed, ZSTD_compressBound(raw->n)))
		return SIM_ENOMEM;
	n = ZSTD_compressCCtx(w->zstd, w->packed.p + w->packed.n, w->packed.cap - w->packed.n,
			      raw->p, raw->n, level);
	if (ZSTD_isError(n))
		return SIM_ENOMEM;   /* with room enough and a valid level: its own memory */
	if (n < raw->n - raw->n / 8) /* a smaller gain is not worth the reader's time */
		*stored = (uint32_t)n;
	else
		memcpy(w->packed.p + w->packed.n, raw->p, raw->n);
	w->packed.n += *stored;
	return 0;
}

/* Packed size of slots and deltas at a fast level. */
static int trial_size(struct trace_writer *w, const struct bytes *slots,
		      const struct bytes *deltas, uint64_t *size)
{
	uint32_t a, b;

	w->packed.n = 0;
	if (pack(w, slots, LEVEL_TRIAL, &a) || pack(w, deltas, LEVEL_TRIAL, &b))
		return SIM_ENOMEM;
	*size = (uint64_t)a + b;
	return 0;
}

static void swap_columns(struct bytes *a, struct bytes *b)
{
	struct bytes t = *a;

	*a = *b;
	*b = t;
}

/* Fills the slot and delta columns in the way that packs best. */
static int choose_slots(struct trace_writer *w)
{
	struct bytes *slots = &w->column[SNT_SLOTS], *deltas = &w->column[SNT_DELTAS];
	uint64_t best = UINT64_MAX, size;

	for (size_t i = 0; i < sizeof(slot_shifts) / sizeof(*slot_shifts); i++) {
		w->trial[0].n = w->trial[1].n = 0;
		if (access_put(w->op, w->gva, w->block.records, slot_shifts[i], &w->trial[0],
			       &w->trial[1]) ||
		    trial_size(w, &w->trial[0], &w->trial[1], &size))
			return SIM_ENOMEM;
		if (size >= best)
			continue;
		best = size;
		swap_columns(slots, &w->trial[0]);
		swap_columns(deltas, &w->trial[1]);
	}
	return 0;
}

/* --- blocks --- */

static void block_start(struct trace_writer *w)
{
	w->block = (struct snt_block){
		.first = w->block.first + w->block.records,
		.vcpu = w->vcpu,
	};
	for (unsigned i = 0; i < SNT_SECTIONS; i++)
		w->column[i].n = 0;
	memset(&w->event, 0, sizeof(w->event));
	if (w->frames == WITH_FRAMES)
		frame_code_reset(&w->frame);
}

static int index_add(struct trace_writer *w)
{
	if (bytes_reserve(&w->index, 16 + 8))
		return SIM_ENOMEM;
	le_put(w->index.p + w->index.n, 8, w->out.offset);
	le_put(w->index.p + w->index.n + 8, 8, w->block.first);
	w->index_sum = format_chain(w->index.p + w->index.n, w->index_sum);
	w->index.n += 16;
	return 0;
}

static int block_pack(struct trace_writer *w)
{
	struct bytes ops = { .p = w->op, .n = w->block.records };

	if (choose_slots(w))
		return SIM_ENOMEM;
	w->packed.n = 0;
	for (unsigned i = 0; i < SNT_SECTIONS; i++) {
		const struct bytes *raw = i == SNT_OPS ? &ops : &w->column[i];

		w->block.section[i].raw = (uint32_t)raw->n;
		if (pack(w, raw, w->level, &w->block.section[i].stored))
			return SIM_ENOMEM;
	}
	w->block.payload_sum = format_sum(w->packed.p, w->packed.n);
	return index_add(w);
}

static int block_flush(struct trace_writer *w, struct sim_error *err)
{
	uint8_t head[SNT_BLOCK_BYTES];
	int rc;

	if (!w->block.records)
		return 0;
	if (block_pack(w))
		return sim_fail_nomem(err);
	format_block_put(head, &w->block);
	if ((rc = outfile_write(&w->out, head, sizeof(head), err)) ||
	    (rc = outfile_write(&w->out, w->packed.p, w->packed.n, err)))
		return rc;
	block_start(w);
	return 0;
}

/* --- records --- */

static int refuse(const struct trace_writer *w, const char *what, struct sim_error *err)
{
	return sim_fail(err, SIM_ERANGE, w->out.name,
			"record %" PRIu64 " cannot be written: %s",
			w->block.first + w->block.records, what);
}

static int record_add(struct trace_writer *w, uint8_t op, gva_t gva, struct sim_error *err)
{
	w->op[w->block.records] = op;
	w->gva[w->block.records] = gva.v;
	w->block.records++;
	if (w->block.records < w->block_max && w->block.events < SNT_EVENTS_MAX &&
	    w->block.pages < SNT_PAGES_MAX)
		return 0;
	return block_flush(w, err);
}

static const char *access_flaw(const struct trace_writer *w, const struct trace_access *a,
			       uint8_t op)
{
	if (w->state == ENDED)
		return "it comes after the end";
	if ((op & OP_KIND) == OP_EVENT || !access_ops_valid(&op, 1))
		return "its op byte is none of an access";
	if (w->frames == WITHOUT_FRAMES && a->frame != FRAME_NONE)
		return "it has a frame, the metadata says that none has";
	if (a->count && (op & OP_KIND) != OP_FETCH)
		return "only a fetch counts instructions";
	return NULL;
}

int trace_writer_access(struct trace_writer *w, const struct trace_access *a,
			struct sim_error *err)
{
	uint8_t op = (uint8_t)(a->op & ~OP_CROSS);
	const char *flaw = access_flaw(w, a, op);

	if (flaw)
		return refuse(w, flaw, err);
	if (w->frames == WITH_FRAMES &&
	    frame_put(&w->frame, &w->column[SNT_FRAMES], w->block.records, a->gva, a->frame))
		return sim_fail_nomem(err);
	if ((op & OP_KIND) == OP_FETCH) {
		if (bytes_reserve(&w->column[SNT_COUNTS], LEB_MAX))
			return sim_fail_nomem(err);
		leb_put(&w->column[SNT_COUNTS], a->count);
	} else {
		w->data++;
	}
	return record_add(w, op, a->gva, err);
}

uint64_t trace_writer_data_accesses(const struct trace_writer *w)
{
	return w->data;
}

int trace_writer_event(struct trace_writer *w, const struct event *e, const uint64_t *words,
		       struct sim_error *err)
{
	const char *flaw = event_flaw(e, w->n_vcpu);

	if (w->state == ENDED)
		flaw = "it comes after the end";
	if (!flaw && e->kind == EVENT_PTPAGE && !words)
		flaw = "a table page without its contents";
	if (flaw)
		return refuse(w, flaw, err);
	if (event_put(&w->event, &w->column[SNT_EVENTS], e))
		return sim_fail_nomem(err);
	w->block.events++;
	if (e->kind == EVENT_PTPAGE) {
		w->block.pages++;
		if (event_words_put(&w->column[SNT_WORDS], words))
			return sim_fail_nomem(err);
	}
	if (e->kind == EVENT_VCPU)
		w->vcpu = e->vcpu;
	if (e->kind == EVENT_END)
		w->state = ENDED;
	return record_add(w, OP_EVENT, gva_make(0), err);
}

int trace_writer_record(struct trace_writer *w, const struct batch *b, uint32_t i,
			struct sim_error *err)
{
	const struct event *e;

	if ((b->op[i] & OP_KIND) != OP_EVENT)
		return trace_writer_access(
			w,
			&(struct trace_access){ .op = b->op[i],
						.gva = gva_make(b->gva[i]),
						.frame = b->frame ? b->frame[i] : FRAME_NONE,
						.count = b->count ? b->count[i] : 0 },
			err);
	e = &b->event[b->gva[i]];
	return trace_writer_event(w, e, batch_words(b, e), err);
}

/* --- beginning and end --- */

static void writer_free(struct trace_writer *w)
{
	outfile_discard(&w->out);
	sim_free(w->op);
	sim_free(w->gva);
	frame_code_fini(&w->frame);
	for (unsigned i = 0; i < SNT_SECTIONS; i++)
		bytes_fini(&w->column[i]);
	bytes_fini(&w->trial[0]);
	bytes_fini(&w->trial[1]);
	bytes_fini(&w->packed);
	bytes_fini(&w->index);
	ZSTD_freeCCtx(w->zstd);
	sim_free(w);
}

static int writer_new(struct trace_writer **out, const struct trace_meta *meta,
		      const struct trace_writer_options *opt)
{
	struct trace_writer *w = sim_calloc(1, sizeof(*w));

	if (!w)
		return SIM_ENOMEM;
	w->level = opt && opt->level ? opt->level : LEVEL_DEFAULT;
	w->block_max = opt && opt->block ? opt->block : SNT_RECORDS_MAX;
	w->n_vcpu = meta->n_vcpu;
	w->frames = meta->has_frames ? WITH_FRAMES : WITHOUT_FRAMES;
	w->op = sim_calloc(w->block_max, sizeof(*w->op));
	w->gva = sim_calloc(w->block_max, sizeof(*w->gva));
	w->zstd = ZSTD_createCCtx();
	if (!w->op || !w->gva || !w->zstd || bytes_reserve(&w->index, SNT_INDEX_BYTES + 8) ||
	    (meta->has_frames && frame_code_init(&w->frame))) {
		writer_free(w);
		return SIM_ENOMEM;
	}
	w->index.n = SNT_INDEX_BYTES;
	block_start(w);
	*out = w;
	return 0;
}

static int check_options(const char *name, const struct trace_meta *meta,
			 const struct trace_writer_options *opt, struct sim_error *err)
{
	const char *flaw = trace_meta_flaw(meta);

	if (flaw)
		return sim_fail(err, SIM_ERANGE, name, "%s", flaw);
	if (opt && (opt->level < 0 || opt->level > ZSTD_maxCLevel()))
		return sim_fail(err, SIM_ERANGE, name,
				"compression level must be 1..%d, not %d", ZSTD_maxCLevel(),
				opt->level);
	if (opt && opt->block > SNT_RECORDS_MAX)
		return sim_fail(err, SIM_ERANGE, name, "a block holds 1..%u records, not %u",
				SNT_RECORDS_MAX, opt->block);
	return 0;
}

static int write_head(struct trace_writer *w, const struct trace_meta *meta,
		      struct sim_error *err)
{
	uint8_t head[SNT_HEAD_BYTES];
	char *text = trace_meta_text(meta);
	size_t n;
	int rc;

	if (!text)
		return sim_fail(err, SIM_ENOMEM, w->out.name,
				"out of memory, or a text in the metadata is not UTF-8");
	n = strlen(text);
	if (n > SNT_META_MAX) {
		sim_free(text);
		return sim_fail(err, SIM_ERANGE, w->out.name,
				"the metadata takes more than %u bytes", SNT_META_MAX);
	}
	le_put(head, 8, SNT_MAGIC);
	le_put(head + 8, 4, SNT_VERSION);
	le_put(head + 12, 4, n);
	le_put(head + 16, 8, format_sum(text, n));
	le_put(head + 24, 8, format_sum(head, 24));
	rc = outfile_write(&w->out, head, sizeof(head), err);
	if (!rc)
		rc = outfile_write(&w->out, text, n, err);
	sim_free(text);
	return rc;
}

static int writer_begin(struct trace_writer **out, struct outfile *f,
			const struct trace_meta *meta, const struct trace_writer_options *opt,
			struct sim_error *err)
{
	struct trace_writer *w;
	int rc;

	if (writer_new(&w, meta, opt)) {
		outfile_discard(f);
		return sim_fail_nomem(err);
	}
	w->out = *f;
	rc = write_head(w, meta, err);
	if (rc)
		writer_free(w);
	else
		*out = w;
	return rc;
}

int trace_writer_create(struct trace_writer **w, const char *path,
			const struct trace_meta *meta, const struct trace_writer_options *opt,
			struct sim_error *err)
{
	struct outfile f;
	int rc = check_options(path, meta, opt, err);

	if (!rc)
		rc = outfile_create(&f, path, err);
	return rc ? rc : writer_begin(w, &f, meta, opt, err);
}

int trace_writer_create_stream(struct trace_writer **w, FILE *stream, const char *name,
			       const struct trace_meta *meta,
			       const struct trace_writer_options *opt, struct sim_error *err)
{
	struct outfile f;
	int rc = check_options(name, meta, opt, err);

	if (!rc)
		rc = outfile_borrow(&f, stream, name, err);
	return rc ? rc : writer_begin(w, &f, meta, opt, err);
}

static int write_tail(struct trace_writer *w, struct sim_error *err)
{
	uint8_t foot[SNT_FOOTER_BYTES];
	struct snt_footer f;
	struct bytes *x = &w->index;
	int rc = block_flush(w, err);

	if (rc)
		return rc;
	f = (struct snt_footer){ .index_offset = w->out.offset, .records = w->block.first };
	memset(x->p, 0, SNT_INDEX_BYTES);
	le_put(x->p, 4, SNT_INDEX_MAGIC);
	le_put(x->p + 8, 8, (x->n - SNT_INDEX_BYTES) / 16);
	le_put(x->p + x->n, 8, format_chain(x->p, w->index_sum));
	format_footer_put(foot, &f);
	rc = outfile_write(&w->out, x->p, x->n + 8, err);
	return rc ? rc : outfile_write(&w->out, foot, sizeof(foot), err);
}

int trace_writer_batch(struct trace_writer *w, const struct batch *b, struct sim_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < b->n; i++)
		rc = trace_writer_record(w, b, i, err);
	return rc;
}

int trace_writer_close(struct trace_writer *w, struct sim_error *err)
{
	int rc;

	if (w->state != ENDED)
		rc = sim_fail(err, SIM_ESTATE, w->out.name,
			      "a trace needs EVENT_END as its last record");
	else
		rc = write_tail(w, err);
	if (!rc)
		rc = outfile_commit(&w->out, err);
	writer_free(w);
	return rc;
}

void trace_writer_abort(struct trace_writer *w)
{
	if (w)
		writer_free(w);
}
