/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board_options_tool.c - for tests/check_qemu_options: reads one command line on each line of its input
 *
 * Prints, for each, "ok SIZE" and the options as JSON, or "refused" with place and text; tabs between.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem/board_options.h"

static int show(const struct board_options *o)
{
	json_t *v = board_options_json(o);
	char *text = v ? json_dumps(v, JSON_COMPACT) : NULL;

	json_decref(v);
	if (!text)
		return 1;
	printf("ok\t%" PRIu64 "\t%s\n", o->ram_size, text);
	free(text);
	return 0;
}

int main(void)
{
	char line[4096];
	int rc = 0;

	while (!rc && fgets(line, sizeof(line), stdin)) {
		struct sim_error err = { 0 };
		struct board_options o;

		line[strcspn(line, "\n")] = '\0';
		if (board_options_parse(&o, line, &err)) {
			printf("refused\t%s\t%s\n", err.where, err.text);
			continue;
		}
		rc = show(&o);
		board_options_fini(&o);
	}
	return rc;
}
