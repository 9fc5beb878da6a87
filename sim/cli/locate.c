/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/locate.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "run/files.h"

#define PATH_SIZE   4096
#define TREE_LEVELS 4 /* the program, and up to three folders of a build tree: build-ci/gcc */

/* The folder that the program is in. */
static bool find_folder(char folder[PATH_SIZE])
{
	ssize_t n = readlink("/proc/self/exe", folder, PATH_SIZE - 1);
	char *slash;

	if (n <= 0)
		return false;
	folder[n] = '\0';
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	return slash;
}

/* The source tree that the program was built in, when it still lies there. */
static bool find_tree(char tree[PATH_SIZE])
{
	char probe[PATH_SIZE + 32];
	char *slash;

	if (!find_folder(tree))
		return false;
	for (int up = 0; up < TREE_LEVELS; up++) {
		snprintf(probe, sizeof(probe), "%s/models/machine", tree);
		if (files_exist(probe))
			return true;
		slash = strrchr(tree, '/');
		if (!slash)
			return false;
		*slash = '\0';
	}
	return false;
}

/* Replaces *found, when nothing is there, by the file below `folder`, when that is. */
static void try_below(const char *folder, const char *rel, char **found)
{
	char *path;

	if (!*found || files_exist(*found))
		return;
	path = files_join(folder, rel);
	if (path && !files_exist(path)) {
		sim_free(path);
		return;
	}
	sim_free(*found);
	*found = path;
}

/* The path `name`, or FOLDER/NAME.json for a plain word, where it is found first. */
static char *locate(const char *name, const char *folder)
{
	char *rel, *found = sim_strdup(name);
	char tree[PATH_SIZE];

	rel = strpbrk(name, "/.") ? sim_strdup(name) : sim_asprintf("%s/%s.json", folder, name);
	if (found && rel && name[0] != '/') {
		try_below(".", rel, &found);
		if (find_tree(tree))
			try_below(tree, rel, &found);
		try_below(PKGDATADIR, rel, &found);
	}
	if (!rel) {
		sim_free(found);
		found = NULL;
	}
	sim_free(rel);
	return found;
}

char *locate_experiment(const char *name)
{
	return locate(name, "experiments");
}

char *locate_cost(const char *name)
{
	return locate(name, "models/cost");
}

char *locate_scenario(const char *name)
{
	return locate(name, "experiments/scenarios");
}

char *locate_workload(const char *name)
{
	return locate(name, "experiments/workloads");
}

char *locate_data(const char *rel)
{
	return locate(rel, ".");
}

char *locate_data_dir(void)
{
	char tree[PATH_SIZE];

	return sim_strdup(find_tree(tree) ? tree : PKGDATADIR);
}

char *locate_program(const char *rel)
{
	const char *slash = strrchr(rel, '/');
	char *found = sim_strdup(rel);
	char folder[PATH_SIZE];

	if (found && find_folder(folder))
		try_below(folder, rel, &found);
	if (find_tree(folder))
		try_below(folder, rel, &found);
	try_below(PKGLIBEXECDIR, slash ? slash + 1 : rel, &found);
	return found;
}
