"""Rows read back, as what they were written from: each column of its type, each text decoded. Pure.

A row that is damaged may have anything in any place: bytes for a text, nothing for a time. Whoever
reads does so within ``trouble.legible``, which takes what these raise for damage.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from contract.messages import (
    Alarm,
    Aside,
    Diagnosis,
    Event,
    Evidence,
    Minute,
    Reading,
    Reason,
    Stamp,
    Value,
)
from gateway.journal.anomalies import Anomaly, Learned
from gateway.journal.formers import Why, WhyKind
from gateway.journal.removals import Tombstone
from gateway.journal.rows import Change, Device, StoredEpoch, stored_epoch

Row = tuple[Any, ...]
T = TypeVar("T")

_values: Final = msgspec.json.Decoder(dict[str, Value]).decode
_aside: Final = msgspec.json.Decoder(dict[str, Aside]).decode
_minute: Final = msgspec.json.Decoder(Minute).decode
_diagnosis: Final = msgspec.json.Decoder(Diagnosis).decode
_cursor: Final = msgspec.json.Decoder(dict[str, int]).decode


class _Columns(msgspec.Struct, array_like=True, gc=False):
    """Of an item; a struct, as a start converts many, and a tuple's type is slow."""

    epoch: str
    seq: int
    body: str
    time_ms: int
    truth: str | None
    period_ms: int | None
    received_ms: int
    board_ms: int | None
    stamp: int
    aside: str | None
    event: str | None


def _typed(kind: type[T]) -> Callable[[Row], T]:
    return partial(msgspec.convert, type=kind)


_one_number: Final = _typed(tuple[int])
_one_text: Final = _typed(tuple[str])
_timed: Final = _typed(tuple[int, str])
_two_texts: Final = _typed(tuple[str, str])
_three_numbers: Final = _typed(tuple[int, int, int])
_told: Final = _typed(tuple[int, str, int | None, int])
_device: Final = _typed(
    tuple[int, str, str, str | None, str, int, int, int, str | None, str | None, str | None]
)
_alarm: Final = _typed(
    tuple[
        int, str, str, str, str, str, int, int | None, str | None, int | None, int,
        str | None, int | None, int | None, str | None, str | None, str | None, int | None,
        int | None, str | None, int | None, int, str, str | None, str,
    ]
)  # fmt: skip
_evidence_of: Final = _typed(tuple[str, str, str, str | None, str])
_own: Final = msgspec.json.Decoder(Evidence).decode
_parts: Final = msgspec.json.Decoder(list[Evidence]).decode
_change: Final = _typed(tuple[int, str, str, str, int | None, str | None, str, int, str])
_anomaly: Final = _typed(
    tuple[
        int, str, str, str | None, str, str, float | None, float | None, int, int | None,
        int | None, str,
    ]
)  # fmt: skip
_evidences: Final = msgspec.json.Decoder(list[Reason]).decode
_learned: Final = _typed(tuple[int, int, int, int, str, str | None, int | None])
_late_minute: Final = _typed(tuple[int, int, int, WhyKind, str])
_tombstone: Final = _typed(tuple[str, str, int])
NAME_NUMBER: Final = _typed(tuple[str, int])
SNAPSHOT: Final = _typed(tuple[int, bytes, int])
SETTLED: Final = _typed(tuple[str, str, int, int])
REFUSED: Final = _typed(tuple[str, str, int])
GONE: Final = _typed(tuple[str, int, int])


def number(row: Row) -> int:
    return _one_number(row)[0]


def timed(row: Row) -> tuple[int, str]:
    return _timed(row)


def minute(row: Row) -> Minute:
    return _minute(_one_text(row)[0])


def diagnosis(row: Row) -> Diagnosis:
    return _diagnosis(_one_text(row)[0])


def cursor(row: Row) -> tuple[str, dict[str, int]]:
    name, text = _two_texts(row)
    return name, _cursor(text)


def tombstone(row: Row) -> Tombstone:
    name, by, at_ms = _tombstone(row)
    return Tombstone(name=name, removed_by=by, removed_ms=at_ms)


