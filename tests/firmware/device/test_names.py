"""A name server that is away costs a board seconds an hour, not seconds a minute."""

import asyncio
import ssl
from typing import Any

import pytest

from firmware.device.board import Board
from firmware.device.names import Name
from firmware.device.sntp import Clock
from tests.firmware.device.virtual import now_ms, run

_DAY_S = 86_400
_LOOKUP_S = 15  # which the whole board waits, where no name server answers


class NameServer:
    """What ``socket`` is to a board: it answers with ``address``, or not, which takes a while."""

    def __init__(self) -> None:
        self.address = ""
        self.lookups: list[int] = []

    def getaddrinfo(self, host: str, port: int) -> list[Any]:
        self.lookups.append(now_ms())
        if not self.address:
            loop: Any = asyncio.get_running_loop()
            loop._clock.now_s += _LOOKUP_S
            raise OSError(-202)
        return [(2, 1, 0, "", (self.address, port))]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> NameServer:
    stand_in = NameServer()
    monkeypatch.setattr("firmware.device.names.socket", stand_in)
    return stand_in


async def tried(name: Name, *, every_s: float, for_s: float, works: bool = False) -> list[str]:
    """The addresses that were tried; an empty one: there was none."""
    found = []
    until_ms = now_ms() + for_s * 1000
    while now_ms() < until_ms:
        try:
            found.append(name.address())
        except OSError:
            found.append("")
        if works:
            name.worked()
        await asyncio.sleep(every_s)
    return found


def test_a_name_that_works_is_looked_up_once(server: NameServer) -> None:
    async def main() -> None:
        server.address = "192.168.1.10"
        name = Name("broker.lan", ticks_ms=now_ms)
        assert set(await tried(name, every_s=60, for_s=_DAY_S, works=True)) == {"192.168.1.10"}
        assert len(server.lookups) == 1
        server.address = ""
        assert set(await tried(name, every_s=60, for_s=_DAY_S, works=True)) == {"192.168.1.10"}
        assert len(server.lookups) == 1

    run(main())


def test_a_host_that_moved_is_found_at_its_new_address(server: NameServer) -> None:
    async def main() -> None:
        server.address = "192.168.1.10"
        name = Name("broker.lan", ticks_ms=now_ms)
        await tried(name, every_s=60, for_s=3600, works=True)
        server.address = "192.168.1.11"
        assert await tried(name, every_s=5, for_s=10) == ["192.168.1.10", "192.168.1.11"]

    run(main())


def test_without_a_name_server_the_board_waits_less_than_a_hundredth_of_a_day(
    server: NameServer,
) -> None:
    async def main() -> None:
        name = Name("broker.lan", ticks_ms=now_ms)
        assert set(await tried(name, every_s=5, for_s=_DAY_S)) == {""}
        assert len(server.lookups) * _LOOKUP_S < _DAY_S / 100
        server.address = "192.168.1.10"
        assert (await tried(name, every_s=5, for_s=3700))[-1] == "192.168.1.10"

    run(main())


def test_a_name_server_that_was_away_is_asked_again_within_as_long(server: NameServer) -> None:
    async def main() -> None:
        name = Name("broker.lan", ticks_ms=now_ms)
        await tried(name, every_s=1, for_s=300)
        server.address = "192.168.1.10"
        assert (await tried(name, every_s=1, for_s=300))[-1] == "192.168.1.10"

    run(main())


class Listener(Board):
    """It hears what is said."""

    def __init__(self) -> None:
        super().__init__(name="x", directory=".")
        self.said: list[str] = []

    def ticks_ms(self) -> int:
        return now_ms()

    def say(self, text: str) -> None:
        self.said.append(text)


def test_a_clock_whose_server_has_no_address_asks_for_it_ever_more_rarely(
    server: NameServer,
) -> None:
    async def main() -> Listener:
        board = Listener()
        clock = Clock(board=board, host="pool.ntp.org", ready=lambda: True, set_time=print)
        task = asyncio.create_task(clock.run())
        await asyncio.sleep(_DAY_S)
        task.cancel()
        return board

    assert run(main()).said == ["no time: no name server knows pool.ntp.org"]
    assert 20 < len(server.lookups) < 40


def test_a_time_that_the_chip_cannot_hold_is_said_and_ends_nothing(
    server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(_host: str, _port: int, _ticks_ms: object) -> int:
        return 4_000_000_000_000  # the year 2096

    def set_time(_unix_ms: int) -> None:
        raise OverflowError("overflow converting long int to machine word")

    async def main() -> Listener:
        server.address = "192.168.1.1"
        board = Listener()
        clock = Clock(board=board, host="router.lan", ready=lambda: True, set_time=set_time)
        assert not await clock.sync()
        return board

    monkeypatch.setattr("firmware.device.sntp.ask", ask)
    assert run(main()).said == ["no time: overflow converting long int to machine word"]


def test_a_certificate_is_checked_against_the_name_wherever_its_host_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    async def opened(host: str, port: int, **tls: Any) -> None:
        asked.append((host, port, tls.get("server_hostname")))

    monkeypatch.setattr(asyncio, "open_connection", opened)

    class Knowing(Board):
        def address_of(self, host: str) -> str:
            return {"broker.lan": "192.168.1.10"}[host]

    for kind in (Board, Knowing):
        for tls in (None, ssl.create_default_context()):
            asyncio.run(kind(name="x", directory=".", tls=tls).open_connection("broker.lan", 8883))
    assert asked == [
        ("broker.lan", 8883, None),
        ("broker.lan", 8883, "broker.lan"),
        ("192.168.1.10", 8883, None),
        ("192.168.1.10", 8883, "broker.lan"),
    ]
