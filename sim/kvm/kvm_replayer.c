/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/kvm_replayer.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/alloc.h"
#include "base/map.h"
#include "kvm/bell.h"
#include "kvm/cpu_state.h"
#include "kvm/deadline.h"
#include "kvm/encode.h"
#include "kvm/guest_memory.h"
#include "kvm/harvest.h"
#include "kvm/mapping.h"
#include "kvm/stats.h"
#include "kvm/thread_time.h"
#include "kvm/vmm.h"
#include "mem/available.h"
#include "vm/payload.h"

struct kvm_replayer {
	struct vmm vmm;
	struct harvest harvest;
	struct guest_memory memory;
	struct deadline *deadline;
	struct stats *stats;
	struct map table; /* gfn of each page table of the guest */
	uint8_t *payload; /* its memory */
	struct kvm_times times;
	uint64_t dirty; /* pages, as the last log said */
	unsigned deadline_ms;
	struct encoder encoder;
};

/* --- running --- */

static int run_guest(struct kvm_replayer *k, uint64_t *bell, struct sim_error *err)
{
	uint64_t start;
	bool late;
	int rc;

	deadline_start(k->deadline, k->deadline_ms);
	start = thread_time_ns();
	rc = vmm_run(&k->vmm, PAYLOAD_DOORBELL_GPA, bell, err);
	k->times.guest_ns += thread_time_ns() - start;
	late = deadline_stop(k->deadline);
	if (rc == SIM_EINTR && late)
		sim_error_prefix(err, "a batch took more than %u ms: ", k->deadline_ms);
	return rc;
}

/* Runs what the encoder holds. */
static int run_words(struct kvm_replayer *k, struct sim_error *err)
{
	uint64_t bell;
	int rc;

	encode_end(&k->encoder);
	rc = run_guest(k, &bell, err);
	if (rc) {
		bell_locate(k->vmm.vcpu, &k->encoder, err);
		return rc;
	}
	k->times.batches++;
	return bell_judge(k->vmm.vcpu, &k->encoder, bell, err);
}

/* --- what the VMM does for the stream --- */

static int write_table(struct kvm_replayer *k, const struct batch *b, const struct event *v,
		       struct sim_error *err)
{
	uint8_t *at;
	int rc = guest_memory_writable(&k->memory, v->gpa, PAGE_BYTES, &at, err);

	if (rc)
		return rc;
	memcpy(at, b->word + v->words, PAGE_BYTES);
	return map_put(&k->table, v->gpa >> PAGE_SHIFT, 0) ? sim_fail_nomem(err) : SIM_OK;
}

static int touch_dma(struct kvm_replayer *k, const struct event *v, struct sim_error *err)
{
	uint8_t *at;
	int rc;

	if (!v->n)
		return SIM_OK;
	rc = guest_memory_writable(&k->memory, v->gpa, v->n, &at, err);
	if (rc)
		return rc;
	mapping_touch(at, v->n);
	board_op_dma(k->memory.board, gpa_make(v->gpa), v->n);
	return rc;
}

static int host_event(struct kvm_replayer *k, const struct batch *b, const struct event *v,
		      struct sim_error *err)
{
	if (v->kind == EVENT_PTFREE) {
		map_del(&k->table, v->gpa >> PAGE_SHIFT);
		return SIM_OK;
	}
	if (k->encoder.n)
		return sim_fail(
			err, SIM_ESTATE, "",
			"event %s amid the guest's accesses: the stream is not normalised",
			event_name(v->kind));
	if (v->kind == EVENT_PTPAGE)
		return write_table(k, b, v, err);
	if (v->kind == EVENT_DMA)
		return touch_dma(k, v, err);
	return board_op_event(k->memory.board, v, err);
}

static int replay_op(struct kvm_replayer *k, const struct batch *b, uint32_t i,
		     struct sim_error *err)
{
	int rc = encode_op(&k->encoder, b, i, err);

	if (rc == ENCODE_RUN)
		return run_words(k, err);
	if (rc == ENCODE_HOST)
		return host_event(k, b, &b->event[b->gva[i]], err);
	return rc;
}

static int replay_batch(void *self, const struct batch *b, struct sim_error *err)
{
	struct kvm_replayer *k = self;

	for (uint32_t i = 0; i < b->n; i++) {
		int rc = replay_op(k, b, i, err);

		if (rc) {
			sim_error_where(err, "record %" PRIu64, b->first + i);
			return rc;
		}
	}
	if (k->encoder.n)
		return sim_fail(
			err, SIM_ESTATE, "",
			"a batch does not end with the doorbell: the stream is not normalised");
	return SIM_OK;
}

/* --- what the host does between two batches --- */

static int set_quota(const struct kvm_replayer *k, uint64_t pages, struct sim_error *err)
{
	if (ioctl(k->vmm.vm, KVM_SET_NR_MMU_PAGES, pages) < 0)
		return sim_fail(err, SIM_EIO, "",
				"KVM refuses a quota of %" PRIu64
				" shadow pages (64 is the least): %s",
				pages, strerror(errno));
	return SIM_OK;
}

