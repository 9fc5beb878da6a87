/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guest/os.h"
int hugetlb_fault(struct guest_os *g, struct fault *f, struct sim_error *err)
{
	(void)g;
	(void)f;
	return sim_fail(err, SIM_EUNSUP, NULL, "hugetlb");
}
bool hugetlb_is(const struct guest_os *g, uint64_t entry)
{
	(void)g;
	(void)entry;
	return false;
}
