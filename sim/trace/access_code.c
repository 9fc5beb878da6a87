/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/access_code.h"

#include <string.h>

#define LANES(x) ((uint64_t)(x)*0x0101010101010101u) /* x in each of eight bytes */
#define STRIDE	 8u

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* Sum of eight bytes. */
static inline uint32_t lanes_sum(uint64_t x)
{
	x = (x & 0x00ff00ff00ff00ffu) + (x >> 8 & 0x00ff00ff00ff00ffu);
	return (uint32_t)(x * 0x0001000100010001u >> 48);
}

/* Adds the kinds of n <= 255 times eight op bytes, summed byte by byte as long as none can
 * overflow. */
static void count_lanes(struct access_count *k, const uint8_t *op, size_t n)
{
	uint64_t low = 0, high = 0, both = 0, cross = 0;
	uint32_t event;

	for (size_t i = 0; i < n; i++) {
		uint64_t x = load64(op + STRIDE * i);

		low += x & LANES(1);
		high += x >> 1 & LANES(1);
		both += x & x >> 1 & LANES(1);
		cross += x >> 6 & LANES(1);
	}
	event = lanes_sum(both);
	k->event += event;
	k->store += lanes_sum(low) - event;
	k->fetch += lanes_sum(high) - event;
	k->load += (uint32_t)(STRIDE * n) - lanes_sum(low) - lanes_sum(high) + event;
	k->cross += lanes_sum(cross);
}

static void count_one(struct access_count *k, uint8_t op)
{
	k->load += (op & OP_KIND) == OP_LOAD;
	k->store += (op & OP_KIND) == OP_STORE;
	k->fetch += (op & OP_KIND) == OP_FETCH;
	k->event += (op & OP_KIND) == OP_EVENT;
	k->cross += (op & OP_CROSS) != 0;
}

struct access_count access_count(const uint8_t *op, size_t n)
{
	struct access_count k = { 0 };

	while (n >= STRIDE) {
		size_t some = n / STRIDE < 255 ? n / STRIDE : 255;

		count_lanes(&k, op, some);
		op += STRIDE * some;
		n -= STRIDE * some;
	}
	while (n--)
		count_one(&k, *op++);
	return k;
}

/* Bits that no op byte may have, in each of eight: bit 6 (derived), size 128, a size or bit 7 in
 * a fetch, anything beside the kind in an event. */
static inline uint64_t lanes_bad(uint64_t x)
{
	uint64_t high = x >> 1 & LANES(1), event = high & x;

	return (x & LANES(OP_CROSS)) | (x >> 2 & x >> 3 & x >> 4 & LANES(1)) |
	       (x & high * (OP_SIZE | OP_SYSTEM)) | (x & event * OP_USER);
}

bool access_ops_valid(const uint8_t *op, size_t n)
{
	uint64_t bad = 0;
	size_t i;

	for (i = 0; i + STRIDE <= n; i += STRIDE)
		bad |= lanes_bad(load64(op + i));
	for (; i < n; i++)
		bad |= lanes_bad(op[i]);
	return !bad;
}

static inline unsigned fetch_slot(uint8_t op)
{
	return ACCESS_SLOT_FETCH + (op & OP_USER ? 1 : 0);
}

static unsigned data_slot(uint64_t gva, unsigned shift)
{
	uint64_t h = (gva >> shift) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */

	return (unsigned)((h >> 40) % ACCESS_SLOT_FETCH);
}

int access_put(const uint8_t *op, const uint64_t *gva, size_t n, unsigned shift,
	       struct bytes *slots, struct bytes *deltas)
{
	uint64_t base[ACCESS_SLOTS] = { 0 };

	for (size_t i = 0; i < n; i++) {
		unsigned kind = op[i] & OP_KIND, s;

		if (kind == OP_EVENT)
			continue;
		if (bytes_reserve(slots, 1) || bytes_reserve(deltas, LEB_MAX))
			return SIM_ENOMEM;
		s = kind == OP_FETCH ? fetch_slot(op[i]) : data_slot(gva[i], shift);
		if (kind != OP_FETCH)
			slots->p[slots->n++] = (uint8_t)s;
		leb_put(deltas, zigzag(gva[i] - base[s]));
		base[s] = gva[i];
	}
	return 0;
}

