/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/compare_report.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "cli/table.h"

bool compared_is_equal(const struct compared *x)
{
	return !x->err.code && !x->c.n_differ &&
	       !(x->has_translations && translations_mismatches(&x->t));
}

size_t compare_report_failures(const struct compare_list *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += !compared_is_equal(&l->item[i]);
	return n;
}

static const char *verdict_of(const struct compared *x)
{
	if (x->err.code)
		return "failed";
	return compared_is_equal(x) ? "equal" : "DIFFERS";
}

static const char *line_verdict(const struct compare_line *l)
{
	static const char *const name[] = { "equal", "DIFFERS", "not judged" };

	return name[l->verdict];
}

static bool varies(const struct compare_line *l)
{
	return l->verdict != COMPARE_SHOWN && l->kvm.min != l->kvm.max;
}

/* --- text --- */

static void add_summary(struct table *t, const struct compared *x)
{
	table_add(t, TABLE_LEFT, "%s", x->name);
	if (x->err.code) {
		for (unsigned i = 0; i < 5; i++)
			table_add(t, TABLE_RIGHT, "-");
	} else {
		table_add(t, TABLE_RIGHT, "%u", x->runs);
		table_add(t, TABLE_RIGHT, "%u", x->c.n_exact);
		table_add(t, TABLE_RIGHT, "%u", x->c.n_vary);
		table_add(t, TABLE_RIGHT, "%u", x->c.n_differ);
		if (x->has_translations)
			table_add(t, TABLE_RIGHT, "%" PRIu64 " of %" PRIu64,
				  translations_mismatches(&x->t), x->t.pages);
		else
			table_add(t, TABLE_RIGHT, "-");
	}
	table_add(t, TABLE_LEFT, "%s", verdict_of(x));
}

static int print_summary(const struct compare_list *l, FILE *f, struct sim_error *err)
{
	static const char *const head[] = {
		"scenario or trace",  "runs",	"exact counters", "varying", "differing",
		"wrong translations", "verdict"
	};
	struct table t;
	int rc = table_init(&t, 7, err);

	if (rc)
		return rc;
	for (unsigned i = 0; i < 7; i++)
		table_add(&t, i && i < 6 ? TABLE_RIGHT : TABLE_LEFT, "%s", head[i]);
	for (size_t i = 0; i < l->n; i++)
		add_summary(&t, &l->item[i]);
	rc = table_print(&t, 1, f, err);
	table_fini(&t);
	return rc;
}

static void add_line(struct table *t, const struct compare_line *l)
{
	table_add(t, TABLE_LEFT, "%s", l->name);
	if (l->kvm.min == l->kvm.max)
		table_add(t, TABLE_RIGHT, "%" PRId64, l->kvm.min);
	else if (l->verdict == COMPARE_SHOWN)
		table_add(t, TABLE_RIGHT, "%" PRId64 "..%" PRId64, l->kvm.min, l->kvm.max);
	else
		table_add(t, TABLE_RIGHT, "%" PRId64 " (%" PRId64 "..%" PRId64 ")", l->judged,
			  l->kvm.min, l->kvm.max);
	table_add(t, TABLE_RIGHT, "%" PRId64, l->simulator);
	table_add(t, TABLE_RIGHT, "%" PRId64, compare_difference(l));
	table_add(t, TABLE_LEFT, "%s%s", line_verdict(l), varies(l) ? ", varies" : "");
}

static bool is_worth_a_line(const struct compare_line *l)
{
	return l->kvm.min || l->kvm.max || l->simulator;
}

static int print_counters(const struct compared *x, FILE *f, struct sim_error *err)
{
	static const char *const head[] = { "counter", "KVM", "simulator", "difference",
					    "verdict" };
	struct table t;
	int rc = table_init(&t, 5, err);

	if (rc)
		return rc;
	for (unsigned i = 0; i < 5; i++)
		table_add(&t, i && i < 4 ? TABLE_RIGHT : TABLE_LEFT, "%s", head[i]);
	for (unsigned i = 0; i < x->c.n; i++)
		if (is_worth_a_line(&x->c.line[i]))
			add_line(&t, &x->c.line[i]);
	rc = table_print(&t, 1, f, err);
	table_fini(&t);
	return rc;
}

