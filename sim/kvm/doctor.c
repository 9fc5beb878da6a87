/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/doctor.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

	if (p->open_errno) {
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

static void say_params(struct doctor *d, const struct kvm_probe *p)
{
	struct doctor_line *l;

	for (unsigned i = 0; i < KVM_PARAM_COUNT; i++) {
		l = doctor_add(d, kvm_param_name(i));
		doctor_say(l, DOCTOR_NOTE, "%s", p->param[i][0] ? p->param[i] : "absent");
	}
}

static void say_system(struct doctor *d, const struct kvm_probe *p)
{
	doctor_say(doctor_add(d, "kernel"), DOCTOR_NOTE, "%s", p->kernel);
	doctor_say(doctor_add(d, "processor"), DOCTOR_NOTE,
		   "%s, family %u model %u stepping %u", p->cpu.name, p->cpu.family,
		   p->cpu.model, p->cpu.stepping);
	doctor_say(doctor_add(d, "machine model"), DOCTOR_NOTE, "models/machine/%s.json",
		   kvm_probe_machine(&p->cpu));
}

static void say_pages(struct doctor *d, const struct kvm_pages *p)
{
	struct doctor_line *l = doctor_add(d, "transparent huge pages");

	if (!strcmp(p->thp, "always") || !strcmp(p->thp, "madvise")) {
		doctor_say(l, DOCTOR_GOOD, "%s", p->thp);
	} else {
		doctor_say(l, DOCTOR_MISSING, "%s", p->thp[0] ? p->thp : "absent");
		doctor_next(l, "no 2M host pages: 2M points will be measured on 4K");
	}
	doctor_say(doctor_add(d, "hugetlb pages free"), DOCTOR_NOTE,
		   "%" PRIu64 " of 2M, %" PRIu64 " of 1G", p->hugetlb[0], p->hugetlb[1]);
}

void doctor_probe(struct doctor *d, const struct kvm_probe *p, const struct kvm_paths *paths)
{
	d->n = 0;
	say_device(d, p, paths->device);
	say_extensions(d, p);
	say_params(d, p);
	say_system(d, p);
	say_pages(d, &p->pages);
}
