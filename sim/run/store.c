/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "run/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"

static char *with_newline(char *text)
{
	char *out = text ? sim_asprintf("%s\n", text) : NULL;

	sim_free(text);
	return out;
}

char *store_counters_text(const struct counters *c)
{
	json_t *doc = json_object();
	char *text = NULL;
	int rc = doc ? 0 : -1;

	for (unsigned i = 0; i < COUNTER_COUNT && !rc; i++)
		rc = json_object_set_new(doc, counter_info[i].name,
					 json_integer((json_int_t)counters_at(c, i)));
	if (!rc)
		text = json_dumps(doc, JSON_SORT_KEYS | JSON_INDENT(2));
	json_decref(doc);
	return with_newline(text);
}

static int read_counters(const struct jnode *root, struct counters *c, struct sim_error *err)
{
	uint64_t *field = (uint64_t *)(void *)c;
	const char *keys[COUNTER_COUNT + 1] = { NULL };
	int rc;

	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		keys[i] = counter_info[i].name;
	rc = json_only(root, keys, err);
	for (unsigned i = 0; i < COUNTER_COUNT && !rc; i++) {
		struct jnode n = json_get(root, keys[i]);

		rc = json_as_u64(&n, 0, INT64_MAX, &field[i], err);
	}
	return rc;
}

int store_counters_parse(const char *text, size_t n, const char *name, struct counters *c,
			 struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_parse(text, n, name, &doc, &root, err);

	if (rc)
		return rc;
	rc = read_counters(&root, c, err);
	json_decref(doc);
	return rc;
}

char *store_host_text(const struct store *s, const struct store_host *h,
		      const struct counters *c)
{
	char hash[FILES_HASH_LEN + 1], *counters = store_counters_text(c), *text;
	json_t *doc;

	if (!counters)
		return NULL;
	files_hash_text(counters, strlen(counters), hash);
	sim_free(counters);
	doc = json_pack("{s:s, s:s, s:s, s:f, s:s}", "build", s->build, "node", h->node,
			"version", h->version, "seconds", h->seconds, "counters_xxh3", hash);
	text = doc ? json_dumps(doc, JSON_SORT_KEYS | JSON_INDENT(2) | JSON_REAL_PRECISION(6))
		   : NULL;
	json_decref(doc);
	return with_newline(text);
}

/* Removes the folders and files that begin with FILES_TEMP. */
static int clear_temp(const char *dir, struct sim_error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int rc = 0;

	if (!d)
		return sim_fail(err, SIM_EIO, dir, "cannot open the folder: %s",
				strerror(errno));
	while (!rc && (e = readdir(d)) != NULL) {
		char *path;

		if (strncmp(e->d_name, FILES_TEMP, strlen(FILES_TEMP)) != 0 ||
		    !unlinkat(dirfd(d), e->d_name, 0))
			continue;
		path = files_join(dir, e->d_name);
		rc = path ? files_remove_dir(path, err) : sim_fail_nomem(err);
		sim_free(path);
	}
	closedir(d);
	return rc;
}

int store_open(struct store *s, const char *dir, const char *build, struct sim_error *err)
{
	int rc = files_make_dir(dir, err);

	if (rc)
		return rc;
	*s = (struct store){ .dir = sim_strdup(dir), .lock = -1 };
	if (!s->dir)
		return sim_fail_nomem(err);
	snprintf(s->build, sizeof(s->build), "%s", build);
	s->lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->lock < 0)
		rc = sim_fail(err, SIM_EIO, dir, "cannot open the folder: %s", strerror(errno));
	else if (flock(s->lock, LOCK_EX | LOCK_NB))
		rc = sim_fail(err, SIM_EIO, dir,
			      errno == EWOULDBLOCK ? "another run is writing here"
						   : "cannot lock the folder");
	if (!rc)
		rc = clear_temp(dir, err);
	if (rc)
		store_close(s);
	return rc;
}

void store_close(struct store *s)
{
	if (s->dir && s->lock >= 0)
		close(s->lock);
	sim_free(s->dir);
	*s = (struct store){ .lock = -1 };
}

