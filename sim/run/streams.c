/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "run/streams.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "guest/guest.h"
#include "trace/reader.h"
#include "trace/writer.h"

#define FOLDER	   "streams"
#define HASH_SHOWN 16
/* Read again for every point, never published: fast to write, and blocks that stay in a cache. */
static const struct trace_writer_options packing = { .level = 1, .block = 1u << 18 };

int guest_setup_read(struct guest_setup *g, const struct jnode *n, struct sim_error *err)
{
	*g = (struct guest_setup){ .is_given = n->v != NULL };
	return guest_os_config_read(&g->os, n, err);
}

/* --- the list --- */

static void stream_free(struct stream *s)
{
	sim_free(s->config);
	sim_free(s->path);
	sim_free(s);
}

void streams_fini(struct streams *s)
{
	for (size_t i = 0; i < s->n; i++)
		stream_free(s->item[i]);
	sim_free(s->item);
	*s = (struct streams){ .n = 0 };
}

static char *config_text(const struct guest_setup *g)
{
	json_t *doc = guest_os_config_json(&g->os);
	char *text = doc ? json_dumps(doc, JSON_SORT_KEYS | JSON_COMPACT) : NULL;

	json_decref(doc);
	return text;
}

static bool same_guest(const struct stream *s, const char *config)
{
	return config ? s->config && !strcmp(s->config, config) : !s->config;
}

/* Takes config. */
static int append(struct streams *s, struct stream what, struct stream **out,
		  struct sim_error *err)
{
	struct stream *new = sim_calloc(1, sizeof(*new));

	if (!new || sim_grow((void **)&s->item, &s->cap, s->n, sizeof(*s->item))) {
		sim_free(what.config);
		sim_free(new);
		return sim_fail_nomem(err);
	}
	*new = what;
	s->item[s->n++] = *out = new;
	if (!new->config)
		new->path = sim_strdup(new->trace->path);
	return new->config || new->path ? 0 : sim_fail_nomem(err);
}

int streams_add(struct streams *s, const struct source *trace, const struct guest_setup *guest,
		struct stream **out, struct sim_error *err)
{
	char *config = guest->is_given ? config_text(guest) : NULL;

	if (guest->is_given && !config)
		return sim_fail_nomem(err);
	for (size_t i = 0; i < s->n; i++)
		if (s->item[i]->trace == trace && same_guest(s->item[i], config)) {
			sim_free(config);
			*out = s->item[i];
			return 0;
		}
	return append(s,
		      (struct stream){ .trace = trace,
				       .guest = *guest,
				       .config = config,
				       .bytes = trace->bytes },
		      out, err);
}

/* --- making one --- */

/* A trace on its way through the guest. */
struct making {
	struct trace_reader *reader;
	struct guest_os *guest;
	struct trace_writer *writer;
	streams_progress *progress;
	void *arg;
};

static int pass(struct making *m, const struct batch *in, struct sim_error *err)
{
	struct batch out;
	int rc = guest_os_next(m->guest, in, &out, err);

	return rc ? rc : trace_writer_batch(m->writer, &out, err);
}

static int pass_all(struct making *m, struct sim_error *err)
{
	struct batch b;
	int rc;

	while (!(rc = trace_next(m->reader, 0, &b, err))) {
		rc = pass(m, &b, err);
		if (rc)
			return rc;
		if (m->progress && m->progress(m->arg, trace_bytes_read(m->reader)))
			return sim_fail(err, SIM_EINTR, NULL, "stopped");
	}
	return rc == SIM_EOF ? pass(m, NULL, err) : rc;
}

static int make(struct making *m, const struct stream *s, const char *path,
		struct sim_error *err)
{
	struct trace_writer *whole;
	int rc = trace_open(&m->reader, s->trace->path, TRACE_DETAIL, err);

	if (!rc)
		rc = guest_os_create(&m->guest, &s->guest.os, trace_meta(m->reader), err);
	if (!rc)
		rc = trace_writer_create(&m->writer, path, guest_os_meta(m->guest), &packing,
					 err);
	if (!rc)
		rc = pass_all(m, err);
	if (rc)
		return rc;
	whole = m->writer;
	m->writer = NULL;
	return trace_writer_close(whole, err);
}

/* The file's name says all that its bytes depend on. NULL: out of memory. */
static char *path_of(const struct stream *s, const char *dir, const char *build)
{
	char *all = sim_asprintf("%s %s %s", s->trace->hash, s->config, build);
	char hash[FILES_HASH_LEN + 1], *path;

	if (!all)
		return NULL;
	files_hash_text(all, strlen(all), hash);
	path = sim_asprintf("%s/" FOLDER "/%s-%.*s.snt", dir, s->trace->label, HASH_SHOWN,
			    hash);
	sim_free(all);
	return path;
}

static int make_folder(const char *dir, struct sim_error *err)
{
	char *folder = files_join(dir, FOLDER);
	int rc = folder ? files_make_dir(folder, err) : sim_fail_nomem(err);

	sim_free(folder);
	return rc;
}

static int make_at(struct stream *s, const char *path, const char *dir, struct making *m,
		   struct sim_error *err)
{
	int rc = make_folder(dir, err);

	if (!rc)
		rc = make(m, s, path, err);
	trace_writer_abort(m->writer);
	guest_os_destroy(m->guest);
	trace_close(m->reader);
	if (rc && rc != SIM_EINTR)
		sim_error_within(err, s->trace->path);
	return rc;
}

int streams_make(struct stream *s, const char *dir, const char *build,
		 streams_progress *progress, void *arg, struct sim_error *err)
{
	struct making m = { .progress = progress, .arg = arg };
	struct stat st;
	char *path;
	int rc;

	if (s->path)
		return 0;
	path = path_of(s, dir, build);
	if (!path)
		return sim_fail_nomem(err);
	/* A program that cannot tell which it is makes each stream anew. */
	rc = *build && files_exist(path) ? 0 : make_at(s, path, dir, &m, err);
	if (!rc && stat(path, &st))
		rc = sim_fail(err, SIM_EIO, path, "cannot read: %s", strerror(errno));
	if (rc) {
		sim_free(path);
		return rc;
	}
	s->path = path;
	s->bytes = (uint64_t)st.st_size;
	return 0;
}

/* --- cleaning up --- */

static bool is_wanted(const struct streams *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++) {
		const char *slash = s->item[i]->config && s->item[i]->path
					    ? strrchr(s->item[i]->path, '/')
					    : NULL;

		if (slash && !strcmp(slash + 1, name))
			return true;
	}
	return false;
}

static int clean(const struct streams *s, DIR *d, const char *folder, struct sim_error *err)
{
	const struct dirent *e;

	while ((e = readdir(d))) {
		if (e->d_name[0] == '.' || is_wanted(s, e->d_name))
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0))
			return sim_fail(err, SIM_EIO, folder, "cannot remove %s: %s", e->d_name,
					strerror(errno));
	}
	return 0;
}

int streams_clean(const struct streams *s, const char *dir, struct sim_error *err)
{
	char *folder = files_join(dir, FOLDER);
	DIR *d = folder ? opendir(folder) : NULL;
	int rc = folder ? 0 : sim_fail_nomem(err);

	if (d) {
		rc = clean(s, d, folder, err);
		closedir(d);
	}
	sim_free(folder);
	return rc;
}
