/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board_op.h - the memory of a guest for a stream: its board, and what host operations and records of the stream do to it
 *
 * Shared by the simulated VM and the real one: both have a board, whose slots go to their own KVM.
 */
#ifndef SIM_VM_BOARD_OP_H
#define SIM_VM_BOARD_OP_H

#include <stdbool.h>

#include "base/err.h"
#include "mem/board.h"
#include "trace/meta.h"
#include "trace/record.h"
#include "vm/replayer.h"

/* A guest's memory, as an experiment asks for it. All zero: the RAM that the stream names, and nothing else. */
struct memory_plan {
	const struct board_options *options; /* NULL: a bare board */
	const json_t *parts;		     /* of options' machine type */
	const char *parts_name;		     /* as in struct board_config */
	bool is_real; /* its bytes are memory of this process; false: a simulated guest has addresses alone */
};

/*
 * Builds the board, boots it unless it is to stand still (-S), and gives it the RAM that the stream names. A machine
 * that is asked for must have that RAM already, but for the replay program's (payload.h), which is added. SIM_ERANGE.
 */
SIM_MUST_CHECK int board_op_create(struct board **b, const struct board_config *cfg,
				   const struct trace_meta *meta, struct sim_error *err);

/* Whether board_op_host carries it out: operations on slots and their logs. */
bool board_op_is(enum host_op_kind kind);

/* *pages: what a HOST_OP_LOG_GET found. SIM_ERANGE, SIM_ESTATE, and what KVM says. */
SIM_MUST_CHECK int board_op_host(struct board *b, const struct host_op *op, uint64_t *pages,
				 struct sim_error *err);

/* EVENT_RAM_ADD, EVENT_RAM_DEL. */
SIM_MUST_CHECK int board_op_event(struct board *b, const struct event *e,
				  struct sim_error *err);

/* A device wrote guest memory: clients of the dirty bitmaps that listen learn of it. */
void board_op_dma(struct board *b, gpa_t gpa, uint64_t bytes);

#endif
