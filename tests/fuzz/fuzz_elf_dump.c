/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_elf_dump.c - arbitrary bytes as an ELF dump of a guest */
#include "fuzz_snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_snapshot(data, size,
		      "\x7f"
		      "ELF");
	return 0;
}
