/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board_parse.h - what is known while the options of a board are read
 *
 * Options are read one by one into `o`, as far as each can be judged by itself; of those that may stand several times the
 * words are kept (-m, -machine, -smp). At the end board_parse_finish() judges them together, as QEMU does when it has seen the
 * whole command line.
 *
 * Private to the files of board_options.h.
 */
#ifndef SIM_MEM_BOARD_PARSE_H
#define SIM_MEM_BOARD_PARSE_H

#include "mem/board_options.h"
#include "mem/board_property.h"
#include "mem/board_words.h"

struct board_parse {
	struct board_options *o;
	const struct jnode *root; /* JSON form; NULL: a command line */
	struct jnode machine_node, memory_node, smp_node;
	struct board_words machine, memory, smp;
	bool has_size;		   /* -m: not 0 */
	unsigned n_accel, n_known; /* -accel: how many, and of these QEMU's */
	bool has_nic, has_net;	   /* -nic, -net nic; any of -nic, -net, -netdev */
	bool is_e1000, is_e1000e; /* the model that was asked for; neither: the machine's own */
	unsigned n_serial;
	bool has_parallel;
	bool has_numa_mem, has_numa_memdev;
};

/* --- one option each: its words, as QEMU's command line or JSON gives them --- */

SIM_MUST_CHECK int board_parse_object(struct board_parse *p, const struct board_words *w,
				      struct sim_error *err);
SIM_MUST_CHECK int board_parse_device(struct board_parse *p, const struct board_words *w,
				      struct sim_error *err);
SIM_MUST_CHECK int board_parse_numa(struct board_parse *p, const struct board_words *w,
				    struct sim_error *err);
SIM_MUST_CHECK int board_parse_accel(struct board_parse *p, const struct board_words *w,
				     struct sim_error *err);

SIM_MUST_CHECK int board_parse_net(struct board_parse *p, const struct board_words *w,
				   struct sim_error *err);
SIM_MUST_CHECK int board_parse_drive(struct board_parse *p, const struct board_words *w,
				     struct sim_error *err);
SIM_MUST_CHECK int board_parse_serial(struct board_parse *p, const char *arg,
				      struct sim_error *err);
SIM_MUST_CHECK int board_parse_parallel(struct board_parse *p, const char *arg,
					struct sim_error *err);

/* --- at the end --- */

SIM_MUST_CHECK int board_parse_machine(struct board_parse *p, struct sim_error *err);
SIM_MUST_CHECK int board_parse_memory(struct board_parse *p, struct sim_error *err);
SIM_MUST_CHECK int board_parse_smp(struct board_parse *p, struct sim_error *err);
SIM_MUST_CHECK int board_parse_check(struct board_parse *p, struct sim_error *err);
SIM_MUST_CHECK int board_parse_check_numa(struct board_parse *p, struct sim_error *err);
SIM_MUST_CHECK int board_parse_check_nic(const struct board_parse *p, struct sim_error *err);
/* All of these. */
SIM_MUST_CHECK int board_parse_finish(struct board_parse *p, struct sim_error *err);

/* Fails at a member of the JSON form, or at an option. */
int board_parse_fail(const struct board_parse *p, const char *member, const char *option,
		     int code, struct sim_error *err, const char *fmt, ...) SIM_PRINTF(6, 7);

/* Reads a whole command line, or JSON: all but the end. */
SIM_MUST_CHECK int board_parse_words(struct board_parse *p, int n, const char *const *word,
				     struct sim_error *err);
SIM_MUST_CHECK int board_parse_line(struct board_parse *p, const char *line,
				    struct sim_error *err);
SIM_MUST_CHECK int board_parse_json(struct board_parse *p, const struct jnode *n,
				    struct sim_error *err);

/* --- what QEMU knows --- */

/* "pc-i440fx-7.2": 702; an unknown name: 0. */
unsigned board_parse_version(const char *machine);
/* An object type other than memory backends. */
bool board_parse_is_object(const char *qom_type);

/* What an option that is none of memory's takes. */
enum board_option {
	BOARD_OPTION_UNKNOWN,
	BOARD_OPTION_SKIP,     /* no part in memory */
	BOARD_OPTION_SKIP_ARG, /* the same, with an argument */
	BOARD_OPTION_FOREIGN, /* changes memory in a way that is not modelled; with an argument */
	BOARD_OPTION_MACHINE,
	BOARD_OPTION_MEMORY,
	BOARD_OPTION_SMP,
	BOARD_OPTION_OBJECT,
	BOARD_OPTION_DEVICE,
	BOARD_OPTION_NUMA,
	BOARD_OPTION_ACCEL,
	BOARD_OPTION_SHORTHAND, /* a flag that stands for a property of -machine */
	BOARD_OPTION_MEM_PATH,
	BOARD_OPTION_MEM_PREALLOC,
	BOARD_OPTION_STOPPED,
	BOARD_OPTION_NO_DEFAULTS,
	BOARD_OPTION_VGA,
	BOARD_OPTION_NIC,
	BOARD_OPTION_NET,
	BOARD_OPTION_NETDEV,
	BOARD_OPTION_SERIAL,
	BOARD_OPTION_PARALLEL,
	BOARD_OPTION_DRIVE,
};

enum board_option board_option_find(const char *name);
bool board_option_has_argument(enum board_option option);

/* One option with its argument, or NULL; name: behind a '-'. */
SIM_MUST_CHECK int board_parse_option(struct board_parse *p, enum board_option option,
				      const char *name, const char *arg, struct sim_error *err);

/* A backend by its id; NULL: none. */
struct backend_options *board_options_backend(const struct board_options *o, const char *id);

/* 0, or 1: an object of QEMU's that is no memory; nothing is in *b then. */
SIM_MUST_CHECK int backend_options_take(struct backend_options *b, const struct board_words *w,
					struct sim_error *err);
SIM_MUST_CHECK int dimm_options_take(struct dimm_options *d, const struct board_words *w,
				     struct sim_error *err);

#endif
