/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_lines.h - parts of command lines, and reading one that must be good */
#ifndef TESTS_BOARD_LINES_H
#define TESTS_BOARD_LINES_H

#include "check.h"

#include "mem/board_options.h"

#define K (UINT64_C(1) << 10)
#define M (K << 10)
#define G (M << 10)

#define RAM   "-object memory-backend-ram"
#define SLOTS "-m 128,slots=2,maxmem=1G "
#define TWO   SLOTS RAM ",id=d0,size=64M " RAM ",id=d1,size=64M "
#define DIMM  "-device pc-dimm"
#define TWO_NODES                                                                              \
	RAM ",id=n0,size=64M " RAM ",id=n1,size=64M -numa node,memdev=n0 -numa node,memdev=n1 "
#define OLD "-M pc-i440fx-5.0 -m 256 "

static inline void parse(struct board_options *o, const char *line)
{
	struct sim_error err = { 0 };

	if (board_options_parse(o, line, &err)) {
		print_error("%s: refused: %s: %s\n", line, err.where, err.text);
		fail();
	}
}

#endif
