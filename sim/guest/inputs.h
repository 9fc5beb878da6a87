/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inputs.h - several streams as processes of one guest, in turn
 *
 * A turn ends after `quantum` accesses, with an EVENT_SWITCH to the next stream's process; a stream that has come to its end
 * has no more turns. Processes of different streams do not meet: stream i's process p becomes i * INPUTS_PIDS + p, its file f
 * i * INPUTS_FILES + f. An EVENT_END counts the instructions of all.
 *
 *     inputs_create(&t, n, quantum, err)
 *     while (inputs_wanted(t, &i))           the stream whose turn it is
 *             inputs_take(t, &batch, &piece, &used, err)   ... piece to guest_os_next, then batch from `used` on
 *             or inputs_end(t, &piece)       that stream has no more
 *
 * Ownership: *piece is t's until the next call. One stream alone passes as it is.
 */
#ifndef SIM_GUEST_INPUTS_H
#define SIM_GUEST_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "trace/record.h"

#define INPUTS_MAX   64u
#define INPUTS_PIDS  (1u << 24)
#define INPUTS_FILES (1u << 14)

struct inputs;

SIM_MUST_CHECK int inputs_create(struct inputs **t, unsigned n, uint64_t quantum,
				 struct sim_error *err);
void inputs_destroy(struct inputs *t);

/* False: all have ended. */
bool inputs_wanted(const struct inputs *t, unsigned *i);

/* As much of the wanted stream's records, b[at ...], as its turn has room for; *used: how many. */
SIM_MUST_CHECK int inputs_take(struct inputs *t, const struct batch *b, uint32_t at,
			       struct batch *piece, uint32_t *used, struct sim_error *err);

/* The wanted stream has no more; the next is wanted. The piece is the end of it all, or empty. */
SIM_MUST_CHECK int inputs_end(struct inputs *t, struct batch *piece, struct sim_error *err);

#endif
