/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "trace/exit_log.h"

#include <string.h>

#include "base/alloc.h"
#include "trace/exit_line.h"

struct exit_log_thread {
	uint32_t vcpu;
	char reason[EXIT_LOG_NAME_MAX]; /* of the exit under way; empty: none */
	uint64_t ns;			/* of that exit */
	enum exit_log_space space;	/* of the faults that it makes */
};

int exit_log_init(struct exit_log *l, struct trace_source *in, uint64_t skip_bad,
		  struct sim_error *err)
{
	*l = (struct exit_log){ .skip_bad = skip_bad };
	map_init(&l->threads);
	return lines_init(&l->lines, in, err);
}

void exit_log_fini(struct exit_log *l)
{
	lines_fini(&l->lines);
	map_fini(&l->threads);
	sim_free(l->thread);
	l->thread = NULL;
}

/* The thread's place; made when it is new. */
static int thread_of(struct exit_log *l, uint32_t tid, struct exit_log_thread **thread,
		     struct sim_error *err)
{
	uint64_t i = l->n;
	void *array = l->thread;
	int rc;

	if (!map_get(&l->threads, tid, &i)) {
		if (l->n == EXIT_LOG_THREADS_MAX)
			return lines_fail(&l->lines, "more than 65536 threads", err);
		rc = sim_grow(&array, &l->cap, l->n, sizeof(*l->thread));
		l->thread = array;
		if (!rc)
			rc = map_put(&l->threads, tid, l->n);
		if (rc)
			return sim_fail_nomem(err);
		l->thread[l->n++] = (struct exit_log_thread){ .vcpu = EXIT_LOG_NO_VCPU };
	}
	*thread = &l->thread[i];
	return 0;
}

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* What an exit of this reason faults on: VMX's and SVM's names. */
static enum exit_log_space space_of(const char *reason)
{
	if (!strncmp(reason, "EPT_", 4) || !strcmp(reason, "npf"))
		return SPACE_GPA;
	return !strcmp(reason, "EXCEPTION_NMI") || ends_in(reason, " excp") ? SPACE_GVA
									    : SPACE_UNSAID;
}

/* What the lines before tell of this one. */
static void connect(struct exit_log_thread *t, struct exit_log_event *e)
{
	if (e->vcpu != EXIT_LOG_NO_VCPU)
		t->vcpu = e->vcpu;
	e->vcpu = t->vcpu;
	if (e->kind == EXIT_LOG_EXIT) {
		memcpy(t->reason, e->reason, sizeof(t->reason));
		t->ns = e->ns;
		t->space = space_of(e->reason);
		return;
	}
	memcpy(e->reason, t->reason, sizeof(e->reason));
	if (e->has & 1u << FIELD_ADDRESS && e->space == SPACE_UNSAID)
		e->space = t->space;
	if (e->kind == EXIT_LOG_ENTRY && t->reason[0]) {
		e->since = e->ns >= t->ns ? e->ns - t->ns : 0;
		t->reason[0] = '\0';
		t->space = SPACE_UNSAID;
	}
}

int exit_log_next(struct exit_log *l, struct exit_log_event *e, struct sim_error *err)
{
	const char *why = NULL;
	struct exit_log_thread *thread = NULL;
	struct slice line;
	int rc;

	for (;;) {
		enum exit_line got;

		rc = lines_next(&l->lines, &line, err);
		if (rc)
			return rc;
		got = exit_line_parse(line, e, &why);
		if (l->lines.is_cut) {
			got = EXIT_LINE_BAD;
			why = "the file ends inside this line";
		}
		if (got == EXIT_LINE_EVENT)
			break;
		if (got == EXIT_LINE_BAD && l->skipped++ == l->skip_bad)
			return lines_fail(&l->lines, why, err);
	}
	if (e->kind == EXIT_LOG_LOST)
		return 0;
	rc = thread_of(l, e->tid, &thread, err);
	if (!rc)
		connect(thread, e);
	return rc;
}

const char *exit_log_field_name(enum exit_log_field f)
{
	static const char *const name[FIELD_COUNT] = {
		[FIELD_RIP] = "rip",
		[FIELD_INFO1] = "info1",
		[FIELD_INFO2] = "info2",
		[FIELD_INTR_INFO] = "intr_info",
		[FIELD_ERROR_CODE] = "error_code",
		[FIELD_ADDRESS] = "address",
		[FIELD_GFN] = "gfn",
		[FIELD_PFN] = "pfn",
		[FIELD_LEVEL] = "level",
		[FIELD_PTE] = "pte",
		[FIELD_SPTE] = "spte",
		[FIELD_OLD_SPTE] = "old_spte",
		[FIELD_NEW_SPTE] = "new_spte",
		[FIELD_ACCESS] = "access",
		[FIELD_REGISTER] = "register",
		[FIELD_VALUE] = "value",
		[FIELD_VECTOR] = "vector",
		[FIELD_USED_PAGES] = "used_pages",
		[FIELD_SPURIOUS] = "spurious",
		[FIELD_FIXED] = "fixed",
		[FIELD_REQUESTS] = "requests",
	};

	return name[f];
}
