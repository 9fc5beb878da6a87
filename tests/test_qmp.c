/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_qmp.c - the monitor's protocol over a guest without devices: what is sent, what must come back
 *
 * The words of errors are those that a QEMU 7.2 answered to the same input (tests/check_qmp asks one again).
 */
#include "check.h"

#include <string.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "monitor/framer.h"
#include "monitor/hmp.h"
#include "monitor/qmp.h"
#include "monitor_guest.h"

struct talk {
	struct monitor_guest guest;
	struct qmp *q;
};

/* Takes all that waits, as a string. */
static const char *said(struct talk *t)
{
	static char buf[1 << 20];
	size_t n;
	const char *out = qmp_output(t->q, &n);

	assert_true(n < sizeof(buf));
	memcpy(buf, out, n);
	buf[n] = '\0';
	qmp_sent(t->q, n);
	return buf;
}

static void feed(struct talk *t, const char *bytes, size_t n)
{
	assert_int_equal(qmp_input(t->q, bytes, n), n);
}

/* Sends a line, and expects exactly this, without the \r\n of each message. */
static void ask(struct talk *t, const char *line, const char *want)
{
	char expected[4096];

	feed(t, line, strlen(line));
	feed(t, "\n", 1);
	snprintf(expected, sizeof(expected), "%s%s", want, *want ? "\r\n" : "");
	assert_string_equal(said(t), expected);
}

static void ask_error(struct talk *t, const char *line, const char *desc)
{
	char want[2048];

	snprintf(want, sizeof(want),
		 "{\"error\": {\"class\": \"GenericError\", \"desc\": \"%s\"}}", desc);
	ask(t, line, want);
}

static void ask_args(struct talk *t, const char *command, const char *args, const char *desc)
{
	char line[2048];

	snprintf(line, sizeof(line), "{\"execute\": \"%s\", \"arguments\": %s}", command, args);
	if (desc)
		ask_error(t, line, desc);
	else
		ask(t, line, "{\"return\": {}}");
}

static void ask_human(struct talk *t, const char *line, const char *answer)
{
	char request[1024], want[2048];

	snprintf(request, sizeof(request),
		 "{\"execute\": \"human-monitor-command\", \"arguments\": {\"command-line\": "
		 "\"%s\"}}",
		 line);
	snprintf(want, sizeof(want), "{\"return\": \"%s\"}", answer);
	ask(t, request, want);
}

static void ask_human_has(struct talk *t, const char *line, const char *part,
			  const char *not_part)
{
	char request[256];
	const char *answer;

	snprintf(request, sizeof(request),
		 "{\"execute\": \"human-monitor-command\", \"arguments\": {\"command-line\": "
		 "\"%s\"}}",
		 line);
	feed(t, request, strlen(request));
	answer = said(t);
	if (!strstr(answer, part) || (not_part && strstr(answer, not_part)))
		fail_msg("%s: %s", line, answer);
}

static const struct backend_options *backend(const struct talk *t, const char *id)
{
	const struct board_backend *k;

	for (size_t i = 0; (k = board_backend_at(t->guest.small.board, i)); i++)
		if (!strcmp(k->id, id))
			return &k->options;
	fail_msg("no backend %s", id);
	return NULL;
}

/* Without the negotiation. */
static int begin_fresh(void **state)
{
	struct talk *t = sim_calloc(1, sizeof(*t));
	struct sim_error err = { .code = 0 };

	assert_non_null(t);
	assert_int_equal(monitor_guest_create(&t->guest, &err), 0);
	assert_int_equal(qmp_create(&t->q, &monitor_boards_ops, &t->guest.boards, &err), 0);
	qmp_greet(t->q);
	*state = t;
	return 0;
}

static int begin(void **state)
{
	begin_fresh(state);
	said(*state);
	ask(*state, "{\"execute\": \"qmp_capabilities\"}", "{\"return\": {}}");
	return 0;
}

static int end(void **state)
{
	struct talk *t = *state;

	assert_false(qmp_has_failed(t->q));
	qmp_destroy(t->q);
	monitor_guest_destroy(&t->guest);
	sim_free(t);
	return 0;
}

static const char prelaunch[] =
	"{\"return\": {\"status\": \"prelaunch\", \"singlestep\": false, \"running\": false}";

static void alive(struct talk *t)
{
	char want[256];

	snprintf(want, sizeof(want), "%s, \"id\": 77}", prelaunch);
	ask(t, "{\"execute\": \"query-status\", \"id\": 77}", want);
}

/* --- the protocol --- */

