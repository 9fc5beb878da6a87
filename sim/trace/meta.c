/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/meta.h"

#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "base/json.h"

static const char *const paging_names[] = { "none", "4-level", "5-level", NULL };

static const char *paging_name(const struct regs *r)
{
	unsigned levels = paging_of(r).levels;

	return paging_names[levels ? levels - 3 : 0];
}

const char *trace_meta_flaw(const struct trace_meta *m)
{
	uint64_t end = 0;

	if (m->n_vcpu < 1 || m->n_vcpu > TRACE_VCPU_MAX)
		return "the number of vCPUs must be 1..1024";
	if (m->n_ram > TRACE_RAM_MAX)
		return "more than 64 ranges of RAM";
	for (unsigned i = 0; i < m->n_ram; i++) {
		const struct trace_ram *r = &m->ram[i];

		if (!r->bytes || (r->gpa | r->bytes) % PAGE_BYTES)
			return "a range of RAM must be whole pages, at least one";
		if (r->gpa < end || r->gpa + r->bytes < r->gpa)
			return "ranges of RAM must ascend without overlap";
		end = r->gpa + r->bytes;
	}
	return NULL;
}

int trace_meta_need_tables(const struct trace_meta *m, struct sim_error *err)
{
	if (m->has_tables)
		return 0;
	return sim_fail(err, SIM_EUNSUP, NULL,
			"the trace has no page tables: put it through \"shadownest guest\" "
			"first, which makes the page tables and faults of a guest for it");
}

bool trace_meta_is_ram(const struct trace_meta *m, uint64_t gfn)
{
	for (unsigned i = 0; i < m->n_ram; i++) {
		uint64_t first = m->ram[i].gpa >> PAGE_SHIFT;

		if (gfn >= first && gfn - first < m->ram[i].bytes >> PAGE_SHIFT)
			return true;
	}
	return false;
}

/* --- writing --- */

static json_t *hex(uint64_t v)
{
	return json_sprintf("0x%llx", (unsigned long long)v);
}

static json_t *ram_json(const struct trace_meta *m)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < m->n_ram; i++) {
		json_t *r = json_object();

		json_object_set_new(r, "gpa", hex(m->ram[i].gpa));
		json_object_set_new(r, "bytes", hex(m->ram[i].bytes));
		if (json_array_append_new(a, r)) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

static json_t *regs_json(const struct regs *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "cr0", hex(r->cr0));
	json_object_set_new(o, "cr3", hex(r->cr3));
	json_object_set_new(o, "cr4", hex(r->cr4));
	json_object_set_new(o, "efer", hex(r->efer));
	if (json_object_size(o) == 4)
		return o;
	json_decref(o);
	return NULL;
}

