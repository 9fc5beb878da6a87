# The capture plugin for QEMU: a shared object without libtool. It runs inside QEMU, so sanitizers and
# coverage of the simulator are not for it.
if CAPTURE_PLUGIN
plugindir = $(pkglibdir)
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
