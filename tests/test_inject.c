/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_inject.c - each module, with each of its allocations failing once: SIM_ENOMEM, nothing
 * kept
 *
 * A module that allocates gets a subject here: make it, use it so that it grows, let go.
 */
#include "config.h"

#include <unistd.h>

#include "check.h"
#include "inject.h"
#include "inject_subjects.h"
#include "small_snapshot.h"
#include "kvm_guest.h"

#include "base/addr.h"
#include "base/map.h"
#include "cost/params.h"
#include "hw/cpu.h"
#include "mem/host.h"
#include "mem/host_backing.h"
#include "mem/memslot.h"
#include "mem/pages.h"
#include "mmu/mmu.h"

static int use_map(void *arg, struct sim_error *err)
{
	struct map m;
	int rc = 0;

	(void)arg;
	map_init(&m);
	for (uint64_t k = 0; k < 300 && !rc; k++)
		rc = map_put(&m, k << 12, k);
	if (rc)
		rc = sim_fail_nomem(err);
	map_fini(&m);
	return rc;
}

static int use_pages(void *arg, struct sim_error *err)
{
	struct pages p;
	int rc = 0;

	(void)arg;
	pages_init(&p);
	for (uint64_t f = 1; f >> PAGES_FRAME_BITS == 0 && !rc; f <<= 3)
		if (!pages_make(&p, f))
			rc = sim_fail_nomem(err);
	pages_drop(&p, 8);
	pages_fini(&p);
	return rc;
}

static int use_memslots(void *arg, struct sim_error *err)
{
	struct memslots s;
	int rc = 0;

	(void)arg;
	memslots_init(&s);
	for (uint64_t i = 0; i < 40 && !rc; i++)
		rc = memslots_create(
			&s,
			&(struct kvm_slot_region){ .slot = (uint32_t)i,
						   .flags = i & KVM_SLOT_LOG_DIRTY_PAGES,
						   .guest_phys_addr = i << 16,
						   .memory_size = 8 * PAGE_BYTES,
						   .userspace_addr = i << 30 },
			err);
	if (!rc)
		rc = memslots_log_on(&s, memslots_by_id(&s, 2), err);
	if (!rc)
		memslots_delete(&s, memslots_by_id(&s, 1));
	memslots_fini(&s);
	return rc;
}

static int touch_all(struct host *h, hva_t hva, struct sim_error *err)
{
	struct host_mapping m;
	bool was_zero;
	hfn_t hfn;
	int rc = 0;

	for (uint64_t off = 0; off < 64 * PAGE_BYTES && !rc; off += PAGE_BYTES)
		rc = host_touch(h, hva_make(hva.v + off), off & PAGE_BYTES, &m, &was_zero, err);
	if (rc)
		return rc;
	for (int i = 0; i < 20; i++) {
		rc = host_frame_get(h, &hfn, err);
		if (rc)
			return rc;
	}
	host_frame_put(h, hfn);
	return 0;
}

static int use_host(void *arg, struct sim_error *err)
{
	const struct host_config *cfg = arg;
	struct host *h;
	hva_t hva;
	int rc;

	rc = host_create(&h, cfg, err);
	if (rc)
		return rc;
	for (uint64_t i = 0; i < 20 && !rc; i++)
		rc = host_mmap(h, 4u << 20, gpa_make(0), &hva, err);
	if (!rc)
		rc = touch_all(h, hva, err);
	host_destroy(h);
	return rc;
}

static int use_cpu(void *arg, struct sim_error *err)
{
	struct counters counters = { 0 };
	struct cpu *c;
	int rc = cpu_create(&c, arg, 1, &counters, err);

	if (rc)
		return rc;
	cpu_invlpg(c, gva_make(0));
	cpu_destroy(c);
	return 0;
}

/* --- tests --- */

static void base(void **state)
{
	(void)state;
	assert_true(inject_every_failure(use_map, NULL) >= 9);
}

static void mem(void **state)
{
	(void)state;
	assert_true(inject_every_failure(use_pages, NULL) >= 12);
	assert_true(inject_every_failure(use_memslots, NULL) >= 2);
	assert_true(inject_every_failure(inject_region, NULL) >= 45);
	for (unsigned level = LEVEL_4K; level <= LEVEL_1G; level++) {
		struct host_config cfg = { .page_level = level,
					   .layout = level == LEVEL_2M ? HOST_FRAGMENTED
								       : HOST_CONTIGUOUS };

		assert_true(inject_every_failure(use_host, &cfg) >= 3);
	}
}

static void boards(void **state)
{
	char tcg[] = "-machine q35 -m 16M,slots=2,maxmem=32M";
	char kvm[] = "-machine q35 -m 16M,slots=2,maxmem=32M -accel kvm -nodefaults";

	(void)state;
	assert_true(inject_every_failure(inject_boards, tcg) >= 200);
	assert_true(inject_every_failure(inject_boards, kvm) >= 200);
}

static void blocks(void **state)
{
	struct backing_ops virtual = host_backing_ops, real = host_real_ops;

	(void)state;
	assert_true(inject_every_failure(inject_blocks, &virtual) >= 30);
	assert_true(inject_every_failure(inject_blocks, &real) >= 50);
}

