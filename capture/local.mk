# The guest's side of a capture: programs that run in it are static, and never instrumented.
# Stripped: the same bytes in whatever folder they are built, for an initramfs of another size is another guest.
# Linked anew when this file or configure's answers change.
RELINK = Makefile
GUEST_LINKING = -static -s -Wl,--build-id=none
dist_pkglibexec_SCRIPTS = capture/build-image capture/init
pkglibexec_PROGRAMS =
# No commands for people: `make installcheck` asks them for no --help and --version.
AM_INSTALLCHECK_STD_OPTIONS_EXEMPT = capture/build-image capture/init capture/capture-run capture/shadownest-capture.so
EXTRA_DIST += capture/marker.h
if STATIC_PROGRAMS
pkglibexec_PROGRAMS += capture/capture-run
endif
capture_capture_run_SOURCES = capture/capture_run.c capture/marker.h
capture_capture_run_CFLAGS = -std=gnu11 $(WARN_CFLAGS)
capture_capture_run_LDFLAGS = $(GUEST_LINKING)
capture_capture_run_LDADD =
EXTRA_capture_capture_run_DEPENDENCIES = $(RELINK)

# What the catalogue's traces ran (traces/README), and more to begin with: `shadownest capture -p capture/workloads/probe`.
noinst_PROGRAMS += $(WORKLOADS)
WORKLOADS =
if STATIC_PROGRAMS
WORKLOADS += capture/workloads/huge capture/workloads/probe capture/workloads/spawn
endif
WORKLOAD_CPPFLAGS = -I$(top_srcdir)/capture
WORKLOAD_CFLAGS = -std=gnu11 $(WARN_CFLAGS)
capture_workloads_huge_CPPFLAGS = $(WORKLOAD_CPPFLAGS)
capture_workloads_huge_CFLAGS = $(WORKLOAD_CFLAGS)
capture_workloads_huge_LDFLAGS = $(GUEST_LINKING)
capture_workloads_huge_LDADD =
EXTRA_capture_workloads_huge_DEPENDENCIES = $(RELINK)
capture_workloads_probe_CPPFLAGS = $(WORKLOAD_CPPFLAGS)
capture_workloads_probe_CFLAGS = $(WORKLOAD_CFLAGS)
capture_workloads_probe_LDFLAGS = $(GUEST_LINKING)
capture_workloads_probe_LDADD =
EXTRA_capture_workloads_probe_DEPENDENCIES = $(RELINK)
capture_workloads_spawn_CPPFLAGS = $(WORKLOAD_CPPFLAGS)
capture_workloads_spawn_CFLAGS = $(WORKLOAD_CFLAGS)
capture_workloads_spawn_LDFLAGS = $(GUEST_LINKING)
capture_workloads_spawn_LDADD =
EXTRA_capture_workloads_spawn_DEPENDENCIES = $(RELINK)

# The capture plugin for QEMU: a shared object without libtool. It runs inside QEMU, so sanitizers and
# coverage of the simulator are not for it.
if CAPTURE_PLUGIN
plugindir = $(pkglibexecdir)
plugin_PROGRAMS = capture/shadownest-capture.so
endif
EXTRA_PROGRAMS += capture/shadownest-capture.so
capture_shadownest_capture_so_CPPFLAGS = -I$(top_srcdir)/sim
capture_shadownest_capture_so_CFLAGS = -std=c11 $(WARN_CFLAGS) -fPIC -fvisibility=hidden
capture_shadownest_capture_so_LDFLAGS = -shared
capture_shadownest_capture_so_LDADD = $(PLUGIN_LIBS)
capture_shadownest_capture_so_SOURCES = \
	sim/trace/capture_wire.h \
	capture/marker.h \
	capture/plugin_api.h \
	capture/plugin_calls.c capture/plugin_calls.h \
	capture/plugin_decode.c capture/plugin_decode.h \
	capture/plugin_events.c capture/plugin_events.h \
	capture/plugin_exec.c capture/plugin_exec.h \
	capture/plugin_files.c capture/plugin_files.h \
	capture/plugin_host.c capture/plugin_host.h \
	capture/plugin_out.c capture/plugin_out.h \
	capture/plugin_process.c capture/plugin_process.h \
	capture/plugin_tables.c capture/plugin_tables.h \
	capture/qemu_plugin.c
