/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"

static int reserve(struct text *t, size_t more)
{
	size_t cap = t->cap ? t->cap : 1024;
	char *s;

	while (cap - t->n <= more)
		cap *= 2;
	if (cap == t->cap)
		return 0;
	s = sim_realloc(t->s, cap, 1);
	if (!s)
		return SIM_ENOMEM;
	t->s = s;
	t->cap = cap;
	return 0;
}

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	t->failed = t->failed || n < 0 || reserve(t, (size_t)n);
	if (t->failed)
		return;
	va_start(ap, fmt);
	vsnprintf(t->s + t->n, t->cap - t->n, fmt, ap);
	va_end(ap);
	t->n += (size_t)n;
}

char *text_take(struct text *t)
{
	char *s = t->failed ? NULL : t->s;

	if (s)
		*t = (struct text){ .s = NULL };
	else
		text_fini(t);
	return s;
}

void text_fini(struct text *t)
{
	sim_free(t->s);
	*t = (struct text){ .s = NULL };
}
