# ruff: noqa: INP001 - a script in the file system of MicroPython, not a part of a package
"""Runs under MicroPython in WebAssembly: gives the board's program a network, a clock and dice.

This port has no sockets; ``host`` is the JavaScript of bridge.js. Bytes cross as hex strings and
data arrives by callback: a promise a read leaks memory on both sides, and integers beyond 32 bits
are cut.
"""

import asyncio
import binascii
import json
import os
import random

import host  # type: ignore[import-not-found] # registered by board.js

from firmware import models
from firmware.device.app import Device, Site
from firmware.device.board import Board

_SPOOL = "/spool"
_MOST_UNSENT_BYTES = 65536
_RESTART_S = 1


class _Reader:
    """The receiving half: what the socket calls back with, until it is read."""

    def __init__(self) -> None:
        self._arrived = b""
        self._event = asyncio.Event()
        self._ended = False

    def feed(self, data: bytes) -> None:
        self._arrived += data
        self._event.set()

    def end(self) -> None:
        self._ended = True
        self._event.set()

    async def read(self, count: int) -> bytes:
        while not self._arrived and not self._ended:
            self._event.clear()
            await self._event.wait()
        data = self._arrived[:count]
        self._arrived = self._arrived[count:]
        return data


class _Writer:
    """The sending half."""

    def __init__(self, socket: int) -> None:
        self._socket = socket

    def write(self, data: bytes) -> None:
        problem = host.write(self._socket, binascii.hexlify(data).decode())
        if problem:
            raise OSError(problem)

    async def drain(self) -> None:
        while host.unsent(self._socket) > _MOST_UNSENT_BYTES:
            await asyncio.sleep_ms(5)  # type: ignore[attr-defined] # 0 would starve JavaScript

    def close(self) -> None:
        host.close(self._socket)

    async def wait_closed(self) -> None:
        """It is closed at once."""


async def _open_connection(address: str, port: int) -> tuple[_Reader, _Writer]:
    """As ``asyncio.open_connection``."""
    reader = _Reader()
    settled = asyncio.Event()
    problems = []

    def happened(what: str, detail: str) -> None:
        if what == "data":
            reader.feed(binascii.unhexlify(detail))
            return
        if what != "open":
            problems.append(detail)
            reader.end()
        settled.set()

    socket = host.connect(address, port, happened)
    try:
        await settled.wait()
    except asyncio.CancelledError:
        host.close(socket)
        raise
    if problems:
        host.close(socket)
        raise OSError(problems[0])
    return reader, _Writer(socket)


class _HostBoard(Board):
    """A board whose clock and dice are the host's: this port's ticks follow the wall clock."""

    def ticks_ms(self) -> int:
        return int(host.monotonic_ms())

    def random_u32(self) -> int:
        return int(host.random_hex(), 16)

    def open_connection(self, host: str, port: int) -> object:
        return _open_connection(host, port)


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
            rate_hz=float(options["rate"]),
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
