/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "trace/exit_line.h"

#include <string.h>

/* --- what each tracepoint prints --- */

enum base { HEX, DEC, FLAGS };

struct key {
	const char *word; /* stands before the value; one that ends in ':' touches it */
	enum exit_log_field field;
	enum base base;
};

#define KEYS_MAX 8
#define BIT(f)	 (1u << (f))

struct tracepoint {
	const char *name;
	enum exit_log_kind kind;
	uint32_t needs; /* fields without which the line is bad */
	enum exit_log_space space;
	struct key key[KEYS_MAX];
};

#define SHADOW_PAGE(name)                                                                      \
	{                                                                                      \
		name, EXIT_LOG_MMU, BIT(FIELD_GFN), SPACE_UNSAID,                              \
		{                                                                              \
			{                                                                      \
				"gfn", FIELD_GFN, HEX                                          \
			}                                                                      \
		}                                                                              \
	}
#define REGISTER(name, read, write)                                                            \
	{                                                                                      \
		name, EXIT_LOG_OTHER, BIT(FIELD_REGISTER) | BIT(FIELD_VALUE), SPACE_UNSAID,    \
		{                                                                              \
			{ read, FIELD_REGISTER, HEX }, { write, FIELD_REGISTER, HEX },         \
			{                                                                      \
				"=", FIELD_VALUE, HEX                                          \
			}                                                                      \
		}                                                                              \
	}

