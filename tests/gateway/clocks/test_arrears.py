"""Readings from weeks back: a backlog goes where it was measured, and a wrong clock nowhere."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from contract.messages import Stamp
from gateway.api.cursors import Cursor
from gateway.api.instants import LATEST_MS
from gateway.api.queries import raw
from gateway.clocks.arrears import is_before
from gateway.clocks.arrears_run import PATIENCE_MS
from tests.gateway.archive.archives import connected
from tests.gateway.clocks.spooled import Clock, Spooled
from tests.gateway.rig import DAY_MS, EPOCH, NOW_MS, VALUES, Rig, message, telemetry

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
YEAR_MS: Final = 364 * DAY_MS
SECOND_LIFE: Final = "9f2c41aa-2"
NEAR_MS: Final = 2_000  # what a network makes of it


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, past_ms=YEAR_MS) as made:
        yield made


def off_by(ms: int) -> Clock:
    return lambda true_ms: true_ms + ms


def stamps(rig: Rig, epoch: str = "9f2c41aa-1") -> list[int]:
    sql = (
        "SELECT stamped FROM reading r JOIN epoch e ON e.id = r.epoch WHERE e.name = ? ORDER BY seq"
    )
    return [stamp for (stamp,) in rig.rows(sql, epoch)]


def is_near(off_ms: list[int | None]) -> bool:
    return all(each is not None and abs(each) <= NEAR_MS for each in off_ms)


def is_told(rig: Rig) -> bool:
    asyncio.run(rig.publisher._post_states())
    rig.pass_s(2)
    return "clock_off" in rig.device().alarms


# ---------------------------------------------------------------- live, by a wrong clock


@pytest.mark.parametrize("days", [8, 30, 300])
@pytest.mark.parametrize(("every_ms", "online_ms"), [(200, 15_000), (1_000, 20_000)])
def test_live_readings_of_a_clock_that_is_behind_are_of_now_from_the_first_on(
    rig: Rig, days: int, every_ms: int, online_ms: int
) -> None:
    board = Spooled(rig, off_by(-days * DAY_MS), every_ms=every_ms)
    board.online(online_ms)
    assert is_near(board.off_ms())
    assert Stamp.PAST not in stamps(rig)
    assert set(rig.reasons()) <= {"bad_time"}
    assert len(rig.reasons()) <= 1, "one is kept to be looked at, and sent again"
    assert rig.device().twin.state(now_ms=rig.now_ms, status="online", sequenced=True).fresh
    assert is_told(rig)


@pytest.mark.parametrize("every_ms", [10_000, 60_000])
def test_a_slow_board_whose_clock_is_behind_as_well(rig: Rig, every_ms: int) -> None:
    board = Spooled(rig, off_by(-30 * DAY_MS), every_ms=every_ms)
    board.online(6 * every_ms)
    assert is_near(board.off_ms()[:5])
    assert is_told(rig)


def test_a_clock_that_is_set_right_after_the_first_readings_puts_none_into_the_past(
    rig: Rig,
) -> None:
    """As one without a battery: its own date, until a time server has answered."""
    begun_ms = rig.now_ms

    def clock(true_ms: int) -> int:
        return true_ms - (50 * DAY_MS if true_ms - begun_ms <= 400 else 0)

    board = Spooled(rig, clock)
    board.online(6_000)
    assert is_near(board.off_ms())
    assert Stamp.PAST not in stamps(rig)


def test_a_clock_that_is_set_back_by_weeks_while_it_is_live(rig: Rig) -> None:
    begun_ms = rig.now_ms
    board = Spooled(rig, lambda at: at - (30 * DAY_MS if at - begun_ms > 10_000 else 0))
    board.online(25_000)
    assert is_near(board.off_ms())
    assert is_told(rig)


def test_a_network_that_holds_the_first_readings_up_makes_no_backlog(rig: Rig) -> None:
    board = Spooled(rig, off_by(-30 * DAY_MS))
    board.offline(6_000)
    board.online(15_000)
    assert is_near(board.off_ms())
    assert Stamp.PAST not in stamps(rig)


# ---------------------------------------------------------------- a backlog, by a right clock


@pytest.mark.parametrize("is_known", [True, False])
def test_a_month_that_waited_is_where_it_was_measured(rig: Rig, is_known: bool) -> None:  # noqa: FBT001
    board = Spooled(rig, off_by(0), every_ms=200)
    if is_known:
        board.online(3_000)
    board.every_ms = 30 * MINUTE_MS
    board.offline(30 * DAY_MS)
    board.every_ms = 1_000
    board.online(15_000)
    assert set(board.off_ms()) == {0}
    assert board.waiting <= 1
    long_ago = [each for each in board.measured if rig.now_ms - each.true_ms > 8 * DAY_MS]
    assert stamps(rig).count(Stamp.PAST) >= len(long_ago) > 1_000
    assert rig.device().clock.offset_ms == 0
    assert rig.reasons() == ([] if is_known else ["bad_time"])
    assert not is_told(rig)


@pytest.mark.parametrize("window", [200, 20])
@pytest.mark.parametrize(("every_ms", "in_lists_of"), [(200, 1), (200, 20), (100, 3)])
def test_a_minute_of_a_month_ago_at_whatever_rate(
    rig: Rig, every_ms: int, in_lists_of: int, window: int
) -> None:
    board = Spooled(rig, off_by(0), every_ms=every_ms, in_lists_of=in_lists_of, window=window)
    board.offline(MINUTE_MS)
    board.pass_ms(30 * DAY_MS)
    board.online(MINUTE_MS, at_once=20)
    assert set(board.off_ms()) == {0}


def test_what_an_earlier_start_has_left_is_where_it_was_measured(rig: Rig) -> None:
    """One reading, and nothing else of its epoch, for which the board waits."""
    board = Spooled(rig, off_by(0), every_ms=1_000)
    board.offline(1_000)
    board.pass_ms(20 * DAY_MS)
    board.restart(SECOND_LIFE)
    board.online(6_000)
    assert set(board.off_ms()) == {0}
    assert (stamps(rig), set(stamps(rig, SECOND_LIFE))) == ([Stamp.PAST], {Stamp.BOARD})


def test_it_goes_on_where_it_was_after_every_restart_of_gateway_and_board(rig: Rig) -> None:
    board = Spooled(rig, off_by(0), every_ms=1_000)
    board.online(3_000)
    board.every_ms = HOUR_MS
    board.offline(40 * DAY_MS)
    board.every_ms = 1_000
    board.online(200, at_once=100)
    rig.checkpoint()
    rig.again()
    board.restart(SECOND_LIFE)
    board.online(10_000)
    assert set(board.off_ms()) == {0}
    assert rig.reasons() == []


def test_nothing_live_follows_it(rig: Rig) -> None:
    board = Spooled(rig, off_by(0), every_ms=200)
    board.online(3_000)
    before = rig.device().twin.newest_values()
    rig.now_ms += 20 * DAY_MS
    hot = VALUES | {"temperature": 99.0}
    items = [
        {"epoch": "9f2c41aa-1", "seq": 100 + at, "time_ms": NOW_MS + at * 1_000 + 60_000}
        | {"values": hot}
        for at in range(100)
    ]
    rig.take(*(telemetry("fan-01", item) for item in items))
    state = rig.device().twin.state(now_ms=rig.now_ms, status="online", sequenced=True)
    assert rig.device().twin.newest_values() == before
    assert (state.fresh, state.values["temperature"]) == (False, 40.0)
    assert rig.told == []
    assert rig.device().late_ms is None
    assert rig.rows("SELECT count(*) FROM reading WHERE stamped = 4") == [(100,)]
    live = rig.device().twin
    rig.again()
    assert rig.device().twin.newest_values() == live.newest_values()


def test_its_time_is_its_boards_word_wherever_it_is_read(rig: Rig) -> None:
    board = Spooled(rig, off_by(0), every_ms=HOUR_MS)
    board.offline(20 * DAY_MS)
    board.online(5_000)
    first = board.measured[0]
    behind = Cursor.at(1, from_ms=0, to_ms=LATEST_MS)
    with closing(connected(rig.directory)) as connection:
        page = raw.page(connection, device="fan-01", behind=behind, channels=None, limit=9)
    [shown, *_] = page.readings
    assert (shown.time_ms, shown.board_ms, shown.stamped) == (first.true_ms, first.true_ms, "board")
    stored = rig.journal.stored(epoch_id=rig.device().epochs[EPOCH].id, seq=1)
    assert stored is not None
    assert stored[0] == first.true_ms
    [read, *_] = rig.reader.minute_readings(
        device_id=1, start_ms=first.true_ms - first.true_ms % MINUTE_MS
    )
    assert (read.board_ms, read.stamp) == (first.true_ms, Stamp.PAST)


# ---------------------------------------------------------------- both


def test_a_backlog_by_a_clock_that_is_known_to_be_behind(rig: Rig) -> None:
    board = Spooled(rig, off_by(-30 * DAY_MS), every_ms=1_000)
    board.online(20_000)
    board.offline(HOUR_MS)
    board.online(20_000)
    assert is_near(board.off_ms())


def test_a_backlog_by_a_clock_that_nobody_has_seen_is_taken_at_its_word_and_told(rig: Rig) -> None:
    """Nothing tells it from one by a right clock, until its end has come."""
    board = Spooled(rig, off_by(-30 * DAY_MS), every_ms=1_000)
    board.offline(HOUR_MS)
    waited = len(board.measured)
    board.online(40_000)
    off_ms = board.off_ms()
    assert set(off_ms[: waited - 20]) == {-30 * DAY_MS}
    # Three are measured while it is drained, and two messages show that it is over.
    assert is_near(off_ms[waited + 5 :])
    assert board.waiting <= 1
    assert is_told(rig)


@pytest.mark.parametrize("days", [8, 50, 300])
def test_a_board_that_starts_anew_by_a_clock_of_before_has_lost_the_time(
    rig: Rig, days: int
) -> None:
    """Its battery is dead; it measures for a while before anybody hears it, and then goes on."""
    board = Spooled(rig, off_by(0), every_ms=1_000)
    board.online(5_000)
    board.restart(SECOND_LIFE)
    board.clock = off_by(-days * DAY_MS)
    board.offline(10 * MINUTE_MS)
    waited = len(board.measured)
    board.online(30_000)
    off_ms = board.off_ms()
    assert None not in off_ms[:-1]
    assert min(each for each in off_ms if each is not None) >= -NEAR_MS
    assert is_near(off_ms[waited:-1])
    found = stamps(rig, SECOND_LIFE)
    assert Stamp.PAST not in found
    assert found.count(Stamp.WAITED) > 500, "nobody knows when these were measured"
    assert is_told(rig)


def stepping(rig: Rig, wrong_ms: int) -> Clock:
    """Wrong for ten minutes, then right."""
    begun_ms = rig.now_ms
    return lambda at: at - (wrong_ms if at - begun_ms <= 10 * MINUTE_MS else 0)


def test_a_clock_that_steps_to_the_right_time_within_a_backlog_of_a_known_board(rig: Rig) -> None:
    board = Spooled(rig, off_by(0), every_ms=1_000)
    board.online(5_000)
    board.restart(SECOND_LIFE)
    board.clock = stepping(rig, 50 * DAY_MS)
    board.offline(20 * MINUTE_MS)
    board.online(15_000)
    off_ms = board.off_ms()
    assert min(each for each in off_ms if each is not None) >= -NEAR_MS
    assert set(off_ms[-600:]) == {0}


def test_a_clock_that_steps_to_the_right_time_within_a_backlog_of_an_unknown_board(
    rig: Rig,
) -> None:
    board = Spooled(rig, stepping(rig, 50 * DAY_MS), every_ms=1_000)
    board.offline(20 * MINUTE_MS)
    board.online(15_000)
    off_ms = board.off_ms()
    assert set(off_ms[:590]) == {-50 * DAY_MS}, "nothing tells it from one that waited so long"
    assert set(off_ms[-600:]) == {0}


# ---------------------------------------------------------------- what nothing tells anything of


def test_one_reading_alone_is_given_up_with_its_reason_and_holds_up_none(rig: Rig) -> None:
    board = Spooled(rig, off_by(-30 * DAY_MS), every_ms=1_000)
    board.offline(1_000)
    board.every_ms = 10 * DAY_MS
    board.online(PATIENCE_MS + 70_000)
    assert board.waiting == 0
    assert board.off_ms() == [None]
    told = rig.rows("SELECT reason, detail, seq FROM quarantine ORDER BY id")
    assert [(reason, seq) for reason, _, seq in told] == [("bad_time", None), ("bad_time", 1)]
    assert "30 days back, and nothing tells whether it has waited" in told[0][1]


def test_who_counts_nothing_is_refused_until_its_pace_shows(rig: Rig) -> None:
    rig.take(message("fan-01", "birth", {"asset": "fan"}))
    begun_ms = rig.now_ms

    def send(count: int, every_ms: int, time_ms: Callable[[int], int]) -> None:
        for _ in range(count):
            rig.now_ms += every_ms
            rig.take(telemetry("fan-01", {"values": VALUES, "time_ms": time_ms(rig.now_ms)}))

    send(50, 200, off_by(-30 * DAY_MS))  # type: ignore[arg-type]
    assert set(rig.reasons()) == {"bad_time"}
    [(oldest_ms,)] = rig.rows("SELECT min(time_ms) FROM reading")
    assert oldest_ms >= begun_ms
    assert rig.rows("SELECT count(*) FROM reading")[0][0] >= 30


def test_what_is_older_than_minutes_are_kept_is_refused_as_ever(rig: Rig) -> None:
    board = Spooled(rig, off_by(0), every_ms=1_000)
    board.offline(30_000)
    board.pass_ms(365 * DAY_MS)
    board.online(10_000)
    assert set(board.off_ms()[:30]) == {None}
    assert set(board.off_ms()[30:]) == {0}
    [(detail,)] = rig.rows("SELECT DISTINCT substr(detail, 23) FROM quarantine")
    assert detail == "is 365 days back: nothing of more than 364 days ago is taken"


def test_without_an_archive_nothing_is_taken_that_the_journal_does_not_keep(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        board = Spooled(rig, off_by(0), every_ms=1_000)
        board.offline(30_000)
        board.pass_ms(8 * DAY_MS)
        board.online(10_000)
        assert set(board.off_ms()[:30]) == {None}
        assert "nothing of more than 7 days ago is taken" in str(
            rig.rows("SELECT detail FROM quarantine")[0]
        )


# ---------------------------------------------------------------- epochs


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("9f2c41aa-1", "9f2c41aa-2", True),
        ("9f2c41aa-9", "9f2c41aa-10", True),
        ("9f2c41aa-2", "9f2c41aa-2", False),
        ("9f2c41aa-2", "9f2c41aa-1", False),
        ("9f2c41aa-1", "0000f1e1-2", False),
        ("mine", "other", False),
        ("unsequenced", "", False),
        ("9f2c41aa-x", "9f2c41aa-y", False),
    ],
)
def test_which_epoch_was_before(one: str, other: str, expected: bool) -> None:  # noqa: FBT001
    assert is_before(one, other) is expected


def test_random_times_cost_their_board_alone_and_no_more_than_it_may(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits to be computed anew of one machine is bounded; more of it waits with the board."""
    monkeypatch.setattr("gateway.ingest.lateness.MOST_WAITING", 50)
    rig.restates = False
    board = Spooled(rig, off_by(0), every_ms=1_000)
    board.online(3_000)

    def late(first: int) -> None:
        items: list[dict[str, Any]] = [
            {"epoch": EPOCH, "seq": 1_000 + first + at, "values": VALUES}
            | {"time_ms": NOW_MS + 1_000 + (first + at) * MINUTE_MS}
            for at in range(60)
        ]
        rig.take(*(telemetry("fan-01", item) for item in items))

    def waiting() -> int:
        return int(rig.rows("SELECT count(*) FROM late_minute")[0][0])

    board.pass_ms(60 * DAY_MS)
    board.online(1_000)
    late(0)
    assert waiting() == 59, "of the first alone nothing tells whether it has waited"
    late(60)
    assert waiting() == 59
    assert set(rig.reasons()) == {"bad_time", "over_budget"}
    rig.restate()
    late(60)
    assert waiting() == 60
    assert rig.rows("SELECT count(*) FROM reading WHERE stamped = 4") == [(119,)]