static void greeting_and_negotiation(void **state)
{
	struct talk *t = *state;
	const char *greeting = said(t);

	assert_ptr_equal(strstr(greeting,
				"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, "
				"\"minor\": 2, \"major\": 7}, \"package\": \"shadownest"),
			 greeting);
	assert_non_null(strstr(greeting, "\"}, \"capabilities\": []}}\r\n"));
	ask(t, "{\"execute\": \"query-status\", \"id\": \"a\"}",
	    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"Expecting capabilities "
	    "negotiation with 'qmp_capabilities'\"}, \"id\": \"a\"}");
	qmp_event(t->q, "STOP", NULL);
	assert_string_equal(said(t), "");
	ask_args(t, "qmp_capabilities", "{\"enable\": \"x\"}",
		 "Invalid parameter type for 'enable', expected: array");
	ask_args(t, "qmp_capabilities", "{\"enable\": [1]}",
		 "Invalid parameter type for 'enable[0]', expected: string");
	ask_args(t, "qmp_capabilities", "{\"enable\": [\"oob\"]}",
		 "Capability oob not available");
	ask_args(t, "qmp_capabilities", "{\"enable\": [\"foo\"]}",
		 "Parameter 'null' does not accept value 'foo'");
	ask_args(t, "qmp_capabilities", "{\"foo\": 1}", "Parameter 'foo' is unexpected");
	ask_args(t, "qmp_capabilities", "{\"enable\": []}", NULL);
	ask(t, "{\"execute\": \"qmp_capabilities\"}",
	    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"Capabilities negotiation "
	    "is already complete, command ignored\"}}");
	alive(t);
	qmp_greet(t->q); /* the next client begins anew */
	assert_non_null(strstr(said(t), "\"QMP\""));
	ask(t, "{\"execute\": \"stop\"}",
	    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"Expecting capabilities "
	    "negotiation with 'qmp_capabilities'\"}}");
}

static void ids_of_every_type(void **state)
{
	static const char *const ids[] = {
		"null",
		"true",
		"false",
		"0",
		"-5",
		"1.5",
		"9223372036854775807",
		"-9223372036854775808",
		"\"\"",
		"\"it's\"",
		"\"\\u00E9\\uD83D\\uDE00\\n/\"",
		"\"a\\u0000b\"",
		"[]",
		"{}",
		"[1, null, {\"a\": [2.5, \"x\"]}]",
		"1.8446744073709552e19",
	};
	char line[256], want[256];

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		snprintf(line, sizeof(line), "{\"id\": %s, \"execute\": \"query-status\"}",
			 ids[i]);
		snprintf(want, sizeof(want), "%s, \"id\": %s}", prelaunch, ids[i]);
		ask(*state, line, want);
		snprintf(line, sizeof(line), "{\"id\": %s, \"execute\": \"x\"}", ids[i]);
		snprintf(
			want, sizeof(want),
			"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command x "
			"has not been found\"}, \"id\": %s}",
			ids[i]);
		ask(*state, line, want);
	}
	/* wider than 63 bits: a real number; beyond all numbers: none */
	snprintf(want, sizeof(want), "%s, \"id\": 1.8446744073709552e19}", prelaunch);
	ask(*state, "{\"execute\": \"query-status\", \"id\": 18446744073709551615}", want);
	ask_error(*state, "{\"execute\": \"query-status\", \"id\": 1e999}",
		  "JSON parse error, number out of range");
}

static void requests_that_are_none(void **state)
{
	struct talk *t = *state;

	ask_error(t, "[]", "QMP input must be a JSON object");
	ask_error(t, "5", "QMP input must be a JSON object");
	ask_error(t, "null", "QMP input must be a JSON object");
	ask_error(t, "'a'", "QMP input must be a JSON object");
	ask(t, "{'execute': 'query-name', 'id': '\\\\\\'\\\"\"'}",
	    "{\"return\": {}, \"id\": \"\\\\'\\\"\\\"\"}");
	ask_error(t, "{}", "QMP input lacks member 'execute'");
	ask_error(t, "{\"execute\": 1}", "QMP input member 'execute' must be a string");
	ask_error(t, "{\"execute\": \"stop\", \"arguments\": null}",
		  "QMP input member 'arguments' must be an object");
	ask_error(t, "{\"execute\": \"stop\", \"x\": 1}", "QMP input member 'x' is unexpected");
	ask_error(t, "{\"exec-oob\": \"stop\"}", "QMP input member 'exec-oob' is unexpected");
	ask(t, "{\"execute\": \"a\\nb\"}",
	    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command a\\nb has not "
	    "been found\"}}");
	ask(t, "{\"execute\": \"stop\\u0000x\"}",
	    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command stop has not "
	    "been found\"}}");
	alive(t);
}

/* --- the stream --- */

static void values_in_a_stream(void **state)
{
	static const char two[] = " \r\n\t{\"execute\": \"query-name\"}{'execute':'query-name',"
				  "'id':'it\\'s \"x\"'} \n";
	struct talk *t = *state;

	feed(t, two, strlen(two));
	assert_string_equal(
		said(t),
		"{\"return\": {}}\r\n{\"return\": {}, \"id\": \"it's \\\"x\\\"\"}\r\n");
	for (size_t i = 0; i < strlen(two); i++)
		feed(t, two + i, 1);
	assert_string_equal(
		said(t),
		"{\"return\": {}}\r\n{\"return\": {}, \"id\": \"it's \\\"x\\\"\"}\r\n");
}

