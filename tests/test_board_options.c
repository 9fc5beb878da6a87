/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_board_options.c - what command lines and their JSON forms come to; every number is the real QEMU 7.2's */
#include "check.h"

#include <string.h>

#include "mem/board_options.h"

#define K (UINT64_C(1) << 10)
#define M (K << 10)
#define G (M << 10)

static void parse(struct board_options *o, const char *line)
{
	struct sim_error err = { 0 };

	if (board_options_parse(o, line, &err)) {
		print_error("%s: refused: %s: %s\n", line, err.where, err.text);
		fail();
	}
}

/* `text` as the member "memory" of a document. */
static int read_member(struct board_options *o, const char *text, struct sim_error *err)
{
	size_t size = strlen(text) + 16;
	char *all = malloc(size);
	struct jnode root, n;
	json_t *doc;
	int rc;

	assert_non_null(all);
	snprintf(all, size, "{\"memory\": %s}", text);
	assert_int_equal(json_parse(all, strlen(all), "x.json", &doc, &root, err), 0);
	n = json_get(&root, "memory");
	rc = board_options_read(o, &n, err);
	json_decref(doc);
	free(all);
	return rc;
}

static void read_json(struct board_options *o, const char *text)
{
	struct sim_error err = { 0 };

	if (read_member(o, text, &err)) {
		print_error("%s: refused: %s: %s\n", text, err.where, err.text);
		fail();
	}
}

/* A refused line: where, and a part of the text. */
struct refusal {
	const char *line;
	int code;
	const char *where, *text;
};

static void refuse_all(const struct refusal *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sim_error err = { 0 };
		struct board_options o;
		int rc = board_options_parse(&o, r[i].line, &err);

		if (rc != r[i].code || strcmp(err.where, r[i].where) != 0 ||
		    !strstr(err.text, r[i].text)) {
			print_error("%s: %d, %s: %s\n", r[i].line, rc, err.where, err.text);
			fail();
		}
	}
}

#define REFUSE_ALL(table) refuse_all(table, sizeof(table) / sizeof((table)[0]))

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