static const struct tracepoint tracepoints[] = {
	{ "kvm_exit",
	  EXIT_LOG_EXIT,
	  BIT(FIELD_RIP),
	  SPACE_UNSAID,
	  { { "rip", FIELD_RIP, HEX },
	    { "info", FIELD_INFO1, HEX }, /* of older kernels, two numbers: see take_value() */
	    { "info1", FIELD_INFO1, HEX },
	    { "info2", FIELD_INFO2, HEX },
	    { "intr_info", FIELD_INTR_INFO, HEX },
	    { "error_code", FIELD_ERROR_CODE, HEX },
	    { "requests", FIELD_REQUESTS, HEX } } },
	{ "kvm_entry",
	  EXIT_LOG_ENTRY,
	  0,
	  SPACE_UNSAID,
	  { { "rip", FIELD_RIP, HEX },
	    { "intr_info", FIELD_INTR_INFO, HEX },
	    { "error_code", FIELD_ERROR_CODE, HEX } } },
	{ "kvm_page_fault",
	  EXIT_LOG_PAGE_FAULT,
	  BIT(FIELD_ADDRESS) | BIT(FIELD_ERROR_CODE),
	  SPACE_UNSAID,
	  { { "rip", FIELD_RIP, HEX },
	    { "address", FIELD_ADDRESS, HEX },
	    { "error_code", FIELD_ERROR_CODE, HEX } } },
	SHADOW_PAGE("kvm_mmu_get_page"),
	SHADOW_PAGE("kvm_mmu_sync_page"),
	SHADOW_PAGE("kvm_mmu_unsync_page"),
	SHADOW_PAGE("kvm_mmu_prepare_zap_page"),
	{ "kvm_mmu_set_spte",
	  EXIT_LOG_MMU,
	  BIT(FIELD_GFN) | BIT(FIELD_SPTE) | BIT(FIELD_LEVEL),
	  SPACE_UNSAID,
	  { { "gfn", FIELD_GFN, HEX },
	    { "spte", FIELD_SPTE, HEX },
	    { "level", FIELD_LEVEL, DEC } } },
	{ "kvm_mmu_spte_requested",
	  EXIT_LOG_MMU,
	  BIT(FIELD_GFN) | BIT(FIELD_LEVEL),
	  SPACE_UNSAID,
	  { { "gfn", FIELD_GFN, HEX },
	    { "pfn", FIELD_PFN, HEX },
	    { "level", FIELD_LEVEL, DEC } } },
	{ "kvm_tdp_mmu_spte_changed",
	  EXIT_LOG_MMU,
	  BIT(FIELD_GFN) | BIT(FIELD_LEVEL) | BIT(FIELD_OLD_SPTE) | BIT(FIELD_NEW_SPTE),
	  SPACE_UNSAID,
	  { { "gfn", FIELD_GFN, HEX },
	    { "level", FIELD_LEVEL, DEC },
	    { "old_spte", FIELD_OLD_SPTE, HEX },
	    { "new_spte", FIELD_NEW_SPTE, HEX } } },
	{ "fast_page_fault",
	  EXIT_LOG_MMU,
	  BIT(FIELD_ADDRESS),
	  SPACE_UNSAID,
	  { { "gva", FIELD_ADDRESS, HEX },
	    { "error_code", FIELD_ERROR_CODE, FLAGS },
	    { "old", FIELD_OLD_SPTE, HEX },
	    { "new", FIELD_NEW_SPTE, HEX },
	    { "spurious", FIELD_SPURIOUS, DEC },
	    { "fixed", FIELD_FIXED, DEC } } },
	{ "handle_mmio_page_fault",
	  EXIT_LOG_MMU,
	  BIT(FIELD_ADDRESS) | BIT(FIELD_GFN),
	  SPACE_UNSAID,
	  { { "addr:", FIELD_ADDRESS, HEX },
	    { "gfn", FIELD_GFN, HEX },
	    { "access", FIELD_ACCESS, HEX } } },
	{ "mark_mmio_spte",
	  EXIT_LOG_MMU,
	  BIT(FIELD_GFN),
	  SPACE_UNSAID,
	  { { "gfn", FIELD_GFN, HEX }, { "access", FIELD_ACCESS, HEX } } },
	{ "check_mmio_spte",
	  EXIT_LOG_MMU,
	  BIT(FIELD_SPTE),
	  SPACE_UNSAID,
	  { { "spte", FIELD_SPTE, HEX } } },
	{ "kvm_mmu_pagetable_walk",
	  EXIT_LOG_MMU,
	  BIT(FIELD_ADDRESS) | BIT(FIELD_ERROR_CODE),
	  SPACE_GVA,
	  { { "addr", FIELD_ADDRESS, HEX }, { "pferr", FIELD_ERROR_CODE, HEX } } },
	{ "kvm_mmu_paging_element",
	  EXIT_LOG_MMU,
	  BIT(FIELD_PTE) | BIT(FIELD_LEVEL),
	  SPACE_UNSAID,
	  { { "pte", FIELD_PTE, HEX }, { "level", FIELD_LEVEL, DEC } } },
	{ "kvm_mmu_walker_error",
	  EXIT_LOG_MMU,
	  BIT(FIELD_ERROR_CODE),
	  SPACE_UNSAID,
	  { { "pferr", FIELD_ERROR_CODE, HEX } } },
	{ "kvm_mmu_set_accessed_bit",
	  EXIT_LOG_MMU,
	  BIT(FIELD_ADDRESS),
	  SPACE_GPA,
	  { { "gpa", FIELD_ADDRESS, HEX } } },
	{ "kvm_mmu_set_dirty_bit",
	  EXIT_LOG_MMU,
	  BIT(FIELD_ADDRESS),
	  SPACE_GPA,
	  { { "gpa", FIELD_ADDRESS, HEX } } },
	{ "kvm_mmu_zap_all_fast",
	  EXIT_LOG_MMU,
	  0,
	  SPACE_UNSAID,
	  { { "used_pages", FIELD_USED_PAGES, HEX } } },
	{ "kvm_mmu_split_huge_page",
	  EXIT_LOG_MMU,
	  BIT(FIELD_GFN) | BIT(FIELD_LEVEL),
	  SPACE_UNSAID,
	  { { "gfn", FIELD_GFN, HEX },
	    { "spte", FIELD_SPTE, HEX },
	    { "level", FIELD_LEVEL, DEC } } },
	REGISTER("kvm_cr", "cr_read", "cr_write"),
	REGISTER("kvm_msr", "msr_read", "msr_write"),
	{ "kvm_inj_virq",
	  EXIT_LOG_OTHER,
	  BIT(FIELD_VECTOR),
	  SPACE_UNSAID,
	  { { "irq", FIELD_VECTOR, DEC }, /* of older kernels */
	    { "IRQ", FIELD_VECTOR, HEX },
	    { "Soft/INTn", FIELD_VECTOR, HEX } } },
};