static void hw(void **state)
{
	struct machine m;

	(void)state;
	inject_machine(&m);
	assert_true(inject_every_failure(use_cpu, &m) >= 5);
	m.pte_cache = PTE_CACHE_NONE;
	m.pwc_unified = true;
	assert_true(inject_every_failure(use_cpu, &m) >= 3);
}

static void trace(void **state)
{
	char path[] = "test_inject.snt";

	(void)state;
	remove(path);
	assert_true(inject_every_failure(inject_writer, path) >= 5);
	assert_true(inject_every_failure(inject_reader, path) >= 5);
	assert_true(inject_every_failure(inject_import, path) >= 5);
	for (const struct packer *p = packers; p->name; p++) {
		struct inject_packed packed = { p, path };

		assert_true(inject_every_failure(inject_import_packed, &packed) >= 5);
	}
#ifdef HAVE_LIBZIP
	assert_true(inject_every_failure(inject_import_zip, path) >= 5);
#endif
	assert_true(inject_every_failure(inject_cut, path) >= 20);
	assert_true(inject_every_failure(inject_join, path) >= 20);
	assert_true(inject_every_failure(inject_sieve, path) >= 8);
	assert_true(inject_every_failure(inject_profile, NULL) >= 20);
	assert_true(inject_every_failure(inject_capture, path) >= 5);
	assert_int_equal(remove(path), 0);
}

#define TEXT(t)                                                                                \
	{                                                                                      \
		t, sizeof(t) - 1, "test_inject.snt"                                            \
	}

/* A stream of each tool that gives one. */
static void tools(void **state)
{
	static struct inject_text text[] = {
		TEXT("ls 5 1.000001: page-faults:           601040           401136\n"),
		TEXT("ls 5 1.000001: page-faults:           601040\n\t          401136 x\n"),
		TEXT("CR3 update: CR3=1000\nServicing hardware INT=0x08\n"),
		TEXT("<--record#-> <--instr#->: <---tid---> <record details>\n"
		     "  1  1:  5 read  8 byte(s) @ 0x10 by PC 0x1\n"
		     "View tool results:\n  1 : total instructions\n"),
		TEXT("\31\0\0\0\6\0\0\0\0\0\0\0\34\0\16\0\1\0\0\0\0\0\0\0"
		     "\1\0\10\0\0\40\0\0\0\0\0\0\32\0\0\0\0\0\0\0\0\0\0\0"),
	};
	char path[512];

	(void)state;
	for (unsigned i = 0; i < sizeof(text) / sizeof(*text); i++)
		assert_true(inject_every_failure(inject_import_text, &text[i]) >= 5);
	assert_int_equal(remove(text[0].path), 0);
	source_path(path, sizeof(path), "tests/exits/vmx-shadow.log");
	assert_true(inject_every_failure(inject_exit_log, path) >= 10);
}

static int load_machine(void *arg, struct sim_error *err)
{
	struct machine m;

	return machine_load(&m, arg, err);
}

static int load_prices(void *arg, struct sim_error *err)
{
	struct cost_params p;

	return cost_load(&p, arg, err);
}

/* What reads a file and keeps nothing may allocate, or not: it must not leak. */
static void models(void **state)
{
	char path[4096];

	(void)state;
	source_path(path, sizeof(path), "models/machine/skylake-sp.json");
	inject_every_failure(load_machine, path);
	source_path(path, sizeof(path), "models/cost/xeon-8269cy.json");
	inject_every_failure(load_prices, path);
	assert_true(inject_every_failure(inject_fit, path) >= 30);
}

#define MODELS                                                                                 \
	"\"machine\": \"haswell\", \"cost\": {\"model\": \"sandy-bridge\", \"exit_cr3\": 9}"

static void run(void **state)
{
	char path[] = "test_inject.snt", top[4096], captured[4096], text[8192];
	struct inject_run small = {
		.experiment = "{\"name\": \"x\", \"traces\": [\"./test_inject.snt\"]," MODELS
			      ", \"techniques\": [\"ept\", \"spt\"],\"sweep\": "
			      "{\"host.seed\": [1, 2, 3]}}",
		.top = top
	};
	struct inject_run whole = { .experiment = text, .top = top };
	struct sim_error err = { 0 };

	(void)state;
	/* what a run that was stopped may have left */
	assert_int_equal(system("rm -rf test_inject.results test_inject.snt"), 0);
	assert_int_equal(inject_writer(path, &err), 0);
	source_path(top, sizeof(top), "");
	assert_true(inject_every_failure(inject_plan, &small) >= 20);
	assert_true(inject_every_failure(inject_results, &small) >= 50);
	assert_int_equal(remove(path), 0);

	source_path(captured, sizeof(captured), "traces/gups2m.snt");
	snprintf(text, sizeof(text),
		 "{\"name\": \"x\", \"traces\": [\"%s\"]," MODELS
		 ", \"techniques\": [\"spt\"], \"warmup_percent\": 10}",
		 captured);
	assert_true(inject_every_failure(inject_run, &whole) >= 50);

	assert_int_equal(inject_bare_trace(path, &err), 0);
	snprintf(text, sizeof(text),
		 "{\"name\": \"x\", \"traces\": [\"./%s\"]," MODELS
		 ", \"techniques\": [\"ept\"], \"guest\": {\"memory\": \"64M\"}}",
		 path);
	assert_true(inject_every_failure(inject_run, &whole) >= 50);
	assert_int_equal(remove(path), 0);
}

