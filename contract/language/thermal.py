"""A type's thermal model in; out, the function that says of one reading how well it is cooled."""

from collections.abc import Callable
from math import inf, nan
from typing import Final

from contract.assets.words import Running, ThermalModel

LEAST_RISE_C: Final = 2.0  # a smaller rise is mostly the error of two thermometers
GREATEST_INDEX: Final = 2.0

Index = Callable[[float, float, float, float, float | None], float]


def thermal_index(thermal: ThermalModel, running: Running | None) -> Index:
    """The index as a function of temperature, speed, ambient, the channel of running, and power.

    NaN where one is not known or there is none; ``gateway.twin.kpi.thermal_efficiency_index`` has
    its definition, of which the constants are worked out once here: it is asked at each reading.
    Power is None of a type that tells none: then the rise is judged alone.
    """
    above = -inf if running is None else running.above
    cooling, rated_rpm, rated_w = thermal.cooling_exponent, thermal.rated_rpm, thermal.rated_power_w
    by_rise = thermal.rated_rise_c * rated_rpm**cooling
    more = thermal.power_exponent - cooling
    by_power = thermal.rated_rise_c * (rated_w or 0.0) / rated_rpm**more

    def index(
        temperature: float, rpm: float, ambient: float, runs: float, power_w: float | None
    ) -> float:
        rise_c = temperature - ambient
        if not (rise_c >= LEAST_RISE_C and runs > above and rpm > 0.0):
            return nan
        found: float
        if rated_w is None or power_w is None:
            found = by_rise / (rise_c * rpm**cooling)
        elif power_w > 0.0:
            found = by_power * rpm**more / (rise_c * power_w)
        else:
            return nan
        return min(found, GREATEST_INDEX)

    return index
