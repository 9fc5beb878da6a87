# Speed, measured on what the tests have verified: `make bench` builds and runs every program.
benches =
EXTRA_PROGRAMS += $(benches)
CLEANFILES += $(benches)

benches += bench/bench_tlb
bench_bench_tlb_SOURCES = bench/bench_tlb.c bench/pattern.c bench/pattern.h
bench_bench_tlb_CPPFLAGS = $(AM_CPPFLAGS) $(GSL_CFLAGS)
bench_bench_tlb_LDADD = sim/hw/libhw.a sim/mem/libmem.a sim/base/libbase.a $(GSL_LIBS) \
	$(JANSSON_LIBS)

bench: $(benches)
	@for p in $(benches); do ./$$p || exit 1; done
.PHONY: bench