static int change_pages(struct kvm_replayer *k, const struct host_op *op, struct sim_error *err)
{
	uint8_t *at;
	int rc = guest_memory_writable(&k->memory, op->gpa, op->bytes, &at, err);

	if (rc)
		return rc;
	return op->kind == HOST_OP_DISCARD ? mapping_discard(at, op->bytes, err)
					   : mapping_move(at, op->bytes, err);
}

static int host_op(void *self, const struct host_op *op, struct sim_error *err)
{
	struct kvm_replayer *k = self;

	if (board_op_is(op->kind))
		return board_op_host(k->memory.board, op, &k->dirty, err);
	if (op->kind == HOST_OP_QUOTA)
		return set_quota(k, op->n, err);
	return change_pages(k, op, err);
}

/* --- what is asked of it --- */

static int read_counters(void *self, struct counters *c, bool have[COUNTER_COUNT],
			 struct sim_error *err)
{
	const struct kvm_replayer *k = self;

	return stats_read(k->stats, c, have, err);
}

static int find_place(void *self, gva_t gva, struct place *p, struct sim_error *err)
{
	const struct kvm_replayer *k = self;
	struct kvm_translation t = { .linear_address = gva.v };
	uint64_t entry, offset = 0;
	const uint8_t *at;
	int rc;

	*p = (struct place){ .mapped = false };
	if (ioctl(k->vmm.vcpu, KVM_TRANSLATE, &t) < 0)
		return sim_fail(err, SIM_EIO, "", "KVM_TRANSLATE failed: %s", strerror(errno));
	at = t.valid ? guest_memory_at(&k->memory, t.physical_address, 1) : NULL;
	if (!at || !ramlist_find_hva(&board_memory(k->memory.board)->ram,
				     hva_make((uintptr_t)at), &offset))
		return SIM_OK;
	rc = mapping_pagemap(at, &entry, 1, err);
	if (rc)
		return rc;
	p->mapped = entry & PAGEMAP_PRESENT;
	p->gpa = gpa_make(t.physical_address);
	p->offset = offset;
	if (entry & PAGEMAP_FRAME)
		p->hpa = hpa_make((entry & PAGEMAP_FRAME) << PAGE_SHIFT |
				  (gva.v & (PAGE_BYTES - 1)));
	return SIM_OK;
}

static int dirty_pages(void *self, uint64_t *pages, struct sim_error *err)
{
	const struct kvm_replayer *k = self;

	(void)err;
	*pages = k->dirty;
	return SIM_OK;
}

void kvm_replayer_set_style(struct replayer *r, const struct encode_style *style)
{
	struct kvm_replayer *k = r->self;

	k->encoder.style = *style;
}

struct kvm_times kvm_replayer_times(const struct replayer *r)
{
	const struct kvm_replayer *k = r->self;

	return k->times;
}

struct kvm_ring_use kvm_replayer_ring(const struct replayer *r)
{
	const struct kvm_replayer *k = r->self;

	return (struct kvm_ring_use){ k->harvest.full, k->harvest.entries };
}

int kvm_replayer_trap(struct replayer *r, uint64_t n, struct sim_error *err)
{
	struct kvm_replayer *k = r->self;
	int rc = 0;

	while (n && !rc) {
		while (n && encode_trap(&k->encoder))
			n--;
		rc = run_words(k, err);
	}
	return rc;
}

int kvm_replayer_read(struct replayer *r, const uint64_t *gva, size_t n, uint64_t *out,
		      struct sim_error *err)
{
	struct kvm_replayer *k = r->self;
	const uint8_t *results = k->payload + PAYLOAD_RESULTS * PAGE_BYTES;
	size_t done = 0, i = 0;

	while (done < n) {
		int rc;

		while (i < n && encode_read(&k->encoder, gva[i]))
			i++;
		rc = run_words(k, err);
		if (rc)
			return rc;
		memcpy(out + done, results, (i - done) * sizeof(out[0]));
		done = i;
	}
	return SIM_OK;
}

static int tag_slot(const struct kvm_replayer *k, const struct kvm_slot_region *r,
		    struct sim_error *err)
{
	uint8_t *first;
	int rc = guest_memory_writable(&k->memory, r->guest_phys_addr, r->memory_size, &first,
				       err);

	for (uint64_t at = 0; !rc && at < r->memory_size; at += PAGE_BYTES) {
		uint64_t gfn = (r->guest_phys_addr + at) >> PAGE_SHIFT;

		if (!map_get(&k->table, gfn, NULL))
			memcpy(first + at + KVM_TAG_OFFSET, &gfn, sizeof(gfn));
	}
	return rc;
}

int kvm_replayer_tag(struct replayer *r, struct sim_error *err)
{
	const struct kvm_replayer *k = r->self;
	const struct kvm_slots *s = board_slots(k->memory.board);
	int rc = SIM_OK;

	for (unsigned i = 0; i < s->n && !rc; i++) {
		const struct kvm_slot_region *slot = &s->slot[i].region;

		if (slot->memory_size && slot->guest_phys_addr != PAYLOAD_GPA)
			rc = tag_slot(k, slot, err);
	}
	return rc;
}

