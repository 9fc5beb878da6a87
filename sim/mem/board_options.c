/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/board_options.h"

#include <string.h>

#include "base/alloc.h"
#include "mem/board_parse.h"

static void free_devices(struct device_options *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sim_free(d[i].driver);
		sim_free(d[i].id);
	}
	sim_free(d);
}

void board_options_fini(struct board_options *o)
{
	for (size_t i = 0; i < o->n_backend; i++)
		backend_options_fini(&o->backend[i]);
	for (size_t i = 0; i < o->n_dimm; i++)
		dimm_options_fini(&o->dimm[i]);
	for (size_t i = 0; i < o->n_numa; i++)
		sim_free(o->numa[i].memdev);
	sim_free(o->backend);
	sim_free(o->dimm);
	sim_free(o->numa);
	free_devices(o->device, o->n_device);
	free_devices(o->object, o->n_object);
	sim_free(o->machine_name);
	sim_free(o->memory_backend);
	sim_free(o->mem_path);
	sim_free(o->vga);
	memset(o, 0, sizeof(*o));
}

static void parse_init(struct board_parse *p, struct board_options *o)
{
	memset(o, 0, sizeof(*o));
	*p = (struct board_parse){
		.o = o, .machine.where = "-machine", .memory.where = "-m", .smp.where = "-smp"
	};
}

/* Devices that take the place of the machine's own display. */
static bool is_display(const char *driver)
{
	static const char *const names[] = { "VGA",	     "isa-cirrus-vga", "cirrus-vga",
					     "isa-vga",	     "vmware-svga",    "qxl-vga",
					     "virtio-vga",   "ati-vga",	       "vhost-user-vga",
					     "virtio-vga-gl" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], driver))
			return true;
	return false;
}

static int settle_devices(struct board_parse *p, struct sim_error *err)
{
	struct board_options *o = p->o;
	bool has_vga = !o->no_defaults;

	o->no_nic = (o->no_defaults || p->has_net) && !p->has_nic;
	o->no_serial |= o->no_defaults && !p->n_serial;
	o->no_parallel |= o->no_defaults && !p->has_parallel;
	if (o->vga)
		return 0;
	for (size_t i = 0; i < o->n_device; i++)
		has_vga &= !is_display(o->device[i].driver);
	o->vga = sim_strdup(has_vga ? "std" : "none");
	return o->vga ? 0 : sim_fail_nomem(err);
}

int board_parse_finish(struct board_parse *p, struct sim_error *err)
{
	int rc = 0;

	if (p->n_accel && !p->n_known)
		rc = board_parse_fail(p, "accel", "-accel", SIM_EFORMAT, err,
				      "invalid accelerator; right is kvm or tcg");
	rc = rc ? rc : board_parse_machine(p, err);
	rc = rc ? rc : board_parse_memory(p, err);
	rc = rc ? rc : board_parse_smp(p, err);
	rc = rc ? rc : settle_devices(p, err);
	rc = rc ? rc : board_parse_check_nic(p, err);
	return rc ? rc : board_parse_check(p, err);
}

/* What has been read so far is complete, or rc says why not. */
static int finish(struct board_parse *p, int rc, struct sim_error *err)
{
	rc = rc ? rc : board_parse_finish(p, err);
	board_words_fini(&p->machine);
	board_words_fini(&p->memory);
	board_words_fini(&p->smp);
	if (rc)
		board_options_fini(p->o);
	return rc;
}

int board_options_parse(struct board_options *o, const char *line, struct sim_error *err)
{
	struct board_parse p;

	parse_init(&p, o);
	return finish(&p, board_parse_line(&p, line, err), err);
}

int board_options_parse_words(struct board_options *o, int n, const char *const *word,
			      struct sim_error *err)
{
	struct board_parse p;

	parse_init(&p, o);
	return finish(&p, board_parse_words(&p, n, word, err), err);
}

int board_options_read(struct board_options *o, const struct jnode *n, struct sim_error *err)
{
	struct board_parse p;
	char path[192];
	int rc;

	if (!json_is_string(n->v)) {
		parse_init(&p, o);
		return finish(&p, board_parse_json(&p, n, err), err);
	}
	rc = board_options_parse(o, json_string_value(n->v), err);
	if (rc)
		sim_error_within(err, json_path(n, path, sizeof(path)));
	return rc;
}
