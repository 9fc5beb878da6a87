/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each importer, held against the description of its format: what every kind of record becomes,
 * and what is refused. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "imported.h"

/* --- lackey --- */

static void lackey(void **state)
{
	(void)state;
	imported_is(
		"lackey",
		"==12== Lackey, an example Valgrind tool\n"
		"==12== Command: ls -l\n"
		"==12== \n"
		"SB 04001f40\n"
		"I  04001f40,3\n"
		" L 1fff000628,8\n"
		" S 1fff000ffc,8\n"
		" M 0421b770,1\n"
		"--12-- REDIR: 0x401f2f0 (ld-linux-x86-64.so.2:strlen) redirected\n"
		"**12** printed by the program's client request\n"
		"I  04002000,5\n"
		" L 1fff000640,10\n"
		" L 1fff000640,32\n"
		" S 1fff000640,512\n"
		"==12== Exit code:       0\n",
		"switch:1 F4001f40+0 L8@1fff000628 S8@1fff000ffcx L1@421b770 S1@421b770 "
		"F4002000+1 L8@1fff000640 L32@1fff000640 S64@1fff000640 S64@1fff000680 "
		"S64@1fff0006c0 S64@1fff000700 S64@1fff000740 S64@1fff000780 S64@1fff0007c0 "
		"S64@1fff000800 end:2");
}

static void lackey_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"I 04001f40,3",
		"I  04001f40",
		"I  04001f40,",
		"I  04001f40,3 ",
		"I  ,3",
		"I  04001f40,3x",
		" I 04001f40,3",
		"L 1fff000628,8",
		"  1000,8",
		" X 1000,8",
		" L 1000;8",
		"total 48",
		"= 12",
		"SB 12 13",
		"SB",
		" L 10000000000000000,8",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char text[80];

		snprintf(text, sizeof(text), "I  1000,1\n%s\n", lines[i]);
		imported_not("lackey", text, "in.txt:2", "not a line of lackey's");
	}
	imported_not("lackey", " L 1000,0\n", "in.txt:1", "no bytes");
	imported_not("lackey", " L 1000,5000\n", "in.txt:1", "more than 4096");
	imported_not("lackey", " S ffffffffffffffff,2\n", "in.txt:1", "beyond the end");
	imported_not("lackey", "I  8000000000000000,2\n", "in.txt:1", "not canonical");
	imported_not("lackey", "==1== a\nI  1,1\n==2== b\n", "in.txt:3", "two processes");
}

/* The command that valgrind names is where the trace says it comes from. */
static void lackey_origin(void **state)
{
	static const char text[] = "==12== Command: ls -l\nI  1,1\n";
	struct import_options opt = { .format = "lackey" };
	struct sim_error err = { 0 };
	FILE *in =
		fmemopen((char[]){ "==12== Command: ls -l\nI  1,1\n" }, sizeof(text) - 1, "rb");
	char *snt;
	size_t n;

	(void)state;
	opt.stream = open_memstream(&snt, &n);
	assert_int_equal(import_run(in, "in", "out", &opt, &err), 0);
	fclose(in);
	fclose(opt.stream);
	assert_non_null(memmem(snt, n, "\"origin\": \"Valgrind lackey of: ls -l\"", 37));
	assert_non_null(memmem(snt, n, "\"tables\": false", 15));
	assert_non_null(memmem(snt, n, "\"paging\": \"none\"", 16));
	free(snt);
}

/* --- ChampSim --- */

/* A record of either layout, from its numbers; fields in the order of ChampSim's header. */
struct record {
	uint64_t ip;
	uint8_t is_branch, taken;
	uint64_t stores[4], loads[4];
	uint16_t asid;
};

static void put(uint8_t *p, unsigned bytes, uint64_t v)
{
	while (bytes--) {
		*p++ = (uint8_t)v;
		v >>= 8;
	}
}

