/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guest.S - a guest of known doings, for check_capture_plugin
 *
 * Boots by multiboot, enters 64-bit paging, and does one thing after the other between the
 * markers. Each line of comment that begins with "//=" is what a capture must record at that
 * place, as `trace cat` prints it (of a fetch: its page). With CALLS the program at CPL 3 makes
 * system calls of Linux, and "//+" are the process events; the kernel grants what rbx says. With
 * PLUG it waits for memory to be plugged. Entries of its tables have A and D set
 * from the start, so that the walker has nothing to add.
 *
 *     gva 0              8 MiB in 2 MiB pages, for CPL 3 too: code, tables
 *     0x40000000         small pages: 0 -> 0x300000, 1 -> 0x302000, 2 and 3 to come
 *     0x80000000         2 MiB at gpa 0x100000000
 *     0xffff800000000000 all of the above again: IDT, GDT, TSS, stack
 */
#define __ASSEMBLER__ 1
#include "capture/marker.h"

#define ROOT_A 0x200000
#define ROOT_B 0x201000
#define PDPT_A 0x202000
#define PD_LOW 0x203000
#define PT_A   0x204000
#define PD_A   0x205000
#define PD_FAR 0x206000
#define PDPT_B 0x207000
#define PD_B   0x208000
#define PT_B   0x209000
#define PT_C   0x20a000
#define TABLES_END 0x20b000
#define IDT    0x210000
#define TSS    0x211000
#define STACK  0x221000 /* its upper end */
#define UPPER  0xffff800000000000

#define SMALL 0x40000000
#define FAR   0x80000000

#define CODE0 0x08
#define DATA0 0x10
#define DATA3 0x1b
#define CODE3 0x23
#define TASK  0x28

/* ISA debug-exit device: the status is twice the byte, plus 1 */
#define EXIT_PORT 0xf4
#define EXIT_GOOD 0x10

.macro MARK code
	.byte 0x0f, 0x1f, 0x84, 0x00
	.long CAPTURE_MARKER | \code
.endm

/* The entry at an address below 4 GiB; hi is its upper half. */
.macro ENTRY at, lo, hi=0
	movl $\lo, \at
	movl $\hi, \at + 4
.endm

	.section .text
	.code32
	.globl start
	.align 4
multiboot:
	.long 0x1badb002, 0, -0x1badb002
start:
	cli
	xorl %eax, %eax
	movl $ROOT_A, %edi
	movl $(TABLES_END - ROOT_A) / 4, %ecx
	rep stosl
	ENTRY ROOT_A, (PDPT_A + 0x67)
	ENTRY (ROOT_A + 8 * 256), (PDPT_A + 0x67)
	ENTRY ROOT_B, (PDPT_B + 0x67)
	ENTRY (ROOT_B + 8 * 256), (PDPT_A + 0x67)
	ENTRY PDPT_A, (PD_LOW + 0x67)
	ENTRY PDPT_A + 8, PD_A + 0x67
	ENTRY (PDPT_A + 16), (PD_FAR + 0x67)
	ENTRY PDPT_B, (PD_LOW + 0x67)
	ENTRY PDPT_B + 8, PD_B + 0x67
	ENTRY PD_LOW, 0x0000e7
	ENTRY PD_LOW + 8, 0x2000e7
	ENTRY (PD_LOW + 16), (0x4000e7)
	ENTRY (PD_LOW + 24), (0x6000e7)
	ENTRY PD_A, (PT_A + 0x67)
	ENTRY PT_A, 0x300067
	ENTRY PT_A + 8, 0x302067
	ENTRY PD_FAR, 0xe7, 1
	ENTRY PD_B, (PT_B + 0x67)
	ENTRY PT_B, 0x306067
	ENTRY PT_C, 0x307067
	movl %cr4, %eax
	orl $0x20, %eax /* PAE */
	movl %eax, %cr4
	movl $ROOT_A, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x100, %eax /* LME */
	wrmsr
	movl %cr0, %eax
	orl $0x80010001, %eax /* PG, WP, PE */
	movl %eax, %cr0
	lgdt gdt_low
	ljmp $CODE0, $start64

	.code64
