"""Pins that are high or low: states and pulses."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any, Literal

import msgspec

from firmware.chips import Chip
from firmware.drivers.base import Decimals, Driver, Part, Pin, Signal, Unit, Word

_MOST_PART = 10**9  # numerator and denominator of the units of a pulse


class _Contact(Driver, frozen=True, kw_only=True):
    listens = True
    active_low: bool = True
    pull: Literal["up", "down", "none"] | None = None  # without it to where the pin is not active

    def check(self, chip: Chip) -> None:
        if self._pull == "none":
            return
        for key, pin, _use in self.uses(""):
            if pin in chip.unpulled:
                raise ValueError(
                    f"{key} = {pin}: {chip.title} has no pull-up or pull-down on that pin; wire a "
                    'resistor of 10 kOhm, and say pull = "none"'
                )

    @property
    def _pull(self) -> str:
        return self.pull or ("up" if self.active_low else "down")

    def told(self) -> dict[str, Any]:
        return super().told() | {"pull": self._pull}


class Input(Part, frozen=True, kw_only=True):
    """One of several pins of a state."""

    pin: Pin
    state: Word


class Digital(_Contact, frozen=True, kw_only=True, tag="digital"):
    pin: Pin | None = None
    on: Word | None = None
    inputs: tuple[Input, ...] = ()
    off: Word
    debounce_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 20

    def __post_init__(self) -> None:
        if self.inputs and (self.pin is not None or self.on is not None):
            raise ValueError("inputs stands for pin and on: give it, or those two")
        if not self.inputs and (self.pin is None or self.on is None):
            raise ValueError("pin and on are missing, or inputs: which pin shows which state?")
        if self.off in {each.state for each in self._inputs}:
            raise ValueError(f"off = {self.off!r} must be another state than those of the inputs")

    @property
    def _inputs(self) -> tuple[Input, ...]:
        if self.pin is None or self.on is None:
            return self.inputs
        return (Input(pin=self.pin, state=self.on),)

    def signals(self, name: str) -> tuple[Signal, ...]:
        states = [*(each.state for each in self._inputs), self.off]
        return (Signal(name, "", "state", 0, tuple(dict.fromkeys(states))),)

    def uses(self, name: str) -> Iterator[tuple[str, int, str]]:
        for number, each in enumerate(self._inputs):
            key = f"inputs[{number}].pin" if self.inputs else "pin"
            yield key, each.pin, f"input {number + 1} of {name}"

    def told(self) -> dict[str, Any]:
        told = super().told() | {"inputs": msgspec.to_builtins(self._inputs)}
        return {key: value for key, value in told.items() if key not in {"pin", "on"}}


class Pulses(_Contact, frozen=True, kw_only=True, tag="pulses"):
    pin: Pin
    unit: Unit
    units_per_pulse: float | int | str = 1
    decimals: Decimals | None = None  # without it 0 where a pulse is whole units, else 3
    debounce_ms: Annotated[float, msgspec.Meta(ge=0.1, le=1000.0)] = 5.0

    def __post_init__(self) -> None:
        if not 0 < self._units <= _MOST_PART:
            raise ValueError(
                f"units_per_pulse = {self.units_per_pulse!r} must be a number above 0, or a "
                'fraction in quotes, as "1/450" for 450 pulses a litre'
            )

    @property
    def _units(self) -> Fraction:
        """As it is written: 0.1 is a tenth. 0 where it is no number."""
        try:
            return Fraction(str(self.units_per_pulse)).limit_denominator(_MOST_PART)
        except (ValueError, ZeroDivisionError):
            return Fraction(0)

    @property
    def _decimals(self) -> int:
        if self.decimals is not None:
            return self.decimals
        return 0 if self._units.denominator == 1 else 3

    def signals(self, name: str) -> tuple[Signal, ...]:
        return (Signal(name, self.unit, "counter", self._decimals),)

    def uses(self, name: str) -> Iterator[tuple[str, int, str]]:
        yield "pin", self.pin, f"the counter {name}"

    def told(self) -> dict[str, Any]:
        told = super().told() | {"decimals": self._decimals}
        told |= {"numerator": self._units.numerator, "denominator": self._units.denominator}
        return {key: value for key, value in told.items() if key not in {"unit", "units_per_pulse"}}
