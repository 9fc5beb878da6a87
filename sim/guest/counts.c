/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guest/counts.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *key, *meaning;
	size_t offset;
} lines[] = {
#define X(name, meaning) { #name, meaning, offsetof(struct guest_os_counts, name) },
	GUEST_OS_COUNTS(X)
#undef X
};

bool guest_os_counts_line(const struct guest_os_counts *c, unsigned i, const char **key,
			  const char **meaning, uint64_t *value)
{
	if (i >= sizeof(lines) / sizeof(*lines))
		return false;
	*key = lines[i].key;
	*meaning = lines[i].meaning;
	memcpy(value, (const char *)c + lines[i].offset, sizeof(*value));
	return true;
}

void guest_os_counts_found(struct guest_os_counts *c, const struct guest_os_counts *before)
{
	c->found_pte_writes += c->pte_writes - before->pte_writes;
	c->found_pte_writes_kernel += c->pte_writes_kernel - before->pte_writes_kernel;
	c->found_tables += c->tables_given - before->tables_given;
	c->found_tables_kernel += c->tables_given_kernel - before->tables_given_kernel;
	c->found_switches += c->switches - before->switches;
}
