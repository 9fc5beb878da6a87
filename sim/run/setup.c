/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "guest/frames.h"
#include "hw/pml.h"
#include "mmu/dirty_ring.h"
#include "run/warmup.h"

#define SEED_MAX  ((uint64_t)INT64_MAX)
#define QUOTA_MAX (1u << 24)

static const char *const page_sizes[] = { "4K", "2M", "1G", NULL };
static const char *const layouts[] = { "contiguous", "fragmented", NULL };
static const char *const streams[] = { "captured", "normalised", NULL };
static const char *const bits[] = { "captured", "set", NULL };
static const char real_meaning[] =
	"the KVM of this host: a real guest makes the accesses (\"replay\": {\"stream\": "
	"\"normalised\"} only)";
static const char *const kvm_versions[] = { "6.1", "6.18", NULL };
static const unsigned kvm_version_of[] = { 601, 618 };

/* The optional readers leave *out alone when the member is absent. */
static int opt_enum(const struct jnode *obj, const char *key, const char *const *names,
		    unsigned *out, struct sim_error *err)
{
	struct jnode n = json_get(obj, key);

	return n.v ? json_as_enum(&n, names, out, err) : 0;
}

static int opt_bool(const struct jnode *obj, const char *key, bool *out, struct sim_error *err)
{
	struct jnode n = json_get(obj, key);

	return n.v ? json_as_bool(&n, out, err) : 0;
}

static int opt_u64(const struct jnode *obj, const char *key, uint64_t min, uint64_t max,
		   uint64_t *out, struct sim_error *err)
{
	struct jnode n = json_get(obj, key);

	return n.v ? json_as_u64(&n, min, max, out, err) : 0;
}

static int read_host(struct host_config *h, const struct jnode *n, struct sim_error *err)
{
	static const char *const keys[] = { "page_size", "populate", "layout", "seed", NULL };
	unsigned size = 0, layout = 0;
	int rc;

	*h = (struct host_config){ .prepopulated = true, .seed = 1 };
	rc = n->v ? json_only(n, keys, err) : 0;
	if (!rc)
		rc = opt_enum(n, "page_size", page_sizes, &size, err);
	if (!rc)
		rc = opt_bool(n, "populate", &h->prepopulated, err);
	if (!rc)
		rc = opt_enum(n, "layout", layouts, &layout, err);
	if (!rc)
		rc = opt_u64(n, "seed", 0, SEED_MAX, &h->seed, err);
	h->page_level = LEVEL_4K + size;
	h->layout = layout ? HOST_FRAGMENTED : HOST_CONTIGUOUS;
	return rc;
}

/* PML is EPT's: under other techniques the dirty log is by write protection all the same. */
static int read_dirty_log(struct setup *s, const struct jnode *n, struct sim_error *err)
{
	struct jnode pml = json_get(n, "pml"), ring = json_get(n, "dirty_ring");
	bool logs = !strcmp(s->technique, "ept");
	uint64_t size = 0, min;
	int rc = opt_bool(n, "pml", &s->mmu.pml, err);

	if (!rc)
		rc = opt_u64(n, "dirty_ring", 0, DIRTY_RING_MAX, &size, err);
	if (rc)
		return rc;
	if (s->mmu.pml && !(s->machine.has_pml && s->machine.has_ept_ad))
		return json_fail(&pml, SIM_ERANGE, err,
				 "%s has no page-modification logging: must be false",
				 s->machine.name);
	min = dirty_ring_min(s->mmu.pml && logs ? PML_ENTRIES : 0);
	if (size && (size < min || (size & (size - 1))))
		return json_fail(&ring, SIM_ERANGE, err,
				 "must be 0, for a bitmap, or a power of two of %" PRIu64
				 " to %d, not %" PRIu64,
				 min, DIRTY_RING_MAX, size);
	s->mmu.dirty_ring = (unsigned)size;
	return 0;
}

