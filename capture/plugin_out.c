/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#include "plugin_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_UNITS 4096	   /* 64 KiB: stays in the cache */
#define HELD_MAX     8000000u	   /* units, 128 MB: more are not held back */
#define PIPE_BYTES   (1024 * 1024) /* what an unprivileged process may ask for (pipe(7)) */

struct plugin_out plugin_out;

static struct {
	int fd;
	const char *path;
	uint64_t units;
	struct wire_unit buffer[BUFFER_UNITS];
} out = { .fd = -1 };

static struct {
	struct wire_unit *unit;
	size_t n, room;
	bool on;
} held;

static void write_all(const void *p, size_t n)
{
	const char *from = p;

	while (n) {
		ssize_t done = write(out.fd, from, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			int why = errno;

			close(out.fd);
			out.fd = -1;
			plugin_fail("cannot write %s: %s", out.path, strerror(why));
		}
		from += done;
		n -= (size_t)done;
	}
}

static void write_held(void)
{
	out.units += held.n;
	write_all(held.unit, held.n * sizeof(*held.unit));
	held.n = 0;
}

static void keep(size_t n)
{
	if (held.n + n > held.room) {
		held.room = 2 * (held.n + n);
		held.unit = realloc(held.unit, held.room * sizeof(*held.unit));
		if (!held.unit) {
			held.on = false;
			plugin_fail("out of memory");
		}
	}
	memcpy(held.unit + held.n, out.buffer, n * sizeof(*out.buffer));
	held.n += n;
	if (held.n > HELD_MAX) {
		held.on = false;
		write_held();
	}
}

void plugin_out_flush(void)
{
	size_t n = (size_t)(plugin_out.at - out.buffer);

	plugin_out.at = out.buffer;
	plugin_out.end = out.buffer + BUFFER_UNITS;
	if (held.on) {
		keep(n);
		return;
	}
	out.units += n;
	write_all(out.buffer, n * sizeof(*out.buffer));
}

void plugin_out_hold(void)
{
	plugin_out_flush();
	held.on = true;
}

uint64_t plugin_out_held(void)
{
	return held.on ? held.n + (size_t)(plugin_out.at - out.buffer) + 1 : 0;
}

void plugin_out_insert(void)
{
	plugin_out_flush();
	held.on = false;
}

void plugin_out_release(void)
{
	plugin_out_flush();
	write_held();
}

void plugin_out_open(const char *path)
{
	out.path = path;
	out.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (out.fd < 0)
		plugin_fail("cannot open %s: %s", path, strerror(errno));
	fcntl(out.fd, F_SETPIPE_SZ, PIPE_BYTES); /* a file or a small limit: slower, no more */
	plugin_out.at = out.buffer;
	plugin_out.end = out.buffer + BUFFER_UNITS;
}

static void put_text(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i += sizeof(struct wire_unit)) {
		struct wire_unit u = { 0, 0 };
		size_t some = n - i < sizeof(u) ? n - i : sizeof(u);

		memcpy(&u, text + i, some);
		plugin_out_unit(u.a, u.b);
	}
}

void plugin_out_header(const uint64_t regs[4], const struct wire_unit *ram, unsigned n_ram,
		       const char *text)
{
	size_t n = strnlen(text, WIRE_TEXT_MAX);

	plugin_out_unit(WIRE_MAGIC, WIRE_VERSION | (uint64_t)n_ram << 32);
	plugin_out_unit(1, n);
	plugin_out_unit(regs[0], regs[1]);
	plugin_out_unit(regs[2], regs[3]);
	for (unsigned i = 0; i < n_ram; i++)
		plugin_out_unit(ram[i].a, ram[i].b);
	put_text(text, n);
	plugin_out.on = true;
}

void plugin_out_event(const struct plugin_event *e)
{
	plugin_out_unit(e->n | (uint64_t)e->pid << 32,
			WIRE_EVENT | (uint64_t)e->kind << 8 | (uint64_t)e->level << 32);
	plugin_out_unit(e->gva, e->gpa);
	plugin_out_unit(e->value, 0);
}

void plugin_out_words(const uint64_t words[512])
{
	for (unsigned i = 0; i < 512; i += 2)
		plugin_out_unit(words[i], words[i + 1]);
}

void plugin_out_end(void)
{
	uint64_t units = out.units + (uint64_t)(plugin_out.at - out.buffer);

	plugin_out_unit(WIRE_END, WIRE_CONTROL | units << 8);
	plugin_out_flush();
	plugin_out.on = false;
	if (close(out.fd)) {
		out.fd = -1;
		plugin_fail("cannot write %s: %s", out.path, strerror(errno));
	}
	out.fd = -1;
}

void plugin_out_refuse(const char *text)
{
	size_t n = strlen(text);

	fprintf(stderr, "shadownest-capture: %s\n", text);
	plugin_out.on = false;
	if (out.fd < 0)
		return;
	held.on = false;
	plugin_out_unit(WIRE_ERROR, WIRE_CONTROL | (uint64_t)n << 8);
	put_text(text, n);
	plugin_out_flush();
	close(out.fd);
	out.fd = -1;
}

void plugin_fail(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	plugin_out_refuse(text);
	/* Not exit(): QEMU's own handlers would wait for the vCPU that is in here. */
	_exit(EXIT_FAILURE);
}
