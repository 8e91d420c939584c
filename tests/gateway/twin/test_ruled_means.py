"""What a rule tells at each reading, as the mean of a stretch of time: in any order, in parts."""

import random
from collections.abc import Sequence
from functools import reduce
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets import get
from contract.language.answers import Answers
from contract.language.parts import Part, answers_of
from contract.language.planned import has_mean
from contract.language.reasons import NOT_KEPT, NOT_MEASURED
from contract.messages import Minute, Reading
from gateway.twin.cadence import measured
from gateway.twin.ledger import ledger_of
from gateway.twin.minutes import Integrator
from gateway.twin.tiers import of_minutes, of_tiers
from gateway.twin.twin import Twin
from tests.gateway.builders import FACTORS, T0

FAN: Final = get("fan")
LEDGER: Final = ledger_of(FAN)
PROGRAM: Final = LEDGER.program
INDEX: Final = "thermal_efficiency_index"
COOLING: Final = "cooling_rate_c_per_min"
RATED: Final = {"temperature": 40.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}
AS_RATED: Final = 12.4 / 12.0  # 18 K over the 22 °C as rated; 12 of 12.4 W


def reading(seq: int, at_ms: int, values: dict[str, float]) -> Reading:
    return Reading("a-1", seq, dict(values), T0 + at_ms, received_ms=T0 + at_ms)


def every_second(values: Sequence[dict[str, float]]) -> list[Reading]:
    return [reading(at + 1, 1000 * at, each) for at, each in enumerate(values)]


def minutes_of(readings: Sequence[Reading]) -> list[Minute]:
    integrator, found = Integrator(FAN), list[Minute | None]()
    flags = [False, *measured(readings, round(FAN.max_gap_s * 1000))]
    for each, is_measured in zip(readings, flags, strict=True):
        row = LEDGER.row(each.values)
        found.append(integrator.add(each.time_ms or 0, row, is_measured))
    return list(filter(None, [*found, integrator.minute()]))


def answers(minutes: Sequence[Minute], elapsed_ms: int = 0) -> Answers:
    sums = reduce(LEDGER.added, map(LEDGER.sums, minutes), LEDGER.zero())
    return answers_of(PROGRAM, [Part(sums, PROGRAM.defaults(), elapsed_ms)])


# ---------------------------------------------------------------- by hand


def test_the_mean_of_what_stays_is_what_it_was() -> None:
    cooling = [
        RATED | {"temperature": 40.5 - at / 20, "ambient": 22.5 - at / 20} for at in range(121)
    ]
    found = answers(minutes_of(every_second(cooling)), 120_000)
    index, rate = found.kpi(INDEX), found.kpi(COOLING)
    for each in (index.value, index.low, index.high):
        assert each == pytest.approx(AS_RATED)
    assert rate.value == pytest.approx(3.0)  # 0.05 K a second
    assert index.coverage == rate.coverage == 1.0
    assert found.reason(INDEX) is found.reason(COOLING) is None


def test_a_moment_counts_as_long_as_it_stood() -> None:
    """36 K for three of four seconds, 18 K for one: no mean of readings."""
    hot = RATED | {"temperature": 58.0}
    story = [(0, RATED), (1000, RATED), (2500, hot), (4000, hot)]
    found = answers(minutes_of([reading(at + 1, *each) for at, each in enumerate(story)]), 4000)
    assert found.kpi(INDEX).value == pytest.approx(AS_RATED * (1 * 1.0 + 3 * 0.5) / 4)


def test_while_it_stands_still_there_is_none_and_it_is_said_so() -> None:
    still = RATED | {"rpm": 0.0, "current": 0.0}
    found = answers(minutes_of(every_second([still] * 61)), 60_000)
    assert found.kpi(INDEX) == (None, None, None, 0.0)
    assert found.reason(INDEX) == (
        "there is none while the machine stands still, or is hardly warmer than what is around it"
    )
    half = answers(minutes_of(every_second([*[RATED] * 31, *[still] * 30])), 60_000).kpi(INDEX)
    assert half.value == pytest.approx(AS_RATED)
    assert half.coverage == pytest.approx(0.5)
    assert half.low == pytest.approx(AS_RATED / 2)
    assert half.high == pytest.approx(AS_RATED / 2 + 1.0)  # at most 2 in the other half


def test_readings_without_the_ambient_count_where_none_has_it() -> None:
    warm = RATED | {"temperature": 48.0, "ambient": 30.0}  # as rated, and the reference says 26 K
    alone = answers(minutes_of(every_second([RATED] * 11)), 10_000).kpi(INDEX)
    assert alone.value == pytest.approx(AS_RATED)
    assert alone.coverage == 1.0
    without = {name: value for name, value in warm.items() if name != "ambient"}
    mixed = answers(minutes_of(every_second([without, *[warm, without] * 5])), 10_000).kpi(INDEX)
    assert mixed.value == pytest.approx(AS_RATED)
    assert mixed.coverage == pytest.approx(0.5)


