noinst_LIBRARIES += sim/kvm/libkvm.a
sim_kvm_libkvm_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_kvm_libkvm_a_SOURCES = \
	sim/kvm/doctor.c sim/kvm/doctor.h \
	sim/kvm/kvm_replayer.h \
	sim/kvm/probe.c sim/kvm/probe.h
