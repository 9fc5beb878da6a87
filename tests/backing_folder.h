/* SPDX-License-Identifier: GPL-3.0-or-later */
/* backing_folder.h - tests of memory backends in a folder of their own, which must be empty again after each */
#ifndef TESTS_BACKING_FOLDER_H
#define TESTS_BACKING_FOLDER_H

#include "tests/check.h"

#include "mem/backing_map.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

#define IN_FOLDER(test)                                                                        \
	cmocka_unit_test_setup_teardown(test, backing_folder_enter, backing_folder_leave)

int backing_folder_enter(void **state);
int backing_folder_leave(void **state);
unsigned files_here(void);

/* backing_defaults, with mem-path=file. */
struct backing_config defaults(enum backing_kind kind);
/* Must be refused with that code and those words. */
void refused(const struct backing_config *cfg, uint64_t bytes, int code, const char *words);

/* A file of that size, with 8 bytes in it unless that is 0. */
void write_file(const char *path, uint64_t bytes);
uint64_t size_of(const char *path);

#endif
