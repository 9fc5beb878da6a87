# Every test prints TAP and runs through automake's driver; doc/testing.md tells how they are
# sorted. They find data through $top_srcdir, and the program through $top_builddir.
#
# A unit test is one cmocka group in tests/test_<x>.c, and one line here:
#     CMOCKA_TESTS += tests/test_<x>
# (more than one source: tests_test_<x>_SOURCES = ...). A script is a line in SCRIPT_TESTS. A fuzz
# target is three lines, see FUZZ_TARGETS.

LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/sim/build-aux/tap-driver.sh
LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/run-tap
TEST_EXTENSIONS = .t
T_LOG_DRIVER = $(LOG_DRIVER)
T_LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/cli/run-cases
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; \
	CC='$(CC)'; AWK='$(AWK)'; \
	SIM_CPPFLAGS='$(JANSSON_CFLAGS) $(GSL_CFLAGS) $(ZSTD_CFLAGS) $(XXHASH_CFLAGS)'; \
	CMOCKA_MESSAGE_OUTPUT=TAP; LC_ALL=C; \
	ASAN_OPTIONS="allocator_may_return_null=1:$$ASAN_OPTIONS"; \
	UBSAN_OPTIONS="print_stacktrace=1:$$UBSAN_OPTIONS"; \
	export top_srcdir top_builddir CC AWK SIM_CPPFLAGS CMOCKA_MESSAGE_OUTPUT LC_ALL \
		ASAN_OPTIONS UBSAN_OPTIONS;

TEST_LIBS = $(SIM_LIBS) $(FOREIGN_LIBS)
LDADD = $(TEST_LIBS) $(CMOCKA_LIBS)

CMOCKA_TESTS =
CMOCKA_TESTS += tests/test_address_space
tests_test_address_space_SOURCES = tests/test_address_space.c tests/io_world.c tests/io_world.h
CMOCKA_TESTS += tests/test_address_space_map
tests_test_address_space_map_SOURCES = tests/test_address_space_map.c tests/io_world.c tests/io_world.h
CMOCKA_TESTS += tests/test_archive
tests_test_archive_CPPFLAGS = $(AM_CPPFLAGS) $(PACKERS_CFLAGS)
CMOCKA_TESTS += tests/test_assoc
CMOCKA_TESTS += tests/test_backing
tests_test_backing_SOURCES = tests/test_backing.c tests/backing_folder.c tests/backing_folder.h
CMOCKA_TESTS += tests/test_backing_room
tests_test_backing_room_SOURCES = tests/test_backing_room.c tests/backing_folder.c tests/backing_folder.h
tests_test_backing_room_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fopen
CMOCKA_TESTS += tests/test_base
CMOCKA_TESTS += tests/test_board
tests_test_board_SOURCES = tests/test_board.c $(SMALL_BOARD_SOURCES)
tests_test_board_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
SMALL_BOARD_SOURCES = tests/small_board.c tests/small_board.h
CMOCKA_TESTS += tests/test_board_backends
tests_test_board_backends_SOURCES = tests/test_board_backends.c $(BOARD_GUEST_SOURCES)
tests_test_board_backends_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_board_dimm
tests_test_board_dimm_SOURCES = tests/test_board_dimm.c $(SMALL_BOARD_SOURCES)
tests_test_board_dimm_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_board_json
tests_test_board_json_SOURCES = tests/test_board_json.c tests/board_lines.h
tests_test_board_json_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_board_io
tests_test_board_io_SOURCES = tests/test_board_io.c $(BOARD_GUEST_SOURCES)
tests_test_board_io_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_board_kvm
tests_test_board_kvm_SOURCES = tests/test_board_kvm.c tests/kvm_guest.c tests/kvm_guest.h \
	$(BOARD_GUEST_SOURCES)
