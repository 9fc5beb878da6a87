# Speed, measured on what the tests have verified: `make bench` builds and runs both programs. They
# fail when variants count differently, never for being slow.
benches =
EXTRA_PROGRAMS += $(benches)
CLEANFILES += $(benches) bench.json bench/streams/*.snt
EXTRA_DIST += bench/README

benches += bench/bench_tlb
bench_bench_tlb_SOURCES = bench/bench_tlb.c bench/pattern.c bench/pattern.h
bench_bench_tlb_CPPFLAGS = $(AM_CPPFLAGS) $(GSL_CFLAGS)
bench_bench_tlb_LDADD = sim/hw/libhw.a sim/mem/libmem.a sim/gen/libgen.a sim/base/libbase.a $(GSL_LIBS) \
	$(JANSSON_LIBS)

benches += bench/bench
bench_bench_SOURCES = bench/bench.c \
	bench/measure.c bench/measure.h \
	bench/mode.c bench/mode.h \
	bench/pattern.c bench/pattern.h \
	bench/recording.c bench/recording.h \
	bench/report.c bench/report.h \
	bench/stream.c bench/stream.h
bench_bench_CPPFLAGS = $(AM_CPPFLAGS) $(GSL_CFLAGS) $(JANSSON_CFLAGS)
bench_bench_LDADD = $(TEST_LIBS)

bench: $(benches)
	@bench/bench_tlb$(EXEEXT)
	@$(MKDIR_P) bench/streams
	@bench/bench$(EXEEXT) $(srcdir)/models bench/streams bench.json $(srcdir)/traces/*.snt
.PHONY: bench
