noinst_LIBRARIES += sim/mmu/libmmu.a
sim_mmu_libmmu_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_mmu_libmmu_a_SOURCES = sim/mmu/mmu.h