tests_test_board_kvm_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_board_options
tests_test_board_options_SOURCES = tests/test_board_options.c tests/board_lines.h
tests_test_board_options_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_board_refusals
tests_test_board_refusals_SOURCES = tests/test_board_refusals.c tests/board_lines.h
tests_test_board_refusals_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_board_vm
tests_test_board_vm_SOURCES = tests/test_board_vm.c $(BOARD_GUEST_SOURCES)
tests_test_board_vm_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
BOARD_GUEST_SOURCES = tests/board_guest.c tests/board_guest.h tests/small_guest.c \
	tests/small_guest.h
CMOCKA_TESTS += tests/test_codec
tests_test_codec_SOURCES = tests/test_codec.c $(PACKED_SOURCES)
tests_test_codec_CPPFLAGS = $(AM_CPPFLAGS) $(PACKERS_CFLAGS) $(ZSTD_CFLAGS)
PACKED_SOURCES = tests/packed.c tests/packed.h
CMOCKA_TESTS += tests/test_capture
tests_test_capture_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_compare
CMOCKA_TESTS += tests/test_config
CMOCKA_TESTS += tests/test_cost
CMOCKA_TESTS += tests/test_counters
CMOCKA_TESTS += tests/test_cpu
CMOCKA_TESTS += tests/test_gen_draw
tests_test_gen_draw_SOURCES = tests/test_gen_draw.c tests/chisq.h
tests_test_gen_draw_CPPFLAGS = $(AM_CPPFLAGS) $(GSL_CFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_gen_memory
tests_test_gen_memory_SOURCES = tests/test_gen_memory.c $(GEN_SOURCES)
tests_test_gen_memory_CPPFLAGS = $(AM_CPPFLAGS) $(GSL_CFLAGS)
CMOCKA_TESTS += tests/test_gen_process
tests_test_gen_process_SOURCES = tests/test_gen_process.c tests/gen_stream.c tests/gen_stream.h
CMOCKA_TESTS += tests/test_gen_spec
tests_test_gen_spec_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_gen_tables
tests_test_gen_tables_SOURCES = tests/test_gen_tables.c $(GEN_SOURCES)
tests_test_gen_tables_CPPFLAGS = $(AM_CPPFLAGS) $(GSL_CFLAGS)
GEN_SOURCES = tests/chisq.h tests/gen_reading.c tests/gen_reading.h tests/gen_stream.c \
	tests/gen_stream.h
CMOCKA_TESTS += tests/test_guest
tests_test_guest_SOURCES = tests/test_guest.c $(GUEST_STREAM_SOURCES)
tests_test_guest_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
GUEST_STREAM_SOURCES = tests/array.h tests/guest_stream.c tests/guest_stream.h
CMOCKA_TESTS += tests/test_guest_config
tests_test_guest_config_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_guest_random
tests_test_guest_random_SOURCES = tests/test_guest_random.c tests/guest_tlb.c tests/guest_tlb.h $(GUEST_PROGRAM_SOURCES) $(GUEST_STREAM_SOURCES)
tests_test_guest_random_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
GUEST_PROGRAM_SOURCES = tests/guest_program.c tests/guest_program.h tests/guest_values.c tests/guest_values.h
CMOCKA_TESTS += tests/test_guest_truth
tests_test_guest_truth_SOURCES = tests/test_guest_truth.c $(GUEST_STREAM_SOURCES)
tests_test_guest_truth_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_guest_flush
tests_test_guest_flush_SOURCES = tests/test_guest_flush.c $(GUEST_STREAM_SOURCES)
tests_test_guest_flush_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_guest_rules
tests_test_guest_rules_SOURCES = tests/test_guest_rules.c $(GUEST_STREAM_SOURCES)
tests_test_guest_rules_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_guest_memory
tests_test_guest_memory_SOURCES = tests/test_guest_memory.c tests/kvm_guest.c tests/kvm_guest.h
CMOCKA_TESTS += tests/test_host
CMOCKA_TESTS += tests/test_invalidate
CMOCKA_TESTS += tests/test_cut
tests_test_cut_SOURCES = tests/test_cut.c tests/recording.c tests/recording.h $(GUEST_SOURCES) \
	$(TRACE_BYTES_SOURCES)
TRACE_BYTES_SOURCES = tests/trace_bytes.c tests/trace_bytes.h
CMOCKA_TESTS += tests/test_dirty
CMOCKA_TESTS += tests/test_dirty_sync
tests_test_dirty_sync_SOURCES = tests/test_dirty_sync.c $(BOARD_GUEST_SOURCES)
tests_test_dirty_sync_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_doctor
tests_test_doctor_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_fit
tests_test_fit_SOURCES = tests/test_fit.c tests/normal.h
tests_test_fit_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_fit_solver
tests_test_fit_solver_SOURCES = tests/test_fit_solver.c tests/normal.h
tests_test_fit_solver_CPPFLAGS = $(AM_CPPFLAGS) $(GSL_CFLAGS)
CMOCKA_TESTS += tests/test_flatview
tests_test_flatview_SOURCES = tests/test_flatview.c $(REGION_SOURCES)
REGION_SOURCES = tests/mirror.c tests/mirror.h tests/region_world.c tests/region_world.h
CMOCKA_TESTS += tests/test_flatview_qemu
CMOCKA_TESTS += tests/test_exit_log
CMOCKA_TESTS += tests/test_filter
tests_test_filter_SOURCES = tests/test_filter.c tests/small_guest.c tests/small_guest.h
CMOCKA_TESTS += tests/test_json
CMOCKA_TESTS += tests/test_kvm
tests_test_kvm_SOURCES = tests/test_kvm.c tests/kvm_guest.c tests/kvm_guest.h
CMOCKA_TESTS += tests/test_kvm_ring
tests_test_kvm_ring_SOURCES = tests/test_kvm_ring.c tests/kvm_guest.c tests/kvm_guest.h
CMOCKA_TESTS += tests/test_kvm_random
tests_test_kvm_random_SOURCES = tests/test_kvm_random.c tests/recording.c tests/recording.h $(GUEST_SOURCES)
CMOCKA_TESTS += tests/test_kvm_slots
CMOCKA_TESTS += tests/test_machine
CMOCKA_TESTS += tests/test_map
CMOCKA_TESTS += tests/test_measure
tests_test_measure_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_mem
CMOCKA_TESTS += tests/test_metamorphic
tests_test_metamorphic_SOURCES = tests/test_metamorphic.c tests/recording.c tests/recording.h \
	$(LOCKSTEP_SOURCES)
CMOCKA_TESTS += tests/test_monitor_boards
tests_test_monitor_boards_SOURCES = tests/test_monitor_boards.c $(SMALL_BOARD_SOURCES)
tests_test_monitor_boards_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) -I$(top_srcdir)
CMOCKA_TESTS += tests/test_monitor_server
tests_test_monitor_server_SOURCES = tests/test_monitor_server.c $(MONITOR_GUEST_SOURCES)
tests_test_monitor_server_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_normalise
tests_test_normalise_SOURCES = tests/test_normalise.c $(NORMAL_SOURCES)
CMOCKA_TESTS += tests/test_normalise_random
tests_test_normalise_random_SOURCES = tests/test_normalise_random.c $(NORMAL_SOURCES)
NORMAL_SOURCES = tests/array.h tests/normal_stream.c tests/normal_stream.h tests/recording.c tests/recording.h \
	$(GUEST_SOURCES)
