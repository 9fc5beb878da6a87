/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/mem_setup.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/locate.h"
#include "kvm/probe.h"
#include "kvm/stand_in.h"
#include "run/real.h"

/* The member "memory" of an experiment. */
static json_t *memory_json(const struct mem_setup_options *o)
{
	return json_pack("{s:s, s:b}", "qemu", o->line, "allocate", o->allocate);
}

static json_t *setup_json(const struct mem_setup_options *o, const char *technique,
			  bool is_normalised)
{
	return json_pack("{s:s, s:s, s:{s:s}, s:{s:s}, s:o, s:{s:s}}", "trace", o->trace,
			 "technique", technique, "machine", "model", o->machine, "host",
			 "page_size", o->page_size, "memory", memory_json(o), "replay",
			 "stream", is_normalised ? "normalised" : "captured");
}

/* JSON holds any text in UTF-8, and allocations of the program do not fail. */
static int not_text(struct sim_error *err)
{
	return sim_fail(err, SIM_EFORMAT, "", "what was given is no text in UTF-8");
}

static int add_lane(struct mem_setup *m, const struct mem_setup_options *o,
		    const char *technique, bool is_normalised, struct sim_error *err)
{
	json_t *doc;
	struct jnode root;
	int rc;

	if (m->n == SESSION_LANES_MAX)
		return sim_fail(err, SIM_ERANGE, "--technique", "at most %d techniques",
				SESSION_LANES_MAX);
	for (unsigned i = 0; i < m->n; i++)
		if (!strcmp(m->setup[i].technique, technique))
			return sim_fail(err, SIM_ERANGE, "--technique", "%s stands there twice",
					technique);
	doc = setup_json(o, technique, is_normalised);
	if (!doc)
		return not_text(err);
	root = json_root(doc, "mem");
	rc = setup_read(&m->setup[m->n], &root, &m->sources, err);
	m->n++;
	json_decref(doc);
	return rc;
}

/* Beside this host's KVM its own technique is simulated as this host has it; of an unknown one nothing is known. */
static void follow_host(struct mem_setup *m)
{
	const struct kvm_paths paths = { REAL_DEVICE, "" };
	struct kvm_probe probe;
	struct stand_in who;

	kvm_probe(&probe, &paths);
	if (stand_in_for(&who, &probe, NULL))
		return;
	for (unsigned i = 0; i < m->n; i++) {
		struct mmu_config *mmu = &m->setup[i].mmu;

		if (strcmp(m->setup[i].technique, who.technique))
			continue;
		mmu->kvm_version = who.kvm_version;
		mmu->no_mmio_caching = who.no_mmio_caching;
		mmu->leave_unsync_children = who.leave_unsync_children;
	}
}

/* A list with commas. */
static int add_lanes(struct mem_setup *m, const struct mem_setup_options *o,
		     struct sim_error *err)
{
	char *list = sim_strdup(o->techniques), *at = list, *word;
	bool is_normalised = strstr(o->techniques, SETUP_REAL) != NULL;
	int rc = list ? 0 : sim_fail_nomem(err);

	while (!rc && (word = strsep(&at, ",")))
		rc = add_lane(m, o, word, is_normalised, err);
	sim_free(list);
	if (!rc && is_normalised)
		follow_host(m);
	return rc;
}

static int add_board(struct mem_setup *m, const struct mem_setup_options *o,
		     struct sim_error *err)
{
	json_t *doc = memory_json(o);
	struct jnode root = json_root(doc, "mem");
	int rc = doc ? guest_ram_read(&m->alone, &root, &m->sources, err) : not_text(err);

	json_decref(doc);
	m->memory = guest_ram_plan(&m->alone);
	return rc;
}

/* The folder of the program's own experiments: models are found beside it. */
static char *find_home(void)
{
	char *path = locate_data("experiments/quickstart.json");
	char *slash = path ? strrchr(path, '/') : NULL;

	if (slash)
		*slash = '\0';
	return path;
}

int mem_setup_create(struct mem_setup *m, const struct mem_setup_options *o,
		     struct sim_error *err)
{
	*m = (struct mem_setup){ .n = 0 };
	m->home = find_home();
	if (!m->home)
		return sim_fail_nomem(err);
	sources_init(&m->sources, m->home, PKGDATADIR);
	return o->trace ? add_lanes(m, o, err) : add_board(m, o, err);
}

void mem_setup_fini(struct mem_setup *m)
{
	for (unsigned i = 0; i < m->n; i++)
		setup_fini(&m->setup[i]);
	guest_ram_fini(&m->alone);
	sources_fini(&m->sources);
	sim_free(m->home);
}

void mem_setup_say_option(struct sim_error *err)
{
	static const char *const names[][2] = {
		{ "mem:$.memory.qemu", "--qemu" },
		{ "mem:$.qemu", "--qemu" },
		{ "mem:$.technique", "--technique" },
		{ "mem:$.machine.model", "--machine" },
		{ "mem:$.machine", "--machine" },
		{ "mem:$.trace", "--trace" },
		{ "mem:$.host.page_size", "--page-size" },
	};
	char rest[sizeof(err->where)];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = strlen(names[i][0]);

		if (strncmp(err->where, names[i][0], n) != 0)
			continue;
		snprintf(rest, sizeof(rest), "%s", err->where + n);
		snprintf(err->where, sizeof(err->where), "%s%s", names[i][1], rest);
		return;
	}
}
