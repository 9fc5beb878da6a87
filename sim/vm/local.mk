noinst_LIBRARIES += sim/vm/libvm.a
sim_vm_libvm_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_vm_libvm_a_SOURCES = \
	sim/vm/cutter.c sim/vm/cutter.h \
	sim/vm/engine.c sim/vm/engine.h \
	sim/vm/event.c \
	sim/vm/filter.c sim/vm/filter.h \
	sim/vm/host_op.c sim/vm/host_op.h \
	sim/vm/board_op.c sim/vm/board_op.h \
	sim/vm/joiner.c sim/vm/joiner.h sim/vm/joiner_state.h sim/vm/joiner_tables.c \
	sim/vm/lane.h sim/vm/lane_memory.c \
	sim/vm/normalise.c sim/vm/normalise.h sim/vm/normalise_state.h \
	sim/vm/normalise_access.c sim/vm/normalise_out.c sim/vm/normalise_tables.c \
	sim/vm/payload.h \
	sim/vm/piece.c sim/vm/piece.h \
	sim/vm/profile.c sim/vm/profile.h \
	sim/vm/replay.c \
	sim/vm/replayer.h \
	sim/vm/sim_replayer.c sim/vm/sim_replayer.h \
	sim/vm/stream_state.c sim/vm/stream_state.h \
	sim/vm/stream_walk.c sim/vm/stream_walk.h \
	sim/vm/verify.c sim/vm/verify.h \
	sim/vm/vm.c sim/vm/vm.h
