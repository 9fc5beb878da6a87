/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of drmemtrace's view tool, of perf script and of QEMU's log, line by line. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "imported.h"

/* --- drmemtrace's view --- */

#define VIEW_HEAD                                                                              \
	"Hello, world!\nOutput format:\n"                                                      \
	"<--record#-> <--instr#->: <---tid---> <record details>\n"                             \
	"------------------------------------------------------------\n"
#define VIEW_END "View tool results:\n              4 : total instructions\n"

static void view_records(void **state)
{
	(void)state;
	imported_is("drview",
		    VIEW_HEAD
		    "           1           0:      342625 <marker: version 6>\n"
		    "           2           0:      342625 <marker: filetype 0xe42>\n"
		    "           7           0:      342625 <marker: tid 342625 on core 4>\n"
		    "           8           1:      342625 ifetch       3 byte(s) @ "
		    "0x0000000000401ffd 48 89 e7             mov    %rsp -> %rdi\n"
		    "           9           2:      342625 ifetch      10 byte(s) @ "
		    "0x0000000000402000 48 b8 00 00 00 00 00 mov    $0x0 -> %rax\n"
		    "           9           2:      342625                               "
		    "             00 00 00\n"
		    "          10           2:      342625 write        8 byte(s) @ "
		    "0x00007ffc205a6000 by PC 0x0000000000402000\n"
		    "          11           3:      342625 ifetch       2 byte(s) @ "
		    "0x000000000040200a non-branch\n"
		    "          12           3:      342625 read         4 byte(s) @ "
		    "0x0000000000001000 by PC 0x000000000040200a\n"
		    "          13           3:      342625 ifetch       2 byte(s) @ "
		    "0x000000000040200a non-fetched instruction\n"
		    "          14           3:      342625 pref-r-L1    1 byte(s) @ "
		    "0x0000000000009000 by PC 0x000000000040200a\n"
		    "------------------------------------------------------------\n"
		    "          15           3:      342625 <thread 342625 exited>\n" VIEW_END,
		    "switch:1 F401ffd+0 F402000+1 S8@7ffc205a6000 L4@1000 end:3");
}

/* Windows become phases; before a window's marker the line may have its columns twice. */
static void view_windows_and_kernel(void **state)
{
	(void)state;
	imported_is("drview",
		    VIEW_HEAD "           1           0:           5           1           0:  "
			      "         5 <marker: window 0>\n"
			      "           2           1:           5 ifetch       2 byte(s) @ "
			      "0x0000000000001000 syscall\n"
			      "           3           1:           5 <marker: trace start for "
			      "system call number 1>\n"
			      "           3           1:           5 ifetch       1 byte(s) @ "
			      "0x00000000deadbe00 nop\n"
			      "           4           1:           5 <marker: trace end for "
			      "system call number 1>\n"
			      "           5           2:           6 ifetch       2 byte(s) @ "
			      "0x0000000000001002 non-branch\n"
			      "           6           2:           5 <marker: window 1>\n"
			      "           7           3:       W3.T5 ifetch       2 byte(s) @ "
			      "0x0000000000001002 non-branch\n" VIEW_END,
		    "switch:1 phase:0 F1000+0 Fdeadbe00+1! F1002+1 done:0 phase:1 switch:4 "
		    "F1002+1 done:1 end:4");
}

static void view_flaws(void **state)
{
#define ONE(details) VIEW_HEAD "           1           1:           5 " details "\n" VIEW_END

	(void)state;
	imported_not("drview", ONE("write        x byte(s) @ 0x10 by PC 0x1"), "in.txt:5",
		     "an access without");
	imported_not("drview", ONE("read         8 byte(s) @ 0x10"), "in.txt:5",
		     "an access without");
	imported_not("drview", ONE("ifetch       8 bytes @ 0x10"), "in.txt:5",
		     "an ifetch without");
	imported_not("drview", ONE("ifetch       8 byte(s) @ 0x8000000000000000"), "in.txt:5",
		     "not canonical");
	imported_not("drview", ONE("<marker: window 1"), "in.txt:5", "does not end");
	imported_not("drview", ONE("<marker: window x>"), "in.txt:5", "a window");
	imported_not("drview", ONE("fence"), "in.txt:5", "unknown kind");
	imported_not("drview", VIEW_HEAD "1 one: 5 read\n" VIEW_END, "in.txt:5", "no record");
	imported_not("drview", VIEW_HEAD "View tool results:\nall\n", "in.txt:6",
		     "total instructions");
	imported_not("drview", "<record#>: T<tid> <record details>\n", "in.txt:+0x0",
		     "old view tool");
	imported_not("drview", "Hello\n", "in.txt:+0x0", "no head");
	imported_not("drview",
		     VIEW_HEAD "           1           1:           5 read         8 byte(s) @ "
			       "0x10 by PC 0x1\n",
		     "in.txt:+0xdf", "ends without");
#undef ONE
}

