/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * utf8.h - bytes that came from outside: are they fit for a JSON string? If not, they are made so
 */
#ifndef SIM_MONITOR_UTF8_H
#define SIM_MONITOR_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const char *s);

/* Room for n bytes of which each may become U+FFFD, dots and NUL. */
#define UTF8_SIZE(n) ((n)*3 + 4)

/*
 * Copies s up to its first NUL, or `max` bytes and "..." when it is longer; what is no UTF-8 becomes U+FFFD. `out` has
 * UTF8_SIZE(max) bytes.
 */
void utf8_clean(char *out, size_t max, const char *s, size_t n);

#endif
