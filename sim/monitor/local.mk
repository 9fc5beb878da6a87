noinst_LIBRARIES += sim/monitor/libmonitor.a
sim_monitor_libmonitor_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_monitor_libmonitor_a_SOURCES = \
	sim/monitor/action.c sim/monitor/action.h \
	sim/monitor/boards.c sim/monitor/boards.h \
	sim/monitor/framer.c sim/monitor/framer.h \
	sim/monitor/hmp.c sim/monitor/hmp.h \
	sim/monitor/hmp_line.c sim/monitor/hmp_line.h \
	sim/monitor/keyval.c sim/monitor/keyval.h \
	sim/monitor/lexer.c sim/monitor/lexer.h \
	sim/monitor/monitor.c sim/monitor/monitor.h \
	sim/monitor/qmp.c sim/monitor/qmp.h \
	sim/monitor/qmp_args.c sim/monitor/qmp_args.h \
	sim/monitor/qmp_commands.c sim/monitor/qmp_commands.h \
	sim/monitor/qmp_stats.c \
	sim/monitor/server.c sim/monitor/server.h \
	sim/monitor/utf8.c sim/monitor/utf8.h