static void wrong_json(void **state)
{
	static const struct {
		const char *line, *desc;
	} all[] = {
		{ "{\"a\":1,}", "expecting value" },
		{ "{,}", "expecting value" },
		{ "[1,]", "expecting value" },
		{ "[,1]", "expecting value" },
		{ "}", "expecting value" },
		{ "]", "expecting value" },
		{ ",", "expecting value" },
		{ ":", "expecting value" },
		{ "[}", "expecting value" },
		{ "{\"execute\":}", "expecting value" },
		{ "{\"a\"}", "missing : in object pair" },
		{ "{\"a\" 1}", "missing : in object pair" },
		{ "{1:2}", "key is not a string in object" },
		{ "{[]}", "key is not a string in object" },
		{ "{true:1}", "key is not a string in object" },
		{ "{a:1}", "invalid keyword 'a'" },
		{ "{\"a\":1 \"b\":2}", "expected separator in dict" },
		{ "{\"a\":1x}", "expected separator in dict" },
		{ "[1 2]", "expected separator in list" },
		{ "[1,2}", "expected separator in list" },
		{ "nullx", "invalid keyword 'nullx'" },
		{ "[1,{\"a\":tru}]", "invalid keyword 'tru'" },
		{ "[-}", "stray '-}'" },
		{ "[1.}", "stray '1.}'" },
		{ "[1.5e}", "stray '1.5e}'" },
		{ "[1e+}", "stray '1e+}'" },
		{ "\"abc", "stray '\\\"abc\\n'" },
		{ "[\"\\", "stray '\\\"\\\\\\n'" },
		{ "['a\"", "stray ''a\\\"\\n'" },
		{ "{\"a\":1,\"a\":2}", "duplicate key" },
		{ "\"\\q\"", "invalid escape sequence in string" },
		{ "\"\xc3\"", "invalid UTF-8 sequence in string" },
		{ "\"\xed\xa0\x80\"", "invalid UTF-8 sequence in string" },
	};
	char desc[128];

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		snprintf(desc, sizeof(desc), "JSON parse error, %s", all[i].desc);
		ask_error(*state, all[i].line, desc);
		alive(*state);
	}
}

/* Errors within a line: what follows the next structural character is read again. */
static void resynchronising(void **state)
{
	struct talk *t = *state;
	const char *out;

	ask(t, "{\"execute\": \"query-status\", \"id\": 01}",
	    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, stray '01'\"}}"
	    "\r\n{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, expecting "
	    "value\"}}");
	feed(t, "{\"execute\": \"query-status\"", 26);
	feed(t, "\xff", 1);
	out = said(t);
	assert_non_null(strstr(out, "JSON parse error, stray '\\uFFFD'"));
	alive(t);
	feed(t, "\0\f", 2);
	out = said(t);
	assert_non_null(strstr(out, "stray ''"));
	assert_non_null(strstr(out, "stray '\\f'"));
	alive(t);
}

/* n times what is opened, then n times what closes it. */
static char *nested(size_t n, char open, char close)
{
	char *s = sim_calloc(2 * n + 1, 1);

	assert_non_null(s);
	memset(s, open, n);
	memset(s + n, close, n);
	return s;
}

static void nesting(void **state)
{
	struct talk *t = *state;
	char *s = nested(FRAMER_DEPTH_MAX, '[', ']');

	ask_error(t, s, "QMP input must be a JSON object");
	sim_free(s);
	s = nested(FRAMER_DEPTH_MAX + 1, '[', ']');
	feed(t, s, FRAMER_DEPTH_MAX + 1);
	assert_string_equal(said(t),
			    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON "
			    "nesting depth limit exceeded\"}}\r\n");
	sim_free(s);
	alive(t);
}

static size_t count(const char *s, const char *what)
{
	size_t n = 0;

	for (; (s = strstr(s, what)); s += strlen(what))
		n++;
	return n;
}

/* 200000 closing brackets: each is an error, but only so many answers wait. */
static void answers_that_nobody_reads(void **state)
{
	struct talk *t = *state;
	char *s = nested(100000, ']', ']');
	size_t taken = 0, rounds = 0, errors = 0, n;

	while (taken < 200000) {
		n = qmp_input(t->q, s + taken, 200000 - taken);
		assert_true(n > 0);
		taken += n;
		qmp_output(t->q, &n);
		assert_true(n < QMP_OUTPUT_HIGH + 1000);
		if (taken < 200000)
			assert_int_equal(qmp_input(t->q, s + taken, 200000 - taken), 0);
		errors += count(said(t), "expecting value");
		rounds++;
	}
	assert_int_equal(errors, 200000);
	assert_true(rounds > 100);
	sim_free(s);
	alive(t);
}

/* A string, a list and a number that never end. */
static void endless_input(void **state)
{
	static const char *const begins[] = { "{\"execute\": \"", "{\"execute\": [",
					      "{\"a\": 1" };
	static const char *const middles[] = { "xxxxxxxxxxxxxxxx", "1,22,{},\"abcd\",",
					       "11111111" };
	struct talk *t = *state;
	size_t limits = 0;

	for (size_t kind = 0; kind < 3; kind++) {
		feed(t, begins[kind], strlen(begins[kind]));
		for (unsigned i = 0; i < 100000; i++) {
			feed(t, middles[kind], strlen(middles[kind]));
			limits += count(said(t), "JSON token size limit exceeded");
		}
		feed(t, "\"\n", 2);
		said(t);
		feed(t, "\n", 1);
		said(t);
		assert_true(limits > kind);
		alive(t);
	}
}

