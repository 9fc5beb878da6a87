/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_machine.c - -machine: types, versions, properties */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "mem/board_parse.h"

#define GIB (UINT64_C(1) << 30)

/* What QEMU 7.2 has of each type: versions, as 100 x major + minor. */
static const struct family {
	const char *prefix, *alias;
	enum board_type type;
	unsigned version[40];
} families[] = {
	{ "pc-i440fx-", "pc", BOARD_PC, { 702, 701, 700, 602, 601, 600, 502, 501, 500, 402, 401,
					  400, 301, 300, 212, 211, 210, 209, 208, 207, 206, 205,
					  204, 203, 202, 201, 200, 107, 106, 105, 104, 0 } },
	{ "pc-q35-", "q35", BOARD_Q35, { 702, 701, 700, 602, 601, 600, 502, 501,
					 500, 402, 401, 400, 301, 300, 212, 211,
					 210, 209, 208, 207, 206, 205, 204, 0 } },
};

static const char *const foreign[] = { "none", "isapc", "microvm", "x-remote", NULL };

struct draft {
	char *type, *memory_backend, *accel;
	uint64_t max_ram_below_4g;
	unsigned smm, acpi, on_off_auto;
	bool hpet, mem_merge, dump_guest_core, flag;
};

static const char *const on_off_auto[] = { "auto", "on", "off", NULL };
#define ON_OFF_AUTO_OFF 2

/* What is modelled of properties that add memory or take it away. */
static const char *const auto_on[] = { "on", "auto", NULL };
static const char *const only_on[] = { "on", "yes", "true", "y", NULL };
static const char *const only_off[] = { "off", "no", "false", "n", NULL };

#define ROW(n, k, m)                                                                           \
	{                                                                                      \
		.name = (n), .kind = (k), .offset = offsetof(struct draft, m)                  \
	}
#define AUTO(n, m)                                                                             \
	{                                                                                      \
		.name = (n), .kind = BOARD_CHOICE, .offset = offsetof(struct draft, m),        \
		.names = on_off_auto                                                           \
	}
#define FOREIGN(n)                                                                             \
	{                                                                                      \
		.name = (n), .kind = BOARD_FOREIGN                                             \
	}
#define FIXED(n, values)                                                                       \
	{                                                                                      \
		.name = (n), .kind = BOARD_FIXED, .names = (values)                            \
	}
/* Of the q35 only; a pc has the property, but nothing that it would be about. */
#define FIXED_Q35(n)                                                                           \
	{ .name = (n), .kind = BOARD_FIXED, .names = only_on, .only = 1u << BOARD_Q35 },       \
	{                                                                                      \
		.name = (n), .kind = BOARD_BOOL, .offset = offsetof(struct draft, flag),       \
		.only = 1u << BOARD_PC                                                         \
	}
#define IGNORED(n)                                                                             \
	{                                                                                      \
		.name = (n), .kind = BOARD_IGNORED                                             \
	}

/* Those that say nothing of memory are still held against their type. */
static const struct board_property properties[] = {
	ROW("type", BOARD_STRING, type),
	ROW("accel", BOARD_STRING, accel),
	ROW("max-ram-below-4g", BOARD_SIZE, max_ram_below_4g),
	ROW("memory-backend", BOARD_LINK, memory_backend),
	ROW("mem-merge", BOARD_BOOL, mem_merge),
	ROW("dump-guest-core", BOARD_BOOL, dump_guest_core),
	ROW("hpet", BOARD_BOOL, hpet),
	AUTO("smm", smm),
	AUTO("acpi", acpi),
	FIXED("pic", auto_on),
	FIXED("pit", auto_on),
	FIXED("vmport", auto_on),
	FIXED("i8042", only_on),
	FIXED("kernel-irqchip", only_on),
	FIXED("nvdimm", only_off),
	FIXED("usb", only_off),
	FIXED_Q35("sata"),
	FIXED_Q35("smbus"),
	ROW("default-bus-bypass-iommu", BOARD_BOOL, flag),
	ROW("graphics", BOARD_BOOL, flag),
	ROW("hmat", BOARD_BOOL, flag),
	ROW("suppress-vmdesc", BOARD_BOOL, flag),
	IGNORED("append"),
	IGNORED("boot.menu"),
	IGNORED("boot.once"),
	IGNORED("boot.order"),
	IGNORED("boot.strict"),
	IGNORED("bus-lock-ratelimit"),
	IGNORED("dt-compatible"),
	IGNORED("dtb"),
	IGNORED("dumpdtb"),
	IGNORED("igd-passthru"),
	IGNORED("initrd"),
	IGNORED("kernel"),
	IGNORED("kvm-shadow-mem"),
	IGNORED("nvdimm-persistence"),
	IGNORED("phandle-start"),
	IGNORED("smbios-entry-point-type"),
	IGNORED("x-oem-id"),
	IGNORED("x-oem-table-id"),
	FOREIGN("confidential-guest-support"),
	FOREIGN("cxl"),
	FOREIGN("firmware"),
	FOREIGN("max-fw-size"),
	FOREIGN("memory-encryption"),
	FOREIGN("memory.max-size"),
	FOREIGN("memory.size"),
	FOREIGN("memory.slots"),
	FOREIGN("pflash0"),
	FOREIGN("pflash1"),
	FOREIGN("sgx-epc"),
	{ .name = NULL },
};

