/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inject.h"

#include "check.h"

#include <jansson.h>
#include <stdbool.h>

static long until_failure = -1; /* allocations that still succeed; negative: all of them */
static long blocks;		/* allocated and not freed */
static bool was_failed;

static bool fails_now(void)
{
	if (until_failure < 0 || until_failure-- > 0)
		return false;
	was_failed = true;
	return true;
}

static void *counted(void *p)
{
	blocks += p != NULL;
	return p;
}

/* The linker sends malloc() to __wrap_malloc() and __real_malloc() to malloc(). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
void __wrap_free(void *p);

void *__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : counted(__real_calloc(n, size));
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return fails_now() ? NULL : counted(__real_aligned_alloc(align, size));
}

void *__wrap_realloc(void *p, size_t size)
{
	void *q;

	if (fails_now())
		return NULL;
	q = __real_realloc(p, size);
	return p ? q : counted(q);
}

void __wrap_free(void *p)
{
	blocks -= p != NULL;
	__real_free(p);
}

static void *never_fails(size_t size)
{
	return counted(__real_malloc(size));
}

void inject_init(void)
{
	json_set_alloc_funcs(never_fails, free);
}

unsigned inject_every_failure(inject_subject *subject, void *arg)
{
	for (unsigned n = 0;; n++) {
		struct sim_error err = { 0 };
		long before = blocks;
		int rc;

		until_failure = (long)n;
		was_failed = false;
		rc = subject(arg, &err);
		until_failure = -1;
		if (blocks != before)
			fail_msg("allocation %u failed: %ld blocks kept", n, blocks - before);
		if (!was_failed) {
			if (rc)
				fail_msg("nothing failed, yet: %d %s %s", rc, err.where,
					 err.text);
			return n;
		}
		if (rc != SIM_ENOMEM || err.code != SIM_ENOMEM)
			fail_msg("allocation %u failed: returned %d, recorded %d \"%s\"", n, rc,
				 err.code, err.text);
	}
}
