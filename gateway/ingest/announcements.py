"""Births, statuses, settings, results as they arrive, checked and typed. Pure: bytes to structs."""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from contract import assets
from contract.assets import GENERIC
from contract.assets.words import Asset
from contract.errors import NotFound, Reason, Rejected
from contract.messages import Birth, Result
from gateway.ingest.json_words import in_words
from gateway.ingest.validate import MAX_PAYLOAD_BYTES
from gateway.twin.device_settings import SettingValue

T = TypeVar("T")

_decode_birth: Final = msgspec.json.Decoder(Birth).decode
_decode_result: Final = msgspec.json.Decoder(Result).decode
_decode_reported: Final = msgspec.json.Decoder(dict[str, SettingValue | dict[str, str]]).decode
MOST_SETTINGS: Final = 32
LONGEST_TEXT: Final = 200
_REPORTED: Final = (
    f"it must be an object of at most {MOST_SETTINGS} settings, each a number, true, false or a"
    f' text of at most {LONGEST_TEXT} characters, such as {{"rate_hz": 5.0}}; "refused" may be an'
    " object of texts"
)
_INDEX: Final = re.compile(r"\[[^]]*\]")
_MISSING: Final = re.compile(r"Object missing required field `(\w+)`")
# What each field of a birth or a result takes, by its name.
_TEXT: Final = "a text"
_SHAPES: Final = {
    "": "an object with named fields",
    "asset": 'the name of a type in the catalogue, such as "fan"',
    "model": _TEXT,
    "firmware": _TEXT,
    "epoch": 'a text such as "9f2c41aa-7"',
    "channels": 'a list such as [{"name": "temperature", "unit": "°C"}]',
    "rate_hz": "a number of readings a second, or null",
    "location": _TEXT,
    "virtual": "true or false",
    "faults": 'a list of texts such as ["overcurrent"]',
    "update": 'an object such as {"state": "good", "version": "0.2.0", "reason": ""}, or null',
    "id": "the text that the command had as its id",
    "ok": "true or false",
    "error": "a text, or null",
    "time_ms": "a whole number of Unix milliseconds, or null",
}
_STATUSES: Final = {b"online": "online", b"offline": "offline"}


def birth(payload: bytes, decided: Asset | None = None) -> tuple[Birth, Asset | None]:
    """What a device says of itself, and its type: the one that a person has decided on, if any.

    None: it says that it is of no type.

    Raises:
        Rejected: ``too_large``, ``bad_birth`` or ``unknown_asset``.
    """
    said = _decoded(_decode_birth, payload, "bad_birth")
    if decided is not None:
        return said, decided
    if said.asset == GENERIC:
        return said, None
    try:
        return said, assets.get(said.asset)
    except NotFound as error:
        raise Rejected("unknown_asset", str(error)) from None


def result(payload: bytes) -> Result:
    """A device's answer to a command. Raises Rejected: ``too_large`` or ``bad_result``."""
    return _decoded(_decode_result, payload, "bad_result")


def reported(payload: bytes) -> tuple[dict[str, SettingValue], dict[str, str]]:
    """The settings that a device works with, and why it refused others.

    Raises:
        Rejected: ``too_large`` or ``bad_reported``.
    """
    said = _decoded(_decode_reported, payload, "bad_reported")
    refused = said.pop("refused", {})
    values = {name: value for name, value in said.items() if not isinstance(value, dict)}
    if not isinstance(refused, dict) or len(values) < len(said) or len(said) > MOST_SETTINGS:
        raise Rejected("bad_reported", _REPORTED)
    long = [
        text for text in (*said, *values.values(), *refused, *refused.values()) if _is_long(text)
    ]
    if long or len(refused) > MOST_SETTINGS:
        raise Rejected("bad_reported", _REPORTED)
    return values, refused


def _is_long(text: object) -> bool:
    return isinstance(text, str) and len(text) > LONGEST_TEXT


def status(payload: bytes) -> str:
    """``online`` or ``offline``. Raises Rejected: ``bad_status``."""
    try:
        return _STATUSES[payload]
    except KeyError:
        detail = "status must be the bare word online or offline"
        raise Rejected("bad_status", detail) from None


def _decoded(decoder: Callable[[bytes], T], payload: bytes, reason: Reason) -> T:
    if len(payload) > MAX_PAYLOAD_BYTES:
        detail = f"{len(payload)} bytes; a message may have {MAX_PAYLOAD_BYTES}"
        raise Rejected("too_large", detail)
    try:
        return decoder(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(reason, _sentence(error)) from None


def _sentence(error: Exception) -> str:
    """Msgspec's "Expected `array`, got `object` - at `$.channels`": the field first, in words."""
    if not isinstance(error, msgspec.ValidationError):
        return f"it is no JSON: {error}"
    complaint, _, path = f"{error} - at `$`".removesuffix(" - at `$`").partition(" - at `$")
    field = path.strip("`.")
    missing = _MISSING.match(complaint)
    if missing and not field:
        return _wanted(missing[1], f"{missing[1]} is missing")
    if missing:
        return _wanted(field, f"{field} lacks {missing[1]!r}")
    got = in_words(complaint)
    found = f"has a {complaint.replace('`', '').lower()}" if got is None else f"is {got}"
    return _wanted(field, f"{field or 'it'} {found}")


def _wanted(field: str, complaint: str) -> str:
    name = _INDEX.sub("", field).partition(".")[0]
    shape = _SHAPES.get(name, "what docs/architecture.md section 3 says")
    return f"{name or 'the message'} must be {shape}; {complaint}"