static const struct tracepoint *tracepoint_find(const char *name)
{
	for (unsigned i = 0; i < sizeof(tracepoints) / sizeof(*tracepoints); i++)
		if (!strcmp(tracepoints[i].name, name))
			return &tracepoints[i];
	return NULL;
}

/* --- values --- */

/* The names that kvm_mmu_trace_pferr_flags gives to bits of an error code. */
static bool take_flags(struct slice *t, uint64_t *v)
{
	/* A name before those that it begins. */
	static const struct {
		const char *name;
		unsigned bit;
	} flag[] = { { "PK", 5 },   { "P", 0 }, { "W", 1 },  { "U", 2 },
		     { "RSVD", 3 }, { "F", 4 }, { "SS", 6 }, { "SGX", 15 } };
	const unsigned n = sizeof(flag) / sizeof(*flag);
	struct slice word;
	uint64_t number;

	*v = 0;
	if (!slice_take_word(t, &word))
		return false;
	do {
		unsigned i = 0;

		while (i < n && !slice_take(&word, flag[i].name))
			i++;
		if (i < n)
			*v |= (uint64_t)1 << flag[i].bit;
		else if (slice_take_hex(&word, &number))
			*v |= number;
		else
			return false;
	} while (slice_take_char(&word, '|'));
	return slice_is_empty(&word);
}

/* Whether a number may end here: "[immediate exit]" follows one without a blank. */
static bool ends_number(const struct slice *t)
{
	return slice_is_empty(t) || strchr(" \t,[", *t->p);
}

static bool take_number(struct slice *t, enum base base, uint64_t *v)
{
	struct slice word;

	slice_skip_blanks(t);
	if (base == FLAGS) {
		/* A code of 0 has no flag: nothing stands there. */
		if (slice_length(t) >= 5 && !memcmp(t->p, "sptep", 5)) {
			*v = 0;
			return true;
		}
		return take_flags(t, v);
	}
	word = *t;
	if (!(base == DEC ? slice_take_dec(&word, v) : slice_take_hex(&word, v)) ||
	    !ends_number(&word))
		return false;
	*t = word;
	return true;
}

static bool take_value(struct slice *t, const struct key *k, struct exit_log_event *e)
{
	if (!take_number(t, k->base, &e->field[k->field]))
		return false;
	e->has |= BIT(k->field);
	if (strstr(k->word, "_write"))
		e->flags |= EXIT_LOG_WRITE;
	if (strcmp(k->word, "info") != 0)
		return true;
	e->has |= BIT(FIELD_INFO2);
	return take_number(t, HEX, &e->field[FIELD_INFO2]);
}

