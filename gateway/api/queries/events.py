"""What happened, newest first: diagnoses, episodes of one class, refused messages."""

import base64
from collections.abc import Sequence
from typing import Any, Final

import apsw
import msgspec

from contract.diagnosing import IN_FORCE_MS, JUMP_MS

# Of rows of one device and time the last one counts: the past is judged again when it was missed.
_LAST: Final = (
    " AND id = (SELECT max(n.id) FROM diagnosis n"
    " WHERE n.device = diagnosis.device AND n.time_ms = diagnosis.time_ms)"
)
_DIAGNOSES_OF_ONE: Final = (
    "SELECT id, body FROM diagnosis WHERE device = :device_id"  # noqa: S608
    f" AND time_ms >= :from_ms AND time_ms < :to_ms{_LAST}"
    " AND (:before IS NULL OR (time_ms, id) <"
    " (SELECT b.time_ms, b.id FROM diagnosis b WHERE b.id = :before))"
    " ORDER BY time_ms DESC, id DESC LIMIT :limit"
)
_DIAGNOSES_OF_ALL: Final = (
    "SELECT id, body FROM diagnosis WHERE :device_id IS NULL"  # noqa: S608
    f" AND time_ms >= :from_ms AND time_ms < :to_ms{_LAST}"
    " AND (:before IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit"
)
# An episode is a run of rows with one fault and no hole. A row stands until the next one, or for
# IN_FORCE_MS, or, where rows were joined, until its ``until_ms``; one with ``stale`` set says that
# nothing was judged from there to the next. The newest row of all stands for as long as the device
# has been judged. The oldest begins an episode, as retention may have taken the change itself.
_TIMELINE: Final = f"""
WITH judged AS (
    SELECT max(id) AS id, time_ms, fault, body ->> 'stale' AS ends,
        coalesce(confidence, body ->> 'confidence') AS confidence, until_ms AS joined_ms
    FROM diagnosis
    WHERE device = :device_id AND time_ms >= coalesce((
        SELECT c.time_ms FROM diagnosis c
        WHERE c.device = :device_id AND c.changed = 1 AND c.time_ms <= :from_ms
            AND c.fault IS NOT (
                SELECT p.fault FROM diagnosis p
                WHERE p.device = :device_id AND p.time_ms < c.time_ms
                ORDER BY p.time_ms DESC, p.id DESC LIMIT 1)
        ORDER BY c.time_ms DESC LIMIT 1
    ), 0)
    GROUP BY time_ms
), followed AS (
    SELECT *, lead(time_ms) OVER (ORDER BY time_ms) AS next_ms FROM judged
), standing AS (
    SELECT *, CASE
        WHEN next_ms IS NULL THEN max(coalesce(joined_ms, time_ms), :judged_ms)
        WHEN joined_ms IS NOT NULL THEN min(next_ms, joined_ms)
        WHEN ends AND next_ms - time_ms > {JUMP_MS} THEN time_ms
        ELSE min(next_ms, time_ms + {IN_FORCE_MS}) END AS until_ms
    FROM followed
), parted AS (
    SELECT *, fault IS NOT lag(fault) OVER by_time OR lag(until_ms) OVER by_time < time_ms AS begins
    FROM standing WINDOW by_time AS (ORDER BY time_ms)
), numbered AS (
    SELECT *, sum(begins) OVER (ORDER BY time_ms) AS episode FROM parted
), episodes AS (
    SELECT max(id) AS id, min(time_ms) AS start_ms, max(confidence) AS highest,
        max(until_ms) AS until_ms, max(next_ms IS NULL) AS is_newest
    FROM numbered GROUP BY episode
)
SELECT fault, body ->> 'fault_label', body ->> 'fault_code', body ->> 'severity', highest,
    start_ms, CASE WHEN is_newest AND :lasts THEN NULL ELSE episodes.until_ms END AS end_ms
FROM episodes JOIN diagnosis USING (id)
WHERE start_ms < :to_ms AND (end_ms IS NULL OR end_ms >= :from_ms)
ORDER BY start_ms DESC LIMIT :limit
"""  # noqa: S608 - numbers
_QUARANTINE: Final = (
    "SELECT id, received_ms, device, topic, reason, detail, epoch, seq, raw FROM quarantine"
    " WHERE (:device IS NULL OR device = :device) AND (:reason IS NULL OR reason = :reason)"
    " AND (:before IS NULL OR id < :before)"
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


def diagnoses(
    connection: apsw.Connection,
    *,
    device_id: int | None,
    from_ms: int,
    to_ms: int,
    before: int | None,
    limit: int,
) -> list[tuple[int, msgspec.Raw]]:
    """Ids, and ``Diagnosis`` objects as they are stored: JSON already.

    ``before``, here and below: only what stands behind the row with this id.
    """
    sql = _DIAGNOSES_OF_ALL if device_id is None else _DIAGNOSES_OF_ONE
    bindings = {
        "device_id": device_id,
        "from_ms": from_ms,
        "to_ms": to_ms,
        "before": before,
        "limit": limit,
    }
    return [(id_, msgspec.Raw(body.encode())) for id_, body in connection.execute(sql, bindings)]


def timeline(
    connection: apsw.Connection,
    *,
    device_id: int,
    from_ms: int,
    to_ms: int,
    judged_ms: int,
    lasts: bool,
    limit: int,
) -> list[Episode]:
    """The newest episodes that reach into the range, oldest first; none where nothing was judged.

    Args:
        connection: to the journal.
        device_id: of the device.
        from_ms: the start of the range (included).
        to_ms: its end (not included).
        judged_ms: how far the device has been judged.
        lasts: whether it is being judged now, and the newest episode goes on.
        limit: at most so many.
    """
    bindings = {
        "device_id": device_id,
        "from_ms": from_ms,
        "to_ms": to_ms,
        "judged_ms": judged_ms,
        "lasts": lasts,
        "limit": limit,
    }
    return [Episode(*row) for row in connection.execute(_TIMELINE, bindings)][::-1]


def quarantine(
    connection: apsw.Connection,
    *,
    device: str | None,
    reason: str | None,
    before: int | None,
    limit: int,
) -> list[Refusal]:
    bindings = {"device": device, "reason": reason, "before": before, "limit": limit}
    return [_refusal(row) for row in connection.execute(_QUARANTINE, bindings)]


def _refusal(row: Sequence[Any]) -> Refusal:
    refusal = Refusal(*row)
    raw: bytes = row[-1]
    try:
        refusal.raw = raw.decode()
    except UnicodeDecodeError:
        refusal.raw, refusal.encoding = base64.b64encode(raw).decode(), "base64"
    return refusal
