"""The time: what a packet means in every year, and what is not believed."""

import asyncio
import contextlib
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device.board import Board
from firmware.device.sntp import Clock, ask, parse, request

COOKIE = b"cookie!!"
YEAR_1970_S = 2_208_988_800


def answer(unix_ms: int, *, first: int = 0x24, stratum: int = 2, cookie: bytes = COOKIE) -> bytes:
    seconds, ms = divmod(unix_ms, 1000)
    stamp = (seconds + YEAR_1970_S) % 2**32 * 2**32 + (ms * 2**32 + 999) // 1000
    return bytes((first, stratum)) + bytes(22) + cookie + bytes(8) + stamp.to_bytes(8, "big")


@given(st.integers(0, 4_102_444_800_000))
def test_every_moment_from_1970_to_2100_is_read_across_the_era_of_2036(unix_ms: int) -> None:
    assert abs(parse(answer(unix_ms), COOKIE) - unix_ms) <= 1


@pytest.mark.parametrize(
    "reply",
    [
        answer(10**12, cookie=b"another!"),
        answer(10**12, first=0x23),
        answer(10**12, first=0xE4),
        answer(10**12, stratum=0),
        answer(10**12, stratum=16),
        answer(10**12)[:47],
        b"",
    ],
)
def test_what_is_no_answer_to_our_question_is_not_believed(reply: bytes) -> None:
    with pytest.raises(ValueError, match=r"arrived|no time"):
        parse(reply, COOKIE)


@given(st.binary(max_size=80))
def test_rubbish_raises_nothing_else(reply: bytes) -> None:
    with contextlib.suppress(ValueError):
        parse(reply, COOKIE)


def test_a_request_is_of_version_4_and_carries_the_cookie() -> None:
    packet = request(COOKIE)
    assert (len(packet), packet[0], packet[40:]) == (48, 0x23, COOKIE)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make the board wait for an answer as long as a busy machine may need for it."""
    return lambda: monkeypatch.setattr("firmware.device.sntp._ANSWER_MS", 60_000)


def test_a_server_is_asked(time_server: int, patient: Callable[[], None]) -> None:
    patient()
    ticks = Board(name="x", directory=".").ticks_ms
    now_ms = asyncio.run(ask("127.0.0.1", time_server, ticks))
    assert abs(now_ms - time.time() * 1000) < 60_000


class Listener(Board):
    def __init__(self) -> None:
        super().__init__(name="x", directory=".")
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.mark.slow
def test_a_clock_is_set_when_there_is_a_network_and_a_failure_said_once(
    time_server: int, patient: Callable[[], None]
) -> None:
    board = Listener()
    moments: list[int] = []

    async def main() -> None:
        clock = Clock(
            board=board,
            host="127.0.0.1",
            port=9,  # discard: nobody answers
            ready=lambda: True,
            set_time=moments.append,
        )
        assert not await clock.sync()
        assert not await clock.sync()
        clock._port = time_server
        patient()
        assert await clock.sync()

    asyncio.run(main())
    assert len(moments) == 1
    assert board.said == ["no time: 127.0.0.1 does not answer", "the clock is set"]
