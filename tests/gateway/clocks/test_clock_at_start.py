"""The gateway's clock when it was wrong from the start: the journal and the boards know better."""

from collections.abc import Callable

import pytest

from gateway.clocks.clock import LONG_MS
from tests.gateway.clocks.test_clock import DAY, HOUR, MINUTE, NOON_MS, SECOND, YEAR, World

# ---------------------------------------------------------------- wrong from the start


@pytest.mark.parametrize("boards", [0, 1, 4])
def test_before_the_newest_receipt_it_is_in_doubt_from_the_first_moment(boards: int) -> None:
    world = World(off=-3 * DAY, newest_ms=NOON_MS - 10 * SECOND)
    assert world.clock.in_doubt
    assert "3 days behind the newest reading in the journal" in world.why
    assert world.clock.oldest_ms(now_ms=world.clock.now_ms(), retention_ms=DAY) is None
    world.connect(boards)
    world.pass_(25 * SECOND)
    assert world.clock.in_doubt
    assert world.wrong_by == -10 * SECOND
    world.step(0)
    for _ in range(10):
        assert not world.clock.in_doubt
        assert world.wrong_by == 0
        world.pass_(500)


@pytest.mark.parametrize("boards", [0, 1])
@pytest.mark.parametrize("newest_ms", [None, NOON_MS - YEAR])
def test_before_its_own_program_was_made_it_is_in_doubt(boards: int, newest_ms: int | None) -> None:
    """A board computer without a battery, at its first start; the journal is empty or old."""
    world = World(off=-300 * DAY, newest_ms=newest_ms, made_ms=NOON_MS - HOUR)
    assert world.clock.in_doubt
    assert "300 days behind the files of its own program" in world.why
    world.connect(boards)
    world.pass_(25 * SECOND)
    assert world.clock.in_doubt
    world.step(-100 * DAY)
    world.pass_(25 * SECOND)
    assert world.clock.in_doubt, "still before that"
    world.step(0)
    for _ in range(10):
        assert not world.clock.in_doubt
        assert world.wrong_by == 0
        world.pass_(500)


def test_files_of_the_time_of_another_zone_are_no_doubt() -> None:
    world = World(made_ms=NOON_MS + 14 * HOUR)
    assert not world.clock.in_doubt


def test_a_little_before_the_newest_receipt_the_journal_does_not_side_with_it() -> None:
    """Too little to be in doubt for it; but then one board that says so too is enough."""
    world = World(off=-40 * SECOND, newest_ms=NOON_MS - 15 * SECOND)
    assert not world.clock.in_doubt
    world.connect(1)
    world.pass_(2 * SECOND)
    assert world.clock.in_doubt
    assert world.wrong_by == 0
    beside = World(off=-40 * SECOND, newest_ms=NOON_MS - 50 * SECOND)
    beside.connect(1)
    beside.pass_(2 * SECOND)
    assert not beside.clock.in_doubt, "the journal may well be right, and the board wrong"


def test_before_the_journal_and_long_off_boards_know_the_time() -> None:
    world = World(off=-3 * DAY, newest_ms=NOON_MS - DAY)
    world.connect(2)
    world.pass_(2 * SECOND)
    assert world.clock.in_doubt
    assert world.wrong_by == 0
    world.step(3)
    assert not world.clock.in_doubt


def test_a_journal_from_the_future_is_outweighed_by_two_boards_or_ten_minutes() -> None:
    for boards, after in ((2, 10 * SECOND), (0, LONG_MS)):
        world = World(newest_ms=NOON_MS + 10 * YEAR)
        world.connect(boards)
        assert world.clock.in_doubt
        world.pass_(after)
        assert not world.clock.in_doubt
        assert world.wrong_by == 0


@pytest.mark.parametrize("off", [-3 * DAY, 30 * DAY, 10 * YEAR, -20 * YEAR, 17 * MINUTE + 40_000])
@pytest.mark.parametrize("receipt", [None, NOON_MS - 5 * SECOND])
def test_four_boards_that_agree_outweigh_one_gateway(off: int, receipt: int | None) -> None:
    world = World(off=off, newest_ms=receipt)
    world.connect(4)
    world.pass_(10 * SECOND)
    assert world.clock.in_doubt
    assert abs(world.wrong_by) <= 5 * SECOND
    world.step(1)
    for _ in range(10):
        assert not world.clock.in_doubt
        assert world.wrong_by == 1
        world.pass_(500)