static void memory_refused(void **state)
{
	static const struct refusal bad[] = {
		{ "-m", SIM_EFORMAT, "-m", "requires an argument" },
		{ "-m 1.5", SIM_EFORMAT, "-m", "no size" },
		{ "-m size=", SIM_EFORMAT, "-m", "no size" },
		{ "-m -1", SIM_EFORMAT, "-m", "\"-1\" is no size" },
		{ "-m 16E", SIM_ERANGE, "-m", "out of range" },
		{ "-m 18446744073709551615B", SIM_ERANGE, "-m", "out of range" },
		{ "-m 128,foo=1", SIM_EFORMAT, "-m", "size, slots, maxmem" },
		{ "-m 128,foo", SIM_EFORMAT, "-m", "invalid parameter \"foo\"" },
		{ "-m 128,nofoo", SIM_EFORMAT, "-m", "invalid parameter \"foo\"" },
		{ "-m 128,slots", SIM_EFORMAT, "-m", "slots cannot be \"on\"" },
		{ "-m slots=0", SIM_EFORMAT, "-m", "no maxmem" },
		{ "-m 128,slots=4", SIM_EFORMAT, "-m", "slots=N,maxmem=SIZE" },
		{ "-m 128,maxmem=64M", SIM_ERANGE, "-m",
		  "at least the initial memory size (0x8000000)" },
		{ "-m 128,maxmem=256", SIM_ERANGE, "-m", "maxmem (0x100)" },
		{ "-m 128,maxmem=128M,slots=1", SIM_ERANGE, "-m", "right is a larger one" },
		{ "-m 128,maxmem=256M,slots=257", SIM_ERANGE, "-m", "at most 256" },
		{ "-m 128,maxmem=256M,slots=-1", SIM_ERANGE, "-m", "at most 256" },
		{ "-m 128,maxmem=256M,slots=4294967297", SIM_ERANGE, "-m", "at most 256" },
		{ "-m 128,maxmem=256M,slots=1k", SIM_EFORMAT, "-m", "slots cannot be \"1k\"" },
		{ "-m 128,maxmem=256M,slots=08", SIM_EFORMAT, "-m", "slots cannot be" },
		{ "-m 128,maxmem=134217729", SIM_ERANGE, "-m", "multiple of 4096" },
		{ "-m 128,,slots=1", SIM_EFORMAT, "-m", "\"128,slots=1\" is no size" },
		{ "-m 128,maxmem=512M,slots=1 -m 600", SIM_ERANGE, "-m", "at least" },
		{ "-M pc-i440fx-2.0 -m 64,slots=1,maxmem=1G", SIM_EFORMAT, "-m", "2.1" },
		{ "-machine memory-backend=b -m 128 -object memory-backend-ram,id=b,size=64M",
		  SIM_EFORMAT, "-m", "does not match" },
		{ "-machine memory-backend=b -m maxmem=32M -object memory-backend-ram,id=b,size=16M",
		  SIM_ERANGE, "-m", "at least" },
	};

	(void)state;
	REFUSE_ALL(bad);
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

static void machine_refused(void **state)
{
	static const struct refusal bad[] = {
		{ "-machine foo", SIM_EFORMAT, "-machine foo", "unsupported machine type" },
		{ "-machine PC", SIM_EFORMAT, "-machine PC", "right is pc, q35" },
		{ "-M pc-q35-2.3", SIM_EFORMAT, "-machine pc-q35-2.3", "unsupported" },
		{ "-machine none", SIM_EUNSUP, "-machine none", "pc and q35" },
		{ "-machine pc,foo=1", SIM_EFORMAT, "-machine pc",
		  "invalid parameter \"foo\"" },
		{ "-machine pc,smm", SIM_EFORMAT, "-machine pc", "name=value" },
		{ "-machine pc,smm=yes", SIM_EFORMAT, "-machine pc", "auto on off" },
		{ "-machine pc,hpet=ON", SIM_EFORMAT, "-machine pc", "on or off" },
		{ "-machine pc,usb=foo", SIM_EFORMAT, "-machine pc", "on or off" },
		{ "-machine pc,max-ram-below-4g=5G", SIM_ERANGE, "-machine pc", "at most 4G" },
		{ "-machine pc,max-ram-below-4g=-1", SIM_EFORMAT, "-machine pc", "no size" },
		{ "-machine pc,,x", SIM_EFORMAT, "-machine pc", "" },
		{ "-machine memory-backend=foo", SIM_EFORMAT, "-machine",
		  "no memory backend \"foo\"" },
		{ "-machine accel=foo", SIM_EFORMAT, "-machine", "kvm, tcg" },
		{ "-machine accel=tcg -accel tcg", SIM_EFORMAT, "-machine", "incompatible" },
		{ "-enable-kvm -accel tcg", SIM_EFORMAT, "-machine", "incompatible" },
		{ "-accel foo", SIM_EFORMAT, "-accel", "kvm or tcg" },
		{ "-accel tcg,foo=1", SIM_EFORMAT, "-accel tcg", "invalid parameter" },
		{ "-accel tcg,thread=foo", SIM_EFORMAT, "-accel tcg", "single multi" },
		{ "-accel kvm,dirty-ring-size=foo -accel tcg", SIM_EFORMAT, "-accel kvm",
		  "a number" },
		{ "-mem-path /tmp -machine memory-backend=b -object memory-backend-ram,id=b,size=128M",
		  SIM_EFORMAT, "-mem-path", "memory-backend" },
		{ "-foo", SIM_EFORMAT, "-foo", "invalid option" },
		{ "-m=64", SIM_EFORMAT, "-m=64", "invalid option" },
		{ "-serial", SIM_EFORMAT, "-serial", "requires an argument" },
		{ "-bios x", SIM_EUNSUP, "-bios", "not modelled" },
		{ "-vga foo", SIM_EFORMAT, "-vga", "unknown vga type" },
		{ "-mem-path \377", SIM_EFORMAT, "-mem-path", "UTF-8" },
		{ "-m '64", SIM_EFORMAT, "command line", "a quote has no end" },
	};

	(void)state;
	REFUSE_ALL(bad);
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

#define RAM "-object memory-backend-ram"

static void backends_refused(void **state)
{
	static const struct refusal bad[] = {
		{ RAM ",id=a", SIM_EFORMAT, RAM, "size is missing" },
		{ RAM ",id=a,size=0", SIM_ERANGE, RAM, "size cannot be 0" },
		{ RAM ",size=1M", SIM_EFORMAT, RAM, "id is missing" },
		{ RAM ",id=1a,size=1M", SIM_EFORMAT, RAM, "beginning with a letter" },
		{ RAM ",id=,size=1M", SIM_EFORMAT, RAM, "id cannot be" },
		{ RAM ",id=a,size=1M " RAM ",id=a,size=1M", SIM_EFORMAT, RAM,
		  "duplicate id \"a\"" },
		{ "-object iothread,id=a " RAM ",id=a,size=1M", SIM_EFORMAT, RAM,
		  "duplicate id" },
		{ RAM ",id=a,size=1M -object iothread,id=a", SIM_EFORMAT, "-object iothread",
		  "duplicate" },
		{ "-object foo,id=a", SIM_EFORMAT, "-object foo", "no object \"foo\"" },
		{ "-object memory-backend-epc,id=a,size=1M", SIM_EFORMAT,
		  "-object memory-backend-epc", "memory-backend-memfd" },
		{ "-object id=a,size=1M", SIM_EFORMAT, "-object", "qom-type is missing" },
		{ RAM ",id=a,size=1M,foo=1", SIM_EFORMAT, RAM, "invalid parameter \"foo\"" },
		{ RAM ",id=a,size=1M,readonly=on", SIM_EFORMAT, RAM, "invalid parameter" },
		{ RAM ",id=a,size=1M,share=1", SIM_EFORMAT, RAM, "on or off" },
		{ RAM ",id=a,size=-1", SIM_EFORMAT, RAM, "no size" },
		{ RAM ",id=a,size=1M,prealloc-threads=0", SIM_ERANGE, RAM, "1 or more" },
		{ RAM ",id=a,size=1M,prealloc-threads=4294967296", SIM_ERANGE, RAM,
		  "4294967295" },
		{ RAM ",id=a,size=1M,prealloc-threads=-1", SIM_EFORMAT, RAM, "a number" },
		{ RAM ",id=a,size=1M,reserve=off,prealloc=on", SIM_EFORMAT, "-object",
		  "incompatible" },
		{ "-mem-prealloc " RAM ",id=a,size=1M,reserve=off", SIM_EFORMAT, "-object",
		  "incompatible" },
		{ RAM ",id=a,size=1M,host-nodes=0", SIM_EFORMAT, RAM, "name a policy" },
		{ RAM ",id=a,size=1M,policy=bind", SIM_EFORMAT, RAM, "host-nodes must be set" },
		{ RAM ",id=a,size=1M,policy=foo", SIM_EFORMAT, RAM,
		  "default preferred bind interleave" },
		{ RAM ",id=a,size=1M,policy=bind,host-nodes=128", SIM_ERANGE, RAM, "0 to 127" },
		{ RAM ",id=a,size=1M,policy=bind,host-nodes=5-2", SIM_EFORMAT, RAM, "a range" },
		{ RAM ",id=a,size=1M,policy=bind,host-nodes=0-", SIM_EFORMAT, RAM, "a range" },
		{ RAM ",id=pc.ram,size=1M", SIM_EFORMAT, "-object", "reserved" },
		{ "-object memory-backend-file,id=a,size=1M", SIM_EFORMAT,
		  "-object memory-backend-file", "mem-path is missing" },
		{ "-object memory-backend-file,id=a,size=1M,mem-path=x,align=12k", SIM_ERANGE,
		  "-object memory-backend-file", "power of two" },
		{ "-object memory-backend-file,id=a,size=1M,mem-path=x,align=1k", SIM_ERANGE,
		  "-object memory-backend-file", "page size" },
		{ "-object memory-backend-memfd,id=a,size=1M,hugetlbsize=0", SIM_ERANGE,
		  "-object memory-backend-memfd", "power of two" },
		{ "-object memory-backend-memfd,id=a,size=1M,hugetlbsize=3M", SIM_ERANGE,
		  "-object memory-backend-memfd", "power of two" },
		{ "-object '{\"qom-type\":\"memory-backend-ram\",\"id\":\"a\",\"size\":\"1M\"}'",
		  SIM_EFORMAT, "-object:$.size", "a number of bytes" },
		{ "-object '{\"qom-type\":\"memory-backend-ram\",\"id\":\"a\",\"size\":1,\"share\":\"on\"}'",
		  SIM_EFORMAT, "-object:$.share", "true or false" },
		{ "-object '{\"qom-type\":\"memory-backend-ram\",\"id\":\"a\",\"size\":[1,2]}'",
		  SIM_EFORMAT, "-object:$.size", "no array" },
		{ "-object '{bad'", SIM_EFORMAT, "-object:1:4", "not valid JSON" },
	};

	(void)state;
	REFUSE_ALL(bad);
}

#define SLOTS "-m 128,slots=2,maxmem=1G "
#define TWO   SLOTS RAM ",id=d0,size=64M " RAM ",id=d1,size=64M "
#define DIMM  "-device pc-dimm"
#define TWO_NODES                                                                              \
	RAM ",id=n0,size=64M " RAM ",id=n1,size=64M -numa node,memdev=n0 -numa node,memdev=n1 "

static void dimms(void **state)
{
	struct board_options o;

	(void)state;
	parse(&o,
	      TWO DIMM ",memdev=d0,id=x,addr=0x110000000,slot=1 " DIMM ",memdev=/objects/d1 "
		       "-device e1000,id=n,foo=bar -device VGA");
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

static void dimms_refused(void **state)
{
	static const struct refusal bad[] = {
		{ TWO DIMM, SIM_EFORMAT, DIMM, "memdev must be set" },
		{ TWO DIMM ",memdev=", SIM_EFORMAT, DIMM, "memdev must be set" },
		{ TWO DIMM ",memdev=foo", SIM_EFORMAT, DIMM, "no memory backend \"foo\"" },
		{ TWO DIMM ",memdev=d0,id=1x", SIM_EFORMAT, DIMM, "beginning with a letter" },
		{ TWO DIMM ",memdev=d0,id=x " DIMM ",memdev=d1,id=x", SIM_EFORMAT, DIMM,
		  "duplicate" },
		{ TWO "-device e1000,id=x " DIMM ",memdev=d1,id=x", SIM_EFORMAT, DIMM,
		  "duplicate" },
		{ TWO DIMM ",memdev=d0 " DIMM ",memdev=d0", SIM_EFORMAT, DIMM, "busy" },
		{ TWO DIMM ",memdev=d0,addr=1G", SIM_EFORMAT, DIMM, "addr cannot be \"1G\"" },
		{ TWO DIMM ",memdev=d0,slot=2", SIM_ERANGE, DIMM, "0 to 1" },
		{ TWO DIMM ",memdev=d0,slot=-2", SIM_ERANGE, DIMM, "invalid slot number -2" },
		{ TWO DIMM ",memdev=d0,slot=99999999999", SIM_ERANGE, DIMM, "slot cannot be" },
		{ TWO DIMM ",memdev=d0,node=1", SIM_ERANGE, DIMM, "number of NUMA nodes (1)" },
		{ TWO DIMM ",memdev=d0,node=-1", SIM_EFORMAT, DIMM, "node cannot be" },
		{ TWO DIMM ",memdev=d0,foo=1", SIM_EFORMAT, DIMM,
		  "driver, id, memdev, addr, slot, node" },
		{ TWO DIMM ",memdev=d0,size=64M", SIM_EFORMAT, DIMM, "invalid parameter" },
		{ TWO "-device ''", SIM_EFORMAT, "-device", "driver is missing" },
		{ TWO "-device nvdimm,memdev=d0", SIM_EUNSUP, "-device nvdimm",
		  "not modelled" },
		{ TWO "-device '{\"driver\":\"pc-dimm\",\"memdev\":\"d0\",\"slot\":\"1\"}'",
		  SIM_EFORMAT, "-device:$.slot", "a number" },
		{ RAM ",id=d0,size=64M " DIMM ",memdev=d0", SIM_EFORMAT, DIMM, "no slots" },
		{ SLOTS "-machine memory-backend=d0 " RAM ",id=d0,size=128M " DIMM ",memdev=d0",
		  SIM_EFORMAT, DIMM, "busy" },
	};

	(void)state;
	REFUSE_ALL(bad);
}

#define OLD "-M pc-i440fx-5.0 -m 256 "

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

static void numa_refused(void **state)
{
	static const struct refusal bad[] = {
		{ "-numa node", SIM_EFORMAT, "-numa", "should equal the RAM size (0x8000000)" },
		{ "-numa node,mem=128M", SIM_EFORMAT, "-numa", "memdev=ID" },
		{ OLD "-numa node,mem=128M", SIM_EFORMAT, "-numa", "NUMA nodes (0x8000000)" },
		{ OLD "-numa node,mem=foo", SIM_EFORMAT, "-numa node", "no size" },
		{ OLD RAM ",id=a,size=128M -numa node,memdev=a -numa node,mem=128M",
		  SIM_EFORMAT, "-numa node", "mixing both" },
		{ RAM ",id=a,size=128M -numa node,memdev=a,mem=0", SIM_EFORMAT, "-numa node",
		  "mixing" },
		{ RAM ",id=a,size=64M -numa node,memdev=a", SIM_EFORMAT, "-numa",
		  "(0x4000000)" },
		{ RAM ",id=a,size=64M -numa node,memdev=a -numa node,memdev=a", SIM_EFORMAT,
		  "-numa", "twice" },
		{ "-numa node,memdev=foo", SIM_EFORMAT, "-numa", "no memory backend \"foo\"" },
		{ "-numa node,nodeid=1", SIM_EFORMAT, "-numa", "node 0 is missing" },
		{ "-numa node,nodeid=128", SIM_ERANGE, "-numa node", "0 to 127" },
		{ "-numa node,nodeid=-1", SIM_EFORMAT, "-numa node", "nodeid cannot be" },
		{ "-numa node -numa node,nodeid=0", SIM_EFORMAT, "-numa node",
		  "duplicate NUMA nodeid 0" },
		{ "-numa foo", SIM_EFORMAT, "-numa foo", "node, dist or cpu" },
		{ "-numa ''", SIM_EFORMAT, "-numa", "type is missing" },
		{ "-numa node,foo=1", SIM_EFORMAT, "-numa node", "invalid parameter" },
		{ RAM ",id=a,size=128M -numa node,memdev=a,cpus=0-3", SIM_ERANGE, "-numa",
		  "maxcpus (1)" },
		{ "-smp 4 " TWO_NODES "-numa node,cpus=1 -numa node,cpus=0-1", SIM_EFORMAT,
		  "-numa", "in two nodes" },
		{ "-machine memory-backend=a " RAM ",id=a,size=128M -numa node,memdev=a",
		  SIM_EFORMAT, "-numa", "mutually exclusive" },
	};

	(void)state;
	REFUSE_ALL(bad);
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
	static const struct refusal bad[] = {
		{ "-smp 2,maxcpus=1", SIM_EFORMAT, "-smp", "at least cpus (2)" },
		{ "-smp 4,sockets=3", SIM_EFORMAT, "-smp", "sockets (3) * dies (1)" },
		{ "-smp 8,dies=3", SIM_EFORMAT, "-smp", "cores (2)" },
		{ "-smp 2,cores=4 -M q35", SIM_EFORMAT, "-smp", "sockets (0)" },
		{ "-smp 4,clusters=2", SIM_EFORMAT, "-smp", "clusters" },
		{ "-smp 256", SIM_ERANGE, "-smp", "at most 255" },
		{ "-smp 289 -M q35", SIM_ERANGE, "-smp", "at most 288" },
		{ "-smp 288 -M q35", SIM_ERANGE, "-smp", "KVM" },
		{ "-smp 256 -M pc-q35-2.7 -accel kvm", SIM_ERANGE, "-smp", "at most 255" },
		{ "-smp -1", SIM_ERANGE, "-smp", "at most 255" },
		{ "-smp a", SIM_EFORMAT, "-smp a", "cpus cannot be \"a\"" },
		{ "-smp 2,foo=1", SIM_EFORMAT, "-smp", "invalid parameter" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct board_options o;

		parse(&o, good[i].line);
		if (o.n_cpus != good[i].cpus || o.max_cpus != good[i].max)
			fail_msg("%s: %u of %u", good[i].line, o.n_cpus, o.max_cpus);
		board_options_fini(&o);
	}
	REFUSE_ALL(bad);
}

static void devices_left_out(void **state)
{
	static const struct {
		const char *line, *vga;
		bool no_nic;
	} lines[] = {
		{ "", "std", false },
		{ "-vga none", "none", false },
		{ "-vga std -vga cirrus", "cirrus", false },
		{ "-nodefaults", "none", true },
		{ "-nodefaults -vga std -nic user", "std", false },
		{ "-device qxl-vga", "none", false },
		{ "-net none", "std", true },
		{ "-nic none", "std", true },
		{ "-nic none -nic user", "std", false },
		{ "-net nic,model=e1000 -net user", "std", false },
		{ "-netdev user,id=n", "std", true },
		{ "-display none -serial null -monitor none -cpu qemu64 -name 'a b' -boot d -no-reboot disk.img",
		  "std", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct board_options o;

		parse(&o, lines[i].line);
		assert_string_equal(o.vga, lines[i].vga);
		if (o.no_nic != lines[i].no_nic)
			fail_msg("%s: no_nic is %d", lines[i].line, o.no_nic);
		assert_false(o.is_stopped);
		board_options_fini(&o);
	}
}

/* The same options both ways come to the same text. */
static void json_forms(void **state)
{
	static const struct {
		const char *line, *json;
	} pairs[] = {
		{ "", "{}" },
		{ "", "\"\"" },
		{ "-machine pc-i440fx-7.2 -m 128",
		  "{\"machine\": \"pc\", \"m\": {\"size\": 134217728}}" },
		{ "-m 256M,slots=4,maxmem=2G", "{\"m\": \"256M,slots=4,maxmem=2G\"}" },
		{ "-m 256M,slots=4,maxmem=2G",
		  "{\"m\": {\"size\": \"256\", \"slots\": 4, \"maxmem\": \"2G\"}}" },
		{ "-m 256M,slots=4,maxmem=2G", "\"-m 256,slots=4,maxmem=2048M\"" },
		{ "-m 100k", "{\"m\": 102400}" },
		{ "-machine q35,max-ram-below-4g=2G,smm=off",
		  "{\"machine\": {\"type\": \"q35\", \"max-ram-below-4g\": \"2G\", \"smm\": \"off\"}}" },
		{ SLOTS RAM
		  ",id=a,size=64M,share=on,policy=bind,host-nodes=0-1 -device pc-dimm,memdev=a,slot=1 -device e1000",
		  "{\"m\": {\"size\": \"128M\", \"slots\": 2, \"maxmem\": \"1G\"}, \"objects\": [{\"qom-type\": \"memory-backend-ram\", \"id\": \"a\", "
		  "\"size\": \"64M\", \"share\": true, \"policy\": \"bind\", \"host-nodes\": [0, \"1\"]}], "
		  "\"devices\": [\"e1000\", {\"driver\": \"pc-dimm\", \"memdev\": \"a\", \"slot\": 1}]}" },
		{ "-smp 2 " RAM ",id=a,size=128M -numa node,memdev=a,cpus=0-1",
		  "{\"smp\": 2, \"objects\": [\"memory-backend-ram,id=a,size=128M\"], "
		  "\"numa\": [{\"type\": \"node\", \"memdev\": \"a\", \"cpus\": [\"0-1\"]}]}" },
		{ "-accel kvm,dirty-ring-size=4096 -S -nodefaults -vga std -nic none -mem-path /x -mem-prealloc",
		  "{\"accel\": {\"accel\": \"kvm\", \"dirty-ring-size\": 4096}, \"S\": true, \"nodefaults\": true, "
		  "\"vga\": \"std\", \"nic\": \"none\", \"mem-path\": \"/x\", \"mem-prealloc\": true}" },
		{ OLD "-numa node,mem=256",
		  "{\"machine\": \"pc-i440fx-5.0\", \"m\": \"256\", \"numa\": [{\"type\": \"node\", \"mem\": 268435456}]}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct board_options a, b;
		json_t *va, *vb;

		parse(&a, pairs[i].line);
		read_json(&b, pairs[i].json);
		va = board_options_json(&a);
		vb = board_options_json(&b);
		if (!json_equal(va, vb))
			fail_msg("%s: not the same as %s", pairs[i].json, pairs[i].line);
		json_decref(va);
		json_decref(vb);
		board_options_fini(&a);
		board_options_fini(&b);
	}
}

static void json_refused(void **state)
{
	static const struct {
		const char *json, *where, *text;
	} bad[] = {
		{ "[]", "x.json:$.memory", "must be an object" },
		{ "{\"foo\": 1}", "x.json:$.memory.foo", "unknown key" },
		{ "{\"m\": {\"size\": \"1.5\"}}", "x.json:$.memory.m.size", "no size" },
		{ "{\"m\": {\"slots\": 4}}", "x.json:$.memory.m.slots", "maxmem" },
		{ "{\"m\": []}", "x.json:$.memory.m", "a string as on" },
		{ "{\"m\": {\"size\": 1.5}}", "x.json:$.memory.m.size", "an integer" },
		{ "{\"machine\": \"foo\"}", "x.json:$.memory.machine",
		  "unsupported machine type" },
		{ "{\"objects\": [{\"qom-type\": \"memory-backend-ram\", \"id\": \"a\"}]}",
		  "x.json:$.memory.objects[0]", "size is missing" },
		{ "{\"objects\": [{\"qom-type\": \"memory-backend-ram\", \"id\": \"a\", \"size\": 1, \"share\": 3}]}",
		  "x.json:$.memory.objects[0].share", "on or off" },
		{ "{\"objects\": {}}", "x.json:$.memory.objects", "must be an array" },
		{ "{\"devices\": [\"pc-dimm,memdev=a\"]}", "x.json:$.memory.devices",
		  "no memory backend" },
		{ "{\"numa\": [\"node\"]}", "x.json:$.memory.numa", "should equal" },
		{ "{\"accel\": \"foo\"}", "x.json:$.memory.accel", "kvm or tcg" },
		{ "{\"S\": 1}", "x.json:$.memory.S", "true or false" },
		{ "\"-m 1.5\"", "x.json:$.memory: -m", "no size" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sim_error err = { 0 };
		struct board_options o;

		assert_true(read_member(&o, bad[i].json, &err) < 0);
		if (strcmp(err.where, bad[i].where) != 0 || !strstr(err.text, bad[i].text))
			fail_msg("%s: %s: %s", bad[i].json, err.where, err.text);
	}
}

/* What is written is read back to the same text. */
static void written_and_read(void **state)
{
	static const char *const lines[] = {
		"",
		"-m 15E",
		"-machine memory-backend=b " RAM ",id=b,size=100k",
		"-machine memory-backend=b " RAM ",id=b,size=256M",
		"-machine memory-backend=b " RAM ",id=b,size=256M -m 0,maxmem=256M,slots=3",
		"-machine memory-backend=b " RAM ",id=b,size=64M -m 64,maxmem=100M",
		"-M pc-i440fx-3.1 -object memory-backend-memfd,id=b,size=2M,hugetlb=on,hugetlbsize=2M,seal=off",
		"-mem-prealloc -object memory-backend-file,id=b,size=18446744073709547520B,mem-path=x,readonly=on",
		TWO DIMM ",memdev=d0,addr=-1 " DIMM
			 ",memdev=d1,id=x -device VGA,id=v -object iothread,id=io",
		OLD "-numa node -numa node,mem=256",
		"-smp 3,maxcpus=8,sockets=2 " TWO_NODES,
		"-nodefaults -nic user -accel kvm,dirty-ring-size=65536 -no-hpet -no-acpi -S",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct board_options a, b;
		json_t *va, *vb;
		char *text;

		parse(&a, lines[i]);
		va = board_options_json(&a);
		text = json_dumps(va, 0);
		read_json(&b, text);
		vb = board_options_json(&b);
		if (!json_equal(va, vb))
			fail_msg("%s: not the same when read back", lines[i]);
		free(text);
		json_decref(va);
		json_decref(vb);
		board_options_fini(&a);
		board_options_fini(&b);
	}
}

/* object-add and device_add. */
static void one_by_one(void **state)
{
	json_t *object = json_pack("{s:s, s:s, s:s}", "qom-type", "memory-backend-ram", "id",
				   "a", "size", "2M");
	json_t *device =
		json_pack("{s:s, s:s, s:i}", "driver", "pc-dimm", "memdev", "a", "slot", 3);
	struct jnode on = json_root(object, "object-add"), dn = json_root(device, "device_add");
	struct sim_error err = { 0 };
	struct backend_options b;
	struct dimm_options d;
	struct board_options o;

	(void)state;
	parse(&o, "-machine mem-merge=off -mem-prealloc -smp 2");
	assert_int_equal(backend_options_read(&b, &on, &err), 0);
	assert_int_equal(b.size, 2 * M);
	assert_true(b.backing.has_merge && !b.backing.has_prealloc);
	assert_int_equal(backend_options_settle(&b, &o, "object-add", &err), 0);
	assert_true(!b.backing.has_merge && b.backing.has_prealloc &&
		    b.backing.prealloc_threads == 2);
	assert_int_equal(dimm_options_read(&d, &dn, &err), 0);
	assert_true(d.slot == 3 && !strcmp(d.memdev, "a") && !d.id);
	dimm_options_fini(&d);
	backend_options_fini(&b);
	json_object_set_new(object, "qom-type", json_string("iothread"));
	assert_int_equal(backend_options_read(&b, &on, &err), SIM_EUNSUP);
	assert_string_equal(err.where, "object-add:$.qom-type");
	memset(&err, 0, sizeof(err));
	json_object_set_new(device, "driver", json_string("e1000"));
	assert_int_equal(dimm_options_read(&d, &dn, &err), SIM_EUNSUP);
	assert_non_null(strstr(err.text, "pc-dimm"));
	board_options_fini(&o);
	json_decref(object);
	json_decref(device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(memory),
		cmocka_unit_test(memory_refused),
		cmocka_unit_test(machine),
		cmocka_unit_test(machine_refused),
		cmocka_unit_test(backends),
		cmocka_unit_test(backends_refused),
		cmocka_unit_test(dimms),
		cmocka_unit_test(dimms_refused),
		cmocka_unit_test(numa),
		cmocka_unit_test(numa_refused),
		cmocka_unit_test(cpus),
		cmocka_unit_test(devices_left_out),
		cmocka_unit_test(json_forms),
		cmocka_unit_test(json_refused),
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(one_by_one),
	};

	return cmocka_run_group_tests_name("board_options", tests, NULL, NULL);
}
