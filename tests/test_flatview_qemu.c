/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_flatview_qemu.c - the trees that a real QEMU had, built here, are flattened as it flattened them
 *
 * tests/qemu/NAME.mtree is what its monitor printed: the tree ("info mtree -D"), then the views ("info mtree -f"). The
 * tree does not say two things: whether a region of type i/o with children shows itself (it does when a view has it)
 * and which aliases are read-only (PAM's "pam-rom").
 */
#include "config.h"

#include <string.h>

#include "check.h"

#include "mem/address_space.h"

#define N_NODES	 1000
#define N_SPACES 50

struct node {
	char name[80], target[80];
	unsigned indent;
	uint64_t start, last, offset;
	int priority;
	bool is_rom, enabled, has_children;
	struct node *parent;
	struct memory_region *mr;
};

struct tree {
	struct node node[N_NODES];
	size_t n;
	struct {
		char name[80];
		size_t node; /* its root */
		struct address_space *as;
	} space[N_SPACES];
	size_t n_spaces;
	char *text, *views; /* the first view */
	struct memory memory;
};

/* --- reading --- */

static char *slurp(const char *name)
{
	char path[4096], *text = calloc(1, 1 << 20);
	FILE *f = fopen(source_path(path, sizeof(path), name), "r");

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 1000);
	fclose(f);
	return text;
}

/* Copies up to `end`, or the end of the line. */
static void copy_until(char *to, size_t size, const char *from, const char *end)
{
	const char *stop = end ? strstr(from, end) : NULL;
	size_t n = strcspn(from, "\n");

	if (stop && (size_t)(stop - from) < n)
		n = (size_t)(stop - from);
	assert_true(n < size);
	memcpy(to, from, n);
	to[n] = 0;
}

static struct node *outer_node(struct tree *t, size_t first, unsigned indent)
{
	for (size_t i = t->n; i-- > first;)
		if (t->node[i].indent < indent)
			return &t->node[i];
	return NULL;
}

/* "    START-LAST (prio N, TYPE): [alias ]NAME[ @TARGET OFFSET-LAST][ [disabled]]" */
static void read_node(struct tree *t, size_t first, const char *line)
{
	struct node *n = &t->node[t->n];
	unsigned long long start, last, offset;
	char type[16], rest[200], *at;
	int at_name = 0;

	assert_true(t->n < N_NODES);
	n->indent = (unsigned)strspn(line, " ");
	assert_int_equal(sscanf(line, " %llx-%llx (prio %d, %15[^)]): %n", &start, &last,
				&n->priority, type, &at_name),
			 4);
	copy_until(rest, sizeof(rest), line + at_name, NULL);
	at = strstr(rest, " [disabled]");
	n->enabled = !at;
	if (at)
		*at = 0;
	n->start = start;
	n->last = last;
	if (strncmp(rest, "alias ", 6)) {
		copy_until(n->name, sizeof(n->name), rest, NULL);
		n->is_rom = !strcmp(type, "rom");
	} else {
		copy_until(n->name, sizeof(n->name), rest + 6, " @");
		at = strstr(rest, " @") + 2;
		*strrchr(at, ' ') = 0;
		copy_until(n->target, sizeof(n->target), at, NULL);
		assert_int_equal(sscanf(at + strlen(at) + 1, "%llx", &offset), 1);
		n->offset = offset;
		n->is_rom = !strcmp(n->name, "pam-rom");
	}
	n->parent = outer_node(t, first, n->indent);
	if (n->parent)
		n->parent->has_children = true;
	t->n++;
}

