"""The ledger of archived days: of which device and day there is a file, and how far that reaches.

What holds of a day that is ``written`` or ``kept``, in any one snapshot of the journal: each of its
rows up to ``up_to_id`` is in the file, and those beyond are not. So whoever reads both meets each
reading once, whether the rows have been pruned, are being pruned, or came late.

    begun     a file may be there, and nobody reads it
    written   it was compared with the rows and is in its place: they may go
    kept      they have gone
    gone      it is to be deleted, and nobody reads it any more
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import apsw
import msgspec

from gateway.journal import statements

DAY_MS: Final = 86_400_000

_COLUMNS: Final = (
    "device, day_ms, folder, state, rows, events, bytes, sha256, up_to_id, first_ms, last_ms,"
    " written_ms, damage, event_names"
)
_PUT: Final = f"INSERT OR REPLACE INTO archive({_COLUMNS}) VALUES ({','.join('?' * 14)})"  # noqa: S608
_BEGIN: Final = (
    "INSERT OR IGNORE INTO archive(device, day_ms, folder, state, rows, events, bytes, sha256,"
    " up_to_id, first_ms, last_ms, written_ms) VALUES (?,?,?,'begun',0,0,0,'',0,0,0,0)"
)
_WINDOW: Final = (
    "SELECT max(id), min(received_ms) FROM"
    " (SELECT id, received_ms FROM reading WHERE id >= ? ORDER BY id LIMIT ?)"
)
_SWEEP: Final = (
    "DELETE FROM reading WHERE id IN (SELECT r.id FROM (SELECT id, device, time_ms FROM reading"
    " WHERE id >= ? ORDER BY id LIMIT ?) r JOIN archive a ON a.device = r.device"
    " AND a.day_ms = r.time_ms - r.time_ms % 86400000"
    " WHERE a.state = 'written' AND a.damage IS NULL AND r.id <= a.up_to_id)"
)
_READ: Final = "state IN ('written','kept')"
# An import may have come to the journal when what is younger was in files already.
_NEWEST: Final = (
    "SELECT max(at_ms) FROM (SELECT (SELECT time_ms FROM reading WHERE device = ?1"  # noqa: S608
    " AND event IS NULL ORDER BY time_ms DESC LIMIT 1) AS at_ms"
    f" UNION ALL SELECT max(last_ms) FROM archive WHERE device = ?1 AND {_READ})"
)
_SELECT: Final = f"SELECT {_COLUMNS} FROM archive"  # noqa: S608

Run = Callable[[str, Sequence[Any]], list[Any]]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One file: a device's readings and events of one UTC day.

    Attributes:
        device_id: of the journal.
        day_ms: where the day begins.
        folder: below the archive's own, ``site/device``.
        state: see above.
        rows, events: how many readings it has, and how many events.
        size: of the file, in bytes.
        sha256: of the file, in hex.
        up_to_id: the last row of the journal that is in it; 0 of a file that was found.
        first_ms, last_ms: the time of its first and last item.
        written_ms: when it was written.
        damage: why it cannot be read, where it cannot.
        event_names: those of its events as a list in JSON; None: nobody knows.
    """

    device_id: int
    day_ms: int
    folder: str
    state: str = "begun"
    rows: int = 0
    events: int = 0
    size: int = 0
    sha256: str = ""
    up_to_id: int = 0
    first_ms: int = 0
    last_ms: int = 0
    written_ms: int = 0
    damage: str | None = None
    event_names: str | None = None

    @property
    def end_ms(self) -> int:
        return self.day_ms + DAY_MS

    @property
    def is_readable(self) -> bool:
        return self.state in ("written", "kept")


