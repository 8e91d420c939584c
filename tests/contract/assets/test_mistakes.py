"""Each mistake that no type checker sees is told in a sentence that names it."""

from dataclasses import replace
from typing import Any

import pytest

from contract.assets import CATALOGUE
from contract.assets.mistakes import mistakes
from contract.assets.words import Asset, Channel, Kpi

FAN = CATALOGUE["fan"]
HEAT = FAN.by_name["temperature"]


def with_channel(**changes: Any) -> Asset:
    channel = replace(HEAT, **changes)
    return replace(FAN, channels=(channel, *FAN.channels[1:]))


def with_kpi(name: str, **fields: Any) -> Asset:
    return replace(FAN, kpis=(Kpi(name=name, title=name, **fields),))


@pytest.mark.parametrize(
    ("asset", "words"),
    [
        (with_channel(high=1e6), "-40 to 1e+06 °C is more than 100 times its normal band"),
        (with_channel(low=-300.0), "nothing is colder than -273.15 °C"),
        (with_channel(normal=(20.0, 20.5)), "normal band is less than 10 steps wide"),
        (with_channel(accuracy=0.05), "its sensor is good to 0.05 °C, and 1 decimals carry 0.1"),
        (with_channel(normal=(20.0, 55.05)), "normal to (55.05) is finer than the 1 decimals"),
        (
            with_channel(limits=(replace(HEAT.limits[0], at=70.25),)),
            "the high limit (70.25) is finer than the 1 decimals",
        ),
        (
            with_kpi("power_w", unit="kg", rule="cooling_rate"),
            "the rule cooling_rate gives °C/min, not kg",
        ),
        (
            with_kpi("power_w", unit="W", formula="latest(power)", headline=True),
            "a headline needs a role",
        ),
        (
            with_kpi("power_w", unit="%", rule="health"),
            "what the rule health gives has the role 'health'",
        ),
        (
            with_kpi("energy_wh", unit="kWh", formula="integral(power)", role="energy"),
            "its name ends in wh, and its unit is kWh",
        ),
        (
            with_kpi("energy_wh", unit="Wh", formula="integral(power)"),
            "no figure has the role 'energy'",
        ),
        (
            with_kpi("power_w", unit="W", formula="latest(power)", role="energy"),
            "what has the role 'energy' is in J, kJ, MJ, Wh, kWh, MWh",
        ),
        (
            with_kpi("energy_wh", unit="Wh", formula="integral(power)", role="cost"),
            "what has the role 'cost' is in a currency",
        ),
    ],
)
def test_it_is_told(asset: Asset, words: str) -> None:
    found = mistakes(asset)
    assert any(words in sentence for sentence in found), found
    names = ("temperature", "energy_wh", "power_w", "co2_g")
    assert all(sentence.startswith(names) for sentence in found)


def test_nothing_is_told_of_what_can_be_meant() -> None:
    assert mistakes(FAN) == []


def test_a_type_says_how_often_it_is_measured() -> None:
    channel = Channel(name="x", title="X", unit="V", low=0, high=1, normal=(0, 1))
    with pytest.raises(TypeError, match="nominal_rate_hz"):
        Asset(  # type: ignore[call-arg]
            name="x",
            title="X",
            icon="mdi-x",
            channels=(channel,),
            kpis=(),
            faults=(),
            thermal=None,
            running=FAN.running,
        )