/* cloudsuite: four registers written and four stores, then the address space; 96 bytes. */
static size_t layout(uint8_t *p, const struct record *r, int cloudsuite)
{
	unsigned n_dest = cloudsuite ? 4 : 2;
	uint8_t *start = p;

	put(p, 8, r->ip);
	p[8] = r->is_branch;
	p[9] = r->taken;
	p += 10;
	for (unsigned i = 0; i < n_dest + 4; i++)
		*p++ = (uint8_t)(0xf0 + i);
	while ((p - start) % 8)
		*p++ = 0;
	for (unsigned i = 0; i < n_dest; i++, p += 8)
		put(p, 8, r->stores[i]);
	for (unsigned i = 0; i < 4; i++, p += 8)
		put(p, 8, r->loads[i]);
	if (cloudsuite) {
		put(p, 8, r->asid);
		p += 8;
	}
	return (size_t)(p - start);
}

static void champsim_is(const char *format, const struct record *r, unsigned n,
			const char *records)
{
	struct import_options opt = { .format = format };
	struct sim_error err = { 0 };
	uint8_t bytes[8 * 96];
	size_t size = 0;
	int rc;
	char *got;

	for (unsigned i = 0; i < n; i++)
		size += layout(bytes + size, &r[i], !strcmp(format, "champsim-cloudsuite"));
	assert_int_equal(size, n * (strcmp(format, "champsim") ? 96 : 64));
	got = imported(bytes, size, "in", &opt, &rc, &err);
	assert_int_equal(rc, 0);
	assert_string_equal(got, records);
	free(got);
}

static void champsim(void **state)
{
	static const struct record r[] = {
		{ .ip = 0x401000 },
		{ .ip = 0x401004, .loads = { 0x7000, 0, 0x8ffd }, .stores = { 0, 0x9000 } },
		{ .ip = 0x401008, .is_branch = 1, .taken = 1 },
		{ .ip = 0x402000, .loads = { 1, 2, 3, 4 }, .stores = { 5, 6 } },
	};

	(void)state;
	champsim_is("champsim", r, 4,
		    "switch:1 F401000+0 L8@7000 L2@8ffd S8@9000 F402000+3 "
		    "L8@1 L8@2 L8@3 L8@4 S8@5 S8@6 end:4");
}

static void cloudsuite(void **state)
{
	static const struct record r[] = {
		{ .ip = 0x401000,
		  .asid = 6,
		  .stores = { 1, 2, 3, 4 },
		  .loads = { 5, 6, 7, 8 } },
		{ .ip = 0x401000, .asid = 6 },
		{ .ip = 0x401004, .asid = 0x101 },
	};

	(void)state;
	champsim_is("champsim-cloudsuite", r, 3,
		    "switch:7 F401000+0 L8@5 L8@6 L8@7 L8@8 S8@1 S8@2 S8@3 S8@4 "
		    "switch:258 F401004+2 end:3");
}

static void champsim_refused(void **state)
{
	const struct record good = { .ip = 0x401000 };
	const struct record bad[] = { { .is_branch = 2 },
				      { .taken = 0xff },
				      { .ip = 1ull << 60 },
				      { .loads = { 0, 0, 0, 1ull << 63 } },
				      { .stores = { 0, 1ull << 62 } } };

	(void)state;
	for (unsigned i = 0; i <= sizeof(bad) / sizeof(*bad); i++) {
		struct import_report report = { 0 };
		struct import_options opt = { .format = "champsim", .report = &report };
		uint8_t bytes[3 * 64];
		size_t n = layout(bytes, &good, 0);

		n += layout(bytes + n, i < 5 ? &bad[i] : &good, 0);
		n += layout(bytes + n, &good, 0) - (i < 5 ? 0 : 1);
		for (unsigned allowed = 0; allowed < 2; allowed++) {
			struct sim_error err = { 0 };
			int rc;
			char *got;

			opt.skip_bad = allowed;
			got = imported(bytes, n, "in", &opt, &rc, &err);
			assert_int_equal(rc, allowed ? 0 : SIM_EFORMAT);
			if (allowed)
				assert_string_equal(got, "switch:1 F401000+0 end:2");
			else
				assert_string_equal(err.where, i < 5 ? "in:+0x40" : "in:+0x80");
			assert_int_equal(report.n_bad, allowed);
			free(got);
		}
	}
}

/* --- din --- */

