noinst_LIBRARIES += sim/capture/libcapture.a
sim_capture_libcapture_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_capture_libcapture_a_SOURCES = \
	sim/capture/capture.c sim/capture/capture.h \
	sim/capture/check.c sim/capture/check.h \
	sim/capture/console.c sim/capture/console.h \
	sim/capture/image.c sim/capture/image.h \
	sim/capture/emulator.c sim/capture/emulator.h \
	sim/capture/manifest.c sim/capture/manifest.h \
	sim/capture/pipe.c sim/capture/pipe.h \
	sim/capture/reason.c sim/capture/reason.h
