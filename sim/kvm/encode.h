/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * encode.h - a normalised stream as the words that the guest's replay program reads (payload_code.h)
 *
 * The payload's own accesses need no word: the guest makes them by running. What the guest cannot do itself is left
 * to the VMM, which does it while the guest waits at the doorbell.
 */
#ifndef SIM_KVM_ENCODE_H
#define SIM_KVM_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/record.h"
#include "vm/payload.h"

enum encode_result {
	ENCODE_DONE, /* in the words, or nothing to do */
	ENCODE_RUN,  /* the stream rings the doorbell */
	ENCODE_HOST, /* an event that is the VMM's */
};

/* How a guest makes a list of loads and stores. */
struct encode_style {
	uint32_t rounds; /* how often, before the doorbell */
	bool is_ordered; /* nothing is looked at ahead of an access that is not done: slower, but KVM counts the same */
	bool is_chained; /* the address of each load of 8 bytes waits for the value of the last one */
};

struct encoder {
	struct encode_style style;	/* once, not ordered, not chained, unless changed */
	uint64_t *word;			/* PAYLOAD_WORDS, borrowed */
	uint64_t record[PAYLOAD_WORDS]; /* where each comes from in the stream */
	uint32_t n;
	bool after_store; /* the last one is a store of 8 bytes */
	bool is_list;	  /* loads and stores only: rounds apply */
};

void encode_init(struct encoder *e, uint64_t *word);

/*
 * Takes op i of b: an enum encode_result, or negative. SIM_ERANGE: no room for it and the end;
 * SIM_ESTATE: not normalised.
 */
SIM_MUST_CHECK int encode_op(struct encoder *e, const struct batch *b, uint32_t i,
			     struct sim_error *err);

/* A load of 8 bytes whose value the guest appends to its results. False: no room. */
SIM_MUST_CHECK bool encode_read(struct encoder *e, uint64_t gva);

/* The guest goes to its kernel and back. False: no room. */
SIM_MUST_CHECK bool encode_trap(struct encoder *e);

/* Ends the words; the encoder is then ready for the next batch. */
void encode_end(struct encoder *e);

#endif