/* Traditional: the examples of Dinero's own description; words of 4 bytes. */
static void din(void **state)
{
	(void)state;
	imported_is("din",
		    "2 0 \n0 1000 \n0 70f60888 \n2 2cb5 \n1 70f60890 \n1 70f6088c \n"
		    "3 ffe comment\n4 0\n\t1\t0X12 0x9\n",
		    "switch:1 F0+0 L4@1000 L4@70f60888 F2cb4+1 S4@70f60890 S4@70f6088c L4@ffc "
		    "S4@10 end:2");
}

static void din_extended(void **state)
{
	(void)state;
	imported_is(
		"din",
		"r 0x7fff12345678 8\nW 1000 10 sixteen\ni 401000 3\nm 2000 1\nc 0 0\n"
		"V 40 40\nR ffffffff81000000 4\n",
		"switch:1 L8@7fff12345678 S16@1000 F401000+0 L1@2000 L4@ffffffff81000000 end:1");
}

static void din_refused(void **state)
{
	(void)state;
	imported_not("din", "5 10\n", "in.txt:1", "neither a label");
	imported_not("din", "00 10\n", "in.txt:1", "neither a label");
	imported_not("din", "read 10 4\n", "in.txt:1", "neither a label");
	imported_not("din", "# comment\n", "in.txt:1", "neither a label");
	imported_not("din", "0\n", "in.txt:1", "no hexadecimal address");
	imported_not("din", "0 xyz\n", "in.txt:1", "no hexadecimal address");
	imported_not("din", "0 10,4\n", "in.txt:1", "no hexadecimal address");
	imported_not("din", "r 10\n", "in.txt:1", "no hexadecimal size");
	imported_not("din", "r 10 4k\n", "in.txt:1", "no hexadecimal size");
	imported_not("din", "r 10 0\n", "in.txt:1", "no bytes");
	imported_not("din", "w 10 1001\n", "in.txt:1", "more than 4096");
}

/* --- gem5 --- */

static void gem5(void **state)
{
	(void)state;
	imported_is("gem5",
		    "r,4096,8,0,1000\n"
		    "w,8188,8,1000\n"
		    "u,4096,64,0,1000\n"
		    "77,r,12288,64,256,2000\n"
		    "r,4294967296,4,66,3000,4198400\n"
		    "0,w,1,1,256,3000\n",
		    "switch:1 L8@1000 S8@1ffcx F3000+0 L4@100000000 F1+1 end:2");
}

static void gem5_refused(void **state)
{
	static const char *const lines[] = {
		"",	      "r",	  "r,1",      "r,1,2",	 "x,1,2,3", "r,1,2,3,4,5,6",
		"r,0x10,2,3", "r,1,2,3,", "r,1,2,,3", "1,2,3,4", "r 1 2 3", "1,1,r,1,2,3",
		"r,1,2,3 4",  "r,1,2,-3",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char text[80];

		snprintf(text, sizeof(text), "%s\n", lines[i]);
		imported_not("gem5", text, "in.txt:1", "not a packet");
	}
	imported_not("gem5", "r,1,0,3\n", "in.txt:1", "no bytes");
	imported_not("gem5", "u,1,4,3\n", "in.txt:+0x0", "no memory access");
}

/* Lines as gem5 prints them, of x86 with macro lines, of Arm with micro-operations alone, and
 * of RISC-V. */
