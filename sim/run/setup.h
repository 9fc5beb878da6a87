/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * setup.h - everything that the counters of one simulation depend on
 *
 * Read from one JSON object, strictly:
 *
 *     {"trace": "fork", "technique": "spt",
 *      "machine": {"model": "skylake-sp", "stlb.entries": 512},
 *      "host": {"page_size": "4K", "populate": true, "layout": "contiguous", "seed": 1},
 *      "mmu": {"tdp_levels": 4, "vpid": true, "shadow_quota": 0, "kvm_version": "6.1",
 *              "mmio_caching": true, "eager_zap_unsync_children": true, "pml": false,
 *              "dirty_ring": 0},
 *      "memory": "-machine pc -m 256M",
 *      "guest": {"thp": "madvise"},
 *      "warmup_percent": 0,
 *      "replay": {"stream": "captured", "accessed_dirty": "captured"}}
 *
 * The members of machine other than model are what machine_set() knows. host, mmu and
 * replay, each member of theirs, and warmup_percent may be absent. Written back, as the config.json of a result, it has every
 * default filled in and the hashes of the files in the place of their paths.
 */
#ifndef SIM_RUN_SETUP_H
#define SIM_RUN_SETUP_H

#include "base/err.h"
#include "base/json.h"
#include "hw/machine.h"
#include "mem/host.h"
#include "mmu/mmu.h"
#include "run/guest_ram.h"
#include "run/sources.h"
#include "run/streams.h"
#include "vm/normalise.h"

/* What the lanes get: the trace as it is, or normalised (vm/normalise.h). */
struct setup_replay {
	bool is_normalised;
	struct normalise_options how;
};

/* The technique that is no simulation, but the KVM of this host (real.h). */
#define SETUP_REAL "kvm"

struct setup {
	const struct source *trace, *machine_file; /* owned by the sources */
	const char *technique;			   /* mmu_ops.name, or SETUP_REAL */
	bool is_real;
	struct setup_replay replay;
	struct machine machine; /* with what was set */
	struct host_config host;
	struct mmu_config mmu;
	struct guest_ram memory;
	struct guest_setup guest;
	unsigned warmup_percent; /* see warmup.h */
};

/* Reads and checks. SIM_EFORMAT, SIM_ERANGE, SIM_EIO with the JSON path; setup_fini after an error too. */
SIM_MUST_CHECK int setup_read(struct setup *s, const struct jnode *root,
			      struct sources *sources, struct sim_error *err);

void setup_fini(struct setup *s);

/*
 * The text of config.json: the same bytes for the same simulation, wherever and whenever it
 * runs. `set` holds the machine's members other than model, as given; `real` the host of a real
 * point. NULL: out of memory; the caller frees.
 */
SIM_MUST_CHECK char *setup_text(const struct setup *s, const json_t *set, const json_t *real);

/* The i-th technique there is, and what it means in a line; NULL at the end. */
const char *setup_technique(unsigned i, const char **meaning);

#endif
