"""What the gateway says of its own clock."""

import asyncio

import pytest

from contract.messages import Alarm
from gateway.clocks.clock import Clock
from gateway.clocks.clock_report import ClockReport

NOON_MS = 1_763_640_000_000
DAY_MS = 86_400_000


class Looks:
    """A wall clock and monotonic time, both as they are set."""

    def __init__(self) -> None:
        self.wall_ms, self.steady_ms = NOON_MS, DAY_MS
        self.clock = Clock(look=lambda: (self.wall_ms, self.steady_ms))
        self.told: list[Alarm] = []
        self.moved: list[int] = []
        self.report = ClockReport(
            clock=self.clock, told=self.told.append, moved=self.moved.append
        )  # fmt: skip

    def pass_(self, ms: int) -> None:
        self.wall_ms += ms
        self.steady_ms += ms
        self.report.look()


@pytest.fixture
def looks() -> Looks:
    return Looks()


def test_a_doubt_is_told_once_and_its_end_once(
    looks: Looks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert looks.report.status().status == "ok"
    looks.pass_(10_000)
    looks.wall_ms += 3_650 * DAY_MS
    for _ in range(3):
        looks.pass_(1_000)
    status = looks.report.status()
    assert (status.status, status.since_ms) == ("down", NOON_MS + 11_000)
    assert status.detail == "The gateway's clock was put forward by 3650 days, or runs wrong."
    [raised] = looks.told
    assert (raised.device, raised.name, raised.severity) == (
        "gateway",
        "clock_in_doubt",
        "Critical",
    )
    assert raised.raised_ms == NOON_MS + 11_000
    assert raised.cleared_ms is None
    assert "Nothing is deleted" in raised.text
    looks.wall_ms -= 3_650 * DAY_MS
    looks.pass_(1_000)
    assert looks.report.status().status == "ok"
    assert [alarm.cleared_ms for alarm in looks.told] == [None, NOON_MS + 14_000]
    assert len([line for line in caplog.messages if "clock:" in line]) == 2
    assert looks.moved == []


def test_a_clock_that_is_put_elsewhere_in_doubt_is_told_in_the_same_alarm(looks: Looks) -> None:
    looks.pass_(10_000)
    looks.wall_ms += 50_000
    looks.pass_(1_000)
    looks.wall_ms += 3 * DAY_MS
    for _ in range(30):
        looks.pass_(1_000)
    raised, retold = looks.told
    assert (raised.raised_ms, raised.cleared_ms) == (retold.raised_ms, retold.cleared_ms)
    assert "50 s" in raised.text
    assert "3 days" in retold.text
    assert "3 days" in looks.report.status().detail


def test_a_time_that_was_wrong_is_told_even_without_a_doubt_before(
    looks: Looks, caplog: pytest.LogCaptureFixture
) -> None:
    looks.clock.witness("fan-01", -30 * DAY_MS)
    looks.wall_ms += 30 * DAY_MS
    looks.pass_(100)
    assert looks.told == []
    assert looks.moved == [NOON_MS + 30 * DAY_MS + 100]
    assert "the time was wrong until now, by +2592000 s" in caplog.text


def test_at_the_start_the_fleet_is_told_the_time(looks: Looks) -> None:
    """What the journal remembers may have been heard while the clock was ahead."""

    async def start() -> None:
        running = asyncio.create_task(looks.report.run())
        await asyncio.sleep(0)
        running.cancel()

    asyncio.run(start())
    assert looks.moved == [NOON_MS]
