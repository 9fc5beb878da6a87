/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check.h - what every cmocka program needs: cmocka itself and the way to the data
 *
 * One group per program; automake's driver reads the TAP that cmocka prints. A test is `static
 * void name(void **state)`. cmocka defines a macro `fail`.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* "<source tree>/rel" in buf; a program run by hand from build/ finds it too. */
static inline const char *source_path(char *buf, size_t size, const char *rel)
{
	const char *top = getenv("top_srcdir");
	int n = snprintf(buf, size, "%s/%s", top ? top : "..", rel);

	assert_true(n > 0 && (size_t)n < size);
	return buf;
}

/* The seed of a random test: SEED of the environment, or `seed`. Printed, so that a failure can
 * be repeated. */
static inline uint64_t test_seed(uint64_t seed)
{
	const char *s = getenv("SEED");
	uint64_t v = s ? strtoull(s, NULL, 0) : seed;

	print_message("# SEED=0x%llx\n", (unsigned long long)v);
	return v;
}

#endif
