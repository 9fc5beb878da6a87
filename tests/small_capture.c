/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "small_capture.h"

#include <assert.h>

const char small_capture_records[] = "ptpage gpa 1000 level 4: 2067 3067\n"
				     "fetch user 400000 frame 80 count 12\n"
				     "load 8 cross ffff888000001ffc frame 81\n"
				     "store 4 user 400010 frame 80\n"
				     "load 16 user system ffff888000000000 frame 90\n"
				     "load 1 5 frame none\n"
				     "fetch ffffffff81000000 frame fffffffffe count 70000\n"
				     "cr0 80050033\n"
				     "cr3 1000\n"
				     "cr4 a0\n"
				     "efer d01\n"
				     "invlpg gva 401010\n"
				     "invpcid gva 401010 n 1 2\n"
				     "pf gva 7fff0000 6\n"
				     "int n 236\n"
				     "ptw gpa 1010 5067\n"
				     "ptfree gpa 1000\n"
				     "phase n 3 1\n"
				     "tag 63\n"
				     "ram-add gpa 100000000 200000\n"
				     "ram-del gpa 100000000 200000\n"
				     "map gva 7f0000000000 gpa 100000002000 n 261 pid 7 3000\n"
				     "unmap gva 7f0000000000 pid 7 3000\n"
				     "protect gva 7f0000000000 n 1 pid 7 3000\n"
				     "fork n 8 pid 7\n"
				     "exec pid 7\n"
				     "exit pid 7\n"
				     "switch pid 7\n"
				     "advise gva 7f0000000000 n 14 pid 7 200000\n"
				     "end 112d8\n";

void small_capture_unit(struct bytes *b, uint64_t a, uint64_t second)
{
	int rc = bytes_reserve(b, 16);

	assert(!rc);
	le_put(b->p + b->n, 8, a);
	le_put(b->p + b->n + 8, 8, second);
	b->n += 16;
}

void small_capture_event(struct bytes *b, const uint64_t unit[6])
{
	for (unsigned i = 0; i < 6; i += 2)
		small_capture_unit(b, unit[i], unit[i + 1]);
}

/* n and pid, kind, gva, gpa, value */
static void event(struct bytes *b, uint64_t n, enum wire_kind kind, const uint64_t rest[3])
{
	small_capture_event(b, (const uint64_t[]){ n, WIRE_EVENT | (uint64_t)kind << 8, rest[0],
						   rest[1], rest[2], 0 });
}

#define EVENT(n, kind, gva, gpa, value) event(b, n, kind, (const uint64_t[]){ gva, gpa, value })

void small_capture_head(struct bytes *b)
{
	small_capture_unit(b, WIRE_MAGIC, WIRE_VERSION | (uint64_t)1 << 32);
	small_capture_unit(b, 1, 9);
	small_capture_unit(b, 0x80050033, 0x1000);
	small_capture_unit(b, 0x20, 0xd01);
	small_capture_unit(b, 0, 16u << 20);
	small_capture_unit(b, 0x676e697473657420u, '.'); /* " testing" "." */
}

void small_capture_end(struct bytes *b, uint64_t count)
{
	EVENT(0, WIRE_KIND_END, 0, 0, count);
	small_capture_unit(b, WIRE_END, WIRE_CONTROL | (uint64_t)(b->n / 16) << 8);
}

static void accesses(struct bytes *b)
{
	small_capture_unit(b, 0x400000,
			   WIRE_FETCH | WIRE_USER | 0x80u << 8 | (uint64_t)12 << 48);
	small_capture_unit(b, 0xffff888000001ffc, WIRE_LOAD | 3 << 2 | 0x81u << 8);
	small_capture_unit(b, 0x400010, WIRE_STORE | 2 << 2 | WIRE_USER | 0x80u << 8);
	small_capture_unit(b, 0xffff888000000000,
			   WIRE_LOAD | 4 << 2 | WIRE_USER | WIRE_SYSTEM | 0x90u << 8);
	small_capture_unit(b, 5, WIRE_LOAD | (uint64_t)WIRE_FRAME_NONE << 8);
	small_capture_unit(b, 0xffffffff81000000,
			   WIRE_FETCH | (uint64_t)0xfffffffffe << 8 |
				   (uint64_t)WIRE_COUNT_MORE << 48);
	small_capture_unit(b, 70000, 0);
}

static void system_events(struct bytes *b)
{
	EVENT(0, WIRE_KIND_CR0, 0, 0, 0x80050033);
	EVENT(0, WIRE_KIND_CR3, 0, 0, 0x1000);
	EVENT(0, WIRE_KIND_CR4, 0, 0, 0xa0);
	EVENT(0, WIRE_KIND_EFER, 0, 0, 0xd01);
	EVENT(0, WIRE_KIND_INVLPG, 0x401010, 0, 0);
	EVENT(1, WIRE_KIND_INVPCID, 0x401010, 0, 2);
	EVENT(0, WIRE_KIND_PF, 0x7fff0000, 0, 6);
	EVENT(0xec, WIRE_KIND_INT, 0, 0, 0);
	EVENT(0, WIRE_KIND_PTW, 0, 0x1010, 0x5067);
	EVENT(0, WIRE_KIND_PTFREE, 0, 0x1000, 0);
	EVENT(3, WIRE_KIND_PHASE, 0, 0, 1);
	EVENT(0, WIRE_KIND_TAG, 0, 0, 0x63);
	EVENT(0, WIRE_KIND_RAM_ADD, 0, (uint64_t)1 << 32, 0x200000);
	EVENT(0, WIRE_KIND_RAM_DEL, 0, (uint64_t)1 << 32, 0x200000);
}

static void process_events(struct bytes *b)
{
	const uint64_t pid = (uint64_t)7 << 32, gva = 0x7f0000000000;

	EVENT(pid | 0x105, WIRE_KIND_MAP, gva, (uint64_t)1 << 44 | 0x2000, 0x3000);
	EVENT(pid, WIRE_KIND_UNMAP, gva, 0, 0x3000);
	EVENT(pid | 1, WIRE_KIND_PROTECT, gva, 0, 0x3000);
	EVENT(pid | 8, WIRE_KIND_FORK, 0, 0, 0);
	EVENT(pid, WIRE_KIND_EXEC, 0, 0, 0);
	EVENT(pid, WIRE_KIND_EXIT, 0, 0, 0);
	EVENT(pid, WIRE_KIND_SWITCH, 0, 0, 0);
	EVENT(pid | 14, WIRE_KIND_ADVISE, gva, 0, 0x200000);
}

void small_capture(struct bytes *b)
{
	small_capture_head(b);
	small_capture_event(
		b,
		(const uint64_t[]){ 0, WIRE_EVENT | WIRE_KIND_PTPAGE << 8 | (uint64_t)4 << 32,
				    0, 0x1000, 0, 0 });
	for (unsigned i = 0; i < WIRE_PAGE_UNITS; i++)
		small_capture_unit(b, i ? 0 : 0x2067, i < WIRE_PAGE_UNITS - 1 ? 0 : 0x3067);
	accesses(b);
	system_events(b);
	process_events(b);
	small_capture_end(b, 70360);
}
