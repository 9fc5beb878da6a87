/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snapshot_work.c - runs in the guest of check_snapshot: maps memory in many ways, then says so and spins */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static char *map(size_t bytes, int flags)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

int main(void)
{
	char *large = map(8 * MIB, MAP_PRIVATE), *small = map(4 * MIB, MAP_PRIVATE);
	char *shared = map(MIB, MAP_SHARED), *hole = map(64 * MIB, MAP_PRIVATE);

	madvise(large, 8 * MIB, MADV_HUGEPAGE);
	madvise(small, 4 * MIB, MADV_NOHUGEPAGE);
	memset(large, 1, 8 * MIB);
	memset(small, 2, 4 * MIB);
	memset(shared, 3, MIB);
	for (size_t i = 0; i < 64 * MIB; i += 3 * MIB)
		hole[i] = 4;
	for (size_t i = 0; i < MIB; i += 8192) /* the zero page, many times */
		if (small[i] + map(4096, MAP_PRIVATE)[0] == 77)
			return 1;
	mprotect(small, MIB, PROT_READ);
	mprotect(small + MIB, MIB, PROT_READ | PROT_EXEC);
	if (fork() == 0) {
		small[2 * MIB] = 5;
		for (;;)
			pause();
	}
	puts("the guest is ready");
	fflush(stdout);
	for (size_t i = 0;; i = (i + 4096) % (2 * MIB))
		large[i]++;
}
