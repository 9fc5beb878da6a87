/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest trace exits: what a log of a real KVM's tracepoints says. */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/cmd_trace.h"
#include "cli/stop.h"
#include "cli/table.h"
#include "trace/exit_table.h"

enum style { TABLES, LIST, JSON };

struct arguments {
	const char *path;
	uint64_t skip_bad;
	enum style style;
};

/* --- a line an event --- */

static void print_fields(const struct exit_log_event *e)
{
	static const char *const space[] = { "address", "gva", "gpa" };

	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		const char *name = exit_log_field_name((enum exit_log_field)i);

		if (!(e->has & 1u << i))
			continue;
		if (i == FIELD_LEVEL || i == FIELD_SPURIOUS || i == FIELD_FIXED)
			printf(" %s=%" PRIu64, name, e->field[i]);
		else
			printf(" %s=0x%" PRIx64, i == FIELD_ADDRESS ? space[e->space] : name,
			       e->field[i]);
	}
}

static void print_flags(const struct exit_log_event *e)
{
	static const char *const flag[] = { "direct", "unsync", "new", "invalid", "write" };

	for (unsigned i = 0; i < sizeof(flag) / sizeof(*flag); i++)
		if (e->flags & 1u << i)
			printf(" %s", flag[i]);
}

static void print_event(const struct exit_log_event *e)
{
	if (e->kind == EXIT_LOG_LOST) {
		printf("lost cpu=%" PRIu32 " events=%" PRIu64 "\n", e->cpu, e->count);
		return;
	}
	printf("%" PRIu64 " ", e->ns);
	if (e->vcpu == EXIT_LOG_NO_VCPU)
		printf("- %s", e->name);
	else
		printf("%" PRIu32 " %s", e->vcpu, e->name);
	if (e->kind == EXIT_LOG_EXIT)
		printf(" reason=\"%s\"", e->reason);
	if (e->kind == EXIT_LOG_ENTRY && e->reason[0])
		printf(" after=\"%s\" ns=%" PRIu64, e->reason, e->since);
	print_fields(e);
	print_flags(e);
	printf("\n");
}

/* --- tables --- */

static void print_head(const struct exit_table *t)
{
	uint64_t ns = t->events ? t->last_ns - t->first_ns : 0;

	printf("%" PRIu64 " events in %" PRIu64 ".%09" PRIu64 " s; vCPUs seen: %" PRIu64 "\n",
	       t->events, ns / 1000000000, ns % 1000000000, t->vcpus);
	if (t->losses)
		printf("lost by the kernel: %" PRIu64 " events, gaps: %" PRIu64
		       "; the counts are of what is left\n",
		       t->lost, t->losses);
}

static int print_reasons(const struct exit_rows *r, struct sim_error *err)
{
	static const char *const head[] = { "exit reason", "exits", "then entered", "mean ns",
					    "longest ns" };
	struct table t;
	int rc = table_init(&t, 5, err);

	for (unsigned i = 0; !rc && i < 5; i++)
		table_add(&t, i ? TABLE_RIGHT : TABLE_LEFT, "%s", head[i]);
	for (size_t i = 0; !rc && i < r->n; i++) {
		const struct exit_row *row = &r->row[i];

		table_add(&t, TABLE_LEFT, "%s", row->name);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, row->n);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, row->handled);
		table_add(&t, TABLE_RIGHT, "%" PRIu64,
			  row->handled ? row->ns / row->handled : 0);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, row->ns_max);
	}
	if (!rc)
		rc = table_print(&t, 1, stdout, err);
	table_fini(&t);
	return rc;
}

/* What the bits of a kvm_page_fault's code mean: KVM prints the exit qualification of an EPT
 * violation there (Intel SDM vol. 3C "Exit Qualification for EPT Violations"), and a page fault's
 * error code otherwise. */
static void fault_text(const struct exit_row *row, char text[96])
{
	static const char *const pf[] = { "P", "W", "U", "RSVD", "F", "PK", "SS" };
	static const char *const ept[] = { "read",     "write",	   "fetch",
					   "readable", "writable", "executable" };
	bool is_ept = !strncmp(row->name, "EPT_", 4);

	snprintf(text, 96, "0x%" PRIx64, row->code);
	for (unsigned i = 0; i < (is_ept ? 6u : 7u); i++)
		if (row->code & 1u << i) {
			size_t n = strlen(text);

			snprintf(text + n, 96 - n, " %s", is_ept ? ept[i] : pf[i]);
		}
}

