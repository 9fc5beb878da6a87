/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/behaviour.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "scenario/guest.h"
#include "scenario/stream.h"
#include "vm/normalise.h"
#include "x86/ptformat.h"

#define RAM_BYTES ((uint64_t)64 << 20)
#define SMALL_GVA ((uint64_t)1 << 30) /* mapped by 4K entries */
#define HUGE_GVA  ((uint64_t)2 << 30) /* by one of 2M */
#define SMALL_GPA ((uint64_t)16 << 20)
#define APART	  ((uint64_t)2 << 20) /* of frames: a large entry of KVM's brings one of them */
#define HUGE_GPA  ((uint64_t)32 << 20)
#define GROUP	  8u /* entries that KVM's prefetch brings together */

#define FRAME_UNTOUCHED 2u /* of those at SMALL_GPA */
#define DEADLINE_MS	5000u

#define LEAF (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)

/* A guest, what it does, and the VM that runs it. */
struct trial {
	struct guest guest;
	struct stream stream;
	struct normaliser *normaliser;
	struct replayer replayer;
	struct counters last;
};

static uint64_t small_gva(unsigned group)
{
	return SMALL_GVA + ((uint64_t)group * GROUP << PAGE_SHIFT);
}

/* Entry `group` x 8 of the page table leads to the frame-th frame. */
static int map_small(struct trial *t, unsigned group, unsigned frame, struct sim_error *err)
{
	uint64_t *e;
	int rc = guest_make_entry(&t->guest, 0, small_gva(group), 1, &e, err);

	if (!rc)
		*e = (SMALL_GPA + frame * APART) | LEAF;
	return rc;
}

static int map_all(struct trial *t, struct sim_error *err)
{
	uint64_t *e;
	int rc = guest_init(&t->guest, 1, err);

	if (!rc)
		rc = map_small(t, 0, 0, err);
	if (!rc)
		rc = map_small(t, 1, 0, err);
	if (!rc)
		rc = map_small(t, 2, 1, err);
	if (!rc)
		rc = guest_make_entry(&t->guest, 0, HUGE_GVA, LEVEL_2M, &e, err);
	if (!rc)
		*e = HUGE_GPA | LEAF | PTE_PS;
	return rc;
}

static int run_normalised(struct trial *t, const struct batch *in, struct sim_error *err)
{
	struct batch out;
	int rc = normalise(t->normaliser, in, &out, err);

	return rc || !out.n ? rc : t->replayer.ops->run(t->replayer.self, &out, err);
}

/* Runs what has gathered; *c is what KVM counted meanwhile. */
static int flush(struct trial *t, struct counters *c, bool have[COUNTER_COUNT],
		 struct sim_error *err)
{
	struct batch in = stream_batch(&t->stream);
	int rc = run_normalised(t, &in, err);

	stream_clear(&t->stream);
	if (!rc)
		rc = run_normalised(t, NULL, err);
	if (!rc)
		rc = t->replayer.ops->counters(t->replayer.self, c, have, err);
	if (!rc) {
		struct counters now = *c;

		counters_subtract(c, &t->last);
		t->last = now;
	}
	return rc;
}

static int start(struct trial *t, const char *device, unsigned page_level,
		 struct sim_error *err)
{
	struct kvm_config cfg = { .device = device,
				  .host = { .page_level = page_level },
				  .deadline_ms = DEADLINE_MS };
	struct trace_meta meta = {
		.name = "doctor", .n_ram = 1, .n_vcpu = 1, .has_tables = true
	};
	const struct normalise_options options = { .batch = 0 };
	int rc = map_all(t, err);

	meta.ram[0] = (struct trace_ram){ 0, RAM_BYTES };
	meta.regs = (struct regs){ .cr0 = 0x80050033,
				   .cr3 = (uint64_t)GUEST_TABLE_GFN << PAGE_SHIFT,
				   .cr4 = 0x620,
				   .efer = 0xd01 };
	if (!rc)
		rc = normaliser_create(&t->normaliser, &meta, &options, err);
	if (!rc)
		rc = kvm_replayer_create(&t->replayer, &cfg, normaliser_meta(t->normaliser),
					 err);
	for (unsigned i = 0; !rc && i < t->guest.n_tables; i++)
		rc = stream_table(&t->stream, GUEST_TABLE_GFN + i, t->guest.level[i],
				  t->guest.table[i], err);
	return rc;
}