static void largest_message(void **state)
{
	struct talk *t = *state;
	size_t n = FRAMER_BYTES_MAX - strlen("{\"execute\":\"query-name\",\"id\":\"\"}");
	char *line = sim_calloc(FRAMER_BYTES_MAX + 2, 1);

	assert_non_null(line);
	memset(line, 'x', FRAMER_BYTES_MAX);
	memcpy(line, "{\"execute\":\"query-name\",\"id\":\"", 30);
	memcpy(line + 30 + n, "\"}", 2);
	feed(t, line, FRAMER_BYTES_MAX);
	assert_int_equal(strlen(said(t)), strlen("{\"return\": {}, \"id\": \"\"}\r\n") + n);
	line[30 + n] = 'x';
	memcpy(line + 31 + n, "\"}", 2);
	feed(t, line, FRAMER_BYTES_MAX + 1);
	assert_non_null(strstr(said(t), "JSON token size limit exceeded"));
	sim_free(line);
	alive(t);
}

/* A thousand random requests, whole and in random pieces: the same answers. */
static void pieces(void **state)
{
	static const char *const words[] = { "{",
					     "}",
					     "[",
					     "]",
					     ":",
					     ",",
					     "\"execute\"",
					     "\"query-status\"",
					     "1",
					     "-0.5",
					     "true",
					     "nul",
					     "\n",
					     " ",
					     "'",
					     "\"",
					     "\\",
					     "\"id\"",
					     "{\"execute\":\"query-name\"}\n" };
	struct talk *t = *state;
	static char whole[1 << 20];
	char line[1024];
	struct rng r;

	rng_seed(&r, test_seed(4));
	for (unsigned i = 0; i < 1000; i++) {
		size_t n = 0, at = 0;

		for (unsigned k = 0; k < 20; k++)
			n += (size_t)snprintf(
				line + n, sizeof(line) - n, "%s",
				words[rng_below(&r, sizeof(words) / sizeof(*words))]);
		n += (size_t)snprintf(line + n, sizeof(line) - n, "\n\"\xff\n");
		feed(t, line, n);
		snprintf(whole, sizeof(whole), "%s", said(t));
		while (at < n) {
			size_t piece = 1 + (size_t)rng_below(&r, n - at);

			feed(t, line + at, piece);
			at += piece;
		}
		assert_string_equal(said(t), whole);
		alive(t);
	}
}

/* --- commands --- */

static void about_the_monitor(void **state)
{
	struct talk *t = *state;
	const char *out;

	feed(t, "{\"execute\": \"query-version\"}", 28);
	assert_non_null(strstr(said(t), "{\"return\": {\"qemu\": {\"micro\": 0, \"minor\": 2, "
					"\"major\": 7}, \"package\": \"shadownest"));
	feed(t, "{\"execute\": \"query-commands\"}", 29);
	out = said(t);
	assert_int_equal(count(out, "{\"name\": "), 17);
	assert_non_null(strstr(out, "{\"name\": \"device_add\"}"));
	assert_non_null(strstr(out, "{\"name\": \"query-memory-size-summary\"}"));
	ask_args(t, "query-commands", "{\"x\": 1}", "Parameter 'x' is unexpected");
	ask_args(t, "query-status", "{\"x\": 1}", "Parameter 'x' is unexpected");
}

static void running_and_stopping(void **state)
{
	struct talk *t = *state;

	ask(t, "{\"execute\": \"cont\", \"id\": 1}",
	    "{\"timestamp\": {\"seconds\": 5, \"microseconds\": 7}, \"event\": \"RESUME\"}\r\n"
	    "{\"return\": {}, \"id\": 1}");
	ask(t, "{\"execute\": \"query-status\"}",
	    "{\"return\": {\"status\": \"running\", \"singlestep\": false, \"running\": true}}");
	ask_args(t, "cont", "{}", NULL);
	ask(t, "{\"execute\": \"stop\"}",
	    "{\"timestamp\": {\"seconds\": 5, \"microseconds\": 7}, \"event\": \"STOP\"}\r\n"
	    "{\"return\": {}}");
	ask_args(t, "stop", "{}", NULL);
	ask(t, "{\"execute\": \"query-status\"}",
	    "{\"return\": {\"status\": \"paused\", \"singlestep\": false, \"running\": false}}");
	t->guest.boards.state = MONITOR_SHUTDOWN;
	ask_args(t, "cont", "{}", "Resetting the Virtual Machine is required");
	ask_human(t, "info status", "VM status: paused (shutdown)\\r\\n");
	qmp_event(t->q, "SHUTDOWN",
		  json_pack("{s:b,s:s}", "guest", 1, "reason", "guest-shutdown"));
	assert_string_equal(said(t),
			    "{\"timestamp\": {\"seconds\": 5, \"microseconds\": 7}, \"event\": "
			    "\"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": "
			    "\"guest-shutdown\"}}\r\n");
	assert_false(t->guest.boards.has_quit);
	ask(t, "{\"execute\": \"quit\", \"id\": 9}",
	    "{\"timestamp\": {\"seconds\": 5, \"microseconds\": 7}, \"event\": \"SHUTDOWN\", "
	    "\"data\": {\"guest\": false, \"reason\": \"host-qmp-quit\"}}\r\n"
	    "{\"return\": {}, \"id\": 9}");
	assert_true(t->guest.boards.has_quit);
}

