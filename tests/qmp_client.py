#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""qmp_client.py SOCKET: plugs a DIMM in and out with the client library of the QEMU project."""
import asyncio
import sys

from qemu.qmp import ExecuteError, QMPClient


async def main():
    qmp = QMPClient("check")
    await qmp.connect(sys.argv[1])
    try:
        await qmp.execute("nonsense")
    except ExecuteError as e:
        assert e.error_class == "CommandNotFound", e
    await qmp.execute("object-add", {"qom-type": "memory-backend-ram", "id": "m1", "size": 128 << 20})
    await qmp.execute("device_add", {"driver": "pc-dimm", "id": "dimm1", "memdev": "m1"})
    devices = await qmp.execute("query-memory-devices")
    with qmp.listener("DEVICE_DELETED") as listener:
        await qmp.execute("device_del", {"id": "dimm1"})
        event = await asyncio.wait_for(listener.get(), 10)
    assert event["data"]["device"] == "dimm1", event
    print(f"{devices[0]['data']['id']} at {devices[0]['data']['addr']:#x}, deleted")
    try:
        await qmp.execute("quit")
        await qmp.disconnect()
    except (EOFError, OSError):
        pass  # it went first


asyncio.run(main())
