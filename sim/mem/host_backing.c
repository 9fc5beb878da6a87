/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/host_backing.h"

#include <assert.h>
#include <inttypes.h>

#include "mem/backing_map.h"

/* The level whose pages have so many bytes; 0: none. */
static unsigned level_of(uint64_t bytes)
{
	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++)
		if (level_bytes(level) == bytes)
			return level;
	return 0;
}

/* A file-like backing, when no hugetlbfs is known to be behind it. */
static void choose_file(const struct backing_config *cfg, struct host_map_config *m)
{
	if (m->page_level == LEVEL_1G && cfg->kind == BACKING_MEMFD)
		m->page_level = LEVEL_4K;
	m->memory = cfg->is_shared ? HOST_SHARED : HOST_FILE_PRIVATE;
	if (!cfg->is_shared && m->page_level != LEVEL_1G)
		m->page_level = LEVEL_4K;
}

/* page_size: that of hugetlbfs when it is known, else 4 KiB. */
static int choose(const struct backing_config *cfg, uint64_t page_size,
		  struct host_map_config *m, struct sim_error *err)
{
	if (page_size != PAGE_BYTES) {
		m->memory = HOST_HUGETLB;
		m->page_level = level_of(page_size);
		if (!m->page_level)
			return sim_fail(err, SIM_EUNSUP, NULL,
					"pages of the host have 4K, 2M or 1G, not 0x%" PRIx64
					" bytes",
					page_size);
		return SIM_OK;
	}
	if (cfg->kind == BACKING_ANONYMOUS)
		m->memory = cfg->is_shared ? HOST_SHARED : HOST_ANONYMOUS;
	else
		choose_file(cfg, m);
	if (m->page_level == LEVEL_1G)
		m->memory = HOST_HUGETLB;
	return SIM_OK;
}

/* The same, with what the host says where the backend does not. */
static struct backing_config effective(const struct host_config *host,
				       const struct backing_config *cfg)
{
	struct backing_config c = *cfg;

	if (!c.page_level)
		c.page_level = host->page_level;
	if (host->prepopulated && !c.is_readonly && c.has_reserve)
		c.has_prealloc = true;
	return c;
}

struct backing_config host_backing_config(const struct host_config *host,
					  const struct backing_config *cfg)
{
	struct backing_config c = effective(host, cfg);

	if (c.page_level == LEVEL_1G && cfg->kind != BACKING_ANONYMOUS)
		c.page_level = LEVEL_4K; /* the file system decides */
	return c;
}

static int map(struct host *h, const struct backing_config *c, struct backing *b,
	       struct sim_error *err)
{
	struct host_map_config m = { .bytes = b->bytes,
				     .like = c->like,
				     .hva = b->hva,
				     .page_level = c->page_level,
				     .prepopulated = c->has_prealloc ||
						     host_config_of(h)->prepopulated };
	int rc = choose(c, b->page_size, &m, err);

	if (!rc)
		rc = host_map(h, &m, &b->hva, err);
	if (!rc && m.memory == HOST_HUGETLB)
		b->page_size = level_bytes(m.page_level);
	return rc;
}

static void unmap(struct host *h, const struct backing *b)
{
	int rc = host_munmap(h, b->hva, NULL);

	assert(!rc);
	(void)rc;
}

/* --- addresses only --- */

static uint64_t page_size_of(const struct backing_config *cfg)
{
	if (cfg->kind != BACKING_MEMFD || !cfg->has_hugetlb)
		return PAGE_BYTES;
	return cfg->hugetlbsize ? cfg->hugetlbsize : level_bytes(LEVEL_2M);
}

static int check_huge(uint64_t page_size, uint64_t bytes, struct sim_error *err)
{
	if (bytes % page_size)
		return sim_fail(err, SIM_ERANGE, NULL,
				"a memfd of 0x%" PRIx64
				" bytes needs a multiple of its page size 0x%" PRIx64,
				bytes, page_size);
	return SIM_OK;
}

static int virtual_alloc(void *arg, const struct backing_config *cfg, uint64_t bytes,
			 struct backing *b, struct sim_error *err)
{
	struct backing_config c = effective(host_config_of(arg), cfg);
	uint64_t page_size = page_size_of(cfg);
	struct backing made = { .page_size = page_size };
	int rc = backing_check(cfg, bytes, err);

	if (!rc && page_size != PAGE_BYTES)
		rc = check_huge(page_size, bytes, err);
	if (rc)
		return rc;
	c.like.v -= c.like.v % (cfg->align > page_size ? cfg->align : page_size);
	made.bytes = round_up(bytes, PAGE_BYTES);
	rc = map(arg, &c, &made, err);
	if (!rc)
		*b = made;
	return rc;
}

static void virtual_release(void *arg, struct backing *b)
{
	if (b->bytes)
		unmap(arg, b);
	*b = (struct backing){ 0 };
}

static uint8_t *virtual_bytes(void *arg, const struct backing *b)
{
	(void)arg;
	(void)b;
	return NULL;
}

const struct backing_ops host_backing_ops = { virtual_alloc, virtual_release, virtual_bytes };

/* --- memory of this process --- */

static int real_alloc(void *arg, const struct backing_config *cfg, uint64_t bytes,
		      struct backing *b, struct sim_error *err)
{
	struct backing_config c = host_backing_config(host_config_of(arg), cfg);
	struct backing made;
	int rc = backing_map_alloc(&made, &c, bytes, err);

	if (rc)
		return rc;
	rc = map(arg, &c, &made, err);
	if (rc)
		backing_map_release(&made);
	else
		*b = made;
	return rc;
}

static void real_release(void *arg, struct backing *b)
{
	if (b->private)
		unmap(arg, b);
	backing_map_release(b);
}

static uint8_t *real_bytes(void *arg, const struct backing *b)
{
	(void)arg;
	return backing_map_bytes(b);
}

const struct backing_ops host_real_ops = { real_alloc, real_release, real_bytes };
