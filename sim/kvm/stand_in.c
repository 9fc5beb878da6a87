/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/stand_in.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *mmu, *technique;
} known[] = {
	{ "kvm-pvm", "spt" },	  { "kvm-intel-ept", "ept" },  { "kvm-intel-shadow", "spt" },
	{ "kvm-amd-npt", "npt" }, { "kvm-amd-shadow", "spt" },
};

const char *stand_in_technique(const char *mmu)
{
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].mmu, mmu))
			return known[i].technique;
	return NULL;
}

static bool is_off(const char *param)
{
	return param[0] == 'N' || param[0] == '0';
}

static bool is_on(const char *param)
{
	return param[0] == 'Y' || param[0] == '1';
}

static const char *mmu_of(const struct kvm_probe *p)
{
	if (p->param[KVM_PARAM_PVM][0])
		return "kvm-pvm";
	if (p->param[KVM_PARAM_EPT][0])
		return is_on(p->param[KVM_PARAM_EPT]) ? "kvm-intel-ept" : "kvm-intel-shadow";
	if (p->param[KVM_PARAM_NPT][0])
		return is_on(p->param[KVM_PARAM_NPT]) ? "kvm-amd-npt" : "kvm-amd-shadow";
	return NULL;
}

int stand_in_for(struct stand_in *s, const struct kvm_probe *p, struct sim_error *err)
{
	const char *mmu = mmu_of(p), *digits = strpbrk(p->kernel, "0123456789");
	unsigned major, minor;

	if (!mmu)
		return sim_fail(
			err, SIM_EUNSUP, NULL,
			"no KVM module tells which MMU it uses: neither kvm_intel, kvm_amd "
			"nor kvm_pvm is loaded");
	if (!digits || sscanf(digits, "%u.%u", &major, &minor) != 2 || major > 99 || minor > 99)
		return sim_fail(err, SIM_EUNSUP, NULL, "no kernel version in \"%s\"",
				p->kernel);
	*s = (struct stand_in){ .technique = stand_in_technique(mmu),
				.kvm_version = major * 100 + minor,
				.no_mmio_caching = is_off(p->param[KVM_PARAM_MMIO_CACHING]),
				.leave_unsync_children =
					is_off(p->param[KVM_PARAM_EAGER_ZAP_UNSYNC]) };
	snprintf(s->mmu, sizeof(s->mmu), "%s", mmu);
	return 0;
}
