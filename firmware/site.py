"""What a board is told: ``site.toml`` of a person in, ``site.json`` of a board out."""

import json
import re
import ssl
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from firmware import models
from firmware.chips import Chip, Lamp
from firmware.errors import SiteError

_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"  # docs/architecture.md section 3

Name = Annotated[str, msgspec.Meta(pattern=_NAME)]
Pin = Annotated[int, msgspec.Meta(ge=0, le=48)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Rate = Annotated[float, msgspec.Meta(ge=0.1, le=50.0)]
Positive = Annotated[float, msgspec.Meta(gt=0.0)]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of site.toml."""


class _Sensor(_Part, frozen=True, kw_only=True, tag_field="driver"):
    """How one channel is measured; the options are those of the driver's constructor."""


class Ds18b20(_Sensor, frozen=True, kw_only=True, tag="ds18b20"):
    pin: Pin


class Ntc(_Sensor, frozen=True, kw_only=True, tag="ntc"):
    pin: Pin
    fixed_ohm: Positive = 10_000.0
    nominal_ohm: Positive = 10_000.0
    beta: Positive = 3950.0


class Tachometer(_Sensor, frozen=True, kw_only=True, tag="tachometer"):
    pin: Pin
    pulses_per_turn: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 2


class Acs712(_Sensor, frozen=True, kw_only=True, tag="acs712"):
    pin: Pin
    volts_per_ampere: Positive
    divider: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.667
    zero_v: Positive = 2.5


class Ina219(_Sensor, frozen=True, kw_only=True, tag="ina219"):
    scl: Pin
    sda: Pin
    address: Annotated[int, msgspec.Meta(ge=0x40, le=0x4F)] = 0x40
    shunt_ohm: Positive = 0.1


class Mpu6050(_Sensor, frozen=True, kw_only=True, tag="mpu6050"):
    scl: Pin
    sda: Pin
    address: Literal[0x68, 0x69] = 0x68


class Adxl345(_Sensor, frozen=True, kw_only=True, tag="adxl345"):
    scl: Pin
    sda: Pin
    address: Literal[0x53, 0x1D] = 0x53


Sensor = Ds18b20 | Ntc | Tachometer | Acs712 | Ina219 | Mpu6050 | Adxl345
_ANALOGUE = (Ntc, Acs712)
_DRIVING = (Ds18b20, Ina219, Mpu6050, Adxl345)  # these pins must also be outputs


class Wifi(_Part, frozen=True, kw_only=True):
    ssid: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    password: Annotated[str, msgspec.Meta(max_length=63)] = ""  # none: an open network


class Broker(_Part, frozen=True, kw_only=True):
    host: Annotated[str, msgspec.Meta(min_length=1)]
    port: Port = 1883
    username: str = ""
    password: str = ""
    ca: str = ""  # a PEM file; with it the connection is encrypted


class Device(_Part, frozen=True, kw_only=True):
    id: Name
    asset: str = "fan"
    location: str = ""
    rate_hz: Rate = 5.0


class LampTable(_Part, frozen=True, kw_only=True):
    kind: Literal["plain", "inverted", "rgb", "none"]
    pin: Pin = 0


class Site(_Part, frozen=True, kw_only=True):
    """A site.toml that has been checked."""

    site: Name = "workshop"
    device: Device
    wifi: Wifi
    broker: Broker
    chip: Literal["esp32", "esp32s3", "esp32c3"] | None = None
    ntp: Annotated[str, msgspec.Meta(min_length=1)] = "pool.ntp.org"
    lamp: LampTable | None = None
    sensors: dict[str, Sensor] = {}
    simulate: list[str] = []
    leave_out: list[str] = []

    def topic(self, kind: str) -> str:
        return f"edgetwin/v1/{self.site}/{self.device.id}/{kind}"


def read(path: Path) -> Site:
    """The site that ``path`` describes.

    Raises:
        SiteError: there is no such file, or something in it is wrong; the text says what.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SiteError(
            f"{path}: {error.strerror}. Copy site.example.toml to {path} and edit it."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SiteError(f"{path} is not TOML: {error}") from None
    try:
        site = msgspec.convert(table, Site)
    except msgspec.ValidationError as error:
        raise SiteError(f"{path}: {_plain(str(error))}") from None
    _check_channels(path, site)
    return site


def _plain(message: str) -> str:
    """A message of msgspec (``... - at `$.wifi.ssid```), the place first, as TOML writes it."""
    text, _at, place = message.partition(" - at `$")
    key = place.rstrip("`").lstrip(".").replace("[...]", "")
    if "regex" in text:
        text = "must be letters, digits, _ . and -, at most 64, the first a letter or digit"
    return f"{key}: {text}" if key else text


def _check_channels(path: Path, site: Site) -> None:
    try:
        names = [name for name, _unit in models.module(site.device.asset).CHANNELS]
    except ValueError as error:
        raise SiteError(f"{path}: device.asset: {error}") from None
    named = [*site.sensors, *site.simulate, *site.leave_out]
    for name in named:
        if name not in names:
            raise SiteError(
                f"{path}: a {site.device.asset} has no channel {name!r}, only {', '.join(names)}"
            )
        if named.count(name) > 1:
            raise SiteError(f"{path}: {name} must stand in one of sensors, simulate, leave_out")
    if site.sensors:
        for name in names:
            if name not in named:
                raise SiteError(
                    f"{path}: nothing measures {name}: give it a [sensors.{name}], or name it in "
                    f"simulate, or (if the gateway does not insist on it) in leave_out"
                )
    elif named:
        raise SiteError(f"{path}: simulate and leave_out are for boards with [sensors]")


def check_pins(site: Site, chip: Chip) -> None:
    """Raises SiteError where ``chip`` cannot use a pin as the site wants it."""
    taken: dict[int, str] = {}
    for channel, sensor in site.sensors.items():
        for name in ("pin", "scl", "sda"):
            pin = getattr(sensor, name, None)
            if pin is None:
                continue
            where = f"sensors.{channel}.{name} = {pin}"
            if pin not in chip.usable:
                raise SiteError(f"{where}: {chip.title} does not have that pin free")
            if isinstance(sensor, _ANALOGUE) and pin not in chip.analogue:
                listed = ", ".join(map(str, sorted(chip.analogue)))
                raise SiteError(f"{where}: it measures no voltage beside Wi-Fi; those do: {listed}")
            if isinstance(sensor, _DRIVING) and pin in chip.input_only:
                raise SiteError(f"{where}: it can only listen, and this sensor must be spoken to")
            use = name if name != "pin" else f"the sensor of {channel}"
            if taken.setdefault(pin, use) != use:
                raise SiteError(f"{where}: the pin is taken by {taken[pin]}")


def lamp_of(site: Site, chip: Chip) -> Lamp:
    return Lamp(kind=site.lamp.kind, pin=site.lamp.pin) if site.lamp else chip.lamp


def settings(site: Site, chip: Chip, *, update_key: bytes) -> bytes:
    """The ``site.json`` of the board: every field is present.

    ``update_key`` is what releases for this board will be signed with (firmware/keys.py).
    """
    lamp = lamp_of(site, chip)
    content: dict[str, Any] = {
        "site": site.site,
        "device": site.device.id,
        "asset": site.device.asset,
        "location": site.device.location,
        "rate_hz": site.device.rate_hz,
        "update_key": update_key.hex(),
        "host": site.broker.host,
        "port": site.broker.port,
        "username": site.broker.username,
        "password": site.broker.password,
        "tls": bool(site.broker.ca),
        "wifi": {"ssid": site.wifi.ssid, "password": site.wifi.password},
        "ntp": site.ntp,
        "lamp": {"kind": lamp.kind, "pin": lamp.pin},
        "sensors": msgspec.to_builtins(site.sensors),
        "simulate": site.simulate,
        "leave_out": site.leave_out,
    }
    return json.dumps(content).encode()


def authority(site: Site, beside: Path) -> bytes | None:
    """The certificate of ``broker.ca`` in DER; None where the connection is not encrypted.

    Raises:
        SiteError: the file cannot be read or does not hold exactly one certificate.
    """
    if not site.broker.ca:
        return None
    path = beside / site.broker.ca
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SiteError(f"broker.ca: {path}: {error}") from None
    certificates = re.findall(
        r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.DOTALL
    )
    if len(certificates) != 1:
        raise SiteError(f"broker.ca: {path} must hold one PEM certificate, not {len(certificates)}")
    try:
        return ssl.PEM_cert_to_DER_cert(certificates[0])
    except ValueError as error:
        raise SiteError(f"broker.ca: {path}: {error}") from None
