/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "mem/available.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PATH_BYTES 4096

/* What a version of control groups calls it. */
struct names {
	const char *folder; /* below the mount */
	const char *limit, *used, *cache[2];
};

static const struct names version_1 = { "/memory",
					"memory.limit_in_bytes",
					"memory.usage_in_bytes",
					{ "total_active_file", "total_inactive_file" } };
static const struct names version_2 = {
	"", "memory.max", "memory.current", { "active_file", "inactive_file" }
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static FILE *open_in(const char *folder, const char *name)
{
	char path[PATH_BYTES];
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	return n > 0 && (size_t)n < sizeof(path) ? fopen(path, "re") : NULL;
}

/* UINT64_MAX: no such file, or no number in it ("max"). */
static uint64_t number_in(const char *folder, const char *name)
{
	FILE *f = open_in(folder, name);
	uint64_t v;
	int n;

	if (!f)
		return UINT64_MAX;
	n = fscanf(f, "%" SCNu64, &v);
	fclose(f);
	return n == 1 ? v : UINT64_MAX;
}

static uint64_t cache_in(const char *folder, const struct names *names)
{
	FILE *f = open_in(folder, "memory.stat");
	uint64_t v, sum = 0;
	char key[64];

	if (!f)
		return 0;
	while (fscanf(f, "%63s %" SCNu64, key, &v) == 2)
		if (!strcmp(key, names->cache[0]) || !strcmp(key, names->cache[1]))
			sum += v;
	fclose(f);
	return sum;
}

static uint64_t room_in(const char *folder, const struct names *names)
{
	uint64_t limit = number_in(folder, names->limit);
	uint64_t used = number_in(folder, names->used);

	if (limit == UINT64_MAX || used == UINT64_MAX)
		return UINT64_MAX;
	used -= smaller(used, cache_in(folder, names));
	return limit - smaller(limit, used);
}

/* Of the group and all that hold it. */
static uint64_t room_of(const char *mount, const struct names *names, const char *group)
{
	uint64_t room = UINT64_MAX;
	char folder[PATH_BYTES];
	int n = snprintf(folder, sizeof(folder), "%s%s%s", mount, names->folder,
			 strstr(group, "..") ? "" : group);
	size_t root = strlen(mount) + strlen(names->folder), end = (size_t)n;

	if (n < 0 || end >= sizeof(folder))
		return UINT64_MAX;
	for (;;) {
		room = smaller(room, room_in(folder, names));
		if (end <= root)
			return room;
		while (end > root && folder[end - 1] != '/')
			end--;
		end -= end > root;
		folder[end] = 0;
	}
}

static uint64_t by_groups(const struct available_paths *p)
{
	FILE *f = fopen(p->cgroup, "re");
	uint64_t room = UINT64_MAX;
	char line[PATH_BYTES];

	if (!f)
		return room;
	while (fgets(line, sizeof(line), f)) {
		char *kind = strchr(line, ':'), *group = kind ? strchr(kind + 1, ':') : NULL;

		line[strcspn(line, "\n")] = 0;
		if (!group)
			continue;
		*group++ = 0;
		if (!kind[1])
			room = smaller(room, room_of(p->mount, &version_2, group));
		else if (!strcmp(kind + 1, "memory"))
			room = smaller(room, room_of(p->mount, &version_1, group));
	}
	fclose(f);
	return room;
}

static uint64_t by_system(const char *meminfo)
{
	FILE *f = fopen(meminfo, "re");
	uint64_t kib = UINT64_MAX / 1024;
	char line[128];

	if (!f)
		return UINT64_MAX;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
			break;
	fclose(f);
	return kib == UINT64_MAX / 1024 ? UINT64_MAX : kib * 1024;
}

uint64_t available_by(const struct available_paths *p)
{
	return smaller(by_system(p->meminfo), by_groups(p));
}

uint64_t available_bytes(void)
{
	static const struct available_paths paths = { "/proc/meminfo", "/proc/self/cgroup",
						      "/sys/fs/cgroup" };

	return available_by(&paths);
}