CMOCKA_TESTS += tests/test_oracle
tests_test_oracle_SOURCES = tests/test_oracle.c $(LOCKSTEP_SOURCES)
LOCKSTEP_SOURCES = tests/lockstep.c tests/lockstep.h tests/lockstep_config.c tests/lockstep_say.c \
	tests/lockstep_state.h $(GUEST_SOURCES)
GUEST_SOURCES = tests/random_guest.c tests/random_guest.h tests/guest_choose.c tests/guest_ops.c \
	tests/guest_state.h tests/oracle.c tests/oracle.h tests/oracle_cache.c tests/oracle_state.h
CMOCKA_TESTS += tests/test_perm
CMOCKA_TESTS += tests/test_plot
CMOCKA_TESTS += tests/test_pool
CMOCKA_TESTS += tests/test_pwc
CMOCKA_TESTS += tests/test_ramblock
CMOCKA_TESTS += tests/test_scenario
tests_test_scenario_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_qmp
tests_test_qmp_SOURCES = tests/test_qmp.c $(MONITOR_GUEST_SOURCES)
tests_test_qmp_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
MONITOR_GUEST_SOURCES = tests/monitor_guest.c tests/monitor_guest.h $(SMALL_BOARD_SOURCES)
CMOCKA_TESTS += tests/test_replay_run
tests_test_replay_run_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_mappings
CMOCKA_TESTS += tests/test_piece
tests_test_piece_SOURCES = tests/test_piece.c $(TRACE_BYTES_SOURCES)
CMOCKA_TESTS += tests/test_profile
tests_test_profile_SOURCES = tests/test_profile.c $(TRACE_BYTES_SOURCES)
CMOCKA_TESTS += tests/test_recency
tests_test_recency_SOURCES = tests/test_recency.c bench/pattern.c bench/pattern.h
tests_test_recency_CPPFLAGS = $(AM_CPPFLAGS) $(GSL_CFLAGS) -I$(top_srcdir)/bench
CMOCKA_TESTS += tests/test_sieve
tests_test_sieve_SOURCES = tests/test_sieve.c $(SAMPLE_TRACE_SOURCES) $(TRACE_BYTES_SOURCES)
CMOCKA_TESTS += tests/test_spt_scenarios
tests_test_spt_scenarios_SOURCES = tests/test_spt_scenarios.c $(SCENARIO_SOURCES)
CMOCKA_TESTS += tests/test_dirty_log
tests_test_dirty_log_SOURCES = tests/test_dirty_log.c tests/small_guest.c tests/small_guest.h
CMOCKA_TESTS += tests/test_host_ops
tests_test_host_ops_SOURCES = tests/test_host_ops.c $(SCENARIO_SOURCES)
CMOCKA_TESTS += tests/test_tdp_scenarios
tests_test_tdp_scenarios_SOURCES = tests/test_tdp_scenarios.c $(SCENARIO_SOURCES)
CMOCKA_TESTS += tests/test_tlb
CMOCKA_TESTS += tests/test_walk
tests_test_walk_SOURCES = tests/test_walk.c $(WALK_SOURCES)
CMOCKA_TESTS += tests/test_walk_cached
tests_test_walk_cached_SOURCES = tests/test_walk_cached.c $(WALK_SOURCES)
WALK_SOURCES = tests/tables.c tests/tables.h tests/walk_world.c tests/walk_world.h
CMOCKA_TESTS += tests/test_zipf
tests_test_zipf_SOURCES = tests/test_zipf.c bench/pattern.c bench/pattern.h
tests_test_zipf_CPPFLAGS = $(AM_CPPFLAGS) $(GSL_CFLAGS) -I$(top_srcdir)/bench
CMOCKA_TESTS += tests/test_session
tests_test_session_SOURCES = tests/test_session.c tests/session_client.c tests/session_client.h
tests_test_session_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_test_session_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=memslots_judge
CMOCKA_TESTS += tests/test_snapshot
tests_test_snapshot_SOURCES = tests/test_snapshot.c tests/snapshot_bytes.h $(SMALL_SNAPSHOT_SOURCES)
tests_test_snapshot_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_snapshot_refusals
tests_test_snapshot_refusals_SOURCES = tests/test_snapshot_refusals.c tests/snapshot_bytes.h $(SMALL_SNAPSHOT_SOURCES)
tests_test_snapshot_refusals_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
SMALL_SNAPSHOT_SOURCES = tests/small_snapshot.c tests/small_snapshot.h
CMOCKA_TESTS += tests/test_snapshot_tables
tests_test_snapshot_tables_SOURCES = tests/test_snapshot_tables.c $(SMALL_SNAPSHOT_SOURCES)
tests_test_snapshot_tables_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_spt_stale
tests_test_spt_stale_SOURCES = tests/test_spt_stale.c tests/small_guest.c tests/small_guest.h
CMOCKA_TESTS += tests/test_vcpus
tests_test_vcpus_SOURCES = tests/test_vcpus.c tests/small_guest.c tests/small_guest.h
CMOCKA_TESTS += tests/test_warmup
SCENARIO_SOURCES = tests/scenario.c tests/scenario.h tests/small_guest.c tests/small_guest.h
CMOCKA_TESTS += tests/test_store
CMOCKA_TESTS += tests/test_sweep
CMOCKA_TESTS += tests/test_captured
tests_test_captured_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
CMOCKA_TESTS += tests/test_gtr1
tests_test_gtr1_SOURCES = tests/test_gtr1.c tests/small_gtr1.c tests/small_gtr1.h
CMOCKA_TESTS += tests/test_import
tests_test_import_SOURCES = tests/test_import.c $(IMPORTED_SOURCES)
CMOCKA_TESTS += tests/test_import_formats
tests_test_import_formats_SOURCES = tests/test_import_formats.c $(IMPORTED_SOURCES)
CMOCKA_TESTS += tests/test_import_drmemtrace
tests_test_import_drmemtrace_SOURCES = tests/test_import_drmemtrace.c $(IMPORTED_SOURCES)
CMOCKA_TESTS += tests/test_import_tools
tests_test_import_tools_SOURCES = tests/test_import_tools.c $(IMPORTED_SOURCES)
IMPORTED_SOURCES = tests/imported.c tests/imported.h
CMOCKA_TESTS += tests/test_import_capture
tests_test_import_capture_SOURCES = tests/test_import_capture.c $(SMALL_CAPTURE_SOURCES)
SMALL_CAPTURE_SOURCES = tests/small_capture.c tests/small_capture.h
CMOCKA_TESTS += tests/test_trace_hostile
tests_test_trace_hostile_SOURCES = tests/test_trace_hostile.c tests/resign.c tests/resign.h \
	$(SAMPLE_TRACE_SOURCES)
