/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/doctor.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/counters.h"
#include "kvm/probe_json.h"

const char *doctor_verdict_name(enum doctor_verdict v)
{
	static const char *const name[] = { "good", "note", "missing" };

	return name[v];
}

struct doctor_line *doctor_add(struct doctor *d, const char *what)
{
	struct doctor_line *l = &d->line[d->n++];

	assert(d->n <= DOCTOR_LINES);
	*l = (struct doctor_line){ 0 };
	snprintf(l->what, sizeof(l->what), "%s", what);
	return l;
}

void doctor_say(struct doctor_line *l, enum doctor_verdict verdict, const char *fmt, ...)
{
	va_list ap;

	l->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(l->found, sizeof(l->found), fmt, ap);
	va_end(ap);
}

void doctor_next(struct doctor_line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->next, sizeof(l->next), fmt, ap);
	va_end(ap);
}

static void say_device(struct doctor *d, const struct kvm_probe *p, const char *device)
{
	struct doctor_line *l = doctor_add(d, device);

	if (!p->open_errno && p->api == 12) {
		doctor_say(l, DOCTOR_GOOD, "usable, API version 12");
		return;
	}
	if (!p->open_errno && p->api < 0) {
		doctor_say(l, DOCTOR_MISSING, "opens, but answers no call of KVM's");
		return;
	}
	if (!p->open_errno) {
		doctor_say(l, DOCTOR_MISSING, "API version %d", p->api);
		doctor_next(l, "this is no KVM that Linux 2.6.22 or later has");
		return;
	}
	doctor_say(l, DOCTOR_MISSING, "%s", strerror(p->open_errno));
	if (p->open_errno == EACCES || p->open_errno == EPERM)
		doctor_next(l,
			    "join the group that owns it (often \"kvm\"), or ask for access");
	else
		doctor_next(l, "load kvm_intel or kvm_amd, or enable nested virtualization; "
			       "the simulator needs neither");
}

static void say_extensions(struct doctor *d, const struct kvm_probe *p)
{
	struct doctor_line *l = doctor_add(d, "KVM extensions");
	enum doctor_verdict verdict = DOCTOR_GOOD;
	char missing[96] = "";
	size_t n = 0;

	if (p->open_errno || p->api < 0) {
		doctor_say(l, DOCTOR_MISSING, "unknown without the device");
		return;
	}
	for (unsigned i = 0; i < KVM_EXTENSION_COUNT; i++) {
		if (p->extension[i])
			continue;
		n += (size_t)snprintf(missing + n, sizeof(missing) - n, " %s",
				      kvm_extension_info[i].name);
		if (kvm_extension_info[i].is_needed)
			verdict = DOCTOR_MISSING;
		else if (verdict == DOCTOR_GOOD)
			verdict = DOCTOR_NOTE;
	}
	if (verdict == DOCTOR_GOOD)
		doctor_say(l, verdict, "all %d that replay uses", KVM_EXTENSION_COUNT);
	else
		doctor_say(l, verdict, "without%s", missing);
}

/* What each observation means, beside the table of behaviour.h. */
static void say_behaviour(struct doctor *d, const struct kvm_behaviour *b)
{
	doctor_say(doctor_add(d, "  second gva to a frame"), DOCTOR_NOTE, "%" PRIu64 " fault%s",
		   b->second_gva,
		   b->second_gva ? ": an entry for each gva" : ": entries by gpa");
	doctor_say(doctor_add(d, "  entry the host edits"), DOCTOR_NOTE,
		   "%s stays after INVLPG",
		   b->host_edit ? "new page seen, nothing old" : "old page");
	doctor_say(doctor_add(d, "  INVLPG"), DOCTOR_NOTE,
		   b->invlpg ? "an exit, counted" : "no exit");
	doctor_say(doctor_add(d, "  largest page"), DOCTOR_NOTE,
		   b->huge ? "2M" : "4K, where 2M was asked for");
}

static void say_mmu(struct doctor *d, const struct kvm_probe *p)
{
	struct doctor_line *l = doctor_add(d, "MMU, by what it does");

	if (!p->behaviour.is_tried) {
		doctor_say(l, DOCTOR_MISSING, "not tried%s%s", p->behaviour.why[0] ? ": " : "",
			   p->behaviour.why);
		return;
	}
	if (p->mmu == KVM_MMU_UNKNOWN) {
		doctor_say(l, DOCTOR_MISSING, "neither shadow nor two-dimensional");
		doctor_next(l, "the lines below contradict each other: please report them");
	} else {
		doctor_say(l, DOCTOR_GOOD, "%s", kvm_mmu_name(p->mmu));
		doctor_next(l, "compare runs against %s",
			    p->mmu == KVM_MMU_SHADOW ? "spt" : kvm_mmu_name(p->mmu));
	}
	say_behaviour(d, &p->behaviour);
}

/* Which of KVM's counters in counters.def its statistics hold. */
static void say_statistics(struct doctor *d, const struct kvm_behaviour *b)
{
	struct doctor_line *l = doctor_add(d, "KVM's statistics");
	unsigned n = 0, found = 0;
	char missing[96] = "";
	size_t at = 0;

	for (unsigned id = 0; id < COUNTER_COUNT; id++) {
		bool ours = counter_info[id].truth == COUNTER_OURS;

		n += !ours;
		found += !ours && b->have[id];
		if (!ours && !b->have[id] && at < sizeof(missing))
			at += (size_t)snprintf(missing + at, sizeof(missing) - at, " %s",
					       counter_info[id].name);
	}
	doctor_say(l,
		   found == n ? DOCTOR_GOOD
		   : found    ? DOCTOR_NOTE
			      : DOCTOR_MISSING,
		   "%u of %u counters%s%s", found, n, found && found < n ? ", without" : "",
		   found ? missing : "");
	if (!found)
		doctor_next(l,
			    "comparison needs them: Linux 5.14 or later, and a VM that runs");
}

