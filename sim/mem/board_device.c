/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_device.c - -object and -device: backends and DIMMs, and the names of all others */
#include <string.h>

#include "base/alloc.h"
#include "mem/board_parse.h"

#define COLUMN(m) offsetof(struct device_options, m)

/* Kinds of devices, as bits: whose a property is. */
#define CARD	1u
#define CARD_E	2u
#define DISPLAY 4u
#define OTHER	8u
#define ALL	0u

#define FIXED(n, values, kinds)                                                                \
	{                                                                                      \
		.name = (n), .kind = BOARD_FIXED, .names = (values), .only = (kinds)           \
	}
#define IGNORED(n, kinds)                                                                      \
	{                                                                                      \
		.name = (n), .kind = BOARD_IGNORED, .only = (kinds)                            \
	}

/* What is modelled, the default first. */
static const char *const one[] = { "1", NULL };
static const char *const sixteen[] = { "16", NULL };
static const char *const on[] = { "on", "yes", "true", "y", NULL };
static const char *const off[] = { "off", "no", "false", "n", NULL };
static const char *const root_bus[] = { "pci.0", "pcie.0", NULL };

static const struct board_property device_properties[] = {
	{ .name = "driver", .kind = BOARD_STRING, .offset = COLUMN(driver) },
	{ .name = "id", .kind = BOARD_ID, .offset = COLUMN(id) },
	{ .name = "memdev", .kind = BOARD_FOREIGN },
	/* where it is, and its ROM */
	{ .name = "addr", .kind = BOARD_FOREIGN },
	{ .name = "romfile", .kind = BOARD_FOREIGN },
	{ .name = "romsize", .kind = BOARD_FOREIGN },
	{ .name = "failover_pair_id", .kind = BOARD_FOREIGN },
	FIXED("rombar", one, ALL),
	FIXED("bus", root_bus, CARD | CARD_E | DISPLAY),
	FIXED("vgamem_mb", sixteen, DISPLAY),
	FIXED("mmio", on, DISPLAY),
	FIXED("edid", on, DISPLAY),
	FIXED("qemu-extended-regs", on, DISPLAY),
	FIXED("global-vmstate", off, DISPLAY),
	/* no part in memory */
	IGNORED("acpi-index", CARD | CARD_E | DISPLAY),
	IGNORED("multifunction", CARD | CARD_E | DISPLAY),
	IGNORED("x-pcie-extcap-init", CARD | CARD_E | DISPLAY),
	IGNORED("x-pcie-lnksta-dllla", CARD | CARD_E | DISPLAY),
	IGNORED("bootindex", CARD | CARD_E),
	IGNORED("init-vet", CARD | CARD_E),
	IGNORED("mac", CARD | CARD_E),
	IGNORED("netdev", CARD | CARD_E),
	IGNORED("autonegotiation", CARD),
	IGNORED("extra_mac_registers", CARD),
	IGNORED("migrate_tso_props", CARD),
	IGNORED("mitigation", CARD),
	IGNORED("disable_vnet_hdr", CARD_E),
	IGNORED("subsys", CARD_E),
	IGNORED("subsys_ven", CARD_E),
	IGNORED("big-endian-framebuffer", DISPLAY),
	IGNORED("refresh_rate", DISPLAY),
	IGNORED("xmax", DISPLAY),
	IGNORED("xres", DISPLAY),
	IGNORED("ymax", DISPLAY),
	IGNORED("yres", DISPLAY),
	IGNORED("*", OTHER),
	{ .name = NULL },
};

/* A driver whose properties are known. Others are the board file's to know or to refuse. */
static unsigned kind_of(const char *driver)
{
	static const struct {
		const char *driver;
		unsigned kind;
	} known[] = { { "e1000", CARD }, { "e1000e", CARD_E }, { "VGA", DISPLAY } };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(known[i].driver, driver))
			return known[i].kind;
	return OTHER;
}

static const struct board_property object_properties[] = {
	{ .name = "qom-type", .kind = BOARD_STRING, .offset = COLUMN(driver) },
	{ .name = "id", .kind = BOARD_ID, .offset = COLUMN(id) },
	{ .name = "*", .kind = BOARD_IGNORED },
	{ .name = NULL },
};

struct backend_options *board_options_backend(const struct board_options *o, const char *id)
{
	for (size_t i = 0; i < o->n_backend; i++)
		if (!strcmp(o->backend[i].id, id))
			return &o->backend[i];
	return NULL;
}

