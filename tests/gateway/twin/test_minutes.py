"""Energy, minutes and their restatement: any order of arrival gives the same sums."""

import msgspec
import pytest

from contract.messages import Aside, Minute, Reading, Stamp
from tests.gateway.builders import (
    T0,
    every,
    kpi_of,
    reading,
    state_of,
    twin_of,
)
from tests.gateway.twin.test_any_order import journal_of

# ---------------------------------------------------------------- energy


def test_constant_power_gives_power_times_time() -> None:
    twin = twin_of(*every(1000, 61))
    assert kpi_of(twin, "energy_wh").value == pytest.approx(24.0 * 60 / 3600)
    assert kpi_of(twin, "energy_wh").coverage == 1.0
    assert kpi_of(twin, "running_h").value == pytest.approx(60 / 3600)


def test_energy_is_the_trapezoid_of_power() -> None:
    twin = twin_of(reading(1, 0, amps=1.0), reading(2, 2000, amps=2.0))
    assert kpi_of(twin, "energy_wh").value == pytest.approx(1.5 * 24.0 * 2 / 3600)


@pytest.mark.parametrize(("gap_ms", "energy_j"), [(2000, 48.0), (2001, None), (3_600_000, None)])
def test_nobody_can_tell_the_energy_of_a_gap(gap_ms: int, energy_j: float | None) -> None:
    told_wh = kpi_of(twin_of(reading(1, 0), reading(2, gap_ms)), "energy_wh").value
    assert told_wh == (None if energy_j is None else pytest.approx(energy_j / 3600))


def test_coverage_of_sums_counts_gaps_as_unmeasured() -> None:
    twin = twin_of(reading(1, 0), reading(2, 1000), reading(3, 9000), reading(4, 10_000))
    assert kpi_of(twin, "energy_wh").coverage == pytest.approx(0.2)


def test_an_interval_counts_as_running_by_its_later_end() -> None:
    twin = twin_of(reading(1, 0, turns=0), reading(2, 1000), reading(3, 2000, turns=200))
    assert kpi_of(twin, "running_h").value == pytest.approx(1 / 3600)


# ---------------------------------------------------------------- minutes


def test_a_minute_closes_when_the_next_begins() -> None:
    twin = twin_of(*every(1000, 60))
    assert twin.take_closed() == []
    assert not twin.has_news
    assert twin.fold(reading(61, 60_000, amps=3.0))
    assert twin.has_news
    [closed] = twin.take_closed()
    assert (closed.start_ms, closed.count, closed.measured_ms) == (T0, 60, 59_000)
    assert closed.energy_j == pytest.approx(24.0 * 59)
    assert twin.take_closed() == []
    opened = twin.open_minute()
    assert opened is not None
    assert (opened.start_ms, opened.count, opened.measured_ms) == (T0 + 60_000, 1, 1000)
    assert opened.energy_j == pytest.approx(48.0)


def test_a_minute_knows_count_least_sum_and_greatest_of_each_channel() -> None:
    twin = twin_of(
        reading(1, 0, heat=40.0, ambient=20.0), reading(2, 1, heat=42.0), reading(3, 2, heat=38.0)
    )
    minute = twin.open_minute()
    assert minute is not None
    assert msgspec.structs.astuple(minute.channels["heat"]) == (3, 38.0, 120.0, 42.0)
    assert msgspec.structs.astuple(minute.channels["ambient"]) == (1, 20.0, 20.0, 20.0)


def test_a_channel_nobody_measured_is_not_in_the_minute() -> None:
    minute = twin_of(reading(1, 0)).open_minute()
    assert minute is not None
    assert set(minute.channels) == {"heat", "turns", "amps"}


# ---------------------------------------------------------------- lateness


@pytest.mark.parametrize(
    ("late", "is_late"),
    [
        (reading(9, 999, epoch="b-1"), True),
        (reading(9, 1000, epoch="a-1"), True),
        (reading(10, 1000, epoch="a-1"), True),
        (reading(11, 1000, epoch="a-1"), False),
        (reading(1, 1000, epoch="b-1"), False),
        (reading(1, 1001, epoch="a-1"), False),
    ],
)
def test_time_then_epoch_then_seq_decide_what_is_late(late: Reading, *, is_late: bool) -> None:
    twin = twin_of(reading(10, 1000))
    assert twin.fold(late) is not is_late


def test_a_late_reading_moves_nothing_that_is_live() -> None:
    twin = twin_of(*(reading(10 + at, at * 1000) for at in range(5)))
    before, window = state_of(twin), twin.window()
    assert not twin.fold(reading(9, 2500, heat=149.0, amps=19.0))
    assert state_of(twin) == before
    assert twin.window() == window


def test_a_late_reading_is_live_where_its_number_is_the_newest() -> None:
    """Its board's clock was set back."""
    twin = twin_of(*every(200, 20))
    assert not twin.fold(reading(21, -3_600_000, heat=149.0))
    assert state_of(twin).values["heat"] == 149.0


def test_one_old_stamp_does_not_lengthen_the_time_to_be_covered() -> None:
    twin = twin_of(reading(2, 8000), reading(3, 9000))
    old = reading(1, -86_400_000)
    old.received_ms = T0 + 8500
    assert not twin.fold(old)
    assert kpi_of(twin, "energy_wh").coverage == 1.0


