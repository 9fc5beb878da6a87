/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_accel.c - -accel: which one, and what KVM is told of dirty logging */
#include <string.h>

#include "base/alloc.h"
#include "mem/board_parse.h"

#define TCG 1u
#define KVM 2u

struct draft {
	char *accel;
	uint64_t dirty_ring_size, number;
	unsigned choice;
	bool flag;
};

static const char *const threads[] = { "single", "multi", NULL };
static const char *const irqchips[] = { "on", "off", "split", NULL };
static const char *const vmexits[] = { "run", "internal-error", "disable", NULL };

#define COLUMN(m) offsetof(struct draft, m)

static const struct board_property properties[] = {
	{ .name = "accel", .kind = BOARD_STRING, .offset = COLUMN(accel) },
	{ .name = "thread",
	  .kind = BOARD_CHOICE,
	  .offset = COLUMN(choice),
	  .names = threads,
	  .only = TCG },
	{ .name = "tb-size",
	  .kind = BOARD_UNSIGNED,
	  .offset = COLUMN(number),
	  .max = UINT32_MAX,
	  .only = TCG },
	{ .name = "split-wx", .kind = BOARD_BOOL, .offset = COLUMN(flag), .only = TCG },
	{ .name = "dirty-ring-size",
	  .kind = BOARD_UNSIGNED,
	  .offset = COLUMN(dirty_ring_size),
	  .max = UINT32_MAX,
	  .only = KVM },
	{ .name = "kernel-irqchip",
	  .kind = BOARD_CHOICE,
	  .offset = COLUMN(choice),
	  .names = irqchips,
	  .only = KVM },
	{ .name = "kvm-shadow-mem",
	  .kind = BOARD_UNSIGNED,
	  .offset = COLUMN(number),
	  .max = INT64_MAX,
	  .only = KVM },
	{ .name = "notify-vmexit",
	  .kind = BOARD_CHOICE,
	  .offset = COLUMN(choice),
	  .names = vmexits,
	  .only = KVM },
	{ .name = "notify-window",
	  .kind = BOARD_UNSIGNED,
	  .offset = COLUMN(number),
	  .max = UINT32_MAX,
	  .only = KVM },
	{ .name = NULL },
};

static unsigned variant_of(const char *name)
{
	if (!strcmp(name, "kvm"))
		return KVM;
	return !strcmp(name, "tcg") ? TCG : 0;
}

/* Of several, the first that QEMU has is taken; QEMU says nothing of the others' properties before it tries them. */
int board_parse_accel(struct board_parse *p, const struct board_words *w, struct sim_error *err)
{
	const char *name = board_words_get(w, "accel");
	unsigned variant = name ? variant_of(name) : 0;
	struct draft d = { .accel = NULL };
	int rc;

	p->n_accel++;
	if (!name || !*name)
		return board_words_fail(w, NULL, SIM_EFORMAT, err,
					"the accelerator has no name; right is kvm or tcg");
	if (!variant)
		return 0;
	rc = board_property_apply(properties, variant, &d, w, NULL, err);
	sim_free(d.accel);
	if (rc || p->n_known++)
		return rc;
	p->o->is_kvm = variant == KVM;
	p->o->dirty_ring_size = d.dirty_ring_size;
	return 0;
}
