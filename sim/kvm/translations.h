/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * translations.h - do KVM and the simulator lead every address of a trace to the same place?
 *
 * Both replay the trace side by side. After each batch, each page that it touched is looked up in both: the gpa and the
 * offset in guest memory must be the same. Host physical addresses are each side's own: two pages are one page
 * there exactly when they are one page here. The guest itself reads the number that the VMM has left in
 * each frame: its real translation, whatever tables say. (Over a host that populates on demand it
 * does not: the numbers would be the first touch.)
 */
#ifndef SIM_KVM_TRANSLATIONS_H
#define SIM_KVM_TRANSLATIONS_H

#include <stdint.h>

#include "base/err.h"
#include "kvm/compare.h"

struct translations {
	uint64_t pages;	   /* looked up: (batch, page) pairs */
	uint64_t distinct; /* of those, addresses in an address space seen for the first time */
	uint64_t unmapped; /* of those, mapped by neither any more when the batch ended */
	uint64_t read;	   /* of those, that the guest read the number of */
	uint64_t hidden;   /* of those, whose host frame is a secret: CAP_SYS_ADMIN */
	uint64_t gpa, offset, hpa; /* that differ */
	uint64_t number;	   /* the guest read another frame's */
	uint64_t one_side;	   /* mapped by one side only */
	uint64_t first;		   /* gva of the first that differs */
};

SIM_MUST_CHECK int translations_check(struct subject *s, const struct stand_in *who,
				      const struct machine *machine, const char *device,
				      struct translations *t, struct sim_error *err);

static inline uint64_t translations_mismatches(const struct translations *t)
{
	return t->gpa + t->offset + t->hpa + t->number + t->one_side;
}

#endif
