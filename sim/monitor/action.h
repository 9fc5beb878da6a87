/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * action.h - the commands that change something, for QMP and for people alike
 *
 * Each returns 0, or -1 with the fault recorded, and sends the events that belong to it.
 */
#ifndef SIM_MONITOR_ACTION_H
#define SIM_MONITOR_ACTION_H

#include "monitor/monitor.h"

void action_stop(const struct monitor *m);
SIM_MUST_CHECK int action_cont(const struct monitor *m, struct monitor_fault *f);
void action_quit(const struct monitor *m);

/* props: as object-add has them; values have their types. */
SIM_MUST_CHECK int action_object_add(const struct monitor *m, const json_t *props,
				     struct monitor_fault *f);
SIM_MUST_CHECK int action_object_del(const struct monitor *m, const char *id,
				     struct monitor_fault *f);

/* props: as device_add has them; any value may be a string. */
SIM_MUST_CHECK int action_device_add(const struct monitor *m, const json_t *props,
				     struct monitor_fault *f);
/* id: or a path, /machine/peripheral/ID. */
SIM_MUST_CHECK int action_device_del(const struct monitor *m, const char *id,
				     struct monitor_fault *f);

#endif
