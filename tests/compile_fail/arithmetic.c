/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arithmetic.c - addresses of two spaces are never subtracted or compared */
#include "base/addr.h"

bool same(gpa_t a, gpa_t b);
bool same(gpa_t a, gpa_t b)
{
#ifdef CONTROL
	return gpa_eq(a, b);
#else
	return a == b;
#endif
}
