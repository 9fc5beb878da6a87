/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board_parse.c - one option after the other of a command line */
#include "mem/board_parse.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <assert.h>
#include <string.h>

#include "base/alloc.h"

int board_parse_fail(const struct board_parse *p, const char *member, const char *option,
		     int code, struct sim_error *err, const char *fmt, ...)
{
	struct jnode n;
	char text[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!p->root)
		return sim_fail(err, code, option, "%s", text);
	n = json_get(p->root, member);
	return json_fail(&n, code, err, "%s", text);
}

typedef int take_words(struct board_parse *p, const struct board_words *w,
		       struct sim_error *err);

/* An option whose argument may be a JSON object. */
static int take_json(struct board_parse *p, struct board_words *w, const char *arg,
		     const char *implied, take_words *take, struct sim_error *err)
{
	struct jnode root;
	json_t *doc;
	int rc = json_parse(arg, strlen(arg), w->where, &doc, &root, err);

	if (rc)
		return rc;
	w->is_strict = true;
	rc = board_words_read(w, &root, implied, BOARD_FLAGS, err);
	rc = rc ? rc : take(p, w, err);
	json_decref(doc);
	return rc;
}

static int take_argument(struct board_parse *p, const char *option, const char *arg,
			 const char *implied, take_words *take, struct sim_error *err)
{
	struct board_words w = { .n = 0 };
	int rc;

	snprintf(w.where, sizeof(w.where), "-%s", option);
	if (arg[0] == '{' && (take == board_parse_object || take == board_parse_device)) {
		rc = take_json(p, &w, arg, implied, take, err);
	} else {
		rc = board_words_split(&w, arg, implied, BOARD_FLAGS, err);
		rc = rc ? rc : take(p, &w, err);
	}
	board_words_fini(&w);
	return rc;
}

static int set_string(char **to, const char *s, struct sim_error *err)
{
	char *copy = sim_strdup(s);

	if (!copy)
		return sim_fail_nomem(err);
	sim_free(*to);
	*to = copy;
	return 0;
}

static int take_vga(struct board_parse *p, const char *name, struct sim_error *err)
{
	static const char *const names[] = {
		"none", "std", "cirrus", "vmware", "qxl", "virtio"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], name))
			return set_string(&p->o->vga, name, err);
	return board_parse_fail(
		p, "vga", "-vga", SIM_EFORMAT, err,
		"unknown vga type \"%.40s\"; right is none, std, cirrus, vmware, qxl or virtio",
		name);
}

static int take_shorthand(struct board_parse *p, const char *name, struct sim_error *err)
{
	static const struct {
		const char *name, *property, *value;
	} words[] = {
		{ "enable-kvm", "accel", "kvm" },
		{ "no-acpi", "acpi", "off" },
		{ "no-hpet", "hpet", "off" },
		{ "usb", "usb", "on" },
	};
	size_t i = 0;

	while (i + 1 < sizeof(words) / sizeof(*words) && strcmp(words[i].name, name))
		i++;
	assert(!strcmp(words[i].name, name));
	return board_words_add(&p->machine, words[i].property, words[i].value, err);
}

static void take_flag(struct board_parse *p, enum board_option option)
{
	p->o->mem_prealloc |= option == BOARD_OPTION_MEM_PREALLOC;
	p->o->is_stopped |= option == BOARD_OPTION_STOPPED;
	p->o->no_defaults |= option == BOARD_OPTION_NO_DEFAULTS;
}

int board_parse_option(struct board_parse *p, enum board_option option, const char *name,
		       const char *arg, struct sim_error *err)
{
	switch (option) {
	case BOARD_OPTION_UNKNOWN:
		return sim_fail(err, SIM_EFORMAT, name - 1,
				"invalid option; right is one of qemu-system-x86_64 7.2");
	case BOARD_OPTION_FOREIGN:
		return sim_fail(err, SIM_EUNSUP, name - 1, "not modelled; leave it out");
	case BOARD_OPTION_SKIP:
	case BOARD_OPTION_SKIP_ARG:
		return 0;
	case BOARD_OPTION_MACHINE:
		return board_words_split(&p->machine, arg, "type", BOARD_KEYS, err);
	case BOARD_OPTION_MEMORY:
		return board_words_split(&p->memory, arg, "size", BOARD_FLAGS, err);
	case BOARD_OPTION_SMP:
		return board_words_split(&p->smp, arg, "cpus", BOARD_FLAGS, err);
	case BOARD_OPTION_OBJECT:
		return take_argument(p, name, arg, "qom-type", board_parse_object, err);
	case BOARD_OPTION_DEVICE:
		return take_argument(p, name, arg, "driver", board_parse_device, err);
	case BOARD_OPTION_NUMA:
		return take_argument(p, name, arg, "type", board_parse_numa, err);
	case BOARD_OPTION_ACCEL:
		return take_argument(p, name, arg, "accel", board_parse_accel, err);
	case BOARD_OPTION_SHORTHAND:
		return take_shorthand(p, name, err);
	case BOARD_OPTION_MEM_PATH:
		return set_string(&p->o->mem_path, arg, err);
	case BOARD_OPTION_VGA:
		return take_vga(p, arg, err);
	case BOARD_OPTION_NIC:
	case BOARD_OPTION_NET:
		return take_argument(p, name, arg, "type", board_parse_net, err);
	case BOARD_OPTION_NETDEV:
		p->has_net = true;
		return 0;
	case BOARD_OPTION_SERIAL:
		return board_parse_serial(p, arg, err);
	case BOARD_OPTION_PARALLEL:
		return board_parse_parallel(p, arg, err);
	case BOARD_OPTION_DRIVE:
		return take_argument(p, name, arg, "file", board_parse_drive, err);
	case BOARD_OPTION_MEM_PREALLOC:
	case BOARD_OPTION_STOPPED:
	case BOARD_OPTION_NO_DEFAULTS:
		take_flag(p, option);
		return 0;
	}
	return 0;
}

