/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "capture/manifest.h"

#include "base/alloc.h"
#include "base/json.h"

#define FORMAT 1

/* Adds a member; what cannot be said in JSON, or for want of memory, is NULL, and no member may be lost. */
static int put(json_t *o, const char *key, json_t *v, struct sim_error *err)
{
	if (!json_object_set_new(o, key, v))
		return 0;
	return sim_fail(err, SIM_ERANGE, NULL,
			"no manifest: \"%s\" has a name that is not UTF-8, or memory ran out",
			key);
}

static json_t *number(uint64_t v)
{
	return json_integer((json_int_t)v);
}

static json_t *string_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *strings(char *const *list)
{
	json_t *a = json_array();

	for (; list && *list; list++)
		if (json_array_append_new(a, json_string(*list))) {
			json_decref(a);
			return NULL;
		}
	return a;
}

/* --- the guest --- */

static json_t *part_json(const struct image_part *p)
{
	return json_pack("{s:s, s:s, s:s}", "path", p->path, "sha256", p->sha256, "package",
			 p->package);
}

static json_t *parts_json(const struct image *image)
{
	json_t *a = json_array();

	for (size_t i = 0; i < image->n; i++)
		if (json_array_append_new(a, part_json(&image->part[i]))) {
			json_decref(a);
			return NULL;
		}
	return a;
}

/* The machine that was booted. */
static int booted_json(const struct manifest *m, json_t *root, const char *cmdline,
		       struct sim_error *err)
{
	const struct emulator *e = &m->o->emulator;
	json_t *o = json_object();
	int rc = put(root, "guest", o, err); /* root's from here on */

	if (!rc)
		rc = put(o, "memory", string_or_null(e->memory), err);
	if (!rc)
		rc = put(o, "thp", json_boolean(e->flags & EMULATOR_THP), err);
	if (!rc)
		rc = put(o, "pti", json_boolean(e->flags & EMULATOR_PTI), err);
	if (!rc)
		rc = put(o, "la57", json_boolean(e->flags & EMULATOR_LA57), err);
	if (!rc)
		rc = put(o, "command_line", json_string(cmdline), err);
	return rc ? rc : put(o, "files", parts_json(m->image), err);
}

static int guest_json(const struct manifest *m, json_t *root, struct sim_error *err)
{
	const struct emulator *e = &m->o->emulator;
	char *cmdline = emulator_cmdline(e), *start = emulator_start_text(e);
	int rc = cmdline && start ? 0 : sim_fail_nomem(err);

	if (!rc && !e->incoming)
		rc = booted_json(m, root, cmdline, err);
	if (!rc)
		rc = put(root, "start", json_string(start), err);
	if (!rc)
		rc = put(root, "limit", e->limit ? number(e->limit) : json_null(), err);
	sim_free(cmdline);
	sim_free(start);
	return rc;
}

/* --- the emulator --- */

static int qemu_json(const struct manifest *m, json_t *root, struct sim_error *err)
{
	const struct emulator_place at = { "qemu-system-x86_64", "shadownest-capture.so", "",
					   "incoming" };
	char **words = emulator_words(&m->o->emulator, &at), sum[IMAGE_SHA256 + 1];
	json_t *o = json_object();
	int rc = put(root, "qemu", o, err);

	if (!rc && !words)
		rc = sim_fail_nomem(err);
	if (!rc)
		rc = put(o, "version", json_string(m->qemu_version), err);
	if (!rc)
		rc = put(o, "command", strings(words), err);
	emulator_words_free(words);
	if (!rc)
		rc = image_sha256(m->o->plugin, sum, err);
	if (!rc)
		rc = put(root, "plugin", json_pack("{s:s}", "sha256", sum), err);
	if (rc || !m->o->emulator.incoming)
		return rc;
	rc = image_sha256(m->o->emulator.incoming, sum, err);
	return rc ? rc : put(root, "incoming", json_pack("{s:s}", "sha256", sum), err);
}

/* --- what came of it --- */

static json_t *counts_json(const struct capture_result *r)
{
	json_t *o = json_object();
	struct trace_info_line line;

	for (unsigned i = 0; trace_info_line(&r->info, i, &line); i++)
		json_object_set_new(o, line.key, number(line.value));
	return o;
}

static json_t *verify_counts_json(const struct verify *v)
{
	json_t *o = json_object();
	const char *key, *meaning;
	uint64_t value;

	for (unsigned i = 0; verify_line(v, i, &key, &meaning, &value); i++)
		json_object_set_new(o, key, number(value));
	return o;
}

static int trace_json(const struct manifest *m, json_t *root, struct sim_error *err)
{
	const struct console *c = &m->r->console;
	char sum[IMAGE_SHA256 + 1];
	int rc = image_sha256(m->trace_path, sum, err);

	if (rc)
		return rc;
	rc = put(root, "trace",
		 json_pack("{s:s, s:s, s:i}", "name", m->name, "sha256", sum, "level",
			   m->o->level),
		 err);
	if (!rc)
		rc = put(root, "workload", string_or_null(m->o->image.workload), err);
	if (!rc)
		rc = put(root, "status",
			 c->has_ended && !m->r->was_cut ? number(c->status) : json_null(), err);
	if (!rc)
		rc = put(root, "cut_by_limit", json_boolean(m->r->was_cut), err);
	if (!rc)
		rc = put(root, "counts", counts_json(m->r), err);
	return rc ? rc : put(root, "replay", verify_counts_json(m->r->verify), err);
}

int manifest_text(const struct manifest *m, char **text, struct sim_error *err)
{
	json_t *root = json_pack("{s:i, s:s}", "format", FORMAT, "tool", PACKAGE_STRING);
	int rc = trace_json(m, root, err);

	if (!rc)
		rc = guest_json(m, root, err);
	if (!rc)
		rc = qemu_json(m, root, err);
	*text = rc ? NULL : json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	json_decref(root);
	return rc || *text ? rc : sim_fail_nomem(err);
}
