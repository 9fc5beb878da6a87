/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * host_backing.h - RAM blocks whose pages the simulated host (host.h) counts
 *
 *     host_backing_ops    addresses only; nothing is allocated, and nothing can be read
 *     host_real_ops       memory of this process (backing_map.h), known to the host by its real address
 *
 * The arg of both is the struct host *.
 *
 * backend                          memory of the host    page size
 * anonymous, private               ANONYMOUS             as configured; 1G: HUGETLB
 * anonymous or memfd, shared       SHARED                as configured; 1G: anonymous HUGETLB, memfd 4K
 * file, shared                     SHARED                as configured, 1G: HUGETLB; real: what the file system has
 * memfd or file, private           FILE_PRIVATE          4K; a file, 1G: HUGETLB
 * memfd with hugetlb               HUGETLB               hugetlbsize, or 2M
 *
 * Configured is backing_config.page_level, else the host's page_level. Populated from the start is what is preallocated,
 * or all when the host is.
 */
#ifndef SIM_MEM_HOST_BACKING_H
#define SIM_MEM_HOST_BACKING_H

#include "mem/backing.h"
#include "mem/host.h"

extern const struct backing_ops host_backing_ops;
extern const struct backing_ops host_real_ops;

/* What real memory is asked for on a host of that configuration, which decides where the backend does not: pages, and
 * population where that is possible. */
struct backing_config host_backing_config(const struct host_config *host,
					  const struct backing_config *cfg);

#endif
