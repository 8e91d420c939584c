"""Telemetry payloads in; readings, events, floors and refusals out. Trusts nothing, raises nothing.

One payload gives a list of items in its order; a bad item is a ``Rejected`` in its place, so that
its neighbours are not lost. Where the key of a bad reading can be read, the ``Rejected`` carries
it: the quarantined row then settles the watermark, and the device need not send it again.
"""

import json
import re
from functools import lru_cache
from typing import Final

import msgspec

from contract.errors import Reason, Rejected
from contract.messages import LONGEST_PERIOD_MS, UNSEQUENCED, Event, Floor, Reading, Seq
from gateway.ingest import no_numbers, values
from gateway.ingest.json_words import in_words
from gateway.ingest.payloads import items_of
from gateway.ingest.unique_keys import TwiceError, unique

MAX_PAYLOAD_BYTES: Final = 16 * 1024
MAX_ITEMS: Final = 20
LARGEST_SEQ: Final = 2**32 - 1

_EPOCH: Final = re.compile(r"[A-Za-z0-9-]{1,32}")
_JSON_SPACE: Final = b" \t\n\r"


class _Item(msgspec.Struct, gc=False):
    """A reading, an event or a floor as it stands on the wire; which one, its fields tell.

    Many a JSON library writes whole numbers as floats. Values are looked at one by one, so that a
    bad one costs no other.
    """

    epoch: str | None = None
    seq: Seq | float | None = None
    values: dict[str, msgspec.Raw] | None = None
    time_ms: int | float | None = None
    truth: str | None = None
    period_ms: int | float | None = None
    oldest: Seq | float | None = None
    event: str | None = None


class _Key(msgspec.Struct, gc=False):
    epoch: str
    seq: Seq | float


Item = Reading | Event | Floor | Rejected

_decode_reading: Final = msgspec.json.Decoder(Reading).decode
_decode_one: Final = msgspec.json.Decoder(_Item).decode
_decode_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_key: Final = msgspec.json.Decoder(_Key).decode

_REASON_BY_FIELD: Final[dict[str, Reason]] = {
    "$.epoch": "bad_epoch",
    "$.seq": "bad_seq",
    "$.oldest": "bad_seq",
    "$.time_ms": "bad_time",
    "$.period_ms": "bad_time",
    "$.event": "bad_event",
}
_SHAPES: Final = {
    "epoch": "a text",
    "seq": "a whole number",
    "oldest": "a whole number",
    "time_ms": "a number of milliseconds since 1970, or left out",
    "period_ms": "a number of milliseconds, or left out",
    "truth": "a text, or left out",
    "values": 'an object such as {"temperature": 41.2}',
    "event": 'a name such as "service"',
}


def decode(payload: bytes) -> list[Item]:
    """The items of one telemetry payload, shape and key checked, channels not yet."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        detail = f"{len(payload)} bytes; a message may have {MAX_PAYLOAD_BYTES}"
        return [Rejected("too_large", detail)]
    if payload[:1] != b"[" and payload.lstrip(_JSON_SPACE)[:1] != b"[":
        return [_item(payload)]
    try:
        items, is_marked = items_of(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return [_refusal(payload, error)]
    if not items:
        return [Rejected("wrong_shape", "an empty list says nothing")]
    if len(items) > MAX_ITEMS:
        return [Rejected("too_many", f"{len(items)} items; a message may have {MAX_ITEMS}")]
    look = _any_item if is_marked else _item
    return [look(item) for item in items]


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
    fields += reading.period_ms is not None
    is_plain = payload.count(b":") == fields + len(reading.values) and _is_epoch(reading.epoch)
    return reading if is_plain else None


def _any_item(payload: bytes) -> Item:
    try:
        return _checked(payload)
    except Rejected as rejected:
        return rejected
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        marked = no_numbers.marked(payload)
        return _refusal(payload, error) if marked is None else _marked_item(marked)


def _marked_item(text: bytes) -> Item:
    try:
        return _checked(text)
    except Rejected as rejected:
        return rejected
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _refusal(text, error)


def _checked(payload: bytes) -> Reading | Event | Floor:
    if no_numbers.SIGN in payload:
        _check_fields(payload)
    return _typed(_decode_one(payload), payload)


def _check_fields(text: bytes) -> None:
    """Refuse what is no number beside the values; among them it costs its own channel alone."""
    fields = _decode_fields(text)
    for name in _Item.__struct_fields__:
        if (word := no_numbers.word_of(bytes(fields.get(name, b"")))) is not None:
            epoch, seq = _key_of(text)
            detail = f"{name} is {word}: JSON has no such word, leave it out"
            raise Rejected("not_json", detail, epoch=epoch, seq=seq)


def _typed(item: _Item, payload: bytes) -> Reading | Event | Floor:
    raws = item.values
    if raws is None:
        if item.event is None:
            return _floor(item, payload)
        raws = {}
    epoch, seq = _key(item)
    _check_keys_once(item, payload)
    try:
        time_ms = (
            None if item.time_ms is None else round(item.time_ms)
        )  # a fraction of a ms: so be it
        period_ms = _period(item.period_ms)
        found, aside = values.parted(raws)
    except Rejected as rejected:
        rejected.epoch, rejected.seq = epoch or None, seq or None
        raise
    if item.event is None:
        return Reading(epoch, seq, found, time_ms, item.truth, period_ms, aside=aside)
    return Event(epoch, seq, found, time_ms, item.truth, period_ms, aside=aside, event=item.event)


def _key(item: _Item) -> tuple[str, int]:
    """The reading's key; an empty one, which the gateway replaces, where it has none."""
    if item.epoch is None and item.seq is None:
        return "", 0
    if item.epoch is None or item.seq is None:
        raise Rejected("bad_seq", "epoch and seq belong together; one of them is missing")
    _check_epoch(item.epoch)
    return item.epoch, _seq(item.seq, field="seq")


