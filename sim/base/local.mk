noinst_LIBRARIES += sim/base/libbase.a
sim_base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_base_libbase_a_SOURCES = \
	sim/base/addr.h \
	sim/base/alloc.c sim/base/alloc.h \
	sim/base/amount.c sim/base/amount.h \
	sim/base/counters.c sim/base/counters.def sim/base/counters.h \
	sim/base/err.c sim/base/err.h \
	sim/base/json.c sim/base/json.h sim/base/json_scan.c sim/base/json_scan.h \
	sim/base/map.c sim/base/map.h \
	sim/base/process.c sim/base/process.h \
	sim/base/rng.h \
	sim/base/text.c sim/base/text.h
