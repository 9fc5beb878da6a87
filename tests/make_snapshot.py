#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""make_snapshot.py HOW FOLDER KERNEL INITRD DIMM_MIB QEMU...: a real guest: its own account, and files of its memory.

Boots the guest under QEMU's TCG, plugs a DIMM in (0: none), waits for the guest's word, and writes to FOLDER what the monitor says of
each vCPU N (registers.N, tlb.N, and mem.N unless it runs 5-level paging, of which QEMU 7.2 prints nothing, after half a minute) and
a file "migration". HOW is "still": the guest is stopped first, and dump.elf and dump-paging.elf are written too; or "live": it is
migrated while it runs, and asked when that is done.
"""
import json
import os
import re
import socket
import subprocess
import sys
import time

CR4_LA57 = 1 << 12


class Qmp:
    """A QMP connection."""

    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(60)
        for _ in range(200):
            try:
                self.s.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        self.lines = self.s.makefile("rb")
        self.lines.readline()
        self("qmp_capabilities")

    def __call__(self, command, **arguments):
        self.s.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        for line in self.lines:
            m = json.loads(line)
            if "return" in m:
                return m["return"]
            if "error" in m:
                sys.exit(command + ": " + m["error"]["desc"])
        sys.exit(command + ": the monitor is gone")


def wait_for(guest, text):
    """Reads the serial line up to a text."""
    seen = b""
    for line in guest.stdout:
        seen += line
        if text in line:
            return
        if b"Kernel panic" in line:
            break
    sys.exit("the guest did not say \"%s\":\n%s" % (text.decode(), seen[-2000:].decode(errors="replace")))


def account(q, folder):
    """What QEMU itself says of the stopped guest."""
    registers = ""
    for cpu in q("query-cpus-fast"):
        n = cpu["cpu-index"]
        for what in ("registers", "tlb", "mem"):
            text = q("human-monitor-command", **{"command-line": "info " + what, "cpu-index": n})
            with open(os.path.join(folder, "%s.%d" % (what, n)), "w", encoding="ascii", newline="") as f:
                f.write(text.replace("\r\n", "\n"))
            if what == "registers":
                registers = text
            elif int(re.search(r"CR4=(\w+)", registers)[1], 16) & CR4_LA57:
                break


def migrate(q, path):
    q("migrate", uri="exec:cat >" + path)
    while True:
        status = q("query-migrate").get("status")
        if status == "completed":
            return
        if status in ("failed", "cancelled"):
            sys.exit("migration: " + status)
        time.sleep(0.05)


def main():
    how, folder, kernel, initrd, dimm = sys.argv[1:6]
    path = os.path.join(folder, "qmp")
    command = sys.argv[6:] + ["-accel", "tcg,thread=single", "-display", "none", "-no-reboot", "-serial", "stdio", "-qmp",
                              "unix:" + path + ",server=on,wait=off", "-kernel", kernel, "-initrd", initrd, "-append",
                              "console=ttyS0 panic=-1 memhp_default_state=online " + os.environ.get("GUEST_APPEND", "")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as guest:
        try:
            q = Qmp(path)
            wait_for(guest, b"the guest has booted")
            if int(dimm):
                q("object-add", **{"qom-type": "memory-backend-ram", "id": "mem1", "size": int(dimm) << 20})
                q("device_add", driver="pc-dimm", id="dimm1", memdev="mem1")
            guest.stdin.write(b"dimm\n" if int(dimm) else b"go\n")
            guest.stdin.flush()
            wait_for(guest, b"the guest is ready")
            if how == "still":
                q("stop")
                account(q, folder)
                for paging, name in ((False, "dump.elf"), (True, "dump-paging.elf")):
                    q("dump-guest-memory", paging=paging, protocol="file:" + os.path.join(folder, name))
            migrate(q, os.path.join(folder, "migration"))
            if how == "live":
                account(q, folder)
        finally:
            guest.kill()


main()
