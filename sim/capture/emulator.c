/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "capture/emulator.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

struct words {
	char **word;
	size_t n, cap;
	bool failed;
};

/* Takes `word`, which was allocated; NULL: memory ran out. */
static void take(struct words *w, char *word)
{
	if (!word || sim_grow((void **)&w->word, &w->cap, w->n + 1, sizeof(*w->word))) {
		w->failed = true;
		sim_free(word);
		return;
	}
	w->word[w->n++] = word;
	w->word[w->n] = NULL;
}

static void add(struct words *w, const char *word)
{
	take(w, sim_strdup(word));
}

static void add_all(struct words *w, const char *const *list)
{
	for (; list && *list; list++)
		add(w, *list);
}

/* A path in an option where a comma ends a value: doubled, it stands for itself. */
static void text_path(struct text *t, const char *path)
{
	for (; *path; path++)
		text_add(t, "%s%c", *path == ',' ? "," : "", *path);
}

static const char *start_word(enum emulator_start s)
{
	switch (s) {
	case EMULATOR_AT_EXEC:
		return "exec";
	case EMULATOR_AT_MARKER:
		return "marker";
	case EMULATOR_AT_PC:
		return "pc";
	case EMULATOR_NOW:
		return "now";
	}
	return "";
}

char *emulator_start_text(const struct emulator *m)
{
	if (m->start == EMULATOR_AT_PC)
		return sim_asprintf("pc:0x%" PRIx64, m->pc);
	return sim_strdup(start_word(m->start));
}

/* capture-run's begin marker makes "exec" of "marker"; the plugin need not know. */
static char *plugin_words(const struct emulator *m, const struct emulator_place *at)
{
	struct text t = { 0 };

	text_path(&t, at->plugin);
	text_add(&t, ",out=");
	text_path(&t, at->dir);
	text_add(&t, EMULATOR_FIFO);
	if (m->start == EMULATOR_AT_PC)
		text_add(&t, ",start=pc:0x%" PRIx64, m->pc);
	else
		text_add(&t, ",start=%s", m->start == EMULATOR_NOW ? "now" : "marker");
	if (m->limit)
		text_add(&t, ",limit=%" PRIu64, m->limit);
	return text_take(&t);
}

char *emulator_cmdline(const struct emulator *m)
{
	return sim_asprintf("console=ttyS0 quiet panic=-1 pti=%s memhp_default_state=online "
			    "capture_thp=%s capture_start=%s%s%s",
			    m->flags & EMULATOR_PTI ? "on" : "off",
			    m->flags & EMULATOR_THP ? "always" : "never",
			    m->start == EMULATOR_AT_EXEC ? "exec" : "none",
			    m->cmdline ? " " : "", m->cmdline ? m->cmdline : "");
}

static void add_dimms(struct words *w, const struct emulator *m)
{
	for (unsigned i = 0; m->dimm && m->dimm[i]; i++) {
		add(w, "-object");
		take(w, sim_asprintf("memory-backend-ram,id=mem%u,size=%s", i, m->dimm[i]));
		add(w, "-device");
		take(w, sim_asprintf("pc-dimm,id=dimm%u,memdev=mem%u", i, i));
	}
}

static void add_booted(struct words *w, const struct emulator *m,
		       const struct emulator_place *at)
{
	add_all(w, (const char *const[]){ "-machine", "pc", "-cpu", NULL });
	take(w, sim_asprintf("max,la57=%s,erms=off", m->flags & EMULATOR_LA57 ? "on" : "off"));
	add_all(w, (const char *const[]){ "-smp", "1", "-m", m->memory, NULL });
	add_dimms(w, m);
	add_all(w, (const char *const[]){ "-nic", "none", "-vga", "none", "-no-reboot",
					  "-monitor", "none", NULL });
	add(w, "-kernel");
	take(w, sim_asprintf("%s" EMULATOR_KERNEL, at->dir));
	add(w, "-initrd");
	take(w, sim_asprintf("%s" EMULATOR_INITRD, at->dir));
	add(w, "-append");
	take(w, emulator_cmdline(m));
}

