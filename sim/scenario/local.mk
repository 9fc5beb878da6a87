noinst_LIBRARIES += sim/scenario/libscenario.a
sim_scenario_libscenario_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_scenario_libscenario_a_SOURCES = \
	sim/scenario/guest.c sim/scenario/guest.h \
	sim/scenario/map.c \
	sim/scenario/parts.h \
	sim/scenario/player.c sim/scenario/player.h \
	sim/scenario/player_guest.c \
	sim/scenario/player_host.c \
	sim/scenario/scenario.c sim/scenario/scenario.h \
	sim/scenario/step.c sim/scenario/step.h \
	sim/scenario/stream.c sim/scenario/stream.h \
	sim/scenario/values.c sim/scenario/values.h