static int print_faults(const struct exit_rows *r, struct sim_error *err)
{
	struct table t;
	int rc = table_init(&t, 3, err);

	if (!rc) {
		table_add(&t, TABLE_LEFT, "page fault after exit");
		table_add(&t, TABLE_LEFT, "error code");
		table_add(&t, TABLE_RIGHT, "count");
	}
	for (size_t i = 0; !rc && i < r->n; i++) {
		char code[96];

		fault_text(&r->row[i], code);
		table_add(&t, TABLE_LEFT, "%s", r->row[i].name[0] ? r->row[i].name : "unknown");
		table_add(&t, TABLE_LEFT, "%s", code);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, r->row[i].n);
	}
	if (!rc)
		rc = table_print(&t, 1, stdout, err);
	table_fini(&t);
	return rc;
}

static int print_points(const struct exit_rows *r, struct sim_error *err)
{
	struct table t;
	int rc = table_init(&t, 2, err);

	if (!rc) {
		table_add(&t, TABLE_LEFT, "tracepoint");
		table_add(&t, TABLE_RIGHT, "count");
	}
	for (size_t i = 0; !rc && i < r->n; i++) {
		table_add(&t, TABLE_LEFT, "%s", r->row[i].name);
		table_add(&t, TABLE_RIGHT, "%" PRIu64, r->row[i].n);
	}
	if (!rc)
		rc = table_print(&t, 1, stdout, err);
	table_fini(&t);
	return rc;
}

static void print_counters(const struct exit_table *t)
{
	printf("\nUnder KVM's names:\n");
	printf("  exits              %12" PRIu64 "\n", t->exits);
	printf("  mmu_cache_miss     %12" PRIu64 "  kvm_mmu_get_page ... new\n",
	       t->mmu_cache_miss);
	printf("  mmu_shadow_zapped  %12" PRIu64 "  kvm_mmu_prepare_zap_page\n",
	       t->mmu_shadow_zapped);
}

static int print_tables(const struct exit_table *t, struct sim_error *err)
{
	int rc = 0;

	print_head(t);
	if (t->reason.n) {
		printf("\n");
		rc = print_reasons(&t->reason, err);
	}
	if (!rc && t->fault.n) {
		printf("\n");
		rc = print_faults(&t->fault, err);
		printf("distinct pages: %" PRIu64 " by gva, %" PRIu64 " by gpa, %" PRIu64
		       " by an address of unknown kind\n",
		       t->pages_gva, t->pages_gpa, t->pages);
	}
	if (!rc && t->point.n) {
		printf("\n");
		rc = print_points(&t->point, err);
	}
	print_counters(t);
	return rc;
}

/* --- JSON --- */

static void set(json_t *o, const char *key, uint64_t value)
{
	json_object_set_new(o, key, json_integer((json_int_t)value));
}

static json_t *reasons_json(const struct exit_rows *r)
{
	json_t *all = json_object();

	for (size_t i = 0; i < r->n; i++) {
		json_t *o = json_object();

		set(o, "exits", r->row[i].n);
		set(o, "entered", r->row[i].handled);
		set(o, "ns", r->row[i].ns);
		set(o, "ns_max", r->row[i].ns_max);
		json_object_set_new(all, r->row[i].name, o);
	}
	return all;
}

static json_t *points_json(const struct exit_rows *r)
{
	json_t *all = json_object();

	for (size_t i = 0; i < r->n; i++)
		set(all, r->row[i].name, r->row[i].n);
	return all;
}

/* {"npf": {"0x100000004": 1}} */
static json_t *faults_json(const struct exit_rows *r)
{
	json_t *all = json_object();

	for (size_t i = 0; i < r->n; i++) {
		const char *reason = r->row[i].name[0] ? r->row[i].name : "unknown";
		char code[32];

		snprintf(code, sizeof(code), "0x%" PRIx64, r->row[i].code);
		if (!json_object_get(all, reason))
			json_object_set_new(all, reason, json_object());
		set(json_object_get(all, reason), code, r->row[i].n);
	}
	return all;
}

