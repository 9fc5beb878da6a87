/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gen_digest - an XXH64 of the records of each workload, as tests/gen.digests has them
 *
 * Little-endian: of an access its op, gva and count; of an event op, kind, pid, n, gva, gpa and value.
 * check_gen builds it with several compilers and options and wants the same lines.
 */
#include <stdio.h>
#include <xxhash.h>

#include "gen_stream.h"

#define SPEC(workload, parameters)                                                             \
	"{\"workload\": \"" workload "\", \"seed\": 42, \"parameters\": {" parameters "}}"

static const char *const specs[] = {
	SPEC("gups", "\"count\": 100000"),
	SPEC("gups", "\"count\": 100000, \"bytes\": \"1T\""),
	SPEC("gups", "\"count\": 1000, \"pages\": \"hugepage\""),
	SPEC("gups", "\"count\": 1000, \"pages\": \"hugetlb-1G\", \"bytes\": 12345"),
	SPEC("pointer-chase", "\"count\": 100000"),
	SPEC("pointer-chase", "\"count\": 100000, \"bytes\": \"1T\", \"node\": 192"),
	SPEC("stream", "\"bytes\": \"1M\", \"count\": 2"),
	SPEC("stream", "\"bytes\": \"64K\", \"kernel\": \"triad\", \"access\": 8"),
	SPEC("stride", "\"count\": 100000, \"stride\": 4160"),
	SPEC("zipf", "\"count\": 100000"),
	SPEC("zipf",
	     "\"count\": 100000, \"exponent\": 1, \"order\": \"ranked\", \"update\": 50"),
	SPEC("zipf", "\"count\": 100000, \"exponent\": 0.5, \"bytes\": \"1T\", \"item\": 1000"),
	SPEC("zipf", "\"count\": 100000, \"exponent\": 7.999, \"touch\": 1000"),
	SPEC("btree", "\"count\": 20000"),
	SPEC("btree",
	     "\"count\": 20000, \"keys\": \"64G\", \"exponent\": 1.2, \"placement\": \"level\", "
	     "\"update\": 30"),
	SPEC("hash", "\"count\": 20000, \"load\": 90, \"hit\": 50, \"update\": 10"),
	SPEC("hash", "\"count\": 20000, \"kind\": \"chained\", \"load\": 200, \"hit\": 70"),
	SPEC("graph", "\"count\": 50000"),
	SPEC("graph", "\"count\": 50000, \"vertices\": \"4G\", \"order\": \"degree\""),
	SPEC("graph",
	     "\"count\": 200000, \"kind\": \"bfs\", \"vertices\": 5000, \"skew\": 1.1"),
	SPEC("mmap-churn", "\"count\": 2000"),
	SPEC("mmap-churn", "\"count\": 2000, \"sizes\": \"geometric\", \"touch\": 30"),
	SPEC("mmap-churn", "\"count\": 2000, \"sizes\": \"zipf\", \"shape\": 1.1"),
	SPEC("mmap-churn", "\"count\": 2000, \"sizes\": \"uniform\""),
	SPEC("mmap-churn",
	     "\"count\": 200, \"sizes\": \"constant\", \"pages\": \"nohugepage\""),
	SPEC("fork-storm", "\"count\": 20, \"children\": 3"),
	SPEC("fork-storm", "\"count\": 20, \"child\": \"exec\""),
	SPEC("switch-ring", "\"count\": 2000, \"processes\": 7"),
	SPEC("switch-ring", "\"count\": 2000, \"order\": \"sequential\", \"touch\": 1000"),
	"{\"workload\": \"mix\", \"seed\": 42, \"parts\": [{\"workload\": \"gups\", \"parameters\": "
	"{\"count\": 1000}}, {\"workload\": \"fork-storm\", \"parameters\": {\"count\": 5}}]}",
	"{\"workload\": \"mix\", \"parameters\": {\"order\": \"interleaved\", \"burst\": 7}, \"parts\": "
	"[{\"workload\": \"zipf\", \"parameters\": {\"count\": 1000}}, {\"workload\": \"mmap-churn\", "
	"\"parameters\": {\"count\": 200}}, {\"workload\": \"switch-ring\", \"parameters\": "
	"{\"count\": 300}}]}",
};

static size_t put(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * i);
	return bytes;
}

static size_t pack(const struct gen_record *r, uint8_t p[64])
{
	const struct event *e = r->event;
	size_t n = put(p, r->op, 1);

	n += put(p + n, e ? e->gva : r->gva, 8);
	n += put(p + n, r->count, 8);
	if (e) {
		n += put(p + n, (uint64_t)e->kind, 1);
		n += put(p + n, e->pid, 4);
		n += put(p + n, e->n, 4);
		n += put(p + n, e->gpa, 8);
		n += put(p + n, e->value, 8);
	}
	return n;
}

static int digest(const char *text)
{
	XXH64_state_t *x = XXH64_createState();
	struct sim_error err = { 0 };
	struct gen_record r;
	struct gen_stream s;
	uint64_t records = 0;
	uint8_t bytes[64];

	if (!x || gen_stream_open(&s, text, &err)) {
		fprintf(stderr, "gen_digest: %s %s: %s\n", text, err.where, err.text);
		return 1;
	}
	XXH64_reset(x, 0);
	for (; !gen_stream_next(&s, &r); records++)
		XXH64_update(x, bytes, pack(&r, bytes));
	printf("%016llx %llu %s\n", (unsigned long long)XXH64_digest(x),
	       (unsigned long long)records, text);
	XXH64_freeState(x);
	gen_stream_close(&s);
	return 0;
}

int main(void)
{
	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++)
		if (digest(specs[i]))
			return 1;
	return 0;
}