CMOCKA_TESTS += tests/test_trace_roundtrip
tests_test_trace_roundtrip_SOURCES = tests/test_trace_roundtrip.c $(SAMPLE_TRACE_SOURCES)
SAMPLE_TRACE_SOURCES = tests/sample_trace.c tests/sample_trace.h
CMOCKA_TESTS += tests/test_verify

# Counts and fails the allocations of everything it is linked with.
CMOCKA_TESTS += tests/test_inject
tests_test_inject_SOURCES = tests/test_inject.c tests/inject.c tests/inject.h \
	tests/inject_board.c tests/inject_boards.c tests/inject_capture.c tests/inject_fake_qemu.c tests/inject_fit.c \
	tests/inject_gen.c tests/inject_guest.c tests/inject_kvm.c tests/inject_measure.c \
	tests/inject_mem.c tests/inject_monitor.c tests/inject_normalise.c tests/inject_region.c \
	tests/inject_run.c tests/inject_scenario.c tests/inject_session.c tests/inject_snapshot.c \
	tests/inject_subjects.h tests/inject_tools.c tests/inject_trace.c tests/inject_vm.c \
	tests/kvm_guest.c tests/kvm_guest.h tests/mirror.c tests/mirror.h $(MONITOR_GUEST_SOURCES) \
	$(PACKED_SOURCES) $(SIMPLE_STREAM_SOURCES) $(SMALL_SNAPSHOT_SOURCES)
