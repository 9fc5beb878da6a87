/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject_measure.c - kvm/measure for test_inject: a plan, a list made several times, a document; no KVM */
#include "config.h"

#include "inject_subjects.h"

#include <string.h>

#include "base/alloc.h"
#include "kvm/measure.h"
#include "kvm/rounds.h"
#include "vm/payload.h"

static int swallow(void *self, const struct batch *b, struct sim_error *err)
{
	(void)self;
	(void)b;
	(void)err;
	return 0;
}

static void forget(void *self)
{
	(void)self;
}

static int go_round(struct sim_error *err)
{
	static const struct replayer_ops ops = { .run = swallow, .destroy = forget };
	static const uint8_t op[] = { OP_LOAD | OP_USER, OP_STORE | OP_USER };
	const uint64_t gva[] = { 0x1000, payload_gva(PAYLOAD_DOORBELL) };
	const struct batch b = { .n = 2, .op = op, .gva = gva };
	const struct rounds_options o = { .rounds = 40 };
	struct replayer inner = { &ops, NULL }, r;
	int rc = rounds_create(&r, &inner, &o, err);

	if (rc)
		return rc;
	rc = r.ops->run(r.self, &b, err);
	r.ops->destroy(r.self);
	return rc;
}

static int write_document(const struct measure *m, struct sim_error *err)
{
	json_t *doc = measure_json(m);

	if (!doc)
		return sim_fail_nomem(err);
	json_decref(doc);
	return 0;
}

static int measure_with(const struct measure_plan *plan, struct sim_error *err)
{
	struct kvm_probe probe = { .mmu = KVM_MMU_SHADOW };
	struct measure_config cfg = { .probe = &probe, .rounds = 1 };
	struct measure *m;
	int rc;

	strcpy(probe.kernel, "6.1.0");
	strcpy(probe.param[KVM_PARAM_PVM], "loaded");
	rc = measure_create(&m, &cfg, plan, err);
	if (rc)
		return rc;
	rc = write_document(m, err);
	measure_destroy(m);
	return rc;
}

int inject_measure(void *arg, struct sim_error *err)
{
	struct measure_plan plan;
	int rc = measure_plan_load(&plan, arg, MEASURE_QUICK, err);

	if (!rc) {
		rc = measure_with(&plan, err);
		measure_plan_fini(&plan);
	}
	return rc ? rc : go_round(err);
}
