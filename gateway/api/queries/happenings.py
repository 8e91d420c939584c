"""A device's own words: its events, newest first, and episodes of one state.

Out of the journal, and out of the files of days that are in it no more.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, Final

import apsw
import msgspec

from contract.errors import Refused
from gateway.api.instants import LATEST_MS
from gateway.archive.backwards import event_stretches
from gateway.archive.said import Said, Saying, said
from gateway.archive.shadow import reaches_archive
from gateway.archive.stream import about_how_many

REACH_MS: Final = 86_400_000  # so far back before a range a state is looked for
MOST_SAID: Final = 250_000_000  # readings in files, for one answer: 13 s of a core
_PERIODS: Final = 3  # readings further apart leave a hole
_NEWEST: Final = (2**62, 0)

_EVENTS: Final = (
    "SELECT r.id, r.time_ms, r.received_ms, e.name, r.seq, r.event, r.body, r.aside"
    " FROM reading r INDEXED BY event_by_time JOIN epoch e ON e.id = r.epoch"
    " WHERE r.event IS NOT NULL AND r.device = :device_id"
    " AND r.time_ms >= :from_ms AND r.time_ms < :to_ms"
    " AND (:event IS NULL OR r.event = :event)"
    " AND (r.time_ms, r.id) < (:behind_ms, :behind_id)"
    " ORDER BY r.time_ms DESC, r.id DESC LIMIT :limit"
)
_LAST_SAID: Final = (
    "SELECT time_ms FROM reading WHERE event IS NULL AND device = ?1 AND time_ms >= ?2"
    " AND time_ms < ?3 AND (body ->> ?4 IS NOT NULL OR aside -> ?4 IS NOT NULL)"
    " ORDER BY time_ms DESC, id DESC LIMIT 1"
)


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
    """Events of the range, newest first; ``before``: only what stands behind this id.

    Raises:
        Refused: nobody knows when the event ``before`` was.
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    behind_ms, behind_id = _behind(connection, before, to_ms)
    wanted: dict[str, int | str | None] = {
        "device_id": device_id,
        "event": event,
        "behind_ms": behind_ms,
        "behind_id": behind_id,
    }
    found: list[Happening] = []
    stretches = event_stretches(
        connection, device_id=device_id, from_ms=from_ms, to_ms=min(to_ms, behind_ms + 1),
        event=event,
    )  # fmt: skip
    with closing(stretches):
        for first_ms, end_ms in stretches:
            within = {"from_ms": first_ms, "to_ms": end_ms, "limit": limit - len(found)}
            rows = connection.execute(_EVENTS, {**wanted, **within}).fetchall()
            found += map(_happening, rows)
            if len(found) >= limit:
                break
    return found


def _behind(connection: apsw.Connection, before: int | None, to_ms: int) -> tuple[int, int]:
    """Time and id of an event. In files no id is looked for: it is at the end of the range."""
    if before is None:
        return _NEWEST
    time_ms: Any = connection.execute("SELECT time_ms FROM reading WHERE id = ?", (before,)).get
    if time_ms is None and to_ms >= LATEST_MS:
        raise Refused(
            f"The event {before} is in the journal no more: say in 'to' when it was as well (its"
            " time_ms and 1), as the header Link of the answer does that had it."
        )
    return (to_ms - 1 if time_ms is None else int(time_ms)), before


def _happening(row: Any) -> Happening:
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

    Raises:
        Refused: more readings of files would have to be looked at than is worth an answer.
        Unreadable: a file of the archive is missing, or cannot be read.
    """
    in_files = about_how_many(connection, device_id, from_ms - REACH_MS, to_ms)
    if in_files > MOST_SAID:
        raise Refused(
            f"Of this range {in_files:,} readings are in files of the archive, and episodes of a"
            f" state are worked out of each of them: ask for at most {MOST_SAID:,} at once."
        )
    asked = Saying(device_id, channel, from_ms, to_ms)
    asked = asked._replace(from_ms=_since_ms(connection, asked, gap_ms))
    until_ms = to_ms if lasts else None
    found = deque(
        _episodes(said(connection, asked, gap_ms=gap_ms), gap_ms=gap_ms, until_ms=until_ms),
        maxlen=limit,
    )
    return [each for each in found if each.end_ms is None or each.end_ms >= from_ms]


def _since_ms(connection: apsw.Connection, asked: Saying, gap_ms: int) -> int:
    """When the state was told last before a range; where that begins, if it was not."""
    reach = asked._replace(from_ms=asked.from_ms - REACH_MS, to_ms=asked.from_ms)
    if not reaches_archive(connection, reach.device_id, reach.from_ms, reach.to_ms):
        bindings = (reach.device_id, reach.from_ms, reach.to_ms, reach.channel)
        found: Any = connection.execute(_LAST_SAID, bindings).get
        return asked.from_ms if found is None else int(found)
    told = (one for one in said(connection, reach, gap_ms=gap_ms) if one.value or one.is_bad)
    last = deque(told, maxlen=1)
    return last[0].time_ms if last else asked.from_ms


def _episodes(
    readings: Iterable[Said], *, gap_ms: int, until_ms: int | None
) -> Iterator[StateEpisode]:
    """Runs of one state. A reading that says nothing of it goes on with what was said last.

    The newest lasts where its device is heard ``until_ms``.
    """
    state: str | None = None
    start_ms = last_ms = longest_ms = 0
    for time_ms, said_now, is_bad, period_ms, before_ms in readings:
        last_ms = last_ms if before_ms is None else before_ms
        longest_ms = max(gap_ms, _PERIODS * period_ms)
        is_hole = time_ms - last_ms > longest_ms
        value = None if is_bad else said_now or (None if is_hole else state)
        if state is not None and (value != state or is_hole):
            yield StateEpisode(state, start_ms, last_ms if is_hole else time_ms)
        if value != state or is_hole:
            state, start_ms = value, time_ms
        last_ms = time_ms
    if state is not None:
        goes_on = until_ms is not None and until_ms - last_ms <= longest_ms
        yield StateEpisode(state, start_ms, None if goes_on else last_ms)
