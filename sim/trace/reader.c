/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "trace/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "trace/block_reader.h"
#include "trace/format.h"

struct trace_reader {
	FILE *f;
	enum { OURS, BORROWED } owner;
	char *name;
	uint64_t offset; /* in the file */
	uint64_t size;	 /* 0: not known */
	struct trace_meta meta;
	struct block_reader block;
	uint64_t block_at;	     /* offset of the block's header */
	uint64_t n_blocks, next;     /* blocks read; position of the record after them */
	uint64_t index_at;	     /* where the index must begin, once the END was read */
	uint64_t index_sum;	     /* chain over the index entries of the blocks read */
	enum { STREAM, SOUGHT } way; /* SOUGHT: not all blocks were read */
	enum { BLOCKS, LAST_BLOCK, END } state;
};

/* --- errors and bytes --- */

static int fail_at(const struct trace_reader *r, uint64_t offset, const char *why,
		   struct sim_error *err)
{
	char where[sizeof(err->where)];

	snprintf(where, sizeof(where), "%.150s:+0x%" PRIx64, r->name, offset);
	return sim_fail(err, SIM_EFORMAT, where, "%s", why);
}

/* Reads n bytes; `what` names them when the file ends too early. */
static int take(struct trace_reader *r, void *p, size_t n, const char *what,
		struct sim_error *err)
{
	size_t got;

	errno = 0;
	got = n ? fread(p, 1, n, r->f) : 0;
	r->offset += got;
	if (got == n)
		return 0;
	if (ferror(r->f) && errno == EINTR)
		return sim_fail(err, SIM_EINTR, r->name, "stopped");
	if (ferror(r->f))
		return sim_fail(err, SIM_EIO, r->name, "cannot read: %s", strerror(errno));
	sim_fail(err, SIM_EFORMAT, NULL, "the file ends inside %s", what);
	sim_error_where(err, "%.150s:+0x%" PRIx64, r->name, r->offset);
	return SIM_EFORMAT;
}

/* --- head --- */

static int take_meta(struct trace_reader *r, uint32_t n, uint64_t sum, struct sim_error *err)
{
	char *text = sim_calloc(n, 1);
	int rc;

	if (!text)
		return sim_fail_nomem(err);
	rc = take(r, text, n, "the metadata", err);
	if (!rc && format_sum(text, n) != sum)
		rc = fail_at(r, SNT_HEAD_BYTES, "the metadata's checksum is wrong", err);
	if (!rc)
		rc = trace_meta_parse(&r->meta, text, n, r->name, err);
	sim_free(text);
	return rc;
}

static int take_head(struct trace_reader *r, struct sim_error *err)
{
	uint8_t head[SNT_HEAD_BYTES];
	uint64_t n;
	int rc = take(r, head, sizeof(head), "the file header", err);

	if (rc)
		return rc;
	if (le_get(head, 8) != SNT_MAGIC)
		return fail_at(r, 0, "not a .snt trace (the first 8 bytes differ)", err);
	if (le_get(head + 24, 8) != format_sum(head, 24))
		return fail_at(r, 24, "the file header's checksum is wrong", err);
	if (le_get(head + 8, 4) != SNT_VERSION)
		return fail_at(r, 8, "a version of the format that this program does not know",
			       err);
	n = le_get(head + 12, 4);
	if (!n || n > SNT_META_MAX)
		return fail_at(r, 12, "metadata must have 1..1048576 bytes", err);
	return take_meta(r, (uint32_t)n, le_get(head + 16, 8), err);
}

/* --- blocks --- */

static int block_fail(const struct trace_reader *r, const char *flaw, int nomem,
		      struct sim_error *err)
{
	if (nomem)
		return sim_fail_nomem(err);
	fail_at(r, r->block_at, flaw, err);
	sim_error_prefix(err, "in the block of record %" PRIu64 ": ", r->block.head.first);
	return SIM_EFORMAT;
}

/* A block of which the first `got` bytes of the header are in head. */
static int take_block(struct trace_reader *r, uint8_t head[SNT_BLOCK_BYTES], size_t got,
		      struct sim_error *err)
{
	struct block_reader *k = &r->block;
	char where[sizeof(err->where)];
	uint64_t n;
	int rc;

