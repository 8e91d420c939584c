"""What a board has and a program needs: clocks, dice, a file system, a network, a lamp.

This one serves MicroPython's ports and CPython alike; esp32.py adds what that chip has. Tests and
the emulator pass boards of their own with the same methods.
"""

import asyncio
import os
import random
import sys
import time

_MICROPYTHON = sys.implementation.name == "micropython"
_YEAR_2000_S = 946684800  # where time.time() starts on most boards, in Unix seconds
_SET_SINCE_MS = 1704067200000  # 2024: an earlier clock has not been set
_CLOSE_S = 1


def trusting(authority: bytes):
    """TLS that believes servers whose certificate ``authority`` (DER) has signed.

    Raises:
        ValueError: this is no certificate (MicroPython).
        OSError: this is no certificate (CPython).
    """
    import ssl  # noqa: PLC0415 - MicroPython in WebAssembly has none

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority)
    return context


class Board:
    """The board this program runs on. ``directory`` is where its files go; it must exist.

    ``tls`` is what ``trusting`` gives, or None for a connection anybody on the way can read.
    """

    def __init__(self, *, name: str, directory: str, tls=None) -> None:
        self.name = name
        self.directory = directory
        self._tls = tls
        self._elapsed_ms = 0
        self._last_ticks = time.ticks_ms() if _MICROPYTHON else 0  # type: ignore[attr-defined]
        self._epoch_s = _YEAR_2000_S if time.gmtime(0)[0] == 2000 else 0

    def ticks_ms(self) -> int:
        """Milliseconds that only grow, whatever happens to the clock."""
        if not _MICROPYTHON:
            return time.monotonic_ns() // 1000000
        now = time.ticks_ms()  # type: ignore[attr-defined] # wraps, but not within six days
        self._elapsed_ms += time.ticks_diff(now, self._last_ticks)  # type: ignore[attr-defined]
        self._last_ticks = now
        return self._elapsed_ms

    def time_ms(self) -> int:
        """Unix milliseconds, or 0 while the clock is not set."""
        now = time.time_ns() // 1000000 + self._epoch_s * 1000
        return now if now >= _SET_SINCE_MS else 0

    def random_u32(self) -> int:
        return int.from_bytes(os.urandom(4), "big")

    def dice(self) -> float:
        """A number from 0 to 1."""
        return random.random()

    def address_of(self, host: str) -> str:
        """Where ``host`` is. Here, opening the connection looks it up."""
        return host

    def open_connection(self, host: str, port: int):
        """An awaitable of a stream reader and a stream writer."""
        address = self.address_of(host)
        if self._tls is None:
            return asyncio.open_connection(address, port)
        return asyncio.open_connection(address, port, ssl=self._tls, server_hostname=host)

    async def close_connection(self, writer) -> None:
        """Free the socket, politely for a second and then anyhow."""
        try:
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), _CLOSE_S)
        except (OSError, asyncio.TimeoutError):
            transport = getattr(writer, "transport", None)
            if transport is not None:  # CPython keeps it until what was written is sent
                transport.abort()

    def say(self, text: str) -> None:
        """A line on the board's console."""
        print(self.name + ": " + text)  # noqa: T201 - a board has no other log

    def identify(self) -> None:
        """Show a person which board this is."""
        self.say("here I am")

    def alive(self, part: str) -> None:
        """``part`` of the program has completed a pass: what a watchdog waits for."""

    def restart(self) -> None:
        """Begin again. On a host this returns, and whoever started the program does it."""
