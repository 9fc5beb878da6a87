/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * imported.h - imports bytes in memory, and shows what came out as a line of text
 *
 * Records are shown so, one blank between two: "switch:1", "F401000+3" a fetch and its count,
 * "L8@1000" and "S4@1000" loads and stores at CPL 3 ("!" behind one that is not, "x" behind
 * one that crosses into the next page), "phase:2" and "done:2", "cr3:1000", "int:30", "pf:1008/6"
 * address and error code, "end:7" with the instructions.
 */
#ifndef TESTS_IMPORTED_H
#define TESTS_IMPORTED_H

#include <stddef.h>

#include "trace/import.h"

/* What an import made of it, to be freed; NULL when it failed, which err and *code tell. */
char *imported(const void *bytes, size_t n, const char *name, const struct import_options *opt,
	       int *code, struct sim_error *err);

/* Asserts that the text in that format becomes the records. */
void imported_is(const char *format, const char *text, const char *records);

/* Asserts that it is refused, at `where` and for a reason that contains `why`. */
void imported_not(const char *format, const char *text, const char *where, const char *why);

#endif