static bool has_id(const struct device_options *d, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (d[i].id && !strcmp(d[i].id, id))
			return true;
	return false;
}

static bool has_object(const struct board_options *o, const char *id)
{
	return board_options_backend(o, id) || has_id(o->object, o->n_object, id);
}

static bool has_device(const struct board_options *o, const char *id)
{
	for (size_t i = 0; i < o->n_dimm; i++)
		if (o->dimm[i].id && !strcmp(o->dimm[i].id, id))
			return true;
	return has_id(o->device, o->n_device, id);
}

/* Takes *d over, also when it fails, or has failed already (rc). */
static int push_device(struct device_options **array, size_t *n, size_t *cap,
		       struct device_options *d, int rc, struct sim_error *err)
{
	if (!rc && sim_grow((void **)array, cap, *n, sizeof(**array)) != 0)
		rc = sim_fail_nomem(err);
	if (rc) {
		sim_free(d->driver);
		sim_free(d->id);
	} else {
		(*array)[(*n)++] = *d;
	}
	return rc;
}

static int duplicate(const struct board_words *w, const char *id, struct sim_error *err)
{
	return board_words_fail(w, "id", SIM_EFORMAT, err,
				"duplicate id \"%.64s\"; each has its own", id);
}

static int read_device(const struct board_property *properties, unsigned kind,
		       struct device_options *d, const struct board_words *w,
		       struct sim_error *err)
{
	*d = (struct device_options){ .driver = NULL };
	return board_property_apply(properties, kind, d, w, NULL, err);
}

static int other_object(struct board_options *o, const struct board_words *w,
			struct sim_error *err)
{
	struct device_options d;
	int rc = read_device(object_properties, 0, &d, w, err);

	if (!rc && !d.id)
		rc = board_words_fail(w, NULL, SIM_EFORMAT, err,
				      "id is missing; right is id=NAME, a name of its own");
	if (!rc && has_object(o, d.id))
		rc = duplicate(w, d.id, err);
	return push_device(&o->object, &o->n_object, &o->cap_object, &d, rc, err);
}

static int push_backend(struct board_options *o, struct backend_options *b,
			const struct board_words *w, struct sim_error *err)
{
	int rc = has_object(o, b->id) ? duplicate(w, b->id, err) : 0;

	if (!rc && sim_grow((void **)&o->backend, &o->cap_backend, o->n_backend,
			    sizeof(*o->backend)) != 0)
		rc = sim_fail_nomem(err);
	if (rc)
		backend_options_fini(b);
	else
		o->backend[o->n_backend++] = *b;
	return rc;
}

int board_parse_object(struct board_parse *p, const struct board_words *w,
		       struct sim_error *err)
{
	struct backend_options b;
	int rc = backend_options_take(&b, w, err);

	if (rc < 0)
		return rc;
	return rc ? other_object(p->o, w, err) : push_backend(p->o, &b, w, err);
}

static int push_dimm(struct board_options *o, const struct board_words *w,
		     struct sim_error *err)
{
	struct dimm_options d;
	int rc = dimm_options_take(&d, w, err);

	if (!rc && d.id && has_device(o, d.id))
		rc = duplicate(w, d.id, err);
	if (!rc && sim_grow((void **)&o->dimm, &o->cap_dimm, o->n_dimm, sizeof(*o->dimm)) != 0)
		rc = sim_fail_nomem(err);
	if (rc)
		dimm_options_fini(&d);
	else
		o->dimm[o->n_dimm++] = d;
	return rc;
}

int board_parse_device(struct board_parse *p, const struct board_words *w,
		       struct sim_error *err)
{
	const char *driver = board_words_get(w, "driver");
	struct board_options *o = p->o;
	struct device_options d;
	int rc;

	if (!driver || !*driver)
		return board_words_fail(
			w, NULL, SIM_EFORMAT, err,
			"the driver is missing; right is such as pc-dimm,memdev=ID");
	if (!strcmp(driver, "pc-dimm"))
		return push_dimm(o, w, err);
	rc = read_device(device_properties, kind_of(driver), &d, w, err);
	if (!rc && d.id && has_device(o, d.id))
		rc = duplicate(w, d.id, err);
	return push_device(&o->device, &o->n_device, &o->cap_device, &d, rc, err);
}
