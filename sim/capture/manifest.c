/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "capture/manifest.h"

#include "base/alloc.h"
#include "base/json.h"

#define FORMAT 1

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
		json_array_append_new(a, json_string(*list));
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
		json_array_append_new(a, part_json(&image->part[i]));
	return a;
}

static int guest_json(const struct manifest *m, json_t *root, struct sim_error *err)
{
	const struct emulator *e = &m->o->emulator;
	char *cmdline = emulator_cmdline(e), *start = emulator_start_text(e);
	json_t *o = json_object();

	if (!cmdline || !start) {
		sim_free(cmdline);
		sim_free(start);
		json_decref(o);
		return sim_fail_nomem(err);
	}
	json_object_set_new(o, "memory", string_or_null(e->memory));
	json_object_set_new(o, "thp", json_boolean(e->flags & EMULATOR_THP));
	json_object_set_new(o, "pti", json_boolean(e->flags & EMULATOR_PTI));
	json_object_set_new(o, "la57", json_boolean(e->flags & EMULATOR_LA57));
	json_object_set_new(o, "command_line", json_string(cmdline));
	json_object_set_new(o, "files", parts_json(m->image));
	if (!e->incoming)
		json_object_set(root, "guest", o);
	json_decref(o);
	json_object_set_new(root, "start", json_string(start));
	json_object_set_new(root, "limit", e->limit ? number(e->limit) : json_null());
	sim_free(cmdline);
	sim_free(start);
	return 0;
}

/* --- the emulator --- */

static int qemu_json(const struct manifest *m, json_t *root, struct sim_error *err)
{
	const struct emulator_place at = { "qemu-system-x86_64", "shadownest-capture.so", "",
					   "incoming" };
	char **words = emulator_words(&m->o->emulator, &at), sum[IMAGE_SHA256 + 1];
	json_t *o;
	int rc;

	if (!words)
		return sim_fail_nomem(err);
	o = json_pack("{s:s}", "version", m->qemu_version);
	json_object_set_new(o, "command", strings(words));
	json_object_set_new(root, "qemu", o);
	emulator_words_free(words);
	rc = image_sha256(m->o->plugin, sum, err);
	if (rc)
		return rc;
	json_object_set_new(root, "plugin", json_pack("{s:s}", "sha256", sum));
	if (!m->o->emulator.incoming)
		return 0;
	rc = image_sha256(m->o->emulator.incoming, sum, err);
	if (!rc)
		json_object_set_new(root, "incoming", json_pack("{s:s}", "sha256", sum));
	return rc;
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
	json_object_set_new(root, "trace",
			    json_pack("{s:s, s:s, s:i}", "name", m->name, "sha256", sum,
				      "level", m->o->level));
	if (json_object_set_new(root, "workload", string_or_null(m->o->image.workload)))
		return sim_fail(err, SIM_ERANGE, NULL, "the workload is not UTF-8");
	json_object_set_new(root, "status",
			    c->has_ended && !m->r->was_cut ? number(c->status) : json_null());
	json_object_set_new(root, "cut_by_limit", json_boolean(m->r->was_cut));
	json_object_set_new(root, "counts", counts_json(m->r));
	json_object_set_new(root, "replay", verify_counts_json(m->r->verify));
	return 0;
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
