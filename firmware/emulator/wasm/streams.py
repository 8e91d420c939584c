# ruff: noqa: INP001 - a script in the file system of MicroPython, not a part of a package
"""Streams over the sockets of JavaScript, for MicroPython in WebAssembly, which has none.

``host`` is bridge.js. Bytes cross as hex strings and data arrives by callback: a promise a read
leaks memory on both sides.
"""

import asyncio
import binascii

import host  # type: ignore[import-not-found] # registered by JavaScript

_MOST_UNSENT_BYTES = 65536


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


async def open_connection(address: str, port: int) -> tuple[_Reader, _Writer]:
    """As ``asyncio.open_connection``, which this port lacks."""
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
