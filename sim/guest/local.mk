noinst_LIBRARIES += sim/guest/libguest.a
sim_guest_libguest_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_guest_libguest_a_SOURCES = \
	sim/guest/aspace.c sim/guest/aspace.h \
	sim/guest/captured.c sim/guest/captured.h \
	sim/guest/config.c sim/guest/config.h \
	sim/guest/counts.c sim/guest/counts.h \
	sim/guest/cow.c \
	sim/guest/emit.c \
	sim/guest/exec.c \
	sim/guest/fault.c sim/guest/fault.h \
	sim/guest/files.c \
	sim/guest/fork.c \
	sim/guest/frames.c sim/guest/frames.h \
	sim/guest/gpt.c sim/guest/gpt.h \
	sim/guest/guest.c sim/guest/guest.h \
	sim/guest/hugetlb.c \
	sim/guest/inputs.c sim/guest/inputs.h \
	sim/guest/kernel.c \
	sim/guest/khugepaged.c \
	sim/guest/page_alloc.c \
	sim/guest/mm.c sim/guest/mm.h \
	sim/guest/os.h \
	sim/guest/protect.c \
	sim/guest/reclaim.c \
	sim/guest/rmap.c \
	sim/guest/swap.c \
	sim/guest/thp.c \
	sim/guest/tlbflush.c \
	sim/guest/zap.c
