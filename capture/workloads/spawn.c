/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spawn [ROUNDS] - processes come and go, each with mappings that come and go
 *
 * A round: the parent maps and writes some pages; forks; the child writes half of them (copy on write), gives a part back
 * and executes this program again, which writes its own pages and ends; the parent unmaps. What it stresses: page tables
 * that never last. Shadow paging pays for each write to them with exits; EPT sees none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "marker.h"

#define PAGE  4096
#define PAGES 96

static char *map_and_write(unsigned pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED) {
		perror("spawn: mmap");
		exit(1);
	}
	madvise(p, pages * PAGE, MADV_NOHUGEPAGE);
	for (unsigned i = 0; i < pages; i++)
		p[i * PAGE] = (char)i;
	return p;
}

static void child(char *p, char *self)
{
	char *argv[] = { self, NULL, NULL };
	char word[] = "child";

	for (unsigned i = 0; i < PAGES / 2; i++)
		p[i * PAGE] = 1;
	munmap(p + PAGES / 2 * PAGE, PAGES / 4 * PAGE);
	argv[1] = word;
	execv("/proc/self/exe", argv);
	_exit(127);
}

static int round_trip(char *self)
{
	char *p = map_and_write(PAGES);
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		child(p, self);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = 1;
	munmap(p, PAGES * PAGE);
	return status;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 24;
	int failed = 0;

	if (argc > 1 && !strcmp(argv[1], "child")) {
		map_and_write(PAGES / 2);
		return 0;
	}
	capture_begin();
	for (unsigned i = 0; i < rounds; i++)
		failed |= round_trip(argv[0]);
	capture_end();
	return failed != 0;
}
