/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/board.h"

#include <string.h>

#include "base/alloc.h"
#include "mem/board_state.h"

#define BIOS_BYTES     ((uint64_t)256 << 10) /* SeaBIOS: bios-256k.bin */
#define ISA_BIOS_BYTES ((uint64_t)128 << 10)
#define OPTION_ROM     0xc0000u
#define OPTION_ROM_END 0xe0000u
#define APIC_BASE      0xfee00000u

int board_commit(struct board *b, int rc, struct sim_error *err)
{
	int committed = memory_transaction_commit(&b->memory, rc ? NULL : err);

	return rc ? rc : committed;
}

int board_region(struct board *b, const struct memory_region_config *cfg,
		 const struct board_place *place, struct memory_region **out,
		 struct sim_error *err)
{
	int rc = memory_region_create(&b->memory, cfg, out, err);

	if (rc || !place || !place->container)
		return rc;
	return memory_region_add_subregion_overlap(place->container, place->addr, *out,
						   place->priority, err);
}

int board_container(struct board *b, const char *name, int128_t size,
		    struct memory_region **out, struct sim_error *err)
{
	struct memory_region_config cfg = { .name = name,
					    .kind = MEMORY_REGION_CONTAINER,
					    .size = size };

	return memory_region_create(&b->memory, &cfg, out, err);
}

int board_alias(struct board *b, const struct board_window *w, const struct board_place *place,
		struct memory_region **out, struct sim_error *err)
{
	struct memory_region_config cfg = {
		.name = w->name,
		.kind = MEMORY_REGION_ALIAS,
		.size = w->bytes,
		.alias = w->of,
		.alias_offset = w->offset,
		.readonly = w->readonly,
	};
	int rc;

	memory_transaction_begin(&b->memory);
	rc = memory_region_create(&b->memory, &cfg, out, err);
	if (!rc && w->disabled)
		rc = memory_region_set_enabled(*out, false, err);
	if (!rc && place)
		rc = memory_region_add_subregion_overlap(place->container, place->addr, *out,
							 place->priority, err);
	return board_commit(b, rc, err);
}

int board_show(struct memory_region *container, uint64_t addr, struct memory_region *mr,
	       struct sim_error *err)
{
	int rc = memory_region_add_subregion(container, addr, mr, err);

	if (rc && mr->container == container &&
	    memory_region_del_subregion(container, mr, NULL))
		return rc;
	return rc;
}

int board_hide(struct memory_region *mr, struct sim_error *err)
{
	struct memory_region *container = mr->container;
	uint64_t addr = mr->addr;
	int rc = memory_region_del_subregion(container, mr, err);

	if (rc && !mr->container && memory_region_add_subregion(container, addr, mr, NULL))
		return rc;
	return rc;
}

int board_memory_region(struct board *b, const struct board_memory_config *c,
			struct memory_region **out, struct sim_error *err)
{
	struct ramblock_config block = {
		.idstr = c->idstr,
		.used_length = c->used,
		.max_length = c->max,
		.is_resizeable = c->max > c->used,
		.backing = backing_defaults(BACKING_ANONYMOUS),
	};
	struct memory_region_config cfg = { .name = c->name, .kind = c->kind, .size = c->used };
	int rc;

	block.backing.like = gpa_make(c->like);
	rc = ramlist_add(&b->memory.ram, &block, &cfg.ram_block, err);
	if (rc)
		return rc;
	rc = memory_region_create(&b->memory, &cfg, out, err);
	if (rc)
		ramlist_remove(&b->memory.ram, cfg.ram_block);
	return rc;
}

/* --- what every board has --- */

static int create_spaces(struct board *b, struct sim_error *err)
{
	struct memory_region_config io = { .name = "io",
					   .kind = MEMORY_REGION_IO,
					   .size = 65536,
					   .ops = &address_space_port_ops };
	int rc = board_container(b, "system", MEMORY_REGION_ALL, &b->system, err);

	if (!rc)
		rc = address_space_create(&b->memory, b->system, "memory", &b->as, err);
	if (!rc && b->options)
		rc = memory_region_create(&b->memory, &io, &b->io, err);
	if (!rc && b->options)
		rc = address_space_create(&b->memory, b->io, "I/O", &b->io_as, err);
	return rc;
}