char *trace_meta_text(const struct trace_meta *m)
{
	json_t *o = json_object();
	char *text = NULL;

	json_object_set_new(o, "name", json_string(m->name ? m->name : ""));
	json_object_set_new(o, "origin", json_string(m->origin ? m->origin : ""));
	json_object_set_new(o, "tools", json_string(m->tools ? m->tools : ""));
	json_object_set_new(o, "ram", ram_json(m));
	json_object_set_new(o, "vcpus", json_integer(m->n_vcpu));
	json_object_set_new(o, "paging", json_string(paging_name(&m->regs)));
	json_object_set_new(o, "regs", regs_json(&m->regs));
	json_object_set_new(o, "tables", json_boolean(m->has_tables));
	json_object_set_new(o, "frames", json_boolean(m->has_frames));
	if (json_object_size(o) == 9)
		text = json_dumps(o, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	json_decref(o);
	return text;
}

/* --- reading --- */

static int get_string(const struct jnode *o, const char *key, const char **out,
		      struct sim_error *err)
{
	struct jnode n = json_get(o, key);
	const char *s;
	int rc = json_as_str(&n, &s, err);

	if (rc)
		return rc;
	*out = sim_strdup(s);
	return *out ? 0 : sim_fail_nomem(err);
}

/* "0x" and 1..16 hexadecimal digits: JSON's own integers stop at 2^63. */
static int get_hex(const struct jnode *o, const char *key, uint64_t *out, struct sim_error *err)
{
	static const char digits[] = "0123456789abcdef";
	struct jnode n = json_get(o, key);
	const char *s;
	size_t len;
	int rc = json_as_str(&n, &s, err);

	if (rc)
		return rc;
	len = strlen(s);
	if (len < 3 || len > 18 || memcmp(s, "0x", 2) != 0 || strspn(s + 2, digits) != len - 2)
		return json_fail(&n, SIM_EFORMAT, err,
				 "must be \"0x\" and 1..16 lower-case hexadecimal digits");
	*out = 0;
	for (s += 2; *s; s++)
		*out = *out << 4 | (uint64_t)(strchr(digits, *s) - digits);
	return 0;
}

static int get_ram(const struct jnode *o, struct trace_meta *m, struct sim_error *err)
{
	static const char *const keys[] = { "gpa", "bytes", NULL };
	struct jnode a = json_get(o, "ram");
	int rc = json_as_array(&a, err);

	if (rc)
		return rc;
	if (json_len(&a) > TRACE_RAM_MAX)
		return json_fail(&a, SIM_EFORMAT, err, "at most %d ranges", TRACE_RAM_MAX);
	m->n_ram = (unsigned)json_len(&a);
	for (unsigned i = 0; i < m->n_ram; i++) {
		struct jnode r = json_at(&a, i);

		if ((rc = json_only(&r, keys, err)) ||
		    (rc = get_hex(&r, "gpa", &m->ram[i].gpa, err)) ||
		    (rc = get_hex(&r, "bytes", &m->ram[i].bytes, err)))
			return rc;
	}
	return 0;
}

static int get_regs(const struct jnode *o, struct regs *r, struct sim_error *err)
{
	static const char *const keys[] = { "cr0", "cr3", "cr4", "efer", NULL };
	struct jnode n = json_get(o, "regs");
	int rc;

	if ((rc = json_only(&n, keys, err)) || (rc = get_hex(&n, "cr0", &r->cr0, err)) ||
	    (rc = get_hex(&n, "cr3", &r->cr3, err)) ||
	    (rc = get_hex(&n, "cr4", &r->cr4, err)) ||
	    (rc = get_hex(&n, "efer", &r->efer, err)))
		return rc;
	return 0;
}

/* The paging mode is said twice, for people and in the registers: they must agree. */
static int check_paging(const struct jnode *o, const struct regs *r, struct sim_error *err)
{
	struct jnode n = json_get(o, "paging");
	unsigned i;
	int rc = json_as_enum(&n, paging_names, &i, err);

	if (!rc && strcmp(paging_names[i], paging_name(r)) != 0)
		rc = json_fail(&n, SIM_EFORMAT, err, "the registers mean \"%s\"",
			       paging_name(r));
	return rc;
}

static int get_rest(const struct jnode *o, struct trace_meta *m, struct sim_error *err)
{
	struct jnode tables = json_get(o, "tables"), frames = json_get(o, "frames");
	struct jnode vcpus = json_get(o, "vcpus");
	uint64_t n;
	int rc;

	if ((rc = json_as_u64(&vcpus, 1, TRACE_VCPU_MAX, &n, err)) ||
	    (rc = json_as_bool(&tables, &m->has_tables, err)) ||
	    (rc = json_as_bool(&frames, &m->has_frames, err)))
		return rc;
	m->n_vcpu = (unsigned)n;
	return 0;
}

static int get_all(const struct jnode *o, struct trace_meta *m, struct sim_error *err)
{
	static const char *const keys[] = { "name",   "origin", "tools",  "ram",    "vcpus",
					    "paging", "regs",	"tables", "frames", NULL };
	const char *flaw;
	int rc;

	if ((rc = json_only(o, keys, err)) || (rc = get_string(o, "name", &m->name, err)) ||
	    (rc = get_string(o, "origin", &m->origin, err)) ||
	    (rc = get_string(o, "tools", &m->tools, err)) || (rc = get_ram(o, m, err)) ||
	    (rc = get_regs(o, &m->regs, err)) || (rc = check_paging(o, &m->regs, err)) ||
	    (rc = get_rest(o, m, err)))
		return rc;
	flaw = trace_meta_flaw(m);
	return flaw ? json_fail(o, SIM_EFORMAT, err, "%s", flaw) : 0;
}

int trace_meta_parse(struct trace_meta *m, const char *text, size_t n, const char *name,
		     struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	char *copy;
	int rc;

	*m = (struct trace_meta){ 0 };
	rc = json_parse(text, n, name, &doc, &root, err);
	if (rc)
		return rc;
	copy = sim_calloc(n + 1, 1);
	if (copy) {
		memcpy(copy, text, n);
		m->json = copy;
		rc = get_all(&root, m, err);
	} else {
		rc = sim_fail_nomem(err);
	}
	json_decref(doc);
	if (rc)
		trace_meta_fini(m);
	return rc;
}

static void free_text(const char **s)
{
	union {
		const char *kept;
		char *own;
	} u = { .kept = *s };

	sim_free(u.own);
	*s = NULL;
}

void trace_meta_fini(struct trace_meta *m)
{
	free_text(&m->name);
	free_text(&m->origin);
	free_text(&m->tools);
	free_text(&m->json);
}
