/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logs of KVM's tracepoints: each line of three ages of formats (tests/exits, after the TP_printk of
 * Linux), what links a line to those before it, what adds up, what is refused. */
#include "config.h"

#include "check.h"

#include <string.h>

#include "trace/exit_table.h"

/* --- a log in memory --- */

struct log {
	char *text;
	FILE *f;
	struct trace_source in;
	struct exit_log log;
};

static void log_open(struct log *l, const char *text, uint64_t skip_bad)
{
	l->text = strdup(text);
	assert_non_null(l->text);
	l->f = fmemopen(l->text, strlen(text), "rb");
	assert_non_null(l->f);
	assert_int_equal(source_init(&l->in, l->f, "k.log", NULL), 0);
	assert_int_equal(exit_log_init(&l->log, &l->in, skip_bad, NULL), 0);
}

static void log_close(struct log *l)
{
	exit_log_fini(&l->log);
	source_fini(&l->in);
	fclose(l->f);
	free(l->text);
}

static char *file_text(const char *rel)
{
	char path[512], *text = calloc(1, 65536);
	FILE *f = fopen(source_path(path, sizeof(path), rel), "rb");

	assert_true(f && text);
	assert_true(fread(text, 1, 65535, f) > 0);
	fclose(f);
	return text;
}

static struct exit_log_event next(struct log *l)
{
	struct sim_error err = { 0 };
	struct exit_log_event e;

	if (exit_log_next(&l->log, &e, &err))
		print_message("# %s: %s\n", err.where, err.text);
	assert_int_equal(err.code, 0);
	return e;
}

static void has(const struct exit_log_event *e, enum exit_log_field f, uint64_t value)
{
	assert_true(e->has & 1u << f);
	assert_true(e->field[f] == value);
}

static struct exit_log_event skip_to(struct log *l, const char *name)
{
	struct exit_log_event e;

	do
		e = next(l);
	while (strcmp(e.name, name) != 0);
	return e;
}

/* --- a new Linux on Intel, shadow paging, as /sys/kernel/tracing/trace has it --- */

static void shadow_exits(struct log *l)
{
	struct exit_log_event e = next(l);

	assert_int_equal(e.kind, EXIT_LOG_ENTRY);
	assert_true(e.ns == 100000000000 && e.vcpu == 0 && e.tid == 4242 && e.cpu == 1);
	assert_string_equal(e.reason, "");
	has(&e, FIELD_RIP, 0xfff0);
	e = next(l);
	assert_int_equal(e.kind, EXIT_LOG_EXIT);
	assert_string_equal(e.reason, "EXCEPTION_NMI");
	has(&e, FIELD_RIP, 0xffffffff81234567);
	has(&e, FIELD_INFO1, 0xffff888000001ff8);
	has(&e, FIELD_INFO2, 0);
	has(&e, FIELD_INTR_INFO, 0x80000b0e);
	has(&e, FIELD_ERROR_CODE, 2);
	has(&e, FIELD_REQUESTS, 0);
	e = next(l);
	assert_int_equal(e.kind, EXIT_LOG_PAGE_FAULT);
	assert_int_equal(e.space, SPACE_GVA);
	assert_string_equal(e.reason, "EXCEPTION_NMI");
	has(&e, FIELD_ADDRESS, 0xffff888000001ff8);
	has(&e, FIELD_ERROR_CODE, 2);
}

static void shadow_pages(struct log *l)
{
	struct exit_log_event e = skip_to(l, "kvm_mmu_get_page");

	assert_int_equal(e.kind, EXIT_LOG_MMU);
	has(&e, FIELD_GFN, 0x10);
	has(&e, FIELD_LEVEL, 1);
	assert_int_equal(e.flags, EXIT_LOG_NEW);
	assert_int_equal(e.vcpu, 0); /* the line does not say: the thread does */
	e = next(l);
	has(&e, FIELD_LEVEL, 2);
	assert_int_equal(e.flags, EXIT_LOG_DIRECT | EXIT_LOG_UNSYNC);
	e = next(l);
	assert_string_equal(e.name, "kvm_mmu_set_spte");
	has(&e, FIELD_GFN, 1);
	has(&e, FIELD_SPTE, 0x8000000012345163);
	has(&e, FIELD_LEVEL, 1);
	e = next(l);
	assert_int_equal(e.kind, EXIT_LOG_ENTRY);
	assert_string_equal(e.reason, "EXCEPTION_NMI");
	assert_true(e.since == 15000);
}

