/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin_calls.h"

#include <linux/sched.h>
#include <sys/syscall.h>

#include "plugin_exec.h"
#include "plugin_host.h"
#include "plugin_out.h"

#define PAGE 4096u
/* Linux 6.1, uapi/linux/mman.h and uapi/asm-generic/mman-common.h, mman.h, hugetlb_encode.h. The
 * first is a bit of MAP_SHARED_VALIDATE, too. */
#define LINUX_SHARED	0x1u
#define LINUX_ANONYMOUS 0x20u
#define LINUX_GROWSDOWN 0x100u
#define LINUX_HUGETLB	0x40000u
#define HUGE_SHIFT	26
#define HUGE_BITS	63u
#define LOG_1G		30u

static uint64_t up(uint64_t a)
{
	return (a + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

bool calls_are_known(uint64_t number)
{
	switch (number) {
	case SYS_mmap:
	case SYS_munmap:
	case SYS_mprotect:
	case SYS_pkey_mprotect:
	case SYS_brk:
	case SYS_madvise:
	case SYS_mremap:
	case SYS_open:
	case SYS_creat:
	case SYS_openat:
	case SYS_openat2:
	case SYS_memfd_create:
	case SYS_close:
	case SYS_dup:
	case SYS_dup2:
	case SYS_dup3:
	case SYS_fork:
	case SYS_vfork:
	case SYS_clone:
	case SYS_clone3:
	case SYS_execve:
	case SYS_execveat:
	case SYS_exit:
	case SYS_exit_group:
		return true;
	}
	return false;
}

bool calls_is_exec(const struct call *c)
{
	return c->number == SYS_execve || c->number == SYS_execveat;
}

/* --- at the entry --- */

/* Flags as clone(2) has them, and the child's stack. */
static uint64_t clone_flags(struct call *c)
{
	struct clone_args args = { 0 };

	switch (c->number) {
	case SYS_vfork:
		return CLONE_VM | CLONE_VFORK;
	case SYS_clone:
		c->stack = c->arg[1];
		return c->arg[0];
	case SYS_clone3:
		host_read(c->arg[0], &args, CLONE_ARGS_SIZE_VER0);
		c->stack = args.stack ? args.stack + args.stack_size : 0;
		return args.flags;
	}
	return 0;
}

static enum calls_next enter_clone(struct call *c)
{
	uint64_t flags = clone_flags(c);

	if (!(flags & CLONE_VM))
		return CALLS_FORK;
	if (flags & CLONE_THREAD)
		c->p->threads++;
	else
		c->p->vforks++;
	return CALLS_GO_ON;
}

static enum calls_next enter_exit(struct call *c)
{
	struct process *p = c->p;

	if (p->vforks) { /* a child that ran in its memory; it executed nothing */
		p->vforks--;
		return CALLS_GO_ON;
	}
	if (c->number == SYS_exit && --p->threads)
		return CALLS_GO_ON;
	return CALLS_EXIT;
}

enum calls_next calls_enter(struct call *c)
{
	c->stack = 0;
	switch (c->number) {
	case SYS_open:
	case SYS_creat:
		c->has_path = files_path(c->arg[0], c->path);
		break;
	case SYS_openat:
	case SYS_openat2:
		c->has_path = files_path(c->arg[1], c->path);
		break;
	case SYS_fork:
	case SYS_vfork:
	case SYS_clone:
	case SYS_clone3:
		return enter_clone(c);
	case SYS_exit:
	case SYS_exit_group:
		return enter_exit(c);
	}
	return CALLS_GO_ON;
}

/* --- at the return --- */

static void range(const struct call *c, enum wire_kind kind, uint32_t n)
{
	plugin_out_event(&(struct plugin_event){ .kind = kind,
						 .pid = c->p->pid,
						 .n = n,
						 .gva = c->arg[0],
						 .value = up(c->arg[1]) });
}

static void mapped(const struct call *c, uint64_t at)
{
	uint64_t flags = c->arg[3];
	struct exec_map m = { .start = at,
			      .end = at + c->arg[1],
			      .flags = (uint32_t)c->arg[2] & EXEC_RIGHTS };

	if (flags & LINUX_SHARED)
		m.flags |= EXEC_SHARED;
	if (flags & LINUX_GROWSDOWN)
		m.flags |= EXEC_GROWSDOWN;
	if (flags & LINUX_HUGETLB) {
		bool is_1g = (flags >> HUGE_SHIFT & HUGE_BITS) == LOG_1G;
		uint64_t huge = is_1g ? 1u << 30 : 1u << 21;

		m.flags |= is_1g ? EXEC_HUGE_1G : EXEC_HUGE_2M;
		m.end = at + ((c->arg[1] + huge - 1) & ~(huge - 1));
	}
	if (!(flags & LINUX_ANONYMOUS)) {
		m.flags |= EXEC_FILE;
		m.file = files_get(c->p, c->arg[4]);
		if (!m.file) { /* opened before the capture */
			m.file = files_new();
			files_set(c->p, c->arg[4], m.file);
		}
		m.offset = c->arg[5];
	}
	exec_emit_map(c->p, &m);
}

static void moved_break(const struct call *c, uint64_t to)
{
	uint64_t from = c->p->brk;

	c->p->brk = to;
	if (!from || up(from) == up(to))
		return;
	if (up(to) > up(from))
		exec_emit_map(c->p, &(struct exec_map){ up(from), up(to),
							EXEC_READ | EXEC_WRITE, 0, 0 });
	else
		plugin_out_event(&(struct plugin_event){ .kind = WIRE_KIND_UNMAP,
							 .pid = c->p->pid,
							 .gva = up(to),
							 .value = up(from) - up(to) });
}

static void moved(const struct call *c, uint64_t to)
{
	if (c->arg[1])
		range(c, WIRE_KIND_UNMAP, 0);
	exec_emit_map(c->p,
		      &(struct exec_map){ to, to + c->arg[2], EXEC_READ | EXEC_WRITE, 0, 0 });
}

static void opened(struct call *c, uint64_t path, uint64_t fd)
{
	/* The kernel has read it, so it is there now. */
	if (!c->has_path)
		c->has_path = files_path(path, c->path);
	files_set(c->p, fd, c->has_path ? files_number(c->path) : files_new());
}

static void leave_files(struct call *c, uint64_t result)
{
	switch (c->number) {
	case SYS_open:
	case SYS_creat:
		opened(c, c->arg[0], result);
		break;
	case SYS_openat:
	case SYS_openat2:
		opened(c, c->arg[1], result);
		break;
	case SYS_memfd_create:
		files_set(c->p, result, files_new());
		break;
	case SYS_close:
		files_set(c->p, c->arg[0], 0);
		break;
	case SYS_dup:
	case SYS_dup2:
	case SYS_dup3:
		files_set(c->p, result, files_get(c->p, c->arg[0]));
		break;
	}
}

static void leave_memory(struct call *c, uint64_t result)
{
	switch (c->number) {
	case SYS_mmap:
		mapped(c, result);
		break;
	case SYS_munmap:
		range(c, WIRE_KIND_UNMAP, 0);
		break;
	case SYS_mprotect:
	case SYS_pkey_mprotect:
		range(c, WIRE_KIND_PROTECT, (uint32_t)c->arg[2] & EXEC_RIGHTS);
		break;
	case SYS_madvise:
		range(c, WIRE_KIND_ADVISE, (uint32_t)c->arg[2]);
		break;
	case SYS_brk:
		moved_break(c, result);
		break;
	case SYS_mremap:
		moved(c, result);
		break;
	default:
		leave_files(c, result);
	}
}

static void undo_clone(const struct call *c)
{
	uint64_t flags;
	struct call again = *c;

	if (c->number != SYS_vfork && c->number != SYS_clone && c->number != SYS_clone3)
		return;
	flags = clone_flags(&again);
	if (flags & CLONE_VM && flags & CLONE_THREAD && c->p->threads > 1)
		c->p->threads--;
	else if (flags & CLONE_VM && c->p->vforks)
		c->p->vforks--;
}

bool calls_leave(struct call *c, uint64_t result)
{
	bool failed = result > (uint64_t)-4096; /* errors are -4095..-1 */

	if (failed)
		undo_clone(c);
	else
		leave_memory(c, result);
	return failed;
}