start64:
	movw $DATA0, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movabsq $UPPER + STACK, %rsp
	lgdt gdt_high
	movabsq $UPPER + STACK, %rax
	movq %rax, TSS + 4 /* rsp0 */
	ltr task
	movl $fault, %eax
	movl $14, %edi
	call set_gate
	movl $soft, %eax
	movl $0x42, %edi
	call set_gate
	movl $from_user, %eax
	movl $0x43, %edi
	call set_gate
	lidt idt
#ifdef CALLS
	movl $0xc0000080, %ecx
	rdmsr
	orl $1, %eax /* SCE */
	wrmsr
	movl $0xc0000081, %ecx /* STAR: SYSRET takes DATA3 and CODE3 */
	xorl %eax, %eax
	movl $0x00100008, %edx
	wrmsr
	movl $0xc0000082, %ecx /* LSTAR */
	movl $entry, %eax
	xorl %edx, %edx
	wrmsr
#endif
	movl $SMALL, %ebx
	movl $0x1234, %ecx
	MARK CAPTURE_BEGIN
	jmp begun
	.balign 4096
begun:
	//= ptpage gpa 0x200000 level 4 0:0x202067 256:0x202067
	//= ptpage gpa 0x202000 level 3 0:0x203067 1:0x205067 2:0x206067
	//= ptpage gpa 0x203000 level 2 0:0xe7 1:0x2000e7 2:0x4000e7 3:0x6000e7
	//= ptpage gpa 0x205000 level 2 0:0x204067
	//= ptpage gpa 0x204000 level 1 0:0x300067 1:0x302067
	//= ptpage gpa 0x206000 level 2 0:0x1000000e7
	//= fetch 0x101000 frame 0x101 count 0

	/* Sizes; one access that ends in the next page. */
	movq %rcx, 8(%rbx) //= store 8 0x40000008 frame 0x300
	movl 8(%rbx), %eax //= load 4 0x40000008 frame 0x300
	movw 0x1010(%rbx), %ax //= load 2 0x40001010 frame 0x302
	movb %al, 1(%rbx) //= store 1 0x40000001 frame 0x300
	movq %rcx, 0xffc(%rbx) //= store 8 0x40000ffc frame 0x300 cross

	/* A string instruction: an access for each element. */
	movl $2, %ecx
	movl $SMALL + 0x100, %esi
	movl $SMALL + 0x1200, %edi
	rep movsq
	//= load 8 0x40000100 frame 0x300
	//= store 8 0x40001200 frame 0x302
	//= load 8 0x40000108 frame 0x300
	//= store 8 0x40001208 frame 0x302

	/* Entries are written: 8 bytes, 1, 4, and 8 bytes over two entries. */
	movl $0x304067, %eax
	movq %rax, PT_A + 16
	//= store 8 0x204010 frame 0x204
	//= ptw gpa 0x204010 value 0x304067
	lock andb $~0x20, PT_A + 16
	//= load 1 0x204010 frame 0x204
	//= store 1 0x204010 frame 0x204
	//= ptw gpa 0x204010 value 0x304047
	movl $0x304067, PT_A + 16
	//= store 4 0x204010 frame 0x204
	//= ptw gpa 0x204010 value 0x304067
	movq $0, PT_A + 0x7fc
	//= store 8 0x2047fc frame 0x204
	//= ptw gpa 0x2047f8 value 0x0
	//= ptw gpa 0x204800 value 0x0

	/* INVLPG through each part of an operand. */
	invlpg SMALL + 0x2000 //= invlpg 0x40002000
	movl $0x300, %ecx
	invlpg 0x1000(%rbx, %rcx, 4) //= invlpg 0x40001c00
	invlpg begun(%rip) //= invlpg 0x101000
	movb 0x2000(%rbx), %al //= load 1 0x40002000 frame 0x304

	/* A page fault; its handler maps the page. IRETQ pops five words, and reads the descriptors
	 * of CS and SS. */
	movl 0x3004(%rbx), %eax
	//= pf 0x40003004 error 0x0
	//= fetch 0x102000 frame 0x102 count 19
	//= store 8 0x204018 frame 0x204
	//= ptw gpa 0x204018 value 0x305067
	//= load 8 0xffff800000220fd8 frame 0x220
	//= load 8 0xffff800000220fe0 frame 0x220
	//= load 8 0xffff800000220fe8 frame 0x220
	//= load 4 0xffff800000104008 frame 0x104
	//= load 4 0xffff80000010400c frame 0x104
	//= load 8 0xffff800000220ff0 frame 0x220
	//= load 8 0xffff800000220ff8 frame 0x220
	//= load 4 0xffff800000104010 frame 0x104
	//= load 4 0xffff800000104014 frame 0x104
	//= fetch 0x101000 frame 0x101 count 3
	//= load 4 0x40003004 frame 0x305

	/* A software interrupt. */
	int $0x42
	//= int vector 66
	//= fetch 0x102000 frame 0x102 count 2
	//= load 8 0xffff800000220fd8 frame 0x220
	//= load 8 0xffff800000220fe0 frame 0x220
	//= load 8 0xffff800000220fe8 frame 0x220
	//= load 4 0xffff800000104008 frame 0x104
	//= load 4 0xffff80000010400c frame 0x104
	//= load 8 0xffff800000220ff0 frame 0x220
	//= load 8 0xffff800000220ff8 frame 0x220
	//= load 4 0xffff800000104010 frame 0x104
	//= load 4 0xffff800000104014 frame 0x104
	//= fetch 0x101000 frame 0x101 count 1

	/* Another address space, which shares tables with the first. */
	movl $ROOT_B, %eax
	movq %rax, %cr3
	//= cr3 0x201000
	//= ptpage gpa 0x201000 level 4 0:0x207067 256:0x202067
	//= ptpage gpa 0x207000 level 3 0:0x203067 1:0x208067
	//= ptpage gpa 0x208000 level 2 0:0x209067
	//= ptpage gpa 0x209000 level 1 0:0x306067
	movl (%rbx), %eax //= load 4 0x40000000 frame 0x306

	/* A table is linked in, used, and unlinked. */
	movq $PT_C + 0x67, PD_B + 8
	//= store 8 0x208008 frame 0x208
	//= ptw gpa 0x208008 value 0x20a067
	//= ptpage gpa 0x20a000 level 1 0:0x307067
	movl 0x200000(%rbx), %eax //= load 4 0x40200000 frame 0x307
	movb $0, PD_B + 8
	//= store 1 0x208008 frame 0x208
	//= ptw gpa 0x208008 value 0x20a000
	//= ptfree gpa 0x20a000
	movq $0, PT_C //= store 8 0x20a000 frame 0x20a

	/* The first address space is no root any more when its kernel half goes. */
	movq $0, ROOT_A + 8 * 256
	//= store 8 0x200800 frame 0x200
	//= ptfree gpa 0x200000
	movq $PDPT_A + 0x67, ROOT_A + 8 * 256 //= store 8 0x200800 frame 0x200
	movl $ROOT_A, %eax
	movq %rax, %cr3
	//= cr3 0x200000
	//= ptpage gpa 0x200000 level 4 0:0x202067 256:0x202067
	/* What is there before the process first runs, told where its address space is loaded. */
	//= switch pid 1
	//= map pid 1 gva 0x0 bytes 0x800000 mapping 0x2005 file 0x0
	//= map pid 1 gva 0x40000000 bytes 0x4000 mapping 0x2005 file 0x0
	//= map pid 1 gva 0x80000000 bytes 0x200000 mapping 0x2005 file 0x0