static int print_json(const struct arguments *a, const struct exit_log *l,
		      const struct exit_table *t)
{
	json_t *o = json_object();
	int rc;

	json_object_set_new(o, "file", json_string(a->path));
	set(o, "events", t->events);
	set(o, "lost", t->lost);
	set(o, "losses", t->losses);
	set(o, "bad_lines_skipped", l->skipped);
	set(o, "ns", t->events ? t->last_ns - t->first_ns : 0);
	set(o, "vcpus", t->vcpus);
	json_object_set_new(o, "exit_reasons", reasons_json(&t->reason));
	json_object_set_new(o, "page_faults", faults_json(&t->fault));
	json_object_set_new(o, "tracepoints", points_json(&t->point));
	set(o, "pages_gva", t->pages_gva);
	set(o, "pages_gpa", t->pages_gpa);
	set(o, "pages_unsaid", t->pages);
	set(o, "exits", t->exits);
	set(o, "mmu_cache_miss", t->mmu_cache_miss);
	set(o, "mmu_shadow_zapped", t->mmu_shadow_zapped);
	rc = json_dumpf(o, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	json_decref(o);
	printf("\n");
	return rc;
}

/* --- the log --- */

static int read_log(struct exit_log *l, const struct arguments *a, struct exit_table *t,
		    struct sim_error *err)
{
	struct exit_log_event e;
	int rc = 0;

	while (!rc && !ferror(stdout)) {
		rc = exit_log_next(l, &e, err);
		if (rc)
			break;
		if (a->style == LIST)
			print_event(&e);
		rc = exit_table_add(t, &e, err);
		if (!rc && stop_signal())
			rc = sim_fail(err, SIM_EINTR, a->path, "stopped");
	}
	return rc == SIM_EOF ? 0 : rc;
}

static int report(const struct arguments *a, const struct exit_log *l, struct exit_table *t,
		  struct sim_error *err)
{
	exit_table_sort(t);
	if (l->skipped)
		fprintf(stderr, "shadownest: %" PRIu64 " bad line%s passed over\n", l->skipped,
			l->skipped > 1 ? "s were" : " was");
	switch (a->style) {
	case TABLES:
		return print_tables(t, err);
	case JSON:
		return print_json(a, l, t)
			       ? sim_fail(err, SIM_EIO, NULL, "cannot write the JSON text")
			       : 0;
	case LIST:
		break;
	}
	return 0;
}

static int exits(const struct arguments *a, FILE *f, struct sim_error *err)
{
	struct exit_table t;
	struct exit_log l = { .skip_bad = 0 };
	struct trace_source in;
	int rc = source_init(&in, f, f == stdin ? "standard input" : a->path, err);

	exit_table_init(&t);
	if (!rc)
		rc = exit_log_init(&l, &in, a->skip_bad, err);
	if (!rc)
		rc = read_log(&l, a, &t, err);
	if (!rc && !t.events && !t.losses)
		rc = source_fail(&in, 0, "there is no event in it", err);
	if (!rc)
		rc = report(a, &l, &t, err);
	exit_log_fini(&l);
	exit_table_fini(&t);
	source_fini(&in);
	return rc;
}

static int exits_of_file(const struct arguments *a, struct sim_error *err)
{
	FILE *f = strcmp(a->path, "-") ? fopen(a->path, "rb") : stdin;
	int rc;

	if (!f)
		return sim_fail(err, SIM_EIO, a->path, "cannot open: %s", strerror(errno));
	rc = exits(a, f, err);
	if (f != stdin)
		fclose(f);
	return rc;
}

static void set_style(struct arguments *a, enum style style, struct argp_state *state)
{
	if (a->style != TABLES)
		argp_error(state, "--list or --json, not both");
	a->style = style;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	char *end;

	switch (key) {
	case 'j':
		set_style(a, JSON, state);
		return 0;
	case 'l':
		set_style(a, LIST, state);
		return 0;
	case 's':
		errno = 0;
		a->skip_bad = strtoull(arg, &end, 10);
		if (errno || end == arg || *end || arg[0] == '-')
			argp_error(state, "\"%s\" is not a number of lines", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (a->path)
			argp_usage(state);
		a->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->path)
			argp_error(state, "a log is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "list", 'l', NULL, 0, "print each event as a line, the same for any source",
		  0 },
		{ "json", 'j', NULL, 0, "print JSON, with every count under its name", 0 },
		{ "skip-bad", 's', "N", 0, "pass over at most N bad lines, and count them", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "LOG",
		.doc = "Counts what a real KVM did, from the text of its tracepoints: exits by "
		       "reason, page faults by error code, the pages that faulted, what its "
		       "MMU did. LOG (- is standard input; it may be packed) is the output of "
		       "\"trace-cmd report\", of \"perf script\", or a copy of "
		       "/sys/kernel/tracing/trace.\v"
		       "  trace-cmd record -e kvm -e kvmmmu sleep 10; trace-cmd report >log\n"
		       "  shadownest trace exits log\n"
		       "  shadownest trace exits --list log | head",
	};
	struct arguments a = { .path = NULL };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	stop_catch();
	return exits_of_file(&a, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_trace_exits = {
	.name = "exits",
	.summary = "count the exits in a log of a real KVM",
	.run = run,
};
