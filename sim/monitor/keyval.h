/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keyval.h - "memory-backend-ram,id=m1,size=128M": options as people write them
 */
#ifndef SIM_MONITOR_KEYVAL_H
#define SIM_MONITOR_KEYVAL_H

#include "monitor/qmp_args.h"

/*
 * An object of strings; a first word without = is the value of `implied`. A comma in a value is written twice; of a key that
 * comes again the last value counts; "host-nodes.0=1" is an element of an array, all of which must be there. NULL: the fault
 * says why.
 */
SIM_MUST_CHECK json_t *keyval_parse(const char *s, const char *implied,
				    struct monitor_fault *f);

/* Gives the values of object-add their types. 0, or -1. */
SIM_MUST_CHECK int keyval_type(json_t *o, const struct qmp_arg *const *args,
			       struct monitor_fault *f);

#endif
