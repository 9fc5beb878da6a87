/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/encode.h"

#include <inttypes.h>

#include "base/addr.h"
#include "kvm/payload_code.h"
#include "x86/perm.h"

#define ADDRESS_BITS 48

void encode_init(struct encoder *e, uint64_t *word)
{
	e->style = (struct encode_style){ .rounds = 1 };
	e->word = word;
	e->n = 0;
	e->after_store = false;
	e->is_list = true;
}

static uint64_t word_of(const struct encoder *e, unsigned op, uint64_t address)
{
	op += e->style.is_ordered ? PAYLOAD_OP_ORDERED : 0;
	return (uint64_t)(op * PAYLOAD_OP_BYTES) << ADDRESS_BITS |
	       (address & (((uint64_t)1 << ADDRESS_BITS) - 1));
}

/* The program sign-extends bit 47. */
static bool is_canonical(uint64_t address)
{
	uint64_t high = address >> (ADDRESS_BITS - 1);

	return high == 0 || high == (1u << (64 - ADDRESS_BITS + 1)) - 1;
}

/* A word stays free for the end, and one for going through the list again. */
static bool has_room(const struct encoder *e)
{
	return e->n < PAYLOAD_WORDS - 1 - (e->style.rounds > 1);
}

static void put(struct encoder *e, uint64_t word, uint64_t record)
{
	e->word[e->n] = word;
	e->record[e->n++] = record;
}

static int append(struct encoder *e, unsigned op, uint64_t address, uint64_t record,
		  struct sim_error *err)
{
	if (!has_room(e))
		return sim_fail(err, SIM_ERANGE, "", "more than %u words between two doorbells",
				PAYLOAD_WORDS - 1);
	if (!is_canonical(address))
		return sim_fail(err, SIM_ESTATE, "",
				"0x%" PRIx64 " is not a canonical address of 48 bits", address);
	put(e, word_of(e, op, address), record);
	return ENCODE_DONE;
}

static unsigned operation_of(const struct encoder *e, unsigned kind, unsigned log2)
{
	if (kind == OP_STORE)
		return PAYLOAD_OP_STORE_1 + log2;
	return e->style.is_chained && log2 == 3 ? PAYLOAD_OP_LOAD_CHAINED
						: PAYLOAD_OP_LOAD_1 + log2;
}

static int encode_access(struct encoder *e, uint8_t op, uint64_t gva, uint64_t record,
			 struct sim_error *err)
{
	unsigned kind = op & OP_KIND, log2 = (op & OP_SIZE) >> OP_SIZE_SHIFT;

	if (payload_owns(gva)) {
		bool rings =
			kind == OP_STORE && gva >> 12 == payload_gva(PAYLOAD_DOORBELL) >> 12;

		return rings ? ENCODE_RUN : ENCODE_DONE;
	}
	if (kind == OP_FETCH || log2 > 3 || (op & (OP_CROSS | OP_SYSTEM)) || !(op & OP_USER))
		return sim_fail(err, SIM_ESTATE, "",
				"this access at 0x%" PRIx64
				" cannot be replayed: the stream is not normalised",
				gva);
	e->after_store = kind == OP_STORE && log2 == 3;
	return append(e, operation_of(e, kind, log2), gva, record, err);
}

/* The store before it is the one that writes the entry. */
static int encode_table_store(struct encoder *e, const struct event *v, uint64_t record,
			      struct sim_error *err)
{
	uint64_t low = PAGE_BYTES - 1;
	uint64_t last = e->n ? e->word[e->n - 1] : 0;

	if (!e->after_store || (last & low) != (v->gpa & low))
		return sim_fail(err, SIM_ESTATE, "",
				"a write of the page table at gpa 0x%" PRIx64
				" does not follow its store: the stream is not normalised",
				v->gpa);
	e->after_store = false;
	if (!has_room(e))
		return sim_fail(err, SIM_ERANGE, "", "more than %u words between two doorbells",
				PAYLOAD_WORDS - 1);
	e->word[e->n - 1] = word_of(e, PAYLOAD_OP_TABLE_STORE, last);
	put(e, v->value, record);
	return ENCODE_DONE;
}

