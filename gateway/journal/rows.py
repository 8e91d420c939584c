"""What the journal is given and gives back, one struct a table."""

from functools import partial
from typing import Any, Final

import msgspec

from contract import messages
from contract.errors import Reason
from contract.messages import Alarm, Event, Evidence, Reading

_epoch: Final = partial(msgspec.convert, type=tuple[int, int, str, int, str])
_runs: Final = msgspec.json.Decoder(list[tuple[int, int]]).decode


class Row(msgspec.Struct, gc=False):
    """An item with the ids it is stored under. ``body`` is the JSON object of its values."""

    id: int
    epoch_id: int
    device_id: int
    item: Reading | Event
    body: bytes


class Quarantined(msgspec.Struct, gc=False):
    """A refused message, or one refused item of a message, with its reason and raw bytes."""

    received_ms: int
    device: str
    topic: str
    reason: Reason
    detail: str
    epoch: str | None
    seq: int | None
    raw: bytes


class Gap(msgspec.Struct, gc=False):
    """Readings the device no longer holds and that never arrived, from first to last.

    ``missing`` of them: all, but where many small gaps are told as one.
    """

    epoch_id: int
    first_seq: int
    last_seq: int
    missing: int
    noted_ms: int


class Cause(msgspec.Struct, frozen=True):
    """Which alarm is one with which.

    Attributes:
        lead: name and ``raised_ms`` of the alarm it is evidence of; None: it is one by itself.
        own: what it said by itself, where another finding is graver or speaks for it since.
        graver_ms: when it last got graver than all that stood behind it.
        changed_ms: when what is told of it happened.
        reasons: what spoke for it when it was raised.
    """

    lead: tuple[str, int] | None = None
    own: Evidence | None = None
    graver_ms: int | None = None
    changed_ms: int | None = None
    reasons: list[messages.Reason] = []


ALONE: Final = Cause()


def alarm_bindings(alarm: Alarm, cause: Cause) -> dict[str, Any]:
    """What ``statements.PUT_ALARM`` takes of an alarm."""
    lead_name, lead_ms = cause.lead or (None, None)
    return msgspec.structs.asdict(alarm) | {
        "word_ms": alarm.acknowledged_ms if alarm.word_ms is None else alarm.word_ms,
        "lead_name": lead_name,
        "lead_ms": lead_ms,
        "own": None if cause.own is None else msgspec.json.encode(cause.own).decode(),
        "cause": alarm.cause or alarm.name,
        "graver_ms": cause.graver_ms,
        "changed_ms": cause.changed_ms,
    }


class Device(msgspec.Struct):
    """A device as the journal remembers it."""

    id: int
    name: str
    asset: str
    birth: bytes | None
    status: str
    first_seen_ms: int
    last_seen_ms: int
    sequenced: bool
    counts: bytes | None
    clock: bytes | None = None
    reported: bytes | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the registry: what somebody set, of which device, and when.

    Attributes:
        device: whose; empty: the site's.
        kind: ``field``, ``param`` or ``setting``.
        value: as JSON; None takes back what was set before.
        valid_from_ms: of a parameter; None for all else.
        id: 0 until it is stored.
    """

    device: str
    kind: str
    name: str
    value: bytes | None
    changed_ms: int
    changed_by: str
    valid_from_ms: int | None = None
    source: str = ""
    id: int = 0


class StoredEpoch(msgspec.Struct):
    """An epoch as the journal remembers it, with its watermark."""

    id: int
    device_id: int
    name: str
    seq: int
    ahead: list[tuple[int, int]]


def stored_epoch(row: tuple[Any, ...]) -> StoredEpoch:
    """An epoch out of its columns, in the order of ``statements.EPOCH_COLUMNS``."""
    id_, device_id, name, seq, ahead = _epoch(row)
    return StoredEpoch(id_, device_id, name, seq, _runs(ahead))