tests_test_inject_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(PACKERS_CFLAGS) $(ZSTD_CFLAGS)
tests_test_inject_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc \
	-Wl,--wrap=aligned_alloc -Wl,--wrap=free

# Writes traces/hotplug.snt; check_trace holds the one against the other.
check_PROGRAMS += tests/make_hotplug
tests_make_hotplug_LDADD = $(TEST_LIBS)

SCRIPT_TESTS =
SCRIPT_TESTS += tests/check_capture
check_PROGRAMS += tests/make_stream
tests_make_stream_SOURCES = tests/make_stream.c $(SIMPLE_STREAM_SOURCES)
SIMPLE_STREAM_SOURCES = tests/simple_stream.c tests/simple_stream.h $(SMALL_CAPTURE_SOURCES)
tests_make_stream_LDADD = $(TEST_LIBS)
SCRIPT_TESTS += tests/check_capture_plugin
SCRIPT_TESTS += tests/check_compare
SCRIPT_TESTS += tests/check_compile_fail
SCRIPT_TESTS += tests/check_examples
SCRIPT_TESTS += tests/check_fit
SCRIPT_TESTS += tests/check_format
SCRIPT_TESTS += tests/check_gen
check_PROGRAMS += tests/gen_digest
tests_gen_digest_SOURCES = tests/gen_digest.c tests/gen_stream.c tests/gen_stream.h
tests_gen_digest_CPPFLAGS = $(AM_CPPFLAGS) $(XXHASH_CFLAGS)
tests_gen_digest_LDADD = $(TEST_LIBS)
SCRIPT_TESTS += tests/check_guest
check_PROGRAMS += tests/make_bare
tests_make_bare_SOURCES = tests/make_bare.c $(GUEST_PROGRAM_SOURCES) $(GUEST_STREAM_SOURCES)
tests_make_bare_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
SCRIPT_TESTS += tests/check_guest_truth
SCRIPT_TESTS += tests/check_headers
SCRIPT_TESTS += tests/check_lackey
SCRIPT_TESTS += tests/check_layers
SCRIPT_TESTS += tests/check_man
SCRIPT_TESTS += tests/check_mem
SCRIPT_TESTS += tests/check_paths
SCRIPT_TESTS += tests/check_perf
SCRIPT_TESTS += tests/check_qemu_options
SCRIPT_TESTS += tests/check_qemu
check_PROGRAMS += tests/board_tool
tests_board_tool_SOURCES = tests/board_tool.c $(SMALL_BOARD_SOURCES)
tests_board_tool_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
SCRIPT_TESTS += tests/check_qemu_log
SCRIPT_TESTS += tests/check_qmp
SCRIPT_TESTS += tests/check_real
SCRIPT_TESTS += tests/check_run
SCRIPT_TESTS += tests/check_workload
SCRIPT_TESTS += tests/check_generated
SCRIPT_TESTS += tests/check_snapshot
SCRIPT_TESTS += tests/check_stop
SCRIPT_TESTS += tests/check_symbols
SCRIPT_TESTS += tests/check_trace
SCRIPT_TESTS += tests/check_words

