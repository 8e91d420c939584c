"""What a formula says of readings, worked out by hand."""

import math
from dataclasses import replace

import pytest

from contract.assets.words import Kpi
from contract.language.program import Program
from tests.contract.language.mill import (
    FUNCTIONS,
    MILL,
    PROGRAM,
    USUAL,
    Values,
    answers,
    every,
    fold,
    job,
    kpi,
    usual,
    with_kpi,
)

Readings = list[tuple[int, Values]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("energy_kwh", 48.0 * 60 / 3.6e6),  # 24 V x 2 A for a minute
        ("cost", 48.0 * 60 / 3.6e6 * 0.5),
        ("running_h", 1 / 60),
        ("working_s", 60.0),
        ("hot_working_s", 60.0),
        ("up_s", 60.0),
        ("down_s", 0.0),
        ("availability", 100.0),
        ("utilisation", 100.0),
        ("failures", 0.0),
        ("meter_kwh", 0.0),
        ("hot_mean", 50.0),
        ("hot_spread", 0.0),
        ("most_power", 48.0),
        ("ratio", 48.0 / 30.0 / 100.0),
    ],
)
def test_a_minute_of_the_same_reading(name: str, value: float) -> None:
    answer = kpi(name, every(1000, 61))
    assert answer.value == pytest.approx(value)
    assert answer.coverage == 1.0
    assert answer.low == answer.high == pytest.approx(value)


def test_a_line_is_integrated_as_a_trapezoid_and_a_step_as_what_it_was() -> None:
    readings = [(0, usual(current=1, heater=100)), (2000, usual(current=3, heater=900))]
    assert kpi("energy_kwh", readings).value == pytest.approx(24 * 2 * 2 / 3.6e6)
    assert kpi("heat_wh", readings).value == pytest.approx(100 * 2 / 3600)


def test_a_state_keeps_its_value_until_the_next_and_a_channel_counts_by_its_later_end() -> None:
    readings = [
        (0, usual(state="working", temperature=30)),
        (1000, usual(state="failed", temperature=50)),
        (2000, usual(state="working", temperature=50)),
        (3000, usual(state="working", temperature=30)),
    ]
    assert kpi("working_s", readings).value == pytest.approx(2.0)
    assert kpi("down_s", readings).value == pytest.approx(1.0)
    assert kpi("hot_working_s", readings).value == pytest.approx(1.0)
    assert kpi("availability", readings).value == pytest.approx(200 / 3)


def test_an_entry_is_counted_once_and_also_across_a_gap() -> None:
    states = ["working", "failed", "failed", "idle", "failed"]
    readings = [(at * 1000, usual(state=state)) for at, state in enumerate(states)]
    readings.append((90_000, usual(state="working")))
    readings.append((180_000, usual(state="failed")))
    assert kpi("failures", readings).value == 3


def test_a_mean_is_of_readings_and_its_spread_the_standard_deviation() -> None:
    temperatures = [40.0, 44.0, 48.0, 44.0]
    readings = [(at * 1000, usual(temperature=t)) for at, t in enumerate(temperatures)]
    assert kpi("hot_mean", readings).value == pytest.approx(44.0)
    assert kpi("hot_spread", readings).value == pytest.approx(math.sqrt(8.0))
    assert kpi("hottest", readings).value == 48.0
    assert kpi("coldest", readings).value == 40.0


def test_events_are_counted_and_their_fields_summed() -> None:
    sums, _ = fold(every(1000, 61))
    job(sums, volume=0.25, good=1.0)
    job(sums, volume=0.75, good=0.0)
    job(sums, volume=math.nan, good=1.0)
    found = answers(sums)
    assert found.kpi("jobs").value == 3
    assert found.kpi("good_jobs").value == 2
    assert found.kpi("litres").value == pytest.approx(1.0)
    assert found.kpi("jobs_per_h").value == pytest.approx(180.0)
    assert found.kpi("per_litre").value == pytest.approx(48.0 * 60 / 3.6e6)


