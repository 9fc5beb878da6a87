/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stop.h - a signal ends what runs, in order; a second one kills
 */
#ifndef SIM_CLI_STOP_H
#define SIM_CLI_STOP_H

/* From here on SIGINT, SIGTERM and SIGHUP are remembered, once. */
void stop_catch(void);

/* The signal that came, or 0. */
int stop_signal(void);

#endif
