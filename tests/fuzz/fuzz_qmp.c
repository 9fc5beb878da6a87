/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_qmp.c - arbitrary bytes for a monitor, in pieces of which the first byte tells the size
 *
 * Whatever comes: it is taken, answers are whole lines of JSON, little waits, and the monitor goes on answering.
 */
#include <assert.h>
#include <string.h>

#include "monitor/qmp.h"
#include "monitor_guest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each message is JSON and ends in \r\n. */
static unsigned take_answers(struct qmp *q)
{
	unsigned answers = 0;
	json_error_t je;
	const char *out;
	size_t n;

	while (out = qmp_output(q, &n), n) {
		const char *end = memchr(out, '\n', n);
		json_t *v =
			end ? json_loadb(out, (size_t)(end - out), JSON_ALLOW_NUL, &je) : NULL;

		assert(n < QMP_OUTPUT_HIGH + ((size_t)1 << 20));
		assert(v && json_is_object(v) && end[-1] == '\r');
		json_decref(v);
		qmp_sent(q, (size_t)(end + 1 - out));
		answers++;
	}
	return answers;
}

static void feed(struct qmp *q, const uint8_t *data, size_t size, size_t piece)
{
	size_t at = 0;

	while (at < size) {
		size_t n = size - at < piece ? size - at : piece;

		at += qmp_input(q, (const char *)data + at, n);
		take_answers(q);
		assert(!qmp_has_failed(q));
	}
}

static void feed_text(struct qmp *q, const char *s)
{
	feed(q, (const uint8_t *)s, strlen(s), strlen(s));
}

/* libFuzzer takes a large allocation, such as the dirty bitmap of a petabyte, for a fault. */
static int object_add(void *arg, const struct backend_options *o, struct sim_error *err)
{
	if (o->size > (uint64_t)1 << 36)
		return sim_fail(err, SIM_ERANGE, "", "too large for this test");
	return monitor_boards_ops.object_add(arg, o, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char status[] = "{\"execute\": \"query-status\"}\n";
	struct monitor_ops ops = monitor_boards_ops;
	struct monitor_guest g;
	struct qmp *q;

	if (!size || monitor_guest_create(&g, NULL))
		return 0;
	ops.object_add = object_add;
	if (!qmp_create(&q, &ops, &g.boards, NULL)) {
		qmp_greet(q);
		assert(take_answers(q) == 1);
		feed_text(q, "{\"execute\": \"qmp_capabilities\"}\n");
		feed(q, data + 1, size - 1, 1 + data[0]);
		feed_text(q, "\"\xff\n"); /* out of whatever it was in */
		assert(qmp_input(q, status, strlen(status)) == strlen(status));
		assert(take_answers(q) == 1);
		qmp_destroy(q);
	}
	monitor_guest_destroy(&g);
	return 0;
}
