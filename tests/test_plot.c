/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_plot.c - run/csv, run/figures: what figures show; run/warmup: instructions at its end */
#include "config.h"

#include "check.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "run/figures.h"
#include "run/files.h"
#include "run/warmup.h"

static int remove_files(void **state)
{
	(void)state;
	unlink("test_plot_s.csv");
	unlink("test_plot_e.csv");
	unlink("test_plot_t.csv");
	return 0;
}

static void put(const char *path, const char *text)
{
	assert_int_equal(files_write(path, text, strlen(text), NULL), 0);
}

static void csv_is_read_back(void **state)
{
	struct csv c;

	(void)state;
	put("test_plot_s.csv", "a,b,c\n1,x,2.5\n,y,\n");
	assert_int_equal(csv_load(&c, "test_plot_s.csv", NULL), 0);
	assert_int_equal(c.n_columns, 3);
	assert_int_equal(c.n_rows, 2);
	assert_int_equal(csv_column(&c, "b"), 1);
	assert_int_equal(csv_column(&c, "z"), 3);
	assert_string_equal(csv_cell(&c, 1, 1), "y");
	assert_true(fabs(csv_number(&c, 0, 2) - 2.5) < 1e-9);
	assert_string_equal(csv_cell(&c, 1, 2), "");
	csv_fini(&c);
}