static int attach_slots(struct board *b, const struct board_config *cfg, struct sim_error *err)
{
	if (!cfg->kvm)
		return 0;
	kvm_slots_init(&b->slots, cfg->kvm, cfg->kvm_arg);
	b->slots.sees_aliases = !b->options;
	b->has_slots = true;
	return memory_listener_register(&b->slots.listener, b->as, err);
}

/* --- pc and q35 --- */

static int cpu_space(struct board *b, const char *kind, unsigned i, struct memory_region *root,
		     struct sim_error *err)
{
	struct address_space *as;
	char *name = sim_asprintf("%s-%u", kind, i);
	int rc;

	if (!name)
		return sim_fail_nomem(err);
	rc = address_space_create(&b->memory, root, name, &as, err);
	sim_free(name);
	return rc;
}

/* What a vCPU in system management mode sees: the SMRAM (joined by smm_window) over all else. */
static int smm_space(struct board *b, unsigned i, struct memory_region **root,
		     struct sim_error *err)
{
	struct board_window w = { .name = "memory",
				  .of = b->system,
				  .bytes = MEMORY_REGION_ALL };
	struct board_place p = { .addr = 0 };
	struct memory_region *alias;
	int rc = board_container(b, "memory", MEMORY_REGION_ALL, root, err);

	p.container = *root;
	if (!rc)
		rc = board_alias(b, &w, &p, &alias, err);
	if (!rc)
		rc = cpu_space(b, "cpu-smm", i, *root, err);
	return rc;
}

static int smm_window(struct board *b, struct memory_region *root, struct sim_error *err)
{
	struct board_window w = { .name = "smram", .of = b->smram, .bytes = BOARD_4G };
	struct board_place p = { .container = root, .priority = 1 };
	struct memory_region *alias;

	return board_alias(b, &w, &p, &alias, err);
}

static int create_apic(struct board *b, struct sim_error *err)
{
	struct memory_region_config cfg = {
		.name = b->options->is_kvm ? "kvm-apic-msi" : "apic-msi",
		.kind = MEMORY_REGION_IO,
		.size = 0x100000,
	};
	struct board_place p = { b->system, APIC_BASE, 4096 };
	struct memory_region *mr;

	return board_region(b, &cfg, &p, &mr, err);
}

static int create_cpus(struct board *b, struct memory_region **smm, struct sim_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < b->options->n_cpus && !rc; i++) {
		rc = cpu_space(b, "cpu-memory", i, b->system, err);
		if (!rc && !b->options->is_kvm)
			rc = smm_space(b, i, &smm[i], err);
		if (!rc && i == 0)
			rc = create_apic(b, err);
	}
	return rc;
}

/* The firmware: all of it below 4 GiB, its end below 1 MiB; and room for option ROMs. */
static int create_firmware(struct board *b, struct sim_error *err)
{
	struct board_memory_config bios = { "pc.bios",	"pc.bios", MEMORY_REGION_ROM,
					    BIOS_BYTES, 0,	   BOARD_4G - BIOS_BYTES };
	struct board_memory_config rom = {
		"pc.rom", "pc.rom",  MEMORY_REGION_ROM, OPTION_ROM_END - OPTION_ROM,
		0,	  OPTION_ROM
	};
	struct board_window w = { .name = "isa-bios",
				  .offset = BIOS_BYTES - ISA_BIOS_BYTES,
				  .bytes = ISA_BIOS_BYTES,
				  .readonly = true };
	struct board_place p = { b->pci, 0x100000 - ISA_BIOS_BYTES, 1 };
	struct memory_region *mr, *alias;
	int rc = board_memory_region(b, &bios, &mr, err);

	w.of = mr;
	if (!rc)
		rc = board_alias(b, &w, &p, &alias, err);
	if (!rc)
		rc = memory_region_add_subregion(b->pci, BOARD_4G - BIOS_BYTES, mr, err);
	if (!rc)
		rc = board_memory_region(b, &rom, &mr, err);
	if (!rc)
		rc = memory_region_add_subregion_overlap(b->pci, OPTION_ROM, mr, 1, err);
	return rc;
}

