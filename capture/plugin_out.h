/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin_out.h - the plugin's output: units of trace/capture_wire.h through a buffer
 *
 * One capture a process, so its state is one object. plugin_out.on is true between
 * plugin_out_header() and the end; whoever adds records asks it first. What cannot be written
 * ends QEMU with a message: a capture with a gap is none.
 */
#ifndef CAPTURE_PLUGIN_OUT_H
#define CAPTURE_PLUGIN_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/capture_wire.h"

struct plugin_out {
	struct wire_unit *at, *end; /* free part of the buffer */
	bool on;
};

extern struct plugin_out plugin_out;

struct plugin_event {
	enum wire_kind kind;
	uint8_t level;
	uint32_t n, pid;
	uint64_t gva, gpa, value;
};

/* Opens a file or FIFO; waits for a reader of the FIFO. */
void plugin_out_open(const char *path);
void plugin_out_header(const uint64_t regs[4], const struct wire_unit *ram, unsigned n_ram,
		       const char *text);
void plugin_out_flush(void);

static inline void plugin_out_unit(uint64_t a, uint64_t b)
{
	if (__builtin_expect(plugin_out.at == plugin_out.end, 0))
		plugin_out_flush();
	*plugin_out.at++ = (struct wire_unit){ a, b };
}

void plugin_out_event(const struct plugin_event *e);
void plugin_out_words(const uint64_t words[512]);

/*
 * What becomes known late but belongs earlier: records are held back in memory from _hold() on;
 * what is added between _insert() and _release(), or another _hold(), comes before them. Very many are let
 * go by themselves: then what is added comes behind.
 */
void plugin_out_hold(void);
uint64_t plugin_out_held(void); /* records held, about; 0 when none are */
void plugin_out_insert(void);
void plugin_out_release(void);

/* The end event must have been the last. */
void plugin_out_end(void);

/* Says why the capture fails, on stderr and to the reader. */
void plugin_out_refuse(const char *text);

/* The same, and ends QEMU with status 1. */
__attribute__((noreturn, format(printf, 1, 2))) void plugin_fail(const char *format, ...);

#endif
