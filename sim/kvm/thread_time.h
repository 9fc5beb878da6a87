/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * thread_time.h - processor time of the calling thread: the one clock of the simulator's library folders
 *
 * What others do on the machine meanwhile is not in it, what the kernel does for the thread is.
 */
#ifndef SIM_KVM_THREAD_TIME_H
#define SIM_KVM_THREAD_TIME_H

#include <stdint.h>

uint64_t thread_time_ns(void);

#endif
