/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "run/gnuplot.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "base/process.h"

static int judge(int status, char *said, const char *script, struct sim_error *err)
{
	const char *text = process_one_line(said);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0; /* with a warning perhaps */
	if (WIFSIGNALED(status))
		return sim_fail(err, SIM_EIO, script, "gnuplot was ended by signal %d",
				WTERMSIG(status));
	return sim_fail(err, SIM_EIO, script, "gnuplot failed with status %d: %s",
			WEXITSTATUS(status), *text ? text : "it says nothing");
}

int gnuplot_run(const char *dir, const char *script, const char *terminal, const char *output,
		struct sim_error *err)
{
	const char *const argv[6] = { "gnuplot", "-c", script, terminal, output, NULL };
	char said[300];
	int status, rc = process_run(argv, dir, said, sizeof(said), &status);

	if (rc == ENOENT)
		return sim_fail(err, SIM_EIO, NULL,
				"gnuplot is not installed (Debian: gnuplot-nox)");
	if (rc)
		return sim_fail(err, SIM_EIO, NULL, "cannot run gnuplot: %s", strerror(rc));
	return judge(status, said, script, err);
}