/* --- perf script --- */

static void perf_orders(void **state)
{
	(void)state;
	/* the fields asked for by name */
	imported_is("perf",
		    "              ls 20621/20621 11455.340845: page-faults:     555d955cf5c0 "
		    "ffffffff8175336a\n"
		    "              ls 20621/20621 11455.340889: page-faults:     7f8ac0988b70 "
		    "    7f8ac0988b70\n"
		    "              ls 20621/20622 11455.340892: page-faults:     7f8ac09a2110 "
		    "    7f8ac09897ad\n",
		    "switch:20621 Fffffffff8175336a+0! L8@555d955cf5c0! F7f8ac0988b70+1 "
		    "L8@7f8ac0988b70 F7f8ac09897ad+1 L8@7f8ac09a2110 end:3");
	/* the defaults of a memory event: period, data source, weight; symbols of any look */
	imported_is(
		"perf",
		"Web Content 7 12 [001]   123.456789:        100 "
		"cpu/mem-loads,ldlat=30/P:     7ffd3a0012fc add+0x0 ([stack])         "
		"68100142 |OP LOAD|LVL L1 hit|SNP None|TLB L1 or L2 hit|LCK No              "
		"    7     55d0c0401136 dead (/usr/bin/x)\n"
		"Web Content 7 12 [001]   123.456790:        100 cpu/mem-stores/P: "
		"ffff888000001ffe [unknown] ([unknown]) 5080144 |OP STORE|LVL L1 hit|SNP "
		"N/A ffffffff81000000 operator new(unsigned long) ([kernel.kallsyms])\n",
		"switch:12 F55d0c0401136+0 L8@7ffd3a0012fc Fffffffff81000000+1! "
		"S2@ffff888000001ffe! end:2");
	/* a symbol that could be a number */
	imported_is("perf",
		    "x 5 1.000001: page-faults:           601040 deadbeef (x)           401136 "
		    "feedface (x)\n",
		    "switch:5 F401136+0 L8@601040 end:1");
	/* no time; a breakpoint; a load or a store that only the data source tells */
	imported_is("perf",
		    "x 5         1 mem:0x601040:w:u:           601040           401136\n"
		    "x 5         1 ibs_op//:           601040         1 |OP STORE|LVL L1   "
		    "        401136\n"
		    "x 5         1 ibs_op//:           601040         1 |OP LOAD|LVL L1    "
		    "       401136\n",
		    "switch:5 F401136+0 S8@601040 S8@601040 L8@601040 end:3");
}

static void perf_chains(void **state)
{
	(void)state;
	imported_is("perf",
		    "# captured on: today\n"
		    "ls  6180 11648.205467:          1 page-faults:     557bf21f35c0 "
		    "__progname+0x0 (/usr/bin/ls)\n"
		    "\tffffffff8175336a elf_load+0x28a ([kernel.kallsyms])\n"
		    "\t    7f48240f2ad7 [unknown] ([unknown])\n"
		    "\n"
		    "ls  6180 11648.206817:          1 page-faults:     7fed0113c110 (x)\n"
		    "\t    7f48240f2ad7 [unknown] ([unknown])\n"
		    "\n",
		    "switch:6180 Fffffffff8175336a+0! L8@557bf21f35c0! F7f48240f2ad7+1 "
		    "L8@7fed0113c110 end:2");
}

static void perf_flaws(void **state)
{
	static const char good[] = "ls 5 1.000001: page-faults:           601040           "
				   "401136\n";
	char text[400];

	(void)state;
	/* by default, perf prints the instruction alone for a software event */
	imported_not(
		"perf",
		"ls 5 1.000001: page-faults:           401136 main+0x1 (x)\nls 5 1.000002: "
		"page-faults:           401136 main+0x1 (x)\n",
		"in.txt:1", "not both addr and ip");
	imported_not("perf", "ls 5 1.000001: page-faults:           401136\n", "in.txt:1",
		     "not both addr and ip");
	imported_not("perf", "ls 5 1.000001: page-faults: \n", "in.txt:1",
		     "not both addr and ip");
	snprintf(text, sizeof(text), "%sgarbage\n", good);
	imported_not("perf", text, "in.txt:2", "no sample");
	snprintf(text, sizeof(text), "%s\tgarbage\n", good);
	imported_not("perf", text, "in.txt:2", "call chain");
	imported_not("perf", "ls 5 1.000001: page-faults:                0           401136\n",
		     "in.txt:1", "not known");
	imported_not("perf", "ls 5 1.000001: page-faults: 4000000000000000           401136\n",
		     "in.txt:1", "not canonical");
	imported_not("perf", "ls 5 1.000001: page-faults:           601040           401136",
		     "in.txt:1", "ends inside this line");
	imported_not("perf", "# nothing\n", "in.txt:+0x0", "no memory access");
}

