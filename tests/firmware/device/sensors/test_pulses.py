"""Every pulse is counted once, none is made up, and a cut of power costs a minute at most."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.device.counts import Counts
from firmware.device.sensors.pulses import Pulses
from tests.firmware.device.sensors.wires import Clock, Contact, ticks_diff


class Board:
    """One that counts pulses of an open collector, and may lose its power."""

    def __init__(self, directory: Path, **options: object) -> None:
        self.path = directory / "counts"
        self.clock = Clock()
        self.contact = Contact()
        self.options = options
        self.said: list[str] = []
        self.start()

    def start(self) -> None:
        self.counts = Counts(str(self.path), ticks_ms=self.clock.ms, say=self.said.append)
        self.sensor = Pulses(
            pin=self.contact,
            edges=Contact.IRQ_FALLING | Contact.IRQ_RISING,
            ticks_us=self.clock.ticks_us,
            ticks_diff=ticks_diff,
            counts=self.counts,
            name="litres",
            **self.options,  # type: ignore[arg-type]
        )

    def pulse(self, low_ms: float = 30, high_ms: float = 30) -> None:
        self.contact.set(0)
        self.clock.pass_ms(low_ms)
        self.contact.set(1)
        self.clock.pass_ms(high_ms)

    def bounce(self, level: int) -> None:
        """A contact that settles at ``level`` after some milliseconds."""
        for step in (level, 1 - level, level, 1 - level, level):
            self.contact.set(step)
            self.clock.pass_ms(0.7)

    def tend(self) -> None:
        self.sensor.tend()
        self.counts.tend()

    @property
    def count(self) -> int:
        return self.sensor.read()[0]


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path)


def test_each_pulse_counts_once(board: Board) -> None:
    for _pulse in range(7):
        board.pulse()
    assert board.sensor.read() == (7, 0)


def test_a_contact_that_bounces_as_it_closes_and_opens_counts_once(board: Board) -> None:
    for _pulse in range(5):
        board.bounce(0)
        board.clock.pass_ms(50)
        board.bounce(1)
        board.clock.pass_ms(50)
    assert board.count == 5


def test_a_spike_is_no_pulse(board: Board) -> None:
    for _spike in range(5):
        board.clock.pass_ms(100)
        board.pulse(low_ms=0.1, high_ms=100)
    assert board.count == 0


def test_pulses_upwards_are_counted_where_active_low_is_false(tmp_path: Path) -> None:
    board = Board(tmp_path, active_low=False)
    board.contact.set(0)
    for _pulse in range(3):
        board.clock.pass_ms(30)
        board.contact.set(1)
        board.clock.pass_ms(30)
        board.contact.set(0)
    assert board.count == 3


def test_a_pulse_that_lasts_longer_than_the_ticks_reach_counts(board: Board) -> None:
    board.pulse(low_ms=600_000)  # ticks_diff gives a negative number then
    assert board.count == 1


@settings(max_examples=200)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40)), max_size=60))
def test_never_more_than_levels_that_stood(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, int]]
) -> None:
    """Whatever the wire does: a count is a low level that stood for 5 ms, and then ended."""
    board = Board(tmp_path_factory.mktemp("any"))
    lows, since_ms, level = 0, 0, 1
    for high, wait_ms in steps:
        if high and not level and board.clock.ms() - since_ms >= 5:
            lows += 1
        if int(high) != level:
            since_ms, level = board.clock.ms(), int(high)
        board.contact.set(int(high))
        board.clock.pass_ms(wait_ms)
    assert board.count == lows


def test_calls_that_come_late_and_together_make_no_pulse_up(board: Board) -> None:
    """While flash is written MicroPython calls nobody; then all at once, with the level of then."""
    board.clock.pass_ms(100)
    handler = board.contact.handler
    assert handler is not None
    for _late in range(8):
        handler(board.contact)
    assert board.count == 0
    board.pulse()
    assert board.count == 1


def test_units_of_a_pulse_are_a_fraction_and_nothing_is_rounded_away(tmp_path: Path) -> None:
    board = Board(tmp_path, numerator=1, denominator=450, decimals=3)
    for pulses, thousandths in ((1, 2), (9, 22), (450, 1022), (40, 1111)):
        for _pulse in range(pulses):
            board.pulse()
        assert board.sensor.read() == (thousandths, 3)


def test_a_count_of_years_is_exact(tmp_path: Path) -> None:
    board = Board(tmp_path, numerator=1, denominator=3, decimals=3)
    board.counts.note("litres", 3 * 10**12 + 1)
    board.counts.keep()
    board.start()
    assert board.sensor.read() == (10**15 + 333, 3)


# ---------------------------------------------------------------- flash


def test_an_orderly_restart_loses_nothing(board: Board) -> None:
    for _pulse in range(12):
        board.pulse()
    board.tend()
    board.pulse()
    board.sensor.tend()
    board.counts.keep()
    board.start()
    assert board.count == 13
    board.pulse()
    assert board.count == 14


def test_a_cut_of_power_costs_at_most_what_a_minute_brought(board: Board) -> None:
    truth = 0
    for second in range(600):
        if second % 7 == 0:
            board.pulse()
            truth += 1
        board.clock.us = (second + 1) * 1_000_000
        board.tend()
    kept = Counts(str(board.path), ticks_ms=board.clock.ms, say=board.said.append).of("litres")
    assert truth - 9 <= kept <= truth  # one each 7 s, for a minute


def test_the_first_pulse_after_a_quiet_minute_is_kept_at_once(board: Board) -> None:
    board.tend()
    board.clock.pass_ms(600_000)
    board.pulse()
    board.tend()
    board.start()
    assert board.count == 1


def test_flash_is_written_once_a_minute_at_most_and_not_at_all_in_a_standstill(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[int] = []
    keep = Counts.keep

    def counted(counts: Counts) -> None:
        writes.append(board.clock.ms())
        keep(counts)

    monkeypatch.setattr(Counts, "keep", counted)
    for _pulse in range(60_000):  # an hour
        board.pulse()
        board.tend()
    assert 55 <= len(writes) <= 60
    writes.clear()
    for _look in range(1000):
        board.clock.pass_ms(3600)
        board.tend()
    assert len(writes) == 1  # what the last minute had brought


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 90_000)), max_size=12))
def test_over_any_cuts_of_power_a_counter_never_says_more_than_there_was(
    tmp_path_factory: pytest.TempPathFactory, lives: list[tuple[int, int]]
) -> None:
    board = Board(tmp_path_factory.mktemp("lives"))
    truth = 0
    for pulses, wait_ms in lives:
        for _pulse in range(pulses):
            board.pulse()
            board.tend()
        truth += pulses
        board.clock.pass_ms(wait_ms)
        board.tend()
        said = board.count
        assert said <= truth
        board.start()
        assert board.count <= said
        truth = board.count


def test_a_write_that_was_cut_off_leaves_the_count_before(board: Board) -> None:
    for _pulse in range(5):
        board.pulse()
    board.tend()
    whole = board.path.read_bytes()
    board.path.with_name("counts.new").write_bytes(whole[:9])
    board.start()
    assert board.count == 5


def test_what_was_kept_and_is_damaged_is_said_and_begins_at_0(board: Board) -> None:
    board.path.write_bytes(b'00000000{"litres":9}')
    board.start()
    assert board.count == 0
    assert board.said == ["counters: what was kept of them is damaged; they begin at 0"]


def test_a_flash_that_takes_nothing_is_said_once_and_counting_goes_on(tmp_path: Path) -> None:
    board = Board(tmp_path / "not there")
    for _minute in range(3):
        board.pulse()
        board.tend()
        board.clock.pass_ms(60_000)
    assert board.count == 3
    assert len(board.said) == 1
    assert "counters are not kept" in board.said[0]
    board.path.parent.mkdir()
    board.tend()
    board.start()
    assert board.count == 3
