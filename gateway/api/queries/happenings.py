"""A device's own words out of the journal: its events, newest first, and episodes of one state."""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

import apsw
import msgspec

REACH_MS: Final = 86_400_000  # so far back before a range a state is looked for
_PERIODS: Final = 3  # readings further apart leave a hole

_EVENTS: Final = (
    "SELECT r.id, r.time_ms, r.received_ms, e.name, r.seq, r.event, r.body, r.aside"
    " FROM reading r INDEXED BY event_by_time JOIN epoch e ON e.id = r.epoch"
    " WHERE r.event IS NOT NULL AND r.device = :device_id"
    " AND r.time_ms >= :from_ms AND r.time_ms < :to_ms"
    " AND (:event IS NULL OR r.event = :event)"
    " AND (:before IS NULL OR (r.time_ms, r.id) <"
    " (SELECT b.time_ms, b.id FROM reading b WHERE b.id = :before))"
    " ORDER BY r.time_ms DESC, r.id DESC LIMIT :limit"
)
_SAID: Final = (
    "SELECT time_ms, body ->> :channel, aside -> :channel IS NOT NULL, coalesce(period_ms, 0)"
    " FROM reading WHERE event IS NULL AND device = :device_id AND time_ms < :to_ms"
)
_BEFORE: Final = (
    f"{_SAID} AND time_ms >= :reach_ms AND (body ->> :channel IS NOT NULL"
    " OR aside -> :channel IS NOT NULL) ORDER BY time_ms DESC, id DESC LIMIT 1"
)
_WITHIN: Final = f"{_SAID} AND time_ms >= :since_ms ORDER BY time_ms, id"


class Happening(msgspec.Struct):
    """An event as it was stored."""

    id: int
    time_ms: int
    received_ms: int
    epoch: str
    seq: int
    event: str
    values: msgspec.Raw
    aside: msgspec.Raw | None


class StateEpisode(msgspec.Struct):
    """A stretch of one state; ``end_ms`` is None while it lasts."""

    state: str
    start_ms: int
    end_ms: int | None


def events(
    connection: apsw.Connection,
    *,
    device_id: int,
    from_ms: int,
    to_ms: int,
    event: str | None,
    before: int | None,
    limit: int,
) -> list[Happening]:
    """Events of the range, newest first; ``before``: only what stands behind this id."""
    bindings = {
        "device_id": device_id,
        "from_ms": from_ms,
        "to_ms": to_ms,
        "event": event,
        "before": before,
        "limit": limit,
    }
    return [_happening(row) for row in connection.execute(_EVENTS, bindings)]


def _happening(row: tuple[Any, ...]) -> Happening:
    id_, time_ms, received_ms, epoch, seq, event, body, aside = row
    return Happening(
        id_, time_ms, received_ms, epoch, seq, event, msgspec.Raw(body.encode()),
        None if aside is None else msgspec.Raw(aside.encode()),
    )  # fmt: skip


def states(
    connection: apsw.Connection,
    *,
    device_id: int,
    channel: str,
    from_ms: int,
    to_ms: int,
    gap_ms: int,
    lasts: bool,
    limit: int,
) -> list[StateEpisode]:
    """The newest episodes of one state that reach into the range, oldest first.

    Args:
        connection: to the journal.
        device_id: of the device.
        channel: the state's name.
        from_ms: the start of the range (included).
        to_ms: its end (not included).
        gap_ms: readings further apart, and than three of their own periods, leave a hole: nobody
            knows what was in it.
        lasts: whether the device is heard now, and its newest episode goes on.
        limit: at most so many.
    """
    bindings: dict[str, Any] = {"device_id": device_id, "channel": channel, "to_ms": to_ms}
    since_ms = from_ms
    reach: dict[str, Any] = bindings | {"to_ms": from_ms, "reach_ms": from_ms - REACH_MS}
    for row in connection.execute(_BEFORE, reach):
        since_ms = row[0]
    rows: Any = connection.execute(_WITHIN, bindings | {"since_ms": since_ms})
    until_ms = to_ms if lasts else None
    found = deque(_episodes(rows, gap_ms=gap_ms, until_ms=until_ms), maxlen=limit)
    return [each for each in found if each.end_ms is None or each.end_ms >= from_ms]


def _episodes(
    rows: Iterator[tuple[int, str | None, int, int]], *, gap_ms: int, until_ms: int | None
) -> Iterator[StateEpisode]:
    """Runs of one state. A reading that says nothing of it goes on with what was said last.

    The newest lasts where its device is heard ``until_ms``.
    """
    state: str | None = None
    start_ms = last_ms = longest_ms = 0
    for time_ms, said, is_bad, period_ms in rows:
        longest_ms = max(gap_ms, _PERIODS * period_ms)
        is_hole = time_ms - last_ms > longest_ms
        value = None if is_bad else said or (None if is_hole else state)
        if state is not None and (value != state or is_hole):
            yield StateEpisode(state, start_ms, last_ms if is_hole else time_ms)
        if value != state or is_hole:
            state, start_ms = value, time_ms
        last_ms = time_ms
    if state is not None:
        goes_on = until_ms is not None and until_ms - last_ms <= longest_ms
        yield StateEpisode(state, start_ms, None if goes_on else last_ms)
