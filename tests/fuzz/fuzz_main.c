/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_main.c - runs a fuzz target without libFuzzer
 *
 * With arguments: runs each file once. Without: replays tests/fuzz/corpus/<x>/ of the program
 * fuzz_<x>, each input as it is, then cut short and with bits flipped (fixed seed), and prints
 * TAP. A target fails by crashing, or by a sanitizer's word.
 */
#include "config.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

#define INPUT_MAX (1u << 20)
#define VARIANTS  200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact-size copy, so that a sanitizer sees a read past the end. */
static void run_bytes(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_variants(uint8_t *data, size_t size)
{
	struct rng r;

	rng_seed(&r, size);
	for (int i = 0; i < VARIANTS && size; i++) {
		size_t at = (size_t)rng_below(&r, size);
		uint8_t was = data[at];

		run_bytes(data, at);
		data[at] = (uint8_t)(was ^ (1u << rng_below(&r, 8)));
		run_bytes(data, size);
		data[at] = was;
	}
}

enum how { AS_IT_IS, WITH_VARIANTS };

static int run_file(const char *path, enum how how)
{
	static uint8_t data[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		perror(path);
		return 1;
	}
	n = fread(data, 1, sizeof(data), f);
	fclose(f);
	run_bytes(data, n);
	if (how == WITH_VARIANTS)
		run_variants(data, n);
	return 0;
}

static int replay(const char *dir, const char *name)
{
	char path[4096];
	unsigned n = 0, bad = 0;
	struct dirent *e;
	DIR *d = opendir(dir);

	printf("1..1\n");
	fflush(stdout);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		bad += run_file(path, WITH_VARIANTS) != 0;
		n++;
	}
	if (d)
		closedir(d);
	printf("%s 1 - %s: %u inputs of its corpus, each with %u variants\n",
	       n && !bad ? "ok" : "not ok", name, n, 2 * VARIANTS);
	return n && !bad ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	const char *top = getenv("top_srcdir"), *target = strstr(name, "fuzz_");
	char dir[2048];
	int bad = 0;

	for (int i = 1; i < argc; i++)
		bad += run_file(argv[i], AS_IT_IS);
	if (argc > 1)
		return bad != 0;
	if (!target)
		return 1;
	snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", top ? top : "..", target + 5);
	return replay(dir, name);
}
