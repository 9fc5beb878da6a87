noinst_LIBRARIES += sim/gen/libgen.a
sim_gen_libgen_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(GSL_CFLAGS)
sim_gen_libgen_a_SOURCES = \
	sim/gen/alias.c sim/gen/alias.h \
	sim/gen/btree.c \
	sim/gen/fixed.c sim/gen/fixed.h \
	sim/gen/fork_storm.c \
	sim/gen/gen.c sim/gen/gen.h \
	sim/gen/graph.c \
	sim/gen/gups.c \
	sim/gen/hash.c \
	sim/gen/kinds.c \
	sim/gen/mix.c sim/gen/mix.h \
	sim/gen/mmap_churn.c \
	sim/gen/out.c sim/gen/out.h \
	sim/gen/param.c sim/gen/param.h \
	sim/gen/pointer_chase.c \
	sim/gen/popularity.c sim/gen/popularity.h \
	sim/gen/sizes.c sim/gen/sizes.h \
	sim/gen/spec.c sim/gen/spec.h \
	sim/gen/stream.c \
	sim/gen/stride.c \
	sim/gen/switch_ring.c \
	sim/gen/workload.c sim/gen/workload.h \
	sim/gen/zipf.c \
	sim/gen/zipf_rank.c sim/gen/zipf_rank.h
