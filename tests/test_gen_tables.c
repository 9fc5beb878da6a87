/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_gen_tables.c - hash tables by Knuth's counts, graphs by lists of their edges */
#include "check.h"

#include <math.h>
#include <string.h>

#include "chisq.h"
#include "gen_reading.h"

#define SLOTS	256
#define BUCKETS 64
#define PAGE	4096u

/* --- hash --- */

/* Knuth, The Art of Computer Programming vol. 3, 6.4 (Theorem K): Q_r(m, n). */
static double knuth_q(unsigned r, double m, double n)
{
	double sum = 0, term = 1;

	for (unsigned k = 0; k <= (unsigned)n; k++) {
		double choose = r ? k + 1 : 1;

		sum += choose * term;
		term *= (n - k) / m;
	}
	return sum;
}

/* What look-ups read: the slots of each, and the value behind a hit. */
struct tally {
	uint64_t n;
	double sum, squares;
};

static void tally_add(struct tally *t, uint64_t v)
{
	t->n++;
	t->sum += (double)v;
	t->squares += (double)v * (double)v;
}

static void assert_mean(const char *what, const struct tally *t, double want)
{
	double mean = t->sum / (double)t->n;
	double deviation = sqrt((t->squares / (double)t->n - mean * mean) / (double)t->n);

	print_message("# %s: %.4f, known %.4f, deviation %.4f\n", what, mean, want, deviation);
	assert_true(fabs(mean - want) < 4 * deviation + 1e-9);
}

/* Reads one look-up after the other; of a hit the number of slots, with the keys' homes remembered. */
static void linear_hits(unsigned load)
{
	static uint64_t home[4 * SLOTS];
	char parameters[160];
	struct tally t = { 0 };
	struct gen_record a;
	struct reading r;
	uint64_t first = 0, length = 0, offset, keys = 4u * (SLOTS * load / 100), met = 0;

	memset(home, 0, sizeof(home));
	snprintf(parameters, sizeof(parameters),
		 "\"keys\": %u, \"load\": %u, \"count\": 60000, \"populate\": \"none\"",
		 (unsigned)keys, load);
	reading_start(&r, "hash", parameters);
	while (reading_next(&r, &a)) {
		uint64_t slot;

		reading_array(&r, a.gva, &offset);
		offset -= PAGE / 2; /* groups begin in the middle of a page */
		slot = offset / 16;
		assert_true(slot < 4 * SLOTS);
		if (offset % 16 == 0) {
			if (!length++)
				first = slot;
			continue;
		}
		/* the value: of the slot that was read last, and always of a key with that home */
		assert_int_equal(slot, first / SLOTS * SLOTS + (first + length - 1) % SLOTS);
		assert_true(!home[slot] || home[slot] == first + 1);
		met += !home[slot];
		home[slot] = first + 1;
		tally_add(&t, length);
		length = 0;
	}
	assert_int_equal(t.n, 60000);
	assert_int_equal(met, keys);
	/* of these very keys, each as often: their mean is a sample of 4 tables' */
	assert_true(fabs(t.sum / 60000 - (1 + knuth_q(0, SLOTS, (double)keys / 4 - 1)) / 2) <
		    (load < 80 ? 0.1 : 1.5));
	reading_stop(&r);
}

static void hash_linear(void **state)
{
	(void)state;
	linear_hits(10);
	linear_hits(50);
	linear_hits(90);
}

/* Over 262144 groups hits and misses have Knuth's means. */
static void linear_means(unsigned load, unsigned hit)
{
	char parameters[160];
	struct tally t = { 0 };
	struct gen_record a;
	struct reading r;
	uint64_t length = 0, offset, last = 0;
	double keys = SLOTS * load / 100;

	snprintf(parameters, sizeof(parameters),
		 "\"keys\": %u, \"load\": %u, \"hit\": %u, \"count\": 100000, \"populate\": "
		 "\"none\"",
		 262144 * (SLOTS * load / 100), load, hit);
	reading_start(&r, "hash", parameters);
	while (reading_next(&r, &a)) {
		reading_array(&r, a.gva, &offset);
		if (hit && offset % 16) {
			tally_add(&t, length);
			length = 0;
			continue;
		}
		/* two misses in a row: another slot than the next, but for one time in 10^6 */
		if (!hit && length && a.gva != last + 16 && a.gva + (SLOTS - 1) * 16 != last) {
			tally_add(&t, length);
			length = 0;
		}
		last = a.gva;
		length++;
	}
	if (hit)
		assert_mean("slots of a hit", &t, (1 + knuth_q(0, SLOTS, keys - 1)) / 2);
	else
		assert_mean("slots of a miss", &t, (1 + knuth_q(1, SLOTS, keys)) / 2);
	reading_stop(&r);
}

