noinst_LIBRARIES += sim/snapshot/libsnapshot.a
sim_snapshot_libsnapshot_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sim_snapshot_libsnapshot_a_SOURCES = \
	sim/snapshot/byte_file.c sim/snapshot/byte_file.h \
	sim/snapshot/page_index.c sim/snapshot/page_index.h \
	sim/snapshot/vmdesc.c sim/snapshot/vmdesc.h \
	sim/snapshot/migration_format.h \
	sim/snapshot/migration.c sim/snapshot/migration.h \
	sim/snapshot/migration_ram.c \
	sim/snapshot/elf_dump.c sim/snapshot/elf_dump.h \
	sim/snapshot/snapshot.c sim/snapshot/snapshot.h \
	sim/snapshot/place.c \
	sim/snapshot/table_stream.c sim/snapshot/table_stream.h \
	sim/snapshot/table_survey.c sim/snapshot/table_survey.h \
	sim/snapshot/info_tlb.c sim/snapshot/info_tlb.h \
	sim/snapshot/roots.c sim/snapshot/roots.h \
	sim/snapshot/table_runs.c sim/snapshot/table_runs.h \
	sim/snapshot/table_walk.c sim/snapshot/table_walk.h
