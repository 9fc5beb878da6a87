noinst_LIBRARIES += sim/trace/libtrace.a
sim_trace_libtrace_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZSTD_CFLAGS) $(XXHASH_CFLAGS)
sim_trace_libtrace_a_SOURCES = sim/trace/record.c sim/trace/record.h sim/trace/reader.h
