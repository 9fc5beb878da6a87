/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kinds.c - the table of workloads: a new one is a file and a line here */
#include "gen/workload.h"

const struct workload_kind *const workload_kinds[] = {
	&gups_kind,   &pointer_kind, &stream_kind, &stride_kind, &zipf_kind,
	&btree_kind,  &hash_kind,    &graph_kind,  &mmap_kind,	 &fork_kind,
	&switch_kind, &mix_kind,     NULL,
};
