noinst_LIBRARIES += sim/cost/libcost.a
sim_cost_libcost_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(GSL_CFLAGS)
sim_cost_libcost_a_SOURCES = sim/cost/cost.c sim/cost/cost.h sim/cost/params.c sim/cost/params.h \
	sim/cost/fit.c sim/cost/fit.h sim/cost/fit_columns.c sim/cost/fit_columns.h \
	sim/cost/fit_data.c sim/cost/fit_data.h sim/cost/fit_nnls.c sim/cost/fit_nnls.h \
	sim/cost/fit_robust.c sim/cost/fit_robust.h sim/cost/fit_svd.c sim/cost/fit_svd.h \
	sim/cost/fit_text.c sim/cost/fit_work.c sim/cost/fit_work.h
