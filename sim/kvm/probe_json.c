/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kvm/probe_json.h"

static json_t *params(const struct kvm_probe *p)
{
	json_t *o = json_object();
	int rc = o ? 0 : -1;

	for (unsigned i = 0; i < KVM_PARAM_COUNT && !rc; i++)
		if (p->param[i][0])
			rc = json_object_set_new(o, kvm_param_name(i),
						 json_string(p->param[i]));
	if (rc) {
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *kvm_probe_json(const struct kvm_probe *p)
{
	json_t *list = params(p);

	if (!list)
		return NULL;
	return json_pack("{s:s, s:i, s:i, s:i, s:s, s:s, s:s, s:s, s:o}", "cpu", p->cpu.name,
			 "family", (int)p->cpu.family, "model", (int)p->cpu.model, "stepping",
			 (int)p->cpu.stepping, "kernel", p->kernel, "mmu", kvm_mmu_name(p->mmu),
			 "machine", kvm_probe_machine(&p->cpu), "thp", p->pages.thp, "params",
			 list);
}
