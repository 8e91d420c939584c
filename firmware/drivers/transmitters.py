"""Transmitters of any quantity: 0-10 V and 4-20 mA."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from firmware.chips import Chip
from firmware.drivers.base import Decimals, Driver, Pin, Positive, Signal, Unit

_LOOP_MA = 21.0  # NAMUR NE 43: what a loop in fault shows must still be told from a value


class _Analogue(Driver, frozen=True, kw_only=True):
    analogue = True
    listens = True
    pin: Pin
    unit: Unit
    low: float
    high: float
    decimals: Decimals = 2

    def __post_init__(self) -> None:
        if self.low == self.high:
            raise ValueError("low and high are the two ends of its range, and must differ")

    def signals(self, name: str) -> tuple[Signal, ...]:
        return (Signal(name, self.unit, "measurement", self.decimals),)

    def uses(self, name: str) -> Iterator[tuple[str, int, str]]:
        yield "pin", self.pin, f"the sensor of {name}"

    def told(self) -> dict[str, Any]:
        told = super().told()
        return {key: value for key, value in told.items() if key not in {"unit", "decimals"}}


class VoltageInput(_Analogue, frozen=True, kw_only=True, tag="voltage_input"):
    divider: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]
    from_v: Annotated[float, msgspec.Meta(ge=0.0, le=100.0)] = 0.0
    to_v: Annotated[float, msgspec.Meta(ge=0.0, le=100.0)] = 10.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.from_v >= self.to_v:
            raise ValueError("from_v must be below to_v; low may be above high")

    def check(self, chip: Chip) -> None:
        if self.to_v * self.divider > chip.adc_v:
            raise ValueError(
                f"divider = {self.divider:g}: {self.to_v:g} V would be "
                f"{self.to_v * self.divider:.2f} V at the pin, and {chip.title} measures up to "
                f"{chip.adc_v:g} V; {chip.adc_v / self.to_v:.3f} does at most"
            )


class CurrentLoop(_Analogue, frozen=True, kw_only=True, tag="current_loop"):
    shunt_ohm: Positive

    def check(self, chip: Chip) -> None:
        most_v = self.shunt_ohm * _LOOP_MA / 1000
        if most_v > chip.adc_v:
            raise ValueError(
                f"shunt_ohm = {self.shunt_ohm:g}: {_LOOP_MA:g} mA would be {most_v:.2f} V at the "
                f"pin, and {chip.title} measures up to {chip.adc_v:g} V; "
                f"{int(chip.adc_v / _LOOP_MA * 1000)} ohm do at most"
            )
