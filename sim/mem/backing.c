/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/backing.h"

struct backing_config backing_defaults(enum backing_kind kind)
{
	return (struct backing_config){
		.kind = kind,
		.is_shared = kind == BACKING_MEMFD,
		.prealloc_threads = 1,
		.has_merge = true,
		.has_dump = true,
		.has_reserve = true,
		.has_seal = kind == BACKING_MEMFD,
	};
}
