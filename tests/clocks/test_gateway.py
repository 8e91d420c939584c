"""A real gateway with a wrong clock: nothing gone, nothing refused, nothing re-dated, and said."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clocks.gateway import Boards, Gateway, sending
from tests.clocks.wall import DAY_MS, HOUR_MS, YEAR_MS, WallClock
from tests.mosquitto import Mosquitto, eventually

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]

ROUNDS_S = 11  # a round of retention is behind us
AS_SENT_MS = 2_000


@pytest.fixture
def gateway(tmp_path: Path, mosquitto: Mosquitto, wall_clock: WallClock) -> Iterator[Gateway]:
    with Gateway(tmp_path, broker=mosquitto, clock=wall_clock) as made:
        yield made


def check_all_is_there(gateway: Gateway, boards: Boards) -> None:
    """Every reading sent is stored, at the time it was sent with; nothing was refused."""
    stored = gateway.times()
    assert stored.keys() == boards.sent.keys()
    redated = {
        key: stored[key] - sent_ms
        for key, sent_ms in boards.sent.items()
        if abs(stored[key] - sent_ms) > AS_SENT_MS
    }
    assert redated == {}
    assert gateway.counts()["quarantine"] == 0
    assert gateway.counts()["gap"] == 0


def check_doubt_till_it_is_right(gateway: Gateway, boards: Boards, said: str) -> None:
    """In doubt for what is ``said``, with everybody live, until the clock is put right."""
    gateway.await_doubt(said)
    gateway.await_live(boards.names)
    time.sleep(ROUNDS_S)
    assert gateway.is_in_doubt
    gateway.clock.set(0)
    gateway.await_certainty()
    gateway.await_live(boards.names)


@pytest.mark.parametrize(
    ("count", "off_ms"), [(4, 10 * YEAR_MS), (1, 30 * DAY_MS), (1, -30 * DAY_MS)]
)
def test_a_clock_that_is_wrong_for_a_while(gateway: Gateway, count: int, off_ms: int) -> None:
    gateway.start()
    with sending(gateway.broker, count) as boards:
        boards.await_acked(20)
        gateway.clock.set(off_ms)
        gateway.await_doubt("forward" if off_ms > 0 else "back")
        time.sleep(ROUNDS_S)
        boards.await_acked(20)
        assert gateway.is_in_doubt
        gateway.clock.set(0)
        gateway.await_certainty()
        gateway.await_live(boards.names)
    check_all_is_there(gateway, boards)
    assert "retention: deleted" not in gateway.log


@pytest.mark.parametrize("journal", ["filled", "empty"])
@pytest.mark.parametrize("off_ms", [-3 * DAY_MS, 30 * DAY_MS])
def test_a_clock_that_is_wrong_from_the_start_among_boards_that_are_right(
    gateway: Gateway, off_ms: int, journal: str
) -> None:
    gateway.clock.set(0 if journal == "filled" else off_ms)
    gateway.start()
    with sending(gateway.broker, 4) as boards:
        if journal == "filled":
            boards.await_acked(20)
            gateway.die()
            gateway.clock.set(off_ms)
            gateway.start()
        check_doubt_till_it_is_right(gateway, boards, "behind" if off_ms < 0 else "ahead")
    check_all_is_there(gateway, boards)


def test_a_clock_that_keeps_local_time_since_the_last_stop(gateway: Gateway) -> None:
    gateway.start()
    with sending(gateway.broker, 4) as boards:
        boards.await_acked(20)
        eventually(lambda: gateway.right_clocks() == 4, "it is kept that all clocks are right")
        gateway.die()
        gateway.clock.set(2 * HOUR_MS)
        gateway.start()
        check_doubt_till_it_is_right(gateway, boards, "2 hours ahead of ")  # of 3 boards or 4
    check_all_is_there(gateway, boards)


@pytest.mark.parametrize("count", [0, 1])
def test_a_clock_that_is_before_its_own_program_redates_nothing(
    gateway: Gateway, count: int
) -> None:
    """The first start of a computer without a battery clock: no journal, and hardly a board."""
    gateway.clock.set(-10 * YEAR_MS)
    gateway.start()
    gateway.await_doubt("files of its own program")
    with sending(gateway.broker, count) as boards:
        if count:
            gateway.await_live(boards.names)
        gateway.clock.set(0)
        gateway.await_certainty()
        gateway.await_live(boards.names)
    check_all_is_there(gateway, boards)


def test_a_clock_that_was_behind_and_is_stepped_right(gateway: Gateway) -> None:
    gateway.clock.set(-30 * DAY_MS)
    gateway.start()
    with sending(gateway.broker, 1) as boards:
        boards.await_acked(50)
        gateway.clock.set(0)
        boards.await_acked(10)
        gateway.await_live(boards.names)
        eventually(lambda: not gateway.is_in_doubt, "the clock is known to be right")
        time.sleep(ROUNDS_S)
        assert not gateway.is_in_doubt
    assert gateway.times().keys() == boards.sent.keys()
    assert gateway.counts()["quarantine"] == 0
    said = gateway.rows("SELECT coalesce(board_ms, time_ms) FROM reading ORDER BY seq")
    assert [time_ms for (time_ms,) in said] == list(boards.sent.values()), "the board's own word"


def test_one_board_that_is_wrong_is_no_evidence_against_the_gateway(gateway: Gateway) -> None:
    gateway.start()
    with sending(gateway.broker, 1, off_ms=3 * DAY_MS) as boards:
        boards.await_acked(80)
        assert not gateway.is_in_doubt
        gateway.await_live(boards.names)
    assert gateway.alarms == []
