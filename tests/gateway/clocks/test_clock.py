"""The gateway's clock among its witnesses: what it believes, when it doubts, how that ends."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clocks.clock import LONG_MS, STEP_MS, Clock
from gateway.clocks.witnesses import AGREE_MS, FORGET_MS, STEADY_MS, Witnesses, is_zone

NOON_MS = 1_763_640_000_000
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
YEAR = 365 * DAY


class World:
    """True time, a wall clock that is off, and boards that are off by something else."""

    def __init__(
        self, *, off: int = 0, newest_ms: int | None = None, made_ms: int | None = None
    ) -> None:
        self.true_ms = NOON_MS
        self.off = off
        self.boards: dict[str, int | Callable[[int], int]] = {}
        self.clock = Clock(newest_ms=newest_ms, made_ms=made_ms, look=self._look)

    def _look(self) -> tuple[int, int]:
        return self.true_ms + self.off, self.true_ms - NOON_MS + DAY

    def pass_(self, ms: int, *, turn: int = 500) -> None:
        """Let time go by; each board sends twice a second."""
        for _ in range(0, ms, turn):
            self.true_ms += turn
            now_ms = self.clock.now_ms()
            for name, off in self.boards.items():
                off_ms = off(self.true_ms) if callable(off) else off
                self.clock.witness(name, now_ms - self.true_ms - off_ms)

    def step(self, off: int) -> None:
        self.off = off
        self.clock.now_ms()

    def connect(self, count: int, off: int | Callable[[int], int] = 0, *, name: str = "b") -> None:
        self.boards |= {f"{name}{number}": off for number in range(count)}

    @property
    def wrong_by(self) -> int:
        return self.clock.now_ms() - self.true_ms

    @property
    def why(self) -> str:
        return self.clock.doubt.why if self.clock.doubt else ""


# ---------------------------------------------------------------- steps of a clock that was right


@pytest.mark.parametrize("boards", [0, 1, 4])
@pytest.mark.parametrize("off", [10 * YEAR, 30 * DAY, -30 * DAY, HOUR, -HOUR, -50 * SECOND])
def test_a_step_puts_it_in_doubt_and_time_goes_on_as_it_was(off: int, boards: int) -> None:
    world = World(newest_ms=NOON_MS - SECOND)
    world.connect(boards)
    world.pass_(10 * SECOND)
    world.step(off)
    world.pass_(30 * SECOND)
    assert world.clock.in_doubt
    assert world.wrong_by == 0
    assert ("forward" if off > 0 else "back") in world.why
    world.step(40)
    assert not world.clock.in_doubt, "right again: at once"
    assert world.wrong_by == 40
    assert world.clock.moved_ms == 40


def test_boards_that_say_otherwise_keep_it_in_doubt_for_ever() -> None:
    world = World()
    world.connect(2)
    world.pass_(10 * SECOND)
    world.step(3 * DAY)
    world.pass_(3 * LONG_MS)
    assert world.clock.in_doubt
    assert world.wrong_by == 0


def test_without_a_witness_a_clock_that_stays_is_believed_after_ten_minutes() -> None:
    world = World()
    world.step(3 * DAY)
    world.pass_(LONG_MS - MINUTE)
    assert world.clock.in_doubt
    world.step(2 * DAY)
    world.pass_(LONG_MS - MINUTE)
    assert world.clock.in_doubt, "it was put again: the ten minutes begin anew"
    world.pass_(2 * MINUTE)
    assert not world.clock.in_doubt
    assert world.wrong_by == 2 * DAY
    assert world.clock.moved_ms == 2 * DAY


def test_boards_whose_clocks_were_put_along_with_ours_bear_no_witness() -> None:
    world = World()  # emulated boards: they run on the same computer
    world.connect(4)
    world.pass_(10 * SECOND)
    world.connect(4, 10 * YEAR)
    world.step(10 * YEAR)
    world.pass_(30 * SECOND)
    assert world.clock.in_doubt
    assert world.wrong_by == 0


@pytest.mark.parametrize("boards", [1, 2, 4])
def test_a_step_to_the_time_that_boards_had_all_along_is_believed_at_once(boards: int) -> None:
    world = World(off=-30 * DAY)
    world.connect(boards, lambda _: 0)
    world.pass_(1_000)  # too short for boards to outweigh it
    world.step(0)
    world.pass_(1_000)
    assert not world.clock.in_doubt
    assert world.wrong_by == 0


def test_a_correction_by_seconds_is_believed_with_a_board_and_doubted_without() -> None:
    world = World()
    world.step(5_000)
    assert world.clock.in_doubt
    world.connect(1)
    world.pass_(SECOND)
    assert not world.clock.in_doubt
    assert world.wrong_by == 5_000


@pytest.mark.parametrize("off", [-25, -5, 5, 20])
@pytest.mark.parametrize("boards", [2, 5])
def test_boards_that_agree_to_the_second_do_not_bear_out_a_step_of_seconds(
    off: int, boards: int
) -> None:
    world = World()
    for number in range(boards):
        world.connect(1, number * 2 * SECOND // boards, name=f"b{number}-")
    world.pass_(10 * SECOND)
    world.step(off * SECOND)
    world.pass_(2 * LONG_MS)
    assert world.clock.in_doubt
    assert world.wrong_by == world.clock.moved_ms == 0
    world.connect(boards, off * SECOND, name="right-")
    world.boards = dict.fromkeys(world.boards, off * SECOND)
    world.pass_(10 * SECOND)
    assert not world.clock.in_doubt, "they have the new time as well: it is the right one"


def test_boards_that_are_seconds_apart_bear_out_a_correction_by_seconds() -> None:
    world = World()
    for number in range(4):
        world.connect(1, (number - 2) * 8 * SECOND, name=f"b{number}-")
    world.pass_(10 * SECOND)
    world.step(5 * SECOND)
    world.pass_(SECOND)
    assert not world.clock.in_doubt


def test_it_tells_how_far_it_is_ahead_of_the_boards_and_how_well_they_know() -> None:
    world = World()
    assert world.clock.beside_boards() is None
    world.connect(3, 1_200)
    world.pass_(10 * SECOND)
    assert world.clock.beside_boards() == (-1_200, 3_000, 3)
    world = World()
    world.connect(1, -20 * SECOND)
    world.pass_(10 * SECOND)
    assert world.clock.beside_boards() == (20 * SECOND, AGREE_MS, 1)
    world.boards.clear()
    world.pass_(2 * FORGET_MS)
    assert world.clock.beside_boards() is None


def test_small_steps_and_a_slow_drift_are_followed_in_silence() -> None:
    world = World()
    for turn in range(600):
        world.off = turn * 4 + (1_000 if turn > 300 else 0)  # 4,000 ppm, and a leap second
        world.pass_(SECOND)
        assert not world.clock.in_doubt
        assert world.wrong_by == world.off


def test_a_clock_that_runs_away_in_small_steps_is_doubted() -> None:
    world = World()
    for turn in range(10):
        world.step(turn * 1_500)
        world.pass_(SECOND)
    assert world.clock.in_doubt
    assert world.wrong_by < 5_000


# ---------------------------------------------------------------- what must hold in any course


STEPS = st.lists(st.tuples(st.integers(-20 * YEAR, 20 * YEAR), st.integers(0, 60)), max_size=12)


@given(STEPS, st.integers(0, 5))
def test_time_never_runs_faster_than_it_goes_while_steps_come_and_go(
    steps: list[tuple[int, int]], boards: int
) -> None:
    world = World()
    world.connect(boards)
    world.pass_(10 * SECOND)
    for off, turns in steps:
        world.step(off)
        world.pass_(turns * 500)
        assert abs(world.wrong_by) <= STEP_MS + (AGREE_MS if boards else STEP_MS)
    world.step(0)
    assert not world.clock.in_doubt
    assert world.wrong_by == 0


@given(st.lists(st.tuples(st.text(), st.integers(-(10**15), 10**15), st.integers(0, 10**9))))
def test_whatever_boards_say_they_stay_few_and_are_forgotten(
    said: list[tuple[str, int, int]],
) -> None:
    witnesses = Witnesses()
    for name, line, at in sorted(said, key=lambda one: one[2]):
        witnesses.note(name, line=line, at=at)
        verdict = witnesses.verdict(at=at, ours=(0,))
        assert verdict is None or verdict.boards >= 1
    witnesses.forget(10**9 + FORGET_MS + 1)
    assert witnesses.verdict(at=2 * 10**9, ours=(0,)) is None


def test_only_so_many_boards_are_kept() -> None:
    witnesses = Witnesses()
    for number in range(10_000):
        witnesses.note(f"b{number}", line=0, at=0)
    verdict = witnesses.verdict(at=STEADY_MS, ours=(0,))
    assert verdict is not None
    assert verdict.boards == 100


def test_what_is_told_of_it_follows_how_far_it_is_off() -> None:
    world = World()
    world.pass_(10 * SECOND)
    world.step(50 * SECOND)
    since = world.clock.doubt.since if world.clock.doubt else None
    assert world.why == "The gateway's clock was put forward by 50 s, or runs wrong."
    world.step(-3 * DAY)
    world.pass_(5 * SECOND)
    assert "50 s" in world.why, "it may go on moving"
    world.pass_(10 * SECOND)
    assert world.why == "The gateway's clock was put back by 3 days, or runs wrong."
    assert world.clock.doubt is not None
    assert world.clock.doubt.since == since


@pytest.mark.parametrize(
    ("apart", "is_one"),
    [
        *((HOUR, True), (-12 * HOUR, True), (5 * HOUR + 45 * MINUTE, True), (14 * HOUR, True)),
        *((0, False), (7 * MINUTE, False), (15 * HOUR, False), (-3 * DAY, False)),
    ],
)
def test_zones(apart: int, *, is_one: bool) -> None:
    assert is_zone(apart) is is_one
