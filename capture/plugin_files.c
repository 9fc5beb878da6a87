/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* strdup */
#include "plugin_files.h"

#include <stdlib.h>
#include <string.h>

#include "plugin_host.h"
#include "plugin_out.h"

#define NUMBERS	    (1u << 20) /* a mapping has 20 bits for it (MAPPING_OFFSET) */
#define DESCRIPTORS (1u << 20)

static struct {
	char **path; /* [number - 1]; NULL: none */
	uint32_t n, room;
} files;

uint32_t files_new(void)
{
	if (files.n == files.room) {
		files.room = files.room ? 2 * files.room : 64;
		files.path = realloc(files.path, files.room * sizeof(*files.path));
		if (!files.path)
			plugin_fail("out of memory");
	}
	files.path[files.n++] = NULL;
	if (files.n >= NUMBERS)
		plugin_fail("the guest opened more than %u files", NUMBERS);
	return files.n;
}

uint32_t files_number(const char *path)
{
	uint32_t n;

	for (uint32_t i = 0; i < files.n; i++) {
		if (files.path[i] && !strcmp(files.path[i], path))
			return i + 1;
	}
	n = files_new();
	files.path[n - 1] = strdup(path);
	return n;
}

bool files_path(uint64_t gva, char to[FILES_PATH])
{
	/* Not past the page: the next one may be absent. */
	for (unsigned i = 0; i < FILES_PATH; i++) {
		if (!host_read(gva + i, to + i, 1))
			return false;
		if (!to[i])
			return i > 0;
	}
	return false;
}

void files_set(struct process *p, uint64_t fd, uint32_t number)
{
	if (fd >= DESCRIPTORS || (fd >= p->n_files && !number))
		return;
	if (fd >= p->n_files) {
		uint32_t n = (uint32_t)fd + 16;

		p->file = realloc(p->file, n * sizeof(*p->file));
		if (!p->file)
			plugin_fail("out of memory");
		memset(p->file + p->n_files, 0, (n - p->n_files) * sizeof(*p->file));
		p->n_files = n;
	}
	p->file[fd] = number;
}

uint32_t files_get(const struct process *p, uint64_t fd)
{
	return fd < p->n_files ? p->file[fd] : 0;
}

void files_inherit(struct process *child, const struct process *parent)
{
	for (uint32_t i = 0; i < parent->n_files; i++)
		files_set(child, i, parent->file[i]);
}
