/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/measure.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "kvm/kvm_replayer.h"
#include "kvm/measure_state.h"
#include "kvm/plain_replayer.h"
#include "kvm/rounds.h"
#include "kvm/stopwatch.h"
#include "scenario/scenario.h"
#include "vm/sim_replayer.h"

#define DEADLINE_MS 10000u

const char *measure_side_name(enum measure_side s)
{
	return s == MEASURE_GUEST ? "guest" : "plain";
}

/* --- one run --- */

static int open_scenario(struct scenario **s, const struct measure_plan_point *pt,
			 struct sim_error *err)
{
	return scenario_parse(s, pt->scenario, strlen(pt->scenario), pt->name, err);
}

static void read_guest(const struct replayer *r, struct stopwatch_mark *m)
{
	struct kvm_times t = kvm_replayer_times(r);

	m->ns = t.guest_ns;
	m->batches = t.batches;
}

static void read_plain(const struct replayer *r, struct stopwatch_mark *m)
{
	m->ns = plain_replayer_ns(r);
	m->batches = 0;
}

static int create_guest(const struct measure *m, const struct measure_plan_point *pt,
			const struct scenario *s, struct replayer *r, struct sim_error *err)
{
	const struct kvm_config cfg = { .device = m->cfg.device,
					.host = *scenario_host(s),
					.shadow_quota = scenario_quota(s),
					.deadline_ms = DEADLINE_MS };
	int rc = kvm_replayer_create(r, &cfg, scenario_meta(s), err);

	if (!rc)
		kvm_replayer_set_style(r, &pt->style);
	return rc;
}

static int create_plain(const struct measure_plan_point *pt, struct replayer *r,
			struct sim_error *err)
{
	const struct plain_config cfg = { .gva = MEASURE_GVA,
					  .bytes = pt->bytes,
					  .page_level = pt->page_level,
					  .style = pt->style };

	return plain_replayer_create(r, &cfg, err);
}

static struct perf_values hardware_between(const struct stopwatch *w)
{
	struct perf_values d = w->after.hardware;

	for (unsigned e = 0; e < PERF_EVENT_COUNT; e++)
		for (unsigned s = 0; s < PERF_SIDE_COUNT; s++)
			d.value[e][s] -= w->before.hardware.value[e][s];
	return d;
}

static int run_traps(struct stopwatch *w, uint64_t n, struct sim_error *err)
{
	int rc;

	w->read(&w->inner, &w->before);
	rc = kvm_replayer_trap(&w->inner, n, err);
	w->read(&w->inner, &w->after);
	return rc;
}

static int run_timed(struct measure *m, struct measure_result *res, const struct scenario *s,
		     const struct replayer *inner, struct sim_error *err)
{
	struct stopwatch w = { .inner = *inner,
			       .read = res->side == MEASURE_GUEST ? read_guest : read_plain,
			       .perf = &m->perf };
	struct scenario_result result;
	struct replayer r;
	int rc;

	stopwatch_init(&w, &r);
	rc = scenario_run(s, &r, &result, err);
	if (!rc && res->point->is_trap)
		rc = run_traps(&w, res->point->events, err);
	if (rc)
		return rc;
	res->kvm = result.after;
	counters_subtract(&res->kvm, &result.before);
	memcpy(res->have, result.have, sizeof(res->have));
	res->batches = w.after.batches - w.before.batches;
	res->hardware = hardware_between(&w);
	if (m->round)
		sample_add(&res->sample, w.after.ns - w.before.ns);
	return 0;
}

static int run_real(struct measure *m, struct measure_result *res, struct sim_error *err)
{
	struct replayer r = { .ops = NULL };
	struct scenario *s;
	int rc = open_scenario(&s, res->point, err);

	if (rc)
		return rc;
	rc = res->side == MEASURE_GUEST ? create_guest(m, res->point, s, &r, err)
					: create_plain(res->point, &r, err);
	if (!rc)
		rc = run_timed(m, res, s, &r, err);
	if (r.ops)
		r.ops->destroy(r.self);
	scenario_destroy(s);
	return rc;
}

/* --- the simulator --- */

/* What the MMU does counts, not what the modules say. */
static const char *technique_of(const struct measure *m, enum measure_side side)
{
	enum kvm_mmu mmu = m->cfg.probe->mmu;

	if (side == MEASURE_PLAIN)
		return "native";
	if (mmu == KVM_MMU_UNKNOWN)
		return m->host.technique;
	return mmu == KVM_MMU_SHADOW ? "spt" : kvm_mmu_name(mmu);
}

