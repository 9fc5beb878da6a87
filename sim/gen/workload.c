/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gen/workload.h"

#include <assert.h>
#include <string.h>

#define GIB	      ((uint64_t)1 << 30)
#define ADDRESSES_END 0x7f0000000000u /* where a stack may begin */

const char *const workload_populate[] = { "auto", "touch", "none", NULL };
const char *const workload_no_yes[] = { "no", "yes", NULL };
const char *const workload_pages[] = { "default",    "hugepage",   "nohugepage",
				       "hugetlb-2M", "hugetlb-1G", NULL };

enum { PAGES_DEFAULT, PAGES_HUGE, PAGES_NO_HUGE, PAGES_HUGETLB_2M, PAGES_HUGETLB_1G };

const struct workload_kind *workload_find(const char *name)
{
	for (size_t i = 0; workload_kinds[i]; i++)
		if (!strcmp(workload_kinds[i]->name, name))
			return workload_kinds[i];
	return NULL;
}

uint64_t workload_value(const struct workload *w, const char *name)
{
	int i = param_find(w->kind->params, name);

	assert(i >= 0);
	return w->spec->value[i];
}

static uint64_t page_bytes(uint64_t pages)
{
	return pages == PAGES_HUGETLB_1G   ? GIB
	       : pages == PAGES_HUGETLB_2M ? GIB / 512
					   : PAGE_BYTES;
}

int workload_region(struct workload *w, struct out *o, uint64_t bytes, gva_t *gva,
		    struct sim_error *err)
{
	uint64_t page = page_bytes(workload_value(w, "pages"));
	struct workload_region *r = &w->region[w->n_regions++];

	assert(w->n_regions <= WORKLOAD_REGIONS_MAX);
	bytes = (bytes + page - 1) / page * page;
	if (bytes > ADDRESSES_END || o->next.v > ADDRESSES_END - bytes)
		return sim_fail(err, SIM_ERANGE, w->spec->name,
				"the memory of %s does not fit the address space; make it "
				"smaller than 2^46 bytes in all",
				w->kind->name);
	*r = (struct workload_region){ .gva = out_reserve(o, bytes), .bytes = bytes };
	*gva = r->gva;
	return 0;
}

uint32_t workload_map_flags(const struct workload *w)
{
	uint64_t pages = workload_value(w, "pages");

	return MAPPING_READ | MAPPING_WRITE |
	       (pages == PAGES_HUGETLB_2M   ? MAPPING_HUGETLB_2M
		: pages == PAGES_HUGETLB_1G ? MAPPING_HUGETLB_1G
					    : 0);
}

void workload_map(const struct workload *w, struct out *o, uint32_t pid,
		  const struct workload_region *r)
{
	uint64_t pages = workload_value(w, "pages");

	out_map(o, pid, r->gva, r->bytes, workload_map_flags(w));
	if (pages == PAGES_HUGE)
		out_advise(o, pid, r->gva, r->bytes, ADVICE_HUGEPAGE);
	if (pages == PAGES_NO_HUGE)
		out_advise(o, pid, r->gva, r->bytes, ADVICE_NOHUGEPAGE);
}

int workload_populates(const struct workload *w, uint64_t bytes)
{
	uint64_t populate = workload_value(w, "populate");

	return populate == POPULATE_TOUCH || (populate == POPULATE_AUTO && bytes <= GIB);
}