#ifdef PLUG
	/* Says that it waits for a key, so that memory can be plugged meanwhile. */
	outb %al, $0xe9
1:	inb $0x64, %al
	testb $1, %al
	jz 1b
#endif
	/* Above 4 GiB. */
	movl $FAR + 0x123000, %edx
	movq %rax, 0x28(%rdx) //= store 8 0x80123028 frame 0x100123

	/* Registers. */
	movq %cr4, %rax
	orq $0x80, %rax
	movq %rax, %cr4 //= cr4 0xa0
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x800, %eax
	wrmsr //= efer 0xd00
	movq %cr0, %rax
	andq $~0x10000, %rax
	movq %rax, %cr0 //= cr0 0x80000011

	/* CPL 3 and back. */
	MARK CAPTURE_PHASE_BEGIN + 5 //= phase 5 begin
	movabsq $UPPER + STACK - 40, %rsp
	movq $user, (%rsp) //= store 8 0xffff800000220fd8 frame 0x220
	movq $CODE3, 8(%rsp) //= store 8 0xffff800000220fe0 frame 0x220
	movq $2, 16(%rsp) //= store 8 0xffff800000220fe8 frame 0x220
	movq $SMALL + 0x800, 24(%rsp) //= store 8 0xffff800000220ff0 frame 0x220
	movq $DATA3, 32(%rsp) //= store 8 0xffff800000220ff8 frame 0x220
	iretq
	//= load 8 0xffff800000220fd8 frame 0x220
	//= load 8 0xffff800000220fe0 frame 0x220
	//= load 8 0xffff800000220fe8 frame 0x220
	//= load 4 0xffff800000104020 frame 0x104
	//= load 4 0xffff800000104024 frame 0x104
	//= load 8 0xffff800000220ff0 frame 0x220
	//= load 8 0xffff800000220ff8 frame 0x220
	//= load 4 0xffff800000104018 frame 0x104
	//= load 4 0xffff80000010401c frame 0x104
	//= fetch user 0x103000 frame 0x103 count 31
	//= store 8 user 0x400007f8 frame 0x300
	//= load 4 user 0x40000008 frame 0x300
	//= int vector 67
	//= fetch 0x102000 frame 0x102 count 3

	.balign 4096
