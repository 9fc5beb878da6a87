/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "run/real.h"

#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "kvm/perf.h"
#include "kvm/probe.h"
#include "kvm/probe_json.h"
#include "kvm/replay_run.h"

/* --- the host --- */

int real_host(const char *device, json_t **host, struct sim_error *err)
{
	const struct kvm_paths paths = { device, "" };
	struct kvm_probe probe;
	struct utsname u;

	kvm_probe(&probe, &paths);
	if (probe.open_errno)
		return sim_fail(err, SIM_EUNSUP, NULL,
				"technique kvm needs %s, which cannot be opened here: %s; kvm "
				"doctor tells more",
				device, strerror(probe.open_errno));
	if (!kvm_probe_can_replay(&probe))
		return sim_fail(err, SIM_EUNSUP, NULL,
				"technique kvm: the KVM of this host cannot replay; kvm doctor "
				"tells why");
	*host = kvm_probe_json(&probe);
	if (*host && !uname(&u) && !json_object_set_new(*host, "node", json_string(u.nodename)))
		return 0;
	json_decref(*host);
	return sim_fail_nomem(err);
}

/* --- one replay --- */

/* A point under way. */
struct real {
	struct point *pt;
	struct sample sample;
	struct counters counters; /* of the first round */
	uint64_t batches, tlb_misses;
	bool has_tlb_misses;
	double seconds;
};

struct rounds {
	const struct run_options *o;
	struct run_progress *progress;
	uint64_t bytes; /* done before the replay under way */
	struct real *real;
	size_t n;
};

static int on_progress(void *arg, uint64_t done)
{
	struct rounds *r = arg;

	r->progress->bytes_done = r->bytes + done;
	return r->o->report ? r->o->report(r->o->arg, r->progress) : 0;
}

static void keep_first(struct real *x, const struct replay_result *res)
{
	x->counters = res->counters;
	x->counters.instructions = res->accesses;
	x->batches = res->times.batches;
}

static void keep_misses(struct real *x, const struct perf *p, const struct perf_values *before)
{
	struct perf_values after;

	perf_read(p, &after);
	x->has_tlb_misses = p->counter[PERF_DTLB_MISSES][PERF_GUEST].fd >= 0;
	x->tlb_misses = after.value[PERF_DTLB_MISSES][PERF_GUEST] -
			before->value[PERF_DTLB_MISSES][PERF_GUEST];
}

static int replay_once(struct rounds *r, struct real *x, unsigned round, struct sim_error *err)
{
	const struct setup *s = &x->pt->setup;
	const struct replay_config cfg = {
		.kvm = { .device = REAL_DEVICE,
			 .host = s->host,
			 .memory = guest_ram_plan(&s->memory),
			 .shadow_quota = s->mmu.shadow_quota,
			 .dirty_ring = s->mmu.dirty_ring },
		.normalise = s->replay.how,
		.progress = on_progress,
		.arg = r,
	};
	struct perf_values before;
	struct replay_result res;
	struct perf perf;
	int rc;

	perf_open(&perf);
	perf_read(&perf, &before);
	rc = replay_run(x->pt->stream->path, &cfg, &res, err);
	if (!rc && round == 1) {
		keep_first(x, &res);
		keep_misses(x, &perf, &before);
	}
	perf_close(&perf);
	if (!rc && round)
		sample_add(&x->sample, res.times.guest_ns);
	if (rc)
		sim_error_prefix(err, "%s: ", x->pt->key);
	return rc;
}

static int replay_all(struct rounds *r, struct sim_error *err)
{
	for (unsigned round = 0; round <= REAL_ROUNDS; round++)
		for (size_t i = 0; i < r->n; i++) {
			struct real *x = &r->real[i];
			double begin = r->o->seconds();
			int rc = replay_once(r, x, round, err);

			if (rc)
				return rc;
			x->seconds += r->o->seconds() - begin;
			r->bytes += x->pt->stream->bytes;
		}
	return 0;
}

/* --- files --- */

