/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a capture makes of a guest's console, of its options, and of what went wrong. No QEMU runs: tests/check_capture
 * has the whole. */
#include "config.h"

#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/process.h"
#include "capture/capture.h"
#include "capture/console.h"
#include "capture/emulator.h"
#include "capture/image.h"
#include "capture/reason.h"

/* --- the console --- */

static struct console heard(const char *text, size_t piece)
{
	struct console c = { 0 };
	size_t n = strlen(text);

	for (size_t at = 0; at < n; at += piece)
		console_add(&c, text + at, n - at < piece ? n - at : piece);
	return c;
}

static void test_console_of_a_good_run(void **state)
{
	static const char text[] = "[    0.1] Linux version 6.1\r\n"
				   "shadownest: workload begins\r\n"
				   "shadownest: workload exited 3\r\n"
				   "shadownest: said: sh: one\r\nshadownest: said: two\r\n";

	(void)state;
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		struct console c = heard(text, piece);

		assert_true(c.has_begun && c.has_ended);
		assert_int_equal(c.status, 3);
		assert_string_equal(c.said, "sh: one two");
		assert_string_equal(c.panic, "");
		assert_string_equal(c.note, "");
		assert_false(c.out_of_memory);
		assert_int_equal(c.lines, 5);
	}
}

static void test_console_of_a_panic(void **state)
{
	struct console c =
		heard("[    1.5] Kernel panic - not syncing: VFS: Unable to mount root "
		      "fs on unknown-block(0,0)\n"
		      "[    1.6] Kernel panic - not syncing: a second one\n",
		      7);

	(void)state;
	assert_false(c.has_begun || c.has_ended);
	assert_string_equal(c.panic, "VFS: Unable to mount root fs on unknown-block(0,0)");
}

static void test_console_of_no_memory(void **state)
{
	struct console c = heard("Out of memory: Killed process 60 (sqlite3) total-vm:1kB\n"
				 "shadownest: workload exited 137\n",
				 1000);

	(void)state;
	assert_true(c.out_of_memory);
	assert_int_equal(c.status, 137);
}

/* A workload cannot say what only init says; what is no status is none. */
static void test_console_is_not_fooled(void **state)
{
	struct console c = heard("shadownest: said: workload exited 0\n"
				 "shadownest: workload exited x\n"
				 "shadownest: workload exited 256\n"
				 "shadownest: workload exited 2 of 3\n"
				 "shadownest: workload exited 7\n"
				 "shadownest: workload exited 0\n",
				 1000);

	(void)state;
	assert_true(c.has_ended);
	assert_int_equal(c.status, 7);
}

static void test_console_is_bounded(void **state)
{
	struct console c = { 0 };
	char line[1000];

	(void)state;
	memset(line, 'a', sizeof(line));
	memcpy(line, "shadownest: said: ", 18);
	line[sizeof(line) - 1] = '\n';
	for (unsigned i = 0; i < 100; i++)
		console_add(&c, line, sizeof(line));
	assert_int_equal(c.lines, 100);
	assert_true(strlen(c.said) < CONSOLE_SAID);
	console_add(&c, "shadownest: said: last", 22);
	console_add(&c, "\n", 1);
	assert_string_equal(c.said + strlen(c.said) - 6, "a last");
}

/* A last line without its end counts in a file. */
static void test_console_file(void **state)
{
	struct console c = { 0 };
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	fputs("shadownest: workload begins\nshadownest: workload exited 0", f);
	rewind(f);
	console_read(&c, f);
	fclose(f);
	assert_true(c.has_ended);
	assert_int_equal(c.status, 0);
}

/* --- QEMU's command line --- */

static const struct emulator_place place = { "qemu", "a,b/p.so", "/d/", "it's" };

static bool has_pair(char **words, const char *option, const char *value)
{
	for (; words[0] && words[1]; words++)
		if (!strcmp(words[0], option) && !strcmp(words[1], value))
			return true;
	return false;
}