static void stop(struct trial *t)
{
	if (t->replayer.ops)
		t->replayer.ops->destroy(t->replayer.self);
	normaliser_destroy(t->normaliser);
	stream_fini(&t->stream);
	guest_fini(&t->guest);
}

static int try_second_gva(struct trial *t, struct kvm_behaviour *b, struct sim_error *err)
{
	struct counters c = { 0 };
	int rc = stream_access(&t->stream, OP_STORE, small_gva(0), err);

	if (!rc)
		rc = flush(t, &c, b->have, err);
	if (!rc)
		rc = stream_access(&t->stream, OP_LOAD, small_gva(1), err);
	if (!rc)
		rc = flush(t, &c, b->have, err);
	b->second_gva = c.pf_fixed;
	return rc;
}

/* The table that holds the small entries, as it is now. */
static int give_table(struct trial *t, struct sim_error *err)
{
	const uint64_t *e = guest_entry(&t->guest, 0, small_gva(0), 1);
	uint64_t gfn = guest_entry_gpa(&t->guest, e) >> PAGE_SHIFT;

	return stream_table(&t->stream, gfn, 1, t->guest.table[gfn - GUEST_TABLE_GFN], err);
}

static int try_host_edit(struct trial *t, struct kvm_behaviour *b, struct sim_error *err)
{
	const struct event invlpg = { .kind = EVENT_INVLPG, .gva = small_gva(2) };
	struct counters c = { 0 };
	int rc = stream_access(&t->stream, OP_STORE, small_gva(2), err);

	if (!rc)
		rc = flush(t, &c, b->have, err);
	if (!rc)
		rc = map_small(t, 2, FRAME_UNTOUCHED, err);
	if (!rc)
		rc = give_table(t, err);
	if (!rc)
		rc = stream_event(&t->stream, &invlpg, err);
	if (!rc)
		rc = stream_access(&t->stream, OP_LOAD, small_gva(2), err);
	if (!rc)
		rc = flush(t, &c, b->have, err);
	b->host_edit = c.pf_fixed;
	b->invlpg = c.invlpg;
	return rc;
}

static int try_huge(struct trial *t, struct kvm_behaviour *b, struct sim_error *err)
{
	struct counters c = { 0 };
	int rc = stream_access(&t->stream, OP_STORE, HUGE_GVA, err);

	if (!rc)
		rc = flush(t, &c, b->have, err);
	b->huge = c.pages_2m + c.pages_1g;
	return rc;
}

static int try_all(struct kvm_behaviour *b, const char *device, unsigned page_level,
		   struct sim_error *err)
{
	struct trial t = { .normaliser = NULL };
	int rc = start(&t, device, page_level, err);

	if (!rc)
		rc = try_second_gva(&t, b, err);
	if (!rc)
		rc = try_host_edit(&t, b, err);
	if (!rc)
		rc = try_huge(&t, b, err);
	stop(&t);
	return rc;
}

/* Where the host has no huge pages, small ones will do. */
void kvm_behaviour_try(struct kvm_behaviour *b, const char *device)
{
	struct sim_error err = { .code = 0 };
	int rc;

	*b = (struct kvm_behaviour){ .is_tried = false };
	rc = try_all(b, device, LEVEL_2M, &err);
	if (rc == SIM_EUNSUP) {
		err = (struct sim_error){ .code = 0 };
		rc = try_all(b, device, LEVEL_4K, &err);
	}
	b->is_tried = !rc;
	snprintf(b->why, sizeof(b->why), "%s", rc ? err.text : "");
}

enum kvm_mmu kvm_behaviour_mmu(const struct kvm_behaviour *b, const char *vendor)
{
	if (!b->is_tried || b->second_gva + b->host_edit != 1)
		return KVM_MMU_UNKNOWN;
	if (b->second_gva)
		return KVM_MMU_SHADOW;
	return strcmp(vendor, "AuthenticAMD") ? KVM_MMU_EPT : KVM_MMU_NPT;
}

const char *kvm_mmu_name(enum kvm_mmu m)
{
	static const char *const name[] = { "unknown", "shadow", "ept", "npt" };

	return m < KVM_MMU_COUNT ? name[m] : name[0];
}