static void shadow_rest(struct log *l)
{
	struct exit_log_event e = skip_to(l, "fast_page_fault");

	has(&e, FIELD_ERROR_CODE, 6);
	has(&e, FIELD_FIXED, 1);
	has(&e, FIELD_SPURIOUS, 0);
	has(&e, FIELD_OLD_SPTE, 0x60000012345025);
	has(&e, FIELD_NEW_SPTE, 0x60000012345027);
	assert_int_equal(e.space, SPACE_GVA);
	e = next(l);
	has(&e, FIELD_ERROR_CODE, 0); /* no flag at all is printed */
	has(&e, FIELD_SPURIOUS, 1);
	e = skip_to(l, "lost");
	assert_int_equal(e.kind, EXIT_LOG_LOST);
	assert_true(e.count == 12 && e.cpu == 1);
	e = skip_to(l, "kvm_cr");
	has(&e, FIELD_REGISTER, 3);
	has(&e, FIELD_VALUE, 0x1000);
	assert_int_equal(e.flags, EXIT_LOG_WRITE);
	e = skip_to(l, "kvm_mmu_prepare_zap_page");
	assert_int_equal(e.flags, EXIT_LOG_INVALID);
	e = next(l);
	has(&e, FIELD_USED_PAGES, 0x2f);
}

static void vmx_shadow(void **state)
{
	char *text = file_text("tests/exits/vmx-shadow.log");
	struct exit_log_event e;
	struct log l;

	(void)state;
	log_open(&l, text, 0);
	shadow_exits(&l);
	shadow_pages(&l);
	shadow_rest(&l);
	assert_int_equal(exit_log_next(&l.log, &e, NULL), SIM_EOF);
	log_close(&l);
	free(text);
}

/* --- Linux about 5.10 on AMD, nested paging, as trace-cmd reports it --- */

static void svm(void **state)
{
	char *text = file_text("tests/exits/svm-5.10.log");
	struct exit_log_event e;
	struct log l;

	(void)state;
	log_open(&l, text, 0);
	e = skip_to(&l, "kvm_page_fault");
	assert_true(e.ns == 123456790100 && e.vcpu == 0 && e.tid == 1234);
	assert_int_equal(e.space, SPACE_GPA);
	assert_string_equal(e.reason, "npf");
	has(&e, FIELD_ADDRESS, 0xfee00000);
	has(&e, FIELD_ERROR_CODE, 0x100000004);
	e = next(&l);
	assert_string_equal(e.name, "handle_mmio_page_fault");
	has(&e, FIELD_ADDRESS, 0xfee00000);
	has(&e, FIELD_GFN, 0xfee00);
	assert_int_equal(e.space, SPACE_GPA);
	e = skip_to(&l, "kvm_exit");
	assert_string_equal(e.reason, "PF excp");
	e = next(&l);
	assert_int_equal(e.space, SPACE_GVA);
	e = next(&l);
	has(&e, FIELD_VECTOR, 236);
	e = skip_to(&l, "sched_switch");
	assert_int_equal(e.kind, EXIT_LOG_OTHER);
	assert_true(e.vcpu == EXIT_LOG_NO_VCPU && e.cpu == 1);
	e = next(&l); /* trace-cmd's own order */
	assert_string_equal(e.reason, "hlt");
	assert_int_equal(e.vcpu, 0);
	has(&e, FIELD_INFO1, 0);
	e = next(&l);
	has(&e, FIELD_GFN, 0x3f);
	has(&e, FIELD_LEVEL, 2);
	assert_int_equal(e.flags, EXIT_LOG_DIRECT | EXIT_LOG_NEW);
	e = next(&l);
	has(&e, FIELD_ERROR_CODE, 0x67);
	log_close(&l);
	free(text);
}

/* --- an older one on Intel, EPT, as perf script prints it --- */

static void vmx_ept(void **state)
{
	char *text = file_text("tests/exits/vmx-old.perf");
	struct exit_log_event e;
	struct log l;

	(void)state;
	log_open(&l, text, 0);
	e = skip_to(&l, "kvm_exit");
	has(&e, FIELD_INFO1, 0x181);
	has(&e, FIELD_INFO2, 0);
	assert_int_equal(e.vcpu, 0); /* of the entry before */
	e = next(&l);
	assert_int_equal(e.space, SPACE_GPA);
	e = next(&l);
	assert_string_equal(e.name, "kvm_tdp_mmu_spte_changed");
	has(&e, FIELD_NEW_SPTE, 0x600000123456b77);
	e = skip_to(&l, "kvm_exit");
	assert_string_equal(e.reason, "EPT_VIOLATION FAILED_VMENTRY");
	log_close(&l);
	free(text);
}

