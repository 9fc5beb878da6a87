/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snapshot/vmdesc.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "snapshot/migration_format.h"

/* Of the description; QEMU's own are about 100 KB. */
#define JSON_BYTES_MAX ((uint64_t)64 << 20)
/* Of one section, for sums that cannot wrap. */
#define BODY_BYTES_MAX ((uint64_t)1 << 40)
#define DEPTH_MAX      16
#define LEAD_BYTES     6 /* MIGRATION_EOF, MIGRATION_VMDESCRIPTION, u32 length */
#define WINDOW_BYTES   ((size_t)1 << 16)

/* --- where it is --- */

static uint64_t be32(const uint8_t *p)
{
	return (uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3];
}

/* Looks for the lead of a text that ends the file, in the n bytes from `from`; *at: where the text begins. JSON has no
 * byte below 0x20 but white space, so that the lead cannot stand within it. */
static bool find_in(const uint8_t *p, size_t n, uint64_t from, uint64_t end, uint64_t *at)
{
	for (size_t i = n; i-- > LEAD_BYTES;) {
		const uint8_t *lead = p + i - LEAD_BYTES;

		if (p[i] != '{' || lead[0] != MIGRATION_EOF ||
		    lead[1] != MIGRATION_VMDESCRIPTION || be32(lead + 2) != end - (from + i))
			continue;
		*at = from + i;
		return true;
	}
	return false;
}

static int find(struct byte_file *f, uint8_t *window, uint64_t *at, struct sim_error *err)
{
	uint64_t top = f->bytes;
	uint64_t lowest = f->bytes > JSON_BYTES_MAX ? f->bytes - JSON_BYTES_MAX : 0;

	while (top > lowest + LEAD_BYTES) {
		uint64_t from = top - lowest > WINDOW_BYTES ? top - WINDOW_BYTES : lowest;
		int rc = byte_file_read(f, from, window, (size_t)(top - from), err);

		if (rc)
			return rc;
		if (find_in(window, (size_t)(top - from), from, f->bytes, at))
			return 0;
		if (from == lowest)
			break;
		top = from + LEAD_BYTES; /* windows overlap by a lead */
	}
	return byte_file_fail(
		f, f->bytes, SIM_EFORMAT, err,
		"the file does not end in QEMU's description of its devices, which tells how long "
		"their sections are: it was cut off or something stands behind it, or QEMU was told "
		"suppress-vmdesc=on");
}

static int read_text(struct vmdesc *d, struct byte_file *f, struct sim_error *err)
{
	char *text = sim_calloc((size_t)d->bytes + 1, 1);
	struct jnode root;
	int rc;

	if (!text)
		return sim_fail_nomem(err);
	rc = byte_file_read(f, d->offset, text, (size_t)d->bytes, err);
	if (!rc)
		rc = json_parse(text, (size_t)d->bytes, d->name, &d->doc, &root, err);
	sim_free(text);
	return rc;
}

int vmdesc_open(struct vmdesc *d, struct byte_file *f, struct sim_error *err)
{
	uint8_t *window = sim_realloc(NULL, WINDOW_BYTES, 1);
	int rc;

	*d = (struct vmdesc){ .doc = NULL };
	if (!window)
		return sim_fail_nomem(err);
	rc = find(f, window, &d->offset, err);
	sim_free(window);
	if (rc)
		return rc;
	d->bytes = f->bytes - d->offset;
	d->name = sim_asprintf("%.100s:+0x%" PRIx64, f->name, d->offset);
	return d->name ? read_text(d, f, err) : sim_fail_nomem(err);
}

void vmdesc_close(struct vmdesc *d)
{
	json_decref(d->doc);
	sim_free(d->name);
	*d = (struct vmdesc){ .doc = NULL };
}

/* --- sizes --- */

/* Fields before `stop` when that is among them, else all. */
struct sum {
	const char *stop; /* NULL: none */
	bool found;
	uint64_t bytes;
};

static int add(struct sum *s, const struct jnode *at, uint64_t bytes, struct sim_error *err)
{
	s->bytes += bytes;
	if (s->bytes <= BODY_BYTES_MAX)
		return 0;
	return json_fail(at, SIM_EFORMAT, err, "a section of more than 2^40 bytes");
}

