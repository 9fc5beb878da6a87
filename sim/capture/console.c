/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "capture/console.h"

#include <stdlib.h>
#include <string.h>

#define OURS	   "shadownest: "
#define BEGINS	   "workload begins"
#define EXITED	   "workload exited "
#define SAID	   "said: "
#define STATUS_MAX 255

/* What follows `word` in the line; NULL when it is not there. */
static const char *after(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	return at ? at + strlen(word) : NULL;
}

static void keep(char *to, size_t size, const char *text)
{
	if (!*to)
		snprintf(to, size, "%s", text);
}

/* Adds a line, and forgets the beginning when there is no room: the end tells most. */
static void add_said(struct console *c, const char *text)
{
	size_t n = strlen(c->said), more = strlen(text);
	const size_t room = sizeof(c->said) - 2; /* a blank between, NUL */

	if (more > room) {
		text += more - room;
		more = room;
	}
	if (n + more > room) {
		size_t lost = n + more - room;

		memmove(c->said, c->said + lost, n - lost + 1);
		n -= lost;
	}
	if (n)
		c->said[n++] = ' ';
	memcpy(c->said + n, text, more + 1);
}

static void take_ours(struct console *c, const char *text)
{
	const char *rest;
	char *end;
	unsigned long status;

	if (!strncmp(text, SAID, strlen(SAID))) {
		add_said(c, text + strlen(SAID));
	} else if (!strcmp(text, BEGINS)) {
		c->has_begun = true;
	} else if ((rest = after(text, EXITED)) != NULL) {
		status = strtoul(rest, &end, 10);
		if (end == rest || *end || status > STATUS_MAX || c->has_ended)
			return;
		c->has_ended = true;
		c->status = (unsigned)status;
	} else {
		keep(c->note, sizeof(c->note), text);
	}
}

static void take_line(struct console *c)
{
	const char *rest;

	c->line[c->n] = '\0';
	c->n = 0;
	c->lines++;
	if (!strncmp(c->line, OURS, strlen(OURS)))
		take_ours(c, c->line + strlen(OURS));
	else if ((rest = after(c->line, "Kernel panic - not syncing: ")) != NULL)
		keep(c->panic, sizeof(c->panic), rest);
	else if (strstr(c->line, "Out of memory: Killed process") ||
		 strstr(c->line, "oom-kill:constraint="))
		c->out_of_memory = true;
}

void console_add(struct console *c, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			take_line(c);
		else if (bytes[i] != '\r' && bytes[i] && c->n < CONSOLE_LINE - 1)
			c->line[c->n++] = bytes[i];
	}
}

void console_read(struct console *c, FILE *f)
{
	char buf[4096];
	size_t n;

	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		console_add(c, buf, n);
	if (c->n)
		take_line(c);
}
