"""Telemetry payloads in, readings, floors and refusals out. Pure: trusts nothing, raises nothing.

One payload gives a list of items in its order; a bad item is a ``Rejected`` in its place, so that
its neighbours are not lost. Where the key of a bad reading can be read, the ``Rejected`` carries
it: the quarantined row then settles the watermark, and the device need not send it again.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gateway.assets.base import NORMAL, Asset
from gateway.errors import Reason, Rejected
from gateway.messages import Floor, Reading, Seq

MAX_PAYLOAD_BYTES: Final = 16 * 1024
MAX_ITEMS: Final = 20
MAX_AHEAD_MS: Final = 60_000  # a clock may be a minute fast; beyond that it is simply wrong

# The epoch the gateway gives to readings that come without one; no device may call its own so.
UNSEQUENCED: Final = "unsequenced"

_EPOCH: Final = re.compile(r"[A-Za-z0-9-]{1,32}")
_JSON_SPACE: Final = b" \t\n\r"


class _Item(msgspec.Struct, gc=False):
    """A reading or a floor as it stands on the wire; which one, its fields tell."""

    epoch: str | None = None
    seq: Seq | None = None
    values: dict[str, float] | None = None
    time_ms: int | None = None
    truth: str | None = None
    oldest: Seq | None = None


class _Key(msgspec.Struct, gc=False):
    epoch: str
    seq: Seq


Item = Reading | Floor | Rejected

_decode_reading: Final = msgspec.json.Decoder(Reading).decode
_decode_one: Final = msgspec.json.Decoder(_Item).decode
_decode_raws: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_key: Final = msgspec.json.Decoder(_Key).decode

_REASON_BY_FIELD: Final[dict[str, Reason]] = {
    "$.epoch": "bad_epoch",
    "$.seq": "bad_seq",
    "$.oldest": "bad_seq",
    "$.time_ms": "bad_time",
}


def decode(payload: bytes) -> list[Item]:
    """The items of one telemetry payload, shape and key checked, channels not yet."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        detail = f"{len(payload)} bytes; a message may have {MAX_PAYLOAD_BYTES}"
        return [Rejected("too_large", detail)]
    if payload[:1] != b"[" and payload.lstrip(_JSON_SPACE)[:1] != b"[":
        return [_item(payload)]
    try:
        raws = _decode_raws(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return [_refusal(payload, error)]
    if not raws:
        return [Rejected("wrong_shape", "an empty list says nothing")]
    if len(raws) > MAX_ITEMS:
        return [Rejected("too_many", f"{len(raws)} items; a message may have {MAX_ITEMS}")]
    return [_item(bytes(raw)) for raw in raws]


def _item(payload: bytes) -> Item:
    return _plain_reading(payload) or _any_item(payload)


def _plain_reading(payload: bytes) -> Reading | None:
    """A sequenced reading whose every colon belongs to a field, as nearly all are; else None.

    Nothing is refused here: what is not plain is looked at closely by ``_any_item``, which would
    give the same reading, at twice the cost.
    """
    try:
        reading = _decode_reading(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    fields = 3 + (reading.time_ms is not None) + (reading.truth is not None)
    is_plain = payload.count(b":") == fields + len(reading.values) and _is_epoch(reading.epoch)
    return reading if is_plain else None


def _any_item(payload: bytes) -> Item:
    try:
        item = _decode_one(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _refusal(payload, error)
    try:
        return _typed(item, payload)
    except Rejected as rejected:
        return rejected


def _typed(item: _Item, payload: bytes) -> Reading | Floor:
    values = item.values
    if values is None:
        return _floor(item, payload)
    epoch, seq = item.epoch, item.seq
    if epoch is None and seq is None:
        epoch, seq = "", 0  # unsequenced: the gateway gives it a key
    elif epoch is None or seq is None:
        raise Rejected("bad_seq", "epoch and seq belong together; one of them is missing")
    else:
        _check_epoch(epoch)
    _check_keys_once(item, payload)
    return Reading(epoch, seq, values, item.time_ms, item.truth)


def _floor(item: _Item, payload: bytes) -> Floor:
    if item.epoch is None or item.oldest is None:
        raise Rejected("wrong_shape", "neither a reading (values) nor a floor (epoch and oldest)")
    _check_epoch(item.epoch)
    _check_keys_once(item, payload)
    return Floor(item.epoch, item.oldest)


def _check_epoch(epoch: str) -> None:
    if not _is_epoch(epoch):
        detail = f"epoch must match {_EPOCH.pattern} and not be {UNSEQUENCED}, got {epoch[:40]!r}"
        raise Rejected("bad_epoch", detail)


def _is_epoch(epoch: str) -> bool:
    return _EPOCH.fullmatch(epoch) is not None and epoch != UNSEQUENCED


def _check_keys_once(item: _Item, payload: bytes) -> None:
    """Refuse a JSON object that has a key twice: parsers disagree on which one counts.

    Each key has one colon and no honest string has any, so counting them settles nearly every
    payload for 0.1 us; only one with more colons than its fields is read again the slow way.
    """
    fields = (item.epoch is not None) + (item.seq is not None) + (item.oldest is not None)
    fields += (item.time_ms is not None) + (item.truth is not None)
    if item.values is not None:
        fields += 1 + len(item.values)
    if payload.count(b":") == fields:
        return
    try:
        # Numbers stay text: a 5,000-digit integer in a field nobody reads must not raise.
        json.loads(payload, object_pairs_hook=_unique, parse_int=str, parse_float=str)
    except _TwiceError as twice:
        raise Rejected(
            "duplicate_key", f"the key {twice} stands twice", epoch=item.epoch, seq=item.seq
        ) from None
    except (ValueError, RecursionError) as error:  # in a field that the first parser skipped
        refusal = _refusal(payload, error)
        refusal.epoch, refusal.seq = item.epoch, item.seq
        raise refusal from None


class _TwiceError(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise _TwiceError(repr(key[:40]))
        seen[key] = value
    return seen


def _refusal(payload: bytes, error: Exception) -> Rejected:
    if isinstance(error, msgspec.ValidationError):
        text = str(error)
        reason = _REASON_BY_FIELD.get(_path_of(text), "wrong_shape")
        epoch, seq = _key_of(payload)
        return Rejected(reason, text, epoch=epoch, seq=seq)
    if isinstance(error, RecursionError):
        return Rejected("not_json", "nested too deeply")
    if not _is_utf8(payload):
        return Rejected("not_utf8", "the payload is not UTF-8 text")
    return Rejected("not_json", str(error))


def _path_of(message: str) -> str:
    """``$.seq`` out of msgspec's "Expected `int` >= 1 - at `$.seq`"."""
    return message.rpartition(" - at `")[2].rstrip("`")


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def _key_of(payload: bytes) -> tuple[str | None, int | None]:
    """The key of a reading whose body is bad, or two Nones."""
    try:
        key = _decode_key(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, None
    return (key.epoch, key.seq) if _is_epoch(key.epoch) else (None, None)


class Checker:
    """The channel and time rules of one asset type, made ready once. Immutable."""

    __slots__ = ("_asset", "_names", "_required", "_truths")

    def __init__(self, asset: Asset) -> None:
        self._asset = asset
        self._required = tuple((c.name, c.low, c.high) for c in asset.required)
        self._names = frozenset(c.name for c in asset.required)
        self._truths = frozenset({None, NORMAL, *(fault.name for fault in asset.faults)})

    def fits(self, values: Mapping[str, float]) -> bool:
        """Whether these are channels of the asset type, whatever they measured."""
        return self._names <= values.keys() <= self._asset.by_name.keys()

    def check(self, reading: Reading, *, now_ms: int, oldest_ms: int | None) -> bool:
        """Refuse what the asset type cannot have measured; stamp what has no usable time.

        A reading without a time, or from a clock that is ahead, gets the gateway's: it can be no
        younger than its receipt.

        Args:
            reading: with the values and the time its board gave it.
            now_ms: when it came, by the gateway's clock.
            oldest_ms: nothing from before is kept. None while that clock is in doubt: then no time
                is refused or replaced.

        Returns:
            Whether it was stamped.

        Raises:
            Rejected: with the reading's key.
        """
        values = reading.values
        for name, low, high in self._required:
            value = values.get(name)
            if value is None:
                raise self._reject(reading, "missing_channel", f"{name} is missing")
            if not low <= value <= high:
                raise self._out_of_range(reading, name, value)
        if len(values) != len(self._required):
            self._check_optional(reading)
        if reading.truth not in self._truths:
            raise self._reject(reading, "wrong_shape", f"unknown truth {reading.truth!r:.60}")
        time_ms = reading.time_ms
        if time_ms is None or (time_ms > now_ms + MAX_AHEAD_MS and oldest_ms is not None):
            reading.time_ms = now_ms
            return True
        if oldest_ms is not None and time_ms < oldest_ms:
            detail = f"time_ms {time_ms} is before retention: nothing so old is kept"
            raise self._reject(reading, "bad_time", detail)
        return False

    def _check_optional(self, reading: Reading) -> None:
        channels = self._asset.by_name
        for name, value in reading.values.items():
            channel = channels.get(name)
            if channel is None:
                detail = f"{self._asset.name} has no channel {name[:40]!r}"
                raise self._reject(reading, "unknown_channel", detail)
            if not channel.low <= value <= channel.high:
                raise self._out_of_range(reading, name, value)

    def _out_of_range(self, reading: Reading, name: str, value: float) -> Rejected:
        channel = self._asset.by_name[name]
        span = f"{channel.low:g} to {channel.high:g} {channel.unit}"
        return self._reject(reading, "out_of_range", f"{name} is {value:g}, possible is {span}")

    @staticmethod
    def _reject(reading: Reading, reason: Reason, detail: str) -> Rejected:
        key = (reading.epoch, reading.seq) if reading.epoch else (None, None)
        return Rejected(reason, detail, epoch=key[0], seq=key[1])
