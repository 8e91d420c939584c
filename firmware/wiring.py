"""What is wired to a board, as site.toml names it: sensors, the lamp, and the pins they take."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, get_args

import msgspec

from firmware.chips import Chip, Lamp
from firmware.errors import SiteError

Pin = Annotated[int, msgspec.Meta(ge=0, le=48)]
Positive = Annotated[float, msgspec.Meta(gt=0.0, le=1e6)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of site.toml."""


class _Sensor(Part, frozen=True, kw_only=True, tag_field="driver"):
    """How one channel is measured; the options are those of the driver's constructor."""

    unit: ClassVar[str]  # of the channels it can measure
    analogue: ClassVar[bool] = False
    listens: ClassVar[bool] = False  # only: a pin that is no output will do

    def uses(self, channel: str) -> Iterator[tuple[str, int, str]]:
        """Key, pin, and what the pin is for: only who says the same may share it."""
        raise NotImplementedError


class _OnPin(_Sensor, frozen=True, kw_only=True):
    pin: Pin

    def uses(self, channel: str) -> Iterator[tuple[str, int, str]]:
        yield "pin", self.pin, f"the sensor of {channel}"


class _OnBus(_Sensor, frozen=True, kw_only=True):
    scl: Pin
    sda: Pin

    def uses(self, channel: str) -> Iterator[tuple[str, int, str]]:  # noqa: ARG002 - any may join
        bus = f"of the I2C bus with scl = {self.scl} and sda = {self.sda}"
        yield "scl", self.scl, f"the clock {bus}"
        yield "sda", self.sda, f"the data line {bus}"


class Ds18b20(_OnPin, frozen=True, kw_only=True, tag="ds18b20"):
    unit = "°C"


class Ntc(_OnPin, frozen=True, kw_only=True, tag="ntc"):
    unit = "°C"
    analogue = True
    listens = True
    fixed_ohm: Positive = 10_000.0
    nominal_ohm: Positive = 10_000.0
    beta: Positive = 3950.0


class Tachometer(_OnPin, frozen=True, kw_only=True, tag="tachometer"):
    unit = "rpm"
    listens = True
    pulses_per_turn: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 2


class Acs712(_OnPin, frozen=True, kw_only=True, tag="acs712"):
    unit = "A"
    analogue = True
    listens = True
    volts_per_ampere: Positive
    divider: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.667
    zero_v: Positive = 2.5


class Ina219(_OnBus, frozen=True, kw_only=True, tag="ina219"):
    unit = "A"
    address: Annotated[int, msgspec.Meta(ge=0x40, le=0x4F)] = 0x40
    shunt_ohm: Positive = 0.1


class Mpu6050(_OnBus, frozen=True, kw_only=True, tag="mpu6050"):
    unit = "mm/s"
    address: Literal[0x68, 0x69] = 0x68


class Adxl345(_OnBus, frozen=True, kw_only=True, tag="adxl345"):
    unit = "mm/s"
    address: Literal[0x53, 0x1D] = 0x53


Sensor = Ds18b20 | Ntc | Tachometer | Acs712 | Ina219 | Mpu6050 | Adxl345
DRIVERS = tuple(str(kind.__struct_config__.tag) for kind in get_args(Sensor))


class LampTable(Part, frozen=True, kw_only=True):
    kind: Literal["plain", "inverted", "rgb", "none"]
    pin: Pin | None = None

    def __post_init__(self) -> None:
        if self.kind != "none" and self.pin is None:
            raise ValueError("pin is missing: which one is the lamp on?")


def check_units(sensors: Mapping[str, Sensor], units: Mapping[str, str]) -> None:
    """Raises SiteError where a sensor measures something else than its channel."""
    for channel, sensor in sensors.items():
        if sensor.unit != units[channel]:
            raise SiteError(
                f"sensors.{channel}.driver = {sensor.__struct_config__.tag!r}: it measures "
                f"{sensor.unit}, and {channel} is in {units[channel]}"
            )


def check_pins(sensors: Mapping[str, Sensor], lamp: Lamp, chip: Chip) -> None:
    """Raises SiteError where ``chip`` cannot use a pin so, or two would use the same."""
    taken: dict[int, str] = {}
    if lamp.kind != "none":
        _check_lamp(lamp, chip)
        taken[lamp.pin] = "the lamp; the table [lamp] says where that is, or that there is none"
    for channel, sensor in sensors.items():
        for key, pin, use in sensor.uses(channel):
            where = f"sensors.{channel}.{key} = {pin}"
            _check_pin(where, sensor, pin, chip)
            if taken.setdefault(pin, use) != use:
                raise SiteError(f"{where}: the pin is taken by {taken[pin]}")
    buses = {(sensor.scl, sensor.sda) for sensor in sensors.values() if isinstance(sensor, _OnBus)}
    if len(buses) > chip.buses:
        raise SiteError(f"sensors: {chip.title} has {chip.buses} I2C bus, not {len(buses)}")


def _check_lamp(lamp: Lamp, chip: Chip) -> None:
    where = f"lamp.pin = {lamp.pin}"
    if lamp.pin not in chip.usable:
        raise SiteError(f"{where}: {chip.title} does not have that pin free")
    if lamp.pin in chip.input_only:
        raise SiteError(f"{where}: it can only listen, and cannot feed a lamp")


def _check_pin(where: str, sensor: Sensor, pin: int, chip: Chip) -> None:
    if pin not in chip.usable:
        raise SiteError(f"{where}: {chip.title} does not have that pin free")
    if pin in chip.starting:
        raise SiteError(
            f"{where}: with a sensor on that pin {chip.title} may not start, which reads there how "
            "it is to"
        )
    if sensor.analogue and pin not in chip.analogue:
        listed = ", ".join(map(str, sorted(chip.analogue)))
        raise SiteError(f"{where}: it measures no voltage beside Wi-Fi; those do: {listed}")
    if not sensor.listens and pin in chip.input_only:
        raise SiteError(f"{where}: it can only listen, and this sensor must be spoken to")
