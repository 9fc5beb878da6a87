/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * figures_fit.h - a fit as a figure: measured time against predicted, an access
 */
#ifndef SIM_RUN_FIGURES_FIT_H
#define SIM_RUN_FIGURES_FIT_H

#include "cost/fit.h"
#include "run/sources.h"
#include "base/text.h"

/* The data file. Block 0 names the blocks that follow and what else the figure says. */
void figures_write_fit(const struct fit *f, const struct fit_data *d, struct text *t);

/*
 * Draws PATH, which ends in .svg, and the PNG beside it; fit.dat, fit.gp and style.gp stay there, so
 * that it can be drawn again by hand. SIM_EIO, SIM_EFORMAT, SIM_ENOMEM.
 */
SIM_MUST_CHECK int figures_draw_fit(const char *path, const struct fit *f,
				    const struct fit_data *d, const struct sources *where,
				    struct sim_error *err);

#endif
