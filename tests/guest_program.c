/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "guest_program.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "check.h"
#include "guest_values.h"

#define FILES 3u

struct program {
	struct guest_stream *s;
	struct rng *r;
	const struct program_options *o;
	uint8_t (*rights)[WINDOW_PAGES]; /* of each pid: MAPPING_RIGHTS, 0x80 mapped */
	bool is_alive[WINDOW_PIDS];
	uint32_t pid;
};

#define MAPPED 0x80u

static uint64_t below(struct program *p, uint64_t n)
{
	return rng_below(p->r, n);
}

/* A range of the window. */
static void choose_range(struct program *p, uint64_t *page, uint64_t *n)
{
	uint64_t most = p->o->large && below(p, 2) ? 1500 : 40;

	*n = 1 + below(p, most);
	*page = below(p, WINDOW_PAGES - *n);
	if (p->o->large && below(p, 3) == 0)
		*page &= ~(uint64_t)511;
}

/* Somewhere in what is mapped; WINDOW_PAGES: nothing is. */
static uint64_t choose_mapped(struct program *p)
{
	uint64_t start = below(p, WINDOW_PAGES);

	for (uint64_t i = 0; i < WINDOW_PAGES; i++)
		if (p->rights[p->pid][(start + i) % WINDOW_PAGES])
			return (start + i) % WINDOW_PAGES;
	return WINDOW_PAGES;
}

/* A mapped range: of one page up. */
static uint64_t choose_part(struct program *p, uint64_t *page)
{
	uint64_t n = 1, most = 1 + below(p, p->o->large ? 1600 : 45);

	*page = choose_mapped(p);
	while (*page + n < WINDOW_PAGES && n < most && p->rights[p->pid][*page + n])
		n++;
	return *page == WINDOW_PAGES ? 0 : n;
}

static void set_rights(struct program *p, uint64_t page, uint64_t n, unsigned rights)
{
	memset(&p->rights[p->pid][page], (int)rights, n);
}

static uint64_t gva_of(uint64_t page)
{
	return WINDOW_GVA + page * PAGE_BYTES;
}

/* --- ops --- */

static void do_map(struct program *p)
{
	static const uint32_t kind[] = {
		0, 0, 0, MAPPING_SHARED, MAPPING_FILE, MAPPING_FILE | MAPPING_SHARED
	};
	uint32_t flags = kind[below(p, 6)] | (uint32_t)(1 + below(p, 7)) | MAPPING_READ;
	struct event e = { .kind = EVENT_MAP, .pid = p->pid };
	uint64_t page, n;

	choose_range(p, &page, &n);
	e.gva = gva_of(page);
	e.value = n * PAGE_BYTES;
	e.n = flags;
	if (flags & MAPPING_FILE)
		e.gpa = MAPPING_OFFSET(1 + below(p, FILES), below(p, 50) * PAGE_BYTES);
	stream_event(p->s, &e);
	set_rights(p, page, n, MAPPED | (flags & MAPPING_RIGHTS));
	if (p->o->large && !below(p, 3))
		stream_call_n(p->s, EVENT_ADVISE, p->pid, (const uint64_t[2]){ e.gva, e.value },
			      ADVICE_HUGEPAGE);
}

static void do_unmap(struct program *p)
{
	uint64_t page, n;

	choose_range(p, &page, &n);
	stream_call(p->s, EVENT_UNMAP, p->pid, gva_of(page), n * PAGE_BYTES);
	set_rights(p, page, n, 0);
}

static void do_protect(struct program *p)
{
	uint64_t page, n = choose_part(p, &page);
	uint32_t rights = (uint32_t)below(p, 8);

	if (!n)
		return;
	rights |= rights ? MAPPING_READ : 0;
	stream_call_n(p->s, EVENT_PROTECT, p->pid,
		      (const uint64_t[2]){ gva_of(page), n * PAGE_BYTES }, rights);
	set_rights(p, page, n, MAPPED | rights);
}