static int read_mmu(struct setup *s, const struct jnode *n, struct sim_error *err)
{
	static const char *const keys[] = {
		"tdp_levels",  "vpid",	       "shadow_quota",
		"kvm_version", "mmio_caching", "eager_zap_unsync_children",
		"pml",	       "dirty_ring",   NULL
	};
	struct jnode vpid = json_get(n, "vpid");
	uint64_t levels = 4, quota = 0;
	bool mmio_caching = true, eager_zap = true;
	unsigned version = 0;
	int rc;

	s->mmu = (struct mmu_config){ .use_vpid = s->machine.has_vpid };
	rc = n->v ? json_only(n, keys, err) : 0;
	if (!rc)
		rc = opt_u64(n, "tdp_levels", 4, 5, &levels, err);
	if (!rc)
		rc = opt_bool(n, "vpid", &s->mmu.use_vpid, err);
	if (!rc)
		rc = opt_u64(n, "shadow_quota", 0, QUOTA_MAX, &quota, err);
	if (!rc)
		rc = opt_enum(n, "kvm_version", kvm_versions, &version, err);
	if (!rc)
		rc = opt_bool(n, "mmio_caching", &mmio_caching, err);
	if (!rc)
		rc = opt_bool(n, "eager_zap_unsync_children", &eager_zap, err);
	if (!rc)
		rc = read_dirty_log(s, n, err);
	if (!rc && s->mmu.use_vpid && !s->machine.has_vpid)
		rc = json_fail(&vpid, SIM_ERANGE, err, "%s has no VPIDs: must be false",
			       s->machine.name);
	s->mmu.tdp_levels = (unsigned)levels;
	s->mmu.shadow_quota = (unsigned)quota;
	s->mmu.kvm_version = kvm_version_of[version];
	s->mmu.no_mmio_caching = !mmio_caching;
	s->mmu.leave_unsync_children = !eager_zap;
	return rc;
}

static int read_machine(struct setup *s, const struct jnode *n, struct sources *sources,
			struct sim_error *err)
{
	struct jnode model = json_get(n, "model");
	char where[192];
	const char *key;
	json_t *v;
	int rc = sources_find(sources, SOURCE_MACHINE, &model, &s->machine_file, err);

	if (!rc)
		rc = machine_load(&s->machine, s->machine_file->path, err);
	if (rc)
		return rc;
	json_object_foreach((json_t *)(uintptr_t)n->v, key, v)
	{
		struct jnode member = json_get(n, key);

		if (strcmp(key, "model"))
			rc = machine_set(&s->machine, key, &member, err);
		if (rc)
			return rc;
	}
	return machine_check(&s->machine, json_path(n, where, sizeof(where)), err);
}

/* On AMD processors every guest has an ASID; nothing turns that off. */
static int check_asid(const struct setup *s, const struct jnode *machine,
		      const struct jnode *mmu, struct sim_error *err)
{
	struct jnode of_machine = json_get(machine, "vpid"), of_mmu = json_get(mmu, "vpid");

	if (s->machine.vendor != VENDOR_AMD || s->mmu.use_vpid)
		return 0;
	return json_fail(of_mmu.v ? &of_mmu : &of_machine, SIM_ERANGE, err,
			 "AMD processors always tag by ASID: must be true for %s",
			 s->machine.name);
}

const char *setup_technique(unsigned i, const char **meaning)
{
	const struct mmu_ops *ops = mmu_at(i);

	if (ops) {
		*meaning = ops->meaning;
		return ops->name;
	}
	if (i && !mmu_at(i - 1))
		return NULL;
	*meaning = real_meaning;
	return SETUP_REAL;
}

