/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int product(size_t n, size_t size, size_t *bytes)
{
	if (size && n > SIZE_MAX / size)
		return SIM_ENOMEM;
	*bytes = n && size ? n * size : 1;
	return 0;
}

void *sim_calloc(size_t n, size_t size)
{
	return calloc(n ? n : 1, size ? size : 1);
}

void *sim_calloc_aligned(size_t align, size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (product(n, size, &bytes) || bytes > SIZE_MAX - align)
		return NULL;
	bytes = (bytes + align - 1) & ~(align - 1);
	p = aligned_alloc(align, bytes);
	if (p)
		memset(p, 0, bytes);
	return p;
}

void *sim_realloc(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (product(n, size, &bytes))
		return NULL;
	return realloc(p, bytes);
}

char *sim_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = malloc(n);

	if (p)
		memcpy(p, s, n);
	return p;
}

char *sim_asprintf(const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	p = malloc((size_t)n + 1);
	if (!p)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void sim_free(void *p)
{
	free(p);
}

int sim_grow(void **array, size_t *cap, size_t n, size_t size)
{
	size_t want;
	void *p;

	if (n < *cap)
		return 0;
	want = *cap ? *cap * 2 : 16;
	p = sim_realloc(*array, want, size);
	if (!p)
		return SIM_ENOMEM;
	*array = p;
	*cap = want;
	return 0;
}