/* Words without a value: of a shadow page. */
static void take_plain(const struct slice *word, struct exit_log_event *e)
{
	static const struct {
		const char *word;
		uint32_t flag;
	} plain[] = { { "direct", EXIT_LOG_DIRECT },
		      { "unsync", EXIT_LOG_UNSYNC },
		      { "new", EXIT_LOG_NEW },
		      { "invalid", EXIT_LOG_INVALID } };
	struct slice level = *word;

	for (unsigned i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (slice_equals(word, plain[i].word))
			e->flags |= plain[i].flag;
	/* "l1" of the kernel, "1/4" of trace-cmd */
	if ((slice_take_char(&level, 'l') && level.end - level.p == 1) ||
	    (level.end - level.p == 3 && level.p[1] == '/'))
		if (slice_take_dec(&level, &e->field[FIELD_LEVEL]))
			e->has |= BIT(FIELD_LEVEL);
}

static const struct key *key_find(const struct tracepoint *p, const struct slice *word)
{
	for (unsigned i = 0; i < KEYS_MAX && p->key[i].word; i++) {
		struct slice t = *word;
		const char *k = p->key[i].word;

		if (k[strlen(k) - 1] == ':' ? slice_take(&t, k) : slice_equals(&t, k))
			return &p->key[i];
	}
	return NULL;
}

/* A name of at most EXIT_LOG_NAME_MAX - 1 characters, none of which would damage a line or JSON. */
static bool copy(char to[EXIT_LOG_NAME_MAX], const char *from, size_t n)
{
	if (!n || n >= EXIT_LOG_NAME_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (from[i] < ' ' || from[i] > '~' || from[i] == '"' || from[i] == '\\')
			return false;
	memcpy(to, from, n);
	to[n] = '\0';
	return true;
}

/* A reason may be more than a word: "PF excp", "EPT_VIOLATION FAILED_VMENTRY". */
static bool take_reason(struct slice *t, struct exit_log_event *e)
{
	struct slice first, last = { NULL, NULL }, rest = *t, word;

	slice_skip_blanks(&rest);
	first = rest;
	while (slice_take_word(&rest, &word) && !slice_equals(&word, "rip")) {
		last = word;
		*t = rest;
	}
	return last.p && copy(e->reason, first.p, (size_t)(last.end - first.p));
}

static bool take_vcpu(struct slice *t, struct exit_log_event *e)
{
	uint64_t v;

	if (!take_number(t, DEC, &v) || v >= EXIT_LOG_NO_VCPU)
		return false;
	e->vcpu = (uint32_t)v;
	slice_take_char(t, ',');
	return true;
}

static bool take_word_of(struct slice *t, const struct tracepoint *p, struct exit_log_event *e)
{
	const struct key *k;
	struct slice before = *t, word;

	slice_take_word(t, &word);
	if (slice_equals(&word, "vcpu"))
		return take_vcpu(t, e);
	if (p->kind == EXIT_LOG_EXIT && slice_equals(&word, "reason"))
		return take_reason(t, e);
	k = key_find(p, &word);
	if (!k) {
		take_plain(&word, e);
		return true;
	}
	*t = before;
	slice_skip_blanks(t);
	t->p += strlen(k->word);
	return take_value(t, k, e);
}

static bool take_fields(struct slice t, const struct tracepoint *p, struct exit_log_event *e,
			const char **why)
{
	for (slice_skip_blanks(&t); !slice_is_empty(&t); slice_skip_blanks(&t))
		if (!take_word_of(&t, p, e)) {
			*why = "a number is not where this tracepoint prints one";
			return false;
		}
	if ((e->has & p->needs) != p->needs || (p->kind == EXIT_LOG_EXIT && !e->reason[0])) {
		*why = "a field that this tracepoint prints is missing";
		return false;
	}
	return true;
}

/* --- what stands before --- */

/* "123.456789:" */
static bool take_time(struct slice word, uint64_t *ns)
{
	uint64_t seconds, fraction, scale = 1000000000;
	const char *point;

	if (!slice_take_dec(&word, &seconds) || !slice_take_char(&word, '.'))
		return false;
	point = word.p;
	if (!slice_take_dec(&word, &fraction) || word.p - point > 9 || seconds >> 32)
		return false;
	for (const char *c = point; c < word.p; c++)
		scale /= 10;
	*ns = seconds * 1000000000 + fraction * scale;
	return slice_take_char(&word, ':') && slice_is_empty(&word);
}

/* "[001]" */
static bool take_cpu(struct slice word, uint32_t *cpu)
{
	uint64_t v;

	if (!slice_take_char(&word, '[') || !slice_take_dec(&word, &v) ||
	    !slice_take_char(&word, ']') || !slice_is_empty(&word) || v >> 16)
		return false;
	*cpu = (uint32_t)v;
	return true;
}

/* "name-1234", "1234" or "1200/1234" */
static bool take_tid(struct slice word, uint32_t *tid)
{
	struct slice digits = { word.end, word.end };
	uint64_t v;

	while (digits.p > word.p && digits.p[-1] >= '0' && digits.p[-1] <= '9')
		digits.p--;
	if (digits.p > word.p && digits.p[-1] != '-' && digits.p[-1] != '/')
		return false;
	if (!slice_take_dec(&digits, &v) || v > UINT32_MAX)
		return false;
	*tid = (uint32_t)v;
	return true;
}

/* QEMU's name for a vCPU's thread. */
static void take_thread_name(const struct slice *line, struct exit_log_event *e)
{
	struct slice t = *line;
	uint64_t v;

	slice_skip_blanks(&t);
	if (slice_take(&t, "CPU ") && slice_take_dec(&t, &v) && slice_take(&t, "/KVM") &&
	    v < EXIT_LOG_NO_VCPU)
		e->vcpu = (uint32_t)v;
}

/* Everything before the tracepoint's name. */
static bool take_head(struct slice *t, struct exit_log_event *e, const char **why)
{
	struct slice rest = *t, word;
	bool has_cpu = false, has_tid = false;

	*why = "no event: \"TASK-PID [CPU] FLAGS SECONDS.FRACTION: TRACEPOINT: ...\" is meant";
	take_thread_name(t, e);
	while (slice_take_word(&rest, &word)) {
		if (!has_cpu && take_cpu(word, &e->cpu))
			has_cpu = true;
		else if (!has_cpu)
			has_tid |= take_tid(word, &e->tid);
		else if (take_time(word, &e->ns))
			break;
	}
	if (!has_cpu)
		return false;
	if (slice_is_empty(&rest)) {
		*why = "no time in seconds and their fraction; a trace clock like \"mono\" "
		       "prints one";
		return false;
	}
	*t = rest;
	return has_tid;
}

/* "kvm_exit:" or "kvm:kvm_exit:" */
static bool take_name(struct slice *t, struct exit_log_event *e)
{
	struct slice word, system, from;

	if (!slice_take_word(t, &word) || word.end[-1] != ':')
		return false;
	word.end--;
	from = word;
	for (system = word; system.p < system.end; system.p++)
		if (*system.p == ':')
			from.p = system.p + 1;
	return copy(e->name, from.p, slice_length(&from));
}

/* "CPU:1 [LOST 123 EVENTS]" */
static bool take_lost(struct slice t, struct exit_log_event *e)
{
	uint64_t cpu;

	slice_skip_blanks(&t);
	if (!slice_take(&t, "CPU:") || !slice_take_dec(&t, &cpu) || cpu >> 16)
		return false;
	e->cpu = (uint32_t)cpu;
	e->kind = EXIT_LOG_LOST;
	memcpy(e->name, "lost", sizeof("lost"));
	if (slice_take(&t, " [LOST EVENTS]")) /* how many is not known */
		return slice_is_empty(&t);
	return slice_take(&t, " [LOST ") && slice_take_dec(&t, &e->count) &&
	       slice_take(&t, " EVENTS]") && slice_is_empty(&t);
}

/* The heads of trace-cmd. */
static bool is_remark(struct slice t)
{
	uint64_t v;

	slice_skip_blanks(&t);
	if (slice_is_empty(&t) || *t.p == '#' || slice_take(&t, "cpus=") ||
	    slice_take(&t, "version = "))
		return true;
	return slice_take(&t, "CPU ") && slice_take_dec(&t, &v) && slice_take(&t, " is empty");
}

enum exit_line exit_line_parse(struct slice line, struct exit_log_event *e, const char **why)
{
	const struct tracepoint *p;

	*e = (struct exit_log_event){ .vcpu = EXIT_LOG_NO_VCPU };
	while (!slice_is_empty(&line) && !line.end[-1])
		line.end--; /* shadow pages: the kernel's own end of the text */
	if (is_remark(line))
		return EXIT_LINE_NOTHING;
	if (take_lost(line, e))
		return EXIT_LINE_EVENT;
	e->kind = EXIT_LOG_OTHER;
	if (!take_head(&line, e, why))
		return EXIT_LINE_BAD;
	if (!take_name(&line, e)) {
		*why = "no name of a tracepoint behind the time";
		return EXIT_LINE_BAD;
	}
	p = tracepoint_find(e->name);
	if (!p)
		return EXIT_LINE_EVENT;
	e->kind = p->kind;
	e->space = p->space;
	return take_fields(line, p, e, why) ? EXIT_LINE_EVENT : EXIT_LINE_BAD;
}