static void objects(void **state)
{
	struct talk *t = *state;

	ask_args(t, "object-add",
		 "{\"qom-type\": \"memory-backend-ram\", \"id\": \"m1\", \"size\": 134217728}",
		 NULL);
	ask_args(t, "object-add",
		 "{\"qom-type\": \"memory-backend-ram\", \"id\": \"m1\", \"size\": 134217728}",
		 "attempt to add duplicate property 'm1' to object (type 'container')");
	ask(t, "{\"execute\": \"query-memdev\"}",
	    "{\"return\": [{\"share\": false, \"reserve\": true, \"prealloc\": false, "
	    "\"host-nodes\": [], \"size\": 268435456, \"merge\": true, \"dump\": true, "
	    "\"policy\": \"default\", \"id\": \"pc.ram\"}, {\"share\": false, \"reserve\": true, "
	    "\"prealloc\": false, \"host-nodes\": [], \"size\": 134217728, \"merge\": true, "
	    "\"dump\": true, \"policy\": \"default\", \"id\": \"m1\"}]}");
	ask_args(t, "object-add", "{}", "Parameter 'qom-type' is missing");
	ask_error(t, "{\"execute\": \"object-add\"}", "Parameter 'qom-type' is missing");
	ask_args(t, "object-add", "{\"id\": \"m2\"}", "Parameter 'qom-type' is missing");
	ask_args(t, "object-add", "{\"qom-type\": \"memory-backend-foo\", \"id\": \"m2\"}",
		 "Parameter 'qom-type' does not accept value 'memory-backend-foo'");
	ask_args(t, "object-add", "{\"qom-type\": \"memory-backend-ram\"}",
		 "Parameter 'id' is missing");
	ask_args(t, "object-add", "{\"qom-type\": \"memory-backend-ram\", \"id\": \"m2\"}",
		 "Parameter 'size' is missing");
	ask_args(t, "object-add",
		 "{\"qom-type\": \"memory-backend-ram\", \"id\": \"m2\", \"size\": \"128M\"}",
		 "Parameter 'size' expects uint64");
	ask_args(t, "object-add",
		 "{\"qom-type\": \"memory-backend-ram\", \"id\": \"m2\", \"size\": 0}",
		 "property 'size' of memory-backend-ram doesn't take value '0'");
	ask_args(t, "object-add",
		 "{\"qom-type\": \"memory-backend-ram\", \"id\": \"m2\", \"size\": -1}",
		 "Parameter 'size' expects uint64");
	ask_args(
		t, "object-add",
		"{\"qom-type\": \"memory-backend-ram\", \"id\": \"m2\", \"size\": 1, \"foo\": 1}",
		"Parameter 'foo' is unexpected");
	ask_args(t, "object-add",
		 "{\"qom-type\": \"memory-backend-ram\", \"id\": \"m 2\", \"size\": 1}",
		 "Parameter 'id' expects an identifier");
	ask_args(
		t, "object-add",
		"{\"qom-type\": \"memory-backend-ram\", \"id\": \"m2\", \"size\": 1, \"share\": "
		"\"on\"}",
		"Invalid parameter type for 'share', expected: boolean");
	ask_args(
		t, "object-add",
		"{\"qom-type\": \"memory-backend-ram\", \"id\": \"m2\", \"size\": 1, \"policy\": "
		"\"x\"}",
		"Parameter 'policy' does not accept value 'x'");
	ask_args(t, "object-add",
		 "{\"qom-type\": \"memory-backend-file\", \"id\": \"m2\", \"size\": 1}",
		 "Parameter 'mem-path' is missing");
	ask_args(t, "object-del", "{\"id\": \"pc.ram\"}",
		 "object 'pc.ram' is in use, can not be deleted");
	ask_args(t, "object-del", "{\"id\": \"nope\"}", "object 'nope' not found");
	ask_args(t, "object-del", "{\"id\": \"m1\"}", NULL);
	ask_args(t, "object-del", "{\"id\": \"m1\"}", "object 'm1' not found");
	ask_args(t, "object-del", "{}", "Parameter 'id' is missing");
	ask_args(t, "object-del", "{\"id\": 5}",
		 "Invalid parameter type for 'id', expected: string");
}