class Archived:
    """The ledger as it is written; ``run`` executes SQL in the writer's open transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def begin(self, day: Day) -> None:
        """A file is about to be written where there is none."""
        self._run(_BEGIN, (day.device_id, day.day_ms, day.folder))

    def put(self, day: Day) -> bool:
        """The file is in its place; whether its device is still there.

        Where it was removed meanwhile, the file is to go.
        """
        known = self._run("SELECT 1 FROM device WHERE id = ? AND name < '~'", (day.device_id,))
        state = day.state if known else "gone"
        self._run(_PUT, msgspec.structs.astuple(msgspec.structs.replace(day, state=state)))
        return bool(known)

    def prune(self, day: Day, *, limit: int) -> int:
        """Drop at most ``limit`` of the rows that are in the file; how many went."""
        bounds = (day.device_id, day.day_ms, day.end_ms, day.up_to_id, limit)
        return len(self._run(statements.DROP_OF_TIME, bounds))

    def sweep(self, at: int, *, before_ms: int, limit: int) -> int | None:
        """Look at ``limit`` rows from an id on, and drop those that are in files.

        Returns where the next ones begin; None where they are none, or came after ``before_ms``.
        """
        [(last_id, received_ms)] = self._run(_WINDOW, (at, limit))
        if last_id is None or received_ms >= before_ms:
            return None
        self._run(_SWEEP, (at, limit))
        return int(last_id) + 1

    def mark(self, day: Day, state: str) -> None:
        """One that is to go, as its machine was removed meanwhile, stays so."""
        sql = "UPDATE archive SET state = ? WHERE device = ? AND day_ms = ? AND state <> 'gone'"
        self._run(sql, (state, day.device_id, day.day_ms))

    def note_damage(self, day: Day, damage: str | None) -> None:
        self._alter(day, "damage", damage)

    def move(self, day: Day, folder: str) -> None:
        """The file is in another folder now."""
        self._alter(day, "folder", folder)

    def _alter(self, day: Day, column: str, value: Any) -> None:
        sql = f"UPDATE archive SET {column} = ? WHERE device = ? AND day_ms = ?"  # noqa: S608
        self._run(sql, (value, day.device_id, day.day_ms))

    def forget(self, day: Day) -> None:
        """The file is deleted."""
        sql = "DELETE FROM archive WHERE device = ? AND day_ms = ? AND state = 'gone'"
        self._run(sql, (day.device_id, day.day_ms))


# ---------------------------------------------------------------- read


def days_within(
    connection: apsw.Connection, *, device_id: int, from_ms: int, to_ms: int
) -> list[Day]:
    """The days of a device that can be read and reach into a range, in order."""
    sql = f"{_SELECT} WHERE device = ? AND day_ms > ? AND day_ms < ? AND {_READ} ORDER BY day_ms"
    rows = connection.execute(sql, (device_id, from_ms - DAY_MS, to_ms))
    return [_day(row) for row in rows]


def days_with(
    connection: apsw.Connection, *, device_id: int, event: str | None, from_ms: int, to_ms: int
) -> list[Day]:
    """Those with events that may be of this name (None: of any), the newest first."""
    sql = (
        f"{_SELECT} WHERE device = ?1 AND day_ms > ?2 AND day_ms < ?3 AND {_READ} AND events > 0"
        " AND (?4 IS NULL OR event_names IS NULL OR instr(event_names, json_quote(?4)))"
        " ORDER BY day_ms DESC"
    )
    rows = connection.execute(sql, (device_id, from_ms - DAY_MS, to_ms, event))
    return [_day(row) for row in rows]


def day_of(connection: apsw.Connection, *, device_id: int, day_ms: int) -> Day | None:
    """The entry of a day, in whatever state."""
    sql = f"{_SELECT} WHERE device = ? AND day_ms = ?"
    return next((_day(row) for row in connection.execute(sql, (device_id, day_ms))), None)


def newest_ms(connection: apsw.Connection, device_id: int) -> int | None:
    """When the newest reading of a device was measured; None where none is kept."""
    found: Any = connection.execute(_NEWEST, (device_id,)).fetchone()
    return None if found[0] is None else int(found[0])


def every_day(connection: apsw.Connection) -> Iterator[Day]:
    """The whole ledger, by device and day."""
    return map(_day, connection.execute(f"{_SELECT} ORDER BY device, day_ms"))


def in_state(connection: apsw.Connection, state: str) -> list[Day]:
    sql = f"{_SELECT} WHERE state = ? ORDER BY day_ms"
    return [_day(row) for row in connection.execute(sql, (state,))]


def is_whole(connection: apsw.Connection, day: Day) -> bool:
    """Whether the rows that are in a file are all in the journal still."""
    sql = (
        "SELECT count(*) FROM reading INDEXED BY reading_by_time"
        " WHERE device = ? AND time_ms >= ? AND time_ms < ? AND id <= ?"
    )
    found: Any = connection.execute(sql, (day.device_id, day.day_ms, day.end_ms, day.up_to_id))
    return bool(found.get == day.rows + day.events)


def first_ms(connection: apsw.Connection, device_id: int) -> int | None:
    """The time of the oldest item of a device in a file that can be read."""
    sql = f"SELECT first_ms FROM archive WHERE device = ? AND {_READ} ORDER BY day_ms LIMIT 1"  # noqa: S608
    found: Any = connection.execute(sql, (device_id,)).fetchone()
    return None if found is None else int(found[0])


def _day(row: tuple[Any, ...]) -> Day:
    return msgspec.convert(dict(zip(Day.__struct_fields__, row, strict=True)), Day)