/*
 * Eight loads or stores with one op byte, one slot, one delta of one byte, aligned so that none
 * crosses a page: the inner loop of sequential streams. False when these are not such.
 */
static SIM_ALWAYS_INLINE bool get_stride(struct access_columns *c, uint64_t *base,
					 uint64_t *gva)
{
	uint64_t ops = load64(c->op), slots, deltas, a, d, mask;

	if (ops != LANES(ops & 0xff) || (ops & 2) || c->delta_end - c->delta < (int)STRIDE)
		return false;
	slots = load64(c->slot);
	deltas = load64(c->delta);
	if (slots != LANES(slots & 0xff) || deltas != LANES(deltas & 0x7f))
		return false;
	a = base[slots & 0xff];
	d = unzigzag(deltas & 0x7f);
	mask = ((uint64_t)1 << ((ops & OP_SIZE) >> OP_SIZE_SHIFT)) - 1;
	if ((a | d) & mask)
		return false;
	for (unsigned i = 0; i < STRIDE; i++)
		gva[i] = a += d;
	base[slots & 0xff] = a;
	c->op += STRIDE;
	c->slot += STRIDE;
	c->delta += STRIDE;
	return true;
}

/* A delta without a branch on its length: eight bytes at once, ended by the first without bit
 * 7. False for more than eight (rare) or none left. */
static SIM_ALWAYS_INLINE bool get_short(struct access_columns *c, uint64_t *z)
{
	uint64_t x, stop;

	if (c->delta >= c->delta_end)
		return false;
	x = load64(c->delta);
	stop = ~x & LANES(0x80);
	if (!stop)
		return false;
	c->delta += ((unsigned)__builtin_ctzll(stop) >> 3) + 1;
	x &= (stop ^ (stop - 1)) & LANES(0x7f);
	x = (x & 0x007f007f007f007fu) | (x & 0x7f007f007f007f00u) >> 1;
	x = (x & 0x00003fff00003fffu) | (x & 0x3fff00003fff0000u) >> 2;
	*z = (x & 0x0fffffffu) | (x & 0x0fffffff00000000u) >> 4;
	return c->delta <= c->delta_end;
}

static SIM_ALWAYS_INLINE bool get_one(struct access_columns *c, uint64_t *base, uint64_t *gva)
{
	uint8_t op = *c->op;
	bool data = !(op & 2);
	unsigned slot = *c->slot, s = data ? slot : fetch_slot(op); /* no branch */
	uint64_t size = (uint64_t)1 << ((op & OP_SIZE) >> OP_SIZE_SHIFT), z, a;

	if (SIM_UNLIKELY(!get_short(c, &z)) && !leb_get(&c->delta, c->delta_end, &z))
		return false;
	a = base[s] + unzigzag(z);
	base[s] = a;
	*gva = a;
	if (SIM_UNLIKELY((a & (PAGE_BYTES - 1)) + size > PAGE_BYTES))
		*c->op = (uint8_t)(op | OP_CROSS);
	c->op++;
	c->slot += data;
	return true;
}

bool access_get(struct access_cursor *cursor, uint64_t *gva, uint32_t n)
{
	struct access_columns c = cursor->at; /* a copy: in registers */
	uint64_t events = 0;
	uint32_t i = 0, stop;

	while (i < n) {
		while (n - i >= STRIDE && get_stride(&c, cursor->base, gva + i))
			i += STRIDE;
		stop = n - i < STRIDE ? n : i + STRIDE;
		for (; i < stop; i++) {
			if (SIM_UNLIKELY(*c.op == OP_EVENT)) {
				gva[i] = events++;
				c.op++;
			} else if (!get_one(&c, cursor->base, gva + i)) {
				return false;
			}
		}
	}
	cursor->at = c;
	return true;
}
