/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * probe [MIB [LOOKUPS]] - looks up random keys in a chained hash table, and changes no page table
 *
 * Buckets, nodes and values are three arrays, a third of MIB each, in 4 KiB pages (MADV_NOHUGEPAGE), written once before
 * the begin marker. A hit reads a bucket, one node or more and a value: dependent loads from pages far apart, more of them
 * than a TLB holds. What it stresses: the page walk alone. Shadow paging walks one dimension, EPT two.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "marker.h"

#define MIB ((size_t)1 << 20)

struct node {
	uint64_t key;
	uint32_t next, value;
};

/* Knuth's MMIX generator; the high half is good enough to spread keys. */
static uint64_t random_state = 1;
static uint32_t random_next(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 32);
}

static void *pages(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("probe: mmap");
		exit(1);
	}
	madvise(p, bytes, MADV_NOHUGEPAGE);
	return p;
}

int main(int argc, char **argv)
{
	size_t mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 96;
	size_t lookups = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000;
	size_t third = mib * MIB / 3, n_node = third / sizeof(struct node);
	size_t n_bucket = third / sizeof(uint32_t), n_value = third / sizeof(uint64_t);
	uint32_t *bucket = pages(third);
	struct node *node = pages(third);
	uint64_t *value = pages(third), sum = 0;

	for (uint32_t i = 1; i < n_node; i++) { /* node 0 ends a chain */
		uint64_t key = i * 0x9e3779b97f4a7c15u;
		uint32_t *b = &bucket[(key >> 32) % n_bucket];

		node[i] = (struct node){ key, *b, random_next() % (uint32_t)n_value };
		*b = i;
	}
	for (size_t i = 0; i < n_value; i++)
		value[i] = i;

	capture_begin();
	for (size_t i = 0; i < lookups; i++) {
		uint64_t key = (1 + random_next() % (n_node - 1)) * 0x9e3779b97f4a7c15u;
		uint32_t at = bucket[(key >> 32) % n_bucket];

		while (at && node[at].key != key)
			at = node[at].next;
		sum += value[node[at].value];
	}
	capture_end();
	printf("sum %llu\n", (unsigned long long)sum);
	return 0;
}
