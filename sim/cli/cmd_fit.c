/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_fit.c - shadownest fit: prices from measured times
 */
#include "config.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "cli/command.h"
#include "cli/locate.h"
#include "cli/report_fit.h"
#include "cost/fit.h"
#include "run/figures_fit.h"
#include "run/files.h"

#define MEASURED "measure.json"
#define ENDING	 ".json"
#define INPUTS	 64

struct arguments {
	const char *in[INPUTS];
	size_t n;
	const char *out, *base, *figure;
};

static const char doc[] =
	"Fits prices to measured times: what each event costs on the host where `shadownest kvm "
	"measure` ran, by robust non-negative least squares. Writes a cost model with an interval "
	"and a source for each price; what the times do not tell keeps the price of the base "
	"model.\vIN is a file that kvm measure wrote, or its folder. Points marked holdout "
	"or dependent, and those of the plain process, are not fitted: they tell how well the "
	"prices predict.\n"
	"\n"
	"  shadownest kvm measure -o build/m\n"
	"  shadownest fit build/m -o build/here.json --figure build/here.svg\n"
	"\n"
	"An experiment names the model as \"cost\": \"build/here.json\".";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		a->out = arg;
		return 0;
	case 'b':
		a->base = arg;
		return 0;
	case 'f':
		a->figure = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->n == INPUTS)
			argp_error(state, "more than %d inputs", INPUTS);
		a->in[a->n++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->n)
			argp_error(state, "what was measured?");
		if (!a->out)
			argp_error(state, "-o FILE.json is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "output", 'o', "FILE.json", 0, "write the cost model here", 0 },
	{ "base", 'b', "MODEL", 0,
	  "whose prices the rest keeps: a name in models/cost, or a path (xeon-8269cy)", 0 },
	{ "figure", 'f', "FILE.svg", 0, "draw measured against predicted, as SVG and PNG", 0 },
	{ 0 },
};

static const struct argp argp = { options, parse, "IN... -o FILE.json", doc, NULL, NULL, NULL };

/* A folder stands for the file that kvm measure puts there. */
static int load_one(struct fit_data *d, const char *in, struct sim_error *err)
{
	struct stat st;
	char *path;
	int rc;

	if (stat(in, &st) || !S_ISDIR(st.st_mode))
		return fit_data_load(d, in, err);
	path = files_join(in, MEASURED);
	rc = path ? fit_data_load(d, path, err) : sim_fail_nomem(err);
	sim_free(path);
	return rc;
}

static int load(struct fit_data *d, const struct arguments *a, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < a->n && !rc; i++)
		rc = load_one(d, a->in[i], err);
	return rc;
}

/* A model is named as its file is. */
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t n = strlen(name), k = strlen(ENDING);

	if (n > k && !strcmp(name + n - k, ENDING))
		n -= k;
	return sim_asprintf("%.*s", (int)n, name);
}

static int write_model(const struct fit *f, const struct fit_data *d, const json_t *base,
		       const char *path, struct sim_error *err)
{
	char *name = name_of(path);
	char *text = name ? fit_text(f, d, base, name) : NULL;
	int rc = text ? files_write(path, text, strlen(text), err) : sim_fail_nomem(err);

	sim_free(text);
	sim_free(name);
	return rc;
}

static int draw(const struct fit *f, const struct fit_data *d, const char *path,
		struct sim_error *err)
{
	char *data_dir = locate_data_dir();
	struct sources where;
	int rc;

	if (!data_dir)
		return sim_fail_nomem(err);
	sources_init(&where, NULL, data_dir);
	rc = figures_draw_fit(path, f, d, &where, err);
	sources_fini(&where);
	sim_free(data_dir);
	return rc;
}

static int put_out(const struct fit *f, const struct fit_data *d, const json_t *base,
		   const struct arguments *a, struct sim_error *err)
{
	int rc = report_fit(f, d, stdout, err);

	if (!rc)
		rc = write_model(f, d, base, a->out, err);
	if (!rc && a->figure)
		rc = draw(f, d, a->figure, err);
	if (rc)
		return rc;
	printf("\n%s\n", a->out);
	if (a->figure)
		printf("%s, .png\n", a->figure);
	return 0;
}

/* Fits with the base model of that document. */
static int fit_with(const struct arguments *a, const struct jnode *root, struct sim_error *err)
{
	struct fit_data d = { .point = NULL };
	struct cost_params base;
	struct fit f;
	int rc = cost_read(&base, root, err);

	if (!rc)
		rc = load(&d, a, err);
	if (!rc)
		rc = fit_create(&f, &d, &base, err);
	if (!rc) {
		rc = put_out(&f, &d, root->v, a, err);
		fit_destroy(&f);
	}
	fit_data_fini(&d);
	return rc;
}

static int fit(const struct arguments *a, struct sim_error *err)
{
	char *path = locate_cost(a->base);
	struct jnode root;
	json_t *model;
	int rc = path ? json_open(path, &model, &root, err) : sim_fail_nomem(err);

	if (!rc) {
		rc = fit_with(a, &root, err);
		json_decref(model);
	}
	sim_free(path);
	return rc;
}

static int run(int argc, char **argv)
{
	struct arguments a = { .base = "xeon-8269cy" };
	struct sim_error err = { 0 };
	int rc = command_parse(&argp, argc, argv, &a);

	if (rc)
		return rc;
	return fit(&a, &err) ? command_failed(&err) : EXIT_DONE;
}

const struct command cmd_fit = {
	.name = "fit",
	.summary = "fit prices to measured times",
	.run = run,
};
