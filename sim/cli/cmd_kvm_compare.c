/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadownest kvm compare: KVM's own counters beside the simulator's, of the same stream. */
#include "config.h"

#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cmd_kvm.h"
#include "cli/compare_report.h"
#include "cli/locate.h"
#include "kvm/behaviour.h"
#include "kvm/reference.h"
#include "run/files.h"

#define RUNS_MAX  100
#define SCENARIOS "experiments/scenarios"
#define MACHINE	  "models/machine/skylake-sp.json" /* no counter of KVM's depends on it */

struct arguments {
	char **path;
	size_t n, cap;
	bool all;
	unsigned runs;
	const char *json, *record, *reference;
	struct host_config host;
	enum compare_detail detail;
	bool translations;
};

static const char doc[] =
	"Runs scenarios and traces (.snt) on the real KVM of this machine and in the simulator, "
	"and puts the counters side by side. Ends with status 1 when one that KVM reproduces "
	"from run to run differs. Runs that disagree are repeated, up to 3 times.\vTraces pass through the transformation that shadownest trace "
	"normalise shows; of a trace, every page that it touches is also looked up on both sides.\n"
	"\n"
	"  shadownest kvm compare --all --runs 5\n"
	"  shadownest kvm compare traces/fork.snt\n"
	"  shadownest kvm compare --all --reference results/reference/kvm-pvm-6.18";

enum {
	KEY_ALL = 256,
	KEY_JSON,
	KEY_RECORD,
	KEY_REFERENCE,
	KEY_PAGE,
	KEY_POPULATE,
	KEY_FULL,
	KEY_NO_TRANSLATIONS
};

