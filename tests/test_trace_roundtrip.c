/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written is what is read, however blocks and batches are cut. */
#include "config.h"

#include "check.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sample_trace.h"
#include "trace/reader.h"

#define RECORDS 3000u

static struct trace_reader *open_bytes(FILE **f, uint8_t *bytes, size_t n, unsigned flags)
{
	struct sim_error err = { 0 };
	struct trace_reader *r;

	*f = fmemopen(bytes, n, "rb");
	assert_non_null(*f);
	assert_int_equal(trace_open_stream(&r, *f, "bytes", flags, &err), 0);
	return r;
}

static bool crosses(const struct trace_access *a)
{
	uint64_t size = (uint64_t)1 << ((a->op & OP_SIZE) >> OP_SIZE_SHIFT);

	return (a->gva.v & 0xfff) + size > 0x1000;
}

static void same_event(const struct event *want, const struct event *got)
{
	assert_int_equal(got->kind, want->kind);
	assert_int_equal(got->level, want->level);
	assert_int_equal(got->vcpu, want->vcpu);
	assert_int_equal(got->n, want->n);
	assert_int_equal(got->pid, want->pid);
	assert_true(got->gva == want->gva && got->gpa == want->gpa);
	assert_true(got->value == want->value);
}

static void same_record(const struct sample_record *want, const struct batch *b, uint32_t i)
{
	uint64_t word[512];

	if (want->what == SAMPLE_EVENT) {
		const struct event *e = &b->event[b->gva[i]];

		assert_int_equal(b->op[i], OP_EVENT);
		same_event(&want->event, e);
		sample_words(want->words_seed, word);
		if (e->kind == EVENT_PTPAGE)
			assert_memory_equal(b->word + e->words, word, sizeof(word));
		return;
	}
	assert_int_equal(b->op[i], want->access.op | (crosses(&want->access) ? OP_CROSS : 0));
	assert_true(b->gva[i] == want->access.gva.v);
	if (b->frame)
		assert_true(b->frame[i] == want->access.frame);
	if (b->count)
		assert_true(b->count[i] == want->access.count);
}

/* The sums of a batch must be those of its records. */
static void same_sums(const struct sample_record *r, const struct batch *b)
{
	uint32_t n[4] = { 0 }, cross = 0;
	uint64_t instructions = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		n[b->op[i] & OP_KIND]++;
		cross += b->op[i] >> 6 & 1;
		instructions += r[i].what == SAMPLE_ACCESS ? r[i].access.count : 0;
	}
	assert_int_equal(b->n_load, n[OP_LOAD]);
	assert_int_equal(b->n_store, n[OP_STORE]);
	assert_int_equal(b->n_fetch, n[OP_FETCH]);
	assert_int_equal(b->n_event, n[OP_EVENT]);
	assert_int_equal(b->n_cross, cross);
	assert_true(b->instructions == instructions);
}

static void read_back(const struct sample_trace *s, struct trace_reader *r, uint32_t max,
		      unsigned flags)
{
	struct sim_error err = { 0 };
	struct batch b;
	size_t at = 0;
	unsigned vcpu = 0;
	int rc;

	while (assert_int_equal(trace_vcpu(r), at ? vcpu : 0),
	       !(rc = trace_next(r, max, &b, &err))) {
		assert_true(b.n > 0 && (!max || b.n <= max) && b.first == at);
		assert_true(!b.frame == !(flags & TRACE_DETAIL));
		assert_true(at + b.n <= s->n);
		same_sums(s->record + at, &b);
		for (uint32_t i = 0; i < b.n; i++, at++) {
			same_record(&s->record[at], &b, i);
			if (s->record[at].what == SAMPLE_EVENT &&
			    s->record[at].event.kind == EVENT_VCPU)
				vcpu = s->record[at].event.vcpu;
		}
	}
	assert_int_equal(rc, SIM_EOF);
	assert_int_equal(trace_next(r, max, &b, &err), SIM_EOF);
	assert_int_equal(at, s->n);
	assert_int_equal(err.code, 0);
}

static void any_cut(void **state)
{
	static const uint32_t blocks[] = { 1, 7, 64, 1000, 0 },
			      maxes[] = { 0, 1, 3, 100, 70000 };
	uint64_t seed = test_seed(11);

	(void)state;
	for (unsigned k = 0; k < 5; k++) {
		struct sample_trace s;
		size_t n;
		uint8_t *bytes;

		sample_trace_init(&s, seed + k, RECORDS);
		bytes = sample_trace_bytes(&s, blocks[k], &n);
		for (unsigned m = 0; m < 10; m++) {
			unsigned flags = m % 2 ? TRACE_DETAIL : 0;
			FILE *f;
			struct trace_reader *r = open_bytes(&f, bytes, n, flags);

			read_back(&s, r, maxes[m / 2], flags);
			assert_int_equal(trace_bytes_read(r), n);
			trace_close(r);
			fclose(f);
		}
		free(bytes);
		sample_trace_fini(&s);
	}
}

