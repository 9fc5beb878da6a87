/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * small_board.h - a board over a simulated host, from words of a command line, and what KVM would have got
 */
#ifndef TESTS_SMALL_BOARD_H
#define TESTS_SMALL_BOARD_H

#include "mem/board.h"
#include "mem/host.h"

#define SMALL_BOARD_RECORDS 256

struct small_board {
	struct host *host;
	struct board_options options;
	json_t *parts;
	struct board *board;
	struct kvm_slot_region record[SMALL_BOARD_RECORDS];
	unsigned n_records;
	struct memory *memory; /* of the board, once it is there */
};

/*
 * Makes it with the board file TYPE.json in `models` (NULL: no devices). Slots are there with KVM. Nothing is left of a failure but
 * the error.
 */
SIM_MUST_CHECK int small_board_create(struct small_board *s, const char *line,
				      const char *models, struct sim_error *err);
/* The simulated host for the memory of cfg; KVM with -accel kvm. */
void small_board_backing(struct small_board *s, struct board_config *cfg);
void small_board_destroy(struct small_board *s);

/* object_add and device_add with the words of QEMU's monitor: "memory-backend-ram,id=mem1,size=128M". */
SIM_MUST_CHECK int small_board_object_add(struct small_board *s, const char *words,
					  struct sim_error *err);
SIM_MUST_CHECK int small_board_device_add(struct small_board *s, const char *words,
					  struct sim_error *err);

#endif
