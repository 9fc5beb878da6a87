/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * access_code.h - accesses as columns: op bytes, slots, deltas
 *
 * A slot remembers the last address that went through it; an access is its slot and the
 * difference to that address. Fetches use slot 254 (CPL 0..2) and 255 (CPL 3), which costs
 * nothing; for each load and store the writer chooses a slot and says which. A reader only
 * follows, so the choice may get cleverer without a new format. Slots by page make loops that
 * touch several structures repeat byte for byte (twice as small as one slot per kind); slots by
 * gigabyte suit random access to a large array. The writer takes, per block, what packs better.
 *
 *     op byte of an access: bits 0-1 kind, 2-4 log2 of the size in bytes (0 in a fetch), 5 CPL
 *     3; of an event: 3
 */
#ifndef SIM_TRACE_ACCESS_CODE_H
#define SIM_TRACE_ACCESS_CODE_H

#include <stddef.h>

#include "base/addr.h"
#include "trace/bytes.h"
#include "trace/record.h"

#define ACCESS_SLOTS	  256u
#define ACCESS_SLOT_FETCH 254u

struct access_count {
	uint32_t load, store, fetch, event, cross;
};

/* Counts kinds in op[0..n). */
struct access_count access_count(const uint8_t *op, size_t n);

/* False when some op byte is none that a file may hold. */
bool access_ops_valid(const uint8_t *op, size_t n);

/* Appends slots and deltas of n records (events have neither), slots chosen by address bits
 * above `shift`. 0 or SIM_ENOMEM. */
SIM_MUST_CHECK int access_put(const uint8_t *op, const uint64_t *gva, size_t n, unsigned shift,
			      struct bytes *slots, struct bytes *deltas);

/*
 * Where a reader stands in the columns of a block. The slot column must have a byte for each
 * load and store of the op column; behind both lie 8 readable bytes.
 */
struct access_cursor {
	struct access_columns {
		uint8_t *op;
		const uint8_t *slot;
		const uint8_t *delta, *delta_end;
	} at;
	uint64_t base[ACCESS_SLOTS];
};

/* Decodes n records: addresses to gva (an event: its number within these n), OP_CROSS into the
 * op bytes. False when the deltas are not well formed. */
SIM_MUST_CHECK bool access_get(struct access_cursor *c, uint64_t *gva, uint32_t n);

#endif