/* A thread's name tells its vCPU; an exit is answered by one entry. */
static void threads(void **state)
{
	static const char text[] =
		"CPU 5/KVM-9 [000] ..... 1.000001: kvm_mmu_paging_element: pte 1 level 4\n"
		"x-8 [000] ..... 1.000002: kvm_exit: reason EPT_MISCONFIG rip 0x1 info 1 2\n"
		"x-8 [000] ..... 1.000003: kvm_entry: vcpu 3\n"
		"x-8 [000] ..... 1.000004: kvm_entry: vcpu 3\n"
		"x-8 [000] ..... 1.000005: kvm_page_fault: address 1000 error_code 0\n"
		"y-8/8 [000] ..... 1.000005: x: 1\n";
	struct exit_log_event e;
	struct log l;

	(void)state;
	log_open(&l, text, 0);
	e = next(&l);
	assert_int_equal(e.vcpu, 5);
	e = next(&l);
	assert_true(e.vcpu == EXIT_LOG_NO_VCPU && e.tid == 8);
	e = next(&l);
	assert_true(e.vcpu == 3 && e.since == 1000);
	assert_string_equal(e.reason, "EPT_MISCONFIG");
	e = next(&l);
	assert_string_equal(e.reason, "");
	assert_true(e.since == 0);
	e = next(&l);
	assert_int_equal(e.vcpu, 3);
	assert_int_equal(e.space, SPACE_UNSAID);
	log_close(&l);
}

/* --- what adds up --- */

static void tally(struct exit_table *t, const char *rel)
{
	char *text = file_text(rel);
	struct sim_error err = { 0 };
	struct exit_log_event e;
	struct log l;

	log_open(&l, text, 0);
	exit_table_init(t);
	while (!exit_log_next(&l.log, &e, &err))
		assert_int_equal(exit_table_add(t, &e, &err), 0);
	assert_int_equal(err.code, 0);
	exit_table_sort(t);
	log_close(&l);
	free(text);
}

static void table(void **state)
{
	struct exit_table t;

	(void)state;
	tally(&t, "tests/exits/vmx-shadow.log");
	assert_true(t.events == 22 && t.lost == 12 && t.losses == 1 && t.vcpus == 2);
	assert_true(t.last_ns - t.first_ns == 65000);
	assert_true(t.exits == 4 && t.faults == 2);
	assert_int_equal(t.reason.n, 3);
	assert_string_equal(t.reason.row[0].name, "EXCEPTION_NMI");
	assert_true(t.reason.row[0].n == 2 && t.reason.row[0].handled == 2);
	assert_true(t.reason.row[0].ns == 25000 && t.reason.row[0].ns_max == 15000);
	assert_string_equal(t.reason.row[1].name, "CR_ACCESS");
	assert_true(t.reason.row[1].handled == 0);
	assert_int_equal(t.fault.n, 2);
	assert_true(t.fault.row[0].code == 2 && t.fault.row[1].code == 6);
	assert_true(t.pages_gva == 2 && !t.pages_gpa && !t.pages);
	assert_true(t.mmu_cache_miss == 1 && t.mmu_shadow_zapped == 1);
	exit_table_fini(&t);
	tally(&t, "tests/exits/svm-5.10.log");
	assert_true(t.pages_gva == 1 && t.pages_gpa == 1 && t.vcpus == 1);
	exit_table_fini(&t);
}