static void test_command_line(void **state)
{
	static const char *const dimm[] = { "256M", NULL };
	const struct emulator e = { .memory = "1G,slots=1,maxmem=4G",
				    .dimm = dimm,
				    .flags = EMULATOR_THP | EMULATOR_LA57,
				    .start = EMULATOR_AT_PC,
				    .pc = 0xffffffff81000000,
				    .limit = 9,
				    .cmdline = "quiet2" };
	char **words = emulator_words(&e, &place);

	(void)state;
	assert_non_null(words);
	assert_string_equal(words[0], "qemu");
	assert_true(has_pair(words, "-smp", "1"));
	assert_true(has_pair(words, "-icount", "shift=1,align=off,sleep=off"));
	assert_true(has_pair(words, "-m", "1G,slots=1,maxmem=4G"));
	assert_true(has_pair(words, "-object", "memory-backend-ram,id=mem0,size=256M"));
	assert_true(has_pair(words, "-cpu", "max,la57=on,erms=off"));
	assert_true(has_pair(words, "-kernel", "/d/vmlinuz"));
	assert_true(has_pair(words, "-plugin",
			     "a,,b/p.so,out=/d/stream,start=pc:0xffffffff81000000,limit=9"));
	assert_true(has_pair(words, "-append",
			     "console=ttyS0 quiet panic=-1 pti=off "
			     "memhp_default_state=online capture_thp=always "
			     "capture_start=none quiet2"));
	emulator_words_free(words);
}

static void test_command_line_of_a_snapshot(void **state)
{
	static const char *const given[] = { "-M", "pc", "-m", "256M", NULL };
	const struct emulator e = { .start = EMULATOR_NOW, .incoming = "it's", .words = given };
	char **words = emulator_words(&e, &place);

	(void)state;
	assert_non_null(words);
	assert_true(has_pair(words, "-M", "pc") && has_pair(words, "-m", "256M"));
	assert_true(has_pair(words, "-incoming", "exec:cat 'it'\\''s'"));
	assert_true(has_pair(words, "-plugin", "a,,b/p.so,out=/d/stream,start=now"));
	assert_false(has_pair(words, "-kernel", "/d/vmlinuz"));
	emulator_words_free(words);
}

static void test_one_vcpu(void **state)
{
	static const struct {
		const char *smp;
		bool goes;
	} row[] = { { "1", true },	 { "2", false },
		    { "cpus=1", true },	 { "cpus=1,cores=1", true },
		    { "cpus=2", false }, { "1,sockets=2", false },
		    { "16", false },	 { "sockets=1,cores=11", false } };

	(void)state;
	for (unsigned i = 0; i < sizeof(row) / sizeof(*row); i++) {
		const char *const words[] = { "-smp", row[i].smp, NULL };
		const struct emulator e = { .incoming = "x", .words = words };

		print_message("# -smp %s\n", row[i].smp);
		assert_int_equal(!emulator_flaw(&e), row[i].goes);
	}
}

/* --- names --- */

static void test_names(void **state)
{
	static const char *const row[][2] = { { "gzip -9 x", "gzip" },
					      { "  /usr/bin/sqlite3 :memory:", "sqlite3" },
					      { "(a/b; c)", "b" },
					      { "gzip", "gzip" },
					      { "  ", "guest" } };
	char *name;

	(void)state;
	for (unsigned i = 0; i < sizeof(row) / sizeof(*row); i++) {
		name = capture_name(row[i][0]);
		assert_string_equal(name, row[i][1]);
		sim_free(name);
	}
	name = capture_manifest_path("a.b/x.snt");
	assert_string_equal(name, "a.b/x.manifest.json");
	sim_free(name);
	name = capture_manifest_path("x");
	assert_string_equal(name, "x.manifest.json");
	sim_free(name);
}

/* --- reasons --- */

static void wants_text(const struct reason *r, const char *text)
{
	const struct sim_error stream = { .code = SIM_EFORMAT, .text = "the file is empty" };
	struct sim_error err = { 0 };

	assert_true(reason_no_stream(r, &stream, &err) < 0);
	if (!strstr(err.text, text))
		print_message("# \"%s\" without \"%s\"\n", err.text, text);
	assert_non_null(strstr(err.text, text));
}

static void test_reasons(void **state)
{
	struct reason r = { .qemu = "qemu", .boots = 1 };

	(void)state;
	wants_text(&r, "ended before its workload began");
	r.status = 1 << 8; /* as wait(2) gives an exit with 1 */
	snprintf(r.said, sizeof(r.said), "qemu: -plugin: invalid option");
	wants_text(&r, "without --enable-plugins");
	snprintf(r.said, sizeof(r.said), "qemu: -m: bad");
	wants_text(&r, "QEMU failed with status 1: qemu: -m: bad");
	r.status = 9;
	wants_text(&r, "ended by signal 9");
	r.status = 0;
	r.console = heard("shadownest: workload begins\nshadownest: workload exited 127\n"
			  "shadownest: said: sh: foo: not found\n",
			  1000);
	wants_text(&r, "was not found in the guest (status 127)");
	r.at_marker = 1;
	wants_text(&r, "--program puts a program of this machine there");
	r.console.status = 1;
	wants_text(&r, "never executed the begin marker");
	r.stream_bytes = 4096;
	wants_text(&r, "the file is empty");
	snprintf(r.console.panic, sizeof(r.console.panic), "Attempted to kill init!");
	wants_text(&r, "kernel panicked: Attempted to kill init!");
	r.console.out_of_memory = true;
	wants_text(&r, "ran out of memory");
}

