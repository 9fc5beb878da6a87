/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_board_refusals.c - command lines that the real QEMU 7.2 refuses, or that are not modelled: place and text */
#include "board_lines.h"

#include <string.h>

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
		{ "-machine pc,graphics=foo", SIM_EFORMAT, "-machine pc", "on or off" },
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
		{ "-machine pc,usb=on", SIM_EUNSUP, "-machine pc", "modelled is off" },
		{ "-usb", SIM_EUNSUP, "-machine", "usb=on is not modelled" },
		{ "-machine vmport=off", SIM_EUNSUP, "-machine", "modelled is on" },
		{ "-machine q35,sata=off", SIM_EUNSUP, "-machine q35", "sata=off" },
		{ "-machine pc-q35-4.0.1,smbus=off", SIM_EUNSUP, "-machine pc-q35-4.0.1",
		  "smbus=off" },
		{ "-serial null -serial null", SIM_EUNSUP, "-serial", "second serial port" },
		{ "-parallel null -parallel null", SIM_EUNSUP, "-parallel", "second" },
		{ "-nic user,model=virtio", SIM_EUNSUP, "-nic user", "e1000 of pc" },
		{ "-nic user,model=e1000 -M q35", SIM_EUNSUP, "-nic", "-device e1000" },
		{ "-nic user,model=e1000e", SIM_EUNSUP, "-nic", "-device e1000e" },
		{ "-nic user -net nic", SIM_EUNSUP, "-net nic", "second network card" },
		{ "-net nic,addr=7", SIM_EUNSUP, "-net nic", "addr=7" },
		{ "-drive if=virtio", SIM_EUNSUP, "-drive", "if=virtio" },
		{ "-device VGA,vgamem_mb=32", SIM_EUNSUP, "-device VGA", "modelled is 16" },
		{ "-device VGA,foo=bar", SIM_EFORMAT, "-device VGA", "\"foo\"" },
		{ "-device e1000,addr=5", SIM_EUNSUP, "-device e1000", "addr is not" },
		{ "-device e1000,edid=on", SIM_EFORMAT, "-device e1000", "\"edid\"" },
		{ "-bios x", SIM_EUNSUP, "-bios", "not modelled" },
		{ "-vga foo", SIM_EFORMAT, "-vga", "unknown vga type" },
		{ "-mem-path \377", SIM_EFORMAT, "-mem-path", "UTF-8" },
		{ "-m '64", SIM_EFORMAT, "command line", "a quote has no end" },
	};

	(void)state;
	REFUSE_ALL(bad);
}

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

/* QEMU cuts the name of the RAM block at 255. */
static void long_ids(void **state)
{
	static const struct {
		const char *line;
		int max;
	} options[] = {
		{ RAM ",size=1M,id=", 255 },
		{ RAM ",size=1M,x-use-canonical-path-for-ramblock-id=on,id=", 246 },
		{ "-M pc-i440fx-3.1 -object memory-backend-memfd,size=1M,id=", 246 },
	};
	char line[512], right[32];

	(void)state;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const struct refusal bad = { line, SIM_ERANGE, "-object", right };
		struct board_options o;

		snprintf(line, sizeof(line), "%s%0*d", options[i].line, options[i].max, 0);
		memset(strrchr(line, '=') + 1, 'a', (size_t)options[i].max);
		parse(&o, line);
		board_options_fini(&o);
		snprintf(right, sizeof(right), "right is at most %d:", options[i].max);
		strcat(line, "b");
		refuse_all(&bad, 1);
	}
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

static void cpus_refused(void **state)
{
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
	REFUSE_ALL(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_refused),   cmocka_unit_test(machine_refused),
		cmocka_unit_test(backends_refused), cmocka_unit_test(long_ids),
		cmocka_unit_test(dimms_refused),    cmocka_unit_test(numa_refused),
		cmocka_unit_test(cpus_refused),
	};

	return cmocka_run_group_tests_name("board_refusals", tests, NULL, NULL);
}
