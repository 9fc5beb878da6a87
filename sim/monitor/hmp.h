/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hmp.h - the monitor for people: a line in, text out
 *
 *     info mtree [-f] [-D] | ramblock | memory-devices | memory_size_summary | memdev | numa | status
 *     object_add TYPE,id=ID,...   object_del ID   device_add pc-dimm,memdev=ID,...   device_del ID
 *     stop  cont  quit  help [COMMAND]
 *
 * Source: QEMU 7.2 monitor/hmp.c (behaviour and messages, tried on a real one).
 */
#ifndef SIM_MONITOR_HMP_H
#define SIM_MONITOR_HMP_H

#include "monitor/monitor.h"

/*
 * Does what the line says; errors are part of the text. 0, also for an empty line; -1: the command is unknown, takes no such
 * thing, or failed.
 */
int hmp_run(const struct monitor *m, const char *line, struct text *t);

#endif
