/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin_process.h"

#include <stdlib.h>
#include <string.h>

#include "plugin_calls.h"
#include "plugin_exec.h"
#include "plugin_files.h"
#include "plugin_host.h"
#include "plugin_out.h"

#define ROOT_ADDRESS 0x000ffffffffff000u
#define PTI_BIT                                                                                \
	0x1000u /* Linux, arch/x86/mm/pti.c: the user's root is the odd page of a pair */
#define CR4_LA57 (1u << 12)
#define HELD_MAX 2000000u /* records, while a program's headers cannot be read */

static struct {
	struct process *list, *current;
	uint32_t last_pid;
	enum { PTI_UNKNOWN, PTI_OFF, PTI_ON } pti;
	struct process *started; /* its program's headers are waited for */
	uint64_t started_rsp;
	struct call *call; /* under way */
	/* A root that was loaded and is nobody's yet: whose, its first instruction at CPL 3 will show. Records
	 * are held back from its load on. */
	uint64_t awaited;
} state;

static void emit(enum wire_kind kind, uint32_t pid, uint32_t n)
{
	plugin_out_event(&(struct plugin_event){ .kind = kind, .pid = pid, .n = n });
}

/* --- processes --- */

/* Entries of the user's half are the same in both roots of a pair. */
static bool is_pair(uint64_t root)
{
	const struct host_ram *r = host_ram_at(root), *s = host_ram_at(root ^ PTI_BIT);
	const uint64_t *a, *b;
	unsigned n = 0;

	if (!(root & PTI_BIT) || !r || !s)
		return false;
	a = (const uint64_t *)(const void *)(r->host + (root - r->gpa));
	b = (const uint64_t *)(const void *)(s->host + ((root ^ PTI_BIT) - s->gpa));
	for (unsigned i = 0; i < 256; i++) {
		if (!(a[i] & 1))
			continue;
		if ((a[i] ^ b[i]) & ROOT_ADDRESS)
			return false;
		n++;
	}
	return n;
}

static uint64_t root_of(uint64_t cr3)
{
	uint64_t root = cr3 & ROOT_ADDRESS;

	return state.pti == PTI_ON ? root & ~(uint64_t)PTI_BIT : root;
}

static struct process *find(uint64_t root)
{
	struct process *p = state.list;

	while (p && p->root != root)
		p = p->next;
	return p;
}

static struct process *add(uint64_t root)
{
	struct process *p = calloc(1, sizeof(*p));

	if (!p)
		plugin_fail("out of memory");
	p->root = root;
	p->pid = ++state.last_pid;
	p->threads = 1;
	p->next = state.list;
	state.list = p;
	return p;
}

static void remove_call(struct call *c)
{
	struct call **at = &state.call;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	free(c);
}

/* Calls of p, which will not return. */
static void forget_calls(const struct process *p)
{
	struct call *c = state.call, *next;

	for (; c; c = next) {
		next = c->next;
		if (c->p == p)
			remove_call(c);
		else if (c->child == p)
			c->child = NULL;
	}
}

static unsigned levels(void)
{
	return host_read_register(HOST_CR4) & CR4_LA57 ? 5 : 4;
}

/* Nobody's after all: the kernel's own, or left again before CPL 3. */
static void give_up_awaited(void)
{
	if (!state.awaited)
		return;
	state.awaited = 0;
	plugin_out_insert();
	plugin_out_release();
}

/* Gives up waiting for a program's headers: what is present has to do. */
static void settle_started(void)
{
	struct process *p = state.started;

	if (!p)
		return;
	state.started = NULL;
	plugin_out_insert();
	exec_scan(p, p->root, levels(), state.started_rsp);
	plugin_out_release();
}

static void retire(struct process *p)
{
	struct process **at = &state.list;

	if (state.started == p)
		settle_started();
	emit(WIRE_KIND_EXIT, p->pid, 0);
	forget_calls(p);
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	if (state.current == p)
		state.current = NULL;
	free(p->file);
	free(p);
}

static void run(struct process *p)
{
	if (state.current == p)
		return;
	state.current = p;
	emit(WIRE_KIND_SWITCH, p->pid, 0);
}

/* The kernel works in a new process's memory before the process does: what schedule_tail() writes for
 * a child, the ELF loader for a program (Linux, kernel/sched/core.c, fs/binfmt_elf.c). */
void process_cr3(uint64_t cr3)
{
	uint64_t root = root_of(cr3);
	struct process *p = find(root);

	if (root == state.awaited)
		return;
	give_up_awaited();
	if (p) {
		run(p);
	} else if (!state.started) { /* which has records held back itself */
		state.awaited = root;
		plugin_out_hold();
	}
}

/* --- calls under way --- */

