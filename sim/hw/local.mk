noinst_LIBRARIES += sim/hw/libhw.a
sim_hw_libhw_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_hw_libhw_a_SOURCES = sim/hw/machine.h sim/hw/cpu.h sim/hw/walk.h
