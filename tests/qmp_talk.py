#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""qmp_talk.py SOCKET FILE|SEED: sends each line of FILE to a QMP monitor and prints the normalised answers.

Each request is followed by one with an id of our own; whatever came before its answer belongs to the request. A line may
hold \\xNN for a byte; lines that begin with # are comments. What differs between programs is left out: timestamps, the
version, commands that only one has, which escape is wrong; lists of backends are sorted by id.
With a SEED, a number, the lines are random tokens.
"""
import json
import random
import re
import socket
import sys
import time

MARK = b'{"execute": "query-name", "id": "mark"}\n'
HAVE = ("qmp_capabilities", "query-status", "query-memdev", "object-add", "object-del", "device_add", "device_del", "quit")

BAD_ESCAPE = re.compile(r"\\u\w* is not a valid Unicode character")

TOKENS = ["{", "}", "[", "]", ":", ",", " ", "1", "-0.5", "00", "-", ".", "true", "nul", "null", "A", "%", "'", '"', "\\", "\\x09",
          "\\x00", "\\xc3", '"a"', "'x'", '"x\\"y"', '"\\\\u00e9"', '"execute"', '"query-status"', '"id"', '"id":', "{}", "[]",
          '{"execute":"query-name"}', '{"execute":"query-status","id":', '"arguments":{}']


def requests(what):
    """The lines of a file, or random ones. \\xff ends whatever they leave open."""
    if what.isdigit():
        r = random.Random(int(what))
        yield '{"execute":"qmp_capabilities"}'
        for _ in range(500):
            yield "".join(r.choice(TOKENS) for _ in range(r.randint(1, 9))) + "\\xff"
        yield '{"execute":"quit","id":9}'
        return
    with open(what, encoding="ascii") as f:
        for line in f:
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                yield line


def dial(path):
    """Connects, waiting for the server to be there."""
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    for _ in range(200):
        try:
            s.connect(path)
            return s
        except OSError:
            time.sleep(0.05)
    sys.exit("nobody at " + path)


def whole(v):
    """A value whose real numbers are integers where they can be."""
    if isinstance(v, dict):
        return {k: whole(x) for k, x in v.items()}
    if isinstance(v, list):
        return [whole(x) for x in v]
    return int(v) if isinstance(v, float) and v == int(v) else v


def normal(m):
    """A message without what may differ."""
    m = whole(m)
    if "QMP" in m:
        return {"QMP": sorted(m["QMP"]), "version": sorted(m["QMP"]["version"])}
    m.pop("timestamp", None)
    if "error" in m:
        m["error"]["desc"] = BAD_ESCAPE.sub("invalid escape sequence in string", m["error"]["desc"])
    value = m.get("return")
    if isinstance(value, dict) and "qemu" in value:
        m["return"] = sorted(value)
    elif isinstance(value, list) and value and "policy" in value[0]:
        value.sort(key=lambda b: b["id"])
    elif isinstance(value, list) and value and set(value[0]) == {"name"}:
        m["return"] = [c for c in HAVE if {"name": c} in value]
    return m


def print_until_mark(lines):
    """Prints messages up to the answer to the mark; at the end of the connection, all."""
    for line in lines:
        m = json.loads(line)
        if m.get("id") == "mark":
            break
        print("  <", json.dumps(normal(m), sort_keys=True))


def main():
    s = dial(sys.argv[1])
    lines = s.makefile("rb")
    print(json.dumps(normal(json.loads(lines.readline())), sort_keys=True))
    for line in requests(sys.argv[2]):
        data = re.sub(rb"\\x(..)", lambda m: bytes([int(m[1], 16)]), line.encode("ascii")) + b"\n"
        is_last = b'"quit","id"' in data
        s.sendall(data if is_last else data + MARK)
        print(">", line)
        try:
            print_until_mark(lines)
        except ConnectionResetError:
            pass


main()
