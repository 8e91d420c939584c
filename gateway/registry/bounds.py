"""A parameter's name and a value in; whether anybody can have meant that out. Pure.

What is beyond is a slip, and would stand on bills for good.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from contract.assets.words import (
    CO2_PER_KWH,
    DOWNTIME_COST,
    MOST_CO2_PER_KWH,
    MOST_PRICE_PER_KWH,
    PRICE_PER_KWH,
    Param,
)
from contract.errors import Refused


class Bounds(NamedTuple):
    """Both are allowed."""

    least: float
    most: float


OF_ALL: Final = Bounds(-1e12, 1e12)
# People, a supply's voltage, a flow, an interval: with -12 V energy would flow back.
OF_AMOUNTS: Final = Bounds(0.0, 1e12)
_POINTS_ON_A_SCALE: Final = ("°C",)
OF: Final[Mapping[str, Bounds]] = {
    PRICE_PER_KWH.name: Bounds(0.0, MOST_PRICE_PER_KWH),
    CO2_PER_KWH.name: Bounds(0.0, MOST_CO2_PER_KWH),
    DOWNTIME_COST.name: Bounds(0.0, 1e9),
}


def _usual(param: Param) -> Bounds:
    is_amount = param.default >= 0 and param.unit not in _POINTS_ON_A_SCALE
    return OF_AMOUNTS if is_amount else OF_ALL


def check(param: Param, value: float, where: str = "") -> None:
    """Raises Refused: the value lies beyond; ``where``: in which part of the week."""
    least, most = OF.get(param.name) or _usual(param)
    if not least <= value <= most:
        unit = f" {param.unit}" if param.unit else ""
        what = f"{param.name} ({where})" if where else param.name
        raise Refused(f"{what} may be {least:g} to {most:g}{unit}; {value:g} is a slip.")