static void devices(void **state)
{
	struct talk *t = *state;

	ask_args(t, "object-add",
		 "{\"qom-type\": \"memory-backend-ram\", \"id\": \"m1\", \"size\": 134217728}",
		 NULL);
	ask_args(t, "device_add", "{}", "Parameter 'driver' is missing");
	ask_args(t, "device_add", "{\"driver\": \"foo\", \"id\": \"d1\"}",
		 "'foo' is not a valid device model name");
	ask_args(t, "device_add", "{\"driver\": \"pc-dimm\", \"id\": \"d1\"}",
		 "'memdev' property must be set");
	ask_args(t, "device_add",
		 "{\"driver\": \"pc-dimm\", \"id\": \"d 1\", \"memdev\": \"m1\"}",
		 "Parameter 'id' expects an identifier");
	ask_args(t, "device_add", "{\"driver\": \"pc-dimm\", \"memdev\": \"m1\", \"x\": 1}",
		 "Property 'pc-dimm.x' not found");
	ask_args(t, "device_add",
		 "{\"driver\": \"pc-dimm\", \"memdev\": \"m1\", \"slot\": \"x\"}",
		 "Parameter 'slot' expects integer");
	ask_args(t, "device_add", "{\"driver\": \"pc-dimm\", \"memdev\": \"m1\", \"slot\": 5}",
		 "invalid slot number 5, valid range is [0-2]");
	ask(t,
	    "{\"execute\": \"device_add\", \"arguments\": {\"driver\": \"pc-dimm\", \"memdev\": "
	    "\"m9\"}}",
	    "{\"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"Device 'm9' not found\"}}");
	ask_args(
		t, "device_add",
		"{\"driver\": \"pc-dimm\", \"id\": \"d1\", \"memdev\": \"m1\", \"slot\": \"0\"}",
		NULL);
	ask_args(t, "device_add",
		 "{\"driver\": \"pc-dimm\", \"id\": \"d1\", \"memdev\": \"m1\"}",
		 "Duplicate device ID 'd1'");
	ask_args(t, "device_add", "{\"driver\": \"pc-dimm\", \"memdev\": \"m1\"}",
		 "can't use already busy memdev: m1");
	ask(t, "{\"execute\": \"query-memory-devices\"}",
	    "{\"return\": [{\"type\": \"dimm\", \"data\": {\"memdev\": \"/objects/m1\", "
	    "\"hotplugged\": true, \"addr\": 4294967296, \"hotpluggable\": true, \"size\": "
	    "134217728, \"slot\": 0, \"node\": 0, \"id\": \"d1\"}}]}");
	ask(t, "{\"execute\": \"query-memory-size-summary\"}",
	    "{\"return\": {\"base-memory\": 268435456, \"plugged-memory\": 134217728}}");
	ask_args(t, "object-del", "{\"id\": \"m1\"}",
		 "object 'm1' is in use, can not be deleted");
	ask(t, "{\"execute\": \"device_del\", \"arguments\": {\"id\": \"x\"}}",
	    "{\"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"Device 'x' not found\"}}");
	ask(t,
	    "{\"execute\": \"device_del\", \"arguments\": {\"id\": "
	    "\"/machine/peripheral/d1\"}}",
	    "{\"timestamp\": {\"seconds\": 5, \"microseconds\": 7}, \"event\": \"DEVICE_DELETED\", "
	    "\"data\": {\"device\": \"d1\", \"path\": \"/machine/peripheral/d1\"}}\r\n"
	    "{\"return\": {}}");
	ask(t, "{\"execute\": \"query-memory-devices\"}", "{\"return\": []}");
	ask_args(t, "device_add", "{\"driver\": \"pc-dimm\", \"memdev\": \"m1\"}", NULL);
	ask(t, "{\"execute\": \"query-memory-devices\"}",
	    "{\"return\": [{\"type\": \"dimm\", \"data\": {\"memdev\": \"/objects/m1\", "
	    "\"hotplugged\": true, \"addr\": 4294967296, \"hotpluggable\": true, \"size\": "
	    "134217728, \"slot\": 0, \"node\": 0}}]}");
}

static void stats(void **state)
{
	struct talk *t = *state;

	ask(t, "{\"execute\": \"query-stats\", \"arguments\": {\"target\": \"vm\"}}",
	    "{\"return\": [{\"provider\": \"kvm\", \"stats\": [{\"name\": \"pages_4k\", \"value\": "
	    "7}, {\"name\": \"mmu_unsync\", \"value\": 3}]}]}");
	ask(t,
	    "{\"execute\": \"query-stats\", \"arguments\": {\"target\": \"vm\", \"providers\": "
	    "[{\"provider\": \"kvm\", \"names\": [\"mmu_unsync\", \"nope\"]}]}}",
	    "{\"return\": [{\"provider\": \"kvm\", \"stats\": [{\"name\": \"mmu_unsync\", \"value\": "
	    "3}]}]}");
	ask(t,
	    "{\"execute\": \"query-stats\", \"arguments\": {\"target\": \"vm\", \"providers\": "
	    "[{\"provider\": \"kvm\", \"names\": []}]}}",
	    "{\"return\": []}");
	ask(t, "{\"execute\": \"query-stats\", \"arguments\": {\"target\": \"vcpu\"}}",
	    "{\"return\": []}");
	ask_args(t, "query-stats", "{}", "Parameter 'target' is missing");
	ask_args(t, "query-stats", "{\"target\": \"foo\"}",
		 "Parameter 'target' does not accept value 'foo'");
	ask_args(t, "query-stats", "{\"target\": \"vm\", \"providers\": {}}",
		 "Invalid parameter type for 'providers', expected: array");
	ask_args(t, "query-stats", "{\"target\": \"vm\", \"providers\": [5]}",
		 "Invalid parameter type for 'providers[0]', expected: object");
	ask_args(t, "query-stats", "{\"target\": \"vm\", \"providers\": [{}]}",
		 "Parameter 'providers[0].provider' is missing");
	ask_args(t, "query-stats",
		 "{\"target\": \"vm\", \"providers\": [{\"provider\": \"kvm\", \"x\": 1}]}",
		 "Parameter 'providers[0].x' is unexpected");
	ask_args(
		t, "query-stats",
		"{\"target\": \"vm\", \"providers\": [{\"provider\": \"kvm\", \"names\": [1]}]}",
		"Invalid parameter type for 'providers[0].names[0]', expected: string");
}

/* --- people --- */

