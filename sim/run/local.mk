noinst_LIBRARIES += sim/run/librun.a
sim_run_librun_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(XXHASH_CFLAGS)
sim_run_librun_a_SOURCES = \
	sim/run/axis.c sim/run/axis.h \
	sim/run/csv.c sim/run/csv.h \
	sim/run/experiment.c sim/run/experiment.h \
	sim/run/figures.c sim/run/figures.h sim/run/figures_sweep.c \
	sim/run/figures_fit.c sim/run/figures_fit.h sim/run/figures_kvm.c \
	sim/run/files.c sim/run/files.h \
	sim/run/guest_ram.c sim/run/guest_ram.h \
	sim/run/gnuplot.c sim/run/gnuplot.h \
	sim/run/origin.c sim/run/origin.h \
	sim/run/plan.c sim/run/plan.h \
	sim/run/picture.c sim/run/picture.h \
	sim/run/plot.c sim/run/plot.h \
	sim/run/pool.c sim/run/pool.h \
	sim/run/provenance.c sim/run/provenance.h \
	sim/run/real.c sim/run/real.h \
	sim/run/replay_plan.c sim/run/replay_plan.h \
	sim/run/results.c sim/run/results.h \
	sim/run/run.c sim/run/run.h \
	sim/run/session.c sim/run/session.h sim/run/session_lane.c sim/run/session_lane.h \
	sim/run/setup.c sim/run/setup.h \
	sim/run/sources.c sim/run/sources.h \
	sim/run/store.c sim/run/store.h \
	sim/run/streams.c sim/run/streams.h \
	sim/run/warmup.c sim/run/warmup.h