def test_an_event_without_the_field_that_is_asked_about_is_not_counted() -> None:
    program = Program(with_kpi("1", "count(job, not job.good >= 0.5)"))
    sums = program.zero()
    add_job = program.functions(program.defaults()).events[0]
    for good in (math.nan, 0.0, 1.0):
        add_job(sums, (0.25, good))
    assert answers(sums, program).kpi("x").value == 1


def test_a_rate_of_what_a_counter_grew_by_is_of_all_the_time_it_grew_in() -> None:
    readings = [
        *every(1000, 61, pieces=10),
        *((3_540_000 + at, usual(pieces=70)) for at in (0, 60_000)),
    ]
    found = kpi("parts_per_h", readings)
    assert found == (60.0, 60.0, 60.0, 1.0)


# ---------------------------------------------------------------- null


@pytest.mark.parametrize("name", [entry.name for entry in MILL.kpis if entry.name != "cost"])
def test_of_nothing_nothing_can_be_told(name: str) -> None:
    answer = answers(PROGRAM.zero()).kpi(name)
    assert answer.value is None
    assert answer.coverage == 0.0


@pytest.mark.parametrize(
    "name", ["energy_kwh", "running_h", "working_s", "meter_kwh", "utilisation", "cost", "failures"]
)
def test_of_one_reading_no_sum_over_time_can_be_told(name: str) -> None:
    assert kpi(name, every(1000, 1)).value is None


def test_a_division_by_zero_has_no_value_and_no_bound() -> None:
    answer = kpi("litres_a_job", every(1000, 5))
    assert (answer.value, answer.low, answer.high) == (None, None, None)


def test_without_a_failure_the_time_between_them_has_a_least() -> None:
    entry = Kpi(name="x", title="", unit="s", role="reliability",
                formula="time(state == working) / entries(state == failed)")  # fmt: skip
    program = Program(replace(MILL, kpis=(entry,)))
    answer = answers(fold(every(1000, 301), program)[0], program).kpi("x")
    assert answer.value is None
    assert answer.low == pytest.approx(100.0)
    assert answer.high is None


def test_what_is_too_large_is_no_number() -> None:
    program = Program(with_kpi("1", "where(duration() > -1, 1e308, 0) * 1e308"))
    assert answers(fold(every(1000, 3), program)[0], program).kpi("x").value is None


def test_the_latest_of_a_stretch_of_time_is_its_mean_and_a_slope_is_of_now_alone() -> None:
    program = Program(with_kpi("K", "latest(temperature) - latest(ambient)"))
    answer = answers(fold(every(1000, 3), program)[0], program).kpi("x")
    means = Program(with_kpi("K", "mean(temperature) - mean(ambient)"))
    assert answer == answers(fold(every(1000, 3), means)[0], means).kpi("x")
    assert answer.value is not None
    program = Program(with_kpi("K/s", "slope(temperature, 10)"))
    answer = answers(fold(every(1000, 3), program)[0], program).kpi("x")
    assert (answer.value, answer.coverage) == (None, 0.0)


# ---------------------------------------------------------------- counters

METER = [
    ("it grows", [100.0, 100.001, 100.003], 0.003),
    ("it begins anew at nought", [100.0, 0.0, 0.002], 0.002),
    ("it goes round", [999.999, 0.001, 0.002], 0.003),
    ("it jumps faster than it can", [100.0, 900.0, 900.001], 0.001),
    ("it reads wrong once", [100.0, 7.0, 100.0, 100.001], 0.001),
]


@pytest.mark.parametrize(("steps", "grown"), [m[1:] for m in METER], ids=[m[0] for m in METER])
def test_a_counter_tells_how_much_it_grew(steps: list[float], grown: float) -> None:
    readings = [(at * 1000, usual(meter=value)) for at, value in enumerate(steps)]
    assert kpi("meter_kwh", readings).value == pytest.approx(grown, abs=1e-9)


def test_a_counter_bridges_a_gap_exactly() -> None:
    answer = kpi("meter_kwh", [(0, usual()), (3_600_000, usual(meter=103.5))])
    assert answer == (3.5, 3.5, 3.5, 1.0)


