/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/scenario.h"

#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "scenario/parts.h"
#include "scenario/values.h"
#include "vm/payload.h"
#include "x86/regs.h"

#define MEMORY_MIN ((uint64_t)4 << 20) /* holds the guest's tables */
#define QUOTA_MAX  ((uint64_t)1 << 20)
#define BATCH_MAX  PAYLOAD_WORDS
#define NAME_MAX   48

static int read_name(struct scenario *s, const struct jnode *root, struct sim_error *err)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	struct jnode n = json_get(root, "name"), about = json_get(root, "about");
	const char *name, *text;
	int rc = json_as_str(&n, &name, err);

	if (!rc && (!*name || strlen(name) > NAME_MAX || strspn(name, plain) != strlen(name)))
		rc = json_fail(&n, SIM_EFORMAT, err,
			       "must be 1..%d lower-case letters, digits and '-'", NAME_MAX);
	if (!rc)
		rc = json_as_str(&about, &text, err);
	if (rc)
		return rc;
	s->name = sim_strdup(name);
	s->about = sim_strdup(text);
	return s->name && s->about ? 0 : sim_fail_nomem(err);
}

static int read_host(struct host_config *h, const struct jnode *n, struct sim_error *err)
{
	static const char *const keys[] = { "page_size", "populate", NULL };
	static const char *const sizes[] = { "4K", "2M", NULL };
	struct jnode size = json_get(n, "page_size"), populate = json_get(n, "populate");
	unsigned at = 0;
	int rc = n->v ? json_only(n, keys, err) : 0;

	*h = (struct host_config){ .prepopulated = true };
	if (!rc && size.v)
		rc = json_as_enum(&size, sizes, &at, err);
	if (!rc && populate.v)
		rc = json_as_bool(&populate, &h->prepopulated, err);
	h->page_level = LEVEL_4K + at;
	return rc;
}

static int opt_count(const struct jnode *root, const char *key, uint64_t max, uint64_t *out,
		     struct sim_error *err)
{
	struct jnode n = json_get(root, key);

	return n.v ? json_as_u64(&n, 1, max, out, err) : 0;
}

static int read_memory(struct scenario *s, const struct jnode *root, struct sim_error *err)
{
	struct jnode n = json_get(root, "memory");
	uint64_t bytes;
	int rc = values_pages(&n, PAYLOAD_GPA, &bytes, err);

	if (!rc && bytes < MEMORY_MIN)
		rc = json_fail(&n, SIM_ERANGE, err, "must be at least 4M");
	if (rc)
		return rc;
	s->meta = (struct trace_meta){ .name = s->name,
				       .origin = s->about,
				       .tools = "scenario",
				       .n_ram = 1,
				       .n_vcpu = 1,
				       .has_tables = true };
	s->meta.ram[0] = (struct trace_ram){ 0, bytes };
	s->meta.regs = (struct regs){ .cr0 = 0x80050033,
				      .cr3 = (uint64_t)GUEST_TABLE_GFN << PAGE_SHIFT,
				      .cr4 = 0x620,
				      .efer = 0xd01 };
	return 0;
}

static int read_guest(struct scenario *s, const struct jnode *root, struct sim_error *err)
{
	struct jnode map = json_get(root, "map"), links = json_get(root, "links");
	struct jnode before = json_get(root, "before"), steps = json_get(root, "steps");
	uint64_t spaces = 1;
	int rc = opt_count(root, "spaces", GUEST_SPACES, &spaces, err);

	if (!rc)
		rc = guest_init(&s->guest, (unsigned)spaces, err);
	if (!rc)
		rc = map_read(&s->guest, &map, err);
	if (!rc)
		rc = map_links_read(&s->guest, &links, err);
	if (!rc && before.v)
		rc = step_list_read(&s->before, &before, s->guest.n_spaces, err);
	return rc ? rc : step_list_read(&s->steps, &steps, s->guest.n_spaces, err);
}

static int read_all(struct scenario *s, const struct jnode *root, struct sim_error *err)
{
	static const char *const keys[] = { "name",	    "about",  "memory", "host",
					    "shadow_quota", "batch",  "spaces", "map",
					    "links",	    "before", "steps",	NULL };
	struct jnode host = json_get(root, "host");
	uint64_t batch = 0;
	int rc = json_only(root, keys, err);

	if (!rc)
		rc = read_name(s, root, err);
	if (!rc)
		rc = read_memory(s, root, err);
	if (!rc)
		rc = read_host(&s->host, &host, err);
	if (!rc)
		rc = opt_count(root, "shadow_quota", QUOTA_MAX, &s->quota, err);
	if (!rc)
		rc = opt_count(root, "batch", BATCH_MAX, &batch, err);
	s->options.batch = (uint32_t)batch;
	if (!rc)
		rc = read_guest(s, root, err);
	return rc ? rc : normaliser_create(&s->normaliser, &s->meta, &s->options, err);
}

/* Takes the document, whatever happens. */
static int make(struct scenario **out, json_t *doc, const struct jnode *root,
		struct sim_error *err)
{
	struct scenario *s = sim_calloc(1, sizeof(*s));
	int rc = s ? read_all(s, root, err) : sim_fail_nomem(err);

	json_decref(doc);
	if (rc && s)
		scenario_destroy(s);
	*out = rc ? NULL : s;
	return rc;
}

int scenario_load(struct scenario **s, const char *path, struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_open(path, &doc, &root, err);

	return rc ? rc : make(s, doc, &root, err);
}

int scenario_parse(struct scenario **s, const char *text, size_t n, const char *name,
		   struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_parse(text, n, name, &doc, &root, err);

	return rc ? rc : make(s, doc, &root, err);
}

void scenario_destroy(struct scenario *s)
{
	if (!s)
		return;
	normaliser_destroy(s->normaliser);
	step_list_fini(&s->before);
	step_list_fini(&s->steps);
	guest_fini(&s->guest);
	sim_free(s->name);
	sim_free(s->about);
	sim_free(s);
}

const char *scenario_name(const struct scenario *s)
{
	return s->name;
}

const char *scenario_about(const struct scenario *s)
{
	return s->about;
}

const struct trace_meta *scenario_meta(const struct scenario *s)
{
	return normaliser_meta(s->normaliser);
}

const struct host_config *scenario_host(const struct scenario *s)
{
	return &s->host;
}

unsigned scenario_quota(const struct scenario *s)
{
	return (unsigned)s->quota;
}