	snprintf(where, sizeof(where), "%.150s:+0x%" PRIx64, r->name, r->block_at);
	if ((rc = take(r, head + got, SNT_BLOCK_BYTES - got, "a block header", err)) ||
	    (rc = format_block_get(head, &k->head, where, err)))
		return rc;
	n = format_block_payload(&k->head);
	k->stored.n = 0;
	if (bytes_reserve(&k->stored, n + COLUMN_PADDING))
		return sim_fail_nomem(err);
	rc = take(r, k->stored.p, n, "the payload of a block", err);
	if (rc)
		return rc;
	if (format_sum(k->stored.p, n) != k->head.payload_sum)
		return block_fail(r, "the payload's checksum is wrong", 0, err);
	return 0;
}

static void index_note(struct trace_reader *r)
{
	uint8_t entry[16];

	le_put(entry, 8, r->block_at);
	le_put(entry + 8, 8, r->block.head.first);
	r->index_sum = format_chain(entry, r->index_sum);
	r->n_blocks++;
}

static int load_block(struct trace_reader *r, struct sim_error *err)
{
	struct block_reader *k = &r->block;
	int nomem = 0;
	const char *flaw = NULL;

	if (k->head.first != r->next)
		flaw = "it does not follow the block before it";
	if (!flaw && !r->meta.has_frames && k->head.section[SNT_FRAMES].raw)
		flaw = "it has frames, the metadata says that the trace has none";
	if (!flaw)
		flaw = block_reader_load(k, &nomem);
	if (flaw)
		return block_fail(r, flaw, nomem, err);
	index_note(r);
	r->next = k->head.first + k->head.records;
	if (block_reader_ends(k))
		r->state = LAST_BLOCK;
	return 0;
}

/* --- index and footer --- */

/* Compares the index with what the blocks said, without keeping either. */
static int take_entries(struct trace_reader *r, const uint8_t head[SNT_INDEX_BYTES], uint64_t n,
			struct sim_error *err)
{
	uint8_t entry[16], sum[8];
	uint64_t chain = 0;
	int rc;

	for (uint64_t i = 0; i < n; i++) {
		rc = take(r, entry, sizeof(entry), "the index", err);
		if (rc)
			return rc;
		chain = format_chain(entry, chain);
	}
	rc = take(r, sum, sizeof(sum), "the index", err);
	if (rc)
		return rc;
	if (le_get(sum, 8) != format_chain(head, chain))
		return fail_at(r, r->block_at, "the index's checksum is wrong", err);
	if (r->way == STREAM && chain != r->index_sum)
		return fail_at(r, r->block_at, "the index does not match the blocks", err);
	return 0;
}

/* An index of which the first 4 bytes are in head. */
static int take_index(struct trace_reader *r, uint8_t *head, struct sim_error *err)
{
	uint64_t n;
	int rc;

	if (r->state != LAST_BLOCK)
		return fail_at(r, r->block_at, "the stream stops without its end record", err);
	rc = take(r, head + 4, SNT_INDEX_BYTES - 4, "the index", err);
	if (rc)
		return rc;
	n = le_get(head + 8, 8);
	if (le_get(head + 4, 4) || (r->way == STREAM && n != r->n_blocks))
		return fail_at(r, r->block_at, "the index does not match the blocks", err);
	return take_entries(r, head, n, err);
}

static int take_footer(struct trace_reader *r, struct sim_error *err)
{
	uint8_t foot[SNT_FOOTER_BYTES];
	struct snt_footer f;
	char where[sizeof(err->where)];
	int rc;

	snprintf(where, sizeof(where), "%.150s:+0x%" PRIx64, r->name, r->offset);
	if ((rc = take(r, foot, sizeof(foot), "the footer", err)) ||
	    (rc = format_footer_get(foot, &f, where, err)))
		return rc;
	if (f.index_offset != r->block_at || f.records != r->next)
		return sim_fail(err, SIM_EFORMAT, where,
				"the footer does not match what is before it");
	if (getc(r->f) != EOF)
		return fail_at(r, r->offset, "bytes after the footer", err);
	if (ferror(r->f))
		return sim_fail(err, SIM_EIO, r->name, "cannot read: %s", strerror(errno));
	r->state = END;
	return 0;
}