/* exec:, for QEMU takes a plain file under no other name; its shell gets the path quoted. */
static char *incoming_word(const char *path)
{
	struct text t = { 0 };

	text_add(&t, "exec:cat '");
	for (; *path; path++)
		text_add(&t, "%s%c%s", *path == '\'' ? "'\\" : "", *path,
			 *path == '\'' ? "'" : "");
	text_add(&t, "'");
	return text_take(&t);
}

/* A machine that was stopped when it was written out waits for "cont". */
static char *monitor_words(const struct emulator_place *at)
{
	struct text t = { 0 };

	text_add(&t, "pipe,id=monitor,path=");
	text_path(&t, at->dir);
	text_add(&t, EMULATOR_MONITOR);
	return text_take(&t);
}

static void add_incoming(struct words *w, const struct emulator *m,
			 const struct emulator_place *at)
{
	add_all(w, m->words);
	add(w, "-incoming");
	take(w, incoming_word(at->incoming));
	add(w, "-chardev");
	take(w, monitor_words(at));
	add_all(w, (const char *const[]){ "-mon", "chardev=monitor", NULL });
}

char **emulator_words(const struct emulator *m, const struct emulator_place *at)
{
	static const char *const fixed[] = { "-accel",	 "tcg,thread=single",
					     "-icount",	 "shift=1,align=off,sleep=off",
					     "-rtc",	 "base=2024-01-01,clock=vm",
					     "-seed",	 "42",
					     "-display", "none",
					     NULL };
	struct words w = { 0 };

	add(&w, at->qemu);
	add_all(&w, fixed);
	if (m->incoming)
		add_incoming(&w, m, at);
	else
		add_booted(&w, m, at);
	add(&w, "-serial");
	take(&w, sim_asprintf("file:%s" EMULATOR_CONSOLE, at->dir));
	add(&w, "-plugin");
	take(&w, plugin_words(m, at));
	if (!w.failed)
		return w.word;
	emulator_words_free(w.word);
	return NULL;
}

void emulator_words_free(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		sim_free(words[i]);
	sim_free(words);
}

/* "-smp 2", "-smp cpus=2,...", "-smp sockets=2": QEMU multiplies what is given; 1 is one of each. */
static bool is_one(const char *smp)
{
	bool is_number = true;

	for (const char *p = smp; *p; p++) {
		bool is_digit = *p >= '0' && *p <= '9';

		if (!is_digit)
			is_number = *p == ',' || *p == '=';
		else if (is_number && (*p != '1' || (p[1] >= '0' && p[1] <= '9')))
			return false;
	}
	return true;
}

/* "512M", "512M,slots=2", "size=512M": what QEMU's -m begins with (qemu-options.hx, cutils.c's suffixes). */
static bool is_size(const char *s)
{
	size_t n;

	if (!strncmp(s, "size=", 5))
		s += 5;
	n = strspn(s, "0123456789.");
	if (!n || s[0] == '.')
		return false;
	s += n;
	if (*s && strchr("bBkKmMgGtTpPeE", *s))
		s++;
	return !*s || *s == ',';
}

const char *emulator_flaw(const struct emulator *m)
{
	const char *const *w;

	if (m->memory && !is_size(m->memory))
		return "--memory: a size is needed, as in 512M or 512M,slots=2,maxmem=4G";
	for (w = m->dimm; w && *w; w++)
		if (!is_size(*w))
			return "--dimm: a size is needed, as in 256M";
	w = m->words;
	for (; w && *w; w++) {
		if ((!strcmp(*w, "-smp") || !strcmp(*w, "--smp")) && w[1] && !is_one(w[1]))
			return "more than one vCPU: the order of their page-table writes would "
			       "not be known; -smp 1 is what can be captured";
		if (!strcmp(*w, "-enable-kvm") || !strcmp(*w, "--enable-kvm"))
			return "-enable-kvm: under KVM no access can be seen; leave it out";
		if (!strcmp(*w, "-incoming") || !strcmp(*w, "--incoming"))
			return "-incoming: --incoming says which file";
	}
	return NULL;
}
