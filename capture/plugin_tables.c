/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin_tables.h"

#include <stdlib.h>
#include <string.h>

#include "plugin_out.h"

#define LEVELS	    5
#define ENTRIES	    512
#define KERNEL_HALF 256
#define PAGE_SHIFT  12
#define PAGE_BYTES  4096u
/* Intel SDM vol. 3A, "4-level paging and 5-level paging", formats of entries. */
#define ENTRY_PRESENT 1u
#define ENTRY_LARGE   (1u << 7)
#define ENTRY_ADDRESS 0x000ffffffffff000u

#define PLACES_MIN 1024u

struct table {
	uint64_t gpa;
	uint32_t ref[LEVELS + 1]; /* entries that point here from a table one level up */
	uint8_t root_level;	  /* 0: CR3 has not pointed here */
	uint8_t busy;		  /* its entries are being gone through */
	uint64_t *copy;		  /* entries as last seen; NULL when level 1 only */
};

/* Open addressing by gpa; a place is NULL or a table. */
static struct {
	struct table **place;
	size_t places, used;
	uint64_t current; /* root */
} tables;

static size_t hash(uint64_t gpa)
{
	return (size_t)((gpa >> PAGE_SHIFT) * 0x9e3779b97f4a7c15u >> 20) & (tables.places - 1);
}

static size_t place_of(uint64_t gpa)
{
	size_t i = hash(gpa);

	while (tables.place[i] && tables.place[i]->gpa != gpa)
		i = (i + 1) & (tables.places - 1);
	return i;
}

static void grow(void)
{
	struct table **old = tables.place;
	size_t n = tables.places;

	tables.places = n ? 2 * n : PLACES_MIN;
	tables.place = calloc(tables.places, sizeof(struct table *));
	if (!tables.place)
		plugin_fail("out of memory");
	for (size_t i = 0; i < n; i++) {
		if (old[i])
			tables.place[place_of(old[i]->gpa)] = old[i];
	}
	free(old);
}

static struct table *lookup(uint64_t gpa)
{
	return tables.places ? tables.place[place_of(gpa)] : NULL;
}

static struct table *make(uint64_t gpa)
{
	struct table *t = lookup(gpa);

	if (t)
		return t;
	if (2 * tables.used >= tables.places)
		grow();
	t = calloc(1, sizeof(*t));
	if (!t)
		plugin_fail("out of memory");
	t->gpa = gpa;
	tables.place[place_of(gpa)] = t;
	tables.used++;
	return t;
}

/* Closes the gap that a table leaves, as open addressing asks. */
static void drop(struct table *t)
{
	size_t gap = place_of(t->gpa), i = gap;

	for (;;) {
		tables.place[gap] = NULL;
		do {
			i = (i + 1) & (tables.places - 1);
			if (!tables.place[i])
				goto gone;
		} while (((i - hash(tables.place[i]->gpa)) & (tables.places - 1)) <
			 ((i - gap) & (tables.places - 1)));
		tables.place[gap] = tables.place[i];
		gap = i;
	}
gone:
	tables.used--;
	free(t->copy);
	free(t);
}

static uint8_t *mark_of(uint64_t gpa)
{
	struct host_ram *r = host_ram_at(gpa);

	return r ? &r->mark[(gpa - r->gpa) >> PAGE_SHIFT] : NULL;
}

static const uint64_t *words_of(uint64_t gpa)
{
	struct host_ram *r = host_ram_at(gpa);

	return (const uint64_t *)(const void *)(r->host + (gpa - r->gpa));
}

/* The table that an entry of a table of this level points to; 0: none. A table at gpa 0 would
 * be taken for none; no firmware leaves that page to be one. */
static uint64_t child_of(uint64_t entry, unsigned level)
{
	uint64_t gpa = entry & ENTRY_ADDRESS;

	if (level == 1 || !(entry & ENTRY_PRESENT))
		return 0;
	if (entry & ENTRY_LARGE) /* a leaf at levels 2 and 3, reserved above */
		return 0;
	return host_ram_at(gpa) ? gpa : 0;
}

