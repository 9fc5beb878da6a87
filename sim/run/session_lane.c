/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/session_lane.h"

#include "kvm/kvm_replayer.h"
#include "mem/host_backing.h"
#include "run/real.h"
#include "vm/sim_replayer.h"

/* Tells whoever wants to know what one record did. */
static void tell(void *arg, const struct kvm_slot_region *r)
{
	struct session_lane *l = arg;
	struct session_change change = { .technique = l->technique, .region = r };
	bool have[COUNTER_COUNT];
	struct counters c;

	if (!l->cfg || !l->cfg->changed)
		return;
	change.record = *l->record;
	if (l->r.ops && !l->r.ops->counters(l->r.self, &c, have, NULL)) {
		change.zapped = c.mmu_shadow_zapped - l->zapped;
		l->zapped = c.mmu_shadow_zapped;
	}
	l->cfg->changed(l->cfg->arg, &change);
}

static void watch(struct session_lane *l)
{
	struct kvm_slots *s = board_slots(l->board);

	if (!s)
		return;
	s->told = tell;
	s->told_arg = l;
}

int session_lane_create(struct session_lane *l, const struct setup *s,
			const struct trace_meta *meta, struct sim_error *err)
{
	const struct vm_config sim = { .technique = s->technique,
				       .machine = s->machine,
				       .host = s->host,
				       .mmu = s->mmu,
				       .memory = guest_ram_plan(&s->memory) };
	const struct kvm_config real = { .device = REAL_DEVICE,
					 .host = s->host,
					 .memory = guest_ram_plan(&s->memory),
					 .shadow_quota = s->mmu.shadow_quota };
	int rc;

	l->technique = s->technique;
	rc = s->is_real ? kvm_replayer_create(&l->r, &real, meta, err)
			: sim_replayer_create(&l->r, &sim, meta, err);
	if (rc) {
		sim_error_prefix(err, "%s: ", s->technique);
		return rc;
	}
	l->board = s->is_real ? kvm_replayer_board(&l->r) : vm_board(l->r.self);
	watch(l);
	return 0;
}

static int set_region(void *arg, const struct kvm_slot_region *r, struct sim_error *err)
{
	(void)err;
	tell(arg, r);
	return 0;
}

static const struct kvm_slots_ops slots_ops = { .set_region = set_region };

int session_lane_create_board(struct session_lane *l, const struct memory_plan *plan,
			      struct sim_error *err)
{
	const struct host_config host = { .page_level = LEVEL_4K };
	const struct trace_meta nothing = { .n_ram = 0 };
	struct board_config cfg = { .options = plan->options,
				    .parts = plan->parts,
				    .parts_name = plan->parts_name,
				    .backing =
					    plan->is_real ? &host_real_ops : &host_backing_ops,
				    .kvm = plan->options->is_kvm ? &slots_ops : NULL,
				    .kvm_arg = l };
	int rc = host_create(&l->host, &host, err);

	l->technique = "board";
	cfg.backing_arg = l->host;
	return rc ? rc : board_op_create(&l->board, &cfg, &nothing, err);
}

void session_lane_destroy(struct session_lane *l)
{
	l->cfg = NULL;
	if (l->r.ops) {
		l->r.ops->destroy(l->r.self);
		return;
	}
	board_destroy(l->board);
	host_destroy(l->host);
}
