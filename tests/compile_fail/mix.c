/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mix.c - a value of FROM where TO is wanted: compiles when they are the same type, else not */
#include "base/addr.h"

#define PASTE(name)   name##_t
#define TYPE_OF(name) PASTE(name)

static inline uint64_t take(TYPE_OF(TO) a)
{
	return a.v;
}

uint64_t pass(TYPE_OF(FROM) a);
uint64_t pass(TYPE_OF(FROM) a)
{
	return take(a);
}