/* What is kept will be written as JSON. */
static int check_text(const char *option, const char *arg, struct sim_error *err)
{
	json_t *strict = json_string(arg), *any = json_string_nocheck(arg);
	bool is_text = strict, is_there = any;

	json_decref(strict);
	json_decref(any);
	if (!is_there)
		return sim_fail_nomem(err);
	return is_text ? 0 : sim_fail(err, SIM_EFORMAT, option, "its argument is not UTF-8");
}

/* --x is -x. */
static const char *option_name(const char *word)
{
	return word[1] == '-' ? word + 2 : word + 1;
}

int board_parse_words(struct board_parse *p, int n, const char *const *word,
		      struct sim_error *err)
{
	int rc = 0;

	for (int i = 0; i < n && !rc; i++) {
		enum board_option option;
		const char *name, *arg = NULL;

		if (word[i][0] != '-') /* a disk image */
			continue;
		name = option_name(word[i]);
		option = board_option_find(name);
		if (board_option_has_argument(option)) {
			if (++i == n)
				return sim_fail(err, SIM_EFORMAT, name - 1,
						"requires an argument; it is the last word");
			arg = word[i];
			rc = check_text(name - 1, arg, err);
		}
		rc = rc ? rc : board_parse_option(p, option, name, arg, err);
	}
	return rc;
}

/* --- words, as a shell has them --- */

struct shell {
	const char *at;
	char *buffer, *end; /* room for the text of all words, each ended with NUL */
	const char **word;
	size_t n, cap;
};

/* What stands in quotes; false: they have no end. */
static bool add_quoted(struct shell *s, char quote)
{
	for (s->at++; *s->at && *s->at != quote; s->at++) {
		if (quote == '"' && *s->at == '\\' && s->at[1] && strchr("\"\\$`", s->at[1]))
			s->at++;
		*s->end++ = *s->at;
	}
	if (!*s->at)
		return false;
	s->at++;
	return true;
}

static bool add_part(struct shell *s)
{
	if (*s->at == '\'' || *s->at == '"')
		return add_quoted(s, *s->at);
	if (*s->at == '\\' && !*++s->at)
		return false;
	*s->end++ = *s->at++;
	return true;
}

static bool is_space(char c)
{
	return isspace((unsigned char)c);
}

static int next_word(struct shell *s, struct sim_error *err)
{
	const char *start = s->end;

	if (sim_grow((void **)&s->word, &s->cap, s->n, sizeof(*s->word)) != 0)
		return sim_fail_nomem(err);
	while (*s->at && !is_space(*s->at))
		if (!add_part(s))
			return sim_fail(err, SIM_EFORMAT, "command line",
					"a quote has no end: %.64s", start);
	*s->end++ = '\0';
	s->word[s->n++] = start;
	return 0;
}

static int split(struct shell *s, struct sim_error *err)
{
	int rc = 0;

	while (!rc) {
		while (is_space(*s->at))
			s->at++;
		if (!*s->at)
			return 0;
		rc = next_word(s, err);
	}
	return rc;
}

int board_parse_line(struct board_parse *p, const char *line, struct sim_error *err)
{
	struct shell s = { .at = line };
	int rc;

	s.buffer = sim_calloc(strlen(line) + 2, 1);
	if (!s.buffer)
		return sim_fail_nomem(err);
	s.end = s.buffer;
	rc = split(&s, err);
	if (!rc)
		rc = board_parse_words(p, (int)s.n, s.word, err);
	sim_free(s.word);
	sim_free(s.buffer);
	return rc;
}
