/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The host bridges i440FX and q35 (MCH): which of PCI, RAM read-only and RAM a segment below 1 MiB shows (PAM), and
 * who sees the SMRAM. Source: QEMU 7.2 hw/pci-host/{pam,i440fx,q35}.c.
 */
#include "mem/board_state.h"

#define PAM_BIOS	0xf0000u
#define PAM_BIOS_BYTES	0x10000u
#define PAM_EXPAN	0xc0000u
#define PAM_EXPAN_BYTES 0x4000u
#define PAM_CONFIG_PC	0x59u
#define PAM_CONFIG_Q35	0x90u

#define SMRAM_BASE     0xa0000u
#define SMRAM_BYTES    0x20000u
#define SMBASE	       0x30000u
#define SMBASE_BYTES   0x20000u
#define SMRAM_HIGH     0xfeda0000u
#define SMRAM_D_OPEN   0x40u
#define SMRAM_G_SMRAME 0x08u

static int pam_alias(struct board *b, unsigned segment, unsigned attribute,
		     struct sim_error *err)
{
	static const char *const name[4] = { "pam-pci", "pam-rom", "pam-pci", "pam-ram" };
	uint64_t start = segment ? PAM_EXPAN + (segment - 1) * PAM_EXPAN_BYTES : PAM_BIOS;
	struct board_window w = {
		.name = name[attribute],
		.of = attribute ? b->ram : b->pci,
		.offset = start,
		.bytes = segment ? PAM_EXPAN_BYTES : PAM_BIOS_BYTES,
		.readonly = attribute == 1,
		.disabled = true,
	};
	struct board_place p = { b->system, start, 1 };

	return board_alias(b, &w, &p, &b->pam[segment].alias[attribute], err);
}

static int pam_create(struct board *b, struct sim_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < BOARD_PAMS && !rc; i++) {
		memory_transaction_begin(&b->memory);
		for (unsigned k = 0; k < 4 && !rc; k++)
			rc = pam_alias(b, i, k, err);
		rc = board_commit(b, rc, err);
	}
	return rc;
}

/* Segment 0 is the upper half of register 0; then two segments a register, the lower half first. */
static int pam_update(struct board *b, struct sim_error *err)
{
	int rc = 0;

	memory_transaction_begin(&b->memory);
	for (unsigned i = 0; i < BOARD_PAMS && !rc; i++) {
		struct board_pam *p = &b->pam[i];
		unsigned reg = b->pam_config[(i + 1) / 2];

		rc = memory_region_set_enabled(p->alias[p->current], false, err);
		p->current = reg >> (i & 1 ? 0 : 4) & 3;
		if (!rc)
			rc = memory_region_set_enabled(p->alias[p->current], true, err);
	}
	return board_commit(b, rc, err);
}

int board_pam_write(struct board *b, unsigned reg, uint32_t value, unsigned bytes,
		    struct sim_error *err)
{
	unsigned base = b->options->type == BOARD_PC ? PAM_CONFIG_PC : PAM_CONFIG_Q35;
	bool is_hit = false;

	for (unsigned i = 0; i < bytes; i++) {
		unsigned at = reg + i - base;

		if (at >= sizeof(b->pam_config))
			continue;
		b->pam_config[at] = (uint8_t)(value >> (8 * i));
		is_hit = true;
	}
	return is_hit ? pam_update(b, err) : 0;
}

static int smram_pc(struct board *b, uint8_t value, struct sim_error *err)
{
	int rc = memory_region_set_enabled(b->smram_region, !(value & SMRAM_D_OPEN), err);

	if (!rc)
		rc = memory_region_set_enabled(b->smram, value & SMRAM_G_SMRAME, err);
	return rc;
}

/* As with ESMRAMC.H_SMRAME clear: the high window stays closed. */
static int smram_q35(struct board *b, uint8_t value, struct sim_error *err)
{
	int rc = memory_region_set_enabled(b->smram_region, !(value & SMRAM_D_OPEN), err);

	if (!rc)
		rc = memory_region_set_enabled(b->smram_open_high, false, err);
	if (!rc)
		rc = memory_region_set_enabled(b->smram_low, value & SMRAM_G_SMRAME, err);
	if (!rc)
		rc = memory_region_set_enabled(b->smram_high, false, err);
	return rc;
}