def test_a_counter_without_a_greatest_rate_wavers_a_little_without_growing() -> None:
    readings = [(at * 1000, usual(pieces=n)) for at, n in enumerate([100, 99, 100, 3, 5])]
    assert kpi("parts", readings).value == 1 + 3 + 2


# ---------------------------------------------------------------- readings that hold less


def test_what_a_reading_lacks_is_integrated_between_its_own() -> None:
    readings: Readings = [
        (0, usual(current=1)),
        (1000, {"speed": 1500.0}),
        (2000, {"current": 3.0}),
        (3000, usual(current=3)),
    ]
    answer = kpi("energy_kwh", readings)
    assert answer.value == pytest.approx(24 * (2 * 2 + 3) / 3.6e6)
    assert answer.coverage == 1.0


def test_what_was_lacking_for_longer_than_a_gap_was_not_measured() -> None:
    readings: Readings = [
        (0, usual(current=1)),
        *((at, {"speed": 1500.0}) for at in range(1000, 4000, 1000)),
    ]
    readings += [(4000, {"current": 3.0}), (5000, {"current": 3.0})]
    answer = kpi("energy_kwh", readings)
    assert answer.value == pytest.approx(24 * 3 / 3.6e6)
    assert answer.coverage == pytest.approx(0.2)
    assert kpi("running_h", readings).value == pytest.approx(3 / 3600)


def test_a_state_told_only_when_it_changes_holds_as_long_as_anything_is_told() -> None:
    changes = {0: "working", 30_000: "failed", 40_000: "idle"}
    readings = [
        (at, {"current": 2.0} | ({"state": changes[at]} if at in changes else {}))
        for at in range(0, 60_000, 1000)
    ]
    assert kpi("working_s", readings).value == pytest.approx(30.0)
    assert kpi("down_s", readings).value == pytest.approx(10.0)
    assert kpi("failures", readings).value == 1


def test_a_counter_told_seldom_grows_when_it_is() -> None:
    readings: Readings = [(at, {"current": 2.0}) for at in range(0, 60_000, 1000)]
    readings[0] = (0, usual(meter=5))
    readings[50] = (50_000, {"meter": 6.5})
    assert kpi("meter_kwh", readings).value == pytest.approx(1.5)


def test_what_was_never_told_cannot_be() -> None:
    readings = [(at, {"current": 2.0}) for at in range(0, 5000, 1000)]
    assert kpi("meter_kwh", readings).value is None
    assert kpi("working_s", readings).value is None
    assert kpi("energy_kwh", readings).value == pytest.approx(48 * 4 / 3.6e6)


def test_a_state_nobody_knows_is_as_none() -> None:
    assert math.isnan(PROGRAM.row(usual(state="dancing"))[-1])


# ---------------------------------------------------------------- of one reading


def test_a_derived_channel_is_computed_from_a_reading() -> None:
    assert FUNCTIONS.derive(PROGRAM.row(USUAL)) == (48.0,)
    assert math.isnan(FUNCTIONS.derive(PROGRAM.row({"speed": 1.0}))[0])


@pytest.mark.parametrize(
    ("values", "stopped"),
    [
        (usual(speed=0, state="idle"), True),
        (usual(speed=0), False),
        (usual(state="idle"), False),
        ({"speed": 0.0}, False),
    ],
)
def test_a_machine_stands_when_its_type_says_so(values: dict[str, float], *, stopped: bool) -> None:
    assert FUNCTIONS.stopped(PROGRAM.row(values)) is stopped


def test_a_service_is_due_when_its_share_is_one() -> None:
    sums, _ = fold([(0, usual(pieces=0)), (1000, usual(pieces=500))])
    assert answers(sums).service("oil").value == pytest.approx(0.25)


# ---------------------------------------------------------------- what the sums mean


def test_a_program_says_what_its_sums_mean() -> None:
    assert Program(MILL).id == PROGRAM.id
    assert Program(replace(MILL, title="Another")).id == PROGRAM.id
    assert Program(with_kpi("h", "time(speed > 200)")).id != PROGRAM.id
    meter = replace(MILL.counters[0], max_rate=1.0)
    assert Program(replace(MILL, counters=(meter, MILL.counters[1]))).id != PROGRAM.id
