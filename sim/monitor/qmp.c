/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/qmp.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "monitor/framer.h"
#include "monitor/qmp_commands.h"

struct qmp {
	struct monitor monitor;
	struct framer framer;
	struct text out; /* sent up to `sent` */
	size_t sent;
	bool is_connected, is_negotiated, has_failed;
};

static void on_event(void *arg, const char *name, json_t *data)
{
	qmp_event(arg, name, data);
}

int qmp_create(struct qmp **q, const struct monitor_ops *ops, void *arg, struct sim_error *err)
{
	*q = sim_calloc(1, sizeof(**q));
	if (!*q)
		return sim_fail_nomem(err);
	(*q)->monitor =
		(struct monitor){ .ops = ops, .arg = arg, .event = on_event, .event_arg = *q };
	framer_init(&(*q)->framer);
	return 0;
}

void qmp_destroy(struct qmp *q)
{
	if (!q)
		return;
	framer_fini(&q->framer);
	text_fini(&q->out);
	sim_free(q);
}

const struct monitor *qmp_monitor(const struct qmp *q)
{
	return &q->monitor;
}

bool qmp_has_failed(const struct qmp *q)
{
	return q->has_failed;
}

/* --- output --- */

const char *qmp_output(const struct qmp *q, size_t *n)
{
	*n = q->out.n - q->sent;
	return *n ? q->out.s + q->sent : "";
}

void qmp_sent(struct qmp *q, size_t n)
{
	q->sent += n;
	if (q->sent < q->out.n && q->sent < QMP_OUTPUT_HIGH)
		return;
	if (q->out.n > q->sent)
		memmove(q->out.s, q->out.s + q->sent, q->out.n - q->sent);
	q->out.n -= q->sent;
	q->sent = 0;
}

static bool is_high(const struct qmp *q)
{
	return q->has_failed || q->out.n - q->sent >= QMP_OUTPUT_HIGH;
}

static int write_out(const char *s, size_t n, void *arg)
{
	struct qmp *q = arg;

	text_add(&q->out, "%.*s", (int)n, s);
	return q->out.failed || q->out.n - q->sent > QMP_OUTPUT_MAX ? -1 : 0;
}

/* Sends a message, which it frees; NULL: there was no memory to make it. */
static void say(struct qmp *q, json_t *message)
{
	if (!message || json_dump_callback(message, write_out, q, JSON_ENSURE_ASCII) ||
	    write_out("\r\n", 2, q))
		q->has_failed = true;
	json_decref(message);
}

static json_t *greeting(void)
{
	return json_pack("{s:{s:o,s:[]}}", "QMP", "version", qmp_commands_version(),
			 "capabilities");
}

void qmp_hang_up(struct qmp *q)
{
	framer_fini(&q->framer);
	framer_init(&q->framer);
	text_fini(&q->out);
	q->sent = 0;
	q->is_connected = q->is_negotiated = q->has_failed = false;
}

void qmp_greet(struct qmp *q)
{
	qmp_hang_up(q);
	q->is_connected = true;
	say(q, greeting());
}

static json_t *timestamp(const struct qmp *q)
{
	const struct monitor *m = &q->monitor;
	uint64_t now = m->ops->now ? m->ops->now(m->arg) : 0;

	return json_pack("{s:I,s:I}", "seconds", (json_int_t)(now / 1000000), "microseconds",
			 (json_int_t)(now % 1000000));
}

void qmp_event(struct qmp *q, const char *name, json_t *data)
{
	json_t *event;

	if (!q->is_negotiated || q->has_failed) {
		json_decref(data);
		return;
	}
	event = json_pack("{s:o,s:s}", "timestamp", timestamp(q), "event", name);
	if (data && json_object_set_new(event, "data", data)) {
		json_decref(event);
		event = NULL;
	}
	say(q, event);
}

/* --- requests --- */

/* Adds the id of the request, where it has one. */
static void answer(struct qmp *q, json_t *reply, const json_t *request)
{
	json_t *id = json_object_get(request, "id");

	if (id && json_object_set(reply, "id", id)) {
		json_decref(reply);
		reply = NULL;
	}
	say(q, reply);
}

static void answer_fault(struct qmp *q, const struct monitor_fault *f, const json_t *request)
{
	char desc[sizeof(f->desc)];
	json_t *text = json_string(f->desc);

	if (!text) { /* cut within a character, or bytes of a file's name */
		snprintf(desc, sizeof(desc), "%s", f->desc);
		for (char *s = desc; *s; s++)
			*s = (char)((unsigned char)*s < 0x80 ? *s : '?');
		text = json_string(desc);
	}
	answer(q, json_pack("{s:{s:s,s:o}}", "error", "class", f->error_class, "desc", text),
	       request);
}

