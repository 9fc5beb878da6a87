/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * err.h - how a function says that the input, the host or the model is at fault
 *
 * A fault of the simulated machine is a return value, never an error. An error is a negative
 * SIM_E* code with its details in a caller-owned `struct sim_error` (NULL allowed; the first
 * failure wins). A bug of ours is an assert(). Only cli/ prints.
 *
 *     if (ways > WAYS_MAX)
 *             return sim_fail(err, SIM_ERANGE, where, "ways must be 1..%u, not %u", WAYS_MAX,
 * ways);
 */
#ifndef SIM_BASE_ERR_H
#define SIM_BASE_ERR_H

#if defined(__GNUC__)
#define SIM_MUST_CHECK	  __attribute__((warn_unused_result))
#define SIM_PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define SIM_ALWAYS_INLINE __attribute__((always_inline)) inline
#define SIM_NOINLINE	  __attribute__((noinline))
#define SIM_LIKELY(x)	  __builtin_expect(!!(x), 1)
#define SIM_UNLIKELY(x)	  __builtin_expect(!!(x), 0)
#define SIM_PREFETCH(p)	  __builtin_prefetch(p)
#else
#define SIM_MUST_CHECK
#define SIM_PRINTF(f, a)
#define SIM_ALWAYS_INLINE inline
#define SIM_NOINLINE
#define SIM_LIKELY(x)	(x)
#define SIM_UNLIKELY(x) (x)
#define SIM_PREFETCH(p) ((void)(p))
#endif

enum sim_code {
	SIM_EOF = 1, /* end of a stream; not a failure */
	SIM_OK = 0,
	SIM_EIO = -1,	  /* the system refused: open, read, write, rename, spawn */
	SIM_ENOMEM = -2,  /* an allocation failed */
	SIM_EFORMAT = -3, /* input bytes that break their format */
	SIM_ERANGE = -4,  /* a value outside what the model covers */
	SIM_EUNSUP = -5,  /* specified, but nothing here consumes it */
	SIM_ESTATE = -6,  /* an event that cannot happen in the machine's state */
	SIM_EINTR = -7,	  /* stopped by a signal */
};

struct sim_error {
	int code;	 /* 0 until the first failure */
	char where[192]; /* the user's position: "fork.snt:+0x40", "x.json:$.tlb.ways"; may be
			    empty */
	char text[384];	 /* one lower-case sentence without newline */
};

/* Records a failure (unless one is recorded already) and returns `code`. */
int sim_fail(struct sim_error *err, int code, const char *where, const char *fmt, ...)
	SIM_PRINTF(4, 5);

/* Puts context in front of the recorded text; no effect when nothing is recorded. */
void sim_error_prefix(struct sim_error *err, const char *fmt, ...) SIM_PRINTF(2, 3);

/* Sets the position of a failure that has none yet. */
void sim_error_where(struct sim_error *err, const char *fmt, ...) SIM_PRINTF(2, 3);

/* Puts what the position is a part of in front of it: a file before a record. */
void sim_error_within(struct sim_error *err, const char *outer);

/* Records "out of memory" and returns SIM_ENOMEM. */
int sim_fail_nomem(struct sim_error *err);

#endif