def _floor(item: _Item, payload: bytes) -> Floor:
    if item.epoch is None or item.oldest is None:
        raise Rejected("wrong_shape", "neither a reading (values) nor a floor (epoch and oldest)")
    _check_epoch(item.epoch)
    _check_keys_once(item, payload)
    return Floor(item.epoch, _seq(item.oldest, field="oldest"))


def _seq(number: float, *, field: str) -> int:
    if number != int(number) or not 1 <= number <= LARGEST_SEQ:
        detail = f"{field} is {number!r}; it is a whole number from 1 to {LARGEST_SEQ}"
        raise Rejected("bad_seq", detail)
    return int(number)


def _period(number: float | None) -> int | None:
    if number is not None and not 1 <= number <= LONGEST_PERIOD_MS:
        detail = f"period_ms is {number!r}; it goes from 1 to {LONGEST_PERIOD_MS}"
        raise Rejected("bad_time", detail)
    return None if number is None else round(number)


def _check_epoch(epoch: str) -> None:
    if not _is_epoch(epoch):
        detail = f"epoch must match {_EPOCH.pattern} and not be {UNSEQUENCED}, got {epoch[:40]!r}"
        raise Rejected("bad_epoch", detail)


@lru_cache(maxsize=32_768)  # nearly every reading is of an epoch seen before
def _is_epoch(epoch: str) -> bool:
    return _EPOCH.fullmatch(epoch) is not None and epoch != UNSEQUENCED


def _check_keys_once(item: _Item, payload: bytes) -> None:
    """Refuse a JSON object that has a key twice: parsers disagree on which one counts.

    Each key has one colon and no honest string has any, so counting them settles nearly every
    payload for 0.1 us; only one with more colons than its fields is read again the slow way.
    """
    fields = (item.epoch is not None) + (item.seq is not None) + (item.oldest is not None)
    fields += (item.time_ms is not None) + (item.truth is not None)
    fields += (item.period_ms is not None) + (item.event is not None)
    if item.values is not None:
        fields += 1 + len(item.values)
    if payload.count(b":") == fields:
        return
    try:
        # Numbers stay text: a 5,000-digit integer in a field nobody reads must not raise.
        json.loads(payload, object_pairs_hook=unique, parse_int=str, parse_float=str)
    except TwiceError as twice:
        epoch, seq = _key_of(payload)
        detail = f"the key {twice} stands twice"
        raise Rejected("duplicate_key", detail, epoch=epoch, seq=seq) from None
    except (ValueError, RecursionError) as error:  # in a field that the first parser skipped
        refusal = _refusal(payload, error)
        refusal.epoch, refusal.seq = _key_of(payload)
        raise refusal from None


def _refusal(payload: bytes, error: Exception) -> Rejected:
    if isinstance(error, msgspec.ValidationError):
        path = _path_of(str(error))
        reason = _REASON_BY_FIELD.get(path, "wrong_shape")
        epoch, seq = _key_of(payload)
        return Rejected(reason, _said(str(error), path), epoch=epoch, seq=seq)
    if isinstance(error, RecursionError):
        return Rejected("not_json", "nested too deeply")
    if not _is_utf8(payload):
        return Rejected("not_utf8", "the payload is not UTF-8 text")
    return Rejected("not_json", str(error))


def _path_of(message: str) -> str:
    """``$.seq`` out of msgspec's "Expected `int` >= 1 - at `$.seq`"."""
    return message.rpartition(" - at `")[2].rstrip("`")


def _said(message: str, path: str) -> str:
    """Msgspec's "Expected `int`, got `str` - at `$.time_ms`" as a sentence, the field first."""
    if not path.startswith("$."):
        return message
    complaint, field = message.rpartition(" - at `")[0], path[2:]
    shape, got = _SHAPES.get(field), in_words(complaint)
    if shape is None or got is None:
        complaint = complaint.replace("`", "")
        return f"{field}: {complaint[:1].lower()}{complaint[1:]}"
    return f"{field} is {got}; it must be {shape}"


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
    seq = int(key.seq) if key.seq == int(key.seq) else 0
    is_key = _is_epoch(key.epoch) and 1 <= seq <= LARGEST_SEQ
    return (key.epoch, seq) if is_key else (None, None)
