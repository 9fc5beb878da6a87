/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "run/plot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "run/figures.h"
#include "run/files.h"
#include "run/gnuplot.h"
#include "run/picture.h"
#include "base/text.h"

#define TEMPLATES "experiments/plots"

static const char *const terminals[] = { "svg", "png" };
#define N_TERMINALS (sizeof(terminals) / sizeof(terminals[0]))

/* The text of a template: the newest there is, or the copy beside the figures. */
static int read_template(const char *dir, const struct sources *where, const char *file,
			 char **text, struct sim_error *err)
{
	char *path = NULL;
	size_t n;
	int rc = sources_data_file(where, TEMPLATES, file, &path) ? sim_fail_nomem(err) : 0;

	if (!rc && !path) {
		path = files_join(dir, file);
		rc = path ? 0 : sim_fail_nomem(err);
	}
	if (!rc && !files_exist(path))
		rc = sim_fail(err, SIM_EIO, NULL,
			      "there is no " TEMPLATES "/%s here or among the installed data",
			      file);
	if (!rc)
		rc = files_read(path, text, &n, err);
	sim_free(path);
	return rc;
}

static int put(const char *dir, const char *file, const char *text, size_t n,
	       struct sim_error *err)
{
	char *path = files_join(dir, file);
	int rc = path ? files_write(path, text, n, err) : sim_fail_nomem(err);

	sim_free(path);
	return rc;
}

static int copy_template(const char *dir, const struct sources *where, const char *name,
			 struct sim_error *err)
{
	char *text, file[64];
	size_t n = 0;
	int rc;

	snprintf(file, sizeof(file), "%s.gp", name);
	rc = read_template(dir, where, file, &text, err);
	if (rc)
		return rc;
	while (text[n])
		n++;
	rc = put(dir, file, text, n, err);
	sim_free(text);
	return rc;
}

/* Removes figures/NAME.SUFFIX, which need not be there. */
static int drop(const char *dir, const char *name, const char *suffix, struct sim_error *err)
{
	char *path = sim_asprintf("%s/%s.%s", dir, name, suffix);
	int rc = path ? 0 : sim_fail_nomem(err);

	if (path && unlink(path) && errno != ENOENT)
		rc = sim_fail(err, SIM_EIO, path, "cannot remove: %s", strerror(errno));
	sim_free(path);
	return rc;
}

static int drop_pictures(const char *dir, const char *name, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < N_TERMINALS && !rc; i++)
		rc = drop(dir, name, terminals[i], err);
	return rc;
}

static int drop_figure(const char *dir, const char *name, struct sim_error *err)
{
	int rc = drop_pictures(dir, name, err);

	if (!rc)
		rc = drop(dir, name, "dat", err);
	return rc ? rc : drop(dir, name, "gp", err);
}

static bool holds(const char *dir, const char *file, const struct text *text)
{
	char *path = files_join(dir, file), *old = NULL;
	size_t n;
	bool same = path && !files_read(path, &old, &n, NULL) && n == text->n &&
		    !memcmp(old, text->s, n);

	sim_free(old);
	sim_free(path);
	return same;
}

/* New data: a picture of other data must not stand beside it. */
static int put_data(const char *dir, const char *name, const struct text *text,
		    struct sim_error *err)
{
	char file[64];
	int rc;

	snprintf(file, sizeof(file), "%s.dat", name);
	if (holds(dir, file, text))
		return 0;
	rc = drop_pictures(dir, name, err);
	return rc ? rc : put(dir, file, text->s, text->n, err);
}

static void explain(struct plot_list *drawn, const char *name, const struct text *why)
{
	if (why->n)
		snprintf(drawn->why[drawn->n_why++], PLOT_WHY_MAX, "%s: %s", name, why->s);
}

/* Puts the data of a figure there, and its name into the list; or removes the figure. */
static int prepare(const char *dir, const struct figure_data *d, const struct figure *fig,
		   struct plot_list *drawn, struct sim_error *err)
{
	struct text text = { .s = NULL };
	int rc = fig->write(d, &text);