# Command lines and what they must print: tests/cli/run-cases tells the format.
CLI_TESTS =
CLI_TESTS += tests/cli/capture.t
CLI_TESTS += tests/cli/guest.t
CLI_TESTS += tests/cli/kvm-run.t
CLI_TESTS += tests/cli/main.t
CLI_TESTS += tests/cli/run.t
CLI_TESTS += tests/cli/kvm-compare.t
CLI_TESTS += tests/cli/trace-exits.t
CLI_TESTS += tests/cli/trace-import-tools.t
CLI_TESTS += tests/cli/trace-import.t
CLI_TESTS += tests/cli/snapshot.t
CLI_TESTS += tests/cli/trace.t
CLI_TESTS += tests/cli/trace-gen.t
CLI_TESTS += tests/cli/trace-tools.t

# tests/fuzz/fuzz_<x>.c defines LLVMFuzzerTestOneInput; its corpus is tests/fuzz/corpus/<x>/.
# With --enable-fuzzers it becomes a libFuzzer program, otherwise it replays its corpus:
#     FUZZ_TARGETS += tests/fuzz/fuzz_<x>
#     tests_fuzz_fuzz_<x>_SOURCES = tests/fuzz/fuzz_<x>.c $(FUZZ_MAIN)
#     tests_fuzz_fuzz_<x>_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS =
FUZZ_TARGETS += tests/fuzz/fuzz_board
tests_fuzz_fuzz_board_SOURCES = tests/fuzz/fuzz_board.c $(FUZZ_MAIN)
tests_fuzz_fuzz_board_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_guest
tests_fuzz_fuzz_guest_SOURCES = tests/fuzz/fuzz_guest.c $(FUZZ_MAIN)
tests_fuzz_fuzz_guest_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_guest_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_json
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(FUZZ_MAIN)
tests_fuzz_fuzz_json_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_experiment
tests_fuzz_fuzz_experiment_SOURCES = tests/fuzz/fuzz_experiment.c $(FUZZ_MAIN)
tests_fuzz_fuzz_experiment_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_qmp
tests_fuzz_fuzz_qmp_SOURCES = tests/fuzz/fuzz_qmp.c $(MONITOR_GUEST_SOURCES) $(FUZZ_MAIN)
tests_fuzz_fuzz_qmp_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_qmp_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_scenario
tests_fuzz_fuzz_scenario_SOURCES = tests/fuzz/fuzz_scenario.c $(FUZZ_MAIN)
tests_fuzz_fuzz_scenario_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_trace_reader
tests_fuzz_fuzz_trace_reader_SOURCES = tests/fuzz/fuzz_trace_reader.c tests/resign.c \
	tests/resign.h $(FUZZ_MAIN)
