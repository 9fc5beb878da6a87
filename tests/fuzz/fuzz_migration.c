/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_migration.c - arbitrary bytes as a migration stream of QEMU's */
#include "fuzz_snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_snapshot(data, size, "QEVM");
	return 0;
}