static int create_simulated(const struct measure *m, const struct measure_result *res,
			    const struct scenario *s, struct replayer *r, struct sim_error *err)
{
	const struct vm_config cfg = {
		.technique = technique_of(m, res->side),
		.machine = m->cfg.machine,
		.host = *scenario_host(s),
		.mmu = { .tdp_levels = 4,
			 .use_vpid = true,
			 .shadow_quota = scenario_quota(s),
			 .kvm_version = m->host.kvm_version,
			 .no_mmio_caching = m->host.no_mmio_caching,
			 .leave_unsync_children = m->host.leave_unsync_children },
	};
	const struct rounds_options rounds = { .rounds = res->point->style.rounds,
					       .payload = res->side == MEASURE_PLAIN
								  ? ROUNDS_DROP_PAYLOAD
								  : ROUNDS_KEEP_PAYLOAD };
	struct replayer inner;
	int rc = sim_replayer_create(&inner, &cfg, scenario_meta(s), err);

	if (rc)
		return rc;
	rc = rounds_create(r, &inner, &rounds, err);
	if (rc)
		inner.ops->destroy(inner.self);
	return rc;
}

static int run_simulated(struct measure *m, struct measure_result *res, struct sim_error *err)
{
	struct scenario_result result;
	struct replayer r = { .ops = NULL };
	struct scenario *s;
	int rc = open_scenario(&s, res->point, err);

	if (rc)
		return rc;
	rc = create_simulated(m, res, s, &r, err);
	if (!rc)
		rc = scenario_run(s, &r, &result, err);
	if (!rc) {
		res->simulated = result.after;
		counters_subtract(&res->simulated, &result.before);
	}
	if (r.ops)
		r.ops->destroy(r.self);
	scenario_destroy(s);
	return rc;
}

bool measure_agrees(const struct measure_result *r, unsigned id)
{
	if (!r->have[id] || counter_info[id].truth != COUNTER_EXACT)
		return true;
	return counters_at(&r->kvm, id) == counters_at(&r->simulated, id);
}

/* --- all of them --- */

/* A host that lacks memory or large pages for a point measures the others. */
static int run_or_miss(struct measure *m, struct measure_result *res, struct sim_error *err)
{
	struct sim_error own = { .code = 0 };
	int rc = run_real(m, res, &own);

	if (rc == SIM_EUNSUP || rc == SIM_ENOMEM) {
		snprintf(res->missing, sizeof(res->missing), "%s", own.text);
		return 0;
	}
	if (rc && err)
		*err = own;
	return rc;
}

int measure_step(struct measure *m, struct sim_error *err)
{
	struct measure_result *res;
	int rc = 0;

	if (m->round > m->cfg.rounds)
		return SIM_EOF;
	res = &m->result[m->next];
	if (!m->round)
		rc = run_simulated(m, res, err);
	if (!rc && !res->missing[0])
		rc = run_or_miss(m, res, err);
	if (rc)
		sim_error_prefix(err, "%s: ", res->point->name);
	if (++m->next == m->n) {
		m->next = 0;
		m->round++;
	}
	return rc;
}

static int add_results(struct measure *m, const struct measure_plan *plan,
		       struct sim_error *err)
{
	m->result = sim_calloc(plan->n * MEASURE_SIDE_COUNT, sizeof(*m->result));
	if (!m->result)
		return sim_fail_nomem(err);
	for (size_t i = 0; i < plan->n; i++) {
		const struct measure_plan_point *pt = &plan->point[i];

		m->result[m->n++] =
			(struct measure_result){ .point = pt, .side = MEASURE_GUEST };
		if (pt->has_plain)
			m->result[m->n++] =
				(struct measure_result){ .point = pt, .side = MEASURE_PLAIN };
	}
	return 0;
}

int measure_create(struct measure **out, const struct measure_config *cfg,
		   const struct measure_plan *plan, struct sim_error *err)
{
	struct measure *m = sim_calloc(1, sizeof(*m));
	int rc;

	assert(cfg->rounds && cfg->rounds <= SAMPLE_MAX && plan->n);
	if (!m)
		return sim_fail_nomem(err);
	m->cfg = *cfg;
	perf_open(&m->perf);
	rc = stand_in_for(&m->host, cfg->probe, err);
	if (!rc)
		rc = add_results(m, plan, err);
	if (rc) {
		measure_destroy(m);
		return rc;
	}
	*out = m;
	return 0;
}

void measure_destroy(struct measure *m)
{
	perf_close(&m->perf);
	sim_free(m->result);
	sim_free(m);
}

size_t measure_done(const struct measure *m)
{
	return m->round * m->n + m->next;
}

size_t measure_total(const struct measure *m)
{
	return (m->cfg.rounds + 1) * m->n;
}

unsigned measure_rounds_done(const struct measure *m)
{
	return m->round ? m->round - 1 : 0;
}

size_t measure_count(const struct measure *m)
{
	return m->n;
}

const struct measure_result *measure_at(const struct measure *m, size_t i)
{
	return &m->result[i];
}

uint64_t measure_bell_ns(const struct measure *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct measure_result *r = &m->result[i];

		if (!strcmp(r->point->name, MEASURE_BELL) && r->batches)
			return sample_summary(&r->sample).median / r->batches;
	}
	return 0;
}
