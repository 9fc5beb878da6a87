/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_flatview.c - regions flattened: worked cases, and random trees against a painting of each cell */
#include "config.h"

#include "check.h"
#include "mirror.h"
#include "region_world.h"

#include "base/rng.h"
#include "mem/address_space.h"

static struct memory memory;

static int setup(void **state)
{
	(void)state;
	memory_init(&memory, NULL, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	memory_fini(&memory);
	return 0;
}

static struct memory_region *make(const struct memory_region_config *cfg)
{
	struct memory_region *mr = NULL;

	assert_int_equal(memory_region_create(&memory, cfg, &mr, NULL), 0);
	return mr;
}

static struct memory_region *container(const char *name, int128_t size)
{
	return make(&(struct memory_region_config){ .name = name, .size = size });
}

static struct memory_region *io(const char *name, int128_t size)
{
	return make(&(struct memory_region_config){
		.name = name, .kind = MEMORY_REGION_IO, .size = size });
}

static struct memory_region *alias(const char *name, struct memory_region *of, uint64_t offset,
				   int128_t size)
{
	return make(&(struct memory_region_config){ .name = name,
						    .kind = MEMORY_REGION_ALIAS,
						    .alias = of,
						    .alias_offset = offset,
						    .size = size });
}

static void put(struct memory_region *in, uint64_t addr, struct memory_region *mr, int priority)
{
	assert_int_equal(memory_region_add_subregion_overlap(in, addr, mr, priority, NULL), 0);
}

static struct address_space *space(struct memory_region *root)
{
	struct address_space *as = NULL;

	assert_int_equal(address_space_create(&memory, root, root->name, &as, NULL), 0);
	return as;
}

static void assert_range(const struct address_space *as, size_t i, uint64_t start,
			 int128_t size, const struct memory_region *mr, uint64_t offset)
{
	const struct flat_range *r = &as->view->range[i];

	assert_true(i < as->view->n);
	assert_true(r->start == (int128_t)start && r->size == size);
	assert_ptr_equal(r->mr, mr);
	assert_int_equal(r->offset_in_region, offset);
}

/* --- worked cases --- */

/* "Overlapping regions and priority" of memory.rst: B is a container over C, with D and E in it. */
static void overlap_of_the_manual(void **state)
{
	struct memory_region *a = container("A", 0x8000), *b = container("B", 0x4000);
	struct memory_region *c = io("C", 0x6000), *d = io("D", 0x1000), *e = io("E", 0x1000);
	struct address_space *as;

	(void)state;
	put(a, 0, c, 1);
	put(a, 0x2000, b, 2);
	put(b, 0, d, 0);
	put(b, 0x2000, e, 0);
	as = space(a);
	assert_int_equal(as->view->n, 5);
	assert_range(as, 0, 0, 0x2000, c, 0);
	assert_range(as, 1, 0x2000, 0x1000, d, 0);
	assert_range(as, 2, 0x3000, 0x1000, c, 0x3000);
	assert_range(as, 3, 0x4000, 0x1000, e, 0);
	assert_range(as, 4, 0x5000, 0x1000, c, 0x5000);
}

static void of_equal_priority_the_later_shows(void **state)
{
	struct memory_region *root = container("root", 0x10000);
	struct memory_region *a = io("a", 0x1000), *b = io("b", 0x1000);
	struct address_space *as;

	(void)state;
	put(root, 0, a, 0);
	put(root, 0, b, 0);
	as = space(root);
	assert_int_equal(as->view->n, 1);
	assert_range(as, 0, 0, 0x1000, b, 0);
	assert_int_equal(memory_region_set_address(a, 0x800, NULL), 0);
	assert_range(as, 0, 0, 0x800, b, 0);
	assert_range(as, 1, 0x800, 0x1000, a, 0);
}

/* A window that begins before its target's own start shows nothing there. */
static void alias_of_alias_below_zero(void **state)
{
	struct memory_region *root = container("root", MEMORY_REGION_ALL);
	struct memory_region *ram = io("ram", 0x10000);
	struct memory_region *one = alias("one", ram, 0x8000, 0x8000);
	struct memory_region *two = alias("two", one, 0x4000, 0x2000);
	struct address_space *as;

	(void)state;
	put(root, 0x1000, two, 0);
	as = space(root);
	assert_int_equal(as->view->n, 1);
	assert_range(as, 0, 0x1000, 0x2000, ram, 0xc000);
	put(root, 0x100000, one, 0);
	assert_range(as, 0, 0x1000, 0x2000, ram, 0xc000);
	assert_range(as, 1, 0x100000, 0x8000, ram, 0x8000);
	assert_int_equal(memory_region_set_alias_offset(two, 0xffffffffffffff00u, NULL), 0);
	assert_int_equal(as->view->n, 1);
}

static void all_of_2_to_64(void **state)
{
	struct memory_region *root = container("root", MEMORY_REGION_ALL);
	struct memory_region *all = io("all", MEMORY_REGION_ALL), *last = io("last", 0x1000);
	struct memory_region *window = alias("window", all, 0, MEMORY_REGION_ALL);
	struct address_space *as;

	(void)state;
	put(root, 0, window, 0);
	put(root, 0xfffffffffffff000u, last, 1);
	as = space(root);
	assert_int_equal(as->view->n, 2);
	assert_range(as, 0, 0, MEMORY_REGION_ALL - 0x1000, all, 0);
	assert_range(as, 1, 0xfffffffffffff000u, 0x1000, last, 0);
	assert_ptr_equal(flatview_find(as->view, UINT64_MAX)->mr, last);
	assert_int_equal(memory_region_set_enabled(last, false, NULL), 0);
	assert_range(as, 0, 0, MEMORY_REGION_ALL, all, 0);
	assert_ptr_equal(as->view->root, all);
}

/* What a read-only alias hides in the midst of RAM cuts it in three; without it, they are one. */
static void readonly_through_an_alias(void **state)
{
	struct memory_region *root = container("root", MEMORY_REGION_ALL);
	struct memory_region *ram = io("ram", 0x10000);
	struct memory_region *low = alias("low", ram, 0, 0x10000);
	struct memory_region *pam = alias("pam", ram, 0x4000, 0x4000);
	struct address_space *as;

	(void)state;
	put(root, 0, low, 0);
	put(root, 0x4000, pam, 1);
	as = space(root);
	assert_int_equal(as->view->n, 1);
	assert_int_equal(memory_region_set_readonly(pam, true, NULL), 0);
	assert_int_equal(as->view->n, 3);
	assert_range(as, 1, 0x4000, 0x4000, ram, 0x4000);
	assert_true(as->view->range[1].readonly);
	assert_false(as->view->range[0].readonly || as->view->range[2].readonly);
}

static void the_same_effective_root_is_one_view(void **state)
{
	struct memory_region *root = container("root", MEMORY_REGION_ALL);
	struct memory_region *dev = container("device", MEMORY_REGION_ALL);
	struct memory_region *x = io("x", 0x1000), *y = io("y", 0x1000);
	struct memory_region *window = alias("window", root, 0, MEMORY_REGION_ALL);
	struct address_space *as, *as_dev, *as_none;

	(void)state;
	put(root, 0, x, 0);
	put(root, 0x1000, y, 0);
	put(dev, 0, window, 0);
	as = space(root);
	as_dev = space(dev);
	as_none = space(container("empty", 0x1000));
	assert_ptr_equal(as->view, as_dev->view);
	assert_int_equal(as->view->refs, 2);
	assert_null(as_none->view->root);
	assert_int_equal(memory_region_set_enabled(window, false, NULL), 0);
	assert_ptr_equal(as_dev->view, as_none->view);
	assert_int_equal(as_dev->view->n, 0);
}

static void what_the_tree_refuses(void **state)
{
	struct memory_region *a = container("a", 0x1000), *b = container("b", 0x1000);
	struct memory_region *w = alias("w", a, 0, 0x1000);
	struct memory_region_config none = { .name = "none" };
	struct memory_region *out;

	(void)state;
	put(a, 0, b, 0);
	assert_int_equal(memory_region_add_subregion(a, 0, b, NULL), SIM_ESTATE);
	assert_int_equal(memory_region_add_subregion(b, 0, a, NULL), SIM_ESTATE);
	assert_int_equal(memory_region_add_subregion(b, 0, w, NULL), SIM_ESTATE);
	assert_int_equal(memory_region_add_subregion(w, 0, io("x", 1), NULL), SIM_ESTATE);
	assert_int_equal(memory_region_del_subregion(b, a, NULL), SIM_ESTATE);
	assert_int_equal(memory_region_destroy(a, NULL), SIM_ESTATE);
	assert_int_equal(memory_region_destroy(b, NULL), SIM_ESTATE);
	assert_int_equal(memory_region_create(&memory, &none, &out, NULL), SIM_ERANGE);
	assert_int_equal(memory_region_del_subregion(a, b, NULL), 0);
	assert_int_equal(memory_region_destroy(b, NULL), 0);
	assert_int_equal(memory_region_destroy(w, NULL), 0);
	assert_int_equal(memory_region_destroy(a, NULL), 0);
}

/* --- listeners --- */

struct log {
	char text[512];
	size_t n;
};

struct voice {
	struct memory_listener listener;
	char name;
	struct log *log;
	int rc; /* of region_add */
};

static int say(struct memory_listener *l, char what, struct memory_region *mr)
{
	struct voice *v = l->opaque;

	v->log->n +=
		(size_t)snprintf(v->log->text + v->log->n, sizeof(v->log->text) - v->log->n,
				 "%c%c%s ", v->name, what, mr ? mr->name : "");
	assert_true(v->log->n < sizeof(v->log->text));
	return 0;
}

static int say_begin(struct memory_listener *l, struct sim_error *err)
{
	(void)err;
	return say(l, '(', NULL);
}

static int say_commit(struct memory_listener *l, struct sim_error *err)
{
	(void)err;
	return say(l, ')', NULL);
}

static int say_add(struct memory_listener *l, const struct memory_region_section *s,
		   struct sim_error *err)
{
	struct voice *v = l->opaque;

	say(l, '+', s->mr);
	return v->rc ? sim_fail(err, v->rc, NULL, "no more slots") : 0;
}

static int say_del(struct memory_listener *l, const struct memory_region_section *s,
		   struct sim_error *err)
{
	(void)err;
	return say(l, '-', s->mr);
}

static int say_nop(struct memory_listener *l, const struct memory_region_section *s,
		   struct sim_error *err)
{
	(void)err;
	return say(l, '=', s->mr);
}

static int say_log_start(struct memory_listener *l, const struct memory_region_section *s,
			 unsigned old_mask, unsigned new_mask, struct sim_error *err)
{
	(void)err;
	assert_true(new_mask & ~old_mask);
	return say(l, '*', s->mr);
}

static int say_log_stop(struct memory_listener *l, const struct memory_region_section *s,
			unsigned old_mask, unsigned new_mask, struct sim_error *err)
{
	(void)err;
	assert_true(old_mask & ~new_mask);
	return say(l, '.', s->mr);
}

static int say_global_start(struct memory_listener *l, struct sim_error *err)
{
	(void)err;
	return say(l, 'G', NULL);
}

static int say_global_stop(struct memory_listener *l, struct sim_error *err)
{
	(void)err;
	return say(l, 'g', NULL);
}

static int say_sync(struct memory_listener *l, const struct memory_region_section *s,
		    struct sim_error *err)
{
	(void)err;
	return say(l, 's', s->mr);
}

static int say_clear(struct memory_listener *l, const struct memory_region_section *s,
		     struct sim_error *err)
{
	(void)err;
	assert_int_equal(s->offset_within_region, 0x400);
	assert_int_equal(s->offset_within_address_space, 0x1400);
	assert_true(s->size == 0x100);
	return say(l, 'c', s->mr);
}

static struct voice voice(struct log *log, char name, int priority)
{
	return (struct voice){ .name = name,
			       .log = log,
			       .listener = { .priority = priority,
					     .begin = say_begin,
					     .commit = say_commit,
					     .region_add = say_add,
					     .region_del = say_del,
					     .region_nop = say_nop,
					     .log_start = say_log_start,
					     .log_stop = say_log_stop,
					     .log_sync = say_sync,
					     .log_clear = say_clear,
					     .log_global_start = say_global_start,
					     .log_global_stop = say_global_stop } };
}

static void register_voice(struct voice *v, struct address_space *as)
{
	v->listener.opaque = v;
	assert_int_equal(memory_listener_register(&v->listener, as, NULL), 0);
}

static void assert_said(struct log *log, const char *text)
{
	assert_string_equal(log->text, text);
	*log = (struct log){ .n = 0 };
}

/* Two voices, of priorities 10 and 0; the first to register is the last to hear. */
static void two_passes_in_order(void **state)
{
	struct memory_region *root = container("root", 0x10000);
	struct memory_region *a = io("a", 0x1000), *b = io("b", 0x1000), *c = io("c", 0x1000);
	struct address_space *as = space(root);
	static struct log log; /* outlives the test: teardown calls listeners */
	static struct voice hi, lo;

	(void)state;
	log = (struct log){ .n = 0 };
	hi = voice(&log, 'H', 10);
	lo = voice(&log, 'L', 0);
	put(root, 0, a, 0);
	put(root, 0x1000, b, 0);
	register_voice(&hi, as);
	assert_said(&log, "H( H+a H+b H) ");
	register_voice(&lo, as);
	assert_said(&log, "L( L+a L+b L) ");

	memory_transaction_begin(&memory);
	assert_int_equal(memory_region_del_subregion(root, a, NULL), 0);
	put(root, 0x800, c, 1);
	assert_said(&log, "");
	assert_int_equal(memory_transaction_commit(&memory, NULL), 0);
	assert_said(&log, "L( H( H-a L-a H-b L-b L+c H+c L+b H+b L) H) ");

	assert_int_equal(memory_region_set_log(b, true, NULL), 0);
	assert_said(&log, "L( H( L=c H=c L=b H=b L*b H*b L) H) ");
	assert_int_equal(memory_region_set_log(b, true, NULL), 0);
	assert_int_equal(memory_region_set_log(b, false, NULL), 0);
	assert_said(&log, "");
	assert_int_equal(memory_region_set_log(b, false, NULL), 0);
	assert_said(&log, "L( H( L=c H=c L=b H=b H.b L.b L) H) ");
	assert_int_equal(memory_region_set_log(b, false, NULL), SIM_ESTATE);

	assert_int_equal(memory_listener_unregister(&hi.listener, NULL), 0);
	assert_said(&log, "H( H-c H-b H) ");
	assert_int_equal(memory_listener_unregister(&lo.listener, NULL), 0);
}

static void of_equal_priority_the_first_hears_first(void **state)
{
	struct memory_region *root = container("root", 0x1000), *a = io("a", 0x1000);
	struct address_space *as = space(root);
	static struct voice x, y, z;
	static struct log log;

	(void)state;
	log = (struct log){ .n = 0 };
	x = voice(&log, 'X', 1);
	y = voice(&log, 'Y', 1);
	z = voice(&log, 'Z', -1);
	register_voice(&x, as);
	register_voice(&y, as);
	register_voice(&z, as);
	assert_said(&log, "X( X) Y( Y) Z( Z) ");
	put(root, 0, a, 0);
	assert_said(&log, "Z( X( Y( Z+a X+a Y+a Z) X) Y) ");
	assert_int_equal(memory_region_del_subregion(root, a, NULL), 0);
	assert_said(&log, "Z( X( Y( Y-a X-a Z-a Z) X) Y) ");
}

static void nothing_seen_nothing_said(void **state)
{
	struct memory_region *root = container("root", 0x10000),
			     *off = container("off", 0x1000);
	struct memory_region *a = io("a", 0x1000);
	struct address_space *as = space(root);
	static struct log log; /* outlives the test: teardown calls listeners */
	static struct voice v;

	(void)state;
	log = (struct log){ .n = 0 };
	v = voice(&log, 'V', 0);
	register_voice(&v, as);
	assert_said(&log, "V( V) ");
	assert_int_equal(memory_region_set_enabled(off, false, NULL), 0);
	assert_said(&log, "V( V) ");
	put(root, 0, off, 0);
	put(off, 0, a, 0);
	assert_said(&log, "");
	assert_int_equal(memory_region_set_enabled(off, true, NULL), 0);
	assert_said(&log, "V( V+a V) ");
	/* listeners of one space hear of a commit that concerns another */
	assert_int_equal(memory_region_set_size(io("z", 2), 1, NULL), 0);
	assert_said(&log, "V( V=a V) ");
}

static void a_listener_that_fails(void **state)
{
	struct memory_region *root = container("root", 0x10000);
	struct memory_region *a = io("a", 0x1000), *b = io("b", 0x1000);
	struct address_space *as = space(root);
	struct sim_error err = { 0 };
	static struct log log; /* outlives the test: teardown calls listeners */
	static struct voice v, w;

	(void)state;
	log = (struct log){ .n = 0 };
	v = voice(&log, 'V', 0);
	w = voice(&log, 'W', 0);
	register_voice(&v, as);
	put(root, 0, a, 0);
	v.rc = w.rc = SIM_ESTATE;
	assert_int_equal(memory_region_add_subregion(root, 0x1000, b, &err), SIM_ESTATE);
	assert_string_equal(err.text, "no more slots");
	w.listener.opaque = &w;
	assert_int_equal(memory_listener_register(&w.listener, as, NULL), SIM_ESTATE);
	assert_null(w.listener.as);
	assert_ptr_equal(memory.listeners, &v.listener);
}

/* It may have done something by then that nobody undoes. */
static void a_listener_that_fails_at_first(void **state)
{
	struct memory_region *root = container("root", 0x10000);
	struct memory_region *a = io("a", 0x1000), *b = io("b", 0x1000);
	struct address_space *as = space(root);
	static struct log log; /* outlives the test: teardown calls listeners */
	static struct voice v;

	(void)state;
	log = (struct log){ .n = 0 };
	v = voice(&log, 'V', 0);
	v.listener.opaque = &v;
	put(root, 0, a, 0);
	v.rc = SIM_ENOMEM;
	assert_int_equal(memory_listener_register(&v.listener, as, NULL), SIM_ENOMEM);
	assert_null(memory.listeners);
	assert_int_equal(memory_check(&memory, NULL), SIM_ESTATE);
	assert_int_equal(memory_region_add_subregion(root, 0x1000, b, NULL), SIM_ESTATE);
}

static void global_log(void **state)
{
	struct memory_region *root = container("root", 0x10000), *a = io("a", 0x1000);
	struct ramblock block = { .max_length = 0x1000, .used_length = 0x1000 };
	struct memory_region *ram =
		make(&(struct memory_region_config){ .name = "ram",
						     .kind = MEMORY_REGION_RAM,
						     .size = 0x1000,
						     .ram_block = &block });
	struct address_space *as = space(root);
	static struct log log; /* outlives the test: teardown calls listeners */
	static struct voice hi, lo;

	(void)state;
	log = (struct log){ .n = 0 };
	hi = voice(&log, 'H', 10);
	lo = voice(&log, 'L', 0);
	put(root, 0, a, 0);
	put(root, 0x1000, ram, 0);
	register_voice(&hi, as);
	register_voice(&lo, as);
	log = (struct log){ .n = 0 };
	assert_int_equal(memory_global_dirty_log_start(&memory, NULL), 0);
	assert_said(&log, "LG HG L( H( L=a H=a L=ram H=ram L*ram H*ram L) H) ");
	assert_int_equal(memory_region_dirty_log_mask(ram), DIRTY_BIT(DIRTY_MEMORY_MIGRATION));
	assert_int_equal(memory_region_dirty_log_mask(a), 0);
	assert_int_equal(memory_global_dirty_log_sync(&memory, NULL), 0);
	assert_said(&log, "Lsram Hsram ");
	assert_int_equal(memory_region_log_clear(ram, 0x400, 0x100, NULL), 0);
	assert_said(&log, "Lcram Hcram ");
	assert_int_equal(memory_listener_unregister(&hi.listener, NULL), 0);
	assert_said(&log, "H( H-a H.ram H-ram H) ");
	register_voice(&hi, as);
	assert_said(&log, "H( HG H+a H+ram H*ram H) ");
	assert_int_equal(memory_global_dirty_log_stop(&memory, NULL), 0);
	assert_said(&log, "L( H( L=a H=a L=ram H=ram H.ram L.ram L) H) Hg Lg ");
	assert_int_equal(memory_global_dirty_log_stop(&memory, NULL), 0);
	memory.is_tcg = true;
	assert_int_equal(memory_region_dirty_log_mask(ram), DIRTY_BIT(DIRTY_MEMORY_CODE));
	assert_int_equal(memory_listener_unregister(&hi.listener, NULL), 0);
	assert_int_equal(memory_listener_unregister(&lo.listener, NULL), 0);
}

static void types(void **state)
{
	struct memory_region *a = io("a", 0x1000);

	(void)state;
	assert_string_equal(memory_region_type(a), "i/o");
	assert_string_equal(memory_region_type(alias("w", a, 0, 1)), "i/o");
	assert_string_equal(memory_region_type(container("c", 1)), "i/o");
}

/* --- random trees --- */

#define N_WORLDS 2000
#define N_BYTES	 600

static void random_trees(void **state)
{
	struct region_world_counts sum = { 0 };
	uint8_t bytes[N_BYTES];
	struct rng r;

	(void)state;
	rng_seed(&r, test_seed(0xf1a7));
	for (unsigned i = 0; i < N_WORLDS; i++) {
		struct region_world_counts c;

		for (unsigned k = 0; k < N_BYTES; k++)
			bytes[k] = (uint8_t)rng_next(&r);
		c = region_world_run(bytes, N_BYTES);
		sum.n_commits += c.n_commits;
		sum.n_ranges += c.n_ranges;
		sum.n_refused += c.n_refused;
		sum.n_shared += c.n_shared;
	}
	print_message("# %u commits, %u ranges, %u refusals, %u shared views\n", sum.n_commits,
		      sum.n_ranges, sum.n_refused, sum.n_shared);
	assert_true(sum.n_commits > 10000);
	assert_true(sum.n_ranges > 50000);
	assert_true(sum.n_refused > 1000);
	assert_true(sum.n_shared > 100);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(overlap_of_the_manual),
		CASE(of_equal_priority_the_later_shows),
		CASE(alias_of_alias_below_zero),
		CASE(all_of_2_to_64),
		CASE(readonly_through_an_alias),
		CASE(the_same_effective_root_is_one_view),
		CASE(what_the_tree_refuses),
		CASE(two_passes_in_order),
		CASE(of_equal_priority_the_first_hears_first),
		CASE(nothing_seen_nothing_said),
		CASE(a_listener_that_fails),
		CASE(a_listener_that_fails_at_first),
		CASE(global_log),
		CASE(types),
		cmocka_unit_test(random_trees),
	};

	return cmocka_run_group_tests_name("flatview", tests, NULL, NULL);
}
