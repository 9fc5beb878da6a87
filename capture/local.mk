# The guest's side of a capture: programs that run in it are static, and never instrumented.
dist_pkglibexec_SCRIPTS = capture/build-image capture/init
pkglibexec_PROGRAMS =
EXTRA_DIST += capture/marker.h
if STATIC_PROGRAMS
pkglibexec_PROGRAMS += capture/capture-run
endif
capture_capture_run_SOURCES = capture/capture_run.c capture/marker.h
capture_capture_run_CFLAGS = -std=gnu11 $(WARN_CFLAGS)
capture_capture_run_LDFLAGS = -static
capture_capture_run_LDADD =
