noinst_LIBRARIES += sim/mem/libmem.a
sim_mem_libmem_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_mem_libmem_a_SOURCES = \
	sim/mem/address_space.h \
	sim/mem/backing.h \
	sim/mem/board.h \
	sim/mem/board_options.h \
	sim/mem/dirty.h \
	sim/mem/flatview.h \
	sim/mem/guest_walk.c sim/mem/guest_walk.h \
	sim/mem/host.c sim/mem/host.h \
	sim/mem/kvm_slots.c sim/mem/kvm_slots.h \
	sim/mem/listener.h \
	sim/mem/memory.h \
	sim/mem/memslot.c sim/mem/memslot.h \
	sim/mem/mtree.h \
	sim/mem/pages.c sim/mem/pages.h \
	sim/mem/ramblock.h \
	sim/mem/region.h
