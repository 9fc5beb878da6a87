noinst_LIBRARIES += sim/mem/libmem.a
sim_mem_libmem_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_mem_libmem_a_SOURCES = \
	sim/mem/address_space.h \
	sim/mem/backend_options.c \
	sim/mem/backing.c sim/mem/backing.h \
	sim/mem/board.h \
	sim/mem/board_accel.c \
	sim/mem/board_check.c \
	sim/mem/board_device.c \
	sim/mem/board_json.c \
	sim/mem/board_machine.c \
	sim/mem/board_numa.c \
	sim/mem/board_option_table.c \
	sim/mem/board_options.c sim/mem/board_options.h \
	sim/mem/board_parse.c sim/mem/board_parse.h \
	sim/mem/board_parse_json.c \
	sim/mem/board_property.c sim/mem/board_property.h \
	sim/mem/board_size.c \
	sim/mem/board_smp.c \
	sim/mem/board_words.c sim/mem/board_words.h \
	sim/mem/dimm_options.c \
	sim/mem/dirty.h \
	sim/mem/flatview.h \
	sim/mem/guest_walk.c sim/mem/guest_walk.h \
	sim/mem/host.c sim/mem/host.h \
	sim/mem/kvm_slots.h \
	sim/mem/listener.h \
	sim/mem/memory.h \
	sim/mem/memslot.c sim/mem/memslot.h \
	sim/mem/mtree.h \
	sim/mem/pages.c sim/mem/pages.h \
	sim/mem/ramblock.h \
	sim/mem/region.h
