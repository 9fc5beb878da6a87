/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guest/os.h"
void reclaim_list_page(struct guest_os *g, uint64_t gfn)
{
	(void)g;
	(void)gfn;
}
void reclaim_unlist_page(struct guest_os *g, uint64_t gfn)
{
	(void)g;
	(void)gfn;
}
int reclaim_run(struct guest_os *g, struct sim_error *err)
{
	(void)g;
	(void)err;
	return 0;
}
