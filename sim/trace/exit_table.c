/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "trace/exit_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/alloc.h"

void exit_table_init(struct exit_table *t)
{
	*t = (struct exit_table){ .first_ns = UINT64_MAX };
	map_init(&t->vcpu);
	map_init(&t->page);
}

void exit_table_fini(struct exit_table *t)
{
	sim_free(t->reason.row);
	sim_free(t->fault.row);
	sim_free(t->point.row);
	map_fini(&t->vcpu);
	map_fini(&t->page);
}

/* The row of that name and code; made when it is new. */
static int row_of(struct exit_rows *r, const char *name, uint64_t code, struct exit_row **row,
		  struct sim_error *err)
{
	void *array = r->row;
	int rc;

	for (size_t i = 0; i < r->n; i++)
		if (r->row[i].code == code && !strcmp(r->row[i].name, name)) {
			*row = &r->row[i];
			return 0;
		}
	if (r->n == EXIT_TABLE_ROWS_MAX)
		return sim_fail(err, SIM_ERANGE, NULL,
				"more than %u kinds of exits, faults or tracepoints",
				EXIT_TABLE_ROWS_MAX);
	rc = sim_grow(&array, &r->cap, r->n, sizeof(*r->row));
	r->row = array;
	if (rc)
		return sim_fail_nomem(err);
	*row = &r->row[r->n++];
	**row = (struct exit_row){ .code = code };
	memcpy((*row)->name, name, strlen(name) + 1);
	return 0;
}

static int put(struct map *m, uint64_t key, struct sim_error *err)
{
	return map_put(m, key, 1) ? sim_fail_nomem(err) : 0;
}

/* A page of each space is one of its own. */
static int add_page(struct exit_table *t, const struct exit_log_event *e, struct sim_error *err)
{
	uint64_t *const n[] = { [SPACE_UNSAID] = &t->pages,
				[SPACE_GVA] = &t->pages_gva,
				[SPACE_GPA] = &t->pages_gpa };
	uint64_t key = e->field[FIELD_ADDRESS] >> PAGE_SHIFT | (uint64_t)e->space << 62;

	if (map_get(&t->page, key, NULL))
		return 0;
	if (t->page.n == EXIT_TABLE_PAGES_MAX)
		return sim_fail(err, SIM_ERANGE, NULL, "more than %u distinct pages fault",
				EXIT_TABLE_PAGES_MAX);
	++*n[e->space];
	return put(&t->page, key, err);
}

static int add_exit(struct exit_table *t, const struct exit_log_event *e, struct sim_error *err)
{
	struct exit_row *row;
	int rc = row_of(&t->reason, e->reason, 0, &row, err);

	if (rc)
		return rc;
	row->n++;
	t->exits++;
	return 0;
}

static int add_entry(struct exit_table *t, const struct exit_log_event *e,
		     struct sim_error *err)
{
	struct exit_row *row;
	int rc;

	if (!e->reason[0])
		return 0;
	rc = row_of(&t->reason, e->reason, 0, &row, err);
	if (rc)
		return rc;
	row->handled++;
	row->ns += e->since;
	if (row->ns_max < e->since)
		row->ns_max = e->since;
	return 0;
}

static int add_fault(struct exit_table *t, const struct exit_log_event *e,
		     struct sim_error *err)
{
	struct exit_row *row;
	int rc = row_of(&t->fault, e->reason, e->field[FIELD_ERROR_CODE], &row, err);

	if (rc)
		return rc;
	row->n++;
	t->faults++;
	return add_page(t, e, err);
}

static int add_kind(struct exit_table *t, const struct exit_log_event *e, struct sim_error *err)
{
	switch (e->kind) {
	case EXIT_LOG_EXIT:
		return add_exit(t, e, err);
	case EXIT_LOG_ENTRY:
		return add_entry(t, e, err);
	case EXIT_LOG_PAGE_FAULT:
		return add_fault(t, e, err);
	case EXIT_LOG_MMU:
		t->mmu_cache_miss +=
			!strcmp(e->name, "kvm_mmu_get_page") && e->flags & EXIT_LOG_NEW;
		t->mmu_shadow_zapped += !strcmp(e->name, "kvm_mmu_prepare_zap_page");
		return 0;
	case EXIT_LOG_OTHER:
	case EXIT_LOG_LOST:
	case EXIT_LOG_KIND_COUNT:
		break;
	}
	return 0;
}

int exit_table_add(struct exit_table *t, const struct exit_log_event *e, struct sim_error *err)
{
	struct exit_row *row;
	int rc;

	if (e->kind == EXIT_LOG_LOST) {
		t->losses++;
		t->lost += e->count;
		return 0;
	}
	t->events++;
	if (t->first_ns > e->ns)
		t->first_ns = e->ns;
	if (t->last_ns < e->ns)
		t->last_ns = e->ns;
	rc = row_of(&t->point, e->name, 0, &row, err);
	if (rc)
		return rc;
	row->n++;
	if (e->vcpu != EXIT_LOG_NO_VCPU) {
		rc = put(&t->vcpu, e->vcpu, err);
		t->vcpus = t->vcpu.n;
	}
	return rc ? rc : add_kind(t, e, err);
}

static int compare(const void *x, const void *y)
{
	const struct exit_row *a = x, *b = y;
	int names = strcmp(a->name, b->name);

	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	if (names)
		return names;
	return a->code < b->code ? -1 : a->code > b->code;
}

static void sort(struct exit_rows *r)
{
	if (r->n)
		qsort(r->row, r->n, sizeof(*r->row), compare);
}

void exit_table_sort(struct exit_table *t)
{
	sort(&t->reason);
	sort(&t->fault);
	sort(&t->point);
}