	if (rc == SIM_ENOMEM || text.failed) {
		rc = sim_fail_nomem(err);
	} else if (rc == SIM_EOF) {
		explain(drawn, fig->name, &text);
		rc = drop_figure(dir, fig->name, err);
	} else {
		drawn->name[drawn->n++] = fig->name;
		rc = put_data(dir, fig->name, &text, err);
	}
	text_fini(&text);
	return rc;
}

/* One picture, drawn beside its place and put there when it is whole. */
static int draw(const struct plot_picture *p, const char *terminal, struct sim_error *err)
{
	char *script = sim_asprintf("%s.gp", p->template);
	char *temp = sim_asprintf(FILES_TEMP "%s.%s", p->name, terminal);
	char *from = temp ? files_join(p->dir, temp) : NULL;
	char *to = sim_asprintf("%s/%s.%s", p->dir, p->name, terminal);
	int rc = script && from && to ? gnuplot_run(p->dir, script, terminal, temp, err)
				      : sim_fail_nomem(err);

	if (!rc)
		rc = picture_check(from, terminal, err);
	if (!rc)
		rc = files_rename(from, to, err);
	if (rc && from)
		unlink(from);
	sim_free(script);
	sim_free(temp);
	sim_free(from);
	sim_free(to);
	return rc;
}

static int draw_figure(const struct plot_picture *p, const struct sources *where,
		       struct sim_error *err)
{
	int rc = copy_template(p->dir, where, p->template, err);

	for (size_t i = 0; i < N_TERMINALS && !rc; i++)
		rc = draw(p, terminals[i], err);
	return rc;
}

int plot_one(const struct plot_picture *p, const struct sources *where, struct sim_error *err)
{
	char file[64];
	int rc = files_make_dir(p->dir, err);

	snprintf(file, sizeof(file), "%s.dat", p->template);
	if (!rc)
		rc = put(p->dir, file, p->data, strlen(p->data), err);
	if (!rc)
		rc = copy_template(p->dir, where, "style", err);
	return rc ? rc : draw_figure(p, where, err);
}

static int draw_all(const char *dir, const struct sources *where, const struct figure_data *d,
		    struct plot_list *drawn, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; figures_all[i].name && !rc; i++)
		rc = prepare(dir, d, &figures_all[i], drawn, err);
	if (!rc)
		rc = copy_template(dir, where, "style", err);
	for (unsigned i = 0; i < drawn->n && !rc; i++) {
		const struct plot_picture p = { .dir = dir,
						.template = drawn->name[i],
						.name = drawn->name[i] };

		rc = draw_figure(&p, where, err);
	}
	return rc;
}

static int load(struct figure_data *d, const char *dir, struct sim_error *err)
{
	char *summary = files_join(dir, "summary.csv"), *exits = files_join(dir, "exits.csv");
	char *times = files_join(dir, "times.csv");
	int rc = summary && exits && times ? figures_load(d, summary, exits, err)
					   : sim_fail_nomem(err);

	if (!rc && files_exist(times)) {
		rc = figures_load_times(d, times, err);
		if (rc)
			figures_fini(d);
	}
	sim_free(times);
	sim_free(summary);
	sim_free(exits);
	return rc;
}

int plot_figures(const char *dir, const struct sources *where, struct plot_list *drawn,
		 struct sim_error *err)
{
	struct figure_data d;
	char *figures_dir;
	int rc;

	*drawn = (struct plot_list){ .n = 0 };
	rc = load(&d, dir, err);
	if (rc)
		return rc;
	figures_dir = files_join(dir, "figures");
	rc = figures_dir ? files_make_dir(figures_dir, err) : sim_fail_nomem(err);
	if (!rc)
		rc = draw_all(figures_dir, where, &d, drawn, err);
	sim_free(figures_dir);
	figures_fini(&d);
	return rc;
}
