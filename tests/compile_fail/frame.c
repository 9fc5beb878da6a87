/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frame.c - a host frame does not become a guest address */
#include "base/addr.h"

gpa_t back(hfn_t f, gfn_t g);
gpa_t back(hfn_t f, gfn_t g)
{
#ifdef CONTROL
	(void)f;
	return gfn_to_gpa(g);
#else
	(void)g;
	return gfn_to_gpa(f);
#endif
}
