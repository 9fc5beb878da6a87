/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * huge [MIB [UPDATES]] - transparent huge pages: faulted in, used, split and given back
 *
 * Phases: 1 the arena is written once a 2 MiB page (each a fault in which the kernel clears 2 MiB); 2 random updates all over
 * it; 3 one 4 KiB page of every fourth huge page becomes read only (the kernel splits them) and updates go on elsewhere; 4
 * every other huge page is given back. What it stresses: huge leaves in guest tables, and what splitting them costs.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "marker.h"

#define HUGE ((size_t)2 << 20)
#define PAGE 4096

static uint64_t random_state = 1;
static uint64_t random_next(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return random_state >> 32;
}

/* Anywhere but in the page that phase 3 makes read only. */
static void update(char *arena, size_t pages, size_t updates)
{
	for (size_t i = 0; i < updates; i++) {
		size_t page = random_next() % pages,
		       at = PAGE + random_next() % (HUGE - PAGE - 8);

		(*(uint64_t *)(arena + page * HUGE + (at & ~(size_t)7)))++;
	}
}

int main(int argc, char **argv)
{
	size_t pages = (argc > 1 ? strtoul(argv[1], NULL, 10) : 32) / 2;
	size_t updates = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000;
	char *p = mmap(NULL, (pages + 1) * HUGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *arena = (char *)(((uintptr_t)p + HUGE - 1) & ~(HUGE - 1));

	if (p == MAP_FAILED) {
		perror("huge: mmap");
		return 1;
	}
	madvise(arena, pages * HUGE, MADV_HUGEPAGE);

	capture_begin();
	capture_phase_begin(1);
	for (size_t i = 0; i < pages; i++)
		arena[i * HUGE] = 1;
	capture_phase_end(1);
	capture_phase_begin(2);
	update(arena, pages, updates);
	capture_phase_end(2);
	capture_phase_begin(3);
	for (size_t i = 0; i < pages; i += 4)
		mprotect(arena + i * HUGE, PAGE, PROT_READ);
	update(arena, pages, updates);
	capture_phase_end(3);
	capture_phase_begin(4);
	for (size_t i = 0; i < pages; i += 2)
		madvise(arena + i * HUGE, HUGE, MADV_DONTNEED);
	capture_phase_end(4);
	capture_end();
	return 0;
}
