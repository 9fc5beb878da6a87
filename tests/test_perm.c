/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_perm.c - x86/perm on every combination of entry bits, mode, privilege and access
 *
 * What should come out is said a second time, as the SDM's section "Determination of access
 * rights" says it in words, and shares nothing with perm.h but the meaning of the bits.
 */
#include "check.h"

#include "x86/perm.h"

/* One point of the space: bits of a number. */
struct point {
	bool rw, us, xd;	      /* the entry */
	bool wp, smep, nxe;	      /* the mode */
	bool user_mode, write, fetch; /* the access; never write and fetch at once */
};

#define POINTS 512u

static struct point point_of(unsigned i)
{
	return (struct point){ i & 1,  i & 2,  i & 4,	i & 8,	i & 16,
			       i & 32, i & 64, i & 128, i & 256 };
}

static bool allowed(struct point p)
{
	bool user_page = p.us, executable = !p.nxe || !p.xd;

	if (p.user_mode && !user_page)
		return false;
	if (p.user_mode && p.write)
		return p.rw;
	if (p.user_mode && p.fetch)
		return executable;
	if (p.user_mode)
		return true;
	if (p.write)
		return p.wp ? p.rw : true;
	if (p.fetch && user_page && p.smep)
		return false;
	return p.fetch ? executable : true;
}

static unsigned error_code(struct point p, unsigned why)
{
	unsigned code = why;

	if (p.write)
		code += 2;
	if (p.user_mode)
		code += 4;
	if (p.fetch && p.nxe)
		code += 16;
	else if (p.fetch && p.smep)
		code += 16;
	return code;
}

static struct paging mode_of(struct point p)
{
	return (struct paging){ .levels = 4, .wp = p.wp, .smep = p.smep, .nxe = p.nxe };
}

static uint64_t entry_of(struct point p)
{
	return 1 | (p.rw ? 2 : 0) | (p.us ? 4 : 0) | (p.xd ? (uint64_t)1 << 63 : 0);
}

static struct access access_of(struct point p)
{
	return (struct access){
		.kind = p.write	  ? ACCESS_STORE
			: p.fetch ? ACCESS_FETCH
				  : ACCESS_LOAD,
		.user = p.user_mode,
	};
}

static void every_combination(void **state)
{
	unsigned checked = 0, refused = 0;

	(void)state;
	for (unsigned i = 0; i < POINTS; i++) {
		struct point p = point_of(i);
		struct paging mode = mode_of(p);
		bool got;

		if (p.write && p.fetch)
			continue; /* no such access */
		got = perm_allows(perm_of_pte(entry_of(p), &mode), access_of(p), &mode);
		if (got != allowed(p))
			fail_msg("point %#x: allowed is %d", i, got);
		for (unsigned why = 0; why < 2; why++)
			assert_int_equal(perm_error_code(access_of(p), &mode, why),
					 error_code(p, why));
		checked++;
		refused += !got;
	}
	assert_int_equal(checked, 384);
	assert_in_range(refused, 100, 284); /* neither all nor nothing */
}

/* Rights of a walk are the AND of its entries' rights: over two levels, every combination. */
static void two_levels_and_together(void **state)
{
	(void)state;
	for (unsigned i = 0; i < POINTS; i++)
		for (unsigned upper = 0; upper < 8; upper++) {
			struct point p = point_of(i), q = point_of(upper), both = p;
			struct paging mode = mode_of(p);
			unsigned perm = perm_of_pte(entry_of(p), &mode) &
					perm_of_pte(entry_of(q), &mode);

			if (p.write && p.fetch)
				continue;
			both.rw = p.rw && q.rw;
			both.us = p.us && q.us;
			both.xd = p.xd || q.xd;
			assert_int_equal(perm_allows(perm, access_of(p), &mode), allowed(both));
		}
}

/* Bits that the SDM's figures of the entries mark reserved or ignored, one at a time. */
static bool bit_is_reserved(unsigned bit, unsigned level, bool large, bool nxe)
{
	if (bit == 63)
		return !nxe;
	if (bit >= 52)
		return false;
	if (bit >= 48)
		return true; /* the machine has 48 physical address bits */
	if (bit == 7)
		return level >= 4;
	if (large && level == 2)
		return bit >= 13 && bit <= 20;
	if (large && level == 3)
		return bit >= 13 && bit <= 29;
	return false;
}

static void reserved_bits(void **state)
{
	(void)state;
	for (unsigned level = 1; level <= 5; level++)
		for (unsigned bit = 0; bit < 64; bit++)
			for (unsigned k = 0; k < 4; k++) {
				bool large = k & 1, nxe = k & 2;
				struct paging mode = { .levels = 5, .nxe = nxe };
				uint64_t pte = (uint64_t)1 << bit;

				if (large && level != 2 && level != 3)
					continue; /* no large page there */
				if (large)
					pte |= 1u << 7;
				else if (bit == 7 && level < 4)
					continue; /* PS: the large case, or PAT */
				if (pte_reserved(pte, level, &mode) !=
				    bit_is_reserved(bit, level, large, nxe))
					fail_msg("level %u bit %u large %d nxe %d", level, bit,
						 large, nxe);
			}
}

static void paging_mode_of_registers(void **state)
{
	const struct regs on = { .cr0 = 0x80010000, .cr4 = 1u << 5, .efer = 1u << 10 };
	struct regs r = on;

	(void)state;
	assert_int_equal(paging_of(&r).levels, 4);
	assert_true(paging_of(&r).wp);
	assert_false(paging_of(&r).nxe);
	r.cr4 |= 1u << 12;
	assert_int_equal(paging_of(&r).levels, 5);
	r = on;
	r.cr0 = 0x10000;
	assert_int_equal(paging_of(&r).levels, 0);
	r = on;
	r.efer = 0;
	assert_int_equal(paging_of(&r).levels, 0);
	r = on;
	r.cr4 = (1u << 5) | (1u << 17);
	struct paging m = paging_of(&r);
	assert_int_equal(cr3_pcid(0x8000000012345007, &m), 7);
	assert_int_equal(cr3_frame(0x8000000012345007), 0x12345);
	m.pcide = false;
	assert_int_equal(cr3_pcid(0x12345007, &m), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination),
		cmocka_unit_test(two_levels_and_together),
		cmocka_unit_test(reserved_bits),
		cmocka_unit_test(paging_mode_of_registers),
	};

	return cmocka_run_group_tests_name("perm", tests, NULL, NULL);
}
