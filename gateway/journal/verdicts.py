"""What people say of alarms, a row a word, and the readings kept around those alarms.

Of one alarm the last word counts; one without a verdict takes back what was said. A trigger lets
both go with their alarm, whatever it goes for: its age, or the removal of its machine.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import apsw
import msgspec

from contract.messages import Judgement, Value
from gateway.journal.excerpts import Span

WORDS_KEPT: Final = 20  # of each alarm
MOST_BYTES: Final = 128 * 1024 * 1024  # of all excerpts: the oldest go, those nobody judged first

_ADD: Final = (
    "INSERT INTO verdict(alarm,device,verdict,cause,note,decided_ms,decided_by)"
    " SELECT id, device, ?2, ?3, ?4, ?5, ?6 FROM alarm WHERE id = ?1 RETURNING id"
)
_PRUNE: Final = (
    "DELETE FROM verdict WHERE id IN"
    " (SELECT id FROM verdict WHERE alarm = ? ORDER BY id DESC LIMIT -1 OFFSET ?)"
)
_WAIT: Final = (
    "INSERT INTO excerpt(alarm,device,due_ms,rows,body)"
    " SELECT id, device, ?2, 0, x'' FROM alarm WHERE id = ?1 ON CONFLICT DO NOTHING"
)
_KEEP: Final = "UPDATE excerpt SET due_ms = NULL, rows = ?, body = ? WHERE alarm = ?"
_BYTES: Final = "SELECT coalesce(sum(length(body)), 0) FROM excerpt"
_OLDEST: Final = (
    "SELECT alarm, length(body) FROM excerpt e ORDER BY"
    " EXISTS (SELECT 1 FROM verdict v WHERE v.alarm = e.alarm), alarm LIMIT 1000"
)
_SUBJECT: Final = "a.id, d.name, a.device, a.raised_ms, a.cleared_ms"
_AWAITED: Final = (
    f"SELECT {_SUBJECT} FROM excerpt e JOIN alarm a ON a.id = e.alarm"  # noqa: S608
    " JOIN device d ON d.id = a.device WHERE e.due_ms <= ? ORDER BY e.due_ms LIMIT ?"
)
_UNKEPT: Final = (
    f"SELECT {_SUBJECT} FROM alarm a INDEXED BY alarm_by_raised"  # noqa: S608
    " JOIN device d ON d.id = a.device WHERE a.raised_ms >= ? AND a.raised_ms < ?"
    " AND a.part_of IS NULL AND a.kind IN ('limit', 'fault')"
    " AND NOT EXISTS (SELECT 1 FROM excerpt e WHERE e.alarm = a.id) ORDER BY a.raised_ms LIMIT ?"
)
_VALUES: Final = (
    "SELECT time_ms, body FROM reading INDEXED BY reading_by_time"
    " WHERE device = ? AND time_ms BETWEEN ? AND ? AND event IS NULL ORDER BY time_ms, id"
)
_values: Final = msgspec.json.Decoder(dict[str, Value]).decode

Run = Callable[[str, Sequence[Any]], list[Any]]


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of an alarm; None takes back what was said."""

    verdict: Judgement | None
    cause: str | None = None
    note: str = ""
    decided_ms: int
    decided_by: str


class Awaited(NamedTuple):
    """An alarm whose readings are to be kept, and its machine."""

    alarm: int
    device: str
    device_id: int
    raised_ms: int
    cleared_ms: int | None


class Verdicts:
    """``run`` executes SQL in the writer's open transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def add(self, alarm: int, word: Word) -> bool:
        """Enter what somebody says; whether there is such an alarm (still)."""
        row = (word.verdict, word.cause, word.note, word.decided_ms, word.decided_by)
        is_known = bool(self._run(_ADD, (alarm, *row)))
        self._run(_PRUNE, (alarm, WORDS_KEPT))
        return is_known

    def await_excerpt(self, alarm: int, *, due_ms: int) -> None:
        """The readings around it are to be kept, from ``due_ms`` on; once."""
        self._run(_WAIT, (alarm, due_ms))

    def keep(self, alarm: int, *, rows: int, body: bytes, most_bytes: int = MOST_BYTES) -> None:
        """These are its readings, for as long as there is room."""
        self._run(_KEEP, (rows, body, alarm))
        [(total,)] = self._run(_BYTES, ())
        surplus = total - most_bytes
        for oldest, size in self._run(_OLDEST, ()) if surplus > 0 else ():
            if surplus <= 0:
                break
            self._run("DELETE FROM excerpt WHERE alarm = ?", (oldest,))
            surplus -= size


class ExcerptSource:
    """What is read of alarms and readings to keep excerpts; use it within ``legible``."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    @property
    def size_bytes(self) -> int:
        """Of all that are kept."""
        [(total,)] = self._connection.execute(_BYTES)
        return int(total)

    def awaited(self, *, now_ms: int, limit: int) -> list[Awaited]:
        """Alarms whose readings may be kept by now."""
        return self._found(_AWAITED, now_ms, limit)

    def unkept(self, *, from_ms: int, to_ms: int, limit: int) -> list[Awaited]:
        """Alarms of limits and faults raised then whose readings nobody keeps, the oldest first."""
        return self._found(_UNKEPT, from_ms, to_ms, limit)

    def _found(self, sql: str, *bindings: int) -> list[Awaited]:
        rows = self._connection.execute(sql, bindings)
        return [msgspec.convert(row, Awaited) for row in rows]

    def values(self, device_id: int, span: Span) -> list[tuple[int, dict[str, Value]]]:
        """(time, values) of each reading within, both ends included."""
        rows = self._connection.execute(_VALUES, (device_id, *span))
        return [(time_ms, _values(body)) for time_ms, body in rows]
