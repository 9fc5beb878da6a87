noinst_LIBRARIES += sim/run/librun.a
sim_run_librun_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(XXHASH_CFLAGS)
sim_run_librun_a_SOURCES = \
	sim/run/axis.c sim/run/axis.h \
	sim/run/experiment.c sim/run/experiment.h \
	sim/run/files.c sim/run/files.h \
	sim/run/plan.c sim/run/plan.h \
	sim/run/pool.c sim/run/pool.h \
	sim/run/results.c sim/run/results.h \
	sim/run/run.c sim/run/run.h \
	sim/run/setup.c sim/run/setup.h \
	sim/run/sources.c sim/run/sources.h \
	sim/run/store.c sim/run/store.h