tests_fuzz_fuzz_trace_reader_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_fuzz_fuzz_trace_reader_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
# One source for every importer; fuzz_packed takes what its magic says.
FUZZ_TARGETS += tests/fuzz/fuzz_workload
tests_fuzz_fuzz_workload_SOURCES = tests/fuzz/fuzz_workload.c $(FUZZ_MAIN)
tests_fuzz_fuzz_workload_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_workload_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_trace_tools
tests_fuzz_fuzz_trace_tools_SOURCES = tests/fuzz/fuzz_trace_tools.c $(FUZZ_MAIN)
tests_fuzz_fuzz_trace_tools_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_gtr1
tests_fuzz_fuzz_gtr1_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_gtr1_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='"gtr1"'
tests_fuzz_fuzz_gtr1_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_lackey
tests_fuzz_fuzz_lackey_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_lackey_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='"lackey"'
tests_fuzz_fuzz_lackey_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_champsim
tests_fuzz_fuzz_champsim_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_champsim_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='"champsim"'
tests_fuzz_fuzz_champsim_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_champsim_cloudsuite
tests_fuzz_fuzz_champsim_cloudsuite_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_champsim_cloudsuite_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='"champsim-cloudsuite"'
tests_fuzz_fuzz_champsim_cloudsuite_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_din
tests_fuzz_fuzz_din_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_din_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='"din"'
tests_fuzz_fuzz_din_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_gem5
tests_fuzz_fuzz_gem5_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_gem5_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='"gem5"'
tests_fuzz_fuzz_gem5_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_gem5_exec
tests_fuzz_fuzz_gem5_exec_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_gem5_exec_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='"gem5-exec"'
tests_fuzz_fuzz_gem5_exec_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_drmemtrace
tests_fuzz_fuzz_drmemtrace_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_drmemtrace_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='"drmemtrace"'
tests_fuzz_fuzz_drmemtrace_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_drview
tests_fuzz_fuzz_drview_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_drview_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='"drview"'
tests_fuzz_fuzz_drview_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_perf
tests_fuzz_fuzz_perf_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_perf_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='"perf"'
tests_fuzz_fuzz_perf_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_qemu_log
tests_fuzz_fuzz_qemu_log_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_qemu_log_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='"qemu-log"'
tests_fuzz_fuzz_qemu_log_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_exit_log
tests_fuzz_fuzz_exit_log_SOURCES = tests/fuzz/fuzz_exit_log.c $(FUZZ_MAIN)
tests_fuzz_fuzz_exit_log_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_packed
tests_fuzz_fuzz_packed_SOURCES = tests/fuzz/fuzz_import.c $(FUZZ_MAIN)
tests_fuzz_fuzz_packed_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FORMAT='""'
tests_fuzz_fuzz_packed_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_capture
tests_fuzz_fuzz_capture_SOURCES = tests/fuzz/fuzz_capture.c $(SMALL_CAPTURE_SOURCES) $(FUZZ_MAIN)
tests_fuzz_fuzz_capture_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_capture_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_region
tests_fuzz_fuzz_region_SOURCES = tests/fuzz/fuzz_region.c $(REGION_SOURCES) $(FUZZ_MAIN)
tests_fuzz_fuzz_region_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_fuzz_fuzz_region_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_migration
tests_fuzz_fuzz_migration_SOURCES = tests/fuzz/fuzz_migration.c $(FUZZ_SNAPSHOT) $(FUZZ_MAIN)
tests_fuzz_fuzz_migration_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_migration_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_elf_dump
tests_fuzz_fuzz_elf_dump_SOURCES = tests/fuzz/fuzz_elf_dump.c $(FUZZ_SNAPSHOT) $(FUZZ_MAIN)
tests_fuzz_fuzz_elf_dump_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_elf_dump_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)
FUZZ_SNAPSHOT = tests/fuzz/fuzz_snapshot.c tests/fuzz/fuzz_snapshot.h
FUZZ_TARGETS += tests/fuzz/fuzz_board_options
tests_fuzz_fuzz_board_options_SOURCES = tests/fuzz/fuzz_board_options.c $(FUZZ_MAIN)
tests_fuzz_fuzz_board_options_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_board_options_LDADD = $(FUZZ_ENGINE) $(TEST_LIBS)