int board_smram_write(struct board *b, uint8_t value, struct sim_error *err)
{
	int rc;

	memory_transaction_begin(&b->memory);
	if (b->options->type == BOARD_PC)
		rc = smram_pc(b, value, err);
	else
		rc = smram_q35(b, value, err);
	return board_commit(b, rc, err);
}

/* Outside of system management mode the SMRAM's addresses are the display's. */
static int smram_outside(struct board *b, struct sim_error *err)
{
	struct board_window w = {
		.name = "smram-region", .of = b->pci, .offset = SMRAM_BASE, .bytes = SMRAM_BYTES
	};
	struct board_place p = { b->system, SMRAM_BASE, 1 };

	return board_alias(b, &w, &p, &b->smram_region, err);
}

/* A window of q35's that nothing here ever opens: one into the SMRAM, and what hides it from all others. */
static int closed_window(struct board *b, const char *name, const char *hole, uint64_t at,
			 uint64_t bytes, struct sim_error *err)
{
	struct board_window w = {
		.name = name, .of = b->ram, .offset = at, .bytes = bytes, .disabled = true
	};
	struct board_place p = { b->smram, at, 0 };
	struct memory_region_config cfg = { .name = hole,
					    .kind = MEMORY_REGION_IO,
					    .size = bytes };
	struct memory_region *mr;
	int rc = board_alias(b, &w, &p, &mr, err);

	if (!rc)
		rc = memory_region_create(&b->memory, &cfg, &mr, err);
	if (!rc)
		rc = memory_region_set_enabled(mr, false, err);
	if (!rc)
		rc = memory_region_add_subregion_overlap(b->system, at, mr, 1, err);
	return rc;
}

static int smram_inside(struct board *b, struct sim_error *err)
{
	bool is_q35 = b->options->type == BOARD_Q35;
	struct board_window w = { .name = "smram-low",
				  .of = b->ram,
				  .offset = SMRAM_BASE,
				  .bytes = SMRAM_BYTES,
				  .disabled = is_q35 };
	struct board_place p = { .addr = SMRAM_BASE };
	int rc = board_container(b, "smram", BOARD_4G, &b->smram, err);

	p.container = b->smram;
	if (!rc)
		rc = board_alias(b, &w, &p, &b->smram_low, err);
	if (rc || !is_q35)
		return rc;
	w.name = "smram-high";
	p.addr = SMRAM_HIGH;
	rc = board_alias(b, &w, &p, &b->smram_high, err);
	if (!rc)
		rc = closed_window(b, "tseg-window", "tseg-blackhole", b->ram_below_4g, 1, err);
	if (!rc)
		rc = closed_window(b, "smbase-window", "smbase-blackhole", SMBASE, SMBASE_BYTES,
				   err);
	return rc;
}

/* It is added before it is disabled: KVM sees a slot come and go. */
static int smram_open_high(struct board *b, struct sim_error *err)
{
	struct board_window w = { .name = "smram-open-high",
				  .of = b->ram,
				  .offset = SMRAM_BASE,
				  .bytes = SMRAM_BYTES };
	struct board_place p = { b->system, SMRAM_HIGH, 1 };
	int rc = board_alias(b, &w, &p, &b->smram_open_high, err);

	if (!rc)
		rc = memory_region_set_enabled(b->smram_open_high, false, err);
	return rc;
}

int board_bridge_create(struct board *b, struct sim_error *err)
{
	bool is_pc = b->options->type == BOARD_PC;
	int rc = memory_region_add_subregion_overlap(b->system, 0, b->pci, -1, err);

	if (!rc)
		rc = smram_outside(b, err);
	if (!rc && !is_pc)
		rc = smram_open_high(b, err);
	if (!rc)
		rc = smram_inside(b, err);
	if (!rc)
		rc = pam_create(b, err);
	if (!rc && is_pc)
		rc = pam_update(b, err);
	return rc;
}

int board_bridge_reset(struct board *b, struct sim_error *err)
{
	int rc = pam_update(b, err);

	return rc ? rc : board_smram_write(b, 0x02, err);
}
