/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * figures.h - what each figure shows: data files made from summary.csv and exits.csv
 *
 * A data file is text for gnuplot: blocks apart by two blank lines, each with a head line. A
 * cluster is a set of rows that differ in the technique only.
 */
#ifndef SIM_RUN_FIGURES_H
#define SIM_RUN_FIGURES_H

#include <stdbool.h>

#include "base/err.h"
#include "run/csv.h"
#include "base/text.h"

struct figure_data {
	struct csv summary, exits;
	struct csv times; /* empty unless the results have real points */
	size_t n_keys;	  /* columns of axes; the same in both */
	size_t technique; /* one of them */
	size_t *cluster;  /* per row */
	size_t *first;	  /* per cluster: its first row */
	size_t n_clusters;
};

struct figure {
	const char *name; /* of its template and its files */
	/*
	 * Writes the data file: 0, SIM_ENOMEM, or SIM_EOF when these results have nothing for
	 * it; the text is then empty, or says why.
	 */
	int (*write)(const struct figure_data *d, struct text *f);
};

/* Of sweeps (figures_sweep.c). */
int figures_write_sweep(const struct figure_data *d, struct text *f);
int figures_write_crossover(const struct figure_data *d, struct text *f);

/* Of real points (figures_kvm.c). */
int figures_write_kvm(const struct figure_data *d, struct text *f);

const char *figures_key(const struct figure_data *d, size_t row, size_t column);
double figures_number(const struct figure_data *d, size_t row, const char *column);

/* True when the rows agree on every axis but the technique and `but`. */
bool figures_same_keys(const struct figure_data *d, size_t a, size_t b, size_t but);

/* The quoted name of a row's cluster, without axis `but`: "fork page_size=2M". */
void figures_print_label(const struct figure_data *d, size_t row, size_t but, struct text *f);

/* Ends with a NULL name. */
extern const struct figure figures_all[];

/* Loads both tables of a folder of results. SIM_EIO, SIM_EFORMAT, SIM_ENOMEM. */
SIM_MUST_CHECK int figures_load(struct figure_data *d, const char *summary, const char *exits,
				struct sim_error *err);

/* Adds times.csv. SIM_EIO, SIM_EFORMAT, SIM_ENOMEM. */
SIM_MUST_CHECK int figures_load_times(struct figure_data *d, const char *times,
				      struct sim_error *err);
void figures_fini(struct figure_data *d);

#endif
