/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dirty.h - which pages of the ram_addr space were written, for three clients that do not know of each other
 *
 *     VGA        a display that redraws what changed; on for the regions that ask for it
 *     CODE       translated code of TCG that a write makes wrong; a write clears nothing here either
 *     MIGRATION  pages that the other side must get again; on for everything while a migration runs
 *
 * One bit a page and client. Writes of a vCPU (by KVM's log, or by TCG at once) and of devices (DMA) set the
 * bits of the clients that listen; a client takes and clears its own, by range, or as a snapshot.
 *
 * Source: QEMU 7.2 include/exec/ram_addr.h, softmmu/physmem.c
 * (cpu_physical_memory_set_dirty_range, _test_and_clear_dirty, _snapshot_and_clear_dirty, _snapshot_get_dirty).
 */
#ifndef SIM_MEM_DIRTY_H
#define SIM_MEM_DIRTY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

enum dirty_client {
	DIRTY_MEMORY_VGA,
	DIRTY_MEMORY_CODE,
	DIRTY_MEMORY_MIGRATION,
	DIRTY_MEMORY_NUM
};

/* A set of clients. */
#define DIRTY_BIT(client) (1u << (client))
#define DIRTY_CLIENTS_ALL (DIRTY_BIT(DIRTY_MEMORY_NUM) - 1)

struct dirty_memory {
	uint64_t *bits[DIRTY_MEMORY_NUM]; /* private */
	uint64_t n_pages;
};

void dirty_init(struct dirty_memory *d);
void dirty_fini(struct dirty_memory *d);

/* Room for pages 0..n-1; new ones are clean. Never shrinks. SIM_ENOMEM: nothing changed. */
SIM_MUST_CHECK int dirty_extend(struct dirty_memory *d, uint64_t n, struct sim_error *err);

/* Marks every page that [a, a + bytes) touches, for each client of the set. bytes 0: none. */
void dirty_set(struct dirty_memory *d, ram_addr_t a, uint64_t bytes, unsigned clients);

/* Whether any page of the range is dirty for the client; whether all are. */
bool dirty_any(const struct dirty_memory *d, ram_addr_t a, uint64_t bytes,
	       enum dirty_client client);
bool dirty_all(const struct dirty_memory *d, ram_addr_t a, uint64_t bytes,
	       enum dirty_client client);
uint64_t dirty_count(const struct dirty_memory *d, ram_addr_t a, uint64_t bytes,
		     enum dirty_client client);

/* Clears the range for the client; true when a page of it was dirty. */
bool dirty_test_and_clear(struct dirty_memory *d, ram_addr_t a, uint64_t bytes,
			  enum dirty_client client);

/* Takes bits from a log of KVM: bit i of `log` is page i from a; n pages. Returns how many are set there. */
uint64_t dirty_set_from_log(struct dirty_memory *d, ram_addr_t a, const uint64_t *log,
			    uint64_t n, unsigned clients);

/* What a client had in a range, taken and cleared at once; a display looks at it line by line. */
struct dirty_snapshot;
SIM_MUST_CHECK int dirty_snapshot_and_clear(struct dirty_memory *d, ram_addr_t a,
					    uint64_t bytes, enum dirty_client client,
					    struct dirty_snapshot **out, struct sim_error *err);
bool dirty_snapshot_get(const struct dirty_snapshot *s, ram_addr_t a, uint64_t bytes);
void dirty_snapshot_free(struct dirty_snapshot *s);

#endif
