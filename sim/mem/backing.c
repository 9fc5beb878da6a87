/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/backing.h"

#include <inttypes.h>

#define BYTES_MAX ((uint64_t)1 << 62)
#define ALIGN_MAX ((uint64_t)1 << 60)

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

static bool is_power_of_2(uint64_t v)
{
	return v && !(v & (v - 1));
}

const char *backing_policy_fault(const struct backing_config *cfg)
{
	static const char *const faults[] = {
		[NUMA_DEFAULT] =
			"host-nodes must be empty for policy default; name a policy: preferred, bind or interleave",
		[NUMA_PREFERRED] =
			"host-nodes must be set for policy preferred, such as host-nodes=0",
		[NUMA_BIND] = "host-nodes must be set for policy bind, such as host-nodes=0",
		[NUMA_INTERLEAVE] =
			"host-nodes must be set for policy interleave, such as host-nodes=0-1",
	};
	bool has_nodes = false;

	for (unsigned i = 0; i < sizeof(cfg->host_nodes); i++)
		has_nodes |= cfg->host_nodes[i] != 0;
	return has_nodes == (cfg->policy != NUMA_DEFAULT) ? NULL : faults[cfg->policy];
}

static int check_policy(const struct backing_config *cfg, struct sim_error *err)
{
	const char *fault = backing_policy_fault(cfg);

	return fault ? sim_fail(err, SIM_ERANGE, NULL, "%s", fault) : SIM_OK;
}

static int check_file(const struct backing_config *cfg, struct sim_error *err)
{
	if (!cfg->mem_path || !*cfg->mem_path)
		return sim_fail(err, SIM_ERANGE, NULL,
				"a file backend needs mem-path: a file, or a folder");
	if (cfg->offset % PAGE_BYTES || cfg->offset > BYTES_MAX)
		return sim_fail(err, SIM_ERANGE, NULL,
				"offset 0x%" PRIx64
				" must be a multiple of 0x1000, at most 2^62",
				cfg->offset);
	if (cfg->align % PAGE_BYTES)
		return sim_fail(err, SIM_ERANGE, NULL,
				"alignment 0x%" PRIx64 " must be a multiple of page size 0x%x",
				cfg->align, (unsigned)PAGE_BYTES);
	if (cfg->align && (!is_power_of_2(cfg->align) || cfg->align > ALIGN_MAX))
		return sim_fail(err, SIM_ERANGE, NULL,
				"alignment 0x%" PRIx64 " must be a power of two, at most 2^60",
				cfg->align);
	return SIM_OK;
}

static int check_memfd(const struct backing_config *cfg, uint64_t bytes, struct sim_error *err)
{
	if (cfg->hugetlbsize && !is_power_of_2(cfg->hugetlbsize))
		return sim_fail(err, SIM_ERANGE, NULL,
				"hugetlbsize must be a power of 2, not 0x%" PRIx64,
				cfg->hugetlbsize);
	if (bytes % PAGE_BYTES)
		return sim_fail(err, SIM_ERANGE, NULL,
				"backing store size 0x%" PRIx64
				" does not match 'size' option: whole pages of 0x1000 "
				"bytes are needed",
				bytes);
	return SIM_OK;
}

static int check_kind(const struct backing_config *cfg, uint64_t bytes, struct sim_error *err)
{
	switch (cfg->kind) {
	case BACKING_FILE:
		return check_file(cfg, err);
	case BACKING_MEMFD:
		return check_memfd(cfg, bytes, err);
	case BACKING_ANONYMOUS:
		break;
	}
	return SIM_OK;
}

static int check_population(const struct backing_config *cfg, struct sim_error *err)
{
	if (!cfg->has_prealloc)
		return SIM_OK;
	if (!cfg->has_reserve)
		return sim_fail(err, SIM_ERANGE, NULL,
				"'prealloc=on' and 'reserve=off' are incompatible");
	if (cfg->is_readonly)
		return sim_fail(err, SIM_ERANGE, NULL,
				"'prealloc=on' and 'readonly=on' are incompatible: pages "
				"come to be by a write");
	if (!cfg->prealloc_threads)
		return sim_fail(err, SIM_ERANGE, NULL,
				"prealloc-threads must be 1 or more, not 0");
	return SIM_OK;
}

int backing_check(const struct backing_config *cfg, uint64_t bytes, struct sim_error *err)
{
	int rc;

	if (!bytes || bytes > BYTES_MAX)
		return sim_fail(err, SIM_ERANGE, NULL,
				"memory needs a size of 1 to 2^62 bytes, not %" PRIu64, bytes);
	if (cfg->page_level > LEVEL_1G)
		return sim_fail(err, SIM_ERANGE, NULL, "host page level must be 0..3, not %u",
				cfg->page_level);
	rc = check_population(cfg, err);
	if (!rc)
		rc = check_policy(cfg, err);
	return rc ? rc : check_kind(cfg, bytes, err);
}
