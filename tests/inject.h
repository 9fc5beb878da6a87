/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inject.h - fails the n-th allocation, for every n, until the subject succeeds
 *
 * The program is linked with -Wl,--wrap=malloc and so on (tests/local.mk), so that every
 * allocation of our libraries is counted and can fail. jansson's are counted only: its parser
 * (2.14) drops a character of a long string when memory fails and goes on, which nobody can
 * see from outside. Memory of other shared libraries is neither.
 */
#ifndef TESTS_INJECT_H
#define TESTS_INJECT_H

#include "base/err.h"

/* Builds something, uses it, and lets go of all of it, whatever happened. */
typedef int inject_subject(void *arg, struct sim_error *err);

/* Once, before the first use of jansson. */
void inject_init(void);

/*
 * Runs the subject with its n-th allocation failing, n = 0, 1, 2, ..., and asserts each time
 * that it returned SIM_ENOMEM, recorded it, and kept no memory; then that it succeeded without
 * a failure. Returns the number of allocations that were failed.
 */
unsigned inject_every_failure(inject_subject *subject, void *arg);

#endif
