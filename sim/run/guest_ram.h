/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guest_ram.h - the member "memory" of an experiment: a guest's memory as on QEMU's command line
 *
 *     "memory": "-machine pc -m 256M,slots=4,maxmem=2G"
 *     "memory": {"machine": "pc", "m": "256M", "board": "pc", "allocate": true}
 *
 *     "memory": {"qemu": "-machine pc -m 256M", "allocate": true}
 *
 * Beside what mem/board_options.h reads:
 *     qemu      a command line, in the place of all those members
 *     board     the board file (models/board/NAME.json), by default that of the machine type
 *     allocate  true: the guest's memory is real memory of this process; false (default): a simulated guest has
 *               addresses alone. A real guest's memory is always real.
 */
#ifndef SIM_RUN_GUEST_RAM_H
#define SIM_RUN_GUEST_RAM_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "mem/board_options.h"
#include "run/sources.h"
#include "vm/board_op.h"

struct guest_ram {
	bool is_given; /* false: the RAM that the trace names */
	bool allocate;
	struct board_options options;
	const struct source *board; /* owned by the sources */
	json_t *parts;		    /* the board file */
};

/* An absent node is fine. Errors at the node's path. */
SIM_MUST_CHECK int guest_ram_read(struct guest_ram *g, const struct jnode *n,
				  struct sources *sources, struct sim_error *err);
void guest_ram_fini(struct guest_ram *g);

/* Borrows from g. */
struct memory_plan guest_ram_plan(const struct guest_ram *g);

/* As config.json has it, everything filled in; NULL: out of memory. Only when it is given. */
SIM_MUST_CHECK json_t *guest_ram_json(const struct guest_ram *g);

#endif
