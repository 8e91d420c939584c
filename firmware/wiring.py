"""Whether what is wired to a board can be: sensors, the lamp, and the pins they take."""

from collections.abc import Mapping
from typing import Literal

from firmware.chips import Chip, Lamp
from firmware.device.sensors.modbus import ANY
from firmware.drivers import Sensor
from firmware.drivers.base import OnBus, Part, Pin
from firmware.drivers.meters import OnLine
from firmware.errors import SiteError


class LampTable(Part, frozen=True, kw_only=True):
    kind: Literal["plain", "inverted", "rgb", "none"]
    pin: Pin | None = None

    def __post_init__(self) -> None:
        if self.kind != "none" and self.pin is None:
            raise ValueError("pin is missing: which one is the lamp on?")


def check_pins(sensors: Mapping[str, Sensor], lamp: Lamp, chip: Chip) -> None:
    """Raises SiteError where ``chip`` cannot use a pin so, or two would use the same."""
    taken: dict[int, str] = {}
    if lamp.kind != "none":
        _check_lamp(lamp, chip)
        taken[lamp.pin] = "the lamp; the table [lamp] says where that is, or that there is none"
    for name, sensor in sensors.items():
        for key, pin, use in sensor.uses(name):
            where = f"sensors.{name}.{key} = {pin}"
            _check_pin(where, sensor, key, pin, chip)
            if taken.setdefault(pin, use) != use:
                raise SiteError(f"{where}: the pin is taken by {taken[pin]}")
        try:
            sensor.check(chip)
        except ValueError as error:
            raise SiteError(f"sensors.{name}.{error}") from None
    _check_shared(sensors, chip)


def _check_shared(sensors: Mapping[str, Sensor], chip: Chip) -> None:
    buses = {(each.scl, each.sda) for each in sensors.values() if isinstance(each, OnBus)}
    if len(buses) > chip.buses:
        raise SiteError(f"sensors: {chip.title} has {chip.buses} I2C bus, not {len(buses)}")
    lines: dict[tuple[int, int], list[int]] = {}
    for each in sensors.values():
        if isinstance(each, OnLine):
            lines.setdefault((each.tx, each.rx), []).append(each.address)
    if len(lines) > chip.lines:
        raise SiteError(f"sensors: {chip.title} has {chip.lines} serial line(s), not {len(lines)}")
    for (tx, rx), addresses in lines.items():
        if len(set(addresses)) < len(addresses) or (len(addresses) > 1 and ANY in addresses):
            raise SiteError(
                f"sensors: the meters on the line with tx = {tx} and rx = {rx} need an address "
                f"each, of their own and not {ANY:#x}, which all of them answer"
            )


def _check_lamp(lamp: Lamp, chip: Chip) -> None:
    where = f"lamp.pin = {lamp.pin}"
    if lamp.pin not in chip.usable:
        raise SiteError(f"{where}: {chip.title} does not have that pin free")
    if lamp.pin in chip.input_only:
        raise SiteError(f"{where}: it can only listen, and cannot feed a lamp")


def _check_pin(where: str, sensor: Sensor, key: str, pin: int, chip: Chip) -> None:
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
    if not sensor.listens_on(key) and pin in chip.input_only:
        raise SiteError(f"{where}: it can only listen, and this sensor must be spoken to")
