/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * streams.h - what the points of an experiment replay: a trace as it is, or what a guest OS makes of one
 *
 * With the member "guest" (guest/config.h) each trace, of bare addresses, becomes a stream with page tables: once for
 * every configuration that the experiment sweeps, before the first point that wants it runs. It is kept among the
 * results, as streams/TRACE-HASH.snt, where HASH is that of the trace, the guest and the program; a later run finds it
 * there, and takes away what it does not want.
 */
#ifndef SIM_RUN_STREAMS_H
#define SIM_RUN_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "guest/config.h"
#include "run/files.h"
#include "run/sources.h"

/* The member "guest" of a point. */
struct guest_setup {
	bool is_given; /* false: the trace as it is */
	struct guest_os_config os;
};

/* An absent node is fine. */
SIM_MUST_CHECK int guest_setup_read(struct guest_setup *g, const struct jnode *n,
				    struct sim_error *err);

struct stream {
	const struct source *trace; /* owned by the sources */
	struct guest_setup guest;
	char *config;	/* of the guest, every default filled in; NULL: the trace as it is */
	char *path;	/* of what is replayed; NULL: streams_make() has not made it yet */
	uint64_t bytes; /* of it, and until it is there of the trace */
};

struct streams {
	struct stream **item; /* stable addresses */
	size_t n, cap;
};

void streams_fini(struct streams *s);

/* The stream of a trace under a guest, the same one for the same two. */
SIM_MUST_CHECK int streams_add(struct streams *s, const struct source *trace,
			       const struct guest_setup *guest, struct stream **out,
			       struct sim_error *err);

/* Called now and then with the bytes of the trace done; non-zero stops with SIM_EINTR. */
typedef int streams_progress(void *arg, uint64_t done);

/* Makes the stream's file in the folder of results `dir`, unless it is there. `build` names the program. */
SIM_MUST_CHECK int streams_make(struct stream *s, const char *dir, const char *build,
				streams_progress *progress, void *arg, struct sim_error *err);

/* Takes away the files of dir/streams that none of s is. */
SIM_MUST_CHECK int streams_clean(const struct streams *s, const char *dir,
				 struct sim_error *err);

#endif
