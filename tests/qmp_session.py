#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""qmp_session.py SOCKET: a QMP client that does what standard input says, a line each, and prints what it hears.

    {"execute": ...}     a command; its answer is waited for
    stopped              asks query-status until the guest no longer runs
    wait EVENT           until that event has come
"""
import json
import socket
import sys
import time


def dial(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    for _ in range(200):
        try:
            s.connect(path)
            return s.makefile("rw", newline="\n")
        except OSError:
            time.sleep(0.05)
    sys.exit("nobody at " + path)


class Client:
    def __init__(self, path):
        self.f = dial(path)
        self.events = []

    def hear(self):
        line = self.f.readline()
        if not line:
            return None
        message = json.loads(line)
        message.pop("timestamp", None)
        if "event" in message:
            self.events.append(message["event"])
            print(json.dumps(message, sort_keys=True))
        return message

    def ask(self, command):
        self.f.write(command + "\n")
        self.f.flush()
        while True:
            message = self.hear()
            if message is None or "event" not in message:
                return message

    def wait(self, event):
        while event not in self.events:
            if self.hear() is None:
                sys.exit("gone before " + event)

    def stopped(self):
        while self.ask('{"execute": "query-status"}')["return"]["running"]:
            time.sleep(0.01)


def main():
    c = Client(sys.argv[1])
    c.hear()
    for line in sys.stdin:
        word = line.split()
        if not word:
            continue
        if word[0] == "wait":
            c.wait(word[1])
        elif word[0] == "stopped":
            c.stopped()
        else:
            print(json.dumps(c.ask(line.strip()), sort_keys=True))


main()