static void print_translations(const struct translations *t, FILE *f)
{
	fprintf(f,
		"translations: %" PRIu64 " looked up on both sides (%" PRIu64
		" pages of an address space), %" PRIu64
		" read by the guest itself; wrong: %" PRIu64 "\n",
		t->pages, t->distinct, t->read, translations_mismatches(t));
	if (t->hidden)
		fprintf(f,
			"host pages of %" PRIu64
			" not compared: their frames need CAP_SYS_ADMIN\n",
			t->hidden);
	if (!translations_mismatches(t))
		return;
	fprintf(f,
		"of these: gpa %" PRIu64 ", place in guest memory %" PRIu64
		", host page %" PRIu64 ", frame that the guest read %" PRIu64
		", mapped on one side only %" PRIu64 "; the first: gva 0x%" PRIx64 "\n",
		t->gpa, t->offset, t->hpa, t->number, t->one_side, t->first);
}

static int print_detail(const struct compared *x, FILE *f, struct sim_error *err)
{
	int rc;

	fprintf(f, "\n%s\n", x->name);
	if (x->err.code) {
		fprintf(f, "%s%s%s\n", x->err.where, x->err.where[0] ? ": " : "", x->err.text);
		return 0;
	}
	rc = print_counters(x, f, err);
	if (!rc && x->has_translations)
		print_translations(&x->t, f);
	return rc;
}

int compare_report_print(const struct compare_list *l, const struct stand_in *who,
			 enum compare_detail detail, FILE *f, struct sim_error *err)
{
	size_t n = compare_report_failures(l);
	int rc;

	fprintf(f, "%s, Linux %u.%u, beside the simulator's %s\n\n", who->mmu,
		who->kvm_version / 100, who->kvm_version % 100, who->technique);
	rc = print_summary(l, f, err);
	for (size_t i = 0; !rc && i < l->n; i++)
		if (detail == COMPARE_EVERY || l->item[i].c.n_vary ||
		    !compared_is_equal(&l->item[i]))
			rc = print_detail(&l->item[i], f, err);
	fprintf(f, "\n%zu of %zu equal\n", l->n - n, l->n);
	return rc;
}

/* --- JSON --- */

static json_t *span_json(const struct span *s)
{
	return json_pack("[I,I]", (json_int_t)s->min, (json_int_t)s->max);
}

static int put(json_t *to, const char *key, json_t *v)
{
	return json_object_set_new(to, key, v);
}

static json_t *counters_json(const struct comparison *c)
{
	json_t *o = json_object();
	int failed = !o;

	for (unsigned i = 0; !failed && i < c->n; i++) {
		const struct compare_line *l = &c->line[i];

		failed = put(o, l->name,
			     json_pack("{s:o, s:I, s:b, s:I, s:I, s:s}", "kvm",
				       span_json(&l->kvm), "judged", (json_int_t)l->judged,
				       "varies", varies(l), "simulator",
				       (json_int_t)l->simulator, "difference",
				       (json_int_t)compare_difference(l), "verdict",
				       line_verdict(l)));
	}
	if (!failed)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *translations_json(const struct translations *t)
{
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "looked_up",
		(json_int_t)t->pages, "pages", (json_int_t)t->distinct, "host_page_hidden",
		(json_int_t)t->hidden, "unmapped", (json_int_t)t->unmapped, "read_by_guest",
		(json_int_t)t->read, "wrong_frame_read", (json_int_t)t->number, "wrong_gpa",
		(json_int_t)t->gpa, "wrong_offset", (json_int_t)t->offset, "wrong_host_page",
		(json_int_t)t->hpa, "one_side_only", (json_int_t)t->one_side);
}

static json_t *compared_json(const struct compared *x)
{
	json_t *o = json_pack("{s:s, s:s}", "name", x->name, "verdict", verdict_of(x));
	int failed = !o;

	if (!failed && x->err.code)
		failed = put(o, "error", json_string(x->err.text));
	if (!failed && !x->err.code)
		failed = put(o, "runs", json_integer(x->runs)) ||
			 put(o, "counters", counters_json(&x->c));
	if (!failed && x->has_translations)
		failed = put(o, "translations", translations_json(&x->t));
	if (!failed)
		return o;
	json_decref(o);
	return NULL;
}

char *compare_report_json(const struct compare_list *l, const struct stand_in *who)
{
	json_t *list = json_array();
	char *text = NULL;
	json_t *doc;
	int failed = !list;

	for (size_t i = 0; !failed && i < l->n; i++)
		failed = json_array_append_new(list, compared_json(&l->item[i]));
	doc = json_pack("{s:s, s:i, s:s, s:o}", "mmu", who->mmu, "kvm_version",
			(int)who->kvm_version, "technique", who->technique, "compared", list);
	if (doc && !failed)
		text = json_dumps(doc, JSON_INDENT(1));
	json_decref(doc);
	return text;
}
