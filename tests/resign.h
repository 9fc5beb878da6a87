/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resign.h - sets the checksums of a damaged .snt right, so that the damage gets past them
 */
#ifndef TESTS_RESIGN_H
#define TESTS_RESIGN_H

#include <stddef.h>
#include <stdint.h>

void resign(uint8_t *bytes, size_t n);

#endif
