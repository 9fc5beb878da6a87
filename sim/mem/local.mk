noinst_LIBRARIES += sim/mem/libmem.a
sim_mem_libmem_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_mem_libmem_a_SOURCES = \
	sim/mem/address_space.c sim/mem/address_space.h \
	sim/mem/address_space_rw.c \
	sim/mem/available.c sim/mem/available.h \
	sim/mem/backend_options.c \
	sim/mem/backing.c sim/mem/backing.h \
	sim/mem/backing_file.c sim/mem/backing_file.h \
	sim/mem/backing_map.c sim/mem/backing_map.h \
	sim/mem/board.c sim/mem/board.h \
	sim/mem/board_accel.c \
	sim/mem/board_bar.c \
	sim/mem/board_bare.c \
	sim/mem/board_boot.c \
	sim/mem/board_bridge.c \
	sim/mem/board_check.c \
	sim/mem/board_device.c \
	sim/mem/board_dimm.c \
	sim/mem/board_json.c \
	sim/mem/board_machine.c \
	sim/mem/board_numa.c \
	sim/mem/board_option_table.c \
	sim/mem/board_options.c sim/mem/board_options.h \
	sim/mem/board_parse.c sim/mem/board_parse.h \
	sim/mem/board_parse_json.c \
	sim/mem/board_ports.c \
	sim/mem/board_parts.c \
	sim/mem/board_property.c sim/mem/board_property.h \
	sim/mem/board_ram.c \
	sim/mem/board_size.c \
	sim/mem/board_smp.c \
	sim/mem/board_state.h \
	sim/mem/board_words.c sim/mem/board_words.h \
	sim/mem/dimm_options.c \
	sim/mem/dirty.c sim/mem/dirty.h \
	sim/mem/flatview.c sim/mem/flatview.h \
	sim/mem/guest_walk.c sim/mem/guest_walk.h \
	sim/mem/host.c sim/mem/host.h \
	sim/mem/host_backing.c sim/mem/host_backing.h \
	sim/mem/kvm_slots.c sim/mem/kvm_slots.h \
	sim/mem/listener.c sim/mem/listener.h \
	sim/mem/listener_notify.h \
	sim/mem/memory.c sim/mem/memory.h \
	sim/mem/memory_device.c sim/mem/memory_device.h \
	sim/mem/memslot.c sim/mem/memslot.h \
	sim/mem/mtree.c sim/mem/mtree.h \
	sim/mem/mtree_info.c \
	sim/mem/pages.c sim/mem/pages.h \
	sim/mem/ramblock.c sim/mem/ramblock.h \
	sim/mem/ramlist.c \
	sim/mem/region.c sim/mem/region.h
