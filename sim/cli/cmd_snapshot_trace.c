#include "cli/cmd_snapshot.h"
static int run(int c, char **v)
{
	(void)c;
	(void)v;
	return 1;
}
const struct command cmd_snapshot_trace = { .name = "trace", .summary = "", .run = run };
