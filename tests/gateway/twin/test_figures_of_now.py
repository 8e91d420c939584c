"""Every figure of the moment, of every type: by hand, and what holds whatever was measured.

Those of a stretch of time are in ``tests/contract/assets/test_figures.py``. A type or a figure that
is new is not covered until its golden value stands here.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.assets import BUILT_IN, GENERIC, get
from contract.assets.words import Asset, Channel, Limit
from contract.language.program import program_of
from contract.language.reducers import OF_THE_MOMENT
from contract.messages import Kpi, Reading
from contract.type_files.generic import Description, Learned, Said
from gateway.twin.twin import Twin
from tests.contract.assets import pumping
from tests.gateway.builders import FACTORS, T0

Values = dict[str, float]
Scale = tuple[str, float, float]  # a unit, how many of it one was, and where its zero lies


@dataclass(frozen=True, repr=False)
class Now:
    """``golden`` is what the figures are by hand after eleven ``values``, one a second."""

    asset: Asset
    golden: Mapping[str, float]
    values: Sequence[Values]
    ranges: Mapping[str, tuple[float, float]]  # whatever else they may be
    scales: Mapping[str, Scale]


_LIMIT: Final = Limit(
    side="high", at=20.0, hysteresis=1.0, delay_s=60.0, severity="High", advice="Let it cool."
)
_DESCRIBED: Final = Description(
    {"pressure": Learned("channel", 0.0, 20.0)},
    {"pressure": Said(unit="bar", normal=(0.0, 10.0), limits=(_LIMIT,))},
).asset
_KELVIN: Final = ("K", 1.0, 273.15)

NOW: Final = {
    "fan": Now(
        get("fan"),
        {
            "power_w": 12.0,  # 12 V x 1 A
            "cooling_rate_c_per_min": 3.0,  # 0.05 K a second
            "thermal_efficiency_index": 12.4 / 12.0,  # 18 K over the 22 °C as rated; 12 of 12.4 W
            "health_percent": 85.0,  # 3.4 mm/s is half way from 2.3 to 4.5
        },
        [
            {"temperature": 40.5 - 0.05 * at, "rpm": 1200.0, "current": 1.0, "vibration": 3.4}
            for at in range(11)
        ],
        {
            "temperature": (-20.0, 100.0),
            "rpm": (0.0, 3000.0),
            "current": (0.0, 5.0),
            "vibration": (0.0, 9.0),
            "ambient": (0.0, 30.0),
        },
        {
            "temperature": _KELVIN,
            "ambient": _KELVIN,
            "current": ("mA", 1000.0, 0.0),
            "vibration": ("m/s", 0.001, 0.0),
        },
    ),
    "machine_tool": Now(
        get("machine_tool"),
        {"health_percent": 85.0},  # 3.4 mm/s is half way from 2.3 to 4.5
        [
            {
                "temperature": 38.0,
                "vibration": 3.4,
                "rpm": 2400.0,
                "torque": 26.0,
                "power": 8000.0,
                "tool_wear": 120.0,
            }
        ]
        * 11,
        {
            "temperature": (-20.0, 100.0),
            "vibration": (0.0, 9.0),
            "rpm": (0.0, 6000.0),
            "torque": (-10.0, 90.0),
            "power": (0.0, 30000.0),
            "tool_wear": (0.0, 500.0),
        },
        {"temperature": _KELVIN, "power": ("kW", 0.001, 0.0), "tool_wear": ("mm", 0.001, 0.0)},
    ),
    "pump": Now(
        get("pump"),
        {
            "power_w": 782.0,  # 230 V x 4 A x 0.85
            "health_percent": 85.0,  # 3.4 mm/s is half way from 2.3 to 4.5
        },
        [
            {name: float(value) for name, value in pumping.reading(vibration_pump=3.4).items()}
            for _ in range(11)
        ],
        {
            "vibration_motor": (0.0, 9.0),
            "vibration_pump": (0.0, 9.0),
            "current": (0.0, 8.0),
            "pressure": (-0.5, 4.0),
            "motor_temperature": (0.0, 120.0),
            "water_temperature": (0.0, 80.0),
            "voltage": (180.0, 270.0),
            "flow": (0.0, 150.0),
            "inlet_pressure": (-0.9, 2.0),
        },
        {
            "motor_temperature": _KELVIN,
            "water_temperature": _KELVIN,
            "current": ("mA", 1000.0, 0.0),
            "pressure": ("kPa", 100.0, 0.0),
        },
    ),
    "instrument": Now(
        get("instrument"),
        {"health_percent": 85.0},  # 52.5 °C is half way from 50 to 55
        [
            {"temperature": 47.5 + 0.5 * at, "vibration": 0.9, "sample_time": 75.0}
            for at in range(11)
        ],
        {
            "temperature": (-20.0, 100.0),
            "vibration": (0.0, 9.0),
            "sample_time": (0.0, 300.0),
        },
        {
            "temperature": _KELVIN,
            "vibration": ("m/s", 0.001, 0.0),
            "sample_time": ("min", 1 / 60, 0.0),
        },
    ),
    GENERIC: Now(
        _DESCRIBED,
        {"health_percent": 85.0},  # 15 bar is half way from 10 to 20
        [{"pressure": 5.0 + at} for at in range(11)],
        {"pressure": (-5.0, 30.0)},
        {"pressure": ("kPa", 100.0, 0.0)},
    ),
}
each_type = pytest.mark.parametrize("now", NOW.values(), ids=NOW)


def _reading(seq: int, at_ms: int, values: Values) -> Reading:
    return Reading("a-1", seq, dict(values), T0 + at_ms, received_ms=T0 + at_ms)


def _every_second(values: Sequence[Values]) -> list[Reading]:
    return [_reading(at + 1, 1000 * at, each) for at, each in enumerate(values)]


def _twin(asset: Asset, readings: Sequence[Reading] = ()) -> Twin:
    twin = Twin(device="one", asset=asset, factors=FACTORS)
    for each in readings:
        twin.fold(each)
    return twin


def _told(twin: Twin, now: Now) -> dict[str, Kpi]:
    """Its figures of the moment, at its newest reading."""
    at_ms = T0 if twin.last is None else twin.last.time_ms or 0
    kpis = twin.state(now_ms=at_ms, status="online", sequenced=True).kpis
    return {name: kpis[name] for name in now.golden}


def _same(one: Mapping[str, Kpi], other: Mapping[str, Kpi]) -> None:
    for name, ours in one.items():
        theirs = other[name]
        assert ours.coverage == pytest.approx(theirs.coverage)
        expected = None if theirs.value is None else pytest.approx(theirs.value, rel=1e-6, abs=1e-6)
        assert ours.value == expected, name


@st.composite
def _readings(draw: st.DrawFn, now: Now) -> list[Reading]:
    """Up to half a minute of anything; what is optional is not always there."""
    rng, at_ms, found = random.Random(draw(st.integers(0, 2**32))), 0, []
    for seq in range(1, draw(st.integers(2, 30))):
        values = {name: rng.uniform(*ends) for name, ends in now.ranges.items()}
        if "ambient" in values and rng.random() < 0.5:
            del values["ambient"]
        found.append(_reading(seq, at_ms, values))
        at_ms += rng.choice((200, 1000, 1000, 1900))
    return found


# ---------------------------------------------------------------- none is left out


@pytest.mark.slow  # a type may be tried before anybody has taken a pencil to it
@pytest.mark.parametrize("name", sorted(BUILT_IN | {GENERIC}))
def test_every_figure_of_the_moment_has_a_golden_value(name: str) -> None:
    asset = _DESCRIBED if name == GENERIC else get(name)
    leaves = program_of(asset).leaves
    of_now = [
        entry.name
        for entry in asset.kpis
        if entry.rule or any(leaf.function in OF_THE_MOMENT for leaf in leaves[entry.name])
    ]
    assert sorted(NOW[name].golden if name in NOW else ()) == sorted(of_now)


# ---------------------------------------------------------------- by hand


@pytest.mark.parametrize(
    ("now", "name"),
    [
        pytest.param(now, name, id=f"{asset}-{name}")
        for asset, now in NOW.items()
        for name in now.golden
    ],
)
def test_a_figure_is_what_it_is_by_hand(now: Now, name: str) -> None:
    found = _told(_twin(now.asset, _every_second(now.values)), now)[name]
    assert found.value == pytest.approx(now.golden[name])
    assert found.coverage == 1.0


# ---------------------------------------------------------------- whatever was measured


@each_type
@given(data=st.data())
def test_what_comes_late_in_any_order_changes_nothing_of_now(now: Now, data: st.DataObject) -> None:
    *before, newest = data.draw(_readings(now))
    is_late = [data.draw(st.booleans()) for _ in before]
    in_time = [each for each, late in zip(before, is_late, strict=True) if not late]
    late = data.draw(st.permutations([e for e, late in zip(before, is_late, strict=True) if late]))
    twin = _twin(now.asset, [*in_time, newest])
    told = _told(twin, now)
    for each in late:
        twin.fold(each)
    _same(_told(twin, now), told)


@each_type
@given(data=st.data())
def test_a_twin_that_is_restored_in_between_says_the_same(now: Now, data: st.DataObject) -> None:
    readings = data.draw(_readings(now))
    at = data.draw(st.integers(0, len(readings)))
    snapshot = _twin(now.asset, readings[:at]).snapshot()
    restored = Twin.restore(snapshot, device="one", asset=now.asset, factors=FACTORS)
    for each in readings[at:]:
        restored.fold(each)
    _same(_told(restored, now), _told(_twin(now.asset, readings), now))


@each_type
@given(data=st.data())
def test_what_is_measured_in_other_units_gives_the_same(now: Now, data: st.DataObject) -> None:
    readings = data.draw(_readings(now))
    others = [_in_other_units(each, now) for each in readings]
    other = _twin(_type_in_other_units(now), others)
    _same(_told(other, now), _told(_twin(now.asset, readings), now))


def _in_other_units(reading: Reading, now: Now) -> Reading:
    values = {name: _scaled(float(v), now, name) for name, v in reading.values.items()}
    return Reading(
        reading.epoch, reading.seq, values, reading.time_ms, received_ms=reading.received_ms
    )


def _scaled(value: float, now: Now, name: str) -> float:
    _, times, zero = now.scales.get(name, ("", 1.0, 0.0))
    return times * value + zero


def _type_in_other_units(now: Now) -> Asset:
    """Its bands, limits and model of cooling as well."""

    def limit(of: Limit, name: str) -> Limit:
        back = _scaled(of.hysteresis, now, name) - _scaled(0.0, now, name)
        return replace(of, at=_scaled(of.at, now, name), hysteresis=back)

    def channel(of: Channel) -> Channel:
        low, high, *normal = (_scaled(each, now, of.name) for each in (of.low, of.high, *of.normal))
        limits = tuple(limit(each, of.name) for each in of.limits)
        band = normal[0], normal[1]
        unit = now.scales.get(of.name, (of.unit,))[0]
        return replace(of, unit=unit, low=low, high=high, normal=band, limits=limits)

    thermal = now.asset.thermal
    if thermal is not None:
        zero_c = thermal.reference_ambient_c
        thermal = replace(thermal, reference_ambient_c=_scaled(zero_c, now, "temperature"))
    return replace(
        now.asset,
        channels=tuple(map(channel, now.asset.channels)),
        thermal=thermal,
        wears=(),  # they end at limits in the units of before
    )