static void metadata(void **state)
{
	struct sample_trace s;
	size_t n;
	uint8_t *bytes;
	const struct trace_meta *m;
	struct trace_reader *r;
	FILE *f;

	(void)state;
	sample_trace_init(&s, 1, 100);
	bytes = sample_trace_bytes(&s, 0, &n);
	r = open_bytes(&f, bytes, n, 0);
	m = trace_meta(r);
	assert_string_equal(m->name, s.meta.name);
	assert_string_equal(m->origin, s.meta.origin);
	assert_string_equal(m->tools, s.meta.tools);
	assert_int_equal(m->n_ram, 2);
	assert_memory_equal(m->ram, s.meta.ram, 2 * sizeof(*m->ram));
	assert_int_equal(m->n_vcpu, SAMPLE_VCPUS);
	assert_memory_equal(&m->regs, &s.meta.regs, sizeof(m->regs));
	assert_true(m->has_tables && m->has_frames);
	assert_non_null(strstr(m->json, "\"5-level\""));
	assert_true(trace_meta_is_ram(m, 0) && !trace_meta_is_ram(m, 1));
	assert_true(trace_meta_is_ram(m, 0x100) && trace_meta_is_ram(m, 0x400ff));
	assert_false(trace_meta_is_ram(m, 0x40100));
	trace_close(r);
	fclose(f);
	free(bytes);
	sample_trace_fini(&s);
}