fault:
	movq $0x305067, PT_A + 24
	addq $8, %rsp
	iretq
	.balign 16
soft:
	iretq
	.balign 16
from_user:
	MARK CAPTURE_PHASE_END + 5 //= phase 5 end
	movb %al, SMALL + 2 //= store 1 0x40000002 frame 0x300
	MARK CAPTURE_END
	movb %al, SMALL + 3
	movb $EXIT_GOOD, %al
	outb %al, $EXIT_PORT
halt:
	hlt
	jmp halt
	//= end instructions 61

/* The interrupt gate of vector edi is at eax. */
set_gate:
	shll $4, %edi
	movw %ax, IDT(%rdi)
	movw $CODE0, IDT + 2(%rdi)
	movw $0xee00, IDT + 4(%rdi)
	shrl $16, %eax
	movw %ax, IDT + 6(%rdi)
	movq $0, IDT + 8(%rdi)
	ret

	.balign 4096
user:
#ifndef CALLS
	pushq %rax
	movl SMALL + 8, %eax
	int $0x43
#else
/* System call of a number, with up to six arguments, and its result. */
.macro CALL number, result, a=0, b=0, c=0, d=0, e=0, f=0
	movl $\number, %eax
	movq $\result, %rbx
	movq $\a, %rdi
	movq $\b, %rsi
	movq $\c, %rdx
	movq $\d, %r10
	movq $\e, %r8
	movq $\f, %r9
	syscall
.endm
	//+ switch pid 1
	//+ map pid 1 gva 0x0 bytes 0x800000 mapping 0x2005 file 0x0
	//+ map pid 1 gva 0x40000000 bytes 0x4000 mapping 0x2005 file 0x0
	//+ map pid 1 gva 0x80000000 bytes 0x200000 mapping 0x2005 file 0x0
	CALL 257, 3, -100, library /* openat */
	CALL 9, 0x10000000, 0, 0x2345, 5, 2, 3, 0x6000 /* mmap of it, private */
	//+ map pid 1 gva 0x10000000 bytes 0x3000 mapping 0x105 file 0x100000006000
	CALL 9, -12, 0, 0x1000, 3, 0x22, -1 /* ENOMEM */
	CALL 9, 0x11000000, 0, 0x1000, 3, 0x21, -1 /* shared, anonymous */
	//+ map pid 1 gva 0x11000000 bytes 0x1000 mapping 0x203 file 0x0
	CALL 9, 0x12000000, 0, 0x1000, 3, 0x40022, -1 /* hugetlb */
	//+ map pid 1 gva 0x12000000 bytes 0x200000 mapping 0x803 file 0x0
	CALL 33, 7, 3, 7 /* dup2 */
	CALL 3, 0, 3 /* close */
	CALL 9, 0x13000000, 0, 0x1000, 1, 1, 7 /* shared */
	//+ map pid 1 gva 0x13000000 bytes 0x1000 mapping 0x301 file 0x100000000000
	CALL 257, 3, -100, other
	CALL 9, 0x14000000, 0, 0x1000, 1, 2, 3
	//+ map pid 1 gva 0x14000000 bytes 0x1000 mapping 0x101 file 0x200000000000
	CALL 10, 0, 0x10000000, 0x1000, 1 /* mprotect */
	//+ protect pid 1 gva 0x10000000 bytes 0x1000 protection 0x1
	CALL 11, 0, 0x10001000, 0x2000 /* munmap */
	//+ unmap pid 1 gva 0x10001000 bytes 0x2000
	CALL 28, 0, 0x11000000, 0x1000, 4 /* madvise */
	//+ advise pid 1 gva 0x11000000 bytes 0x1000 advice 4
	CALL 12, 0x50000000 /* brk: where it is, up, down */
	CALL 12, 0x50003000, 0x50003000
	//+ map pid 1 gva 0x50000000 bytes 0x3000 mapping 0x3 file 0x0
	CALL 12, 0x50001000, 0x50001000
	//+ unmap pid 1 gva 0x50001000 bytes 0x2000
	CALL 25, 0x20000000, 0x11000000, 0x1000, 0x3000, 1 /* mremap */
	//+ unmap pid 1 gva 0x11000000 bytes 0x1000
	//+ map pid 1 gva 0x20000000 bytes 0x3000 mapping 0x3 file 0x0
	CALL 56, 9, 0x10100, SMALL + 0x400 /* clone: a thread */
	CALL 60, 0 /* which ends: exit */
	CALL 57, -11 /* fork: EAGAIN */
	//+ fork pid 1 child 2
	//+ exit pid 2
	CALL 57, 8 /* fork */
	//+ fork pid 1 child 3
