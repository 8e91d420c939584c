"""A board's clock when it is the gateway's own clock that proves to have been wrong."""

import pytest

from contract import assets
from contract.messages import Reading
from gateway.clocks.board_clock import BoardClock, Memory
from gateway.clocks.clock import Clock
from gateway.twin.checker import Checker
from gateway.twin.fleet import Device, Fleet
from gateway.twin.twin import Twin
from tests.gateway.rig import DAY_MS, EPOCH, FACTORS, NOW_MS, VALUES

HOUR_MS = 3_600_000


class World:
    """A gateway whose wall clock is ``wrong_ms`` off, and a board that is ``off_ms`` off."""

    def __init__(self, *, wrong_ms: int, off_ms: int = 0) -> None:
        self.true_ms = NOW_MS
        self.wrong_ms, self.off_ms = wrong_ms, off_ms
        self.clock = Clock(look=lambda: (self.true_ms + self.wrong_ms, self.true_ms - NOW_MS))
        self.device = _device("fan-01")
        fleet = Fleet()
        fleet.add(self.device)
        self.clock.on_move.append(fleet.move_clocks)
        self._seq = 0

    @property
    def board(self) -> BoardClock:
        return self.device.clock

    def live(self, seconds: int, *, pause_s: int = 0) -> list[Reading]:
        """Readings of a board that measures once a second, as they were placed."""
        self.true_ms += pause_s * 1000
        return [self._measure() for _ in range(seconds)]

    def _measure(self) -> Reading:
        self.true_ms += 1_000
        self._seq += 1
        reading = Reading(
            epoch=EPOCH, seq=self._seq, time_ms=self.true_ms + self.off_ms, values=VALUES
        )
        now_ms = self.clock.now_ms()
        oldest_ms = self.clock.oldest_ms(now_ms=now_ms, retention_ms=7 * DAY_MS)
        self.board.place(reading, now_ms=now_ms, oldest_ms=oldest_ms)
        return reading

    def put_right(self, *, boards: int = 2) -> None:
        """The wall clock is right from now on, and as many other boards bear it out."""
        self.wrong_ms = 0
        for number in range(boards):
            for _ in range(20):
                self.true_ms += 500
                now_ms = self.clock.now_ms()
                self.clock.witness(f"other-{number}", now_ms - self.true_ms)
        self.clock.ask_now()


def _device(name: str) -> Device:
    fan = assets.get("fan")
    twin = Twin(device=name, asset=fan, factors=FACTORS)
    return Device(id_=1, name=name, asset=fan, checker=Checker(fan), twin=twin)


@pytest.mark.parametrize("wrong_ms", [-3 * DAY_MS, -HOUR_MS, -50_000, 50_000, HOUR_MS, 5 * DAY_MS])
@pytest.mark.parametrize("off_ms", [0, -5 * HOUR_MS, 90_000])
def test_no_board_has_jumped_when_the_gateway_is_put_right(wrong_ms: int, off_ms: int) -> None:
    world = World(wrong_ms=wrong_ms, off_ms=off_ms)
    world.live(20)
    world.put_right()
    assert world.clock.doubt is None
    placed = world.live(20)
    assert not world.board.take_jump()
    assert world.board.offset_ms == pytest.approx(-off_ms, abs=100)
    late_ms = [each.received_ms - (each.time_ms or 0) for each in placed]
    assert max(map(abs, late_ms)) < 1_000
    estimate = world.board.estimate()
    assert estimate is not None
    assert estimate.offset_ms == pytest.approx(-off_ms, abs=100)


def test_a_board_that_hangs_on_the_same_clock_has_not_jumped_either() -> None:
    world = World(wrong_ms=-DAY_MS, off_ms=-DAY_MS)
    world.live(20)
    assert world.board.offset_ms == 0
    world.wrong_ms = world.off_ms = 0
    world.live(5)  # the gateway is in doubt: its own time goes on
    world.put_right()
    placed = world.live(20)
    assert world.board.offset_ms == 0
    assert not world.board.take_jump()
    assert max(abs(each.received_ms - (each.time_ms or 0)) for each in placed) < 1_000


def test_a_board_whose_offset_is_being_learned_goes_on_learning() -> None:
    """Half of the looks before the move, half after it."""
    world = World(wrong_ms=-HOUR_MS, off_ms=-2 * HOUR_MS)
    world.live(2)
    world.put_right()
    world.live(10)
    assert world.board.offset_ms == pytest.approx(2 * HOUR_MS, abs=100)


def test_nothing_is_known_of_a_board_that_never_spoke() -> None:
    clock = BoardClock()
    clock.move(DAY_MS)
    assert clock.memory() == BoardClock().memory()


def test_a_drift_that_nobody_has_corrected_yet_decides_nothing() -> None:
    """Three seconds late, more than a right clock is: it has not moved as the gateway has."""
    known = Memory(EPOCH, seq=1, board_ms=NOW_MS, received_ms=NOW_MS, is_known=True)
    clock = BoardClock(known)
    for second in range(5, 9):
        time_ms = NOW_MS + second * 1_000
        late = Reading(epoch=EPOCH, seq=second, time_ms=time_ms - 3_000, values=VALUES)
        clock.place(late, now_ms=time_ms + DAY_MS, oldest_ms=0)
    clock.move(-DAY_MS)
    assert clock.offset_ms == 0


def test_behind_a_queue_no_lag_is_learnt_while_our_own_clock_may_be_wrong() -> None:
    """The others, who would say that it is, wait there too."""
    clock, proven = BoardClock(), BoardClock()
    for at in range(100):
        measured_ms, received_ms = NOW_MS + at * 200, NOW_MS + at * 200 + 10 * 365 * DAY_MS
        for each, oldest_ms in ((clock, 0), (proven, NOW_MS - DAY_MS)):
            reading = Reading("e-1", at + 1, {}, measured_ms)
            each.place(reading, now_ms=received_ms, oldest_ms=oldest_ms, queued=True)
            if each is clock:
                assert reading.time_ms == measured_ms
    assert clock.offset_ms == 0
    assert proven.offset_ms > 9 * 365 * DAY_MS
    for at in range(100, 200):
        reading = Reading("e-1", at + 1, {}, NOW_MS + at * 200)
        clock.place(reading, now_ms=NOW_MS + at * 200 + 10 * 365 * DAY_MS, oldest_ms=0)
    assert clock.offset_ms > 9 * 365 * DAY_MS, "nobody has contradicted for long enough"
