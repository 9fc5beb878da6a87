noinst_LIBRARIES += sim/cost/libcost.a
sim_cost_libcost_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_cost_libcost_a_SOURCES =
