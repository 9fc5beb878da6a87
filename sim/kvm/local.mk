noinst_LIBRARIES += sim/kvm/libkvm.a
sim_kvm_libkvm_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_kvm_libkvm_a_SOURCES = \
	sim/kvm/behaviour.c sim/kvm/behaviour.h \
	sim/kvm/doctor.c sim/kvm/doctor.h \
	sim/kvm/perf.c sim/kvm/perf.h \
	sim/kvm/probe.c sim/kvm/probe.h \
	sim/kvm/probe_json.c sim/kvm/probe_json.h
sim_kvm_libkvm_a_SOURCES += \
	sim/kvm/measure.c sim/kvm/measure.h sim/kvm/measure_state.h \
	sim/kvm/measure_json.c \
	sim/kvm/measure_plan.c sim/kvm/measure_plan.h \
	sim/kvm/plain_replayer.c sim/kvm/plain_replayer.h \
	sim/kvm/rounds.c sim/kvm/rounds.h \
	sim/kvm/sample.c sim/kvm/sample.h \
	sim/kvm/stopwatch.c sim/kvm/stopwatch.h \
	sim/kvm/thread_time.c sim/kvm/thread_time.h
sim_kvm_libkvm_a_SOURCES += \
	sim/kvm/compare.c sim/kvm/compare.h \
	sim/kvm/reference.c sim/kvm/reference.h \
	sim/kvm/stand_in.c sim/kvm/stand_in.h \
	sim/kvm/subject.c sim/kvm/subject.h \
	sim/kvm/translations.c sim/kvm/translations.h
sim_kvm_libkvm_a_SOURCES += \
	sim/kvm/bell.c sim/kvm/bell.h \
	sim/kvm/cpu_state.c sim/kvm/cpu_state.h \
	sim/kvm/deadline.c sim/kvm/deadline.h \
	sim/kvm/encode.c sim/kvm/encode.h \
	sim/kvm/guest_memory.c sim/kvm/guest_memory.h \
	sim/kvm/harvest.c sim/kvm/harvest.h \
	sim/kvm/kvm_replayer.c sim/kvm/kvm_replayer.h \
	sim/kvm/mapping.c sim/kvm/mapping.h \
	sim/kvm/payload.S sim/kvm/payload_code.h \
	sim/kvm/replay_run.c sim/kvm/replay_run.h \
	sim/kvm/stats.c sim/kvm/stats.h \
	sim/kvm/vmm.c sim/kvm/vmm.h
