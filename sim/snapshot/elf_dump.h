/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * elf_dump.h - an ELF core file of a guest, as dump-guest-memory writes it
 *
 * Little-endian, 64-bit or 32-bit class. A PT_LOAD gives p_filesz bytes of the file to the GPAs from p_paddr on; with
 * paging=on there is one for each stretch of a CPU's mapping, and several may give the same GPA the same bytes. A note
 * "QEMU" for each CPU, in their order, holds struct QEMUCPUState: version and size (u32), 18 registers, 10 segments of 24 bytes,
 * cr[5], kernel_gs_base. EFER is not in it; e_machine is EM_X86_64 when the first CPU is in long mode. What 64-bit
 * Linux has stands for EFER then: SCE, LME, LMA, NXE.
 *
 * Source: ELF gABI "Program Header", "Note Section"; QEMU 7.2 dump/dump.c, target/i386/arch_dump.c; dumps of it.
 */
#ifndef SIM_SNAPSHOT_ELF_DUMP_H
#define SIM_SNAPSHOT_ELF_DUMP_H

#define ELF_CLASS_32	 1u /* e_ident[4] */
#define ELF_CLASS_64	 2u
#define ELF_DATA_LITTLE	 1u /* e_ident[5] */
#define ELF_TYPE_CORE	 4u
#define ELF_MACHINE_386	 3u
#define ELF_MACHINE_X86	 62u
#define ELF_SEGMENT_LOAD 1u
#define ELF_SEGMENT_NOTE 4u
#define ELF_MANY_HEADERS 0xffffu /* PN_XNUM: sh_info of section 0 counts them */

#define ELF_DUMP_NOTE	      "QEMU"
#define ELF_DUMP_CPU_VERSION  1u
#define ELF_DUMP_CPU_BYTES    440u
#define ELF_DUMP_RIP_OFFSET   136u
#define ELF_DUMP_CR_OFFSET    392u
#define ELF_DUMP_ASSUMED_EFER 0xd01u

#endif
