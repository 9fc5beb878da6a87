noinst_LIBRARIES += sim/hw/libhw.a
sim_hw_libhw_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_hw_libhw_a_SOURCES = \
	sim/hw/ahead.h \
	sim/hw/assoc.c sim/hw/assoc.h \
	sim/hw/context.h \
	sim/hw/cpu.c sim/hw/cpu.h sim/hw/cpu_parts.h \
	sim/hw/entry.h \
	sim/hw/invalidate.c \
	sim/hw/machine.c sim/hw/machine.h \
	sim/hw/machine_check.c \
	sim/hw/machine_parts.c sim/hw/machine_parts.h \
	sim/hw/machine_set.c \
	sim/hw/pml.h \
	sim/hw/ptecache.c sim/hw/ptecache.h \
	sim/hw/pwc.c sim/hw/pwc.h \
	sim/hw/tlb.c sim/hw/tlb.h \
	sim/hw/walk.c sim/hw/walk.h
