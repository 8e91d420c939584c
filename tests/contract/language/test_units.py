"""Units: what a text means, and which ones are alike."""

import pytest

from contract.assets import CATALOGUE
from contract.errors import WrongType
from contract.language.units import unit


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("kWh", "J", 3.6e6),
        ("kWh", "Wh", 1000.0),
        ("V A", "W", 1.0),
        ("A h", "Ah", 1.0),
        ("N m", "J", 1.0),
        ("N·m", "N m", 1.0),
        ("L/min", "m3/h", 0.06),
        ("m³", "L", 1000.0),
        ("rpm", "Hz", 1 / 60),
        ("1/h", "1/d", 24.0),
        ("bar", "Pa", 1e5),
        ("kg/kWh", "g/Wh", 1.0),
        ("%", "1", 0.01),
        ("°C/min", "K/h", 60.0),
        ("W/m2/K", "W/m2 /K", 1.0),
        ("GBP/kWh", "GBP/MWh", 1000.0),
        ("mm/s", "m/s", 1e-3),
        ("µm", "um", 1.0),
    ],
)
def test_units_of_one_dimension_differ_by_a_factor(one: str, other: str, ratio: float) -> None:
    assert unit(one).is_like(unit(other))
    assert unit(one).per(unit(other)) == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("one", "other"),
    [("W", "Wh"), ("GBP", "EUR"), ("°C", "K"), ("L", "kg"), ("V", "A"), ("pH", "1"), ("dB", "1")],
)
def test_unlike_units_are_unlike(one: str, other: str) -> None:
    assert not unit(one).is_like(unit(other))


@pytest.mark.parametrize(
    "text", ["kwh", "KWh", "C02", "", " ", "W/", "/h", "m-1", "2", "h" * 41, "m99"]
)
def test_what_is_no_unit_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(WrongType, match=r"is no unit"):
        unit(text)


@pytest.mark.parametrize("asset", CATALOGUE.values(), ids=str)
def test_every_unit_of_the_catalogue_is_known(asset: object) -> None:
    for channel in asset.channels:  # type: ignore[attr-defined]
        unit(channel.unit)
    for kpi in asset.kpis:  # type: ignore[attr-defined]
        unit(kpi.unit)
