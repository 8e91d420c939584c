"""Meters on a serial line, which measure several quantities each."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from firmware.device.sensors.modbus import ANY
from firmware.drivers.base import Driver, Kind, Pin, Signal, Word


class OnLine(Driver, frozen=True, kw_only=True):
    tx: Pin
    rx: Pin
    address: Annotated[int, msgspec.Meta(ge=1, le=ANY)] = ANY

    def uses(self, name: str) -> Iterator[tuple[str, int, str]]:  # noqa: ARG002 - any may join
        line = f"of the serial line with tx = {self.tx} and rx = {self.rx}"
        yield "tx", self.tx, f"the sender {line}"
        yield "rx", self.rx, f"the receiver {line}"

    def listens_on(self, key: str) -> bool:
        return key == "rx"


Quantity = Literal[
    "voltage", "current", "power", "energy", "energy_kwh", "frequency", "power_factor"
]
# Unit, kind and decimals of each.
_QUANTITIES: dict[str, tuple[str, Kind, int]] = {
    "voltage": ("V", "measurement", 1),
    "current": ("A", "measurement", 3),
    "power": ("W", "measurement", 1),
    "energy": ("Wh", "counter", 0),
    "energy_kwh": ("kWh", "counter", 3),
    "frequency": ("Hz", "measurement", 1),
    "power_factor": ("1", "measurement", 2),
}


class Pzem004t(OnLine, frozen=True, kw_only=True, tag="pzem004t"):
    channels: dict[Word, Quantity]

    def __post_init__(self) -> None:
        if not self.channels:
            raise ValueError(
                'channels is empty: name some, as channels = { supply = "voltage" }; there are '
                + ", ".join(_QUANTITIES)
            )

    def signals(self, name: str) -> tuple[Signal, ...]:  # noqa: ARG002 - its channels have names
        return tuple(Signal(each, *_QUANTITIES[what]) for each, what in self.channels.items())
