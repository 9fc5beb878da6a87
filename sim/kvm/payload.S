/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * payload.S - the replay program that runs inside the guest: payload_code.h says how it is used
 *
 * The loop runs at CPL 3. A store is OR with 0: KVM's emulator takes OR, not ADD, for an instruction that writes
 * page tables. What only a kernel may do goes through ud2 to CPL 0, with the function in r15. A handler never
 * saves registers: loop and handlers are one program that shares them.
 *
 *     rsi  next word        rdi  address            rax  scratch
 *     r12  where to go on after the fault that is expected now, or 0        r13  its error code
 *     r14  next result      r15  what the kernel shall do, or 0
 *     r10  0, which the next chained load waits for         r11  rounds done
 *
 * The operations are there twice. In the second set each waits until the one before it has retired: a processor
 * that looks ahead of a store that faults may put into its TLB what the fault is about to change.
 */
#include "kvm/payload_code.h"

	.section .rodata
	.code64

/* Decodes the next word and goes to its operation. */
.macro next
	mov	(%rsi), %rdi
	add	$8, %rsi
	mov	%rdi, %rax
	shl	$16, %rdi
	sar	$16, %rdi
	shr	$48, %rax
	add	%rbx, %rax
	.if	ordered
	lfence
	.endif
	jmp	*%rax
.endm

.macro operation number
	.org	kvm_payload_code + (\number + ordered) * PAYLOAD_OP_BYTES, 0xcc
.endm

/* An access that must raise #PF with this error code. */
.macro faulting code, instruction:vararg
	lea	1f(%rip), %r12
	mov	$\code, %r13d
	\instruction
	jmp	missed
1:	next
.endm

.macro kernel function
	lea	\function(%rip), %r15
	ud2
	xor	%r15d, %r15d
	next
.endm

.macro operations
operation PAYLOAD_OP_END
	movl	$PAYLOAD_BELL_END, (%rbp)
	jmp	batch
operation PAYLOAD_OP_LOAD_1
	movzbl	(%rdi), %eax
	next
operation PAYLOAD_OP_LOAD_2
	movzwl	(%rdi), %eax
	next
operation PAYLOAD_OP_LOAD_4
	movl	(%rdi), %eax
	next
operation PAYLOAD_OP_LOAD_8
	movq	(%rdi), %rax
	next
operation PAYLOAD_OP_STORE_1
	orb	$0, (%rdi)
	next
operation PAYLOAD_OP_STORE_2
	orw	$0, (%rdi)
	next
operation PAYLOAD_OP_STORE_4
	orl	$0, (%rdi)
	next
operation PAYLOAD_OP_STORE_8
	orq	$0, (%rdi)
	next
operation PAYLOAD_OP_TABLE_STORE
	mov	(%rsi), %rax
	add	$8, %rsi
	mov	%rax, (%rdi)
	next
operation PAYLOAD_OP_CR3
	kernel	load_cr3
operation PAYLOAD_OP_INVLPG
	kernel	invalidate
operation PAYLOAD_OP_READ
	mov	(%rdi), %rax
	mov	%rax, (%r14)
	add	$8, %r14
	next
operation PAYLOAD_OP_LOAD_ABSENT
	faulting 4, movb (%rdi), %al
operation PAYLOAD_OP_LOAD_REFUSED
	faulting 5, movb (%rdi), %al
operation PAYLOAD_OP_STORE_ABSENT
	faulting 6, orb $0, (%rdi)
operation PAYLOAD_OP_STORE_REFUSED
	faulting 7, orb $0, (%rdi)
operation PAYLOAD_OP_LOAD_CHAINED
	mov	(%rdi, %r10), %r10
	and	$0, %r10d
	next
operation PAYLOAD_OP_AGAIN
	inc	%r11
	xor	%eax, %eax
	cmp	%rdi, %r11
	cmovb	%r8, %rsi
	cmovae	%rax, %r11
	next
operation PAYLOAD_OP_TRAP
	kernel	return
.endm

	.balign	64
	.globl	kvm_payload_code
	.type	kvm_payload_code, @object
kvm_payload_code:
ordered = 0
operations
ordered = PAYLOAD_OP_ORDERED
operations
operation PAYLOAD_OP_COUNT

batch:
	mov	%r8, %rsi
	mov	%r9, %r14
	next

missed:
	movl	$PAYLOAD_BELL_MISSED, (%rbp)
	jmp	missed

	.globl	kvm_payload_start
	.type	kvm_payload_start, @object
kvm_payload_start:
	mov	%rbx, %rdi
1:	mov	(%rdi), %rax
	add	$4096, %rdi
	dec	%edx
	jnz	1b
	jmp	batch

/* --- CPL 0 --- */

load_cr3:
	mov	%rdi, %cr3
	iretq

invalidate:
	invlpg	(%rdi)
return:
	iretq

/* rsp: rip, cs, rflags, rsp, ss */
invalid_opcode:
	test	%r15, %r15
	jz	1f
	addq	$2, (%rsp)
	jmp	*%r15
1:	push	$6
	jmp	unexpected

/* rsp: error code, rip, ... */
page_fault:
	test	%r12, %r12
	jz	1f
	mov	%cr2, %rax
	cmp	%rdi, %rax
	jne	1f
	mov	(%rsp), %rax
	and	$7, %eax
	cmp	%r13, %rax
	jne	1f
	mov	%r12, 8(%rsp)
	xor	%r12d, %r12d
	add	$8, %rsp
	iretq
1:	push	$14
	jmp	unexpected

/* rsp: vector, error code if the vector has one (8, 10 to 14, 17, 21), rip, ... */
unexpected:
	pop	%rcx
	xor	%edx, %edx
	mov	$0x227d00, %eax
	bt	%ecx, %eax
	jnc	1f
	pop	%rdx
1:	pop	%r15
	add	$PAYLOAD_BELL_EXCEPTION, %ecx
2:	mov	%ecx, (%rbp)
	jmp	2b

	.balign	PAYLOAD_STUB_BYTES, 0xcc
	.globl	kvm_payload_stubs
	.type	kvm_payload_stubs, @object
kvm_payload_stubs:
	vector = 0
	.rept	PAYLOAD_VECTORS
	.org	kvm_payload_stubs + vector * PAYLOAD_STUB_BYTES, 0xcc
	.if	vector == 6
	jmp	invalid_opcode
	.elseif	vector == 14
	jmp	page_fault
	.else
	push	$vector
	jmp	unexpected
	.endif
	vector = vector + 1
	.endr
	.globl	kvm_payload_code_end
	.type	kvm_payload_code_end, @object
kvm_payload_code_end:

	.section .note.GNU-stack, "", @progbits