void process_call(void)
{
	const uint64_t *regs = host_regs();
	struct process *p = find(root_of(host_read_register(HOST_CR3)));
	struct call *c;

	if (!p || !calls_are_known(regs[0]))
		return;
	for (c = state.call; c; c = c->next) { /* one that a signal had begun again */
		if (c->p == p && c->rsp == regs[HOST_REG_RSP] && c->rip == regs[HOST_REG_RCX])
			break;
	}
	if (!c) {
		c = calloc(1, sizeof(*c));
		if (!c)
			plugin_fail("out of memory");
		c->next = state.call;
		state.call = c;
	}
	c->p = p;
	c->child = NULL;
	c->number = regs[0];
	c->rip = regs[HOST_REG_RCX];
	c->rsp = regs[HOST_REG_RSP];
	c->arg[0] = regs[7];
	c->arg[1] = regs[6];
	c->arg[2] = regs[2];
	c->arg[3] = regs[10];
	c->arg[4] = regs[8];
	c->arg[5] = regs[9];
	c->has_path = false;
	switch (calls_enter(c)) {
	case CALLS_GO_ON:
		break;
	case CALLS_FORK:
		c->child = add(0);
		files_inherit(c->child, p);
		c->child->brk = p->brk;
		c->child->birth_rip = c->rip;
		c->child->birth_rsp = c->stack ? c->stack : c->rsp;
		emit(WIRE_KIND_FORK, p->pid, c->child->pid);
		break;
	case CALLS_EXIT:
		retire(p);
		break;
	}
}

/* A child of fork that is at CPL 3 for the first time. */
static struct process *find_child(uint64_t root, uint64_t pc)
{
	const uint64_t *regs = host_regs();
	struct process *p = state.list, *oldest = NULL;

	for (; p; p = p->next) { /* the last is the oldest */
		if (!p->root && !regs[0] && p->birth_rip == pc &&
		    p->birth_rsp == regs[HOST_REG_RSP])
			oldest = p;
	}
	if (oldest)
		oldest->root = root;
	return oldest;
}

/* A new program finds its registers cleared (Linux, ELF_PLAT_INIT). */
static struct call *find_exec(void)
{
	const uint64_t *regs = host_regs();
	struct call *c, *found = NULL;

	for (unsigned i = 0; i < 16; i++) {
		if (regs[i] && i != HOST_REG_RSP && i != HOST_REG_RCX && i != 11)
			return NULL;
	}
	for (c = state.call; c; c = c->next) {
		if (calls_is_exec(c) && (!found || c->p == state.current))
			found = c;
	}
	return found;
}

static void start_program(struct call *c, uint64_t root)
{
	struct process *p = c->p;

	settle_started();
	if (p->vforks) {
		p->vforks--;
		p = add(root);
		files_inherit(p, c->p);
		remove_call(c);
	} else {
		forget_calls(p);
	}
	p->root = root;
	p->threads = 1;
	p->brk = 0;
	emit(WIRE_KIND_EXEC, p->pid, 0);
	run(p);
	state.started = p;
	state.started_rsp = host_regs()[HOST_REG_RSP];
	plugin_out_hold();
}

/* One that was there before the capture. */
static void adopt(uint64_t root)
{
	struct process *p = add(root);

	run(p);
	exec_scan(p, root, levels(), host_regs()[HOST_REG_RSP]);
}

static void finish_call(struct process *p, uint64_t pc)
{
	const uint64_t *regs = host_regs();

	for (struct call **at = &state.call; *at; at = &(*at)->next) {
		struct call *c = *at;

		if (c->p != p || c->rip != pc || c->rsp != regs[HOST_REG_RSP])
			continue;
		*at = c->next;
		if (calls_leave(c, regs[0]) && c->child)
			retire(c->child); /* that never came to be */
		free(c);
		return;
	}
}

/* In a process that is known. */
static void back(struct process *p, uint64_t pc)
{
	run(p);
	finish_call(p, pc);
}

void process_user(uint64_t pc)
{
	uint64_t cr3 = host_read_register(HOST_CR3), root;
	struct process *known, *child;
	struct call *exec;

	if (state.pti == PTI_UNKNOWN)
		state.pti = is_pair(cr3 & ROOT_ADDRESS) ? PTI_ON : PTI_OFF;
	root = root_of(cr3);
	if (state.awaited && state.awaited == root)
		plugin_out_insert();
	else
		give_up_awaited();
	known = find(root);
	child = find_child(root, pc);
	exec = child ? NULL : find_exec();
	if (known && (child || exec)) { /* ended by a signal; its root serves again */
		if (exec && exec->p == known && !known->vforks)
			known->root = 0;
		else
			retire(known);
	}
	if (child)
		run(child);
	else if (exec)
		start_program(exec, root);
	else if (!known)
		adopt(root);
	else
		back(known, pc);
	if (state.awaited && state.awaited == root) {
		state.awaited = 0;
		if (!exec)
			plugin_out_release();
	}
	if (state.started && state.started == state.current &&
	    exec_describe(state.started, state.started_rsp))
		state.started = NULL;
	if (plugin_out_held() > HELD_MAX)
		settle_started();
}

void process_end(void)
{
	give_up_awaited();
	settle_started();
}