struct board *kvm_replayer_board(const struct replayer *r)
{
	const struct kvm_replayer *k = r->self;

	return k->memory.board;
}

/* --- making one --- */

static void destroy(void *self)
{
	struct kvm_replayer *k = self;

	stats_close(k->stats);
	harvest_fini(&k->harvest);
	vmm_close(&k->vmm);
	guest_memory_destroy(&k->memory);
	deadline_destroy(k->deadline);
	map_fini(&k->table);
	sim_free(k);
}

/* What a board takes of this system's memory at most; files are not counted, and pages set aside. */
static uint64_t board_needs(const struct board_options *o)
{
	bool has_own = !o->memory_backend && !(o->n_numa && o->numa[0].memdev) && !o->mem_path;
	uint64_t need = has_own ? o->ram_size : 0;

	for (size_t i = 0; i < o->n_backend; i++)
		if (o->backend[i].backing.kind != BACKING_FILE &&
		    !o->backend[i].backing.has_hugetlb)
			need += o->backend[i].size;
	return need;
}

static int check_memory(const struct kvm_config *cfg, const struct trace_meta *meta,
			struct sim_error *err)
{
	const struct board_options *o = cfg->memory.options;
	uint64_t need = o ? board_needs(o) : 0, available = available_bytes();

	for (unsigned i = 0; !o && i < meta->n_ram; i++)
		need += meta->ram[i].bytes;
	if (need <= available)
		return SIM_OK;
	return sim_fail(err, SIM_ENOMEM, "",
			"the guest needs %" PRIu64 " MiB of memory, the host has %" PRIu64
			" MiB: free some",
			need >> 20, available >> 20);
}

static int add_memory(struct kvm_replayer *k, const struct kvm_config *cfg,
		      const struct trace_meta *meta, struct sim_error *err)
{
	int rc =
		guest_memory_create(&k->memory, k->vmm.vm, &cfg->host, &cfg->memory, meta, err);

	if (rc)
		return rc;
	k->payload = guest_memory_at(&k->memory, PAYLOAD_GPA, PAYLOAD_PAGES * PAGE_BYTES);
	if (!k->payload)
		return sim_fail(
			err, SIM_ESTATE, "",
			"the stream has no memory for the replay program: it is not normalised");
	cpu_state_fill(k->payload);
	encode_init(&k->encoder,
		    (uint64_t *)(void *)(k->payload + PAYLOAD_RECORDS * PAGE_BYTES));
	return SIM_OK;
}

static int add_vcpu(struct kvm_replayer *k, const struct kvm_config *cfg, struct sim_error *err)
{
	int rc = SIM_OK;

	if (cfg->dirty_ring)
		rc = harvest_enable(&k->harvest, k->vmm.vm, cfg->dirty_ring, err);
	if (!rc)
		rc = vmm_add_vcpu(&k->vmm, deadline_signal(), err);
	if (rc || !cfg->dirty_ring)
		return rc;
	k->vmm.harvest = k->memory.harvest = &k->harvest;
	return harvest_map(&k->harvest, k->vmm.vcpu, err);
}

static int build(struct kvm_replayer *k, const struct kvm_config *cfg,
		 const struct trace_meta *meta, struct sim_error *err)
{
	int rc = vmm_open(&k->vmm, cfg->device, err);

	if (rc)
		return rc;
	k->deadline_ms = cfg->deadline_ms ? cfg->deadline_ms : KVM_DEADLINE_MS;
	rc = check_memory(cfg, meta, err);
	if (!rc)
		rc = add_memory(k, cfg, meta, err);
	if (!rc && cfg->shadow_quota)
		rc = set_quota(k, cfg->shadow_quota, err);
	if (!rc)
		rc = deadline_create(&k->deadline, err);
	if (!rc)
		rc = add_vcpu(k, cfg, err);
	if (!rc)
		rc = cpu_state_set(k->vmm.vcpu, &meta->regs, err);
	return rc ? rc : stats_open(&k->stats, k->vmm.vm, k->vmm.vcpu, err);
}

static const struct replayer_ops ops = {
	.run = replay_batch,
	.host = host_op,
	.counters = read_counters,
	.place = find_place,
	.dirty = dirty_pages,
	.destroy = destroy,
};

int kvm_replayer_create(struct replayer *r, const struct kvm_config *cfg,
			const struct trace_meta *meta, struct sim_error *err)
{
	struct kvm_replayer *k = sim_calloc(1, sizeof(*k));
	int rc;

	if (!k)
		return sim_fail_nomem(err);
	map_init(&k->table);
	harvest_init(&k->harvest);
	k->vmm = (struct vmm){ .kvm = -1, .vm = -1, .vcpu = -1 };
	rc = build(k, cfg, meta, err);
	if (rc) {
		destroy(k);
		return rc;
	}
	*r = (struct replayer){ .ops = &ops, .self = k };
	return SIM_OK;
}
