/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/mem_report.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "cli/table.h"

void mem_changes_add(struct mem_changes *m, const struct session_change *c)
{
	m->failed =
		m->failed || sim_grow((void **)&m->change, &m->cap, m->n, sizeof(*m->change));
	if (!m->failed)
		m->change[m->n++] = (struct mem_change){ .record = c->record,
							 .zapped = c->zapped,
							 .technique = c->technique,
							 .region = *c->region };
}

void mem_changes_fini(struct mem_changes *m)
{
	sim_free(m->change);
	*m = (struct mem_changes){ .n = 0 };
}

int mem_changes_print_calls(const struct mem_changes *m, FILE *f, struct sim_error *err)
{
	if (!m->n)
		return sim_fail(err, SIM_ESTATE, "slots",
				"no KVM was told anything: add -accel kvm to the line");
	for (size_t i = 0; i < m->n; i++) {
		const struct kvm_slot_region *r = &m->change[i].region;

		fprintf(f,
			"kvm_set_user_memory Slot#%" PRIu32 " flags=0x%" PRIx32
			" gpa=0x%" PRIx64 " size=0x%" PRIx64 " ua=0x%" PRIx64 " ret=0\n",
			r->slot, r->flags, r->guest_phys_addr, r->memory_size,
			r->userspace_addr);
	}
	return m->failed ? sim_fail_nomem(err) : 0;
}

/* --- tables --- */

static const char *what_of(const struct kvm_slot_region *r)
{
	if (!r->memory_size)
		return "deleted";
	return r->flags & KVM_SLOT_LOG_DIRTY_PAGES ? "set, logged" : "set";
}

static void add_change(struct table *t, const struct mem_change *c)
{
	const struct kvm_slot_region *r = &c->region;

	table_add(t, TABLE_RIGHT, "%" PRIu64, c->record);
	table_add(t, TABLE_LEFT, "%s", c->technique);
	table_add(t, TABLE_RIGHT, "%" PRIu32, r->slot);
	table_add(t, TABLE_LEFT, "%s", what_of(r));
	table_add(t, TABLE_RIGHT, "0x%" PRIx64, r->guest_phys_addr);
	table_add(t, TABLE_RIGHT, "0x%" PRIx64, r->memory_size);
	table_add(t, TABLE_RIGHT, "%" PRIu64, c->zapped);
}

static int print_changes(const struct mem_changes *m, FILE *f, struct sim_error *err)
{
	static const char *const head[] = {
		"before record", "technique",	       "slot", "was", "gpa",
		"bytes",	 "shadow pages zapped"
	};
	struct table t;
	int rc;

	if (m->failed)
		return sim_fail_nomem(err);
	if (!m->n) {
		fprintf(f, "No slot changed while the trace ran.\n\n");
		return 0;
	}
	rc = table_init(&t, sizeof(head) / sizeof(*head), err);
	if (rc)
		return rc;
	for (size_t i = 0; i < t.n_columns; i++)
		table_add(&t, i == 1 || i == 3 ? TABLE_LEFT : TABLE_RIGHT, "%s", head[i]);
	for (size_t i = 0; i < m->n; i++)
		add_change(&t, &m->change[i]);
	fprintf(f, "Slots that changed\n\n");
	rc = table_print(&t, 1, f, err);
	table_fini(&t);
	fprintf(f, "\n");
	return rc;
}

static const enum counter_id shown[] = {
	COUNTER_loads,		 COUNTER_stores,
	COUNTER_exits,		 COUNTER_pf_taken,
	COUNTER_pf_fixed,	 COUNTER_mmio_exits,
	COUNTER_mmio_unassigned, COUNTER_mmu_shadow_zapped,
	COUNTER_pages_4k,	 COUNTER_pages_2m,
};

static int add_counters(struct table *t, struct session *s, unsigned lane, const char *name,
			struct sim_error *err)
{
	bool have[COUNTER_COUNT];
	struct counters c;
	int rc = session_counters(s, lane, &c, have, err);

	if (rc)
		return rc;
	table_add(t, TABLE_LEFT, "%s", name);
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		if (have[shown[i]])
			table_add(t, TABLE_RIGHT, "%" PRIu64, counters_at(&c, shown[i]));
		else
			table_add(t, TABLE_RIGHT, "-");
	return 0;
}

static int print_counters(struct session *s, const struct session_config *cfg, FILE *f,
			  struct sim_error *err)
{
	struct table t;
	int rc = table_init(&t, 1 + sizeof(shown) / sizeof(*shown), err);

	if (rc)
		return rc;
	table_add(&t, TABLE_LEFT, "technique");
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		table_add(&t, TABLE_RIGHT, "%s", counter_info[shown[i]].name);
	for (unsigned i = 0; i < cfg->n && !rc; i++)
		rc = add_counters(&t, s, i, cfg->setup[i].technique, err);
	if (!rc)
		rc = table_print(&t, 1, f, err);
	table_fini(&t);
	fprintf(f,
		"\nA real KVM has more exits and mmio_exits: interrupts of the host, and some accesses to "
		"a device twice.\n");
	return rc;
}

int mem_report_print(struct session *s, const struct session_config *cfg,
		     const struct mem_changes *m, FILE *f, struct sim_error *err)
{
	int rc = print_changes(m, f, err);

	if (rc)
		return rc;
	fprintf(f, "%s record %" PRIu64 "\n\n",
		session_is_done(s) ? "Counted to the end of the trace, at"
				   : "Counted until somebody said quit, before",
		session_record(s));
	if (session_is_done(s) && cfg->stop_at != SESSION_NEVER &&
	    cfg->stop_at >= session_record(s))
		fprintf(f, "There is no record %" PRIu64 ": the guest never stopped.\n\n",
			cfg->stop_at);
	return print_counters(s, cfg, f, err);
}
