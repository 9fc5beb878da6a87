/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * marker.h - how a program in the guest talks to the capture plugin
 *
 * A marker is a NOP of eight bytes, 0f 1f 84 00 and four of our own (nopl disp32(%rax,%rax,1)):
 * on a real machine, and without the plugin, nothing happens.
 *
 *     capture_begin();            the capture starts (plugin option start=marker)
 *     capture_phase_begin(1);     records the beginning of phase 1; 0..63
 *     ...
 *     capture_phase_end(1);
 *     capture_end();              the last record; the guest runs on at full speed
 *
 * The number of a phase must be a constant.
 */
#ifndef CAPTURE_MARKER_H
#define CAPTURE_MARKER_H

#define CAPTURE_MARKER	    0x534e5400 /* the four bytes are this and a code */
#define CAPTURE_BEGIN	    0x00
#define CAPTURE_END	    0x01
#define CAPTURE_PHASE_BEGIN 0x40
#define CAPTURE_PHASE_END   0x80
#define CAPTURE_PHASES	    0x40

#ifndef __ASSEMBLER__
#define capture_mark(code)                                                                     \
	__asm__ volatile(".byte 0x0f, 0x1f, 0x84, 0x00\n\t.long %c0"                           \
			 :                                                                     \
			 : "i"(CAPTURE_MARKER | (code))                                        \
			 : "memory")
#define capture_begin()	       capture_mark(CAPTURE_BEGIN)
#define capture_end()	       capture_mark(CAPTURE_END)
#define capture_phase_begin(n) capture_mark(CAPTURE_PHASE_BEGIN + (n))
#define capture_phase_end(n)   capture_mark(CAPTURE_PHASE_END + (n))
#endif

#endif
