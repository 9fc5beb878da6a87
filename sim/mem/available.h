/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * available.h - how much more memory this process can have before Linux ends it
 *
 * The least of MemAvailable and what each control group that holds the process leaves: its limit less what is used, without
 * the files in its page cache, which can go.
 */
#ifndef SIM_MEM_AVAILABLE_H
#define SIM_MEM_AVAILABLE_H

#include <stdint.h>

/* Where the system says it. */
struct available_paths {
	const char *meminfo; /* /proc/meminfo */
	const char *cgroup;  /* /proc/self/cgroup */
	const char *mount;   /* /sys/fs/cgroup: version 2, or version 1 in its folder memory */
};

/* UINT64_MAX: the system does not say. */
uint64_t available_by(const struct available_paths *p);
uint64_t available_bytes(void);

#endif