static int plug_cold(struct board *b, struct sim_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < b->options->n_dimm && !rc; i++) {
		rc = board_device_add(b, &b->options->dimm[i], err);
		sim_error_where(err, "-device pc-dimm");
	}
	return rc;
}

static int create_core(struct board *b, struct memory_region **smm, struct sim_error *err)
{
	int rc = create_cpus(b, smm, err);

	if (!rc)
		rc = board_container(b, "pci", MEMORY_REGION_ALL, &b->pci, err);
	if (!rc)
		rc = board_ram_map(b, err);
	if (!rc)
		rc = create_firmware(b, err);
	if (!rc)
		rc = board_bridge_create(b, err);
	for (unsigned i = 0; i < b->options->n_cpus && smm[i] && !rc; i++)
		rc = smm_window(b, smm[i], err);
	return rc;
}

static int create_machine(struct board *b, const json_t *parts, struct memory_region **smm,
			  struct sim_error *err)
{
	int rc = create_core(b, smm, err);

	if (!rc && parts)
		rc = board_parts_create(b, parts, err);
	if (!rc)
		rc = plug_cold(b, err);
	if (!rc)
		rc = board_bridge_reset(b, err);
	return rc;
}

static int create_pc(struct board *b, const json_t *parts, struct sim_error *err)
{
	struct memory_region **smm = sim_calloc(b->options->n_cpus, sizeof(*smm));
	int rc = smm ? 0 : sim_fail_nomem(err);

	if (!rc)
		rc = board_ram_split(b, err);
	if (!rc)
		rc = board_ram_backends(b, err);
	if (!rc)
		rc = create_machine(b, parts, smm, err);
	sim_free(smm);
	return rc;
}

int board_create(struct board **out, const struct board_config *cfg, struct sim_error *err)
{
	struct board *b = sim_calloc(1, sizeof(*b));
	int rc;

	*out = NULL;
	if (!b)
		return sim_fail_nomem(err);
	b->options = cfg->options;
	b->parts_name = cfg->parts_name ? cfg->parts_name : "board file";
	memory_init(&b->memory, cfg->backing, cfg->backing_arg);
	b->memory.is_tcg = b->options && !b->options->is_kvm && !cfg->kvm;
	rc = create_spaces(b, err);
	if (!rc)
		rc = attach_slots(b, cfg, err);
	if (!rc && b->options)
		rc = create_pc(b, cfg->parts, err);
	if (rc) {
		board_destroy(b);
		return rc;
	}
	b->is_ready = true;
	*out = b;
	return 0;
}

static void parts_fini(struct board *b)
{
	for (size_t i = 0; i < b->n_part; i++)
		sim_free(b->part[i].id);
	for (size_t i = 0; i < b->n_device; i++)
		sim_free(b->device[i].driver);
	sim_free(b->part);
	sim_free(b->device);
	json_decref(b->boot);
}

void board_destroy(struct board *b)
{
	if (!b)
		return;
	memory_fini(&b->memory);
	if (b->has_slots)
		kvm_slots_fini(&b->slots);
	board_dimms_fini(b);
	board_pieces_fini(b);
	parts_fini(b);
	sim_free(b);
}

/* --- questions --- */

struct memory *board_memory(struct board *b)
{
	return &b->memory;
}

struct address_space *board_address_space(struct board *b)
{
	return b->as;
}

struct address_space *board_io_space(struct board *b)
{
	return b->io_as;
}

struct kvm_slots *board_slots(struct board *b)
{
	return b->has_slots ? &b->slots : NULL;
}

const struct board_options *board_options(const struct board *b)
{
	return b->options;
}
