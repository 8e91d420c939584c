"""The time from a server of the network: SNTP (RFC 4330) over UDP, never waiting for it.

MicroPython's ``ntptime`` blocks for a second or more, in which nothing is sampled, and knows whole
seconds only.
"""

import asyncio
import os
import socket

from firmware.device.names import Name

_REQUEST_BYTES = 48
_CLIENT = 0x23  # version 4, mode 3
_SERVER_MODE = 4
_UNSYNCHRONISED = 3
_MOST_STRATUM = 15
_YEAR_1970_S = 2208988800  # in seconds since 1900
_ERA_S = 4294967296  # the 32-bit count of seconds starts anew in 2036
_ERA_0_FROM = 0x80000000  # 1968
_POLL_S = 0.02
_ANSWER_MS = 2000
_AGAIN_S = 3600  # a crystal of 20 ppm is 72 ms off by then
_FIRST_DELAY_S = 2
_MOST_DELAY_S = 60


def request(cookie: bytes) -> bytes:
    """A client's packet; the 8 bytes ``cookie`` take the place of its time and come back."""
    return bytes((_CLIENT,)) + bytes(39) + cookie


def parse(reply: bytes, cookie: bytes) -> int:
    """Unix milliseconds at which the server sent ``reply``.

    Raises:
        ValueError: it is no answer to our request, or the server has no time itself.
    """
    if len(reply) < _REQUEST_BYTES or reply[0] & 7 != _SERVER_MODE or reply[24:32] != cookie:
        raise ValueError("something else than the answer arrived")
    if reply[0] >> 6 == _UNSYNCHRONISED or not 1 <= reply[1] <= _MOST_STRATUM:
        raise ValueError("the server has no time itself")
    seconds = int.from_bytes(reply[40:44], "big")
    fraction = int.from_bytes(reply[44:48], "big")
    if seconds < _ERA_0_FROM:
        seconds += _ERA_S
    return (seconds - _YEAR_1970_S) * 1000 + (fraction * 1000 >> 32)


async def ask(host: str, port: int, ticks_ms) -> int:
    """Unix milliseconds now, as ``host`` has them, half the way there and back considered.

    ``host`` is an address: for a name, the board would wait.

    Raises:
        OSError: no answer.
        ValueError: an answer that is none.
    """
    address = socket.getaddrinfo(host, port)[0][-1]
    cookie = os.urandom(8)
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        link.setblocking(False)
        began_ms = ticks_ms()
        link.sendto(request(cookie), address)
        while ticks_ms() - began_ms < _ANSWER_MS:
            await asyncio.sleep(_POLL_S)
            try:
                reply = link.recv(_REQUEST_BYTES)
            except OSError:
                continue  # nothing yet
            delay_ms: int = ticks_ms() - began_ms
            return parse(reply, cookie) + delay_ms // 2
    finally:
        link.close()
    raise OSError("%s does not answer" % host)


class Clock:
    """Sets the board's clock when it can, and again every hour.

    ``ready`` says whether there is a network; ``set_time`` takes Unix milliseconds.
    """

    def __init__(self, *, board, host: str, ready, set_time, port: int = 123) -> None:
        self._board = board
        self._name = Name(host, ticks_ms=board.ticks_ms)
        self._port = port
        self._ready = ready
        self._set_time = set_time
        self._complaint = ""

    async def run(self) -> None:
        delay_s = _FIRST_DELAY_S
        while True:
            if not self._ready():
                await asyncio.sleep(1)
            elif await self.sync():
                delay_s = _FIRST_DELAY_S
                await asyncio.sleep(_AGAIN_S)
            else:
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, _MOST_DELAY_S)

    async def sync(self) -> bool:
        """Whether the clock was set."""
        try:
            self._set_time(await ask(self._name.address(), self._port, self._board.ticks_ms))
        except (OSError, ValueError, OverflowError) as error:  # a year the chip cannot count to
            self._complain(str(error))
            return False
        self._name.worked()
        self._complain("")
        return True

    def _complain(self, reason: str) -> None:
        if reason != self._complaint:
            self._board.say("no time: " + reason if reason else "the clock is set")
        self._complaint = reason
