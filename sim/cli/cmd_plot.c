/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_plot.c - shadownest plot: draws the figures of a folder of results again
 */
#include "config.h"

#include <argp.h>

#include "base/alloc.h"
#include "cli/command.h"
#include "cli/locate.h"
#include "cli/report.h"
#include "run/plot.h"
#include "run/sources.h"

static const char doc[] =
	"Draws the figures of DIR, the results of an experiment, as SVG and PNG in "
	"DIR/figures.\vThe templates are experiments/plots/*.gp here or among the installed "
	"data. DIR/figures keeps a copy of each beside its data, to be changed and drawn by "
	"hand:\n"
	"\n"
	"  shadownest plot results/quickstart\n"
	"  cd results/quickstart/figures && gnuplot -c overhead.gp svg overhead.svg";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **dir = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*dir)
			argp_error(state, "one folder at a time");
		*dir = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which results?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = { NULL, parse, "DIR", doc, NULL, NULL, NULL };

static int plot(int argc, char **argv)
{
	struct sim_error err = { 0 };
	struct plot_list drawn;
	struct sources where;
	const char *dir = NULL;
	char *data_dir;
	int rc = command_parse(&argp, argc, argv, &dir);

	if (rc)
		return rc;
	data_dir = locate_data_dir();
	if (!data_dir) {
		sim_fail_nomem(&err);
		return command_failed(&err);
	}
	sources_init(&where, NULL, data_dir);
	rc = plot_figures(dir, &where, &drawn, &err);
	sources_fini(&where);
	sim_free(data_dir);
	if (rc)
		return command_failed(&err);
	report_figures(dir, &drawn, stdout);
	return EXIT_DONE;
}

const struct command cmd_plot = {
	.name = "plot",
	.summary = "draw the figures of results again",
	.run = plot,
};