static void hash_knuth(void **state)
{
	(void)state;
	linear_means(50, 100);
	linear_means(90, 100);
	linear_means(50, 0);
	linear_means(80, 0);
}

/* One chain: bucket, then nodes that get older; a hit ends with the value. */
static void chained(unsigned load, unsigned hit)
{
	char parameters[160];
	struct tally t = { 0 };
	struct gen_record a;
	struct reading r;
	uint64_t nodes = 0, offset, last = UINT64_MAX;
	double keys = BUCKETS * load / 100;
	int started = 0;

	snprintf(parameters, sizeof(parameters),
		 "\"kind\": \"chained\", \"keys\": %u, \"load\": %u, \"hit\": %u, \"count\": "
		 "100000, \"populate\": \"none\"",
		 4096 * (BUCKETS * load / 100), load, hit);
	reading_start(&r, "hash", parameters);
	while (reading_next(&r, &a)) {
		if (reading_array(&r, a.gva, &offset) == 0) {
			if (started)
				tally_add(&t, nodes);
			started = 1;
			nodes = 0;
			last = UINT64_MAX;
			continue;
		}
		if (offset % 32 == 0) {
			assert_true(offset / 32 < last);
			last = offset / 32;
			nodes++;
		} else {
			assert_int_equal(offset / 32, last);
			assert_true(offset % 32 == 16 || (hit && offset % 32 == 8));
		}
	}
	tally_add(&t, nodes);
	assert_int_equal(t.n, 100000);
	assert_mean("nodes", &t, hit ? 1 + (keys - 1) / (2 * BUCKETS) : keys / BUCKETS);
	reading_stop(&r);
}

static void hash_chained(void **state)
{
	(void)state;
	chained(100, 100);
	chained(400, 100);
	chained(75, 0);
}

/* --- graph --- */

#define VERTICES 3000u

static uint64_t list[VERTICES + 1]; /* where the edges of a vertex begin */

/* The first rank (from 1) of a range of ranks: alone up to 128, then 64 to an octave. */
static uint64_t first_of_range(uint64_t rank)
{
	uint64_t width = 1;

	while (rank / width >= 128)
		width *= 2;
	return rank / width * width;
}

static void list_edges(double degree, double skew)
{
	double sum = 0;

	for (uint64_t k = 1; k <= VERTICES; k++)
		sum += pow((double)first_of_range(k), -skew);
	list[0] = 0;
	for (uint64_t k = 1; k <= VERTICES; k++) {
		double d =
			floor(degree * VERTICES / sum * pow((double)first_of_range(k), -skew));

		list[k] = list[k - 1] + (uint64_t)(d < 1 ? 1 : d > VERTICES ? VERTICES : d);
	}
}

/* A step: two offsets of the vertex where the last one ended, one of its edges, its neighbour. */
static void graph_walk(void **state)
{
	static uint64_t leads[64 * VERTICES], count[VERTICES];
	static double weight[VERTICES];
	struct gen_record a;
	struct reading r;
	uint64_t at = UINT64_MAX, steps = 0, offset, edge, edges_met = 0;
	double p;

	(void)state;
	list_edges(20, 0.6);
	reading_start(
		&r, "graph",
		"\"vertices\": 3000, \"degree\": 20, \"skew\": 0.6, \"order\": \"degree\", "
		"\"count\": 300000");
	for (; reading_next(&r, &a); steps++) {
		assert_int_equal(reading_array(&r, a.gva, &offset), 0);
		assert_true(at == UINT64_MAX || offset == at * 8);
		at = offset / 8;
		assert_true(reading_next(&r, &a));
		reading_array(&r, a.gva, &offset);
		assert_int_equal(offset, at * 8 + 8);
		assert_true(reading_next(&r, &a));
		assert_int_equal(reading_array(&r, a.gva, &offset), 1);
		edge = offset / 4;
		assert_true(edge >= list[at] && edge < list[at + 1]);
		assert_true(reading_next(&r, &a));
		assert_int_equal(reading_array(&r, a.gva, &offset), 2);
		at = offset / 8;
		assert_true(at < VERTICES && (!leads[edge] || leads[edge] == at + 1));
		edges_met += !leads[edge];
		if (!leads[edge])
			count[at]++;
		leads[edge] = at + 1;
	}
	assert_int_equal(steps, 300000);
	/* where edges lead: with a chance proportional to (rank + 1)^-skew */
	for (unsigned i = 0; i < VERTICES; i++)
		weight[i] = pow(i + 1, -0.6);
	p = chisq_chance(count, weight, VERTICES, NULL);
	print_message("# %llu edges of %llu met, where they lead: chance %.4f\n",
		      (unsigned long long)edges_met, (unsigned long long)list[VERTICES], p);
	assert_true(p > CHISQ_UNLIKELY);
	reading_stop(&r);
}