def test_while_power_is_not_known_nobody_knows_the_index() -> None:
    twin = Twin(device="one", asset=FAN, factors=FACTORS)
    for each in every_second([{n: v for n, v in RATED.items() if n != "current"}] * 61):
        twin.fold(each)
    told = twin.state(now_ms=T0 + 60_000, status="online", sequenced=True).kpis
    assert told[INDEX].value is None
    is_open = twin.open_minute()
    assert is_open is not None
    assert answers([is_open]).kpi(INDEX).value is None


def test_nothing_is_told_of_what_was_not_measured_or_not_kept() -> None:
    assert answers([]).reason(INDEX) == NOT_MEASURED
    [minute, *_] = minutes_of(every_second([RATED] * 90))
    older = msgspec.structs.replace(minute, program="0123456789ab", sums=[1, 2])
    for minutes in ([older], [older, minute]):  # what one does not know, both do not
        found = answers(minutes, 60_000)
        assert found.kpi(INDEX).value is None
        assert found.reason(INDEX) == found.reason(COOLING) == NOT_KEPT
        assert found.kpi("energy_wh").value is not None


def test_who_asks_finds_what_has_a_mean() -> None:
    means = [kpi.name for kpi in FAN.kpis if has_mean(FAN, kpi) and not kpi.formula]
    assert {COOLING, INDEX} <= set(means)


# ---------------------------------------------------------------- whatever is measured

VALUES: Final = st.fixed_dictionaries(
    {
        "temperature": st.floats(15, 90),
        "rpm": st.sampled_from([0.0, 150.0, 201.0, 900.0, 1200.0, 3000.0]),
        "vibration": st.just(0.8),
    },
    optional={"current": st.floats(0, 3), "ambient": st.floats(10, 40)},
)
STORIES: Final = st.lists(
    st.tuples(st.sampled_from([200, 1000, 1000, 2000, 2300, 9000, 61_000]), VALUES),
    min_size=1,
    max_size=60,
)


def told_by(story: list[tuple[int, dict[str, float]]]) -> list[Reading]:
    at_ms, found = 0, []
    for seq, (step_ms, values) in enumerate(story, start=1):
        at_ms += step_ms
        found.append(reading(seq, at_ms, values))
    return found


def index_by_hand(values: dict[str, float]) -> float | None:
    rise_c, rpm = values["temperature"] - values.get("ambient", 22.0), values["rpm"]
    if rise_c < 2.0 or rpm <= 200.0 or not values.get("current"):
        return None
    speed, power_w = rpm / 1200.0, 12.0 * values["current"]
    index: float = 18.0 / rise_c / speed**0.8 * 12.4 * speed**2 / power_w
    return min(2.0, index)


def mean_by_hand(parts: list[tuple[float, int]]) -> float | None:
    whole_ms = sum(ms for _, ms in parts)
    return sum(value * ms for value, ms in parts) / whole_ms if whole_ms else None


@given(STORIES)
def test_a_mean_is_that_of_the_moments_by_the_time_they_stood(
    story: list[tuple[int, dict[str, float]]],
) -> None:
    readings = told_by(story)
    flags = [False, *measured(readings, round(FAN.max_gap_s * 1000))]
    beside, plain, falls = list[tuple[float, int]](), list[tuple[float, int]](), 0.0
    measured_ms = 0
    for before, each, is_measured in zip(readings, readings[1:], flags[1:], strict=False):
        values: dict[str, float] = each.values  # type: ignore[assignment]
        length_ms = (each.time_ms or 0) - (before.time_ms or 0)
        if is_measured:
            measured_ms += length_ms
            falls += float(before.values["temperature"]) - values["temperature"]
            index = index_by_hand(values)
            if index is not None:
                (beside if "ambient" in values else plain).append((index, length_ms))
    found = answers(minutes_of(readings))
    expected = mean_by_hand(beside or plain)
    assert found.kpi(INDEX).value == (None if expected is None else pytest.approx(expected))
    rate = falls / measured_ms * 60_000 if measured_ms else None
    assert found.kpi(COOLING).value == (None if rate is None else pytest.approx(rate, abs=1e-9))


@given(STORIES, st.randoms(use_true_random=False))
def test_minutes_in_any_order_and_their_sums_tell_the_same(
    story: list[tuple[int, dict[str, float]]], shuffler: random.Random
) -> None:
    minutes = minutes_of(told_by(story))
    whole = answers(minutes)
    shuffler.shuffle(minutes)
    shuffled = answers(minutes)
    half = len(minutes) // 2
    quarters = [*of_minutes(T0, minutes[:half], LEDGER), *of_minutes(T0, minutes[half:], LEDGER)]
    [hour] = of_tiers(T0, quarters, LEDGER)
    assert hour.sums is not None
    summed = answers_of(PROGRAM, [Part(hour.sums, PROGRAM.defaults(), 0)])
    for name in (INDEX, COOLING):
        expected = whole.kpi(name).value
        near = None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert shuffled.kpi(name).value == near
        assert summed.kpi(name).value == near
