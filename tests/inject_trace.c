/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_trace.c - writing, reading and importing a small trace, for test_inject */
#include "config.h"

#include "inject_subjects.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace/exit_table.h"
#include "trace/import.h"
#include "trace/reader.h"
#include "trace/writer.h"

#define RECORDS 300u
#define BLOCK	64u

static const struct trace_meta meta = {
	.name = "small",
	.origin = "made by a test",
	.tools = "test_inject",
	.ram = { { 0, 16u << 20 } },
	.n_ram = 1,
	.n_vcpu = 1,
	.regs = { .cr0 = CR0_PG | CR0_WP,
		  .cr3 = 0x10000,
		  .cr4 = CR4_PAE,
		  .efer = EFER_LME | EFER_LMA },
	.has_tables = true,
	.has_frames = true,
};

static int write_records(struct trace_writer *w, struct sim_error *err)
{
	struct event page = { .kind = EVENT_PTPAGE, .gpa = 0x10000, .level = 4 },
		     end = { .kind = EVENT_END, .value = RECORDS };
	uint64_t words[512] = { 0x11003 };
	int rc = trace_writer_event(w, &page, words, err);

	for (unsigned i = 0; i < RECORDS && !rc; i++) {
		struct trace_access a = { .op = (uint8_t)(i % 2 ? OP_STORE : OP_LOAD),
					  .gva = gva_make((uint64_t)i * 5000),
					  .frame = i };

		rc = trace_writer_access(w, &a, err);
	}
	return rc ? rc : trace_writer_event(w, &end, NULL, err);
}

int inject_writer(void *arg, struct sim_error *err)
{
	const struct trace_writer_options opt = { .level = 1, .block = BLOCK };
	const char *path = arg;
	struct trace_writer *w;
	int rc = trace_writer_create(&w, path, &meta, &opt, err);

	if (rc)
		return rc;
	rc = write_records(w, err);
	if (rc)
		trace_writer_abort(w);
	else
		rc = trace_writer_close(w, err);
	if (rc && !access(path, F_OK))
		return sim_fail(err, SIM_EIO, path, "a failed writer left its file"), SIM_EIO;
	return rc;
}

int inject_reader(void *arg, struct sim_error *err)
{
	struct trace_reader *r;
	struct batch b;
	int rc = trace_open(&r, arg, TRACE_DETAIL, err);

	if (rc)
		return rc;
	do
		rc = trace_next(r, 50, &b, err);
	while (!rc);
	trace_close(r);
	return rc == SIM_EOF ? 0 : rc;
}

static void put(uint8_t *p, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* A GTR1 stream: header, the first CR3, one load, the end. */
static size_t gtr1(uint8_t p[128])
{
	static const uint8_t records[] = {
		1 << 3, 0,    0, 1, 0, 0, 0, 0, 0, /* CR3 0x10000 */
		0x81,	0x10, 6,		   /* LOAD of a byte at va 8, gpn 3 */
		0,	0			   /* END, no instructions */
	};

	memset(p, 0, 128);
	memcpy(p, "GTRC0001", 8);
	put(p + 8, meta.ram[0].bytes);
	put(p + 16, meta.regs.cr0);
	put(p + 24, meta.regs.cr3);
	put(p + 32, meta.regs.cr4);
	put(p + 40, meta.regs.efer);
	put(p + 48, 1);
	memcpy(p + 64, records, sizeof(records));
	return 64 + sizeof(records);
}

static int import(uint8_t *bytes, size_t n, const char *path, struct sim_error *err)
{
	const struct import_options opt = { .name = "x", .writer = { .level = 1 } };
	FILE *f = fmemopen(bytes, n, "rb");
	int rc;

	if (!f)
		return sim_fail(err, SIM_EIO, NULL, "no stream");
	rc = import_run(f, "small", path, &opt, err);
	fclose(f);
	return rc;
}

int inject_import(void *arg, struct sim_error *err)
{
	uint8_t bytes[128];

	return import(bytes, gtr1(bytes), arg, err);
}

int inject_import_packed(void *arg, struct sim_error *err)
{
	static const char text[] = "==7== Command: x\nI  1000,4\n L 2000,8\n";
	const struct inject_packed *p = arg;
	uint8_t bytes[512];

	return import(
		bytes,
		p->packer->pack(bytes, sizeof(bytes), (const uint8_t *)text, sizeof(text) - 1),
		p->path, err);
}

int inject_import_text(void *arg, struct sim_error *err)
{
	const struct inject_text *t = arg;
	uint8_t bytes[1024];

	memcpy(bytes, t->text, t->n);
	return import(bytes, t->n, t->path, err);
}

/* An archive of one file, "I  1000,4\n L 2000,8\n"; it must be a file itself. */
int inject_import_zip(void *arg, struct sim_error *err)
{
	static const uint8_t zip[] = {
		80, 75,	 3,  4,	 20, 0,	 0,  0,	 0,  0,	 0,  0,	 33, 0,	  253, 247, 54,	 111,
		20, 0,	 0,  0,	 20, 0,	 0,  0,	 1,  0,	 0,  0,	 97, 73,  32,  32,  49,	 48,
		48, 48,	 44, 52, 10, 32, 76, 32, 50, 48, 48, 48, 44, 56,  10,  80,  75,	 1,
		2,  20,	 3,  20, 0,  0,	 0,  0,	 0,  0,	 0,  33, 0,  253, 247, 54,  111, 20,
		0,  0,	 0,  20, 0,  0,	 0,  1,	 0,  0,	 0,  0,	 0,  0,	  0,   0,   0,	 0,
		0,  128, 1,  0,	 0,  0,	 0,  97, 80, 75, 5,  6,	 0,  0,	  0,   0,   1,	 0,
		1,  0,	 47, 0,	 0,  0,	 51, 0,	 0,  0,	 0,  0
	};
	const struct import_options opt = { .writer = { .level = 1 } };
	FILE *f = tmpfile();
	int rc;

	if (!f || fwrite(zip, 1, sizeof(zip), f) != sizeof(zip) || fseek(f, 0, SEEK_SET))
		return sim_fail(err, SIM_EIO, NULL, "no file");
	rc = import_run(f, "a.zip", arg, &opt, err);
	fclose(f);
	return rc;
}

static int read_exits(struct exit_log *l, struct exit_table *t, struct sim_error *err)
{
	struct exit_log_event e;
	int rc;

	while (!(rc = exit_log_next(l, &e, err))) {
		rc = exit_table_add(t, &e, err);
		if (rc)
			return rc;
	}
	return rc == SIM_EOF ? 0 : rc;
}

int inject_exit_log(void *arg, struct sim_error *err)
{
	struct exit_log l = { .skipped = 0 };
	struct exit_table t;
	struct trace_source in;
	FILE *f = fopen(arg, "rb");
	int rc;

	if (!f)
		return sim_fail(err, SIM_EIO, arg, "no such log");
	rc = source_init(&in, f, arg, err);
	exit_table_init(&t);
	if (!rc)
		rc = exit_log_init(&l, &in, 0, err);
	if (!rc)
		rc = read_exits(&l, &t, err);
	exit_log_fini(&l);
	exit_table_fini(&t);
	source_fini(&in);
	fclose(f);
	return rc;
}