static void gem5_exec(void **state)
{
	(void)state;
	imported_is(
		"gem5-exec",
		"gem5 Simulator System.  http://gem5.org\n"
		"info: Entering event queue @ 0.  Starting simulation...\n"
		"\n"
		"  77000: system.cpu T0 : 0x401000    : xor\trbp, rbp\n"
		"  77000: system.cpu T0 : 0x401000.0  :   XOR_R_R : xor   rbp, rbp, rbp : IntAlu "
		":  D=0x0000000000000000\n"
		" 187000: system.cpu T0 : 0x401006    : pop\trsi\n"
		" 187000: system.cpu T0 : 0x401006.0  :   POP_R : ld   t1, SS:[rsp] : MemRead :  "
		"D=0x0000000000000001 A=0x7fffffffee30\n"
		" 250000: system.cpu T0 : 0x401006.1  :   POP_R : addi   rsp, rsp, 0x8 : IntAlu "
		":  D=0x00007fffffffee38\n"
		" 260000: system.cpu T0 : 0x402000    : ret\n",
		"switch:1 F401000+0 L8@7fffffffee30 F402000+2 end:3");
	imported_is(
		"gem5-exec",
		"2457500: system.cpu: A0 T0 : 0x6224 @_malloc_r+644. 0 :   addxi_uop   ureg0, sp "
		": IntAlu :  D=0x1  FetchSeq=1366  CPSeq=904  flags=(IsInteger|IsMicroop)\n"
		"2457500: system.cpu: A0 T0 : 0x6224 @_malloc_r+644. 2 :   strxi_uop   x28, "
		"[ureg0, #8] : MemWrite :  D=0x0000000000000000 A=0x14ffc  FetchSeq=1367  "
		"CPSeq=905  flags=(IsInteger|IsStore)\n"
		"2457500: system.cpu: A0 T0 : 0x622c @_malloc_r+652    :   ldr   x1, [x1, #2432]  "
		"  : MemRead :  D=0x0000000000000000 A=0x18980  FetchSeq=1369\n"
		"2458000: system.cpu: A3 T0 : 0x6230 @f.part.0    :   ldr   x1 : SimdUnitStrideLoad "
		":  D=0x0 A=0x18fff\n",
		"switch:1 F6224+0 S4@14ffc L8@18980 switch:4 F6230+2 L1@18fff end:3");
	imported_is(
		"gem5-exec",
		"88220000: system.cpu: T0 : 0x2d89c @_findenv_r+90    : c_lw a0, 0(s1)             "
		": MemRead :  D=0x0000000000000000 A=0x60ac8\n"
		"88220000: system.cpu: 0x2d89e    : c_beqz a0, -32             : IntAlu :\n",
		"switch:1 F2d89c+0 L8@60ac8 end:2");
}

static void gem5_exec_refused(void **state)
{
	static const struct {
		const char *line, *why;
	} bad[] = {
		{ "1: cpu: A4294967295 T0 : 0x6224 : nop", "an address space beyond 32 bits" },
		{ "x", "not \"TICK: CPU" },
		{ "77000 system.cpu: T0 : 0x1 : nop", "not \"TICK: CPU" },
		{ "77000: ", "not \"TICK: CPU" },
		{ "77000: cpu: T : 0x1    : nop : IntAlu :", "thread" },
		{ "77000: cpu: A T0 : 0x1    : nop : IntAlu :", "address space" },
		{ "77000: cpu T0 : @_start    : nop", "-ExecSymbol" },
		{ "77000: cpu: T0 : main    : nop", "no address of an instruction" },
		{ "77000: cpu: T0 : 0x1", "no address of an instruction" },
		{ "77000: cpu: 0x1    : ld : MemRead :  D=0x1 A=0x", "no address behind A=" },
		{ "77000: cpu: 0x1    : ld A=0x1", "no class" },
		{ "77000: cpu: 0x1    : ld : IntAlu :  D=0x1 A=0x10",
		  "neither read nor write" },
		{ "77000: cpu: 0x1    : ld : MemRead :  A=0x8000000000000000",
		  "not canonical" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[120];

		snprintf(text, sizeof(text), "%s\n", bad[i].line);
		imported_not("gem5-exec", text, "in.txt:1", bad[i].why);
	}
	imported_not("gem5-exec",
		     "1: cpu0: 0x1    : nop : No :\n2: cpu1: 0x1    : nop : No :\n", "in.txt:2",
		     "another CPU");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lackey),
		cmocka_unit_test(lackey_refused),
		cmocka_unit_test(lackey_origin),
		cmocka_unit_test(champsim),
		cmocka_unit_test(cloudsuite),
		cmocka_unit_test(champsim_refused),
		cmocka_unit_test(din),
		cmocka_unit_test(din_extended),
		cmocka_unit_test(din_refused),
		cmocka_unit_test(gem5),
		cmocka_unit_test(gem5_refused),
		cmocka_unit_test(gem5_exec),
		cmocka_unit_test(gem5_exec_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