@pytest.mark.parametrize(
    ("boards", "off"),
    [
        (1, 3 * DAY),
        (1, -3 * DAY),
        (4, 5 * HOUR),
        (4, -5 * HOUR),
        (4, 5 * HOUR + 45 * MINUTE + 3 * SECOND),
        (4, 14 * HOUR),
        (4, lambda true_ms: NOON_MS - 8 * DAY - true_ms),  # the time of an example, copied
        (4, lambda true_ms: (true_ms - NOON_MS) * 20 - 6 * HOUR - 17 * MINUTE),  # a backlog
    ],
)
def test_a_clock_that_nothing_contradicts_is_not_outweighed(
    boards: int, off: int | Callable[[int], int]
) -> None:
    world = World(newest_ms=NOON_MS - SECOND)
    world.connect(boards, off)
    for _ in range(20):
        world.pass_(MINUTE // 20)
        assert not world.clock.in_doubt
    assert world.wrong_by == 0


@pytest.mark.parametrize(
    "off", [2 * HOUR, -2 * HOUR, HOUR, 15 * MINUTE, -5 * HOUR - 30 * MINUTE, 14 * HOUR]
)
def test_boards_that_were_right_before_the_start_are_in_no_other_zone_now(off: int) -> None:
    """A computer whose own clock keeps local time, started before it has asked anybody."""
    world = World(off=off, newest_ms=NOON_MS - 20 * HOUR)
    world.connect(4)
    world.clock.witnesses.trust(world.boards)
    world.pass_(10 * SECOND)
    for _ in range(20):
        assert world.clock.in_doubt
        assert world.wrong_by == 0
        world.pass_(MINUTE // 10)
    world.step(0)
    assert not world.clock.in_doubt
    assert world.wrong_by == 0


@pytest.mark.parametrize(
    ("boards", "off", "trusted"),
    [
        (4, HOUR, 4),  # all of them keep the local time of Greenwich, and summer has come
        (4, 30 * MINUTE, 4),
        (4, 2 * HOUR, 0),
        (4, 2 * HOUR, 2),  # too few to outweigh a clock that the journal sides with
    ],
)
def test_boards_may_keep_another_time_since(boards: int, off: int, trusted: int) -> None:
    world = World(newest_ms=NOON_MS - HOUR)
    world.connect(boards, off)
    world.clock.witnesses.trust(list(world.boards)[:trusted])
    for _ in range(20):
        world.pass_(MINUTE // 20)
        assert not world.clock.in_doubt
    assert world.wrong_by == 0


def test_boards_that_each_say_another_thing_say_nothing() -> None:
    world = World()
    for number in range(4):
        world.connect(1, number * DAY + 7 * MINUTE, name=f"c{number}")
    world.pass_(MINUTE)
    assert not world.clock.in_doubt


def test_once_two_boards_have_borne_it_out_no_number_of_others_outweighs_it() -> None:
    world = World()
    world.connect(2)
    world.pass_(10 * SECOND)
    world.connect(10, 3 * DAY, name="wrong")
    world.pass_(MINUTE)
    assert not world.clock.in_doubt


def test_boards_in_another_zone_bear_a_corrected_clock_out() -> None:
    world = World(off=-2 * DAY)
    world.connect(2, 5 * HOUR)
    world.pass_(SECOND)
    world.step(0)
    world.pass_(2 * SECOND)
    assert not world.clock.in_doubt
    assert world.wrong_by == 0


def test_nothing_is_refused_for_its_age_until_the_clock_is_borne_out() -> None:
    world = World(off=30 * DAY)
    assert world.clock.oldest_ms(now_ms=world.clock.now_ms(), retention_ms=DAY) == 0
    world.step(0)
    world.connect(1)
    world.pass_(5 * SECOND)
    assert world.clock.is_proven
    now_ms = world.clock.now_ms()
    assert world.clock.oldest_ms(now_ms=now_ms, retention_ms=DAY) == now_ms - DAY


def test_without_boards_ten_quiet_minutes_bear_it_out() -> None:
    world = World()
    world.pass_(LONG_MS - MINUTE)
    assert not world.clock.is_proven
    world.pass_(2 * MINUTE)
    assert world.clock.is_proven