static void human_info(void **state)
{
	struct talk *t = *state;

	ask_human(t, "", "");
	ask_human(t, "  info   status  ", "VM status: paused (prelaunch)\\r\\n");
	ask_human_has(t, "info mtree", "\\naddress-space: memory\\r\\n", "[disabled]");
	ask_human_has(t, "info mtree -D", "\\naddress-space: memory\\r\\n", NULL);
	ask_human_has(t, "info mtree -D", "[disabled]", "FlatView");
	ask_human_has(t, "info mtree -f", "\"FlatView #0\\r\\n", NULL);
	ask_human_has(t, "info mtree -f -D", "\"FlatView #0\\r\\n", NULL);
	ask_human(t, "info mtree -x",
		  "mtree: unsupported option -x\\r\\nTry \\\"help info mtree\\\" for more "
		  "information\\r\\n");
	ask_human(t, "info mtree -D -f",
		  "mtree: extraneous characters at the end of line\\r\\nTry \\\"help info "
		  "mtree\\\" for more information\\r\\n");
	ask_human(t, "info mtree -fD",
		  "mtree: extraneous characters at the end of line\\r\\nTry \\\"help info "
		  "mtree\\\" for more information\\r\\n");
	ask_human_has(t, "info ramblock", " pc.ram ", NULL);
	ask_human(t, "info memory-devices", "");
	ask_human(t, "info memory_size_summary",
		  "base memory: 268435456\\r\\nplugged memory: 0\\r\\n");
	ask_human_has(t, "info memdev", "\"memory backend: pc.ram\\r\\n", NULL);
	ask_human_has(t, "info numa", "\"1 nodes\\r\\nnode 0 cpus: 0\\r\\n", NULL);
	ask_human(t, "foo", "unknown command: 'foo'\\r\\n");
	ask_human(t, "info fo o", "unknown command: 'info fo'\\r\\n");
	ask_human(t, "info/ status", "unknown command: 'info'\\r\\n");
	ask_human(
		t, "stop x",
		"stop|s: extraneous characters at the end of line\\r\\nTry \\\"help stop\\\" for "
		"more information\\r\\n");
	ask_human(t, "help c", "cont|c  -- let the guest run\\r\\n");
	ask_human(t, "help stop cont", "stop|s  -- halt the guest\\r\\n");
	ask_human(t, "help info numa", "info numa  -- NUMA nodes and their memory\\r\\n");
	ask_human(t, "help info foo", "unknown command: 'info foo'\\r\\n");
	ask_error(t, "{\"execute\": \"human-monitor-command\", \"arguments\": {}}",
		  "Parameter 'command-line' is missing");
	ask_args(t, "human-monitor-command",
		 "{\"command-line\": \"info status\", \"cpu-index\": 3}",
		 "Parameter 'cpu-index' expects a CPU number");
}

static void human_changes(void **state)
{
	struct talk *t = *state;

	ask_human(t, "object_add memory-backend-ram,id=m1,size=128M,share=on", "");
	assert_true(backend(t, "m1")->backing.is_shared);
	ask_human(
		t,
		"object_add qom-type=memory-backend-ram,id=m2,size=4M,size=2M,policy=bind,host-nodes.1=1,host-nodes.0=1,",
		"");
	assert_int_equal(backend(t, "m2")->size, 2 << 20);
	assert_int_equal(backend(t, "m2")->backing.host_nodes[0], 2);
	ask_human(t, "object_add memory-backend-ram,id=m3,size=abc",
		  "Error: Parameter 'size' expects size\\r\\n");
	ask_human(t, "object_add memory-backend-ram,id=m3,size=1M x",
		  "Error: Parameter 'size' expects size\\r\\n");
	ask_human(t, "object_add memory-backend-ram,id=m3,size=1M,share",
		  "Error: Expected '=' after parameter 'share'\\r\\n");
	ask_human(t, "object_add memory-backend-ram,id=m3,size=1M,share=foo",
		  "Error: Parameter 'share' expects 'on' or 'off'\\r\\n");
	ask_human(t, "object_add memory-backend-ram,id=m3,size=1M,host-nodes=0",
		  "Error: Invalid parameter type for 'host-nodes', expected: array\\r\\n");
	ask_human(t, "object_add memory-backend-ram,id=m3,size=1M,host-nodes=1,host-nodes.0=0",
		  "Error: Parameters 'host-nodes.*' used inconsistently\\r\\n");
	ask_human(t, "object_add memory-backend-ram,id=m3,size=1M,host-nodes.0=0,host-nodes=1",
		  "Error: Parameters 'host-nodes.*' used inconsistently\\r\\n");
	ask_human(t,
		  "object_add memory-backend-ram,id=m3,size=1M,host-nodes.3=0,host-nodes.0=1",
		  "Error: Parameter 'host-nodes.1' missing\\r\\n");
	ask_human(t, "object_add memory-backend-ram,id=m3,size=1M,host-nodes.-1=0",
		  "Error: Invalid parameter 'host-nodes.-1'\\r\\n");
	ask_human(t, "object_add memory-backend-ram,id=m3,size=1M,foo=1",
		  "Error: Parameter 'foo' is unexpected\\r\\n");
	ask_human(t, "object_add foo,id=m3",
		  "Error: Parameter 'qom-type' does not accept value 'foo'\\r\\n");
	ask_human(t, "object_add",
		  "object_add: string expected\\r\\nTry \\\"help object_add\\\" for more "
		  "information\\r\\n");
	ask_human(t, "device_add", "Error: Parameter 'driver' is missing\\r\\n");
	ask_human(t, "device_add id=x", "Error: Parameter 'driver' is missing\\r\\n");
	ask_human(t, "device_add pc-dimm,id=d1,memdev=m1", "");
	assert_string_equal(board_dimm_at(t->guest.small.board, 0)->id, "d1");
	ask_human(t, "object_del m1", "Error: object 'm1' is in use, can not be deleted\\r\\n");
	ask_human(t, "object_del \\\"m2\\\"", "");
	ask_human(t, "object_del \\\"m2",
		  "object_del: string expected\\r\\nTry \\\"help "
		  "object_del\\\" for more information\\r\\n");
	ask_human(t, "object_del a b",
		  "object_del: extraneous characters at the end of line\\r\\nTry \\\"help "
		  "object_del\\\" for more information\\r\\n");
	ask_human(t, "device_del nope", "Error: Device 'nope' not found\\r\\n");
	ask(t,
	    "{\"execute\": \"human-monitor-command\", \"arguments\": {\"command-line\": "
	    "\"device_del d1\"}}",
	    "{\"timestamp\": {\"seconds\": 5, \"microseconds\": 7}, \"event\": \"DEVICE_DELETED\", "
	    "\"data\": {\"device\": \"d1\", \"path\": \"/machine/peripheral/d1\"}}\r\n"
	    "{\"return\": \"\"}");
	ask(t,
	    "{\"execute\": \"human-monitor-command\", \"arguments\": {\"command-line\": \"c\"}}",
	    "{\"timestamp\": {\"seconds\": 5, \"microseconds\": 7}, \"event\": \"RESUME\"}\r\n"
	    "{\"return\": \"\"}");
	ask_human(t, "info status", "VM status: running\\r\\n");
}