/* The next block; SIM_EOF when the file is rightly over. */
static int advance(struct trace_reader *r, struct sim_error *err)
{
	uint8_t head[SNT_BLOCK_BYTES];
	uint64_t magic;
	int rc;

	if (r->state == END)
		return SIM_EOF;
	r->block_at = r->offset;
	rc = take(r, head, 4, "the head of a block or the index", err);
	if (rc)
		return rc;
	magic = le_get(head, 4);
	if (magic == SNT_INDEX_MAGIC) {
		rc = take_index(r, head, err);
		if (!rc)
			rc = take_footer(r, err);
		return rc ? rc : SIM_EOF;
	}
	if (magic != SNT_BLOCK_MAGIC || r->state == LAST_BLOCK)
		return fail_at(r, r->block_at,
			       r->state == LAST_BLOCK
				       ? "no index after the end record"
				       : "neither a block (\"SNTB\") nor the index (\"SNTI\")",
			       err);
	rc = take_block(r, head, 4, err);
	return rc ? rc : load_block(r, err);
}

int trace_next(struct trace_reader *r, uint32_t max, struct batch *b, struct sim_error *err)
{
	const char *flaw;
	int nomem = 0, rc;

	if (r->block.at == r->block.head.records) {
		rc = advance(r, err);
		if (rc)
			return rc;
	}
	flaw = block_reader_batch(&r->block, max, b, &nomem);
	return flaw ? block_fail(r, flaw, nomem, err) : 0;
}

/* --- seeking --- */

static int seek_to(struct trace_reader *r, uint64_t offset, struct sim_error *err)
{
	if (!r->size)
		return sim_fail(err, SIM_EIO, r->name, "only a regular file can be sought in");
	if (offset > r->size || fseeko(r->f, (off_t)offset, SEEK_SET))
		return fail_at(r, offset, "the index points outside the file", err);
	r->offset = offset;
	return 0;
}

static int find_footer(struct trace_reader *r, struct snt_footer *f, struct sim_error *err)
{
	uint8_t foot[SNT_FOOTER_BYTES];
	int rc;

	if ((rc = seek_to(r, r->size < sizeof(foot) ? 0 : r->size - sizeof(foot), err)) ||
	    (rc = take(r, foot, sizeof(foot), "the footer", err)))
		return rc;
	return format_footer_get(foot, f, r->name, err);
}

int trace_length(struct trace_reader *r, uint64_t *records, struct sim_error *err)
{
	uint64_t at = r->offset;
	struct snt_footer f;
	int rc = find_footer(r, &f, err);

	if (rc)
		return rc;
	*records = f.records;
	return seek_to(r, at, err);
}

static int find_index(struct trace_reader *r, uint64_t *n, struct sim_error *err)
{
	uint8_t head[SNT_INDEX_BYTES];
	struct snt_footer f;
	int rc;

	if ((rc = find_footer(r, &f, err)) || (rc = seek_to(r, f.index_offset, err)) ||
	    (rc = take(r, head, sizeof(head), "the index", err)))
		return rc;
	*n = le_get(head + 8, 8);
	if (le_get(head, 4) != SNT_INDEX_MAGIC || le_get(head + 4, 4) || !*n)
		return fail_at(r, f.index_offset, "the footer does not point at an index", err);
	return 0;
}

/* Offset of the last block whose first record is not after `at`. */
static int find_block(struct trace_reader *r, uint64_t at, uint64_t *offset,
		      struct sim_error *err)
{
	uint8_t entry[16];
	uint64_t n;
	int rc = find_index(r, &n, err);

	*offset = 0;
	for (uint64_t i = 0; !rc && i < n; i++) {
		rc = take(r, entry, sizeof(entry), "the index", err);
		if (rc || (i && le_get(entry + 8, 8) > at))
			break;
		*offset = le_get(entry, 8);
	}
	return rc;
}

int trace_seek(struct trace_reader *r, uint64_t at, struct sim_error *err)
{
	uint8_t head[SNT_BLOCK_BYTES];
	uint64_t offset;
	int rc;

	r->way = SOUGHT;
	r->state = BLOCKS;
	if ((rc = find_block(r, at, &offset, err)) || (rc = seek_to(r, offset, err)))
		return rc;
	r->block_at = offset;
	rc = take_block(r, head, 0, err);
	r->next = r->block.head.first;
	return rc ? rc : load_block(r, err);
}

