/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_snapshot.h - what fuzz_migration and fuzz_elf_dump do with arbitrary bytes: an error with a place, or a guest that
 * can be looked at
 */
#ifndef TESTS_FUZZ_FUZZ_SNAPSHOT_H
#define TESTS_FUZZ_FUZZ_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

/* The first bytes are made to be `magic`. */
void fuzz_snapshot(const uint8_t *data, size_t size, const char *magic);

#endif