static void scenario(void **state)
{
	char path[4096];

	(void)state;
	source_path(path, sizeof(path), "experiments/scenarios/fault-new-tables.json");
	assert_true(inject_every_failure(inject_scenario, path) >= 100);
}

static void gen(void **state)
{
	char mix[] = "{\"workload\": \"mix\", \"parts\": [{\"workload\": \"zipf\"}, "
		     "{\"workload\": \"graph\", \"parameters\": {\"kind\": \"bfs\", "
		     "\"vertices\": 500}}, {\"workload\": \"mmap-churn\"}, {\"workload\": "
		     "\"btree\", \"parameters\": {\"exponent\": 1}}, {\"workload\": "
		     "\"switch-ring\"}]}";

	(void)state;
	assert_true(inject_every_failure(inject_gen, mix) >= 20);
}

static void board_options(void **state)
{
	(void)state;
	assert_true(inject_every_failure(inject_board, NULL) >= 200);
}

static void vm(void **state)
{
	(void)state;
	for (unsigned i = 0; mmu_at(i); i++)
		for (unsigned level = LEVEL_4K; level <= LEVEL_2M; level++) {
			struct inject_vm a = { mmu_at(i)->name, level };

			assert_true(inject_every_failure(inject_vm, &a) >= 50);
		}
	assert_true(inject_every_failure(inject_normalise, NULL) >= 20);
	assert_true(inject_every_failure(inject_guest, NULL) >= 30);
}

static void session(void **state)
{
	char dir[512];

	(void)state;
	source_path(dir, sizeof(dir), "experiments");
	assert_true(inject_every_failure(inject_session, dir) >= 500);
}

static void monitor(void **state)
{
	(void)state;
	assert_true(inject_every_failure(inject_monitor, NULL) >= 20);
}

static void snapshot(void **state)
{
	static const struct small_elf elf = { .bits = 64, .machine = 62, .cpus = 1 };
	struct small_file dump = { NULL, 0, 0 }, migration = { NULL, 0, 0 };
	struct small_snapshot g;

	(void)state;
	small_snapshot_init(&g, 4);
	small_map(&g, g.cr3, 0x400000, 0x5000, 1, 4);
	small_map(&g, g.cr3, (uint64_t)1 << 63 | (uint64_t)0xffff << 47, 0, 2, 2);
	small_elf_dump(&dump, &g, &elf);
	small_migration(&migration, &g);
	assert_true(inject_every_failure(inject_snapshot, &dump) >= 50);
	assert_true(inject_every_failure(inject_snapshot, &migration) >= 100);
	small_fini(&dump);
	small_fini(&migration);
	small_snapshot_fini(&g);
}

static void measure(void **state)
{
	static const char text[] =
		"{\"access\": [{\"pages\": [16], \"page_sizes\": [\"4K\"], \"ways\": [\"list\"],"
		" \"accesses\": 100, \"plain\": true}], \"defaults\": {\"memory\": \"8M\"},"
		" \"points\": [{\"name\": \"one\", \"group\": \"event\", \"steps\": []}]}";
	char path[] = "test_inject.plan.json";
	FILE *f = fopen(path, "w");

	(void)state;
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_true(inject_every_failure(inject_measure, path) >= 12);
	assert_int_equal(remove(path), 0);
}

static void kvm(void **state)
{
	struct kvm_stream *s;

	(void)state;
	if (access("/dev/kvm", R_OK | W_OK)) {
		print_message("# no /dev/kvm to use\n");
		skip();
	}
	s = malloc(sizeof(*s));
	assert_non_null(s);
	assert_true(inject_every_failure(inject_kvm, s) >= 10);
	free(s);
}

static void capture(void **state)
{
	char path[] = "test_inject.stream";

	(void)state;
	inject_fake_stream(path);
	assert_true(inject_every_failure(inject_fake_qemu, path) >= 100);
	remove(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base),		 cmocka_unit_test(mem),
		cmocka_unit_test(blocks),	 cmocka_unit_test(hw),
		cmocka_unit_test(trace),	 cmocka_unit_test(tools),
		cmocka_unit_test(models),	 cmocka_unit_test(run),
		cmocka_unit_test(scenario),	 cmocka_unit_test(vm),
		cmocka_unit_test(monitor),	 cmocka_unit_test(session),
		cmocka_unit_test(measure),	 cmocka_unit_test(kvm),
		cmocka_unit_test(board_options), cmocka_unit_test(boards),
		cmocka_unit_test(gen),		 cmocka_unit_test(snapshot),
		cmocka_unit_test(capture),
	};

	inject_init();
	return cmocka_run_group_tests_name("inject", tests, NULL, NULL);
}