static int wrong_member(struct monitor_fault *f, const char *key, const char *type)
{
	return monitor_refuse(f, MONITOR_GENERIC, "QMP input member '%s' must be %s", key,
			      type);
}

static int check_member(const char *key, const json_t *v, struct monitor_fault *f)
{
	if (!strcmp(key, "id"))
		return 0;
	if (!strcmp(key, "execute"))
		return json_is_string(v) ? 0 : wrong_member(f, key, "a string");
	if (!strcmp(key, "arguments"))
		return json_is_object(v) ? 0 : wrong_member(f, key, "an object");
	return monitor_refuse(f, MONITOR_GENERIC, "QMP input member '%s' is unexpected", key);
}

static int check_request(json_t *request, struct monitor_fault *f)
{
	int rc = 0;

	if (!json_is_object(request))
		return monitor_refuse(f, MONITOR_GENERIC, "QMP input must be a JSON object");
	for (void *it = json_object_iter(request); it && !rc;
	     it = json_object_iter_next(request, it))
		rc = check_member(json_object_iter_key(it), json_object_iter_value(it), f);
	if (!rc && !json_object_get(request, "execute"))
		rc = monitor_refuse(f, MONITOR_GENERIC, "QMP input lacks member 'execute'");
	return rc;
}

/* Before the negotiation there is one command, after it all but that one. */
static const struct qmp_command *find(const struct qmp *q, const json_t *execute,
				      struct monitor_fault *f)
{
	const char *name = json_string_value(execute);
	bool is_whole = strlen(name) == json_string_length(execute);
	bool is_negotiation = !strcmp(name, "qmp_capabilities");
	const struct qmp_command *c = is_whole ? qmp_commands_find(name) : NULL;

	if (!is_negotiation && !q->is_negotiated)
		monitor_refuse(f, MONITOR_NO_COMMAND,
			       "Expecting capabilities negotiation with 'qmp_capabilities'");
	else if (is_negotiation && q->is_negotiated)
		monitor_refuse(f, MONITOR_NO_COMMAND,
			       "Capabilities negotiation is already complete, command ignored");
	else if (!c)
		monitor_refuse(f, MONITOR_NO_COMMAND, "The command %s has not been found",
			       name);
	return f->error_class ? NULL : c;
}

static json_t *run(struct qmp *q, json_t *request, struct monitor_fault *f)
{
	const json_t *args = json_object_get(request, "arguments");
	const struct qmp_command *c;
	json_t *result;

	if (check_request(request, f))
		return NULL;
	c = find(q, json_object_get(request, "execute"), f);
	if (!c || (c->args && qmp_args_check(args, c->args, f)))
		return NULL;
	result = c->run(&q->monitor, args, f);
	q->is_negotiated = q->is_negotiated || result;
	return result;
}

static void serve(struct qmp *q, json_t *request)
{
	struct monitor_fault f = { .error_class = NULL };
	json_t *result = run(q, request, &f);

	if (result)
		answer(q, json_pack("{s:o}", "return", result), request);
	else if (f.error_class)
		answer_fault(q, &f, request);
	else
		q->has_failed = true;
}

static void serve_wrong(struct qmp *q, const char *what)
{
	struct monitor_fault f = { .error_class = NULL };

	monitor_refuse(&f, MONITOR_GENERIC, "%s", what);
	answer_fault(q, &f, NULL);
}

/* What the grammar cannot know. */
static const char *complaint(const json_error_t *je)
{
	switch ((int)json_error_code(je)) {
	case json_error_duplicate_key:
		return "JSON parse error, duplicate key";
	case json_error_invalid_utf8:
		return "JSON parse error, invalid UTF-8 sequence in string";
	case json_error_numeric_overflow:
		return "JSON parse error, number out of range";
	default:
		return "JSON parse error, invalid escape sequence in string";
	}
}

static void serve_value(struct qmp *q, const struct text *t)
{
	json_error_t je;
	json_t *request = json_loadb(
		t->s, t->n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &je);

	if (request)
		serve(q, request);
	else if (!je.text[0] || json_error_code(&je) == json_error_out_of_memory)
		q->has_failed = true;
	else
		serve_wrong(q, complaint(&je));
	json_decref(request);
}

static void take(struct qmp *q, enum framer_result r)
{
	struct framer *f = &q->framer;

	if (r == FRAMER_MORE)
		return;
	if (f->text.failed)
		q->has_failed = true;
	else if (r == FRAMER_VALUE)
		serve_value(q, &f->text);
	else
		serve_wrong(q, f->wrong);
	framer_next(f);
}

size_t qmp_input(struct qmp *q, const char *bytes, size_t n)
{
	size_t at = 0, taken;

	while (q->is_connected && at < n && !is_high(q)) {
		take(q, framer_feed(&q->framer, bytes + at, n - at, &taken));
		at += taken;
	}
	return at;
}