/* The header of the block that begins here; 0 records when something else does. */
static int peek_block(struct trace_reader *r, struct snt_block *head, struct sim_error *err)
{
	uint64_t at = r->offset;
	uint8_t bytes[SNT_BLOCK_BYTES];
	char where[sizeof(err->where)];
	int rc = take(r, bytes, sizeof(bytes), "a block header", err);

	*head = (struct snt_block){ 0 };
	if (!rc && le_get(bytes, 4) == SNT_BLOCK_MAGIC) {
		snprintf(where, sizeof(where), "%.150s:+0x%" PRIx64, r->name, at);
		rc = format_block_get(bytes, head, where, err);
	}
	return rc ? rc : seek_to(r, at, err);
}

int trace_skip_quiet(struct trace_reader *r, uint64_t at, uint64_t *skipped,
		     struct sim_error *err)
{
	struct block_reader *k = &r->block;
	int rc;

	*skipped = 0;
	while (!(rc = peek_block(r, &k->head, err))) {
		const struct snt_block *b = &k->head;

		if (!b->records || b->events || b->first != r->next ||
		    b->records > at - r->next)
			break;
		r->block_at = r->offset;
		rc = seek_to(r, r->offset + SNT_BLOCK_BYTES + format_block_payload(b), err);
		if (rc)
			break;
		index_note(r);
		*skipped += b->records;
		r->next += b->records;
	}
	k->head.records = 0; /* nothing is loaded */
	return rc;
}

/* --- opening, closing, asking --- */

static void find_size(struct trace_reader *r)
{
	struct stat s;
	int fd = fileno(r->f);

	if (fd >= 0 && !fstat(fd, &s) && S_ISREG(s.st_mode))
		r->size = (uint64_t)s.st_size;
}

static int reader_begin(struct trace_reader *r, struct sim_error *err)
{
	int rc;

	find_size(r);
	rc = take_head(r, err);
	if (!rc && block_reader_init(&r->block, r->meta.n_vcpu, r->block.flags))
		rc = sim_fail_nomem(err);
	return rc;
}

static int open_on(struct trace_reader **out, FILE *f, const char *name, unsigned flags,
		   struct sim_error *err)
{
	struct trace_reader *r = sim_calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return sim_fail_nomem(err);
	r->f = f;
	r->owner = BORROWED;
	r->block.flags = flags;
	r->name = sim_strdup(name);
	rc = r->name ? reader_begin(r, err) : sim_fail_nomem(err);
	if (rc) {
		trace_close(r);
		return rc;
	}
	*out = r;
	return 0;
}

int trace_open_stream(struct trace_reader **r, FILE *f, const char *name, unsigned flags,
		      struct sim_error *err)
{
	return open_on(r, f, name, flags, err);
}

int trace_open(struct trace_reader **r, const char *path, unsigned flags, struct sim_error *err)
{
	FILE *f;
	int rc;

	if (!strcmp(path, "-"))
		return open_on(r, stdin, "standard input", flags, err);
	f = fopen(path, "rb");
	if (!f)
		return sim_fail(err, SIM_EIO, path, "cannot open: %s", strerror(errno));
	rc = open_on(r, f, path, flags, err);
	if (rc)
		fclose(f);
	else
		(*r)->owner = OURS;
	return rc;
}

void trace_close(struct trace_reader *r)
{
	if (!r)
		return;
	block_reader_fini(&r->block);
	trace_meta_fini(&r->meta);
	if (r->owner == OURS)
		fclose(r->f);
	sim_free(r->name);
	sim_free(r);
}

const struct trace_meta *trace_meta(const struct trace_reader *r)
{
	return &r->meta;
}

unsigned trace_vcpu(const struct trace_reader *r)
{
	return r->block.vcpu;
}

uint64_t trace_bytes_read(const struct trace_reader *r)
{
	return r->offset;
}

uint64_t trace_bytes_total(const struct trace_reader *r)
{
	return r->size;
}
