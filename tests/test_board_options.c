/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_board_options.c - what command lines come to; every number is the real QEMU 7.2's */
#include "board_lines.h"

#include <string.h>

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t unit, bytes;
	} good[] = {
		{ "0", 1, 0 },
		{ "256", 1, 256 },
		{ "256", M, 256 * M },
		{ "256B", M, 256 },
		{ "1k", 1, K },
		{ "1K", 1, K },
		{ "1.5G", 1, 3 * G / 2 },
		{ "1.1G", 1, 1181116006 },
		{ "0.1M", 1, 104858 },
		{ "5.", 1, 5 },
		{ "5.M", 1, 5 * M },
		{ "5.e", 1, 5 * (G << 30) },
		{ "15E", 1, 15 * (G << 30) },
		{ "16383P", 1, 16383 * (G << 20) },
		{ "0x100", 1, 256 },
		{ "0x1F", M, 31 * M },
		{ "0x1FM", 1, 31 * M },
		{ "0x100B", 1, 0x100b },
		{ "010", 1, 10 },
		{ " +7", 1, 7 },
		{ "2.0B", 1, 2 },
		{ "1.00000000000000000000000000001k", 1, K },
		/* as a double: 0x1.999999999999ap-4 */
		{ "0.1E", 1, 0x1999999999999a0 },
		{ "0.3E", 1, 0x4ccccccccccccc0 },
		{ "0.9999999999999999E", 1, 0xfffffffffffff80 },
		/* rounds to 1.0, which does not fit in 64 bits, and is lost */
		{ "1.99999999999999999999G", 1, G },
		{ "18446744073709551615", 1, UINT64_MAX },
	};
	static const char *const bad[] = {
		"",	 "-1",	   "-0",  ".5G",    "1.5", "0.3",    "1.5B",
		"128kB", "128MiB", "1e3", "1.5e1M", "0x",  "0x1.8G", "00x10",
		"inf",	 "nan",	   "5 ",  "1_000",  "x",   "1.-5G",
	};
	static const char *const huge[] = { "16E", "18446744073709551616",
					    "99999999999999999999G", "0x10000000000000000",
					    "16384P" };
	struct sim_error err;
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		memset(&err, 0, sizeof(err));
		if (board_size_parse(good[i].text, good[i].unit, &v, &err))
			fail_msg("%s: %s", good[i].text, err.text);
		if (v != good[i].bytes)
			fail_msg("%s: 0x%llx", good[i].text, (unsigned long long)v);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&err, 0, sizeof(err));
		if (board_size_parse(bad[i], 1, &v, &err) != SIM_EFORMAT)
			fail_msg("%s: accepted", bad[i]);
		assert_non_null(strstr(err.text, "right is"));
	}
	for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++)
		if (board_size_parse(huge[i], 1, &v, NULL) != SIM_ERANGE)
			fail_msg("%s: accepted", huge[i]);
}

