/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vm/board_op.h"

#include <inttypes.h>

#include "vm/payload.h"

/* What lies between conventional and extended memory is ROM and devices on a PC, whatever a stream calls it. */
#define LEGACY_FIRST ((uint64_t)0xa0000)
#define LEGACY_END   ((uint64_t)0x100000)

static bool can_hold(const struct memory_region *mr)
{
	return mr && memory_region_is_ram(mr) && !mr->ram_block->is_readonly;
}

/* What of [from, end) cannot be a guest's RAM first; offset end: all of it can. */
static struct memory_region_section first_hole(struct board *b, uint64_t from, uint64_t end)
{
	const struct address_space *as = board_address_space(b);
	struct memory_region_section s = { .mr = NULL };

	while (from < end) {
		if (from >= LEGACY_FIRST && from < LEGACY_END) {
			from = LEGACY_END;
			continue;
		}
		s = address_space_section(as, from, (int128_t)(end - from));
		if (!can_hold(s.mr))
			return s;
		from += (uint64_t)s.size;
	}
	s.offset_within_address_space = end;
	return s;
}

static int check_covered(struct board *b, const struct trace_ram *r, struct sim_error *err)
{
	struct memory_region_section s = first_hole(b, r->gpa, r->gpa + r->bytes);
	uint64_t hole = s.offset_within_address_space;

	if (hole >= r->gpa + r->bytes)
		return 0;
	if (s.mr && memory_region_is_ram(s.mr))
		return sim_fail(err, SIM_ERANGE, NULL,
				"the stream has RAM at gpa 0x%" PRIx64 "..0x%" PRIx64
				", this machine at 0x%" PRIx64
				" the memory backend '%s', which nobody can write: a guest's "
				"RAM needs readonly=off",
				r->gpa, r->gpa + r->bytes - 1, hole, s.mr->name);
	return sim_fail(err, SIM_ERANGE, NULL,
			"the stream has RAM at gpa 0x%" PRIx64 "..0x%" PRIx64
			", this machine none at 0x%" PRIx64
			": ask for more memory (-m), or for the machine type that was captured",
			r->gpa, r->gpa + r->bytes - 1, hole);
}

static int add_ram(struct board *b, const struct trace_meta *meta, struct sim_error *err)
{
	bool is_bare = !board_options(b);
	int rc = 0;

	for (unsigned i = 0; i < meta->n_ram && !rc; i++) {
		const struct trace_ram *r = &meta->ram[i];

		rc = is_bare || r->gpa == PAYLOAD_GPA
			     ? board_add_ram(b, gpa_make(r->gpa), r->bytes, false, err)
			     : check_covered(b, r, err);
	}
	return rc;
}

int board_op_create(struct board **b, const struct board_config *cfg,
		    const struct trace_meta *meta, struct sim_error *err)
{
	int rc = board_create(b, cfg, err);

	if (rc)
		return rc;
	if (cfg->options && !cfg->options->is_stopped)
		rc = board_boot(*b, err);
	if (!rc)
		rc = add_ram(*b, meta, err);
	if (rc) {
		board_destroy(*b);
		*b = NULL;
	}
	return rc;
}

/* --- operations of the host --- */

static int check_whole_pages(const struct host_op *op, struct sim_error *err)
{
	if (op->bytes && !((op->gpa | op->bytes) & (PAGE_BYTES - 1)))
		return 0;
	return sim_fail(err, SIM_ERANGE, NULL,
			"a memory slot of 0x%" PRIx64 " bytes at gpa 0x%" PRIx64
			": whole pages of 4 KiB are needed",
			op->bytes, op->gpa);
}

static int slot_add(struct board *b, const struct host_op *op, struct sim_error *err)
{
	gpa_t gpa = gpa_make(op->gpa);
	int rc = check_whole_pages(op, err);

	if (rc)
		return rc;
	if (op->alias == HOST_OP_NO_ALIAS)
		return board_add_ram(b, gpa, op->bytes, op->read_only, err);
	return board_add_alias(b, gpa, op->bytes, gpa_make(op->alias), op->read_only, err);
}

/* The slot that starts at gpa. */
static const struct kvm_slot *slot_at(struct board *b, uint64_t gpa, struct sim_error *err)
{
	const struct kvm_slot *s = kvm_slots_find(board_slots(b), gpa_make(gpa));

	if (s && s->region.guest_phys_addr == gpa)
		return s;
	(void)sim_fail(err, SIM_ESTATE, NULL, "no memory slot starts at gpa 0x%" PRIx64, gpa);
	return NULL;
}

static int set_log(struct board *b, const struct host_op *op, struct sim_error *err)
{
	const struct kvm_slot *s = slot_at(b, op->gpa, err);

	return s ? kvm_slots_set_log(board_slots(b), s, op->kind == HOST_OP_LOG_ON, err)
		 : SIM_ESTATE;
}

static int get_log(struct board *b, const struct host_op *op, uint64_t *pages,
		   struct sim_error *err)
{
	const struct kvm_slot *s = slot_at(b, op->gpa, err);

	if (!s)
		return SIM_ESTATE;
	if (!(s->region.flags & KVM_SLOT_LOG_DIRTY_PAGES))
		return sim_fail(err, SIM_ESTATE, NULL,
				"the memory slot at gpa 0x%" PRIx64 " is not logged", op->gpa);
	return kvm_slots_sync(board_slots(b), s, pages, err);
}

bool board_op_is(enum host_op_kind kind)
{
	return kind == HOST_OP_SLOT_ADD || kind == HOST_OP_SLOT_DEL || kind == HOST_OP_LOG_ON ||
	       kind == HOST_OP_LOG_OFF || kind == HOST_OP_LOG_GET;
}

int board_op_host(struct board *b, const struct host_op *op, uint64_t *pages,
		  struct sim_error *err)
{
	if (op->kind == HOST_OP_SLOT_ADD)
		return slot_add(b, op, err);
	if (op->kind == HOST_OP_SLOT_DEL)
		return board_del_ram(b, gpa_make(op->gpa), err);
	if (op->kind == HOST_OP_LOG_GET)
		return get_log(b, op, pages, err);
	return set_log(b, op, err);
}

/* --- records of the stream --- */

int board_op_event(struct board *b, const struct event *e, struct sim_error *err)
{
	return e->kind == EVENT_RAM_ADD ? board_hotplug(b, gpa_make(e->gpa), e->value, err)
					: board_hotunplug(b, gpa_make(e->gpa), e->value, err);
}

void board_op_dma(struct board *b, gpa_t gpa, uint64_t bytes)
{
	address_space_set_dirty(board_address_space(b), gpa.v, bytes);
}
