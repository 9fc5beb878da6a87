/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/small_board.h"

#include <stdio.h>
#include <string.h>

#include "mem/host_backing.h"

static int note(void *arg, const struct kvm_slot_region *r, struct sim_error *err)
{
	struct small_board *s = arg;

	if (s->n_records == SMALL_BOARD_RECORDS)
		return sim_fail(err, SIM_ERANGE, "", "more than %d records",
				SMALL_BOARD_RECORDS);
	s->record[s->n_records++] = *r;
	return 0;
}

static const struct kvm_slots_ops note_ops = { .set_region = note };

void small_board_backing(struct small_board *s, struct board_config *cfg)
{
	cfg->backing = &host_backing_ops;
	cfg->backing_arg = s->host;
	cfg->kvm = s->options.is_kvm ? &note_ops : NULL;
	cfg->kvm_arg = s;
}

static int read_parts(struct small_board *s, const char *models, struct sim_error *err)
{
	char path[4096];
	struct jnode root;

	snprintf(path, sizeof(path), "%s/%s.json", models,
		 s->options.type == BOARD_PC ? "pc" : "q35");
	return json_open(path, &s->parts, &root, err);
}

static int create(struct small_board *s, const char *line, const char *models,
		  struct sim_error *err)
{
	static const struct host_config host = { .page_level = LEVEL_4K };
	struct board_config cfg = { .options = &s->options };
	int rc = host_create(&s->host, &host, err);

	if (!rc)
		rc = board_options_parse(&s->options, line, err);
	if (!rc && models)
		rc = read_parts(s, models, err);
	if (rc)
		return rc;
	small_board_backing(s, &cfg);
	cfg.parts = s->parts;
	rc = board_create(&s->board, &cfg, err);
	if (!rc)
		s->memory = board_memory(s->board);
	return rc;
}

int small_board_create(struct small_board *s, const char *line, const char *models,
		       struct sim_error *err)
{
	int rc;

	memset(s, 0, sizeof(*s));
	rc = create(s, line, models, err);
	if (rc)
		small_board_destroy(s);
	return rc;
}

void small_board_destroy(struct small_board *s)
{
	board_destroy(s->board);
	json_decref(s->parts);
	board_options_fini(&s->options);
	host_destroy(s->host);
	memset(s, 0, sizeof(*s));
}

int small_board_object_add(struct small_board *s, const char *words, struct sim_error *err)
{
	json_t *v = json_string(words);
	struct jnode root = json_root(v, "object_add");
	struct backend_options o = { .size = 0 };
	int rc = backend_options_read(&o, &root, err);

	if (!rc)
		rc = backend_options_settle(&o, &s->options, "object_add", err);
	if (!rc)
		rc = board_object_add(s->board, &o, err);
	backend_options_fini(&o);
	json_decref(v);
	return rc;
}

int small_board_device_add(struct small_board *s, const char *words, struct sim_error *err)
{
	json_t *v = json_string(words);
	struct jnode root = json_root(v, "device_add");
	struct dimm_options o = { .slot = DIMM_SLOT_AUTO };
	int rc = dimm_options_read(&o, &root, err);

	if (!rc)
		rc = board_device_add(s->board, &o, err);
	dimm_options_fini(&o);
	json_decref(v);
	return rc;
}
