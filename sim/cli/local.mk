bin_PROGRAMS += shadownest
shadownest_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) -DPKGDATADIR='"$(pkgdatadir)"' \
	-DPKGLIBEXECDIR='"$(pkglibexecdir)"'
shadownest_SOURCES = sim/cli/main.c sim/cli/command.h
shadownest_SOURCES += \
	sim/cli/cmd_trace.c sim/cli/cmd_trace.h \
	sim/cli/cmd_trace_cat.c \
	sim/cli/cmd_trace_exits.c \
	sim/cli/cmd_trace_cut.c sim/cli/cut_run.c sim/cli/cut_run.h \
	sim/cli/cmd_trace_filter.c sim/cli/cmd_trace_sample.c sim/cli/sieve_run.c sim/cli/sieve_run.h \
	sim/cli/cmd_trace_join.c sim/cli/cmd_trace_split.c \
	sim/cli/cmd_trace_stats.c sim/cli/stats_report.c sim/cli/stats_report.h \
	sim/cli/trace_io.c sim/cli/trace_io.h \
	sim/cli/cmd_trace_gen.c sim/cli/gen_report.c sim/cli/gen_report.h \
	sim/cli/cmd_trace_import.c \
	sim/cli/cmd_trace_info.c \
	sim/cli/cmd_trace_normalise.c
shadownest_SOURCES += \
	sim/cli/cmd_kvm.c sim/cli/cmd_kvm.h \
	sim/cli/cmd_kvm_compare.c \
	sim/cli/cmd_kvm_doctor.c \
	sim/cli/cmd_kvm_measure.c \
	sim/cli/measure_report.c sim/cli/measure_report.h \
	sim/cli/compare_report.c sim/cli/compare_report.h \
	sim/cli/cmd_kvm_run.c \
	sim/cli/group.c sim/cli/group.h
shadownest_SOURCES += sim/cli/cmd_capture.c sim/cli/capture_words.c sim/cli/capture_words.h \
	sim/cli/capture_report.c sim/cli/capture_report.h
shadownest_SOURCES += \
	sim/cli/cmd_mem.c sim/cli/mem_report.c sim/cli/mem_report.h sim/cli/mem_setup.c sim/cli/mem_setup.h \
	sim/cli/cmd_fit.c sim/cli/cmd_guest.c sim/cli/cmd_plot.c sim/cli/cmd_run.c \
	sim/cli/locate.c sim/cli/locate.h \
	sim/cli/progress.c sim/cli/progress.h sim/cli/report.c sim/cli/report.h \
	sim/cli/report_fit.c sim/cli/report_fit.h sim/cli/report_real.c sim/cli/report_real.h \
	sim/cli/stop.c sim/cli/stop.h \
	sim/cli/table.c sim/cli/table.h
shadownest_SOURCES += \
	sim/cli/cmd_snapshot.c sim/cli/cmd_snapshot.h \
	sim/cli/cmd_snapshot_info.c \
	sim/cli/cmd_snapshot_tables.c \
	sim/cli/cmd_snapshot_trace.c \
	sim/cli/cmd_snapshot_walk.c \
	sim/cli/snapshot_options.c sim/cli/snapshot_options.h \
	sim/cli/tables_report.c sim/cli/tables_report.h
shadownest_LDADD = $(SIM_LIBS) $(FOREIGN_LIBS)
