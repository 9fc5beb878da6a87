/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qmp_stats.c - query-stats: counters by the names that KVM has for them */
#include <string.h>

#include "monitor/qmp_commands.h"

/* names: an array, or NULL: all. */
static bool is_wanted(const json_t *names, const char *name)
{
	for (size_t i = 0; i < json_array_size(names); i++)
		if (!strcmp(json_string_value(json_array_get(names, i)), name))
			return true;
	return !names;
}

static json_t *counters(const struct monitor *m, const json_t *names)
{
	json_t *all = json_array();
	struct monitor_stat s;
	int rc = all ? 0 : -1;

	for (size_t i = 0; !rc && m->ops->stat && m->ops->stat(m->arg, i, &s); i++)
		if (is_wanted(names, s.name))
			rc = json_array_append_new(all,
						   json_pack("{s:s,s:I}", "name", s.name,
							     "value", (json_int_t)s.value));
	if (!rc)
		return all;
	json_decref(all);
	return NULL;
}

static json_t *of_kvm(const struct monitor *m, const json_t *names)
{
	json_t *stats = counters(m, names);

	if (stats && !json_array_size(stats)) {
		json_decref(stats);
		return json_array();
	}
	return json_pack("[{s:s,s:o}]", "provider", "kvm", "stats", stats);
}

json_t *qmp_stats_query(const struct monitor *m, const json_t *args, struct monitor_fault *f)
{
	const json_t *providers = json_object_get(args, "providers");
	const char *target = json_string_value(json_object_get(args, "target"));

	(void)f;
	if (strcmp(target, "vm") != 0 || (providers && !json_array_size(providers)))
		return json_array();
	return of_kvm(m, json_object_get(json_array_get(providers, 0), "names"));
}
