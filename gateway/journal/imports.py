"""Files that somebody has imported: how far each has come, and what was there before."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import apsw
import msgspec

_COLUMNS: Final = (
    "id", "device", "epoch", "content", "source", "imported_by", "begun_ms", "done_ms", "frames",
    "rows", "stored", "repeated", "summed", "refused", "overlaps", "state",
)  # fmt: skip
_BEGIN: Final = (
    "INSERT INTO import(device,epoch,content,source,imported_by,begun_ms,overlaps)"
    " VALUES (?,?,?,?,?,?,?) RETURNING id"
)
_NOTE: Final = (
    "UPDATE import SET frames = ?, rows = ?, stored = ?, repeated = ?, summed = ?, refused = ?,"
    " state = ? WHERE id = ?"
)
_FIND: Final = f"SELECT {','.join(_COLUMNS)} FROM import WHERE device = ? AND epoch = ?"  # noqa: S608
_SAME_CONTENT: Final = (
    f"SELECT {','.join(_COLUMNS)} FROM import WHERE device = ? AND content = ?"  # noqa: S608
    " AND epoch <> ? ORDER BY id LIMIT 1"
)
_DEVICES: Final = "SELECT DISTINCT device FROM import"
_HAS_ITEMS: Final = (
    "SELECT EXISTS (SELECT 1 FROM reading WHERE device = ?1 AND time_ms BETWEEN ?2 AND ?3)"
    " OR EXISTS (SELECT 1 FROM minute WHERE device = ?1 AND start_ms BETWEEN ?2 AND ?3)"
    " OR EXISTS (SELECT 1 FROM tier WHERE device = ?1 AND level = 15"
    " AND start_ms BETWEEN ?2 AND ?3)"
)
_SUMMED_MINUTES: Final = (
    "SELECT m.start_ms FROM minute m WHERE m.device = ?1 AND m.start_ms BETWEEN ?2 AND ?3"
    " AND (SELECT count(*) FROM reading r WHERE r.device = ?1 AND r.event IS NULL"
    " AND r.time_ms BETWEEN m.start_ms AND m.start_ms + 59999) < m.body ->> 'count'"
)
_SUMMED_QUARTERS: Final = (
    "SELECT DISTINCT t.start_ms FROM tier t WHERE t.device = ?1 AND t.level = 15"
    " AND t.start_ms BETWEEN ?2 AND ?3 AND (t.body ->> 'count' > 0 OR t.measured_ms > 0)"
    " AND NOT EXISTS (SELECT 1 FROM minute m"
    " WHERE m.device = ?1 AND m.start_ms BETWEEN t.start_ms AND t.start_ms + 899999)"
)
_BODIES: Final = (
    "SELECT time_ms, body FROM reading WHERE device = ? AND time_ms BETWEEN ? AND ?"
    " AND event IS NULL"
)
_BEFORE: Final = "SELECT EXISTS (SELECT 1 FROM reading WHERE device = ? AND time_ms < ?)"
_AFTER: Final = "SELECT EXISTS (SELECT 1 FROM reading WHERE device = ? AND time_ms > ?)"

PREFIX: Final = "import-"  # of the epochs of imported readings

Run = Callable[[str, Sequence[Any]], list[Any]]


class Counts(msgspec.Struct):
    """Rows of a file, by what became of them."""

    rows: int = 0  # all that were looked at
    stored: int = 0
    repeated: int = 0  # the journal had just that at that time
    summed: int = 0  # of minutes whose sums are kept and whose readings are not: nothing is added
    refused: int = 0


class Import(msgspec.Struct):
    """One file of one device. ``frames`` of it are done; all, where ``done_ms`` says when."""

    id: int
    device_id: int
    epoch: str
    content: str
    source: str
    imported_by: str
    begun_ms: int
    overlaps: bool
    done_ms: int | None = None
    frames: int = 0
    counts: Counts = msgspec.field(default_factory=Counts)
    state: bytes | None = None


class Imports:
    """As they are written; ``run`` executes SQL in the writer's transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def begin(self, it: Import) -> int:
        """Returns its id."""
        row = (it.device_id, it.epoch, it.content, it.source, it.imported_by, it.begun_ms)
        return int(self._run(_BEGIN, (*row, it.overlaps))[0][0])

    def note(self, it: Import) -> None:
        """How far it has come."""
        self._run(_NOTE, (it.frames, *msgspec.structs.astuple(it.counts), it.state, it.id))

    def end(self, id_: int, *, now_ms: int) -> None:
        self._run("UPDATE import SET done_ms = ?, state = NULL WHERE id = ?", (now_ms, id_))


class ImportSource:
    """What is known of imports, on a connection of the caller's."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def find(self, device_id: int, epoch: str) -> Import | None:
        """That of a file as it was read then."""
        return self._one(_FIND, device_id, epoch)

    def of_same_content(self, device_id: int, content: str, *, epoch: str) -> Import | None:
        """That of the same file, read otherwise."""
        return self._one(_SAME_CONTENT, device_id, content, epoch)

    def _one(self, sql: str, *bindings: Any) -> Import | None:
        for row in self._connection.execute(sql, bindings):
            *head, done_ms, frames = row[:9]
            columns = (*head, bool(row[14]), done_ms, frames, Counts(*row[9:14]), row[15])
            return Import(*columns)
        return None

    def devices(self) -> list[int]:
        """Whose past was imported."""
        return [int(id_) for (id_,) in self._connection.execute(_DEVICES)]

    def has_items(self, device_id: int, from_ms: int, to_ms: int) -> bool:
        """Whether anything is kept of a device there, both ends included."""
        return bool(self._connection.execute(_HAS_ITEMS, (device_id, from_ms, to_ms)).get)

    def is_after_others(self, device_id: int, time_ms: int) -> bool:
        return bool(self._connection.execute(_BEFORE, (device_id, time_ms)).get)

    def is_before_others(self, device_id: int, time_ms: int) -> bool:
        return bool(self._connection.execute(_AFTER, (device_id, time_ms)).get)

    def summed(self, device_id: int, from_ms: int, to_ms: int) -> tuple[set[int], set[int]]:
        """Starts of minutes, and of quarter hours, that have sums of more than the journal holds.

        Their readings are in the archive, or gone: computed anew, they would lack those.
        """
        found = []
        for sql in (_SUMMED_MINUTES, _SUMMED_QUARTERS):
            rows = self._connection.execute(sql, (device_id, from_ms, to_ms))
            found.append({int(start_ms) for (start_ms,) in rows})
        return found[0], found[1]

    def bodies(self, device_id: int, from_ms: int, to_ms: int) -> set[tuple[int, bytes]]:
        """(time, JSON of values) of all readings there, both ends included."""
        rows = self._connection.execute(_BODIES, (device_id, from_ms, to_ms))
        return {(int(time_ms), body.encode()) for time_ms, body in rows}
