/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_region.c - bytes as operations on a tree of regions: views equal a painting and what listeners heard */
#include "config.h"

#include "tests/region_world.h"

#define INPUT_MAX 4096 /* a run paints after each step */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	region_world_run(data, size < INPUT_MAX ? size : INPUT_MAX);
	return 0;
}
