/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unchecked.c - the result of a call that can fail is not dropped (an error with -Werror) */
#include "base/map.h"

void put(struct map *m);
void put(struct map *m)
{
#ifdef CONTROL
	if (map_put(m, 1, 2))
		map_fini(m);
#else
	map_put(m, 1, 2);
#endif
}
