/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_board_backends.c - what backs a guest's DIMM, as its technique and its host see it; memory that a machine lacks
 */
#include <string.h>
#include <unistd.h>

#include "tests/check.h"

#include "tests/board_guest.h"

#define FAR   ((uint64_t)0x7f0000000000)
#define DIMM  (4 * GIB) /* where a small machine has its device memory */
#define SMALL "-m 256M,slots=2,maxmem=2G -accel kvm"

static const char *const techniques[] = { "spt", "ept", "npt" };
#define N_TECHNIQUES (sizeof(techniques) / sizeof(*techniques))

/* Frames mixed up, so that a wrong page is another number. */
static struct small_options options(const char *technique, unsigned page_level)
{
	return (struct small_options){
		.technique = technique,
		.host = { .page_level = page_level, .layout = HOST_FRAGMENTED, .seed = 5 }
	};
}

struct backend_case {
	const char *object;
	unsigned host;			/* page level of the host */
	uint64_t pages_2m, host_faults; /* of 512 pages of the DIMM, stored to */
};

static const struct backend_case backends[] = {
	{ "memory-backend-memfd,id=m,size=4M,hugetlb=on,hugetlbsize=2M", LEVEL_4K, 1, 1 },
	{ "memory-backend-memfd,id=m,size=4M,hugetlb=on,hugetlbsize=2M,prealloc=on", LEVEL_4K,
	  1, 0 },
	{ "memory-backend-memfd,id=m,size=4M", LEVEL_4K, 0, 512 },
	{ "memory-backend-ram,id=m,size=4M", LEVEL_4K, 0, 512 },
	{ "memory-backend-ram,id=m,size=4M,prealloc=on", LEVEL_4K, 0, 0 },
	{ "memory-backend-ram,id=m,size=4M", LEVEL_2M, 1, 1 },
	{ "memory-backend-ram,id=m,size=4M,share=on", LEVEL_2M, 1, 1 },
	{ "memory-backend-ram,id=m,size=4M,prealloc=on", LEVEL_2M, 1, 0 },
	{ "memory-backend-file,id=m,size=4M,mem-path=/dev/shm,share=on", LEVEL_4K, 0, 512 },
	{ "memory-backend-file,id=m,size=4M,mem-path=/dev/shm,share=on,prealloc=on", LEVEL_4K,
	  0, 0 },
	{ "memory-backend-file,id=m,size=4M,mem-path=/dev/shm", LEVEL_2M, 0, 512 },
};
#define N_BACKENDS (sizeof(backends) / sizeof(*backends))

/* The counters of a guest that uses a DIMM of that backend. */
static struct counters with_backend(const char *technique, const struct backend_case *c,
				    bool is_real)
{
	struct small_options o = options(technique, c->host);
	struct board_guest b;
	struct counters end;

	o.memory.is_real = is_real;
	board_guest_init(&b, SMALL, &o);
	board_guest_map(&b, FAR, DIMM, 512, LEVEL_2M);
	small_start(&b.g);
	board_guest_object(&b, c->object);
	board_guest_plug(&b, "pc-dimm,id=d,memdev=m");
	vm_mark(b.g.vm);
	for (unsigned i = 0; i < 512; i++)
		small_store(&b.g, FAR + i * PAGE_BYTES);
	end = *vm_counters(b.g.vm);
	assert_int_equal(end.mmio_exits, 0);
	board_guest_fini(&b);
	return end;
}

static void backends_decide(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TECHNIQUES; i++)
		for (size_t j = 0; j < N_BACKENDS; j++) {
			const struct backend_case *want = &backends[j];
			struct counters c = with_backend(techniques[i], want, false);

			if (c.pages_2m != want->pages_2m || c.host_faults != want->host_faults)
				fail_msg("%s, %s: %llu leaves of 2M, %llu host faults",
					 techniques[i], want->object,
					 (unsigned long long)c.pages_2m,
					 (unsigned long long)c.host_faults);
		}
}

/* Large pages of this host are not to be had everywhere. */
static bool can_be_real(const struct backend_case *c)
{
	return !strstr(c->object, "hugetlb") && c->host == LEVEL_4K &&
	       (!strstr(c->object, "/dev/shm") || !access("/dev/shm", W_OK));
}

static void real_and_virtual_count_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TECHNIQUES; i++)
		for (size_t j = 0; j < N_BACKENDS; j++) {
			struct counters is, was;

			if (!can_be_real(&backends[j]))
				continue;
			is = with_backend(techniques[i], &backends[j], true);
			was = with_backend(techniques[i], &backends[j], false);
			for (unsigned id = 0; id < COUNTER_COUNT; id++)
				if (counters_at(&is, id) != counters_at(&was, id))
					fail_msg("%s, %s: %s", techniques[i],
						 backends[j].object, counter_info[id].name);
		}
}

/* --- refusals --- */

static void lacking_ram_is_refused(void **state)
{
	static const struct trace_meta meta = { .ram = { { 0, 512 * MIB } },
						.n_ram = 1,
						.n_vcpu = 1,
						.has_tables = true,
						.regs = { 0x80050033, 0x100000, 0x620,
							  0xd01 } };
	static const struct machine machine = { .name = "none" };
	struct small_options o = options("ept", LEVEL_4K);
	struct vm_config cfg = { .technique = "ept",
				 .machine = machine,
				 .host = o.host,
				 .mmu = { .tdp_levels = 4 } };
	struct sim_error err = { 0 };
	struct board_guest b;
	struct vm *vm = NULL;

	(void)state;
	board_guest_read(&b, SMALL, &o);
	cfg.memory = o.memory;
	assert_int_equal(vm_create(&vm, &cfg, &meta, &err), SIM_ERANGE);
	assert_null(vm);
	assert_non_null(strstr(err.text, "0x0..0x1fffffff"));
	assert_non_null(strstr(err.text, "none at 0x10000000"));
	assert_non_null(strstr(err.text, "-m"));
	json_decref(b.parts);
	board_options_fini(&b.options);
}

static void read_only_ram_is_refused(void **state)
{
	static const struct trace_meta meta = { .ram = { { 0, 64 * MIB } },
						.n_ram = 1,
						.n_vcpu = 1,
						.has_tables = true,
						.regs = { 0x80050033, 0x100000, 0x620,
							  0xd01 } };
	struct small_options o = options("ept", LEVEL_4K);
	struct vm_config cfg = { .technique = "ept",
				 .machine = { .name = "none" },
				 .host = o.host,
				 .mmu = { .tdp_levels = 4 } };
	struct sim_error err = { 0 };
	struct board_guest b;
	struct vm *vm = NULL;

	(void)state;
	board_guest_read(&b,
			 "-m 64M -accel kvm -machine memory-backend=ro "
			 "-object memory-backend-file,id=ro,size=64M,mem-path=ro,readonly=on",
			 &o);
	cfg.memory = o.memory;
	assert_int_equal(vm_create(&vm, &cfg, &meta, &err), SIM_ERANGE);
	assert_null(vm);
	assert_non_null(strstr(err.text, "memory backend 'ro'"));
	assert_non_null(strstr(err.text, "readonly=off"));
	json_decref(b.parts);
	board_options_fini(&b.options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(backends_decide),
		cmocka_unit_test(real_and_virtual_count_alike),
		cmocka_unit_test(lacking_ram_is_refused),
		cmocka_unit_test(read_only_ram_is_refused),
	};

	return cmocka_run_group_tests_name("board backends", tests, NULL, NULL);
}
