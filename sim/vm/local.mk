noinst_LIBRARIES += sim/vm/libvm.a
sim_vm_libvm_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_vm_libvm_a_SOURCES = sim/vm/vm.h sim/vm/engine.h