/* Without a client: as the command line has it. */
static void human_alone(void **state)
{
	struct talk *t = *state;
	const struct monitor m = { .ops = &monitor_boards_ops, .arg = &t->guest.boards };
	struct text out = { .s = NULL };

	assert_int_equal(hmp_run(&m, "info mtree -f", &out), 0);
	assert_ptr_equal(strstr(out.s, "FlatView #0\n"), out.s);
	assert_int_equal(hmp_run(&m, "cont", &out), 0);
	assert_int_equal(t->guest.boards.state, MONITOR_RUNNING);
	assert_int_equal(hmp_run(&m, "q", &out), 0);
	assert_true(t->guest.boards.has_quit);
	assert_int_equal(hmp_run(&m, "help", &out), 0);
	assert_non_null(strstr(out.s, "\ninfo [subcommand] -- "));
	assert_int_equal(hmp_run(&m, "info", &out), 0);
	assert_non_null(strstr(out.s, "\ninfo mtree [-f][-D] -- "));
	assert_int_equal(hmp_run(&m, " ", &out), 0);
	text_fini(&out);
}

/* The status of a command line; what is no UTF-8 comes from there alone. */
static void human_fails(void **state)
{
	static const struct {
		const char *line, *says;
	} bad[] = {
		{ "nonsense", "unknown command: 'nonsense'\n" },
		{ "info nonsense", "unknown command: 'info nonsense'\n" },
		{ "help nonsense", "unknown command: 'nonsense'\n" },
		{ "info mtree -o", "Error: a dispatch tree (-d)" },
		{ "info mtree -x", "mtree: unsupported option -x\n" },
		{ "stop x", "stop|s: extraneous characters" },
		{ "object_del", "object_del: string expected\n" },
		{ "object_del nope", "Error: object 'nope' not found\n" },
		{ "object_add memory-backend-ram,id=m1", "Error: Parameter 'size' is missing" },
		{ "device_add pc-dimm,memdev=nope", "Error: Device 'nope' not found\n" },
		{ "device_del nope", "Error: Device 'nope' not found\n" },
		{ "object_add memory-backend-ram,id=m1,size=1M,merge=\xff",
		  "Error: Parameter 'merge' is not UTF-8\n" },
		{ "object_add memory-backend-ram,id=m1,size=1M,\xff=on",
		  "Error: Invalid parameter '\xff'\n" },
		{ "device_add pc-dimm,memdev=\xc3",
		  "Error: Parameter 'memdev' is not UTF-8\n" },
		{ "cont", "Error: Resetting the Virtual Machine is required\n" },
	};
	struct talk *t = *state;
	const struct monitor m = { .ops = &monitor_boards_ops, .arg = &t->guest.boards };

	t->guest.boards.state = MONITOR_SHUTDOWN;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct text out = { .s = NULL };

		if (hmp_run(&m, bad[i].line, &out) != -1 ||
		    strncmp(out.s, bad[i].says, strlen(bad[i].says)) != 0)
			fail_msg("%s: %s", bad[i].line, out.s);
		text_fini(&out);
	}
}

#define FRESH(f) cmocka_unit_test_setup_teardown(f, begin_fresh, end)
#define TEST(f)	 cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(greeting_and_negotiation),
		TEST(ids_of_every_type),
		TEST(requests_that_are_none),
		TEST(values_in_a_stream),
		TEST(wrong_json),
		TEST(resynchronising),
		TEST(nesting),
		TEST(answers_that_nobody_reads),
		TEST(endless_input),
		TEST(largest_message),
		TEST(pieces),
		TEST(about_the_monitor),
		TEST(running_and_stopping),
		TEST(objects),
		TEST(devices),
		TEST(stats),
		TEST(human_info),
		TEST(human_changes),
		TEST(human_alone),
		TEST(human_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
