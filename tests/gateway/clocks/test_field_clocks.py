"""Boards whose clocks are wrong, and whose readings wait: live at once, and every sum right."""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import pytest

from tests.gateway.field import ALL_FOUR, BAD, GOOD, Board, Clock, Field, always, right, wh
from tests.gateway.rig import Rig

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
LOST_S: Final = 4.0  # of a minute, where a clock steps: until its offset is known

STEPS = {
    "an hour back": -HOUR_MS,
    "50 s back": -50_000,
    "a day back": -DAY_MS,
    "30 s ahead": 30_000,
    "an hour ahead": HOUR_MS,
    "a year ahead": 365 * DAY_MS,
}


@pytest.fixture
def field(rig: Rig) -> Field:
    return Field(rig)


def steps(field: Field, step_ms: int, *, after_ms: int) -> Clock:
    return lambda at: field.start_ms + at + (step_ms if at >= after_ms else 0)


def system(field: Field, name: str = "fan-01") -> list[str]:
    return [each for each in field.raised(name) if each not in ALL_FOUR]


def is_ascending(field: Field, name: str = "fan-01") -> bool:
    return all(one[1] <= other[1] for one, other in pairwise(field.stored(name)))


# ---------------------------------------------------------------- steps


@pytest.mark.slow
@pytest.mark.parametrize("step_ms", STEPS.values(), ids=STEPS)
def test_a_board_whose_clock_steps_is_live_at_once(field: Field, step_ms: int) -> None:
    board = Board("fan-01", steps(field, step_ms, after_ms=MINUTE_MS))
    before = board.live(0, MINUTE_MS)
    after = board.live(MINUTE_MS, MINUTE_MS + 20_000, values=always(BAD))
    field.play(before, after, until_ms=MINUTE_MS + 1_000)
    assert field.state("fan-01").values["temperature"] == 95.0
    rest = [each for each in after if each.at_ms > MINUTE_MS + 1_000]
    field.play(rest, until_ms=MINUTE_MS + 20_000)
    assert field.open("fan-01") >= ALL_FOUR
    assert set(system(field)) <= {"clock_off"}
    for alarm in field.told("fan-01"):
        assert alarm.raised_ms >= field.start_ms + MINUTE_MS
        assert alarm.raised_ms <= field.start_ms + MINUTE_MS + 8_000
    clock = field.state("fan-01").clock
    assert clock is not None
    assert abs(clock.offset_ms + step_ms) <= 100
    truth = wh(20) + wh(60, GOOD["current"])
    assert field.energy_wh("fan-01")[0] == pytest.approx(truth, rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("step_ms", [30_000, -30_000, HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS])
def test_a_clock_that_jumps_to_and_fro_is_told_once(field: Field, step_ms: int) -> None:
    def clock(at: int) -> int:
        return field.start_ms + at + (step_ms if at // MINUTE_MS % 2 else 0)

    def values(at: int) -> dict[str, float]:
        return BAD if 200_000 <= at < 230_000 else GOOD

    board = Board("fan-01", clock)
    end_ms = 8 * MINUTE_MS
    field.play(board.live(0, end_ms, every_ms=500, values=values), until_ms=end_ms)
    assert sorted(field.raised("fan-01")) == sorted([*ALL_FOUR, "clock_off"])
    assert field.open("fan-01") == {"clock_off"}
    assert len(field.stored("fan-01")) == end_ms // 500
    assert field.state("fan-01").kpis["energy_wh"].coverage > 0.96
    truth = wh(30) + wh(450, GOOD["current"])
    assert field.state("fan-01").kpis["energy_wh"].value == pytest.approx(truth, rel=0.04)


# ---------------------------------------------------------------- constantly off


@pytest.mark.slow
@pytest.mark.parametrize("off_ms", [-5 * HOUR_MS, -600_000, -3_000, 600_000, 365 * DAY_MS])
def test_a_board_that_is_constantly_off_is_as_one_with_a_right_clock(
    field: Field, off_ms: int
) -> None:
    board = Board("fan-01", right(field.start_ms, off_ms=off_ms))
    field.play(board.live(0, MINUTE_MS, values=always(BAD)), until_ms=MINUTE_MS)
    state = field.state("fan-01")
    assert state.fresh
    assert state.clock is not None
    assert state.clock.corrected
    assert abs(state.clock.offset_ms + off_ms) <= 100
    assert state.kpis["energy_wh"].value == pytest.approx(wh(60), rel=0.02)
    assert system(field) == (["clock_off"] if abs(off_ms) > 30_000 else [])
    for alarm in field.told("fan-01"):  # not hours ago
        assert 0 <= alarm.raised_ms - field.start_ms <= 10_000
    delays = {"temperature_high": 3, "rpm_low": 5, "current_high": 2, "vibration_high": 2}
    for name, seconds in delays.items():
        alarm = next(each for each in field.told("fan-01") if each.name == name)
        assert alarm.raised_ms - field.start_ms == pytest.approx(seconds * 1000, abs=500)
    live = [row for row in field.stored("fan-01") if row[2] >= field.start_ms + LOST_S * 1000]
    assert all(abs(time_ms - received_ms) <= 2_000 for _, time_ms, received_ms, _ in live)
    said = [board_ms for _, _, _, board_ms in field.stored("fan-01")]
    assert said == [time_ms for _, time_ms in board.measured]


def test_one_board_of_four_that_is_wrong_changes_nothing_for_the_others(field: Field) -> None:
    boards = [
        Board(f"fan-0{n}", right(field.start_ms, off_ms=-DAY_MS if n == 2 else 0))
        for n in range(1, 5)
    ]
    field.play(*[board.live(0, MINUTE_MS) for board in boards], until_ms=MINUTE_MS)
    for board in boards:
        is_wrong = board.name == "fan-02"
        assert field.raised(board.name) == (["clock_off"] if is_wrong else [])
        assert field.state(board.name).fresh
        as_sent = [row[1] == row[3] for row in field.stored(board.name)]
        assert all(as_sent) != is_wrong


@pytest.mark.slow
@pytest.mark.parametrize("hours", [(2, 1), (1, 2), (-5, -6), (-6, -5), (0, 1), (1, 0)])
def test_a_change_of_time_zone_costs_seconds(field: Field, hours: tuple[int, int]) -> None:
    def clock(at: int) -> int:
        return field.start_ms + at + hours[at >= MINUTE_MS] * HOUR_MS

    board = Board("fan-01", clock)
    sent = board.live(0, 150_000, values=lambda at: BAD if 65_000 <= at < 100_000 else GOOD)
    field.play(sent, until_ms=150_000)
    assert sorted(field.raised("fan-01")) == sorted([*ALL_FOUR, "clock_off"])
    assert not field.open("fan-01") & ALL_FOUR
    energy = field.state("fan-01").kpis["energy_wh"]
    assert energy.value == pytest.approx(wh(35) + wh(115, GOOD["current"]), rel=0.02)
    assert energy.coverage > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("ppm", [100.0, -100.0])
def test_a_clock_that_drifts_loses_nothing(field: Field, ppm: float) -> None:
    board = Board("fan-01", right(field.start_ms, off_ms=round(ppm / 100 * 1_900), ppm=ppm))
    end_ms = HOUR_MS  # it crosses what network delays explain on its way
    field.play(board.live(0, end_ms, every_ms=5_000), until_ms=end_ms)
    assert field.raised("fan-01") == []
    energy = field.state("fan-01").kpis["energy_wh"]
    assert energy.coverage > 0.98
    assert energy.value == pytest.approx(wh(3600, GOOD["current"]), rel=0.02)


# ---------------------------------------------------------------- boards without a clock


def _none(_: int) -> None:
    return None


@pytest.mark.slow
@pytest.mark.parametrize(
    "before",
    [_none, lambda at: at, lambda at: 946_684_800_000 + at, lambda _: 0],
    ids=["no time", "since it was switched on", "2000", "0"],
)
def test_a_board_whose_clock_is_set_on_the_way(field: Field, before: Clock) -> None:
    def clock(at: int) -> int | None:
        return before(at) if at < 20_000 else field.start_ms + at

    board = Board("fan-01", clock)
    field.play(board.live(0, 80_000, values=always(BAD)), until_ms=80_000)
    assert field.refused() == []
    assert set(field.raised("fan-01")) == ALL_FOUR
    energy = field.state("fan-01").kpis["energy_wh"]
    assert energy.value == pytest.approx(wh(80), rel=0.01)
    assert energy.coverage > 0.99
    assert is_ascending(field)


def test_a_clock_that_falls_back_to_2000(field: Field) -> None:
    def clock(at: int) -> int:
        return field.start_ms + at if at < MINUTE_MS else 946_684_800_000 + at

    def values(at: int) -> dict[str, float]:
        return BAD if 70_000 <= at < 100_000 else GOOD

    board = Board("fan-01", clock)
    field.play(board.live(0, 120_000, values=values), until_ms=120_000)
    assert field.refused() == []
    assert set(field.raised("fan-01")) >= ALL_FOUR
    assert not field.open("fan-01") & ALL_FOUR
    assert field.state("fan-01").kpis["energy_wh"].coverage > 0.99


def test_readings_of_equal_times_are_kept_and_judged(field: Field) -> None:
    board = Board("fan-01", lambda at: field.start_ms + at // 1000 * 1000)
    field.play(board.live(0, 80_000, values=always(BAD)), until_ms=80_000)
    assert len(field.stored("fan-01")) == 400
    assert set(field.raised("fan-01")) == ALL_FOUR
    assert field.state("fan-01").kpis["energy_wh"].value == pytest.approx(wh(80), rel=0.02)


@pytest.mark.parametrize("epoch", ["0000f1e1-1", None], ids=["sequenced", "unsequenced"])
@pytest.mark.parametrize("clock", [_none, lambda at: 946_684_800_000 + at], ids=["no time", "2000"])
def test_lists_of_a_board_without_a_clock_are_spread(
    field: Field, epoch: str | None, clock: Callable[[int], int | None]
) -> None:
    def values(at: int) -> dict[str, float]:
        return BAD if 60_000 <= at < 120_000 else GOOD

    board = Board("fan-01", clock, epoch=epoch)
    sent = board.live(0, 300_000, every_ms=1_000, in_lists_of=10, values=values)
    field.play(sent, until_ms=300_000)
    assert sorted(field.raised("fan-01")) == sorted(ALL_FOUR)
    assert field.open("fan-01") == set()
    energy = field.state("fan-01").kpis["energy_wh"]
    assert energy.value == pytest.approx(wh(60) + wh(230, GOOD["current"]), rel=0.05)
    assert is_ascending(field)


# ---------------------------------------------------------------- readings that waited


@pytest.mark.slow
@pytest.mark.parametrize("off_ms", [0, -5 * HOUR_MS, 5 * HOUR_MS])
def test_an_hour_that_waited_on_the_board_is_all_there(field: Field, off_ms: int) -> None:
    """The broker was away for an hour; the board goes on measuring while it sends what waited."""
    board = Board("fan-01", right(field.start_ms, off_ms=off_ms))
    back_ms = MINUTE_MS + HOUR_MS
    live = board.live(0, MINUTE_MS, every_ms=1_000)
    waited = board.backlog(
        MINUTE_MS, back_ms, sent_from_ms=back_ms, per_s=400, values=lambda at: _hot(at, 120_000)
    )
    field.play(live, until_ms=MINUTE_MS)
    field.play(waited, until_ms=back_ms + 20_000)
    after = board.live(back_ms + 20_000, back_ms + 80_000, every_ms=1_000)
    field.play(after, until_ms=back_ms + 80_000)
    rows = field.stored("fan-01")
    assert [row[0] for row in rows] == list(range(1, board.seq + 1))
    dated = {seq: time_ms for seq, time_ms, _, _ in rows}
    off = [
        abs(dated[seq] - field.start_ms - at_ms)
        for seq, (at_ms, _) in enumerate(board.measured, 1)
        if at_ms >= LOST_S * 1000
    ]
    if off_ms <= 0:  # one that is ahead cannot be told from one that waited less
        assert max(off) <= 2_000
    limits = [name for name in field.raised("fan-01") if name in ALL_FOUR]
    assert sorted(limits) == sorted(ALL_FOUR)
    assert not field.open("fan-01") & ALL_FOUR
    if off_ms == 0:
        measured_s = 60 + 3600 - 60
        truth = wh(60) + wh(measured_s, GOOD["current"])
        assert field.state("fan-01").kpis["energy_wh"].value == pytest.approx(truth, rel=0.02)
        assert "clock_off" not in field.raised("fan-01")


def _hot(at: int, from_ms: int) -> dict[str, float]:
    return BAD if from_ms <= at < from_ms + MINUTE_MS else GOOD


def test_an_hour_that_waited_without_a_clock_claims_no_coverage(field: Field) -> None:
    board = Board("fan-01", _none)
    back_ms = MINUTE_MS + HOUR_MS
    live = board.live(0, MINUTE_MS, every_ms=1_000)
    waited = board.backlog(MINUTE_MS, back_ms, sent_from_ms=back_ms)
    field.play(live, waited, until_ms=back_ms + 20_000)
    assert len(field.stored("fan-01")) == board.seq
    assert field.state("fan-01").kpis["energy_wh"].coverage < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("off_ms", [0, -5 * HOUR_MS])
@pytest.mark.parametrize("pace", [1.35, 2.0])
def test_a_backlog_that_drains_slowly_is_no_offset(field: Field, off_ms: int, pace: float) -> None:
    """Five minutes waited; from then on each message carries the next, until it has caught up."""
    board = Board("fan-01", right(field.start_ms, off_ms=off_ms))
    live = board.live(0, 30_000, every_ms=1_000)
    since_ms = 330_000

    def delay_ms(at: int) -> int:
        return max(5, round(since_ms + (at - 30_000) / pace) - at)

    waited = board.live(30_000, 1_200_000, every_ms=1_000, delay_ms=delay_ms)
    field.play(live, waited, until_ms=1_200_000)
    dated = [time_ms for _, time_ms, _, _ in field.stored("fan-01")]
    truth = [field.start_ms + at_ms for at_ms, _ in board.measured][: len(dated)]
    off = [abs(one - other) for one, other in zip(dated, truth, strict=True)]
    assert max(off[5:]) <= 2_000
    assert set(field.raised("fan-01")) == {"silent"} | ({"clock_off"} if off_ms else set())
