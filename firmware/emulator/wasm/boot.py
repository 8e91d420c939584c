# ruff: noqa: INP001 - a script in the file system of MicroPython, not a part of a package
"""Runs under MicroPython in WebAssembly: gives the board's program a network, a clock and dice.

``host`` is the JavaScript of bridge.js. Integers beyond 32 bits would be cut on the way.
"""

import asyncio
import gc
import json
import os
import random

import host  # type: ignore[import-not-found] # registered by board.js
from streams import open_connection  # type: ignore[import-not-found] # beside this file

from firmware import models
from firmware.device.app import Device, Site
from firmware.device.board import Board
from firmware.device.payload import Layout

_SPOOL = "/spool"


class _HostBoard(Board):
    """A board whose clock and dice are the host's: this port's ticks follow the wall clock."""

    def ticks_ms(self) -> int:
        return int(host.monotonic_ms())

    def random_u32(self) -> int:
        return int(host.random_hex(), 16)

    def open_connection(self, host: str, port: int) -> object:
        return open_connection(host, port)


class _Journal:
    """The record that the emulator's audit.py keeps, line by line to the host."""

    def accepted(self, epoch: str, seq: int, record: bytes, layout: Layout) -> None:
        reading = layout.encode(epoch=epoch, seq=seq, record=record)
        host.note('{"reading":' + reading + "}")

    def acknowledged(self, epoch: str, seq: int) -> None:
        host.note(json.dumps({"ack": {"epoch": epoch, "seq": seq}}))


_present: list[Device] = []
_tasks: list[object] = []


async def _live(options: dict[str, str]) -> None:
    model = models.module(options["asset"])
    machine = model.Machine(int(options["seed"]))
    site = Site(
        site=options["site"],
        device=options["device"],
        host=options["host"],
        port=int(options["port"]),
        username=options["username"],
        password=options["password"],
    )
    again = True
    while again:
        device = Device(
            board=_HostBoard(name=options["device"], directory=_SPOOL),
            site=site,
            asset=options["asset"],
            model=model,
            machine=machine,
            rate_hz=float(options["rate"]) if options["rate"] else None,
            journal=_Journal() if options.get("audit") else None,
        )
        _present[:] = [device]
        again = await device.run()


async def _guarded(options: dict[str, str]) -> None:
    try:
        await _live(options)
    except (OSError, ValueError) as error:
        host.finished(str(error) or "failed")
    else:
        host.finished("")


def start(options: str) -> None:
    """Begin; ``options`` is a JSON object of texts. ``host.finished`` is called at the end."""
    random.seed(int(host.random_hex(), 16) & 0x3FFFFFFF)
    os.mkdir(_SPOOL)  # noqa: PTH102 - MicroPython has no pathlib
    _tasks.append(asyncio.create_task(_guarded(json.loads(options))))


def stop() -> None:
    for device in _present:
        device.stop()


def collect() -> None:
    """Ask for the garbage to be collected: this port does so when no Python is on the stack."""
    gc.collect()


def allocated() -> int:
    """Bytes of the heap in use."""
    return int(gc.mem_alloc())  # type: ignore[attr-defined]


def sampled() -> int:
    """The seq of the newest reading."""
    return max(device.spool.last_seq for device in _present)