static void memory(void **state)
{
	static const struct {
		const char *line;
		uint64_t ram, maxram;
		unsigned slots;
	} good[] = {
		{ "", 128 * M, 128 * M, 0 },
		{ "-m 0", 128 * M, 128 * M, 0 },
		{ "-m ''", 128 * M, 128 * M, 0 },
		{ "-m 1", M, M, 0 },
		{ "-m 256", 256 * M, 256 * M, 0 },
		{ "-m 256M", 256 * M, 256 * M, 0 },
		{ "-m 1.5G", 1536 * M, 1536 * M, 0 },
		{ "-m 0x100", 256 * M, 256 * M, 0 },
		{ "-m 0x1F", 8 * K, 8 * K, 0 },
		{ "-m 100k", 104 * K, 104 * K, 0 },
		{ "-m 8193B", 16 * K, 16 * K, 0 },
		{ "-m 5.", 8 * K, 8 * K, 0 },
		{ "-m 1.1G", 1181122560, 1181122560, 0 },
		{ "-m 15E", 15 * (G << 30), 15 * (G << 30), 0 },
		{ "-m size=64,size=32", 32 * M, 32 * M, 0 },
		{ "-m 64 -m 32", 32 * M, 32 * M, 0 },
		{ "-m 64 -m 0", 128 * M, 128 * M, 0 },
		{ "-m 64 -m slots=2,maxmem=1G", 64 * M, G, 2 },
		{ "--m 64 -M q35", 64 * M, 64 * M, 0 },
		{ "-m maxmem=1G", 128 * M, G, 0 },
		{ "-m 128,maxmem=128M", 128 * M, 128 * M, 0 },
		{ "-m 128,maxmem=128M,slots=0", 128 * M, 128 * M, 0 },
		{ "-m 128,slots=0x10,maxmem=1.5G", 128 * M, 1536 * M, 16 },
		{ "-m 128,slots=256,maxmem=256M", 128 * M, 256 * M, 256 },
		{ "-m 128,slots=' 010',maxmem=0x20000000", 128 * M, 512 * M, 8 },
		{ "-m 128,", 128 * M, 128 * M, 0 },
		{ "-machine memory-backend=b -object memory-backend-ram,id=b,size=100k",
		  100 * K, 128 * M, 0 },
		{ "-machine memory-backend=/objects/b -object memory-backend-ram,id=b,size=64M -m 64",
		  64 * M, 64 * M, 0 },
		{ "-machine memory-backend=b -object memory-backend-ram,id=b,size=256M -m 0,maxmem=256M,slots=3",
		  256 * M, 256 * M, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct board_options o;

		parse(&o, good[i].line);
		if (o.ram_size != good[i].ram || o.maxram_size != good[i].maxram ||
		    o.ram_slots != good[i].slots)
			fail_msg("%s: %llu %llu %u", good[i].line,
				 (unsigned long long)o.ram_size,
				 (unsigned long long)o.maxram_size, o.ram_slots);
		board_options_fini(&o);
	}
}

static void machine(void **state)
{
	struct board_options o;

	(void)state;
	parse(&o,
	      "-machine q35,max-ram-below-4g=2.5G,smm=off,hpet=no,mem_merge=n,dump-guest-core=false");
	assert_int_equal(o.type, BOARD_Q35);
	assert_string_equal(o.machine_name, "pc-q35-7.2");
	assert_int_equal(o.max_ram_below_4g, 5 * G / 2);
	assert_true(o.no_smm && o.no_hpet && !o.mem_merge && !o.dump_guest_core && !o.no_acpi);
	board_options_fini(&o);
	parse(&o,
	      "-machine pc,hpet=off -machine type=pc-q35-4.0.1,accel=foo:kvm:tcg,hpet=on -no-acpi");
	assert_string_equal(o.machine_name, "pc-q35-4.0.1");
	assert_true(o.type == BOARD_Q35 && o.is_kvm && !o.no_hpet && o.no_acpi && !o.no_smm);
	board_options_fini(&o);
	parse(&o, "-no-hpet");
	assert_string_equal(o.machine_name, "pc-i440fx-7.2");
	assert_true(o.type == BOARD_PC && o.no_hpet && !o.is_kvm && o.mem_merge &&
		    o.dump_guest_core);
	board_options_fini(&o);
	parse(&o, "-machine accel=tcg -enable-kvm");
	assert_true(o.is_kvm);
	board_options_fini(&o);
	parse(&o, "-accel xen -accel kvm,dirty-ring-size=4096 -accel tcg,thread=multi");
	assert_true(o.is_kvm && o.dirty_ring_size == 4096);
	board_options_fini(&o);
}

static void backends(void **state)
{
	struct board_options o;
	const struct backing_config *c;

	(void)state;
	parse(&o,
	      "-mem-prealloc -smp 3 -machine dump-guest-core=off -object memory-backend-ram,id=m-0._X,size=1.5M,share "
	      "-object memory-backend-file,id=f,size=64M,mem-path=/a,,b,align=2M,readonly=on,pmem=on,discard-data=y,prealloc=off,merge=no,dump=on "
	      "-object memory-backend-memfd,id=fd,size=4M,hugetlb=on,hugetlbsize=2M,seal=off,noshare,policy=bind,host-nodes=0-1,host-nodes=9,prealloc-threads=0x10");
	assert_int_equal(o.n_backend, 3);
	assert_string_equal(o.backend[0].id, "m-0._X");
	assert_int_equal(o.backend[0].size, 3 * M / 2);
	c = &o.backend[0].backing;
	assert_true(c->kind == BACKING_ANONYMOUS && c->is_shared && c->has_prealloc &&
		    c->has_merge && !c->has_dump && c->has_reserve);
	assert_int_equal(c->prealloc_threads, 3);
	c = &o.backend[1].backing;
	assert_string_equal(c->mem_path, "/a,b");
	assert_true(c->kind == BACKING_FILE && c->align == 2 * M && c->is_readonly &&
		    c->is_pmem && c->discard_data && !c->has_prealloc && !c->has_merge &&
		    c->has_dump && !c->is_shared);
	c = &o.backend[2].backing;
	assert_true(c->kind == BACKING_MEMFD && c->has_hugetlb && c->hugetlbsize == 2 * M &&
		    !c->has_seal && !c->is_shared && c->policy == NUMA_BIND);
	assert_int_equal(c->prealloc_threads, 16);
	assert_int_equal(c->host_nodes[0], 3);
	assert_int_equal(c->host_nodes[1], 2);
	assert_false(o.backend[2].has_x_use_canonical_path);
	board_options_fini(&o);
	parse(&o,
	      "-M pc-i440fx-3.1 -object memory-backend-memfd,id=a,size=1M -object memory-backend-ram,id=b,size=1M");
	assert_true(o.backend[0].has_x_use_canonical_path &&
		    !o.backend[1].has_x_use_canonical_path);
	assert_true(o.backend[0].backing.is_shared && o.backend[0].backing.has_seal);
	board_options_fini(&o);
	parse(&o,
	      "-object '{\"qom-type\":\"memory-backend-ram\",\"id\":\"j\",\"size\":4096,\"share\":true,\"host-nodes\":[1,2],\"policy\":\"preferred\"}'");
	assert_true(o.backend[0].backing.is_shared && o.backend[0].size == 4096);
	assert_int_equal(o.backend[0].backing.host_nodes[0], 6);
	board_options_fini(&o);
}

static void dimms(void **state)
{
	struct board_options o;

	(void)state;
	parse(&o,
	      TWO DIMM ",memdev=d0,id=x,addr=0x110000000,slot=1 " DIMM ",memdev=/objects/d1 "
		       "-device e1000,id=n,mac=x,rombar=1 -device VGA");
	assert_int_equal(o.n_dimm, 2);
	assert_string_equal(o.dimm[0].id, "x");
	assert_true(o.dimm[0].addr == 0x110000000 && o.dimm[0].slot == 1 &&
		    o.dimm[0].node == 0);
	assert_null(o.dimm[1].id);
	assert_string_equal(o.dimm[1].memdev, "d1");
	assert_true(o.dimm[1].addr == 0 && o.dimm[1].slot == DIMM_SLOT_AUTO);
	assert_int_equal(o.n_device, 2);
	assert_string_equal(o.device[0].driver, "e1000");
	assert_string_equal(o.device[0].id, "n");
	assert_string_equal(o.vga, "none");
	board_options_fini(&o);
	parse(&o,
	      "-device '{\"driver\":\"pc-dimm\",\"memdev\":\"d0\",\"addr\":4831838208,\"slot\":1,\"node\":1}' " SLOTS
		      RAM ",id=d0,size=64M " TWO_NODES);
	assert_true(o.dimm[0].addr == 4831838208 && o.dimm[0].node == 1);
	board_options_fini(&o);
}

static void numa(void **state)
{
	struct board_options o;

	(void)state;
	parse(&o,
	      "-smp 4 -m 128 " RAM ",id=n0,size=64M " RAM ",id=n1,size=64M "
	      "-numa node,nodeid=1,memdev=n0,cpus=0-1 -numa node,nodeid=0,memdev=n1,cpus=3,cpus=2 "
	      "-numa dist,src=0,dst=1,val=20");
	assert_int_equal(o.n_numa, 2);
	assert_true(o.numa[0].nodeid == 1 && o.numa[1].nodeid == 0 && o.numa[0].mem == 0);
	assert_string_equal(o.numa[0].memdev, "n0");
	assert_int_equal(o.numa[0].cpus[0], 3);
	assert_int_equal(o.numa[1].cpus[0], 12);
	board_options_fini(&o);
	parse(&o, OLD "-numa node,mem=64 -numa node -numa node,mem=0.1875G");
	assert_true(o.n_numa == 3 && o.numa[0].mem == 64 * M && o.numa[1].mem == 0 &&
		    o.numa[2].mem == 192 * M);
	board_options_fini(&o);
}

static void cpus(void **state)
{
	static const struct {
		const char *line;
		unsigned cpus, max;
	} good[] = {
		{ "", 1, 1 },
		{ "-smp 2", 2, 2 },
		{ "-smp 0", 1, 1 },
		{ "-smp ''", 1, 1 },
		{ "-smp 1,maxcpus=2", 1, 2 },
		{ "-smp maxcpus=4", 4, 4 },
		{ "-smp cores=2,threads=2", 4, 4 },
		{ "-smp 4,sockets=2,cores=2,threads=1", 4, 4 },
		{ "-smp 4,dies=2", 4, 4 },
		{ "-smp 2,maxcpus=8 -smp 4", 4, 8 },
		{ "-smp 255", 255, 255 },
		{ "-smp 288 -M q35 -accel kvm", 288, 288 },
		{ "-smp 4294967297", 1, 1 },
		{ "-M pc-i440fx-6.1 -smp 4,maxcpus=8,cores=4", 4, 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct board_options o;

		parse(&o, good[i].line);
		if (o.n_cpus != good[i].cpus || o.max_cpus != good[i].max)
			fail_msg("%s: %u of %u", good[i].line, o.n_cpus, o.max_cpus);
		board_options_fini(&o);
	}
}

static void devices_left_out(void **state)
{
	static const struct {
		const char *line, *vga;
		bool no_nic, no_serial, no_parallel;
	} lines[] = {
		{ "", "std", false, false, false },
		{ "-vga none", "none", false, false, false },
		{ "-vga std -vga cirrus", "cirrus", false, false, false },
		{ "-nodefaults", "none", true, true, true },
		{ "-nodefaults -serial null -parallel null", "none", true, false, false },
		{ "-serial none -serial none -parallel none -parallel null", "std", false, true,
		  false },
		{ "-serial null -serial none -parallel none", "std", false, false, true },
		{ "-nodefaults -vga std -nic user", "std", false, true, true },
		{ "-device qxl-vga", "none", false, false, false },
		{ "-net none", "std", true, false, false },
		{ "-nic none", "std", true, false, false },
		{ "-nic none -nic user", "std", false, false, false },
		{ "-net nic,model=e1000 -net user", "std", false, false, false },
		{ "-netdev user,id=n", "std", true, false, false },
		{ "-display none -serial null -monitor none -cpu qemu64 -name 'a b' -boot d -no-reboot disk.img",
		  "std", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct board_options o;

		parse(&o, lines[i].line);
		assert_string_equal(o.vga, lines[i].vga);
		if (o.no_nic != lines[i].no_nic)
			fail_msg("%s: no_nic is %d", lines[i].line, o.no_nic);
		if (o.no_serial != lines[i].no_serial || o.no_parallel != lines[i].no_parallel)
			fail_msg("%s: no_serial is %d, no_parallel %d", lines[i].line,
				 o.no_serial, o.no_parallel);
		assert_false(o.is_stopped);
		board_options_fini(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),   cmocka_unit_test(memory),
		cmocka_unit_test(machine), cmocka_unit_test(backends),
		cmocka_unit_test(dimms),   cmocka_unit_test(numa),
		cmocka_unit_test(cpus),	   cmocka_unit_test(devices_left_out),
	};

	return cmocka_run_group_tests_name("board_options", tests, NULL, NULL);
}
