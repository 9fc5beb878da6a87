/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/capture_report.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "cli/stop.h"

#define RATE_AFTER 0.2 /* seconds: earlier there is nothing to go by */

static const char *const doing[] = {
	[CAPTURE_IMAGE] = "building the guest's image",
	[CAPTURE_BOOT] = "the guest boots",
	[CAPTURE_STREAM] = "captured",
	[CAPTURE_VERIFY] = "verified",
	[CAPTURE_FINISH] = "waiting for the guest's end",
};

void capture_watch_init(struct capture_watch *w, FILE *out)
{
	*w = (struct capture_watch){ .phase = CAPTURE_IMAGE };
	progress_init(&w->progress, out);
}

static double passed(const struct capture_watch *w)
{
	return progress_seconds() - w->progress.begin;
}

static void show(struct capture_watch *w, enum capture_phase phase, uint64_t accesses)
{
	double seconds = passed(w) - w->began[phase], millions = 1e-6 * (double)accesses;
	char line[160];

	if (phase != CAPTURE_STREAM && phase != CAPTURE_VERIFY)
		snprintf(line, sizeof(line), "%s, %.0f s", doing[phase], seconds);
	else if (seconds < RATE_AFTER)
		snprintf(line, sizeof(line), "%s %.1f M accesses", doing[phase], millions);
	else
		snprintf(line, sizeof(line), "%s %.1f M accesses, %.1f M accesses/s",
			 doing[phase], millions, millions / seconds);
	progress_text(&w->progress, line);
}

int capture_watch_hook(void *arg, enum capture_phase phase, uint64_t accesses)
{
	struct capture_watch *w = arg;

	if (phase > w->phase) {
		w->phase = phase;
		w->began[phase] = w->news = passed(w);
	}
	if (accesses != w->accesses) {
		w->accesses = accesses;
		w->news = passed(w);
	}
	if (!w->is_quiet)
		show(w, phase, accesses);
	if (w->timeout > 0 && passed(w) > w->timeout)
		w->has_timed_out = true;
	if (w->patience > 0 && passed(w) - w->news > w->patience)
		w->has_stalled = true;
	return w->has_timed_out || w->has_stalled || stop_signal();
}

const char *capture_watch_doing(const struct capture_watch *w)
{
	return w->phase == CAPTURE_STREAM ? "the workload is captured" : doing[w->phase];
}

static double cpu_seconds(const struct rusage *u)
{
	return (double)u->ru_utime.tv_sec + (double)u->ru_stime.tv_sec +
	       1e-6 * (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec);
}

/* Where the time went. */
static void report_times(FILE *out, const struct capture_watch *w, double streamed,
			 const struct rusage *qemu)
{
	const double *began = w->began;
	struct rusage own;

	if (getrusage(RUSAGE_SELF, &own))
		own = *qemu; /* cannot fail for oneself */
	if (began[CAPTURE_BOOT] > 0)
		fprintf(out, "image %.1f s, boot %.1f s, the rest %.1f s; ",
			began[CAPTURE_BOOT],
			began[CAPTURE_VERIFY] - streamed - began[CAPTURE_BOOT],
			passed(w) - began[CAPTURE_VERIFY]);
	fprintf(out, "CPU: QEMU %.1f s, shadownest %.1f s\n", cpu_seconds(qemu),
		cpu_seconds(&own));
}

void capture_report(FILE *out, const char *path, struct capture_watch *w,
		    const struct capture_result *r)
{
	const struct trace_info *t = &r->info;
	double all = passed(w), data = 1e-6 * (double)capture_data_accesses(r);
	double streamed = w->began[CAPTURE_VERIFY] - w->began[CAPTURE_BOOT];
	struct stat file = { .st_size = 0 };

	/* a short trace may be whole before the hook saw its first accesses */
	if (w->began[CAPTURE_STREAM] > 0)
		streamed = w->began[CAPTURE_VERIFY] - w->began[CAPTURE_STREAM];
	(void)stat(path, &file);
	fprintf(out,
		"%s: %" PRIu64 " loads and stores, %" PRIu64 " fetches, %" PRIu64
		" instructions; %.1f MB\n",
		path, capture_data_accesses(r), t->access[OP_FETCH][0] + t->access[OP_FETCH][1],
		t->instructions, 1e-6 * (double)file.st_size);
	fprintf(out,
		"%" PRIu64 " page faults, %" PRIu64 " page-table writes, %" PRIu64
		" CR3 writes, %" PRIu64 " INVLPG\n",
		t->event[EVENT_PF], t->event[EVENT_PTW], t->event[EVENT_CR3],
		t->event[EVENT_INVLPG]);
	fprintf(out,
		"verified: each of %" PRIu64
		" accesses translates to the frame that was used, 0 mismatches\n",
		verify_counts(r->verify)->equal);
	if (r->was_cut)
		fprintf(out, "cut by --limit; the workload was not waited for\n");
	else if (r->console.has_ended)
		fprintf(out, "the workload exited with status %u\n", r->console.status);
	fprintf(out,
		"%.1f M data accesses/s while captured (%.1f s), %.1f M/s with all else (%.1f s)\n",
		streamed > 0 ? data / streamed : 0, streamed, data / all, all);
	report_times(out, w, streamed, &r->qemu);
}
