/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/sources.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define LABEL_MAX 64

static const struct kind {
	const char *what, *folder, *ending;
} kinds[] = {
	[SOURCE_TRACE] = { "trace", "traces", ".snt" },
	[SOURCE_MACHINE] = { "machine", "models/machine", ".json" },
	[SOURCE_COST] = { "cost model", "models/cost", ".json" },
	[SOURCE_BOARD] = { "board", "models/board", ".json" },
};

void sources_init(struct sources *s, const char *dir, const char *data_dir)
{
	*s = (struct sources){ .dir = dir, .data_dir = data_dir };
}

static void source_free(struct source *f)
{
	if (!f)
		return;
	sim_free(f->name);
	sim_free(f->label);
	sim_free(f->path);
	sim_free(f);
}

void sources_fini(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		source_free(s->item[i]);
	sim_free(s->item);
	*s = (struct sources){ .n = 0 };
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);

	return n > e && !strcmp(s + n - e, end);
}

/* Takes ownership of `path`; keeps it in *found if it exists. */
static int try_path(char *path, char **found)
{
	if (!path)
		return SIM_ENOMEM;
	if (!*found && files_exist(path))
		*found = path;
	else
		sim_free(path);
	return 0;
}

int sources_data_file(const struct sources *s, const char *folder, const char *name,
		      char **path)
{
	int rc;

	*path = NULL;
	rc = try_path(sim_asprintf("%s/%s", folder, name), path);
	if (!rc && s->dir && !*path)
		rc = try_path(sim_asprintf("%s/../%s/%s", s->dir, folder, name), path);
	if (!rc && s->data_dir && !*path)
		rc = try_path(sim_asprintf("%s/%s/%s", s->data_dir, folder, name), path);
	return rc;
}

static int find_path(const struct sources *s, const struct kind *k, const char *name,
		     char **path)
{
	char *file;
	int rc;

	if (!strchr(name, '/') && !ends_with(name, k->ending)) {
		file = sim_asprintf("%s%s", name, k->ending);
		rc = file ? sources_data_file(s, k->folder, file, path) : SIM_ENOMEM;
		sim_free(file);
		return rc;
	}
	*path = NULL;
	rc = try_path(sim_strdup(name), path);
	if (!rc && s->dir && !*path && name[0] != '/')
		rc = try_path(files_join(s->dir, name), path);
	return rc;
}

static char *label_of(const char *name, const char *ending)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;
	size_t n = strlen(base);

	if (ends_with(base, ending))
		n -= strlen(ending);
	return sim_asprintf("%.*s", (int)n, base);
}

/* A label becomes a folder's name and a cell of a table. */
static bool label_is_plain(const char *label)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t n = strlen(label);

	return n && n < LABEL_MAX && label[0] != '.' && strspn(label, plain) == n;
}

static int not_found(const struct kind *k, const char *name, const struct jnode *n,
		     struct sim_error *err)
{
	if (strchr(name, '/') || ends_with(name, k->ending))
		return json_fail(n, SIM_EIO, err, "there is no %s file %s", k->what, name);
	return json_fail(
		n, SIM_EIO, err,
		"there is no %s \"%s\": no %s/%s%s here, beside the experiment's folder or "
		"in the program's own data",
		k->what, name, k->folder, name, k->ending);
}

/* Two files with one label would share their results. */
static int check_label(const struct sources *s, const struct source *f, const struct jnode *n,
		       struct sim_error *err)
{
	if (!label_is_plain(f->label))
		return json_fail(n, SIM_EFORMAT, err,
				 "a name here has 1..%d letters, digits, '_', '-' and '.', "
				 "and does not begin with '.'",
				 LABEL_MAX - 1);
	for (size_t i = 0; i < s->n; i++)
		if (s->item[i]->kind == f->kind && !strcmp(s->item[i]->label, f->label))
			return json_fail(n, SIM_EFORMAT, err,
					 "a second %s named \"%s\", and results have "
					 "the name: rename or link one of the files",
					 kinds[f->kind].what, f->label);
	return 0;
}

static int fill(const struct sources *s, struct source *f, const struct jnode *n,
		struct sim_error *err)
{
	const struct kind *k = &kinds[f->kind];
	int rc;

	f->label = label_of(f->name, k->ending);
	if (!f->label || find_path(s, k, f->name, &f->path))
		return sim_fail_nomem(err);
	rc = check_label(s, f, n, err);
	if (rc)
		return rc;
	if (!f->path)
		return not_found(k, f->name, n, err);
	return files_hash(f->path, f->hash, &f->bytes, err);
}

static int add(struct sources *s, enum source_kind kind, const char *name,
	       const struct jnode *n, struct sim_error *err)
{
	struct source *f;
	int rc;

	if (sim_grow((void **)&s->item, &s->cap, s->n, sizeof(*s->item)))
		return sim_fail_nomem(err);
	f = sim_calloc(1, sizeof(*f));
	if (!f)
		return sim_fail_nomem(err);
	f->kind = kind;
	f->name = sim_strdup(name);
	rc = f->name ? fill(s, f, n, err) : sim_fail_nomem(err);
	if (rc) {
		source_free(f);
		return rc;
	}
	s->item[s->n++] = f;
	return 0;
}

int sources_find(struct sources *s, enum source_kind kind, const struct jnode *n,
		 const struct source **out, struct sim_error *err)
{
	const char *name;
	int rc = json_as_str(n, &name, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < s->n; i++)
		if (s->item[i]->kind == kind && !strcmp(s->item[i]->name, name)) {
			*out = s->item[i];
			return 0;
		}
	rc = add(s, kind, name, n, err);
	if (!rc)
		*out = s->item[s->n - 1];
	return rc;
}