static void save(const char *path, const uint8_t *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static unsigned vcpu_before(const struct sample_trace *s, size_t at)
{
	while (at--)
		if (s->record[at].what == SAMPLE_EVENT &&
		    s->record[at].event.kind == EVENT_VCPU)
			return s->record[at].event.vcpu;
	return 0;
}

/* Entering at any record gives what stands there, and the rest up to the footer. */
static void seek(void **state)
{
	char path[] = "/tmp/snt-seek-XXXXXX";
	struct sim_error err = { 0 };
	struct sample_trace s;
	struct trace_reader *r;
	size_t n;
	uint8_t *bytes;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	sample_trace_init(&s, 5, RECORDS);
	bytes = sample_trace_bytes(&s, 100, &n);
	save(path, bytes, n);
	assert_int_equal(trace_open(&r, path, TRACE_DETAIL, &err), 0);
	assert_int_equal(trace_bytes_total(r), n);
	for (size_t k = 0; k < 40; k++) {
		size_t at = k * 7919 % (RECORDS + 500), first;
		struct batch b;

		assert_int_equal(trace_seek(r, at, &err), 0);
		first = (at < RECORDS ? at : RECORDS - 1) / 100 * 100;
		assert_int_equal(trace_vcpu(r), vcpu_before(&s, first));
		for (; first < RECORDS; first += b.n) {
			assert_int_equal(trace_next(r, 33, &b, &err), 0);
			assert_int_equal(b.first, first);
			for (uint32_t i = 0; i < b.n; i++)
				same_record(&s.record[first + i], &b, i);
		}
		assert_int_equal(trace_next(r, 33, &b, &err), SIM_EOF);
	}
	trace_close(r);
	unlink(path);
	free(bytes);
	sample_trace_fini(&s);
}

/* A pipe cannot be entered in the middle, but read. */
static void pipe_is_enough(void **state)
{
	struct sim_error err = { 0 };
	struct sample_trace s;
	struct trace_reader *r;
	size_t n;
	uint8_t *bytes;
	int fd[2];
	FILE *f;

	(void)state;
	sample_trace_init(&s, 6, 200);
	bytes = sample_trace_bytes(&s, 64, &n);
	assert_int_equal(pipe(fd), 0);
	assert_true(n < 65536 && write(fd[1], bytes, n) == (ssize_t)n);
	close(fd[1]);
	f = fdopen(fd[0], "rb");
	assert_int_equal(trace_open_stream(&r, f, "pipe", TRACE_DETAIL, &err), 0);
	assert_int_equal(trace_bytes_total(r), 0);
	read_back(&s, r, 0, TRACE_DETAIL);
	assert_int_equal(trace_seek(r, 0, &err), SIM_EIO);
	trace_close(r);
	fclose(f);
	free(bytes);
	sample_trace_fini(&s);
}

static void refused(struct trace_writer *w, int rc, const struct sim_error *err,
		    const char *why)
{
	assert_int_equal(rc, SIM_ERANGE);
	assert_non_null(strstr(err->text, why));
	trace_writer_abort(w);
}

static struct trace_writer *null_writer(FILE *f)
{
	const struct trace_meta meta = { .n_vcpu = 2 };
	struct sim_error err = { 0 };
	struct trace_writer *w;

	assert_int_equal(trace_writer_create_stream(&w, f, "null", &meta, NULL, &err), 0);
	return w;
}

static void refuse_access(FILE *f, const struct trace_access *a, const char *why)
{
	struct sim_error err = { 0 };
	struct trace_writer *w = null_writer(f);

	refused(w, trace_writer_access(w, a, &err), &err, why);
}

static void refuse_event(FILE *f, const struct event *e, const char *why)
{
	struct sim_error err = { 0 };
	struct trace_writer *w = null_writer(f);

	refused(w, trace_writer_event(w, e, NULL, &err), &err, why);
}

/* What the format cannot say is refused, not bent. */
static void writer_refuses(void **state)
{
	FILE *f = fopen("/dev/null", "wb");
	struct sim_error err = { 0 };
	struct trace_writer *w;

	(void)state;
	refuse_access(f, &(struct trace_access){ .op = OP_EVENT, .frame = FRAME_NONE }, "op");
	refuse_access(f, &(struct trace_access){ .op = OP_SIZE, .frame = FRAME_NONE }, "op");
	refuse_access(f, &(struct trace_access){ .op = OP_FETCH | 4, .frame = FRAME_NONE },
		      "op");
	refuse_access(f, &(struct trace_access){ .op = OP_LOAD, .frame = 1 }, "frame");
	refuse_access(f,
		      &(struct trace_access){ .op = OP_LOAD, .frame = FRAME_NONE, .count = 1 },
		      "fetch");
	refuse_event(f, &(struct event){ .kind = EVENT_VCPU, .vcpu = 2 }, "vCPU");
	refuse_event(f, &(struct event){ .kind = EVENT_KIND_COUNT }, "unknown");
	refuse_event(f, &(struct event){ .kind = EVENT_PTPAGE, .level = 6 }, "level");
	refuse_event(f, &(struct event){ .kind = EVENT_PTPAGE, .level = 1 }, "contents");
	refuse_event(f, &(struct event){ .kind = EVENT_PTW, .gpa = 4 }, "alignment");
	refuse_event(f, &(struct event){ .kind = EVENT_INVPCID, .n = 4 }, "number");
	refuse_event(f, &(struct event){ .kind = EVENT_INVPCID, .value = 4096 }, "value");
	w = null_writer(f);
	assert_int_equal(trace_writer_close(w, &err), SIM_ESTATE);
	fclose(f);
}

static void create_refuses(struct trace_meta meta, const char *why)
{
	struct sim_error err = { 0 };
	struct trace_writer *w;

	assert_int_equal(trace_writer_create(&w, "/tmp/never.snt", &meta, NULL, &err),
			 SIM_ERANGE);
	assert_non_null(strstr(err.text, why));
}

static void bad_metadata(void **state)
{
	(void)state;
	create_refuses((struct trace_meta){ .n_vcpu = 0 }, "vCPU");
	create_refuses((struct trace_meta){ .n_vcpu = 1, .n_ram = 1, .ram = { { 0, 100 } } },
		       "whole pages");
	create_refuses((struct trace_meta){ .n_vcpu = 1,
					    .n_ram = 2,
					    .ram = { { 0x2000, 0x2000 }, { 0x3000, 0x1000 } } },
		       "overlap");
	create_refuses((struct trace_meta){ .n_vcpu = 1,
					    .n_ram = 1,
					    .ram = { { 0xfffffffffffff000, 0x2000 } } },
		       "overlap");
}

/* Nothing stands under the name before the end; no other file stays. */
static void appears_whole(void **state)
{
	char folder[] = "/tmp/snt-whole-XXXXXX", path[64], temporary[80];
	const struct trace_meta meta = { .n_vcpu = 1 };
	const struct event end = { .kind = EVENT_END };
	struct sim_error err = { 0 };
	struct trace_writer *w;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.snt", folder);
	snprintf(temporary, sizeof(temporary), "%s.tmp0", path);
	assert_int_equal(trace_writer_create(&w, path, &meta, NULL, &err), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(temporary, F_OK), 0);
	trace_writer_abort(w);
	assert_int_equal(rmdir(folder), 0);

	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(trace_writer_create(&w, path, &meta, NULL, &err), 0);
	assert_int_equal(trace_writer_event(w, &end, NULL, &err), 0);
	assert_int_equal(trace_writer_close(w, &err), 0);
	assert_int_equal(access(temporary, F_OK), -1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(trace_writer_create(&w, "/dev/null", &meta, NULL, &err), SIM_EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_cut),	  cmocka_unit_test(metadata),
		cmocka_unit_test(seek),		  cmocka_unit_test(pipe_is_enough),
		cmocka_unit_test(writer_refuses), cmocka_unit_test(bad_metadata),
		cmocka_unit_test(appears_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
