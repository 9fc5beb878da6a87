/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/figures_fit.h"

#include <string.h>

#include "base/alloc.h"
#include "run/plot.h"

#define ENDING ".svg"

/* What a block holds: points of one use and, unless it is FIT_GROUP_COUNT, one group. */
struct block {
	const char *word[2]; /* of the legend */
	enum fit_use use;
	enum fit_group group;
};

/* Dependent loads are not there: the prices are not for them. */
static const struct block blocks[] = {
	{ { "fitted", "access" }, FIT_USE_FITTED, FIT_ACCESS },
	{ { "fitted", "event" }, FIT_USE_FITTED, FIT_EVENT },
	{ { "fitted", "mixed" }, FIT_USE_FITTED, FIT_MIXED },
	{ { "held out", "access" }, FIT_USE_HELD_OUT, FIT_ACCESS },
	{ { "held out", "event" }, FIT_USE_HELD_OUT, FIT_EVENT },
	{ { "held out", "mixed" }, FIT_USE_HELD_OUT, FIT_MIXED },
	{ { "plain process", "" }, FIT_USE_PLAIN, FIT_GROUP_COUNT },
};
#define N_BLOCKS (sizeof(blocks) / sizeof(blocks[0]))

static bool is_in(const struct block *b, const struct fit_point *p)
{
	return fit_data_use(p) == b->use &&
	       (b->group == FIT_GROUP_COUNT || b->group == p->group);
}

static size_t count(const struct block *b, const struct fit_data *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += is_in(b, &d->point[i]);
	return n;
}

static void write_block(const struct block *b, const struct fit *f, const struct fit_data *d,
			struct text *t)
{
	text_add(t, "\n\nmeasured_ns low_ns high_ns predicted_ns name\n");
	for (size_t i = 0; i < d->n; i++) {
		const struct fit_point *p = &d->point[i];
		double n = (double)p->counters.instructions;

		if (is_in(b, p))
			text_add(t, "%.6g %.6g %.6g %.6g \"%s\"\n", p->ns / n,
				 (p->ns - p->spread_ns) / n, (p->ns + p->spread_ns) / n,
				 f->point[i].ns / n, p->name);
	}
}

void figures_write_fit(const struct fit *f, const struct fit_data *d, struct text *t)
{
	text_add(t, "use group points held_out median_percent max_percent\n");
	for (size_t i = 0; i < N_BLOCKS; i++)
		if (count(&blocks[i], d))
			text_add(t, "\"%s\" \"%s\" %zu %zu %.3g %.3g\n", blocks[i].word[0],
				 blocks[i].word[1], count(&blocks[i], d),
				 f->error[FIT_USE_HELD_OUT].n,
				 100.0 * f->error[FIT_USE_HELD_OUT].median,
				 100.0 * f->error[FIT_USE_HELD_OUT].max);
	for (size_t i = 0; i < N_BLOCKS; i++)
		if (count(&blocks[i], d))
			write_block(&blocks[i], f, d, t);
}

/* The folder of a path, "." when it names none; and the name without its ending. */
static int split(const char *path, char **dir, char **stem, struct sim_error *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t n = strlen(name), k = strlen(ENDING);

	*dir = *stem = NULL;
	if (n <= k || strcmp(name + n - k, ENDING))
		return sim_fail(err, SIM_EFORMAT, path, "a figure's name ends in " ENDING);
	*dir = slash ? sim_asprintf("%.*s", (int)(slash - path), path) : sim_strdup(".");
	*stem = sim_asprintf("%.*s", (int)(n - k), name);
	return *dir && *stem ? 0 : sim_fail_nomem(err);
}

int figures_draw_fit(const char *path, const struct fit *f, const struct fit_data *d,
		     const struct sources *where, struct sim_error *err)
{
	struct text text = { .s = NULL };
	char *dir, *stem;
	int rc = split(path, &dir, &stem, err);

	if (!rc) {
		struct plot_picture p = { .dir = dir, .template = "fit", .name = stem };

		figures_write_fit(f, d, &text);
		p.data = text.s;
		rc = text.failed ? sim_fail_nomem(err) : plot_one(&p, where, err);
	}
	text_fini(&text);
	sim_free(dir);
	sim_free(stem);
	return rc;
}
