/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mem/memory_device.h"

#include <inttypes.h>
#include <stdbool.h>

#include "base/addr.h"

static bool is_within(const struct memory_device_place *p, uint64_t addr, uint64_t size)
{
	return addr >= p->base && addr - p->base <= p->bytes &&
	       size <= p->bytes - (addr - p->base);
}

static const struct memory_device_range *overlap(const struct memory_device_place *p,
						 uint64_t addr, uint64_t size)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct memory_device_range *r = &p->used[i];

		if (r->addr < addr + size && addr < r->addr + r->bytes)
			return r;
	}
	return NULL;
}

static int check_hint(const struct memory_device_place *p, uint64_t hint, uint64_t size,
		      struct sim_error *err)
{
	const struct memory_device_range *r;

	if (!is_within(p, hint, size))
		return sim_fail(err, SIM_ERANGE, "",
				"can't add memory device [0x%" PRIx64 ":0x%" PRIx64
				"], usable range for memory devices [0x%" PRIx64 ":0x%" PRIx64
				"]",
				hint, size, p->base, p->bytes);
	r = overlap(p, hint, size);
	if (r)
		return sim_fail(err, SIM_ESTATE, "",
				"address range conflicts with memory device id='%s'",
				r->id ? r->id : "(unnamed)");
	return 0;
}

int memory_device_address(const struct memory_device_place *p, uint64_t hint, uint64_t size,
			  uint64_t *addr, struct sim_error *err)
{
	const struct memory_device_range *r;

	if (hint & (p->align - 1))
		return sim_fail(err, SIM_ERANGE, "",
				"address must be aligned to 0x%" PRIx64 " bytes", p->align);
	if (size & (p->align - 1))
		return sim_fail(err, SIM_ERANGE, "",
				"backend memory size must be multiple of 0x%" PRIx64, p->align);
	*addr = hint ? hint : round_up(p->base, p->align);
	if (hint)
		return check_hint(p, hint, size, err);
	while (is_within(p, *addr, size) && (r = overlap(p, *addr, size)))
		*addr = round_up(r->addr + r->bytes, p->align);
	if (!is_within(p, *addr, size))
		return sim_fail(err, SIM_ERANGE, "",
				"could not find position in guest address space for memory "
				"device - memory fragmented due to alignments");
	return 0;
}

int memory_device_slot(const unsigned char *is_taken, unsigned n, int hint, int *slot,
		       struct sim_error *err)
{
	if (!n)
		return sim_fail(err, SIM_ERANGE, "",
				"no slots were allocated, please specify the 'slots' option");
	if (hint >= 0 && (unsigned)hint >= n)
		return sim_fail(err, SIM_ERANGE, "",
				"invalid slot number %d, valid range is [0-%u]", hint, n - 1);
	if (hint >= 0 && is_taken[hint])
		return sim_fail(err, SIM_ESTATE, "", "slot %d is busy", hint);
	for (*slot = hint < 0 ? 0 : hint; *slot < (int)n && is_taken[*slot];)
		++*slot;
	if (*slot == (int)n)
		return sim_fail(err, SIM_ERANGE, "",
				"no free slots available: all %u hold a device", n);
	return 0;
}
