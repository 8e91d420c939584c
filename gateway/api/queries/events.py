"""What happened, newest first: alarms, diagnoses, episodes of one class, refused messages."""

import base64
from collections.abc import Sequence
from typing import Any, Final

import apsw
import msgspec

from gateway.journal.reader import ALARM_COLUMNS
from gateway.messages import Alarm

_ALARMS: Final = (
    f"SELECT {ALARM_COLUMNS} FROM alarm a JOIN device d ON d.id = a.device"  # noqa: S608
    " WHERE a.raised_ms < :to_ms AND coalesce(a.cleared_ms, :from_ms) >= :from_ms"
    " AND (:is_open = 0 OR a.cleared_ms IS NULL) AND (:device IS NULL OR d.name = :device)"
    " ORDER BY a.raised_ms DESC, a.id DESC LIMIT :limit"
)
_DIAGNOSES_OF_ONE: Final = (
    "SELECT body FROM diagnosis WHERE device = :device_id"
    " AND time_ms >= :from_ms AND time_ms < :to_ms ORDER BY time_ms DESC, id DESC LIMIT :limit"
)
_DIAGNOSES_OF_ALL: Final = (
    "SELECT body FROM diagnosis WHERE :device_id IS NULL"
    " AND time_ms >= :from_ms AND time_ms < :to_ms ORDER BY id DESC LIMIT :limit"
)
# An episode is a run of rows with one fault. It begins where the class changed; the oldest row
# begins one too, as retention may have taken the change itself.
_TIMELINE: Final = """
WITH judged AS (
    SELECT id, time_ms, fault, body, fault IS NOT lag(fault) OVER by_time AS begins
    FROM diagnosis
    WHERE device = :device_id AND time_ms >= coalesce((
        SELECT max(time_ms) FROM diagnosis
        WHERE device = :device_id AND changed = 1 AND time_ms <= :from_ms
    ), 0)
    WINDOW by_time AS (ORDER BY time_ms, id)
), numbered AS (
    SELECT *, sum(begins) OVER (ORDER BY time_ms, id) AS episode FROM judged
), episodes AS (
    SELECT fault, body, min(time_ms) AS start_ms, max(body ->> 'confidence') AS confidence
    FROM numbered GROUP BY episode
), bounded AS (
    SELECT *, lead(start_ms) OVER (ORDER BY start_ms) AS end_ms FROM episodes
)
SELECT fault, body ->> 'fault_label', body ->> 'fault_code', body ->> 'severity', confidence,
    start_ms, end_ms
FROM bounded WHERE start_ms < :to_ms ORDER BY start_ms
"""
_QUARANTINE: Final = (
    "SELECT id, received_ms, device, topic, reason, detail, epoch, seq, raw FROM quarantine"
    " WHERE (:device IS NULL OR device = :device) AND (:reason IS NULL OR reason = :reason)"
    " ORDER BY id DESC LIMIT :limit"
)


class Episode(msgspec.Struct):
    """A stretch of one class; ``end_ms`` is None while it lasts."""

    fault: str
    fault_label: str
    fault_code: int
    severity: str
    confidence: float  # the highest there was
    start_ms: int
    end_ms: int | None


class Refusal(msgspec.Struct, omit_defaults=True):
    """A row of quarantine; ``encoding`` is there when ``raw`` is not text."""

    id: int
    received_ms: int
    device: str
    topic: str
    reason: str
    detail: str
    epoch: str | None = msgspec.field()
    seq: int | None = msgspec.field()
    raw: str = msgspec.field()
    encoding: str | None = None


def alarms(
    connection: apsw.Connection,
    *,
    is_open: bool,
    device: str | None,
    from_ms: int,
    to_ms: int,
    limit: int,
) -> list[Alarm]:
    """Alarms that stood at some time from ``from_ms`` on and before ``to_ms``."""
    bindings = {
        "is_open": is_open,
        "device": device,
        "from_ms": from_ms,
        "to_ms": to_ms,
        "limit": limit,
    }
    return [Alarm(*row) for row in connection.execute(_ALARMS, bindings)]


def diagnoses(
    connection: apsw.Connection, *, device_id: int | None, from_ms: int, to_ms: int, limit: int
) -> list[msgspec.Raw]:
    """``Diagnosis`` objects as they are stored: JSON already."""
    sql = _DIAGNOSES_OF_ALL if device_id is None else _DIAGNOSES_OF_ONE
    bindings = {"device_id": device_id, "from_ms": from_ms, "to_ms": to_ms, "limit": limit}
    return [msgspec.Raw(body.encode()) for (body,) in connection.execute(sql, bindings)]


def timeline(
    connection: apsw.Connection, *, device_id: int, from_ms: int, to_ms: int
) -> list[Episode]:
    """The episodes that reach into the range, oldest first."""
    bindings = {"device_id": device_id, "from_ms": from_ms, "to_ms": to_ms}
    return [Episode(*row) for row in connection.execute(_TIMELINE, bindings)]


def quarantine(
    connection: apsw.Connection, *, device: str | None, reason: str | None, limit: int
) -> list[Refusal]:
    bindings = {"device": device, "reason": reason, "limit": limit}
    return [_refusal(row) for row in connection.execute(_QUARANTINE, bindings)]


def _refusal(row: Sequence[Any]) -> Refusal:
    refusal = Refusal(*row)
    raw: bytes = row[-1]
    try:
        refusal.raw = raw.decode()
    except UnicodeDecodeError:
        refusal.raw, refusal.encoding = base64.b64encode(raw).decode(), "base64"
    return refusal
