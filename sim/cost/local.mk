noinst_LIBRARIES += sim/cost/libcost.a
sim_cost_libcost_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_cost_libcost_a_SOURCES = sim/cost/cost.c sim/cost/cost.h sim/cost/params.c sim/cost/params.h