static void reach(uint64_t gpa, unsigned level)
{
	struct table *t = make(gpa);

	if (t->ref[level]++)
		return;
	plugin_out_event(&(struct plugin_event){
		.kind = WIRE_KIND_PTPAGE, .level = (uint8_t)level, .gpa = gpa });
	plugin_out_words(words_of(gpa));
	*mark_of(gpa) |= HOST_MARK_TABLE;
	if (level == 1)
		return;
	if (!t->copy) {
		t->copy = malloc(PAGE_BYTES);
		if (!t->copy)
			plugin_fail("out of memory");
		memcpy(t->copy, words_of(gpa), PAGE_BYTES);
	}
	for (unsigned i = 0; i < ENTRIES; i++) {
		uint64_t child = child_of(t->copy[i], level);

		if (child)
			reach(child, level - 1);
	}
}

static void leave(uint64_t gpa, unsigned level)
{
	struct table *t = lookup(gpa);
	unsigned refs = 0;

	if (!t || !t->ref[level] || --t->ref[level])
		return;
	t->busy++; /* a table may map itself */
	for (unsigned i = 0; level > 1 && i < ENTRIES; i++) {
		uint64_t child = child_of(t->copy[i], level);

		if (child)
			leave(child, level - 1);
	}
	t->busy--;
	for (unsigned i = 1; i <= LEVELS; i++)
		refs |= t->ref[i];
	if (refs || t->busy)
		return;
	plugin_out_event(&(struct plugin_event){ .kind = WIRE_KIND_PTFREE, .gpa = gpa });
	if (mark_of(gpa))
		*mark_of(gpa) &= (uint8_t)~HOST_MARK_TABLE;
	drop(t);
}

void tables_root(uint64_t gpa, unsigned levels)
{
	struct table *t = lookup(gpa);

	tables.current = gpa;
	if (t && t->root_level == levels)
		return;
	if (!host_ram_at(gpa))
		plugin_fail("CR3 points to gpa 0x%llx, where there is no RAM",
			    (unsigned long long)gpa);
	reach(gpa, levels);
	lookup(gpa)->root_level = (uint8_t)levels;
}

/* What no kernel does to a root that is not loaded: its page is something else now. (A page that is cleared for
 * its next use gets zeros where zeros are.) */
static bool is_no_root(const struct table *t, unsigned i, uint64_t now)
{
	uint64_t old = t->copy[i];
	bool moved = !(now & ENTRY_PRESENT) || (now ^ old) & ENTRY_ADDRESS;

	if (now == old)
		return true;
	if (i >= KERNEL_HALF && (old & ENTRY_PRESENT) && moved)
		return true;
	return (now & ENTRY_PRESENT) &&
	       (now & ENTRY_LARGE || !host_ram_at(now & ENTRY_ADDRESS));
}

/* Entry i of t is `now`. */
static void follow(struct table *t, unsigned i, uint64_t now)
{
	uint64_t old = t->copy[i], gpa = t->gpa;

	t->copy[i] = now;
	for (unsigned level = 2; level <= LEVELS; level++) {
		uint64_t was = child_of(old, level), is = child_of(now, level);

		/* The table may go with its last reference, should it hold that itself. */
		if (was == is || lookup(gpa) != t || !t->ref[level])
			continue;
		if (is)
			reach(is, level - 1);
		if (was)
			leave(was, level - 1);
	}
}

static void store_word(struct table *t, unsigned i, uint64_t now, unsigned size)
{
	uint64_t gpa = t->gpa;

	if (t->root_level && gpa != tables.current && (size < 8 || is_no_root(t, i, now))) {
		unsigned level = t->root_level;

		t->root_level = 0;
		leave(gpa, level);
		t = lookup(gpa);
	}
	if (!t)
		return;
	plugin_out_event(&(struct plugin_event){
		.kind = WIRE_KIND_PTW, .gpa = gpa + 8 * i, .value = now });
	if (t->copy)
		follow(t, i, now);
}

void tables_store(struct host_ram *r, uint64_t gpa, unsigned size)
{
	uint64_t page = gpa & ~(uint64_t)(PAGE_BYTES - 1);
	unsigned first = (unsigned)(gpa - page) / 8,
		 last = (unsigned)(gpa - page + size - 1) / 8;
	const uint64_t *words = (const uint64_t *)(const void *)(r->host + (page - r->gpa));

	for (unsigned i = first; i <= last && i < ENTRIES; i++) {
		struct table *t = lookup(page);

		if (!t)
			return;
		store_word(t, i, words[i], size);
	}
}
