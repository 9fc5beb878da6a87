/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * origin.h - where the value of a point stands in the experiment's file
 *
 * A point is read from an object of its own, so a complaint names a place in that object:
 * $.trace, $.machine."stlb.entries". Its user wrote $.traces[0] and
 * $.sweep."machine.stlb.entries"[1].
 */
#ifndef SIM_RUN_ORIGIN_H
#define SIM_RUN_ORIGIN_H

#include "base/err.h"
#include "run/experiment.h"

/* Turns the position of a complaint about a point into the file's; at[k] is the index of its
 * value on axis k. Any other position stays. */
void origin_name(const struct experiment *e, const unsigned *at, struct sim_error *err);

#endif
