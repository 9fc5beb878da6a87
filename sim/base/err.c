/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int sim_fail(struct sim_error *err, int code, const char *where, const char *fmt, ...)
{
	va_list ap;

	if (!err || err->code)
		return code;
	err->code = code;
	snprintf(err->where, sizeof(err->where), "%s", where ? where : "");
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

void sim_error_prefix(struct sim_error *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	va_list ap;
	int n;

	if (!err || !err->code)
		return;
	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(err->text))
		snprintf(err->text + n, sizeof(err->text) - (size_t)n, "%s", old);
}

void sim_error_where(struct sim_error *err, const char *fmt, ...)
{
	va_list ap;

	if (!err || !err->code || err->where[0])
		return;
	va_start(ap, fmt);
	vsnprintf(err->where, sizeof(err->where), fmt, ap);
	va_end(ap);
}

void sim_error_within(struct sim_error *err, const char *outer)
{
	char old[sizeof(err->where)];
	int n;

	if (!err || !err->code)
		return;
	memcpy(old, err->where, sizeof(old));
	n = snprintf(err->where, sizeof(err->where), old[0] ? "%s: " : "%s", outer);
	if (n >= 0 && (size_t)n < sizeof(err->where))
		snprintf(err->where + n, sizeof(err->where) - (size_t)n, "%s", old);
}

int sim_fail_nomem(struct sim_error *err)
{
	return sim_fail(err, SIM_ENOMEM, NULL, "out of memory");
}