static char *next_line(char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

static void read_tree(struct tree *t, const char *file)
{
	static const char heading[] = "address-space: ";
	size_t first = 0;

	t->text = slurp(file);
	t->views = strstr(t->text, "FlatView #0");
	assert_non_null(t->views);
	for (char *line = t->text; line < t->views; line = next_line(line)) {
		if (*line == ' ') {
			read_node(t, first, line);
			continue;
		}
		first = t->n;
		if (strncmp(line, heading, strlen(heading)))
			continue;
		assert_true(t->n_spaces < N_SPACES);
		copy_until(t->space[t->n_spaces].name, sizeof(t->space->name),
			   line + strlen(heading), NULL);
		t->space[t->n_spaces++].node = t->n;
	}
}

/* --- building --- */

static bool is_in_views(const struct tree *t, const char *name)
{
	char plain[100], offset[100];

	snprintf(plain, sizeof(plain), "): %s\n", name);
	snprintf(offset, sizeof(offset), "): %s @", name);
	return strstr(t->views, plain) || strstr(t->views, offset);
}

/* What an alias shows: the first region of that name. */
static struct node *find_target(struct tree *t, const char *name)
{
	for (struct node *n = t->node; n < t->node + t->n; n++)
		if (!*n->target && !strcmp(n->name, name))
			return n;
	return NULL;
}

static enum memory_region_kind kind_of(const struct tree *t, const struct node *n)
{
	if (*n->target)
		return MEMORY_REGION_ALIAS;
	return n->has_children && !is_in_views(t, n->name) ? MEMORY_REGION_CONTAINER
							   : MEMORY_REGION_IO;
}

static void make(struct tree *t, struct node *n)
{
	struct memory_region_config cfg = { .name = n->name,
					    .kind = kind_of(t, n),
					    .size = (int128_t)n->last - n->start + 1,
					    .alias_offset = n->offset,
					    .readonly = n->is_rom };

	if (n->mr)
		return;
	if (*n->target) {
		struct node *target = find_target(t, n->target);

		assert_non_null(target);
		make(t, target);
		cfg.alias = target->mr;
	}
	assert_int_equal(memory_region_create(&t->memory, &cfg, &n->mr, NULL), 0);
	assert_int_equal(memory_region_set_enabled(n->mr, n->enabled, NULL), 0);
}

/* The monitor lists a region of the same place and priority that was added later first. */
static void build(struct tree *t)
{
	memory_init(&t->memory, NULL, NULL);
	memory_transaction_begin(&t->memory);
	for (size_t i = 0; i < t->n; i++)
		make(t, &t->node[i]);
	for (struct node *n = t->node + t->n; n-- > t->node;)
		if (n->parent)
			assert_int_equal(memory_region_add_subregion_overlap(
						 n->parent->mr, n->start - n->parent->start,
						 n->mr, n->priority, NULL),
					 0);
	assert_int_equal(memory_transaction_commit(&t->memory, NULL), 0);
	for (size_t i = 0; i < t->n_spaces; i++)
		assert_int_equal(address_space_create(&t->memory, t->node[t->space[i].node].mr,
						      t->space[i].name, &t->space[i].as, NULL),
				 0);
}

/* --- comparing --- */

static void print_range(const struct flat_range *r, char *to, size_t size)
{
	int n = snprintf(to, size, "  %016llx-%016llx (prio %d, %s): %s",
			 (unsigned long long)r->start,
			 (unsigned long long)(r->start + r->size - 1), r->mr->priority,
			 r->readonly ? "rom" : "", r->mr->name);

	if (r->offset_in_region)
		snprintf(to + n, size - (size_t)n, " @%016llx",
			 (unsigned long long)r->offset_in_region);
}

/* The line without its type, unless that is rom. */
static void copy_range(const char *line, char *to, size_t size)
{
	const char *type = strstr(line, ", ") + 2, *end = strchr(type, ')');
	char name[200];

	copy_until(name, sizeof(name), end, NULL);
	snprintf(to, size, "%.*s%s%s", (int)(type - line), line,
		 strncmp(type, "rom)", 4) ? "" : "rom", name);
}

/* From "FlatView #N": its address spaces, its root, its ranges. Returns what follows. */
static char *compare_view(struct tree *t, char *line, unsigned *n_ranges)
{
	struct address_space *as = NULL;
	char name[80], want[300], got[300];
	size_t i = 0;

	for (line = next_line(line); !strncmp(line, " AS \"", 5); line = next_line(line)) {
		struct address_space *other;

		copy_until(name, sizeof(name), line + 5, "\"");
		other = address_space_find(&t->memory, name);
		assert_non_null(other);
		assert_true(!as || as->view == other->view);
		as = other;
	}
	assert_non_null(as);
	copy_until(name, sizeof(name), line + strlen(" Root memory region: "), NULL);
	assert_string_equal(as->view->root ? as->view->root->name : "(none)", name);
	for (line = next_line(line); !strncmp(line, "  0", 3) || !strncmp(line, "  f", 3);
	     line = next_line(line)) {
		assert_true(i < as->view->n);
		print_range(&as->view->range[i++], got, sizeof(got));
		copy_range(line, want, sizeof(want));
		assert_string_equal(got, want);
	}
	assert_int_equal(i, as->view->n);
	*n_ranges += (unsigned)i;
	return strstr(line, "FlatView #");
}

static void compare_machine(const char *file, unsigned least_ranges)
{
	struct tree *t = calloc(1, sizeof(*t));
	unsigned n_ranges = 0, n_views = 0;

	assert_non_null(t);
	read_tree(t, file);
	build(t);
	for (char *view = t->views; view; n_views++)
		view = compare_view(t, view, &n_ranges);
	assert_int_equal(n_views, 4);
	assert_true(n_ranges >= least_ranges);
	memory_fini(&t->memory);
	free(t->text);
	free(t);
}

static void pc(void **state)
{
	(void)state;
	compare_machine("tests/qemu/pc.mtree", 130);
}

static void q35(void **state)
{
	(void)state;
	compare_machine("tests/qemu/q35.mtree", 130);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pc),
		cmocka_unit_test(q35),
	};

	return cmocka_run_group_tests_name("flatview_qemu", tests, NULL, NULL);
}