back:
	testl %eax, %eax
	jz child
	CALL 1000, 0, ROOT_B, back /* the kernel: now the child runs, in its address space */
child:
	//+ switch pid 3
	CALL 231, 0, ROOT_A, parent /* exit_group; the kernel: the parent runs */
	//+ exit pid 3
parent:
	//+ switch pid 1
	CALL 59, 0, other, program, ROOT_B /* execve, the kernel: in a new address space */
program:
	//+ exec pid 1
	//+ map pid 1 gva 0x400000 bytes 0x2000 mapping 0x105 file 0x200000001000
	//+ map pid 1 gva 0x403000 bytes 0x1000 mapping 0x103 file 0x200000004000
	//+ map pid 1 gva 0x404000 bytes 0x2000 mapping 0x3 file 0x0
	//+ map pid 1 gva 0xe3000 bytes 0x21000 mapping 0x403 file 0x0
	CALL 12, 0x60000000
	MARK CAPTURE_END
	int $0x43

/* The kernel. Numbers that switch address spaces go on at rsi. */
entry:
	cmpl $1000, %eax
	je switch
	cmpl $231, %eax
	je switch
	cmpl $59, %eax
	je execute
	movq %rbx, %rax
	sysretq
switch:
	movq %rdi, %cr3
	movq %rsi, %rcx
	movq %rbx, %rax
	sysretq
execute:
	movq %rdx, %cr3
	movq %rsi, %rcx
	movl $stack, %esp
	xorl %eax, %eax
	xorl %ebx, %ebx
	xorl %edx, %edx
	xorl %esi, %esi
	xorl %edi, %edi
	xorl %ebp, %ebp
	xorl %r8d, %r8d
	xorl %r9d, %r9d
	xorl %r10d, %r10d
	sysretq

library:
	.asciz "library"
	.balign 8
/* What a program finds on its stack: argc, argv, the environment, the auxiliary vector. */
stack:
	.quad 1, other, 0, 0
	.quad 3, headers, 5, 3, 31, other, 0, 0
/* Type and flags, offset, address twice, bytes in the file and in memory, alignment. */
headers:
	.quad 1 | 5 << 32, 0x1000, 0x400000, 0, 0x1800, 0x1800, 0x1000
	.quad 1 | 6 << 32, 0x4010, 0x403010, 0, 0xff0, 0x2ff0, 0x1000
	.quad 4 | 4 << 32, 0, 0, 0, 0, 0, 8
other:
	.asciz "program"
#endif

	.balign 4096
gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* CODE0 */
	.quad 0x00cf93000000ffff /* DATA0 */
	.quad 0x00cff3000000ffff /* DATA3 */
	.quad 0x00affb000000ffff /* CODE3 */
	.quad 0x0000890000000067 | (TSS & 0xffffff) << 16
	.quad UPPER >> 32
gdt_low:
	.word gdt_low - gdt - 1
	.long gdt
gdt_high:
	.word gdt_low - gdt - 1
	.quad UPPER + gdt
idt:
	.word 0xfff
	.quad UPPER + IDT
task:
	.word TASK
