/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plot.h - the figures of a folder of results
 *
 * DIR/figures/NAME.dat holds what a figure shows, as text; NAME.gp draws it, with style.gp:
 * copies of the templates, so that the folder can be drawn again, or changed, by hand:
 *
 *     cd DIR/figures && gnuplot -c NAME.gp svg NAME.svg
 */
#ifndef SIM_RUN_PLOT_H
#define SIM_RUN_PLOT_H

#include "base/err.h"
#include "run/sources.h"

#define PLOT_MAX     8
#define PLOT_WHY_MAX 200

struct plot_list {
	const char *name[PLOT_MAX];
	unsigned n;
	char why[PLOT_MAX][PLOT_WHY_MAX]; /* "NAME: why it is not drawn" */
	unsigned n_why;
};

/*
 * Draws every figure that summary.csv and exits.csv of DIR have the data for, as SVG and PNG;
 * *drawn names them. Figures that other results left there are removed. Templates are
 * experiments/plots/NAME.gp, found as sources.h says, else those that stand in DIR/figures.
 * SIM_EIO, SIM_EFORMAT, SIM_ENOMEM; a picture that is not whole does not stay.
 */
SIM_MUST_CHECK int plot_figures(const char *dir, const struct sources *where,
				struct plot_list *drawn, struct sim_error *err);

/* A figure on its own. */
struct plot_picture {
	const char *dir;      /* of all its files */
	const char *template; /* experiments/plots/TEMPLATE.gp, which reads TEMPLATE.dat */
	const char *name;     /* of the pictures, without ending */
	const char *data;     /* text of TEMPLATE.dat */
};

/* Draws it as SVG and PNG; data and templates stay beside it. SIM_EIO, SIM_ENOMEM. */
SIM_MUST_CHECK int plot_one(const struct plot_picture *p, const struct sources *where,
			    struct sim_error *err);

#endif
