/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gnuplot.h - lets gnuplot run one script
 */
#ifndef SIM_RUN_GNUPLOT_H
#define SIM_RUN_GNUPLOT_H

#include "base/err.h"

/*
 * Runs "gnuplot -c SCRIPT TERMINAL OUTPUT" in folder `dir`, without a shell. SIM_EIO with what
 * gnuplot said when it is not installed or fails.
 */
SIM_MUST_CHECK int gnuplot_run(const char *dir, const char *script, const char *terminal,
			       const char *output, struct sim_error *err);

#endif
