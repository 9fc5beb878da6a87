/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names differ from processor to processor: each event lists libpfm4's names, the first known one is taken. (Intel:
 * SDM vol. 3B "Performance monitoring events"; AMD: Processor Programming Reference, PMCx045.)
 */
#include "config.h"

#include "kvm/perf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBPFM
#include <perfmon/pfmlib_perf_event.h>
#include <sys/syscall.h>
#endif

const char *perf_event_label(enum perf_event e)
{
	static const char *const label[PERF_EVENT_COUNT] = {
		[PERF_CYCLES] = "cycles",	    [PERF_INSTRUCTIONS] = "instructions",
		[PERF_DTLB_MISSES] = "dtlb_misses", [PERF_DTLB_WALKS] = "dtlb_walks",
		[PERF_WALK_CYCLES] = "walk_cycles", [PERF_EPT_CYCLES] = "ept_cycles",
	};

	return label[e];
}

const char *perf_side_label(enum perf_side s)
{
	return s == PERF_GUEST ? "guest" : "host";
}

#ifdef HAVE_LIBPFM

#define NAMES_MAX 5

static const char *const names[PERF_EVENT_COUNT][NAMES_MAX] = {
	[PERF_CYCLES] = { "PERF_COUNT_HW_CPU_CYCLES" },
	[PERF_INSTRUCTIONS] = { "PERF_COUNT_HW_INSTRUCTIONS" },
	[PERF_DTLB_MISSES] = { "DTLB_LOAD_MISSES:MISS_CAUSES_A_WALK", "DTLB_LOAD_MISSES:ANY",
			       "L1_DTLB_MISS:TLB_RELOAD_4K_L2_MISS:TLB_RELOAD_2M_L2_MISS",
			       "DTLB-LOAD-MISSES" },
	[PERF_DTLB_WALKS] = { "DTLB_LOAD_MISSES:WALK_COMPLETED" },
	[PERF_WALK_CYCLES] = { "DTLB_LOAD_MISSES:WALK_ACTIVE",
			       "DTLB_LOAD_MISSES:WALK_DURATION" },
	[PERF_EPT_CYCLES] = { "EPT:WALK_PENDING", "EPT:WALK_DURATION", "EPT:WALK_CYCLES" },
};

/* Finds the first name that libpfm4 knows here. */
static int encode(enum perf_event e, struct perf_event_attr *attr, struct perf_counter *c)
{
	pfm_perf_encode_arg_t arg = { .attr = attr, .size = sizeof(arg) };
	int rc = PFM_ERR_NOTFOUND;

	for (unsigned i = 0; i < NAMES_MAX && names[e][i] && rc != PFM_SUCCESS; i++) {
		*attr = (struct perf_event_attr){ .size = sizeof(*attr) };
		rc = pfm_get_os_event_encoding(names[e][i], PFM_PLM0 | PFM_PLM3,
					       PFM_OS_PERF_EVENT, &arg);
		if (rc == PFM_SUCCESS)
			snprintf(c->event, sizeof(c->event), "%s", names[e][i]);
	}
	return rc;
}

static int open_event(struct perf_event_attr *attr)
{
	return (int)syscall(SYS_perf_event_open, attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static void open_counter(struct perf_counter *c, struct perf_event_attr *attr,
			 enum perf_side side)
{
	attr->exclude_host = side == PERF_GUEST;
	attr->exclude_guest = side == PERF_HOST;
	c->fd = open_event(attr);
	if (c->fd < 0 && (errno == EACCES || errno == EPERM)) {
		attr->exclude_kernel = attr->exclude_hv = 1;
		c->fd = open_event(attr);
	}
	if (c->fd >= 0)
		return;
	if (errno == ENOENT || errno == EOPNOTSUPP)
		snprintf(c->why, sizeof(c->why), "this processor shows no such counter");
	else
		snprintf(c->why, sizeof(c->why), "%s", strerror(errno));
}

static void open_all(struct perf *p, int pfm)
{
	for (unsigned i = 0; i < PERF_EVENT_COUNT * PERF_SIDE_COUNT; i++) {
		struct perf_counter *c = &p->counter[i / PERF_SIDE_COUNT][i % PERF_SIDE_COUNT];
		struct perf_event_attr attr;
		int rc = pfm == PFM_SUCCESS ? encode(i / PERF_SIDE_COUNT, &attr, c) : pfm;

		if (rc == PFM_SUCCESS)
			open_counter(c, &attr, i % PERF_SIDE_COUNT);
		else
			snprintf(c->why, sizeof(c->why), "libpfm4: %s", pfm_strerror(rc));
	}
}

#endif

void perf_open(struct perf *p)
{
	for (unsigned i = 0; i < PERF_EVENT_COUNT * PERF_SIDE_COUNT; i++) {
		struct perf_counter *c = &p->counter[i / PERF_SIDE_COUNT][i % PERF_SIDE_COUNT];

		*c = (struct perf_counter){ .fd = -1, .why = "built without libpfm4" };
	}
#ifdef HAVE_LIBPFM
	open_all(p, pfm_initialize());
#endif
}

void perf_close(struct perf *p)
{
	for (unsigned i = 0; i < PERF_EVENT_COUNT * PERF_SIDE_COUNT; i++) {
		struct perf_counter *c = &p->counter[i / PERF_SIDE_COUNT][i % PERF_SIDE_COUNT];

		if (c->fd >= 0)
			close(c->fd);
		c->fd = -1;
	}
}

void perf_read(const struct perf *p, struct perf_values *v)
{
	*v = (struct perf_values){ 0 };
	for (unsigned e = 0; e < PERF_EVENT_COUNT; e++)
		for (unsigned s = 0; s < PERF_SIDE_COUNT; s++) {
			const struct perf_counter *c = &p->counter[e][s];

			if (c->fd >= 0 && read(c->fd, &v->value[e][s], 8) != 8)
				v->value[e][s] = 0;
		}
}

unsigned perf_present(const struct perf *p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < PERF_EVENT_COUNT * PERF_SIDE_COUNT; i++)
		n += p->counter[i / PERF_SIDE_COUNT][i % PERF_SIDE_COUNT].fd >= 0;
	return n;
}