static char *times_text(const struct real_times *t)
{
	json_t *doc = json_pack(
		"{s:i, s:I, s:I, s:I, s:I, s:I, s:o}", "rounds", (int)t->rounds, "min_ns",
		(json_int_t)t->ns.min, "low_ns", (json_int_t)t->ns.low, "median_ns",
		(json_int_t)t->ns.median, "high_ns", (json_int_t)t->ns.high, "batches",
		(json_int_t)t->batches, "tlb_misses",
		t->has_tlb_misses ? json_integer((json_int_t)t->tlb_misses) : json_null());
	char *text = doc ? json_dumps(doc, JSON_SORT_KEYS | JSON_INDENT(2)) : NULL;
	char *line = text ? sim_asprintf("%s\n", text) : NULL;

	json_decref(doc);
	sim_free(text);
	return line;
}

static int read_times(struct real_times *t, const struct jnode *root, struct sim_error *err)
{
	const struct {
		const char *key;
		uint64_t *to;
	} members[] = { { "min_ns", &t->ns.min },	{ "low_ns", &t->ns.low },
			{ "median_ns", &t->ns.median }, { "high_ns", &t->ns.high },
			{ "batches", &t->batches },	{ "rounds", &t->rounds } };
	struct jnode misses = json_get(root, "tlb_misses");
	int rc = 0;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && !rc; i++) {
		struct jnode n = json_get(root, members[i].key);

		rc = json_as_u64(&n, 0, INT64_MAX, members[i].to, err);
	}
	t->has_tlb_misses = json_is_integer(misses.v);
	if (!rc && t->has_tlb_misses)
		rc = json_as_u64(&misses, 0, INT64_MAX, &t->tlb_misses, err);
	return rc;
}

int real_get(const struct store *s, struct point *pt, bool *found, struct sim_error *err)
{
	char *path = sim_asprintf("%s/%s/times.json", s->dir, pt->key);
	struct jnode root;
	json_t *doc;

	*found = false;
	if (!path)
		return sim_fail_nomem(err);
	if (files_exist(path) && !json_open(path, &doc, &root, NULL)) {
		*found = !read_times(&pt->times, &root, NULL);
		json_decref(doc);
	}
	sim_free(path);
	return 0;
}

static int put(const struct store *s, const struct run_options *o, struct real *x,
	       struct sim_error *err)
{
	const struct store_host h = { o->node, o->version, x->seconds };
	char *host = store_host_text(s, &h, &x->counters);
	char *counters = store_counters_text(&x->counters);
	char *times = times_text(&x->pt->times);
	const struct store_member m[] = { { "config.json", x->pt->config },
					  { "host.json", host },
					  { "counters.json", counters },
					  { "times.json", times },
					  { NULL, NULL } };
	int rc = host && counters && times ? store_put_members(s, x->pt->key, m, err)
					   : sim_fail_nomem(err);

	sim_free(host);
	sim_free(counters);
	sim_free(times);
	return rc;
}

static int keep(struct rounds *r, const struct store *s, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->n && !rc; i++) {
		struct real *x = &r->real[i];

		x->pt->counters = x->counters;
		x->pt->times = (struct real_times){ .ns = sample_summary(&x->sample),
						    .rounds = x->sample.n,
						    .batches = x->batches,
						    .has_tlb_misses = x->has_tlb_misses,
						    .tlb_misses = x->tlb_misses };
		rc = put(s, r->o, x, err);
		x->pt->done = !rc;
		r->progress->points_done += !rc;
	}
	return rc;
}

/* --- all --- */

static bool is_wanted(const struct point *pt)
{
	return pt->setup.is_real && !pt->done;
}

uint64_t real_bytes(const struct point *pt)
{
	return (REAL_ROUNDS + 1) * pt->stream->bytes;
}

int real_run(struct plan *p, const struct store *s, const struct run_options *o,
	     struct run_progress *progress, struct sim_error *err)
{
	struct rounds r = { .o = o, .progress = progress, .bytes = progress->bytes_done };
	int rc;

	r.real = sim_calloc(p->n_points, sizeof(*r.real));
	if (!r.real)
		return sim_fail_nomem(err);
	for (size_t i = 0; i < p->n_points; i++)
		if (is_wanted(&p->point[i]))
			r.real[r.n++].pt = &p->point[i];
	rc = replay_all(&r, err);
	if (!rc)
		rc = keep(&r, s, err);
	sim_free(r.real);
	return rc;
}