static void list_techniques(char *buf, size_t size)
{
	const char *name, *meaning;
	size_t at = 0;

	buf[0] = '\0';
	for (unsigned i = 0; (name = setup_technique(i, &meaning)) && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%s", i ? ", " : "", name);
}

/* What a real guest cannot do. */
static int check_real(struct setup *s, const struct jnode *technique, struct sim_error *err)
{
	s->technique = SETUP_REAL;
	s->is_real = true;
	if (s->replay.is_normalised)
		return 0;
	return json_fail(technique, SIM_ERANGE, err,
			 "a real guest replays normalised streams only: \"replay\": "
			 "{\"stream\": \"normalised\"} is needed, for all techniques");
}

static int read_technique(struct setup *s, const struct jnode *n, struct sim_error *err)
{
	const struct mmu_ops *ops;
	const char *name;
	char all[128];
	int rc = json_as_str(n, &name, err);

	if (rc)
		return rc;
	if (!strcmp(name, SETUP_REAL))
		return check_real(s, n, err);
	ops = mmu_find(name);
	if (!ops) {
		list_techniques(all, sizeof(all));
		return json_fail(n, SIM_EFORMAT, err, "must be one of %s, not \"%s\"", all,
				 name);
	}
	if (!strcmp(name, "ept") && s->machine.vendor != VENDOR_INTEL)
		return json_fail(n, SIM_ERANGE, err, "%s is not Intel's: use npt",
				 s->machine.name);
	if (!strcmp(name, "npt") && s->machine.vendor != VENDOR_AMD)
		return json_fail(n, SIM_ERANGE, err, "%s is not AMD's: use ept",
				 s->machine.name);
	s->technique = ops->name;
	return 0;
}

static int read_replay(struct setup_replay *r, const struct jnode *n, struct sim_error *err)
{
	static const char *const keys[] = { "stream", "accessed_dirty", NULL };
	unsigned stream = 0, set = 0;
	int rc = n->v ? json_only(n, keys, err) : 0;

	if (!rc)
		rc = opt_enum(n, "stream", streams, &stream, err);
	if (!rc)
		rc = opt_enum(n, "accessed_dirty", bits, &set, err);
	r->is_normalised = stream;
	r->how = (struct normalise_options){ .set_accessed_dirty = set };
	return rc;
}

/* A warm-up is a part of the trace's records; a normalised stream has others. */
static int read_warmup(struct setup *s, const struct jnode *root, struct sim_error *err)
{
	struct jnode n = json_get(root, "warmup_percent");
	uint64_t warmup = 0;
	int rc = opt_u64(root, "warmup_percent", 0, WARMUP_PERCENT_MAX, &warmup, err);

	s->warmup_percent = (unsigned)warmup;
	if (!rc && warmup && s->replay.is_normalised)
		rc = json_fail(
			&n, SIM_ERANGE, err,
			"must be 0 when the stream is normalised: all of it is measured");
	return rc;
}

/* The guest that is put around a trace of addresses lives in the machine's RAM. */
static int check_guest_fits(const struct setup *s, const struct jnode *memory,
			    struct sim_error *err)
{
	const struct board_options *o = &s->memory.options;
	uint64_t needs = s->guest.os.memory, hole = FRAMES_BELOW_HOLE << PAGE_SHIFT;
	uint64_t low = needs < hole ? needs : hole, has_low;

	if (!s->memory.is_given || !s->guest.is_given)
		return 0;
	has_low = board_options_low_ram(o);
	if (has_low >= low && o->ram_size - has_low >= needs - low)
		return 0;
	return json_fail(memory, SIM_ERANGE, err,
			 "%" PRIu64 " MiB of RAM from 0 and %" PRIu64
			 " from 4 GiB; what \"guest\" puts around the trace has %" PRIu64
			 " and %" PRIu64 ": as much (-machine pc -m %" PRIu64
			 "M) is needed, or less in \"guest\": {\"memory\": ...}",
			 has_low >> 20, (o->ram_size - has_low) >> 20, low >> 20,
			 (needs - low) >> 20, needs >> 20);
}

int setup_read(struct setup *s, const struct jnode *root, struct sources *sources,
	       struct sim_error *err)
{
	static const char *const keys[] = { "trace",  "technique", "machine",
					    "host",   "mmu",	   "warmup_percent",
					    "replay", "memory",	   "guest",
					    NULL };
	struct jnode trace = json_get(root, "trace"), technique = json_get(root, "technique");
	struct jnode machine = json_get(root, "machine"), host = json_get(root, "host");
	struct jnode mmu = json_get(root, "mmu"), replay = json_get(root, "replay");
	struct jnode memory = json_get(root, "memory"), guest = json_get(root, "guest");
	int rc = json_only(root, keys, err);

	*s = (struct setup){ 0 };
	if (!rc)
		rc = read_replay(&s->replay, &replay, err);
	if (!rc)
		rc = read_machine(s, &machine, sources, err);
	if (!rc)
		rc = read_technique(s, &technique, err);
	if (!rc)
		rc = read_host(&s->host, &host, err);
	if (!rc)
		rc = read_mmu(s, &mmu, err);
	if (!rc)
		rc = check_asid(s, &machine, &mmu, err);
	if (!rc)
		rc = read_warmup(s, root, err);
	if (!rc)
		rc = guest_ram_read(&s->memory, &memory, sources, err);
	if (!rc)
		rc = guest_setup_read(&s->guest, &guest, err);
	if (!rc)
		rc = check_guest_fits(s, &memory, err);
	s->memory.options.is_kvm =
		true; /* the techniques are KVM's, whatever the accelerator was */
	return rc ? rc : sources_find(sources, SOURCE_TRACE, &trace, &s->trace, err);
}

static json_t *file_json(const struct source *f)
{
	return json_pack("{s:s, s:s}", "name", f->label, "xxh3", f->hash);
}

/* Takes doc. */
static char *finish_text(json_t *doc, int rc)
{
	char *text = doc && !rc ? json_dumps(doc, JSON_SORT_KEYS | JSON_INDENT(2)) : NULL;
	char *line = text ? sim_asprintf("%s\n", text) : NULL;

	json_decref(doc);
	sim_free(text);
	return line;
}

void setup_fini(struct setup *s)
{
	guest_ram_fini(&s->memory);
}

char *setup_text(const struct setup *s, const json_t *set, const json_t *real)
{
	json_t *doc = json_pack(
		"{s:o, s:s, s:{s:o, s:O}, s:{s:s, s:b, s:s, s:I}, "
		"s:{s:i, s:b, s:i, s:s, s:b, s:b, s:b, s:i}, s:i, s:{s:s, s:s}}",
		"trace", file_json(s->trace), "technique", s->technique, "machine", "model",
		file_json(s->machine_file), "set", set, "host", "page_size",
		page_sizes[s->host.page_level - LEVEL_4K], "populate", s->host.prepopulated,
		"layout", layouts[s->host.layout == HOST_FRAGMENTED], "seed",
		(json_int_t)s->host.seed, "mmu", "tdp_levels", (int)s->mmu.tdp_levels, "vpid",
		s->mmu.use_vpid, "shadow_quota", (int)s->mmu.shadow_quota, "kvm_version",
		kvm_versions[s->mmu.kvm_version == 618], "mmio_caching",
		!s->mmu.no_mmio_caching, "eager_zap_unsync_children",
		!s->mmu.leave_unsync_children, "pml", s->mmu.pml, "dirty_ring",
		(int)s->mmu.dirty_ring, "warmup_percent", (int)s->warmup_percent, "replay",
		"stream", streams[s->replay.is_normalised], "accessed_dirty",
		bits[s->replay.how.set_accessed_dirty]);
	int rc =
		doc && s->is_real ? json_object_set(doc, "real", (json_t *)(uintptr_t)real) : 0;

	if (doc && !rc && s->memory.is_given)
		rc = json_object_set_new(doc, "memory", guest_ram_json(&s->memory));
	if (doc && !rc && s->guest.is_given)
		rc = json_object_set_new(doc, "guest", guest_os_config_json(&s->guest.os));
	return finish_text(doc, rc);
}