static int encode_fault(struct encoder *e, const struct event *v, uint64_t record,
			struct sim_error *err)
{
	static const unsigned op[] = {
		[0] = PAYLOAD_OP_LOAD_ABSENT,
		[PFEC_P] = PAYLOAD_OP_LOAD_REFUSED,
		[PFEC_W] = PAYLOAD_OP_STORE_ABSENT,
		[PFEC_W | PFEC_P] = PAYLOAD_OP_STORE_REFUSED,
	};

	return append(e, op[v->value & (PFEC_W | PFEC_P)], v->gva, record, err);
}

static int encode_cr3(struct encoder *e, const struct event *v, uint64_t record,
		      struct sim_error *err)
{
	return append(e, PAYLOAD_OP_CR3, v->value, record, err);
}

static int encode_invlpg(struct encoder *e, const struct event *v, uint64_t record,
			 struct sim_error *err)
{
	return append(e, PAYLOAD_OP_INVLPG, v->gva, record, err);
}

/* The VMM does it while the guest waits. */
static int by_host(struct encoder *e, const struct event *v, uint64_t record,
		   struct sim_error *err)
{
	(void)e;
	(void)v;
	(void)record;
	(void)err;
	return ENCODE_HOST;
}

static int nothing(struct encoder *e, const struct event *v, uint64_t record,
		   struct sim_error *err)
{
	(void)e;
	(void)v;
	(void)record;
	(void)err;
	return ENCODE_DONE;
}

typedef int event_encoder(struct encoder *, const struct event *, uint64_t, struct sim_error *);

/* A normalised stream has no other kinds. */
static event_encoder *const encoders[EVENT_KIND_COUNT] = {
	[EVENT_PTW] = encode_table_store,
	[EVENT_CR3] = encode_cr3,
	[EVENT_INVLPG] = encode_invlpg,
	[EVENT_PF] = encode_fault,
	[EVENT_PTPAGE] = by_host,
	[EVENT_PTFREE] = by_host,
	[EVENT_DMA] = by_host,
	[EVENT_RAM_ADD] = by_host,
	[EVENT_RAM_DEL] = by_host,
	[EVENT_END] = nothing,
	[EVENT_VCPU] = nothing,
	[EVENT_PHASE] = nothing,
	[EVENT_TAG] = nothing,
};

static int encode_event(struct encoder *e, const struct event *v, uint64_t record,
			struct sim_error *err)
{
	if (encoders[v->kind])
		return encoders[v->kind](e, v, record, err);
	return sim_fail(
		err, SIM_EUNSUP, "",
		"event %s cannot be replayed on a real guest: the stream is not normalised",
		event_name(v->kind));
}

int encode_op(struct encoder *e, const struct batch *b, uint32_t i, struct sim_error *err)
{
	const struct event *v;
	int rc;

	if ((b->op[i] & OP_KIND) != OP_EVENT)
		return encode_access(e, b->op[i], b->gva[i], b->first + i, err);
	v = &b->event[b->gva[i]];
	rc = encode_event(e, v, b->first + i, err);
	e->after_store = false;
	if (e->n)
		e->is_list = false;
	return rc;
}

bool encode_read(struct encoder *e, uint64_t gva)
{
	if (!has_room(e))
		return false;
	put(e, word_of(e, PAYLOAD_OP_READ, gva), 0);
	e->is_list = false;
	return true;
}

bool encode_trap(struct encoder *e)
{
	if (!has_room(e))
		return false;
	put(e, word_of(e, PAYLOAD_OP_TRAP, 0), 0);
	e->is_list = false;
	return true;
}

void encode_end(struct encoder *e)
{
	if (e->n && e->is_list && e->style.rounds > 1)
		e->word[e->n++] = word_of(e, PAYLOAD_OP_AGAIN, e->style.rounds);
	e->word[e->n] = word_of(e, PAYLOAD_OP_END, 0);
	e->n = 0;
	e->after_store = false;
	e->is_list = true;
}