static void bad_csv_is_refused(void **state)
{
	static const char *const bad[][2] = {
		{ "", "no head line" },	       { "a,b", "no head line" },
		{ "a,b\n1\n", "must have 2" }, { "a,b\n1,2,3\n", "must have 2" },
		{ "a,b\n1,2", "cut off" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sim_error err = { 0 };
		struct csv c;

		put("test_plot_s.csv", bad[i][0]);
		assert_int_equal(csv_load(&c, "test_plot_s.csv", &err), SIM_EFORMAT);
		if (!strstr(err.text, bad[i][1]))
			fail_msg("%zu: %s", i, err.text);
	}
}

#define HEAD                                                                                   \
	"trace,host.page_size,e,technique,instructions,pte_writes,cr3_writes,guest_invlpg,"    \
	"stlb_misses,refs_per_walk,exits,cycles_a,cycles_b,cycles_c,extra_cycles,"             \
	"ideal_cycles,overhead_percent\n"
#define EXITS "trace,host.page_size,e,technique,instructions,exit_a,exit_b\n"

/*
 * Host page sizes, values of e, ept and spt. spt costs 30, ept 10 x e. Misses per change of page
 * tables go with e x `moves`; there are `changes` of each kind.
 */
struct sample {
	unsigned sizes, values, moves, changes;
};

static void make_sample(struct figure_data *d, struct sample t)
{
	static const char *const sizes[] = { "4K", "2M" };
	static char s[16384], x[16384];
	size_t n = 0, m = 0;

	n += (size_t)snprintf(s, sizeof(s), HEAD);
	m += (size_t)snprintf(x, sizeof(x), EXITS);
	for (unsigned i = 0; i < 2 * t.sizes * t.values; i++) {
		const char *page = sizes[i / (2 * t.values)];
		const char *technique = i % 2 ? "spt" : "ept";
		unsigned e = 1u << (2 * (i / 2 % t.values)), over = i % 2 ? 30 : 10 * e;

		n += (size_t)snprintf(s + n, sizeof(s) - n,
				      "t,%s,%u,%s,1000,%u,%u,0,%u,2.5,7,%u,0,5,%u,200,%u\n",
				      page, e, technique, t.changes, t.changes,
				      t.moves ? 10 * e : 10, 2 * over - 5, 2 * over, over);
		m += (size_t)snprintf(x + m, sizeof(x) - m, "t,%s,%u,%s,1000,%u,0\n", page, e,
				      technique, i);
	}
	put("test_plot_s.csv", s);
	put("test_plot_e.csv", x);
	assert_int_equal(figures_load(d, "test_plot_s.csv", "test_plot_e.csv", NULL), 0);
}

static void make_tables(struct figure_data *d)
{
	make_sample(d, (struct sample){ .sizes = 2, .values = 3, .moves = 1, .changes = 1 });
}

/* Lives until the next call. */
static const char *write_figure(const struct figure_data *d, const char *name)
{
	static struct text text;
	size_t i = 0;

	text_fini(&text);
	if (!name)
		return NULL;
	while (strcmp(figures_all[i].name, name) != 0)
		i++;
	assert_int_equal(figures_all[i].write(d, &text), 0);
	assert_false(text.failed);
	return text.s;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in\n%s", part, text);
}

static void bars_show_parts_of_ideal(void **state)
{
	struct figure_data d;
	const char *text;

	(void)state;
	make_tables(&d);
	assert_int_equal(d.n_clusters, 6);
	text = write_figure(&d, "overhead");
	has(text, "part\na\nc\n\n\n"); /* b is zero everywhere */
	has(text, "\n0 ept 7.5 2.5\n1 spt 27.5 2.5\n3 ept 37.5 2.5\n");
	has(text, "\n0.5 \"t page_size=4K e=1\"\n3.5 \"t page_size=4K e=4\"\n");
	text = write_figure(&d, "exits");
	has(text, "part\na\n\n\n");
	has(text, "\n1 spt 1000\n3 ept 2000\n");
	text = write_figure(&d, "tlb");
	has(text, "technique\nept\nspt\n");
	has(text, "\n0 ept 10 2.5\n");
	write_figure(NULL, NULL);
	figures_fini(&d);
}

static void sweeps_show_lines_and_crossings(void **state)
{
	struct figure_data d;
	const char *text;
	double misses;

	(void)state;
	make_tables(&d);
	text = write_figure(&d, "sweep");
	has(text, "e \"t page_size=4K\"\ne \"t page_size=2M\"\n");
	has(text, "e overheads\n1 10 30\n4 40 30\n16 160 30\n");
	text = write_figure(&d, "crossover");
	has(text, "\"t page_size=4K\" 0 0 1 ept\n\"t page_size=2M\" 0 1 1 ept\n");
	has(text, "\n5 20 1\n20 -10 4\n80 -130 16\n");
	/* from (5, 20) to (20, -10) on a logarithmic axis: 5 x 4^(2/3) */
	text = strstr(text, "\n\n\nmisses difference\n12.");
	assert_non_null(text);
	misses = strtod(strstr(text, "12."), NULL);
	assert_true(fabs(misses - 5.0 * pow(4.0, 2.0 / 3.0)) < 1e-3);
	write_figure(NULL, NULL);
	figures_fini(&d);
}

/* No such figure, and why. */
static void lacks(const struct figure_data *d, const char *name, const char *why)
{
	struct text text = { .s = NULL };
	size_t i = 0;

	while (strcmp(figures_all[i].name, name) != 0)
		i++;
	assert_int_equal(figures_all[i].write(d, &text), SIM_EOF);
	assert_non_null(text.s);
	has(text.s, why);
	text_fini(&text);
}

static void what_is_not_drawn_says_why(void **state)
{
	struct figure_data d;

	(void)state;
	make_sample(&d, (struct sample){ .sizes = 2, .values = 10, .moves = 1, .changes = 1 });
	lacks(&d, "overhead", "20 groups of bars, at most 18");
	lacks(&d, "exits", "20 groups of bars, at most 18");
	lacks(&d, "tlb", "20 groups of bars, at most 18");
	figures_fini(&d);
	make_sample(&d, (struct sample){ .sizes = 1, .values = 3, .moves = 0, .changes = 1 });
	lacks(&d, "crossover", "e does not move the TLB misses");
	figures_fini(&d);
	make_sample(&d, (struct sample){ .sizes = 1, .values = 3, .moves = 1, .changes = 0 });
	lacks(&d, "crossover", "no trace here has both");
	figures_fini(&d);
}

/* Without a change of page tables there are no misses per change. */
static void guests_without_changes_are_off_scale(void **state)
{
	struct figure_data d;
	const char *text;

	(void)state;
	put("test_plot_s.csv", HEAD "t,4K,1,ept,9,2,0,0,4,1,0,0,0,0,0,9,10\n"
				    "t,4K,1,spt,9,2,0,0,4,1,0,0,0,0,0,9,30\n"
				    "t,4K,2,ept,9,2,0,0,8,1,0,0,0,0,0,9,15\n"
				    "t,4K,2,spt,9,2,0,0,8,1,0,0,0,0,0,9,30\n"
				    "t,4K,3,ept,9,2,0,0,12,1,0,0,0,0,0,9,20\n"
				    "t,4K,3,spt,9,2,0,0,12,1,0,0,0,0,0,9,30\n"
				    "u,4K,1,ept,9,0,0,0,4,1,0,0,0,0,0,9,10\n"
				    "u,4K,1,spt,9,0,0,0,4,1,0,0,0,0,0,9,5\n"
				    "u,4K,2,ept,9,0,0,0,4,1,0,0,0,0,0,9,10\n"
				    "u,4K,2,spt,9,0,0,0,4,1,0,0,0,0,0,9,4\n");
	put("test_plot_e.csv", EXITS "t,4K,1,ept,9,0,0\nt,4K,1,spt,9,0,0\nt,4K,2,ept,9,0,0\n"
				     "t,4K,2,spt,9,0,0\nt,4K,3,ept,9,0,0\nt,4K,3,spt,9,0,0\n"
				     "u,4K,1,ept,9,0,0\nu,4K,1,spt,9,0,0\nu,4K,2,ept,9,0,0\n"
				     "u,4K,2,spt,9,0,0\n");
	assert_int_equal(figures_load(&d, "test_plot_s.csv", "test_plot_e.csv", NULL), 0);
	text = write_figure(&d, "crossover");
	has(text, "\"t\" 0 0 0 ept\n\n\nmisses difference e\n2 20 1\n4 15 2\n6 10 3\n");
	has(text, "\n\n\nseries lowest highest\n\"u\" -6 -5\n");
	write_figure(NULL, NULL);
	figures_fini(&d);
}

/* More misses, then fewer: a line would be a scribble. */
static void misses_to_and_fro_make_no_crossover(void **state)
{
	struct figure_data d;

	(void)state;
	put("test_plot_s.csv", HEAD "t,4K,1,ept,9,2,0,0,4,1,0,0,0,0,0,9,10\n"
				    "t,4K,1,spt,9,2,0,0,4,1,0,0,0,0,0,9,30\n"
				    "t,4K,2,ept,9,2,0,0,8,1,0,0,0,0,0,9,15\n"
				    "t,4K,2,spt,9,2,0,0,8,1,0,0,0,0,0,9,30\n"
				    "t,4K,3,ept,9,2,0,0,4,1,0,0,0,0,0,9,20\n"
				    "t,4K,3,spt,9,2,0,0,4,1,0,0,0,0,0,9,30\n");
	put("test_plot_e.csv", EXITS "t,4K,1,ept,9,0,0\nt,4K,1,spt,9,0,0\nt,4K,2,ept,9,0,0\n"
				     "t,4K,2,spt,9,0,0\nt,4K,3,ept,9,0,0\nt,4K,3,spt,9,0,0\n");
	assert_int_equal(figures_load(&d, "test_plot_s.csv", "test_plot_e.csv", NULL), 0);
	lacks(&d, "crossover", "e moves the TLB misses per change of page tables to and fro");
	figures_fini(&d);
}

static void foreign_tables_are_refused(void **state)
{
	struct sim_error err = { 0 };
	struct figure_data d;

	(void)state;
	put("test_plot_s.csv", "a,b\n1,2\n");
	put("test_plot_e.csv", EXITS);
	assert_int_equal(figures_load(&d, "test_plot_s.csv", "test_plot_e.csv", &err),
			 SIM_EFORMAT);
	assert_string_equal(err.where, "test_plot_s.csv");
	err = (struct sim_error){ 0 };
	put("test_plot_s.csv", HEAD);
	put("test_plot_e.csv", "a,b\n1,2\n");
	assert_int_equal(figures_load(&d, "test_plot_s.csv", "test_plot_e.csv", &err),
			 SIM_EFORMAT);
	assert_string_equal(err.where, "test_plot_e.csv");
}

/* gups4k runs one loop for nearly all of its life: its instructions grow with its records. */
#define TIMES                                                                                  \
	"trace,technique,accesses,exits,pf_taken,pf_fixed,tlb_misses,measured_ns,"             \
	"measured_low_ns,measured_high_ns,predicted_ns,unfitted_percent\n"

/* Rates an access or a thousand; "-" for what a row does not have. */
static void real_rows_stand_beside_simulated_ones(void **state)
{
	struct text text = { .s = NULL };
	struct figure_data d = { .n_keys = 0 };

	(void)state;
	put("test_plot_t.csv", TIMES "fork,spt,2000,10,8,6,400,,,,5000,0.00\n"
				     "fork,kvm,2000,12,8,6,,6000,5800,6400,,\n"
				     "pipe,spt,1000,1,1,1,20,,,,900,40.00\n"
				     "pipe,kvm,1000,2,1,1,30,1000,990,1010,,\n");
	assert_int_equal(figures_load_times(&d, "test_plot_t.csv", NULL), 0);
	assert_int_equal(figures_write_kvm(&d, &text), 0);
	has(text.s, "technique\nspt\nkvm\n");
	has(text.s, "\n0 spt 5 4 200 - - - 2.5 0.00\n");
	has(text.s, "\n1 kvm 6 4 - 3 2.9 3.2 - -\n");
	has(text.s, "\n3 spt 1 1 20 - - - 0.9 40.00\n");
	has(text.s, "\n4 kvm 2 1 30 1 0.99 1.01 - -\n");
	has(text.s, "\n0.5 \"fork\"\n3.5 \"pipe\"\n");
	text_fini(&text);
	figures_fini(&d);
}

static void without_real_rows_there_is_no_such_figure(void **state)
{
	struct figure_data d = { .n_keys = 0 };
	struct text text = { .s = NULL };
	struct sim_error err = { 0 };

	(void)state;
	assert_int_equal(figures_write_kvm(&d, &text), SIM_EOF);
	assert_int_equal(text.n, 0);
	put("test_plot_t.csv", "trace,technique,accesses\nfork,spt,1\n");
	assert_int_equal(figures_load_times(&d, "test_plot_t.csv", &err), SIM_EFORMAT);
	has(err.text, "no column exits");
	figures_fini(&d);
}

static void instructions_are_interpolated(void **state)
{
	struct warmup half, quarter, none;
	char path[512];

	(void)state;
	source_path(path, sizeof(path), "traces/gups4k.snt");
	assert_int_equal(warmup_find(&none, path, 0, NULL), 0);
	assert_int_equal(none.records, 0);
	assert_int_equal(none.instructions, 0);
	assert_int_equal(warmup_find(&half, path, 50, NULL), 0);
	assert_int_equal(warmup_find(&quarter, path, 25, NULL), 0);
	assert_true(half.instructions > 3005192 * 48 / 100 &&
		    half.instructions < 3005192 * 52 / 100);
	assert_true(quarter.instructions > 3005192 * 23 / 100 &&
		    quarter.instructions < 3005192 * 27 / 100);
	assert_true(half.counted <= half.instructions);
	assert_int_equal(warmup_find(&half, "none.snt", 50, NULL), SIM_EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_is_read_back),
		cmocka_unit_test(bad_csv_is_refused),
		cmocka_unit_test(bars_show_parts_of_ideal),
		cmocka_unit_test(sweeps_show_lines_and_crossings),
		cmocka_unit_test(what_is_not_drawn_says_why),
		cmocka_unit_test(guests_without_changes_are_off_scale),
		cmocka_unit_test(misses_to_and_fro_make_no_crossover),
		cmocka_unit_test(foreign_tables_are_refused),
		cmocka_unit_test(real_rows_stand_beside_simulated_ones),
		cmocka_unit_test(without_real_rows_there_is_no_such_figure),
		cmocka_unit_test(instructions_are_interpolated),
	};

	return cmocka_run_group_tests_name("plot", tests, NULL, remove_files);
}