/* "pc-i440fx-7.2" */
static bool name_version(const struct family *f, unsigned version, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%s%u.%u", f->prefix, version / 100, version % 100);

	return n > 0 && (size_t)n < size;
}

static const struct family *find(const char *name, unsigned *version)
{
	char full[32];

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		const struct family *f = &families[i];

		*version = f->version[0];
		if (!strcmp(name, f->alias))
			return f;
		for (const unsigned *v = f->version; *v; v++)
			if (name_version(f, *v, full, sizeof(full)) && !strcmp(name, full)) {
				*version = *v;
				return f;
			}
	}
	return NULL;
}

unsigned board_parse_version(const char *machine)
{
	unsigned version;

	if (!strcmp(machine, "pc-q35-4.0.1"))
		return 400;
	return find(machine, &version) ? version : 0;
}

static int unknown_type(const struct board_words *w, const char *name, struct sim_error *err)
{
	for (size_t i = 0; foreign[i]; i++)
		if (!strcmp(name, foreign[i]))
			return board_words_fail(
				w, "type", SIM_EUNSUP, err,
				"the machine \"%s\" is not modelled; pc and q35 are", name);
	return board_words_fail(
		w, "type", SIM_EFORMAT, err,
		"unsupported machine type \"%.40s\"; right is pc, q35, pc-i440fx-7.2, pc-q35-7.2 or an older version",
		name);
}

static int set_type(struct board_options *o, const char *name, const struct board_words *w,
		    struct sim_error *err)
{
	bool is_odd = !strcmp(name, "pc-q35-4.0.1");
	unsigned version;
	const struct family *f = find(is_odd ? "q35" : name, &version);

	if (!f)
		return unknown_type(w, name, err);
	o->type = f->type;
	o->machine_name =
		is_odd ? sim_strdup(name)
		       : sim_asprintf("%s%u.%u", f->prefix, version / 100, version % 100);
	return o->machine_name ? 0 : sim_fail_nomem(err);
}

/* As QEMU, which takes '_' for '-'. */
static void normalise_keys(struct board_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		for (char *c = w->word[i].key; *c; c++)
			if (*c == '_')
				*c = '-';
}

static int set_accel(struct board_parse *p, const char *list, struct sim_error *err)
{
	if (p->n_accel)
		return board_words_fail(
			&p->machine, "accel", SIM_EFORMAT, err,
			"-accel and -machine accel= are incompatible; leave one of them out");
	/* kvm:tcg: the first that there is */
	while (*list) {
		size_t n = strcspn(list, ":");

		if ((n == 3 && !strncmp(list, "kvm", 3)) ||
		    (n == 3 && !strncmp(list, "tcg", 3))) {
			p->o->is_kvm = list[0] == 'k';
			return 0;
		}
		list += n + (list[n] == ':');
	}
	return board_words_fail(&p->machine, "accel", SIM_EFORMAT, err,
				"no accelerator of that name; right is kvm, tcg or kvm:tcg");
}

static int take_draft(struct board_parse *p, struct draft *d, struct sim_error *err)
{
	struct board_options *o = p->o;
	int rc;

	if (d->max_ram_below_4g > 4 * GIB)
		return board_words_fail(&p->machine, "max-ram-below-4g", SIM_ERANGE, err,
					"max-ram-below-4g must be at most 4G");
	o->max_ram_below_4g = d->max_ram_below_4g;
	o->memory_backend = d->memory_backend;
	d->memory_backend = NULL;
	o->mem_merge = d->mem_merge;
	o->dump_guest_core = d->dump_guest_core;
	o->no_hpet = !d->hpet;
	o->no_smm = d->smm == ON_OFF_AUTO_OFF;
	o->no_acpi = d->acpi == ON_OFF_AUTO_OFF;
	rc = set_type(o, d->type ? d->type : "pc", &p->machine, err);
	return rc || !d->accel ? rc : set_accel(p, d->accel, err);
}

/* An unknown one is refused later. */
static enum board_type asked_type(const struct board_words *w)
{
	const char *name = board_words_get(w, "type");
	unsigned version;
	const struct family *f = name ? find(name, &version) : NULL;

	if (f)
		return f->type;
	return name && board_parse_version(name) ? BOARD_Q35 : BOARD_PC;
}

int board_parse_machine(struct board_parse *p, struct sim_error *err)
{
	struct draft d = { .hpet = true, .mem_merge = true, .dump_guest_core = true };
	int rc;

	normalise_keys(&p->machine);
	rc = board_property_apply(properties, 1u << asked_type(&p->machine), &d, &p->machine,
				  NULL, err);
	if (!rc)
		rc = take_draft(p, &d, err);
	sim_free(d.type);
	sim_free(d.memory_backend);
	sim_free(d.accel);
	return rc;
}
