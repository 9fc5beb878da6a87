noinst_LIBRARIES += sim/mem/libmem.a
sim_mem_libmem_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_mem_libmem_a_SOURCES = \
	sim/mem/guest_walk.c sim/mem/guest_walk.h \
	sim/mem/host.c sim/mem/host.h \
	sim/mem/memslot.c sim/mem/memslot.h \
	sim/mem/pages.c sim/mem/pages.h
