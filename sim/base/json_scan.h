/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_scan.h - where in a JSON text a byte stands, as a JSON path
 *
 * For the errors that a parser reports by position only: a key that stands twice. The text before the
 * position is valid JSON as far as it goes.
 */
#ifndef SIM_BASE_JSON_SCAN_H
#define SIM_BASE_JSON_SCAN_H

#include <stddef.h>

/* Writes the path ("$.tlb.ways", "$.axes[2].name") of what text[0..n) ends in into buf. */
void json_scan_path(const char *text, size_t n, char *buf, size_t size);

#endif
