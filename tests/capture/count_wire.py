#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""count_wire.py [FILE] - counts a raw stream of the capture plugin and walks every access, with no code of the simulator.

Written from the words of sim/trace/capture_wire.h, doc/trace-format.md and the Intel SDM ("4-level paging") alone. Prints
what traces/NAME.check.json holds: the test of a captured trace compares that with what `trace info` counts. RAM is
what the header says.

    mkfifo pipe; count_wire.py pipe >x.check.json &
    qemu-system-x86_64 ... -plugin shadownest-capture.so,out=pipe,start=marker
"""
import json
import struct
import sys

EVENT, CONTROL = 3, 0xff
(END, VCPU, CR0, CR3, CR4, EFER, INVLPG, INVPCID, PF, INT, PTPAGE, PTW, PTFREE) = range(13)
NONE = (1 << 40) - 1
RECENT = 4096
P, RW, US, PS, NX = 1, 2, 4, 0x80, 1 << 63
FRAME = 0x000ffffffffff000


class Guest:
    """Tables as the stream has given them, and the registers."""

    def __init__(self, cr0, cr3, cr4, efer):
        self.cr0, self.cr3, self.cr4, self.efer = cr0, cr3, cr4, efer
        self.table = {}

    def walk(self, va, kind, user):
        """("ok", frame, level) or ("fault", error code), ("missing",); also the slot of the last entry read."""
        levels = 5 if self.cr4 >> 12 & 1 else 4
        gpa, rights_w, rights_u, no_x = self.cr3 & FRAME, True, True, False
        code = (2 if kind == 1 else 0) | (4 if user else 0) | (16 if kind == 2 and self.efer >> 11 & 1 else 0)
        slot = None
        for level in range(levels, 0, -1):
            page = self.table.get(gpa)
            if page is None:
                return ("missing",), slot
            index = va >> (12 + 9 * (level - 1)) & 511
            slot, entry = gpa + 8 * index, page[index]
            if not entry & P:
                return ("fault", code), slot
            rights_w = rights_w and bool(entry & RW)
            rights_u = rights_u and bool(entry & US)
            no_x = no_x or bool(entry & NX)
            if level == 1 or (level <= 3 and entry & PS):
                break
            gpa = entry & FRAME
        bad = (user and not rights_u) or (kind == 2 and no_x)
        if kind == 1 and not rights_w and (user or self.cr0 >> 16 & 1):
            bad = True
        if not user and rights_u and kind == 2 and self.cr4 >> 20 & 1:
            bad = True  # SMEP; SMAP wants AC, which the stream does not have
        if bad:
            return ("fault", code | 1), slot
        size = 12 + 9 * (level - 1)
        return ("ok", ((entry & FRAME) >> size << size | va & (1 << size) - 1) >> 12, level), slot


def units(f):
    while True:
        block = f.read(1 << 20)
        while len(block) % 16:
            more = f.read(16 - len(block) % 16)
            if not more:
                raise SystemExit("the stream ends inside a unit")
            block += more
        if not block:
            raise SystemExit("the stream ends without its trailer")
        yield from struct.iter_unpack("<QQ", block)


def count(f):
    u = units(f)
    magic, b = next(u)
    assert magic == 0x0152555450414353, "not a capture"
    n_vcpu, text = next(u)
    assert n_vcpu == 1
    cr0, cr3 = next(u)
    cr4, efer = next(u)
    ram = [next(u) for _ in range(b >> 32)]
    for _ in range((text + 15) // 16):
        next(u)
    g = Guest(cr0, cr3, cr4, efer)
    kinds = [[0, 0], [0, 0], [0, 0]]
    sizes = [0] * 7
    events = [0] * 32
    c = dict.fromkeys(("page_cross", "frame_changes", "invlpg_user"), 0)
    r = dict.fromkeys(("equal", "mismatch", "missing_table", "not_present", "no_frame", "device", "leaf_4k", "leaf_2m",
                       "leaf_1g", "pf_inconsistent", "invlpg_after_write"), 0)
    leaf = ("", "leaf_4k", "leaf_2m", "leaf_1g")
    cr3s, last_frame, known, recent, counted, instructions = set(), {}, {}, [], 0, 0

    for a, b in u:
        low = b & 0xff
        if low == CONTROL:
            assert a == 0x00444e4550414353, "the plugin gave up"
            break
        if low & 3 != EVENT:
            kind, frame, n = low & 3, b >> 8 & NONE, b >> 48
            if n == 0xffff:
                n = next(u)[0]
            user = low >> 5 & 1
            kinds[kind][user] += 1
            counted += n
            if kind != 2:
                size = low >> 2 & 7
                sizes[size] += 1
                if (a & 4095) + (1 << size) > 4096:
                    c["page_cross"] += 1
            page = a >> 12
            if last_frame.get(page & 0xffff) != frame:
                last_frame[page & 0xffff] = frame
                c["frame_changes"] += 1
            key = page, low & 0xa3
            got = known.get(key)
            if got is None:
                got = known[key] = g.walk(a, kind, user and not low & 0x80)[0]
            if got[0] == "missing":
                r["missing_table"] += 1
                continue
            if got[0] == "fault":
                r["not_present"] += 1
                continue
            r[leaf[got[2]]] += 1
            # The cached walk was of another place in the same page.
            r["no_frame" if frame == NONE else "equal" if frame == got[1] else "mismatch"] += 1
            at = got[1] << 12
            if not any(gpa <= at < gpa + n_bytes for gpa, n_bytes in ram):
                r["device"] += 1
            continue
        kind, level = b >> 8 & 0xff, b >> 32 & 0xff
        gva, gpa = next(u)
        value, _ = next(u)
        events[kind] += 1
        known.clear()
        if kind == END:
            instructions = value
        elif kind == CR0:
            g.cr0 = value
        elif kind == CR3:
            g.cr3 = value
            cr3s.add(value)
        elif kind == CR4:
            g.cr4 = value
        elif kind == EFER:
            g.efer = value
        elif kind == INVLPG:
            c["invlpg_user"] += not gva >> 63
            r["invlpg_after_write"] += g.walk(gva, 0, False)[1] in recent
        elif kind == PF:
            got = g.walk(gva, 2 if value & 16 else 1 if value & 2 else 0, value >> 2 & 1)[0]
            r["pf_inconsistent"] += got != ("fault", value)
        elif kind == PTPAGE:
            assert 1 <= level <= 5
            words = []
            for _ in range(256):
                words += next(u)
            g.table[gpa] = words
        elif kind == PTW:
            if gpa & ~4095 in g.table:
                g.table[gpa & ~4095][gpa >> 3 & 511] = value
            recent.append(gpa)
            del recent[:-RECENT]
        elif kind == PTFREE:
            g.table.pop(gpa, None)

    out = {"instructions": instructions, "instructions_counted": counted}
    for name, (system, user) in zip(("loads", "stores", "fetches"), kinds):
        out[name] = system + user
        out[name + "_user"] = user
    out.update(("size_%d" % (1 << i), n) for i, n in enumerate(sizes[:5]))
    out.update(page_cross=c["page_cross"], frame_changes=c["frame_changes"], cr3=events[CR3], cr3_distinct=len(cr3s),
               cr0=events[CR0], cr4=events[CR4], invlpg=events[INVLPG], invlpg_user=c["invlpg_user"], pf=events[PF],
               int=events[INT], ptpage=events[PTPAGE], ptw=events[PTW], ptfree=events[PTFREE])
    out["replay"] = r
    return out


if __name__ == "__main__":
    with (open(sys.argv[1], "rb") if len(sys.argv) > 1 else sys.stdin.buffer) as stream:
        json.dump(count(stream), sys.stdout, indent=2)
        print()
