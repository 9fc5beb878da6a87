/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/progress.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR	     30
#define REDRAW	     0.1 /* seconds */
#define LINE_PERCENT 10	 /* a line for each such part, not on a terminal */
#define ETA_AFTER    1.0 /* seconds: earlier there is nothing to go by */

double progress_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_init(struct progress *p, FILE *out)
{
	*p = (struct progress){ .out = out,
				.is_terminal = isatty(fileno(out)) == 1,
				.begin = progress_seconds() };
}

static double part_done(const struct run_progress *r)
{
	return r->bytes_total ? (double)r->bytes_done / (double)r->bytes_total : 1.0;
}

static void print_eta(struct progress *p, double part, double now)
{
	double spent = now - p->begin;
	unsigned left;

	if (part <= 0.0 || spent < ETA_AFTER)
		return;
	left = (unsigned)(spent / part - spent + 0.5);
	fprintf(p->out, "  %u:%02u left", left / 60, left % 60);
}

static void draw(struct progress *p, const struct run_progress *r, double now)
{
	double part = part_done(r);
	int full = (int)(part * BAR);

	fprintf(p->out, "\r\033[K[");
	for (int i = 0; i < BAR; i++)
		fputc(i < full ? '#' : '.', p->out);
	fprintf(p->out, "] %3.0f %%  %.1f of %.1f MB  %zu of %zu simulations", 100.0 * part,
		1e-6 * (double)r->bytes_done, 1e-6 * (double)r->bytes_total, r->points_done,
		r->points_total);
	print_eta(p, part, now);
	fflush(p->out);
	p->is_open_line = true;
}

void progress_show(struct progress *p, const struct run_progress *r)
{
	double now = progress_seconds();
	unsigned percent = (unsigned)(100.0 * part_done(r));

	if (!r->points_total)
		return;
	if (p->is_terminal && now - p->drawn >= REDRAW) {
		draw(p, r, now);
		p->drawn = now;
	} else if (!p->is_terminal && percent >= p->percent + LINE_PERCENT) {
		p->percent = percent - percent % LINE_PERCENT;
		fprintf(p->out, "%3u %%, %zu of %zu simulations\n", p->percent, r->points_done,
			r->points_total);
		fflush(p->out);
	}
}

void progress_fini(struct progress *p)
{
	if (p->is_open_line)
		fprintf(p->out, "\r\033[K");
	p->is_open_line = false;
}
