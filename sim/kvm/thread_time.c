/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "kvm/thread_time.h"

#include <time.h>

uint64_t thread_time_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}
