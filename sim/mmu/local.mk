noinst_LIBRARIES += sim/mmu/libmmu.a
sim_mmu_libmmu_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_mmu_libmmu_a_SOURCES = \
	sim/mmu/dirty_log.c sim/mmu/dirty_log.h \
	sim/mmu/dirty_ring.c sim/mmu/dirty_ring.h \
	sim/mmu/ept.c \
	sim/mmu/mmu.c sim/mmu/mmu.h \
	sim/mmu/native.c \
	sim/mmu/npt.c \
	sim/mmu/rmap.c sim/mmu/rmap.h \
	sim/mmu/shadow_page.h \
	sim/mmu/spt.c sim/mmu/spt.h \
	sim/mmu/spt_fault.c \
	sim/mmu/spt_log.c \
	sim/mmu/spt_page.c \
	sim/mmu/spt_root.c \
	sim/mmu/spt_state.h \
	sim/mmu/spt_spte.c \
	sim/mmu/spt_sync.c \
	sim/mmu/spt_write.c \
	sim/mmu/tdp.c sim/mmu/tdp.h \
	sim/mmu/tdp_log.c \
	sim/mmu/tdp_state.h \
	sim/mmu/tdp_table.c
