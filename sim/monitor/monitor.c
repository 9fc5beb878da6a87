/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor/monitor.h"

#include <stdarg.h>
#include <stdio.h>

int monitor_refuse(struct monitor_fault *f, const char *error_class, const char *fmt, ...)
{
	va_list ap;

	if (f->error_class)
		return -1;
	f->error_class = error_class;
	va_start(ap, fmt);
	vsnprintf(f->desc, sizeof(f->desc), fmt, ap);
	va_end(ap);
	return -1;
}

int monitor_refuse_error(struct monitor_fault *f, const struct sim_error *err)
{
	return monitor_refuse(f, MONITOR_GENERIC, "%s", err->text);
}

void monitor_event(const struct monitor *m, const char *name, json_t *data)
{
	if (m->event)
		m->event(m->event_arg, name, data);
	else
		json_decref(data);
}
