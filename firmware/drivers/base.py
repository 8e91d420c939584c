"""What drivers have in common: channels they fill, pins they take, what the board is told."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from firmware.chips import Chip

WORD = r"^[a-z][a-z0-9_]{0,31}\Z"  # a channel, or a value of a state: formulas name both

Pin = Annotated[int, msgspec.Meta(ge=0, le=48)]
Positive = Annotated[float, msgspec.Meta(gt=0.0, le=1e6)]
Word = Annotated[str, msgspec.Meta(pattern=WORD)]
Unit = Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
Decimals = Annotated[int, msgspec.Meta(ge=0, le=6)]
Kind = Literal["measurement", "state", "counter"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of site.toml."""


class Signal(msgspec.Struct, frozen=True):
    """A channel that a sensor fills. ``values`` are those of a state."""

    name: str
    unit: str
    kind: Kind = "measurement"
    decimals: int = 3
    values: tuple[str, ...] = ()


class Driver(Part, frozen=True, kw_only=True, tag_field="driver"):
    """How channels are measured; the options are those of the driver's constructor."""

    analogue: ClassVar[bool] = False
    listens: ClassVar[bool] = False  # only: a pin that is no output will do

    def signals(self, name: str) -> tuple[Signal, ...]:
        """What it fills; ``name`` is that of its table."""
        raise NotImplementedError

    def uses(self, name: str) -> Iterator[tuple[str, int, str]]:
        """Key, pin, and what the pin is for: only who says the same may share it."""
        raise NotImplementedError

    def listens_on(self, _key: str) -> bool:
        return self.listens

    def check(self, chip: Chip) -> None:
        """Raises ValueError, beginning with the key, where ``chip`` cannot measure so."""

    def told(self) -> dict[str, Any]:
        """What the board is told of it."""
        options: dict[str, Any] = msgspec.to_builtins(self)
        return options


class _OfUnit(Driver, frozen=True, kw_only=True):
    unit: ClassVar[str]  # of the channels it can measure

    def signals(self, name: str) -> tuple[Signal, ...]:
        return (Signal(name, self.unit),)


class OnPin(_OfUnit, frozen=True, kw_only=True):
    pin: Pin

    def uses(self, name: str) -> Iterator[tuple[str, int, str]]:
        yield "pin", self.pin, f"the sensor of {name}"


class OnBus(_OfUnit, frozen=True, kw_only=True):
    scl: Pin
    sda: Pin

    def uses(self, name: str) -> Iterator[tuple[str, int, str]]:  # noqa: ARG002 - any may join
        bus = f"of the I2C bus with scl = {self.scl} and sda = {self.sda}"
        yield "scl", self.scl, f"the clock {bus}"
        yield "sda", self.sda, f"the data line {bus}"