static void do_advise(struct program *p)
{
	static const uint32_t advice[] = { ADVICE_DONTNEED, ADVICE_FREE, ADVICE_HUGEPAGE,
					   ADVICE_NOHUGEPAGE, 3 };
	uint64_t page, n = choose_part(p, &page);

	if (n)
		stream_call_n(p->s, EVENT_ADVISE, p->pid,
			      (const uint64_t[2]){ gva_of(page), n * PAGE_BYTES },
			      advice[below(p, 5)]);
}

static void do_fork(struct program *p)
{
	for (uint32_t pid = 1; pid < WINDOW_PIDS; pid++) {
		if (p->is_alive[pid])
			continue;
		p->is_alive[pid] = true;
		memcpy(p->rights[pid], p->rights[p->pid], sizeof(p->rights[0]));
		stream_fork(p->s, p->pid, pid);
		return;
	}
}

static void do_exec(struct program *p)
{
	stream_call(p->s, EVENT_EXEC, p->pid, 0, 0);
	set_rights(p, 0, WINDOW_PAGES, 0);
}

static void do_switch(struct program *p)
{
	uint32_t pid = p->pid;

	do
		pid = pid % (WINDOW_PIDS - 1) + 1;
	while (!p->is_alive[pid]);
	p->pid = pid;
	stream_call(p->s, EVENT_SWITCH, pid, 0, 0);
}

static void do_exit(struct program *p)
{
	unsigned alive = 0;

	for (uint32_t pid = 1; pid < WINDOW_PIDS; pid++)
		alive += p->is_alive[pid];
	if (alive < 2)
		return;
	stream_call(p->s, EVENT_EXIT, p->pid, 0, 0);
	set_rights(p, 0, WINDOW_PAGES, 0);
	p->is_alive[p->pid] = false;
	do_switch(p);
}

/* At CPL 3 or 0, now and then over two pages. */
static void touch(struct program *p, uint64_t page)
{
	unsigned rights = p->rights[p->pid][page];
	uint8_t op = (uint8_t)below(p, 3);
	uint64_t gva = gva_of(page);

	if (op == OP_STORE ? !(rights & MAPPING_WRITE) : !(rights & MAPPING_READ))
		op = OP_LOAD;
	if (!(rights & MAPPING_READ) || (op == OP_FETCH && !(rights & MAPPING_EXEC)))
		return;
	if (op == OP_FETCH) {
		stream_access(p->s, USER_FETCH, gva);
		return;
	}
	op |= 3u << OP_SIZE_SHIFT | (below(p, 8) ? OP_USER : 0);
	if (page + 1 < WINDOW_PAGES && p->rights[p->pid][page + 1] == rights && !below(p, 16))
		stream_access(p->s, op, gva + PAGE_BYTES - 4);
	stream_access(p->s, op, gva);
}

static void do_touch(struct program *p)
{
	uint64_t page, n = choose_part(p, &page);

	for (uint64_t i = 0; i < n && i < 30; i++)
		touch(p, page + below(p, n));
}

static void one_op(struct program *p)
{
	uint64_t dice = below(p, 100);

	if (dice < 10)
		do_map(p);
	else if (dice < 14)
		do_unmap(p);
	else if (dice < 20)
		do_protect(p);
	else if (dice < 25)
		do_advise(p);
	else if (dice < 28)
		do_fork(p);
	else if (dice < 29)
		do_exec(p);
	else if (dice < 31)
		do_exit(p);
	else if (dice < 40)
		do_switch(p);
	else
		do_touch(p);
}

void program_make(struct guest_stream *s, const struct program_options *o, struct rng *r)
{
	struct program p = { .s = s, .r = r, .o = o, .pid = 1 };

	p.rights = calloc(WINDOW_PIDS, sizeof(*p.rights));
	assert_non_null(p.rights);
	p.is_alive[1] = true;
	stream_call(s, EVENT_SWITCH, 1, 0, 0);
	for (unsigned i = 0; i < o->n_ops; i++)
		one_op(&p);
	for (uint32_t pid = 1; !o->no_exits && pid < WINDOW_PIDS; pid++) {
		if (!p.is_alive[pid])
			continue;
		stream_call(s, EVENT_SWITCH, pid, 0, 0);
		stream_call(s, EVENT_EXIT, pid, 0, 0);
	}
	free(p.rights);
}
