/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture.h - whether a picture is whole: gnuplot reports success when its disk is full
 */
#ifndef SIM_RUN_PICTURE_H
#define SIM_RUN_PICTURE_H

#include "base/err.h"

/* Syncs the file and looks at its end. `terminal`: svg or png. SIM_EIO. */
SIM_MUST_CHECK int picture_check(const char *path, const char *terminal, struct sim_error *err);

#endif
