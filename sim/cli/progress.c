/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/progress.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR	     30
#define REDRAW	     0.1 /* seconds */
#define LINE_PERCENT 10	 /* a line for each such part, not on a terminal */
#define ETA_AFTER    1.0 /* seconds: earlier there is nothing to go by */
#define COLUMNS	     80	 /* where the terminal does not say */

double progress_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A terminal that can take back what stands in its line. */
static bool can_redraw(FILE *out)
{
	const char *term = getenv("TERM");

	return isatty(fileno(out)) == 1 && term && *term && strcmp(term, "dumb") != 0;
}

void progress_init(struct progress *p, FILE *out)
{
	*p = (struct progress){ .out = out,
				.what = "simulations",
				.is_terminal = can_redraw(out),
				.begin = progress_seconds() };
}

static size_t columns(FILE *out)
{
	struct winsize w;

	return !ioctl(fileno(out), TIOCGWINSZ, &w) && w.ws_col ? w.ws_col : COLUMNS;
}

static double part_done(const struct run_progress *r)
{
	return r->bytes_total ? (double)r->bytes_done / (double)r->bytes_total : 1.0;
}

/* Writes "  1:05 left", or nothing yet. */
static void eta_text(const struct progress *p, double part, double now, char *buf, size_t size)
{
	double spent = now - p->begin;
	unsigned left;

	buf[0] = '\0';
	if (part <= 0.0 || spent < ETA_AFTER)
		return;
	left = (unsigned)(spent / part - spent + 0.5);
	snprintf(buf, size, "  %u:%02u left", left / 60, left % 60);
}

static void write_line(struct progress *p, const char *line)
{
	/* the last column stays free: some terminals wrap there */
	fprintf(p->out, "\r\033[K%.*s", (int)columns(p->out) - 1, line);
	fflush(p->out);
	p->is_open_line = true;
}

static void draw(struct progress *p, const struct run_progress *r, double now)
{
	double part = part_done(r);
	int full = (int)(part * BAR);
	char bar[BAR + 1], eta[40], points[80] = "", line[240];

	for (int i = 0; i < BAR; i++)
		bar[i] = i < full ? '#' : '.';
	bar[BAR] = '\0';
	eta_text(p, part, now, eta, sizeof(eta));
	if (p->what)
		snprintf(points, sizeof(points), "  %zu of %zu %s", r->points_done,
			 r->points_total, p->what);
	snprintf(line, sizeof(line), "%3.0f %%%s%s  %.1f of %.1f MB  [%s]", 100.0 * part, eta,
		 points, 1e-6 * (double)r->bytes_done, 1e-6 * (double)r->bytes_total, bar);
	write_line(p, line);
}

/* 100 % is when every simulation is done, not when every byte is read. */
static bool is_due(const struct progress *p, const struct run_progress *r, unsigned percent)
{
	if (percent >= 100 && r->points_done < r->points_total)
		return false;
	return percent >= p->percent + LINE_PERCENT;
}

void progress_show(struct progress *p, const struct run_progress *r)
{
	double now = progress_seconds();
	unsigned percent = (unsigned)(100.0 * part_done(r));

	if (!r->points_total)
		return;
	if (r->points_done == r->points_total)
		percent = 100;
	if (p->is_terminal && now - p->drawn >= REDRAW) {
		draw(p, r, now);
		p->drawn = now;
	} else if (!p->is_terminal && is_due(p, r, percent)) {
		p->percent = percent - percent % LINE_PERCENT;
		fprintf(p->out, "%3u %%, %zu of %zu %s\n", p->percent, r->points_done,
			r->points_total, p->what);
		fflush(p->out);
	}
}

void progress_show_file(struct progress *p, uint64_t done, uint64_t total)
{
	struct run_progress r = { .bytes_done = done < total ? done : total,
				  .bytes_total = total };
	double now = progress_seconds();
	char line[40];

	if (!p->is_terminal || now - p->drawn < REDRAW)
		return;
	p->drawn = now;
	p->what = NULL;
	if (total) {
		draw(p, &r, now);
		return;
	}
	snprintf(line, sizeof(line), "%.1f MB read", 1e-6 * (double)done);
	write_line(p, line);
}

void progress_text(struct progress *p, const char *line)
{
	double now = progress_seconds(), last = p->drawn > p->begin ? p->drawn : p->begin;

	if (now - last < (p->is_terminal ? REDRAW : PROGRESS_LINE_SECONDS))
		return;
	p->drawn = now;
	if (p->is_terminal) {
		write_line(p, line);
		return;
	}
	fprintf(p->out, "%s\n", line);
	fflush(p->out);
}

void progress_fini(struct progress *p)
{
	if (p->is_open_line)
		fprintf(p->out, "\r\033[K");
	p->is_open_line = false;
}