static void say_params(struct doctor *d, const struct kvm_probe *p)
{
	for (unsigned i = 0; i < KVM_PARAM_COUNT; i++)
		doctor_say(doctor_add(d, kvm_param_name(i)), DOCTOR_NOTE, "%s",
			   p->param[i][0] ? p->param[i] : "absent");
}

static void say_system(struct doctor *d, const struct kvm_probe *p)
{
	doctor_say(doctor_add(d, "kernel"), DOCTOR_NOTE, "%s", p->kernel);
	doctor_say(doctor_add(d, "processor"), DOCTOR_NOTE,
		   "%s, family %u model %u stepping %u", p->cpu.name, p->cpu.family,
		   p->cpu.model, p->cpu.stepping);
	doctor_say(doctor_add(d, "machine model"), DOCTOR_NOTE, "models/machine/%s.json",
		   kvm_probe_machine(&p->cpu));
	doctor_say(doctor_add(d, "memory available"), DOCTOR_NOTE, "%" PRIu64 " MiB",
		   p->pages.available_bytes >> 20);
}

static void say_pages(struct doctor *d, const struct kvm_pages *p)
{
	struct doctor_line *l = doctor_add(d, "transparent huge pages");

	if (!strcmp(p->thp, "always") || !strcmp(p->thp, "madvise")) {
		doctor_say(l, DOCTOR_GOOD, "%s", p->thp);
	} else {
		doctor_say(l, DOCTOR_MISSING, "%s", p->thp[0] ? p->thp : "absent");
		doctor_next(l, "nothing can be replayed on 2M pages of the host");
	}
	l = doctor_add(d, "hugetlb pages free");
	doctor_say(l, DOCTOR_NOTE, "%" PRIu64 " of 2M, %" PRIu64 " of 1G", p->hugetlb[0],
		   p->hugetlb[1]);
	if (!p->hugetlb[1])
		doctor_next(l, "1G host pages need some set aside (hugepagesz=1G hugepages=N)");
}

void doctor_probe(struct doctor *d, const struct kvm_probe *p, const struct kvm_paths *paths)
{
	d->n = 0;
	say_device(d, p, paths->device);
	say_extensions(d, p);
	say_mmu(d, p);
	say_statistics(d, &p->behaviour);
	say_params(d, p);
	say_system(d, p);
	say_pages(d, &p->pages);
}

void doctor_perf(struct doctor *d, const struct perf *p, const struct kvm_probe *probe)
{
	struct doctor_line *l = doctor_add(d, "hardware counters");
	unsigned n = PERF_EVENT_COUNT * PERF_SIDE_COUNT, present = perf_present(p);

	if (present) {
		doctor_say(l, present == n ? DOCTOR_GOOD : DOCTOR_NOTE, "%u of %u", present, n);
	} else {
		doctor_say(l, DOCTOR_NOTE, "absent: %s", p->counter[0][0].why);
		doctor_next(l,
			    "times are measured without them; kernel.perf_event_paranoid is %s",
			    probe->paranoid[0] ? probe->paranoid : "unknown");
		return;
	}
	for (unsigned e = 0; e < PERF_EVENT_COUNT; e++)
		for (unsigned s = 0; s < PERF_SIDE_COUNT; s++) {
			const struct perf_counter *c = &p->counter[e][s];
			char what[40];

			snprintf(what, sizeof(what), "  %s, %s", perf_event_label(e),
				 perf_side_label(s));
			doctor_say(doctor_add(d, what), c->fd >= 0 ? DOCTOR_GOOD : DOCTOR_NOTE,
				   "%s%s", c->fd >= 0 ? "" : "absent: ",
				   c->fd >= 0 ? c->event : c->why);
		}
}

void doctor_tool(struct doctor *d, const char *name, const char *path, const char *use)
{
	struct doctor_line *l = doctor_add(d, name);

	doctor_say(l, path ? DOCTOR_GOOD : DOCTOR_NOTE, "%s", path ? path : "absent");
	if (!path)
		doctor_next(l, "%s", use);
}

static json_t *lines_json(const struct doctor *d)
{
	json_t *list = json_array();
	int rc = list ? 0 : -1;

	for (unsigned i = 0; i < d->n && !rc; i++)
		rc = json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s}", "what",
					d->line[i].what + strspn(d->line[i].what, " "), "found",
					d->line[i].found, "verdict",
					doctor_verdict_name(d->line[i].verdict), "next",
					d->line[i].next));
	if (rc) {
		json_decref(list);
		return NULL;
	}
	return list;
}

json_t *doctor_json(const struct doctor *d, const struct kvm_probe *p)
{
	json_t *host = kvm_probe_json(p), *lines = lines_json(d);

	if (host && lines)
		return json_pack("{s:o, s:o}", "host", host, "lines", lines);
	json_decref(host);
	json_decref(lines);
	return NULL;
}