/* One file of a point; *text stays NULL when it is not there. */
static int read_file(const struct store *s, const char *key, const char *name, char **text,
		     size_t *n)
{
	char *path = sim_asprintf("%s/%s/%s", s->dir, key, name);
	int rc;

	*text = NULL;
	if (!path)
		return SIM_ENOMEM;
	rc = files_exist(path) ? files_read(path, text, n, NULL) : 0;
	sim_free(path);
	return rc == SIM_ENOMEM ? rc : 0;
}

static bool is_text(const struct jnode *root, const char *key, const char *want)
{
	struct jnode n = json_get(root, key);
	const char *text;

	return !json_as_str(&n, &text, NULL) && !strcmp(text, want);
}

/* Whether host.json says that this build counted, and counted this. */
static bool is_ours(const struct store *s, const char *host, const char *counters, size_t n)
{
	char hash[FILES_HASH_LEN + 1];
	struct jnode root;
	json_t *doc;
	bool is;

	if (!s->build[0] || json_parse(host, strlen(host), "host.json", &doc, &root, NULL))
		return false;
	files_hash_text(counters, n, hash);
	is = is_text(&root, "build", s->build) && is_text(&root, "counters_xxh3", hash);
	json_decref(doc);
	return is;
}

/* A real KVM tells no reasons. */
static bool exits_add_up(const struct counters *c)
{
	uint64_t sum = counters_sum_exits(c);

	return !sum || sum == c->exits;
}

int store_get(const struct store *s, const char *key, const char *config, struct counters *c,
	      bool *found, struct sim_error *err)
{
	char *was = NULL, *host = NULL, *text = NULL;
	size_t n_was, n_host, n_text;

	*found = false;
	if (read_file(s, key, "config.json", &was, &n_was) ||
	    read_file(s, key, "host.json", &host, &n_host) ||
	    read_file(s, key, "counters.json", &text, &n_text)) {
		sim_free(was);
		sim_free(host);
		return sim_fail_nomem(err);
	}
	if (was && host && text && !strcmp(was, config) && is_ours(s, host, text, n_text))
		*found = !store_counters_parse(text, n_text, key, c, NULL) && exits_add_up(c);
	sim_free(was);
	sim_free(host);
	sim_free(text);
	return 0;
}

static int write_member(const char *dir, const char *name, const char *text,
			struct sim_error *err)
{
	char *path = files_join(dir, name);
	int rc = path ? files_write(path, text, strlen(text), err) : sim_fail_nomem(err);

	sim_free(path);
	return rc;
}

static int fill_temp(const char *temp, const struct store_member *m, struct sim_error *err)
{
	int rc = files_make_dir(temp, err);

	for (; !rc && m->name; m++)
		rc = write_member(temp, m->name, m->text, err);
	return rc;
}

int store_put_members(const struct store *s, const char *key, const struct store_member *m,
		      struct sim_error *err)
{
	char *temp = sim_asprintf("%s/" FILES_TEMP "%s", s->dir, key);
	char *place = files_join(s->dir, key);
	int rc = temp && place ? files_remove_dir(temp, err) : sim_fail_nomem(err);

	if (!rc) {
		rc = fill_temp(temp, m, err);
		if (!rc)
			rc = files_remove_dir(place, err);
		if (!rc)
			rc = files_rename(temp, place, err);
		if (rc && files_remove_dir(temp, NULL))
			sim_error_prefix(err, "(%s is left over) ", temp);
	}
	sim_free(temp);
	sim_free(place);
	return rc;
}

int store_put(const struct store *s, const struct store_point *p, struct sim_error *err)
{
	char *counters = store_counters_text(p->counters);
	const struct store_member m[] = { { "config.json", p->config },
					  { "host.json", p->host },
					  { "counters.json", counters },
					  { NULL, NULL } };
	int rc = counters ? store_put_members(s, p->key, m, err) : sim_fail_nomem(err);

	sim_free(counters);
	return rc;
}

int store_put_file(const struct store *s, const char *name, const char *text,
		   struct sim_error *err)
{
	return write_member(s->dir, name, text, err);
}

int store_remove_file(const struct store *s, const char *name, struct sim_error *err)
{
	if (unlinkat(s->lock, name, 0) && errno != ENOENT)
		return sim_fail(err, SIM_EIO, s->dir, "cannot remove %s: %s", name,
				strerror(errno));
	return 0;
}
