"""A machine in; from when on it was there out: as is known now, or as was known at a time."""

from typing import Any, Final

import apsw

from contract.messages import Minute
from gateway.api.queries.counting import Counting
from gateway.api.queries.known import Then
from gateway.twin.tiers import QUARTER, QUARTER_MS

_NEXT: Final = (
    "SELECT start_ms FROM main.minute WHERE device = ? AND start_ms >= ? ORDER BY start_ms LIMIT 1"
)
_QUARTER: Final = "SELECT min(start_ms) FROM tier WHERE device = ? AND level = ?"

# Of minutes that came to be known since: from when to when.
_UNKNOWN: Final = (
    "SELECT start_ms, end_ms FROM former WHERE device = ? AND changed_ms > ? AND body IS NULL"
    " AND reason <> 'deleted' ORDER BY start_ms"
)
# The first that was known then and is another one now, or gone.
_WAS: Final = (
    "SELECT start_ms FROM former f WHERE device = ?1 AND changed_ms > ?2"
    " AND (body IS NOT NULL OR reason = 'deleted') AND NOT EXISTS (SELECT 1 FROM former n"
    " WHERE n.device = ?1 AND n.changed_ms > ?2 AND n.id < f.id AND n.body IS NULL"
    " AND n.reason <> 'deleted' AND n.start_ms <= f.start_ms AND n.end_ms > f.start_ms)"
    " ORDER BY start_ms LIMIT 1"
)


def oldest_of(
    connection: apsw.Connection, device_id: int, *, at_ms: int | None = None
) -> int | None:
    """When the first of a device began that is kept; ``at_ms``: as that was known then.

    Of what only longer sums are kept, nobody knows what was known: that counts.
    """
    first_ms = _next(connection, device_id, 0)
    quarter_ms: int | None = connection.execute(_QUARTER, (device_id, QUARTER)).get
    if quarter_ms is not None and (first_ms is None or quarter_ms <= first_ms - QUARTER_MS):
        return quarter_ms
    return first_ms if at_ms is None else _known_at(connection, device_id, at_ms)


def _known_at(connection: apsw.Connection, device_id: int, at_ms: int) -> int | None:
    asked = (device_id, at_ms)
    was_ms: int | None = connection.execute(_WAS, asked).get
    first_ms = _next(connection, device_id, 0)
    unknown: list[Any] = connection.execute(_UNKNOWN, asked).fetchall()
    for start_ms, end_ms in unknown:
        if first_ms is not None and start_ms <= first_ms < end_ms:
            first_ms = _next(connection, device_id, end_ms)
    return min((ms for ms in (was_ms, first_ms) if ms is not None), default=None)


def _next(connection: apsw.Connection, device_id: int, from_ms: int) -> int | None:
    found: int | None = connection.execute(_NEXT, (device_id, from_ms)).get
    return found


def counted_from(
    connection: apsw.Connection,
    device_id: int,
    counting: Counting,
    is_open: Minute | None = None,
    then: Then | None = None,
) -> Counting:
    """From when a machine was there: since it was added, or since the first that is known of it."""
    if not counting.from_ms:
        return counting
    if is_open is not None:
        counting = counting.since(is_open.start_ms)
    at_ms = None if then is None else then.at_ms
    return counting.since(oldest_of(connection, device_id, at_ms=at_ms))
