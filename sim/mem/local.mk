noinst_LIBRARIES += sim/mem/libmem.a
sim_mem_libmem_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_mem_libmem_a_SOURCES = sim/mem/pages.h sim/mem/memslot.h sim/mem/host.h sim/mem/guest_walk.h