static const struct argp_option options[] = {
	{ "all", KEY_ALL, NULL, 0, "All scenarios of " SCENARIOS, 0 },
	{ "runs", 'r', "N", 0,
	  "Run each N times on KVM, more often when that settles nothing (default: 1)", 0 },
	{ "full", KEY_FULL, NULL, 0, "Show the counters of those that are equal too", 0 },
	{ "json", KEY_JSON, "FILE", 0, "Write all counters to FILE", 0 },
	{ "record", KEY_RECORD, "DIR", 0,
	  "Write what KVM counted to DIR/MMU-KERNEL/NAME.json, to be compared with later", 0 },
	{ "reference", KEY_REFERENCE, "DIR", 0,
	  "Compare with what was recorded in DIR; needs no KVM", 0 },
	{ "host-page", KEY_PAGE, "SIZE", 0, "Of traces: host pages of 4K (default) or 2M", 0 },
	{ "populate", KEY_POPULATE, "yes|no", 0,
	  "Of traces: host pages are there before the guest runs (default: yes)", 0 },
	{ "no-translations", KEY_NO_TRANSLATIONS, NULL, 0,
	  "Of traces: do not look their pages up", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

/* --- options --- */

static int add_path(struct arguments *a, const char *name)
{
	char *path = locate_scenario(name);

	if (!path || sim_grow((void **)&a->path, &a->cap, a->n, sizeof(*a->path))) {
		sim_free(path);
		return SIM_ENOMEM;
	}
	a->path[a->n++] = path;
	return 0;
}

static unsigned parse_runs(const char *arg, struct argp_state *state)
{
	char *end;
	long n = strtol(arg, &end, 10);

	if (*end || end == arg || n < 1 || n > RUNS_MAX)
		argp_error(state, "--runs must be 1..%d, not %s", RUNS_MAX, arg);
	return (unsigned)n;
}

/* Which of two words an option has. */
static bool parse_word(const char *arg, const char *option, const char *no, const char *yes,
		       struct argp_state *state)
{
	if (strcmp(arg, no) && strcmp(arg, yes))
		argp_error(state, "%s must be %s or %s, not %s", option, no, yes, arg);
	return !strcmp(arg, yes);
}

static error_t parse_subject(int key, char *arg, struct arguments *a, struct argp_state *state)
{
	if (key == ARGP_KEY_ARG)
		return add_path(a, arg) ? ENOMEM : 0;
	if (key != ARGP_KEY_END)
		return ARGP_ERR_UNKNOWN;
	if (!a->n && !a->all)
		argp_error(state, "which scenario or trace? --all: all scenarios");
	if (a->record && a->reference)
		argp_error(state, "--record needs a KVM, --reference stands in for one");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_ALL:
		a->all = true;
		return 0;
	case 'r':
		a->runs = parse_runs(arg, state);
		return 0;
	case KEY_FULL:
		a->detail = COMPARE_EVERY;
		return 0;
	case KEY_JSON:
		a->json = arg;
		return 0;
	case KEY_RECORD:
		a->record = arg;
		return 0;
	case KEY_REFERENCE:
		a->reference = arg;
		return 0;
	case KEY_PAGE:
		a->host.page_level =
			parse_word(arg, "--host-page", "4K", "2M", state) ? LEVEL_2M : LEVEL_4K;
		return 0;
	case KEY_POPULATE:
		a->host.prepopulated = parse_word(arg, "--populate", "no", "yes", state);
		return 0;
	case KEY_NO_TRANSLATIONS:
		a->translations = false;
		return 0;
	default:
		return parse_subject(key, arg, a, state);
	}
}

static const struct argp argp = { options, parse, "[SCENARIO.json|TRACE.snt]...", doc, NULL,
				  NULL,	   NULL };

static int is_scenario(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 5 && !strcmp(e->d_name + n - 5, ".json");
}

static int add_files(struct arguments *a, const char *dir, struct sim_error *err)
{
	struct dirent **list;
	int n = scandir(dir, &list, is_scenario, alphasort), rc = 0;

	if (n < 0)
		return sim_fail(err, SIM_EIO, dir, "%s", strerror(errno));
	for (int i = 0; i < n; i++) {
		char *path = rc ? NULL : files_join(dir, list[i]->d_name);

		if (!rc && (!path || add_path(a, path)))
			rc = sim_fail_nomem(err);
		sim_free(path);
		sim_free(list[i]);
	}
	sim_free(list);
	return rc;
}

static int add_all(struct arguments *a, struct sim_error *err)
{
	char *dir = locate_data(SCENARIOS);
	int rc = dir ? add_files(a, dir, err) : sim_fail_nomem(err);

	sim_free(dir);
	return rc;
}

/* --- one scenario or trace --- */

struct session {
	const struct arguments *a;
	struct kvm_paths paths;
	struct kvm_probe probe;
	struct stand_in who;
	struct machine machine;
};

static int check_host(const struct subject *s, const struct reference *r, const char *path,
		      struct sim_error *err)
{
	const struct host_config *h = subject_host(s);

	if (h->page_level == r->host.page_level && h->prepopulated == r->host.prepopulated)
		return 0;
	return sim_fail(
		err, SIM_ESTATE, path,
		"was recorded over a host with pages of %s, %s: --host-page, --populate",
		r->host.page_level == LEVEL_2M ? "2M" : "4K",
		r->host.prepopulated ? "there from the start" : "populated on demand");
}

static int load_reference(const struct session *x, const struct subject *s, struct reference *r,
			  struct sim_error *err)
{
	char *path = sim_asprintf("%s/%s.json", x->a->reference, subject_name(s));
	char hash[FILES_HASH_LEN + 1];
	uint64_t bytes;
	int rc = path ? reference_load(r, path, err) : sim_fail_nomem(err);

	if (!rc)
		rc = files_hash(subject_path(s), hash, &bytes, err);
	if (!rc && strcmp(hash, r->hash))
		rc = sim_fail(err, SIM_ESTATE, path,
			      "was recorded of another %s, whose hash is %s; now it is %s",
			      subject_path(s), r->hash, hash);
	if (!rc)
		rc = check_host(s, r, path, err);
	sim_free(path);
	return rc;
}

static int record(const struct session *x, const struct subject *s, struct reference *r,
		  struct sim_error *err)
{
	char *dir = sim_asprintf("%s/%s-%u.%u", x->a->record, x->who.mmu,
				 x->who.kvm_version / 100, x->who.kvm_version % 100);
	char *path = dir ? sim_asprintf("%s/%s.json", dir, subject_name(s)) : NULL;
	char *text = NULL;
	uint64_t bytes;
	int rc = path ? files_make_dir(dir, err) : sim_fail_nomem(err);

	if (!rc)
		rc = files_hash(subject_path(s), r->hash, &bytes, err);
	if (!rc) {
		text = reference_text(s, r, &x->probe, err);
		rc = text ? files_write(path, text, strlen(text), err) : SIM_ESTATE;
	}
	sim_free(dir);
	sim_free(path);
	sim_free(text);
	return rc;
}

/* Which KVM it is, and over which host; all of what it counted, if that was recorded. */
static int find_recorded(const struct session *x, const struct subject *s, struct reference *r,
			 struct sim_error *err)
{
	if (x->a->reference)
		return load_reference(x, s, r, err);
	r->who = x->who;
	r->host = *subject_host(s);
	return 0;
}

/* What KVM counts now. */
static int find_truth(const struct session *x, struct subject *s,
		      const struct measured *simulator, struct reference *r,
		      struct sim_error *err)
{
	int rc;

	if (x->a->reference)
		return 0;
	rc = compare_measure(s, x->paths.device, simulator, x->a->runs, &r->truth, err);
	return rc || !x->a->record ? rc : record(x, s, r, err);
}

static int compare_subject(const struct session *x, struct subject *s, struct compared *out,
			   struct sim_error *err)
{
	struct reference r = { .hash = "" };
	struct replayer simulator;
	struct measured m;
	int rc = find_recorded(x, s, &r, err);

	if (!rc)
		rc = compare_make_simulator(s, &r.who, &x->machine, &simulator, err);
	if (!rc)
		rc = compare_run(s, &simulator, &m, err);
	if (!rc)
		rc = find_truth(x, s, &m, &r, err);
	if (rc)
		return rc;
	out->runs = r.truth.runs;
	compare_judge(&out->c, &r.truth, &m);
	if (!subject_is_trace(s) || !x->a->translations || x->a->reference)
		return 0;
	out->has_translations = true;
	return translations_check(s, &x->who, &x->machine, x->paths.device, &out->t, err);
}

/* A failure is a result too; only a lack of memory ends it all. */
static int compare_path(const struct session *x, const char *path, struct compared *out)
{
	const struct host_config *host = &x->a->host;
	struct subject *s;
	int rc = subject_open(&s, path, host, &out->err);

	out->name = sim_strdup(rc ? path : subject_name(s));
	if (!rc)
		rc = compare_subject(x, s, out, &out->err);
	subject_close(s);
	return out->name ? 0 : SIM_ENOMEM;
}

/* --- all of them --- */

static int compare_paths(const struct session *x, struct compare_list *l, struct sim_error *err)
{
	for (size_t i = 0; i < x->a->n; i++) {
		if (sim_grow((void **)&l->item, &l->cap, l->n, sizeof(*l->item)))
			return sim_fail_nomem(err);
		l->item[l->n] = (struct compared){ .name = NULL };
		if (compare_path(x, x->a->path[i], &l->item[l->n++]))
			return sim_fail_nomem(err);
	}
	return 0;
}

static int write_json(const struct session *x, const struct compare_list *l,
		      struct sim_error *err)
{
	char *text = compare_report_json(l, &x->who);
	int rc = text ? files_write(x->a->json, text, strlen(text), err) : sim_fail_nomem(err);

	sim_free(text);
	return rc;
}

static int report(const struct session *x, const struct compare_list *l, struct sim_error *err)
{
	enum compare_detail detail = l->n == 1 ? COMPARE_EVERY : x->a->detail;
	int rc = compare_report_print(l, &x->who, detail, stdout, err);

	return rc || !x->a->json ? rc : write_json(x, l, err);
}

/* The KVM that the first recorded file speaks of: it heads the table. */
static int recorded_who(struct session *x, struct sim_error *err)
{
	struct reference r = { .hash = "" };
	struct subject *s;
	char *path = NULL;
	int rc = subject_open(&s, x->a->path[0], &x->a->host, err);

	if (!rc) {
		path = sim_asprintf("%s/%s.json", x->a->reference, subject_name(s));
		rc = path ? reference_load(&r, path, err) : sim_fail_nomem(err);
	}
	subject_close(s);
	sim_free(path);
	x->who = r.who;
	return rc;
}

/* What the modules say of the MMU must be what it does. */
static int confirm_who(const struct session *x, struct sim_error *err)
{
	static const char *const technique[KVM_MMU_COUNT] = { NULL, "spt", "ept", "npt" };
	struct kvm_behaviour b = { .is_tried = false };
	enum kvm_mmu mmu;

	kvm_behaviour_try(&b, x->paths.device);
	mmu = kvm_behaviour_mmu(&b, x->probe.cpu.vendor);
	if (technique[mmu] && strcmp(technique[mmu], x->who.technique))
		return sim_fail(err, SIM_ESTATE, x->paths.device,
				"the modules say %s, but the MMU behaves as %s", x->who.mmu,
				kvm_mmu_name(mmu));
	return 0;
}

static int find_who(struct session *x, struct sim_error *err)
{
	int rc;

	if (x->a->reference)
		return recorded_who(x, err);
	kvm_probe(&x->probe, &x->paths);
	if (x->probe.open_errno)
		return sim_fail(err, SIM_EUNSUP, x->paths.device,
				"%s: shadownest kvm doctor says what can be done; --reference "
				"compares with what was recorded elsewhere",
				strerror(x->probe.open_errno));
	rc = stand_in_for(&x->who, &x->probe, err);
	return rc ? rc : confirm_who(x, err);
}

static int load_machine(struct machine *m, struct sim_error *err)
{
	char *path = locate_data(MACHINE);
	int rc = path ? machine_load(m, path, err) : sim_fail_nomem(err);

	sim_free(path);
	return rc;
}

static int compare_all(struct arguments *a, size_t *failures, struct sim_error *err)
{
	struct session x = { .a = a, .paths = { "/dev/kvm", "" } };
	struct compare_list l = { .n = 0 };
	int rc = a->all ? add_all(a, err) : 0;

	if (!rc)
		rc = load_machine(&x.machine, err);
	if (!rc)
		rc = find_who(&x, err);
	if (!rc)
		rc = compare_paths(&x, &l, err);
	if (!rc)
		rc = report(&x, &l, err);
	*failures = compare_report_failures(&l);
	for (size_t i = 0; i < l.n; i++)
		sim_free(l.item[i].name);
	sim_free(l.item);
	return rc;
}

static int run(int argc, char **argv)
{
	struct arguments a = { .runs = 1,
			       .host = { .page_level = LEVEL_4K, .prepopulated = true },
			       .translations = true };
	struct sim_error err = { 0 };
	size_t failures = 0;
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	rc = compare_all(&a, &failures, &err);
	for (size_t i = 0; i < a.n; i++)
		sim_free(a.path[i]);
	sim_free(a.path);
	if (rc)
		return command_failed(&err);
	return failures ? EXIT_FAILED : EXIT_DONE;
}

const struct command cmd_kvm_compare = {
	.name = "compare",
	.summary = "KVM's own counters beside the simulator's, of the same stream",
	.run = run,
};