/* Arrays: offsets, edges, data, queue. */
struct search {
	uint8_t seen[VERTICES];
	uint64_t head, tail, vertex, edge, edge_end;
	uint64_t queue[VERTICES];
	uint64_t n_vertices, n_searches, n_edges;
};

static void take_vertex(struct search *s, struct reading *r, struct gen_record *a)
{
	uint64_t offset;

	assert_int_equal(s->edge, s->edge_end);
	reading_array(r, a->gva, &offset);
	assert_int_equal(offset, s->head % VERTICES * 4);
	assert_true(s->head < s->tail);
	s->vertex = s->queue[s->head++ % VERTICES];
	for (unsigned i = 0; i < 2; i++) {
		assert_true(reading_next(r, a));
		assert_int_equal(reading_array(r, a->gva, &offset), 0);
		assert_int_equal(offset, (s->vertex + i) * 8);
	}
	s->edge = list[s->vertex];
	s->edge_end = list[s->vertex + 1];
	s->n_vertices++;
}

static void take_store(struct search *s, struct reading *r, struct gen_record *a)
{
	uint64_t offset, vertex;

	reading_array(r, a->gva, &offset);
	/* the sweep between two searches begins with the first page of data */
	if (s->edge == s->edge_end && s->head == s->tail && s->tail && offset % PAGE == 0 &&
	    s->n_searches && s->seen[offset / 8])
		return;
	vertex = offset / 8;
	assert_true(vertex < VERTICES);
	assert_int_equal(s->seen[vertex]++, 0);
	assert_true(reading_next(r, a));
	assert_int_equal(reading_array(r, a->gva, &offset), 3);
	assert_int_equal(offset, s->tail % VERTICES * 4);
	s->queue[s->tail++ % VERTICES] = vertex;
}

static void graph_bfs(void **state)
{
	static struct search s;
	struct gen_record a;
	struct reading r;
	uint64_t offset;

	(void)state;
	list_edges(4, 0.8);
	reading_start(&r, "graph",
		      "\"kind\": \"bfs\", \"vertices\": 3000, \"degree\": 4, \"skew\": 0.8, "
		      "\"order\": \"degree\", \"count\": 6000");
	while (reading_next(&r, &a)) {
		unsigned array = reading_array(&r, a.gva, &offset);

		if ((a.op & OP_KIND) == OP_STORE) {
			take_store(&s, &r, &a);
		} else if (array == 3) {
			take_vertex(&s, &r, &a);
		} else {
			assert_int_equal(array, 1);
			assert_true(s.edge < s.edge_end);
			assert_int_equal(offset, s.edge++ * 4);
			assert_true(reading_next(&r, &a));
			assert_int_equal(reading_array(&r, a.gva, &offset), 2);
			s.n_edges++;
		}
	}
	print_message("# %llu edges of %llu vertices\n", (unsigned long long)s.n_edges,
		      (unsigned long long)s.n_vertices);
	assert_int_equal(s.n_edges, 6000);
	assert_true(s.n_vertices > 500);
	reading_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_linear),	cmocka_unit_test(hash_knuth),
		cmocka_unit_test(hash_chained), cmocka_unit_test(graph_walk),
		cmocka_unit_test(graph_bfs),
	};

	return cmocka_run_group_tests_name("gen_tables", tests, NULL, NULL);
}