@pytest.mark.parametrize("period_ms", [3_000, 10_000, 3_600_000])
def test_a_slow_board_is_measured_once_it_has_shown_its_pace(period_ms: int) -> None:
    journal = journal_of([[each] for each in every(period_ms, 16)])
    hours = 15 * period_ms / 3_600_000
    assert kpi_of(journal.twin, "energy_wh").value == pytest.approx(24.0 * hours)
    assert kpi_of(journal.twin, "energy_wh").coverage == pytest.approx(1.0)


def test_a_slow_board_that_says_its_pace_is_measured_at_once() -> None:
    announced = every(10_000, 2)
    for each in announced:
        each.period_ms = 10_000
    assert kpi_of(twin_of(*announced), "energy_wh").value == pytest.approx(24.0 * 10 / 3600)


def test_a_board_that_hung_twice_was_not_measured_meanwhile() -> None:
    readings = [*every(200, 10), reading(11, 600_000), reading(12, 1_200_000)]
    readings += [reading(13 + at, 1_200_200 + at * 200) for at in range(10)]
    journal = journal_of([[each] for each in readings])
    seconds = 9 * 0.2 + 10 * 0.2
    assert kpi_of(journal.twin, "energy_wh").value == pytest.approx(24.0 * seconds / 3600)


def test_a_slow_board_with_a_reading_missing_is_measured_and_an_outage_is_not() -> None:
    times_ms = [at_ms for at_ms in range(0, 100_000, 10_000) if at_ms != 60_000]
    times_ms += range(3_600_000, 3_650_000, 10_000)
    readings = [reading(1 + at_ms // 10_000, at_ms) for at_ms in times_ms]
    journal = journal_of([[each] for each in readings])
    assert kpi_of(journal.twin, "energy_wh").value == pytest.approx(24.0 * (90 + 40) / 3600)


def test_readings_that_waited_without_a_clock_claim_no_coverage() -> None:
    twin = twin_of(*every(200, 10))
    for each in [reading(11 + at, 600_000 + at * 300) for at in range(50)]:
        each.stamp = Stamp.WAITED
        assert twin.fold(each)
    assert kpi_of(twin, "energy_wh").value == pytest.approx(24.0 * 1.8 / 3600)


def set_aside(reading: Reading, name: str) -> None:
    values = dict(reading.values)
    reading.aside = {name: Aside(values.pop(name), "out_of_range", "too much")}
    reading.values = values


def test_a_channel_that_is_not_sent_is_integrated_between_its_own_readings() -> None:
    readings = [reading(1, 0), reading(2, 1000, amps=9.0), reading(3, 2000), reading(4, 3000)]
    readings[1].values = {"heat": 40.0}
    twin = twin_of(*readings)
    assert kpi_of(twin, "energy_wh").value == pytest.approx(24.0 * 3 / 3600)
    assert kpi_of(twin, "energy_wh").coverage == 1.0


def test_a_channel_set_aside_costs_energy_where_it_is_the_current() -> None:
    readings = every(1000, 5)
    set_aside(readings[2], "amps")
    twin = twin_of(*readings)
    assert kpi_of(twin, "energy_wh").value == pytest.approx(24.0 * 2 / 3600)
    assert kpi_of(twin, "energy_wh").coverage == pytest.approx(0.5)
    minute = twin.open_minute()
    assert minute is not None
    assert (minute.channels["amps"].count, minute.channels["heat"].count) == (4, 5)


def minute(start_ms: int, energy_j: float) -> Minute:
    return Minute(start_ms, 1, 30_000, 15_000, energy_j, {})


def test_a_restated_minute_takes_the_place_of_the_old_one() -> None:
    twin = twin_of(reading(1, 0), reading(2, 600_000))
    [first] = twin.take_closed()
    twin.replace_minute(new=minute(T0, 3600.0), old=first)
    assert kpi_of(twin, "energy_wh").value == pytest.approx(1.0)
    twin.replace_minute(new=minute(T0, 7200.0), old=minute(T0, 3600.0))
    assert kpi_of(twin, "energy_wh").value == pytest.approx(2.0)
    twin.replace_minute(new=minute(T0 + 60_000, 3600.0), old=None)
    assert kpi_of(twin, "energy_wh").value == pytest.approx(3.0)
    assert kpi_of(twin, "energy_wh").coverage == pytest.approx(0.1)


def test_a_minute_restated_before_it_was_taken_is_taken_restated() -> None:
    twin = twin_of(reading(1, 0), reading(2, 1000), reading(3, 60_000))
    twin.replace_minute(new=minute(T0, 3600.0), old=None)
    assert twin.take_closed() == [minute(T0, 3600.0)]
    assert kpi_of(twin, "energy_wh").value == pytest.approx(1.0)


def test_the_open_minute_goes_on_from_its_restatement() -> None:
    twin = twin_of(reading(1, 0), reading(2, 1000))
    twin.replace_minute(new=minute(T0, 3600.0), old=None)
    assert twin.fold(reading(3, 2000))
    opened = twin.open_minute()
    assert opened is not None
    assert (opened.count, opened.measured_ms) == (2, 31_000)
    assert opened.energy_j == pytest.approx(3624.0)
