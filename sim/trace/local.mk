noinst_LIBRARIES += sim/trace/libtrace.a
sim_trace_libtrace_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZSTD_CFLAGS) $(XXHASH_CFLAGS)
sim_trace_libtrace_a_SOURCES = \
	sim/trace/access_code.c sim/trace/access_code.h \
	sim/trace/block_reader.c sim/trace/block_reader.h \
	sim/trace/bytes.h \
	sim/trace/event_code.c sim/trace/event_code.h \
	sim/trace/format.c sim/trace/format.h \
	sim/trace/frame_code.c sim/trace/frame_code.h \
	sim/trace/import.c sim/trace/import.h \
	sim/trace/capture_wire.h sim/trace/import_capture.c \
	sim/trace/import_gtr1.c \
	sim/trace/info.c sim/trace/info.h \
	sim/trace/meta.c sim/trace/meta.h \
	sim/trace/outfile.c sim/trace/outfile.h \
	sim/trace/reader.c sim/trace/reader.h \
	sim/trace/record.c sim/trace/record.h \
	sim/trace/source.c sim/trace/source.h \
	sim/trace/writer.c sim/trace/writer.h