/* --- QEMU's log --- */

#define QEMU_PF(code, cr2)                                                                     \
	"check_exception old: 0xffffffff new 0xe\n"                                            \
	"     0: v=0e e=" code " i=0 cpl=0 IP=0010:ffffffffa8c4e246 pc=ffffffffa8c4e246 "      \
	"SP=0000:ffffffffa8603f30 CR2=" cr2 "\n"
#define QEMU_INT(v)                                                                            \
	"     1: v=" v " e=0000 i=0 cpl=0 IP=0010:ffffffffa7a01ef0 pc=ffffffffa7a01ef0 "       \
	"SP=0000:ffffffffa8603e70 env->regs[R_EAX]=0000000000000001\n"
#define QEMU_DUMP                                                                              \
	"RAX=0000000000000000 RBX=ffff888000014790 RCX=0000000000000400 "                      \
	"RDX=0000000000000000\nR8 =ffffffffde600000 R9 =0000000000014790\n"                    \
	"ES =0000 0000000000000000 00000000 00000000\nGDT=     ffffffffa8c25000 0000007f\n"    \
	"CR0=80050033 CR2=ffff888000014790 CR3=00000000072b6000 CR4=000000a0\n"                \
	"CCS=0000000000000001 CCD=0000000000000000 CCO=LOGICB\nEFER=0000000000000d01\n"

static void qemu_events(void **state)
{
	(void)state;
	imported_is("qemu-log",
		    "CR0 update: CR0=0x60000010\nSMM: enter\n" QEMU_DUMP
		    "CR3 update: CR3=00000000072b6000\n" QEMU_PF("0002", "ffff888000014790")
			    QEMU_DUMP "Servicing hardware INT=0x30\n" QEMU_INT("30") QEMU_DUMP
		    "Servicing hardware INT=0x08\nCR0 update: CR0=0x00000011\n" QEMU_INT("80"),
		    "cr0:60000010 cr3:72b6000 pf:ffff888000014790/2 int:30 int:8 cr0:11 "
		    "int:80 end:0");
	/* two in a row in real mode, the last line of the log */
	imported_is("qemu-log", "Servicing hardware INT=0x08\nServicing hardware INT=0x09\n",
		    "int:8 int:9 end:0");
}

static void qemu_flaws(void **state)
{
	(void)state;
	imported_not("qemu-log", "CR3 update: CR3=xyz\n", "in.txt:1", "not a line of QEMU's");
	imported_not("qemu-log", "CR3 update: CR3=1\nIN: start\n", "in.txt:2",
		     "not a line of QEMU's");
	imported_not("qemu-log", "Servicing hardware INT=0x100\n", "in.txt:1",
		     "not a line of QEMU's");
	imported_not("qemu-log", "     0: v=0e e=0002 i=0 cpl=0 IP=0010:1 pc=1 SP=0000:1\n",
		     "in.txt:1", "not a line of QEMU's");
	imported_not("qemu-log", "     0: v=0e e=1ffffffff i=0 cpl=0 IP=1 CR2=1\n", "in.txt:1",
		     "not a line of QEMU's");
}

/* --- the formats tell each other apart --- */

static void known_by_its_lines(void **state)
{
	static const struct {
		const char *text, *records;
	} one[] = {
		{ VIEW_HEAD "           1           1:           5 read         8 byte(s) @ "
			    "0x10 by PC 0x1\n" VIEW_END,
		  "switch:1 L8@10 end:0" },
		{ "ls 5 1.000001: page-faults:           601040           401136\n",
		  "switch:5 F401136+0 L8@601040 end:1" },
		{ "CR3 update: CR3=1000\n", "cr3:1000 end:0" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(one) / sizeof(*one); i++)
		imported_is(NULL, one[i].text, one[i].records);
	imported_not(NULL, "# tracer: nop\n", "in.txt:+0x0", "trace exits");
	imported_not(NULL, "PERFILE2....", "in.txt:+0x0", "perf script");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(view_records),	      cmocka_unit_test(view_windows_and_kernel),
		cmocka_unit_test(view_flaws),	      cmocka_unit_test(perf_orders),
		cmocka_unit_test(perf_chains),	      cmocka_unit_test(perf_flaws),
		cmocka_unit_test(qemu_events),	      cmocka_unit_test(qemu_flaws),
		cmocka_unit_test(known_by_its_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
