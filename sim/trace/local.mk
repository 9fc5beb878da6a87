noinst_LIBRARIES += sim/trace/libtrace.a
sim_trace_libtrace_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(PACKERS_CFLAGS) $(ZSTD_CFLAGS) $(XXHASH_CFLAGS)
sim_trace_libtrace_a_SOURCES = \
	sim/trace/access_code.c sim/trace/access_code.h \
	sim/trace/archive.c sim/trace/archive.h \
	sim/trace/block_reader.c sim/trace/block_reader.h \
	sim/trace/bytes.h \
	sim/trace/codec.c sim/trace/codec.h \
	sim/trace/codec_gzip.c \
	sim/trace/codec_lz4.c \
	sim/trace/codec_xz.c \
	sim/trace/codec_zstd.c \
	sim/trace/event_code.c sim/trace/event_code.h \
	sim/trace/exit_line.c sim/trace/exit_line.h \
	sim/trace/exit_log.c sim/trace/exit_log.h \
	sim/trace/exit_table.c sim/trace/exit_table.h \
	sim/trace/format.c sim/trace/format.h \
	sim/trace/frame_code.c sim/trace/frame_code.h \
	sim/trace/import.c sim/trace/import.h \
	sim/trace/import_bare.c sim/trace/import_bare.h \
	sim/trace/import_drmemtrace.c \
	sim/trace/import_drview.c \
	sim/trace/capture_wire.h sim/trace/import_capture.c \
	sim/trace/import_gtr1.c \
	sim/trace/import_perf.c \
	sim/trace/import_qemu.c \
	sim/trace/import_champsim.c \
	sim/trace/import_din.c \
	sim/trace/import_gem5.c \
	sim/trace/import_gem5_exec.c \
	sim/trace/import_gtr1.c \
	sim/trace/import_lackey.c \
	sim/trace/info.c sim/trace/info.h \
	sim/trace/lines.c sim/trace/lines.h \
	sim/trace/mappings.c sim/trace/mappings.h \
	sim/trace/meta.c sim/trace/meta.h \
	sim/trace/outfile.c sim/trace/outfile.h \
	sim/trace/reader.c sim/trace/reader.h \
	sim/trace/record.c sim/trace/record.h \
	sim/trace/slice.h \
	sim/trace/recency.c sim/trace/recency.h \
	sim/trace/sieve.c sim/trace/sieve.h \
	sim/trace/source.c sim/trace/source.h \
	sim/trace/writer.c sim/trace/writer.h
