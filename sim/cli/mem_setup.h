/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mem_setup.h - what `shadownest mem` was asked for, as setups: the same that an experiment would have
 */
#ifndef SIM_CLI_MEM_SETUP_H
#define SIM_CLI_MEM_SETUP_H

#include "base/err.h"
#include "run/session.h"
#include "run/setup.h"
#include "run/sources.h"

struct mem_setup_options {
	const char *line;  /* as on QEMU's command line */
	const char *trace; /* NULL: a board alone */
	const char *techniques, *machine, *page_size;
	bool allocate;
};

struct mem_setup {
	char *home; /* a folder beside the models */
	struct sources sources;
	struct setup setup[SESSION_LANES_MAX];
	unsigned n; /* lanes; 0: a board alone */
	struct guest_ram alone;
	struct memory_plan memory; /* of a board alone */
};

/* Errors as those of an experiment, at the option. mem_setup_fini after an error too. */
SIM_MUST_CHECK int mem_setup_create(struct mem_setup *m, const struct mem_setup_options *o,
				    struct sim_error *err);
void mem_setup_fini(struct mem_setup *m);

/* An error of mem_setup_create lies at an option, not at a member of an experiment. */
void mem_setup_say_option(struct sim_error *err);

#endif