static void test_end(void **state)
{
	struct reason r = { .qemu = "qemu", .boots = 1 };
	struct sim_error err = { 0 };

	(void)state;
	assert_int_equal(reason_of_end(&r, &err), SIM_ESTATE);
	r.console.has_ended = true;
	assert_int_equal(reason_of_end(&r, NULL), 0);
	r.console.status = 2;
	assert_int_equal(reason_of_end(&r, NULL), SIM_ESTATE);
	snprintf(r.console.said, sizeof(r.console.said),
		 "ModuleNotFoundError: No module named 'encodings'");
	err = (struct sim_error){ 0 };
	assert_int_equal(reason_of_end(&r, &err), SIM_ESTATE);
	assert_non_null(strstr(err.text, "its interpreter lacks its library"));
	r.may_fail = 1;
	assert_int_equal(reason_of_end(&r, NULL), 0);
	r.status = 1 << 8;
	assert_int_equal(reason_of_end(&r, NULL), SIM_EIO);
	r.boots = 0;
	assert_int_equal(reason_of_end(&r, NULL), 0);
}

/* --- the image's list --- */

static int read_list(const char *text, struct image *image)
{
	char path[] = "image-list-XXXXXX";
	int fd = mkstemp(path), rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	rc = image_read(image, path, NULL);
	unlink(path);
	return rc;
}

static void test_image_list(void **state)
{
	struct image image = { 0 };

	(void)state;
	assert_int_equal(read_list("kernel\tvmlinuz\t12ab\tlinux 6.1\n"
				   "program\t/usr/bin/gzip\tcd\tgzip 1.12\n"
				   "initrd\tinitrd.cpio\tef\t-\n",
				   &image),
			 0);
	assert_int_equal(image.n, 3);
	assert_string_equal(image_part(&image, "kernel")->package, "linux 6.1");
	assert_string_equal(image_part(&image, "program")->path, "/usr/bin/gzip");
	assert_null(image_part(&image, "none"));
	image_fini(&image);
	assert_int_equal(read_list("kernel\tvmlinuz\n", &image), SIM_EFORMAT);
	image_fini(&image);
	assert_int_equal(read_list("kernel\tk\t1\t-\ninitrd\ti\t2\t-", &image), SIM_EFORMAT);
	image_fini(&image);
}

/* --- programs --- */

static void test_process(void **state)
{
	const char *const shell[] = { "sh", "-c", "echo one; echo two >&2; cat; exit 5", NULL };
	const char *const none[] = { "there-is-no-such-program", NULL };
	char said[6];
	int status;

	(void)state;
	assert_int_equal(process_run(shell, NULL, said, sizeof(said), &status), 0);
	assert_int_equal(status >> 8, 5);
	assert_string_equal(said, "one\nt");
	assert_string_equal(process_one_line(said), "one t");
	assert_int_equal(process_run(none, NULL, said, sizeof(said), &status), 2 /* ENOENT */);
}

/* RLIMIT_FSIZE's signal: the program ignores it (cli/main.c); what it starts does not. */
static void test_process_has_signals_of_its_own(void **state)
{
	const char *const shell[] = { "sh", "-c", "kill -XFSZ $$", NULL };
	char said[16];
	int status;

	(void)state;
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(process_run(shell, NULL, said, sizeof(said), &status), 0);
	assert_int_equal(status & 0x7f, SIGXFSZ);
	signal(SIGXFSZ, SIG_DFL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_console_of_a_good_run),
		cmocka_unit_test(test_console_of_a_panic),
		cmocka_unit_test(test_console_of_no_memory),
		cmocka_unit_test(test_console_is_not_fooled),
		cmocka_unit_test(test_console_is_bounded),
		cmocka_unit_test(test_console_file),
		cmocka_unit_test(test_command_line),
		cmocka_unit_test(test_command_line_of_a_snapshot),
		cmocka_unit_test(test_one_vcpu),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_image_list),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_process_has_signals_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
