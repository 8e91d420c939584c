"""What a board is told: ``site.toml`` of a person in, ``site.json`` of a board out."""

import ipaddress
import json
import re
import ssl
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from contract import rate
from firmware import drivers, wiring
from firmware.channels import Channels
from firmware.chips import Chip, Lamp
from firmware.drivers import Sensor
from firmware.drivers.base import WORD, Part, Word
from firmware.errors import SiteError
from firmware.wiring import LampTable

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z"  # docs/architecture.md section 3
_MOST_LOCATION = 64
_SSID_BYTES = 32  # IEEE 802.11-2020, 9.4.2.2
_PASSPHRASE_BYTES = range(8, 64)  # IEEE 802.11-2020, J.4.1
_KEY = re.compile(r"[0-9A-Fa-f]{64}")  # what a passphrase is turned into; some networks give that
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,252}")

_WORDS = "small letters, digits and _, at most 32, the first a letter"

Name = Annotated[str, msgspec.Meta(pattern=NAME)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Wifi(Part, frozen=True, kw_only=True):
    ssid: str
    password: str = ""  # none: an open network

    def __post_init__(self) -> None:
        if not 1 <= len(self.ssid.encode()) <= _SSID_BYTES or "\0" in self.ssid:
            raise ValueError(f"ssid must have 1 to {_SSID_BYTES} bytes, and no NUL")
        secret = self.password
        sound = len(secret.encode()) in _PASSPHRASE_BYTES and "\0" not in secret
        if secret and not sound and not _KEY.fullmatch(secret):
            raise ValueError("password must have 8 to 63 bytes, or be a key of 64 hex digits")


class Broker(Part, frozen=True, kw_only=True):
    host: str
    port: Port = 1883
    username: str = ""
    password: str = ""
    ca: str = ""  # a PEM file; with it the connection is encrypted

    def __post_init__(self) -> None:
        _check_host("host", self.host)
        if self.password and not self.username:
            raise ValueError("username is missing, and password is of no use without it")


class Device(Part, frozen=True, kw_only=True):
    id: Name
    asset: Word = "fan"
    location: str = ""
    rate_hz: float | str | None = None  # without it the asset type's own

    def __post_init__(self) -> None:
        if self.rate_hz is not None:
            try:
                rate.parse(self.rate_hz)
            except ValueError as error:
                raise ValueError(f"rate_hz = {self.rate_hz!r}: {error}") from None
        if len(self.location) > _MOST_LOCATION:
            raise ValueError(
                f"location has {len(self.location)} characters: it goes to the dashboard with "
                f"every birth, and may have {_MOST_LOCATION}"
            )


def _check_host(key: str, host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host) or re.fullmatch(r"[0-9.]+", host):
            raise ValueError(
                f"{key} = {host[:80]!r} is neither a name nor an address: it stands alone, without "
                "mqtt:// or a port"
            ) from None


class Site(Part, frozen=True, kw_only=True):
    """A site.toml that has been checked."""

    site: Name = "workshop"
    device: Device
    wifi: Wifi
    broker: Broker
    chip: Literal["esp32", "esp32s3", "esp32c3"] | None = None
    ntp: str = "pool.ntp.org"
    lamp: LampTable | None = None
    sensors: dict[str, Sensor] = msgspec.field(default_factory=dict)
    simulate: list[str] = msgspec.field(default_factory=list)
    leave_out: list[str] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        _check_host("ntp", self.ntp)

    def topic(self, kind: str) -> str:
        return f"edgetwin/v1/{self.site}/{self.device.id}/{kind}"


def read(path: Path) -> Site:
    """The site that ``path`` describes.

    Raises:
        SiteError: there is no such file, or something in it is wrong; the text says what.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SiteError(
            f"{path}: {error.strerror}. Copy site.example.toml to {path} and edit it."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SiteError(f"{path} is not TOML: {error}") from None
    try:
        return _checked(table)
    except SiteError as error:
        raise SiteError(f"{path}: {error}") from None


def _checked(table: dict[str, Any]) -> Site:
    sensors = table.get("sensors")
    for channel, options in sensors.items() if isinstance(sensors, dict) else ():
        _check_name(channel)
        _converted(options, Sensor, within=f"sensors.{channel}")  # else its name would be lost
    site: Site = _converted(table, Site)
    _channels(site)  # raises what is wrong with them
    return site


def _check_name(name: str) -> None:
    if not re.match(WORD, name):
        raise SiteError(f"sensors.{name[:80]}: a channel is called by {_WORDS}")


def _converted(table: Any, kind: Any, *, within: str = "") -> Any:
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise SiteError(_plain(str(error), within)) from None


def _plain(message: str, within: str) -> str:
    """A message of msgspec (``... - at `$.wifi.ssid```), the place first, as TOML writes it."""
    text, _at, place = message.partition(" - at `$")
    key = (within + place.rstrip("`").replace("[...]", "")).lstrip(".")
    if "regex" in text and "[a-z]" in text:
        text = f"must be {_WORDS}"
    elif "regex" in text:
        text = "must be letters, digits, _ . and -, at most 64, the first a letter or digit"
    if key.endswith(".driver") or "`driver`" in text:
        text += f"; there are {', '.join(drivers.DRIVERS)}"
    return f"{key}: {text}" if key else text


def _channels(site: Site) -> Channels:
    return Channels(site.device.asset, site.sensors, site.simulate, site.leave_out)


def check_pins(site: Site, chip: Chip) -> None:
    """Raises SiteError where ``chip`` cannot use a pin as the site wants it."""
    wiring.check_pins(site.sensors, lamp_of(site, chip), chip)


def lamp_of(site: Site, chip: Chip) -> Lamp:
    """The lamp that the site names, else the chip's usual one."""
    return Lamp(kind=site.lamp.kind, pin=site.lamp.pin or 0) if site.lamp else chip.lamp


def settings(site: Site, chip: Chip, *, update_key: bytes) -> bytes:
    """The ``site.json`` of the board: every field is present.

    ``update_key`` is what releases for this board will be signed with (firmware/keys.py).
    """
    lamp = lamp_of(site, chip)
    channels, rate_hz = _channels(site), site.device.rate_hz
    content: dict[str, Any] = {
        "site": site.site,
        "device": site.device.id,
        "asset": site.device.asset,
        "location": site.device.location,
        "rate_hz": channels.nominal_hz if rate_hz is None else rate.parse(rate_hz),
        "nominal_hz": channels.nominal_hz,
        "update_key": update_key.hex(),
        "host": site.broker.host,
        "port": site.broker.port,
        "username": site.broker.username,
        "password": site.broker.password,
        "tls": bool(site.broker.ca),
        "wifi": {"ssid": site.wifi.ssid, "password": site.wifi.password},
        "ntp": site.ntp,
        "lamp": {"kind": lamp.kind, "pin": lamp.pin},
        "sensors": {name: sensor.told() for name, sensor in site.sensors.items()},
        "channels": channels.told,
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
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise SiteError(f"broker.ca: {path}: {error.strerror}") from None
    certificates = re.findall(
        r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.DOTALL
    )
    if len(certificates) != 1:
        raise SiteError(f"broker.ca: {path} must hold one PEM certificate, not {len(certificates)}")
    try:
        der = ssl.PEM_cert_to_DER_cert(certificates[0])
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=der)
    except (ValueError, ssl.SSLError):
        raise SiteError(
            f"broker.ca: what {path} holds is no certificate, or a damaged one"
        ) from None
    return der