static int add_field(struct sum *s, const struct jnode *field, struct sim_error *err)
{
	struct jnode name = json_get(field, "name"), size = json_get(field, "size"),
		     len = json_get(field, "array_len");
	uint64_t bytes, n = 1;
	const char *text;
	int rc = json_as_str(&name, &text, err);

	if (!rc)
		rc = json_as_u64(&size, 0, UINT32_MAX, &bytes, err);
	if (!rc && len.v)
		rc = json_as_u64(&len, 0, UINT32_MAX, &n, err);
	if (rc)
		return rc;
	if (s->stop && !strcmp(s->stop, text)) {
		if (bytes != 8 || n != 1)
			return json_fail(&size, SIM_EFORMAT, err,
					 "%s must be one number of 8 bytes", text);
		s->found = true;
		return 0;
	}
	if (bytes && n > BODY_BYTES_MAX / bytes)
		return json_fail(&len, SIM_EFORMAT, err, "a section of more than 2^40 bytes");
	return add(s, &size, bytes * n, err);
}

static int add_fields(struct sum *s, const struct jnode *section, struct sim_error *err)
{
	struct jnode list = json_get(section, "fields");
	int rc = json_as_array(&list, err);

	for (size_t i = 0; i < json_len(&list) && !rc && !s->found; i++) {
		struct jnode field = json_at(&list, i);

		rc = add_field(s, &field, err);
	}
	return rc;
}

static int add_section(struct sum *s, const struct jnode *section, unsigned depth,
		       struct sim_error *err);

static int add_subsection(struct sum *s, const struct jnode *sub, unsigned depth,
			  struct sim_error *err)
{
	struct jnode name = json_get(sub, "vmsd_name");
	const char *text;
	int rc = json_as_str(&name, &text, err);

	if (!rc && strlen(text) > MIGRATION_IDSTR_MAX)
		rc = json_fail(&name, SIM_EFORMAT, err, "a name of more than 255 bytes");
	if (!rc)
		rc = add(s, &name, 1 + 1 + strlen(text) + 4, err);
	return rc ? rc : add_section(s, sub, depth + 1, err);
}

static int add_section(struct sum *s, const struct jnode *section, unsigned depth,
		       struct sim_error *err)
{
	struct jnode list = json_get(section, "subsections");
	int rc;

	if (depth > DEPTH_MAX)
		return json_fail(section, SIM_EFORMAT, err, "subsections %d deep", DEPTH_MAX);
	rc = add_fields(s, section, err);
	if (rc || !list.v || s->found)
		return rc;
	rc = json_as_array(&list, err);
	for (size_t i = 0; i < json_len(&list) && !rc && !s->found; i++) {
		struct jnode sub = json_at(&list, i);

		rc = add_subsection(s, &sub, depth, err);
	}
	return rc;
}

/* --- sections --- */

static int is_it(const struct jnode *device, const struct vmdesc_section *s, bool *it,
		 struct sim_error *err)
{
	struct jnode name = json_get(device, "name"),
		     instance = json_get(device, "instance_id"),
		     version = json_get(device, "version");
	uint64_t n, v;
	const char *text;
	int rc = json_as_str(&name, &text, err);

	*it = false;
	if (!rc)
		rc = json_as_u64(&instance, 0, UINT32_MAX, &n, err);
	if (rc || strcmp(text, s->name) || n != s->instance)
		return rc;
	*it = true;
	if (!version.v) /* a section of QEMU's older kind has none */
		return 0;
	rc = json_as_u64(&version, 0, UINT32_MAX, &v, err);
	if (!rc && v != s->version)
		rc = json_fail(&version, SIM_EFORMAT, err,
			       "the section itself has version %" PRIu32, s->version);
	return rc;
}

static int sum_section(const struct vmdesc *d, const struct vmdesc_section *s, struct sum *sum,
		       struct sim_error *err)
{
	struct jnode root = json_root(d->doc, d->name), devices = json_get(&root, "devices");
	int rc = json_as_array(&devices, err);

	for (size_t i = 0; i < json_len(&devices) && !rc; i++) {
		struct jnode device = json_at(&devices, i);
		bool it;

		rc = is_it(&device, s, &it, err);
		if (!rc && it)
			return add_section(sum, &device, 0, err);
	}
	if (rc)
		return rc;
	return json_fail(&devices, SIM_EFORMAT, err,
			 "there is a section \"%s\" of instance %" PRIu32
			 ", which is not described",
			 s->name, s->instance);
}

int vmdesc_bytes(const struct vmdesc *d, const struct vmdesc_section *s, uint64_t *bytes,
		 struct sim_error *err)
{
	struct sum sum = { .stop = NULL };
	int rc = sum_section(d, s, &sum, err);

	*bytes = sum.bytes;
	return rc;
}

int vmdesc_field(const struct vmdesc *d, const struct vmdesc_section *s, const char *field,
		 bool *found, uint64_t *offset, struct sim_error *err)
{
	struct sum sum = { .stop = field };
	int rc = sum_section(d, s, &sum, err);

	*found = sum.found;
	*offset = sum.bytes;
	return rc;
}