def late_minute(row: Row) -> tuple[int, int, bool, Why]:
    device_id, start_ms, alone, reason, by = _late_minute(row)
    return device_id, start_ms, bool(alone), Why(reason, by)


def told(row: Row) -> tuple[int, str, bool]:
    time_ms, fault, is_end, _ = _told(row)
    return time_ms, fault, bool(is_end)


def epoch(row: Row) -> StoredEpoch:
    return stored_epoch(row)


def alarm(row: Row) -> Alarm:
    """An alarm with what else was found of its cause, but for what it says itself."""
    *columns, own, parts = _alarm(row)
    found = Alarm(*columns)  # type: ignore[arg-type]
    found.evidence = evidence((found.name, found.cause, found.text, own, parts))
    return found


def evidence(row: Row) -> list[Evidence]:
    """What else was found of an alarm's cause, the oldest first: all but what it tells of."""
    name, cause, text, own, parts = _evidence_of(row)
    every = _parts(parts) if own is None else [_own(own), *_parts(parts)]
    told = [each for each in every if each.name == (cause or name)]
    if told:
        every.remove(max(told, key=lambda each: (each.text == text, each.time_ms)))
    return sorted(every, key=lambda each: (each.time_ms, each.name))


def anomaly(row: Row) -> Anomaly:
    id_, method, name, channel, severity, text, score, threshold, start, end, alarm, found = (
        _anomaly(row)
    )
    fields = {
        "id": id_, "method": method, "name": name, "channel": channel, "severity": severity,
        "text": text, "score": score, "threshold": threshold, "start_ms": start, "end_ms": end,
        "alarm": alarm, "evidence": _evidences(found),
    }  # fmt: skip
    return msgspec.convert(fields, Anomaly)


def learned(row: Row) -> tuple[int, Learned]:
    device_id, from_ms, until_ms, rows, asset, body, proven_ms = _learned(row)
    it = Learned(
        from_ms=from_ms, until_ms=until_ms, rows=rows, asset=asset, body=body, proven_ms=proven_ms
    )
    return device_id, it


def device(row: Row) -> Device:
    id_, name, asset, birth, status, first, last, sequenced, *texts = _device(row)
    return Device(
        id_, name, asset, _bytes(birth), status, first, last, bool(sequenced), *map(_bytes, texts)
    )


def change(row: Row) -> Change:
    id_, device_name, kind, name, valid_from_ms, value, source, changed_ms, by = _change(row)
    return Change(
        id=id_, device=device_name, kind=kind, name=name, valid_from_ms=valid_from_ms,
        value=_bytes(value), source=source, changed_ms=changed_ms, changed_by=by,
    )  # fmt: skip


def owned_item(row: Row) -> tuple[int, int, int, Reading | Event]:
    """(id, device id, epoch id, reading or event)."""
    return (*_three_numbers(row[:3]), _item(msgspec.convert(row[3:], _Columns)))


def _item(it: _Columns) -> Reading | Event:
    return _reading(it) if it.event is None else _event(it, it.event)


def reading(row: Row) -> Reading:
    return _reading(msgspec.convert(row, _Columns))


def event(row: Row) -> Event:
    it = msgspec.convert(row, _Columns)
    return _event(it, it.event or "")


def _reading(it: _Columns) -> Reading:
    return Reading(*_fields(it))


def _event(it: _Columns, name: str) -> Event:
    made = Event(*_fields(it))
    made.event = name
    return made


def _fields(it: _Columns) -> tuple[Any, ...]:
    """Of ``Item``, in order."""
    board_ms = it.board_ms
    if board_ms is None and it.stamp in Stamp.BY_BOARD:
        board_ms = it.time_ms  # stored only where it says another thing
    return (
        it.epoch, it.seq, _values(it.body), it.time_ms, it.truth, it.period_ms, it.received_ms,
        board_ms, it.stamp, None if it.aside is None else _aside(it.aside),
    )  # fmt: skip


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