# What check_qemu_options holds against the real QEMU.
check_PROGRAMS += tests/board_options_tool
tests_board_options_tool_SOURCES = tests/board_options_tool.c
tests_board_options_tool_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_board_options_tool_LDADD = $(TEST_LIBS)

check_PROGRAMS += $(FUZZ_TARGETS)
if FUZZERS
FUZZ_MAIN =
else
FUZZ_MAIN = tests/fuzz/fuzz_main.c
TESTS += $(FUZZ_TARGETS)
endif

if HAVE_CMOCKA
check_PROGRAMS += $(CMOCKA_TESTS)
TESTS += $(CMOCKA_TESTS)
else
TESTS += tests/no_cmocka
endif

TESTS += $(SCRIPT_TESTS) $(CLI_TESTS)

clean-local:
	rm -rf test_inject.results test_inject.capture tests/cache

# Compiles every test, runs none.
.PHONY: tests
tests: $(check_LIBRARIES) $(check_PROGRAMS)

# The installed program finds what was installed with it, from a folder of its own.
installcheck-local: tests/make_stream
	rm -rf installcheck && mkdir installcheck
	$(SHELL) $(srcdir)/tests/installed installcheck '$(DESTDIR)$(bindir)/shadownest' '$(DESTDIR)$(pkgdatadir)' \
		'$(DESTDIR)$(pkglibexecdir)' $(srcdir)/tests/capture/fake-qemu tests/make_stream
	rm -rf installcheck

EXTRA_DIST += $(SCRIPT_TESTS) $(CLI_TESTS) tests/cli/run-cases tests/run-tap tests/lint tests/no_cmocka tests/check.h \
	tests/installed tests/capture tests/compile_fail tests/exits tests/fuzz/corpus tests/gen.digests tests/qemu \
	tests/layers.awk tests/strip.awk tests/tap.sh \
	tests/make_snapshot.py tests/snapshot_work.c \
	tests/qmp_client.go tests/qmp_requests.txt tests/qmp_session.py tests/qmp_talk.py
