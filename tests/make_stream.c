/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make_stream good|mismatch|no-table ACCESSES >STREAM - tests/simple_stream.h, for tests/check_capture */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simple_stream.h"

int main(int argc, char **argv)
{
	static const char *const name[] = { "good", "mismatch", "no-table" };
	struct bytes b = { 0 };
	unsigned what = 0;
	size_t n;

	if (argc != 3)
		return 2;
	while (what < 2 && strcmp(argv[1], name[what]))
		what++;
	simple_stream(&b, (enum simple_stream)what, strtoull(argv[2], NULL, 10));
	n = fwrite(b.p, 1, b.n, stdout);
	n = b.n - n;
	bytes_fini(&b);
	return n || fflush(stdout);
}
