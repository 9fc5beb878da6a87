noinst_LIBRARIES += sim/run/librun.a
sim_run_librun_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_run_librun_a_SOURCES =
