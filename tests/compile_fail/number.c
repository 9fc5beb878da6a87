/* SPDX-License-Identifier: GPL-3.0-or-later */
/* number.c - a bare number is no address; CONTROL makes one of it first */
#include "base/addr.h"

gfn_t frame_of(uint64_t a);
gfn_t frame_of(uint64_t a)
{
#ifdef CONTROL
	return gpa_to_gfn(gpa_make(a));
#else
	return gpa_to_gfn(a);
#endif
}
