/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * payload_code.h - what the VMM and the guest's replay program (payload.S) agree on
 *
 * A record is one word of 8 bytes: the address, sign-extended from bit 47, and above it the operation as the byte
 * offset of its code. PAYLOAD_OP_TABLE_STORE is followed by a word with the value to store.
 *
 *     63        48 47                                                 0
 *     | operation |                  gva (or CR3)                     |
 *
 * A batch ends with PAYLOAD_OP_END, whose store to the doorbell wakes the VMM. The value that is stored says why: see
 * PAYLOAD_BELL_*.
 *
 * Registers that the VMM sets before the first instruction, and that the program keeps:
 *     rbx  the code page        rdx  pages to touch at first, starting there
 *     r8   the records          r9   the results
 *     rbp  the doorbell
 * and that the VMM reads when the bell rings for an exception:
 *     rsi  the word after the one being done     rdi  its address
 *     rdx  its error code                        r15  rip where it happened
 *     r12  not 0: a page fault was expected      r13  with this error code
 *
 * Also included by the assembler: macros only.
 */
#ifndef SIM_KVM_PAYLOAD_CODE_H
#define SIM_KVM_PAYLOAD_CODE_H

#define PAYLOAD_OP_BYTES 64 /* of code, each operation */

#define PAYLOAD_OP_END		 0
#define PAYLOAD_OP_LOAD_1	 1
#define PAYLOAD_OP_LOAD_2	 2
#define PAYLOAD_OP_LOAD_4	 3
#define PAYLOAD_OP_LOAD_8	 4
#define PAYLOAD_OP_STORE_1	 5 /* leaves memory as it is */
#define PAYLOAD_OP_STORE_2	 6
#define PAYLOAD_OP_STORE_4	 7
#define PAYLOAD_OP_STORE_8	 8
#define PAYLOAD_OP_TABLE_STORE	 9 /* of the next word */
#define PAYLOAD_OP_CR3		 10
#define PAYLOAD_OP_INVLPG	 11
#define PAYLOAD_OP_READ		 12 /* 8 bytes, appended to the results */
#define PAYLOAD_OP_LOAD_ABSENT	 13 /* faults: error code U */
#define PAYLOAD_OP_LOAD_REFUSED	 14 /* U P */
#define PAYLOAD_OP_STORE_ABSENT	 15 /* U W */
#define PAYLOAD_OP_STORE_REFUSED 16 /* U W P */
#define PAYLOAD_OP_LOAD_CHAINED	 17 /* 8 bytes; the address waits for the last of these */
#define PAYLOAD_OP_AGAIN	 18 /* from the first word on, until as often as its address says */
#define PAYLOAD_OP_TRAP		 19 /* to the kernel and back, for nothing */
#define PAYLOAD_OP_COUNT	 20
#define PAYLOAD_OP_ORDERED                                                                     \
	PAYLOAD_OP_COUNT /* plus one of the above: none starts before it is done */

#define PAYLOAD_BELL_END       0     /* the batch is done */
#define PAYLOAD_BELL_MISSED    1     /* an access that should fault did not */
#define PAYLOAD_BELL_EXCEPTION 0x100 /* plus the vector: one that nothing expected */

#define PAYLOAD_VECTORS	   32
#define PAYLOAD_STUB_BYTES 16 /* of code, each vector's entry */

/* Selectors, where Linux has them. */
#define PAYLOAD_KERNEL_CS 0x10
#define PAYLOAD_KERNEL_DS 0x18
#define PAYLOAD_USER_DS	  0x2b
#define PAYLOAD_USER_CS	  0x33
#define PAYLOAD_TSS	  0x40

#ifndef __ASSEMBLER__
/* The program; runs at any address. */
extern const unsigned char kvm_payload_code[], kvm_payload_code_end[];
extern const unsigned char kvm_payload_start[]; /* the first instruction */
extern const unsigned char kvm_payload_stubs[]; /* entries of the vectors */
#endif

#endif