/* Each number of rows and pages is counted once; the same page of another space is another. */
static void distinct(void **state)
{
	struct exit_log_event e = { .kind = EXIT_LOG_PAGE_FAULT,
				    .name = "kvm_page_fault",
				    .vcpu = EXIT_LOG_NO_VCPU };
	struct exit_table t;

	(void)state;
	exit_table_init(&t);
	for (unsigned i = 0; i < 300; i++) {
		e.space = (enum exit_log_space)(i % 3);
		e.field[FIELD_ADDRESS] = (uint64_t)(i / 3 % 50) << 12 | i;
		assert_int_equal(exit_table_add(&t, &e, NULL), 0);
	}
	assert_true(t.pages == 50 && t.pages_gva == 50 && t.pages_gpa == 50);
	assert_true(t.faults == 300 && t.vcpus == 0 && t.fault.n == 1);
	for (unsigned i = 1; i < EXIT_TABLE_ROWS_MAX; i++) {
		e.field[FIELD_ERROR_CODE] = i;
		assert_int_equal(exit_table_add(&t, &e, NULL), 0);
	}
	e.field[FIELD_ERROR_CODE] = EXIT_TABLE_ROWS_MAX;
	assert_int_equal(exit_table_add(&t, &e, NULL), SIM_ERANGE);
	exit_table_fini(&t);
}

/* --- what is refused --- */

#define AT "x-1 [000] ..... 1.000001: "

static void refused(const char *text, const char *where, const char *why)
{
	struct sim_error err = { 0 };
	struct exit_log_event e;
	struct log l;
	int rc;

	log_open(&l, text, 0);
	do
		rc = exit_log_next(&l.log, &e, &err);
	while (!rc);
	if (rc != SIM_EFORMAT || !strstr(err.text, why))
		print_message("# %d %s: %s, not \"%s\"\n", rc, err.where, err.text, why);
	assert_int_equal(rc, SIM_EFORMAT);
	assert_non_null(strstr(err.text, why));
	assert_string_equal(err.where, where);
	log_close(&l);
}

static void flaws(void **state)
{
	(void)state;
	refused(AT "x: 1\ngarbage\n", "k.log:2", "no event");
	refused("x-1 [000] 12: x: 1\n", "k.log:1", "no time");
	refused("x-1 [000] 1.0000000001: x: 1\n", "k.log:1", "no time");
	refused("x [000] 1.000001: x: 1\n", "k.log:1", "no event");
	refused("x-1 1.000001: x: 1\n", "k.log:1", "no event");
	refused(AT "x\n", "k.log:1", "no name");
	refused(AT "\n", "k.log:1", "no name");
	refused(AT "kvm_exit: vcpu 0 reason EPT_VIOLATION info1 0x1\n", "k.log:1", "missing");
	refused(AT "kvm_exit: vcpu 0 rip 0x1 info1 0x1\n", "k.log:1", "missing");
	refused(AT "kvm_exit: vcpu 0 reason rip 0x1\n", "k.log:1", "not where");
	refused(AT "kvm_exit: vcpu 0 reason X rip zz\n", "k.log:1", "not where");
	refused(AT "kvm_exit: vcpu 0 reason X rip 0x1z info1 1\n", "k.log:1", "not where");
	refused(AT "kvm_exit: vcpu x reason X rip 0x1\n", "k.log:1", "not where");
	refused(AT "kvm_exit: reason X rip 0x1 info 1\n", "k.log:1", "not where");
	refused(AT "kvm_exit: reason a\tb rip 0x1 info 1 1\n", "k.log:1", "not where");
	refused(AT "k\"m: 1\n", "k.log:1", "no name");
	refused(AT "kvm_page_fault: address 1\n", "k.log:1", "missing");
	refused(AT "kvm_mmu_get_page: sp gen 0 l1\n", "k.log:1", "missing");
	refused(AT "fast_page_fault: vcpu 0 gva 1 error_code Q sptep 1 old 1 new 1\n",
		"k.log:1", "not where");
	refused(AT "x: 1", "k.log:1", "ends inside this line");
}

static void bad_lines_passed_over(void **state)
{
	static const char text[] = AT "x: 1\nbad\nworse\n" AT "y: 1\nworst\n";
	struct sim_error err = { 0 };
	struct exit_log_event e;
	struct log l;

	(void)state;
	log_open(&l, text, 2);
	e = next(&l);
	e = next(&l);
	assert_string_equal(e.name, "y");
	assert_true(l.log.skipped == 2);
	assert_int_equal(exit_log_next(&l.log, &e, &err), SIM_EFORMAT);
	assert_string_equal(err.where, "k.log:5");
	log_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmx_shadow), cmocka_unit_test(svm),
		cmocka_unit_test(vmx_ept),    cmocka_unit_test(threads),
		cmocka_unit_test(table),      cmocka_unit_test(distinct),
		cmocka_unit_test(flaws),      cmocka_unit_test(bad_lines_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
