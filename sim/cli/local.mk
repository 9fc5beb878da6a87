bin_PROGRAMS += shadownest
shadownest_SOURCES = sim/cli/main.c sim/cli/command.h
shadownest_LDADD = sim/run/librun.a sim/cost/libcost.a sim/vm/libvm.a sim/mmu/libmmu.a \
	sim/hw/libhw.a sim/mem/libmem.a sim/trace/libtrace.a sim/base/libbase.a \
	$(GSL_LIBS) $(JANSSON_LIBS) $(ZSTD_LIBS) $(XXHASH_LIBS)
