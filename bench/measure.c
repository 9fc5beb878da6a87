/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DIED 255

double measure_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double measure_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return (v[n / 2] + v[(n - 1) / 2]) / 2;
}

int measure_child(int (*work)(void *arg), void *arg, double *peak_mib)
{
	struct rusage used;
	int status, rc;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		rc = work(arg);
		fflush(NULL);
		_exit(rc);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0 || !WIFEXITED(status))
		return DIED;
	*peak_mib = (double)used.ru_maxrss / 1024;
	return WEXITSTATUS(status);
}
