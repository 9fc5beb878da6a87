/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the lockstep tells people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lockstep_state.h"

void lockstep_say_outcome(const struct lockstep *s, const struct oracle_outcome *o, char *buf,
			  size_t size)
{
	int n;

	if (o->is_fault)
		n = snprintf(buf, size, "fault 0x%x", o->error_code);
	else
		n = snprintf(buf, size, "gfn 0x%" PRIx64 " L%u %s%s%s%s%s", o->gfn, o->level,
			     o->perm & ORACLE_W ? "w" : "-", o->perm & ORACLE_U ? "u" : "-",
			     o->perm & ORACLE_X ? "x" : "-", o->n_ref ? "" : " cached",
			     lockstep_slot(s, o->gfn) ? "" : " mmio");
	for (unsigned i = 0; i < o->n_ref && n > 0 && (size_t)n < size; i++)
		n += snprintf(buf + n, size - (size_t)n, " %" PRIx64 "[%u]", o->ref[i].gfn,
			      o->ref[i].index);
}

static void say_result(const struct vm_result *r, char *buf, size_t size)
{
	static const char *const status[] = { "ok", "fault", "mmio", "done" };

	snprintf(buf, size,
		 "%s error 0x%x hpa 0x%" PRIx64 " gpa 0x%" PRIx64 " entry{0x%" PRIx64
		 " L%u perm %x%s%s}",
		 status[r->status], r->error_code, r->hpa.v, r->gpa.v, r->t.frame, r->t.level,
		 r->t.perm, r->t.dirty ? " dirty" : "", r->t.global ? " global" : "");
}

void lockstep_say_access(const struct lockstep *s, const struct oracle_access *a, char *buf,
			 size_t size)
{
	static const char *const kind[] = { "load", "store", "fetch" };

	snprintf(buf, size, "vcpu %u %s %s 0x%" PRIx64, s->vcpu, a->user ? "user" : "kernel",
		 kind[a->kind], a->gva);
}

int lockstep_unexplained(struct lockstep *s, const struct lane *l, const char *what,
			 const struct oracle_access *a, const struct oracle_legal *legal,
			 const struct vm_result *r)
{
	char access[96], result[200], truth[200];
	const struct oracle_outcome *o = &legal->o[0];
	int n;

	lockstep_say_access(s, a, access, sizeof(access));
	say_result(r, result, sizeof(result));
	lockstep_say_outcome(s, o, truth, sizeof(truth));
	lockstep_disagree(
		s, "%s: %s: %s not explained by any of %u outcomes:\n  lane   %s\n  truth  %s",
		access, l->name, what, legal->n, result, truth);
	for (unsigned i = 1; i < legal->n && i < 6; i++) {
		n = (int)strlen(s->why);
		lockstep_say_outcome(s, &legal->o[i], truth, sizeof(truth));
		snprintf(s->why + n, s->why_size - (size_t)n, "\n  legal  %s", truth);
	}
	for (unsigned i = 0; i < o->n_ref; i++) {
		n = (int)strlen(s->why);
		snprintf(s->why + n, s->why_size - (size_t)n,
			 "\n  entry  %" PRIx64 "[%u] oracle 0x%" PRIx64 " may 0x%" PRIx64
			 " lane 0x%" PRIx64,
			 o->ref[i].gfn, o->ref[i].index,
			 oracle_word(s->o, o->ref[i].gfn, o->ref[i].index),
			 oracle_word_may(s->o, o->ref[i].gfn, o->ref[i].index),
			 lockstep_word(l, o->ref[i].gfn, o->ref[i].index));
	}
	return -1;
}

void lockstep_say_step(const struct lockstep *s, const struct oracle_access *a, unsigned bytes,
		       const struct oracle_legal *legal)
{
	char access[96], truth[200];

	if (!(s->flags & LOCKSTEP_VERBOSE))
		return;
	lockstep_say_access(s, a, access, sizeof(access));
	lockstep_say_outcome(s, &legal->o[0], truth, sizeof(truth));
	printf("#   %s/%u: %s (%u legal)\n", access, bytes, truth, legal->n);
}

void lockstep_say_event(const struct lockstep *s, const struct event *e)
{
	if (s->flags & LOCKSTEP_VERBOSE)
		printf("#   vcpu %u %s gva 0x%" PRIx64 " gpa 0x%" PRIx64 " value 0x%" PRIx64
		       " n %" PRIu32 " level %u\n",
		       s->vcpu, event_name(e->kind), e->gva, e->gpa, e->value, e->n, e->level);
}
