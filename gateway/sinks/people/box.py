"""The notices of the journal as the follower reads them: who was told, and what waits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import apsw
import msgspec

from gateway.journal.streams import TRANSITIONS, Row
from gateway.journal.trouble import legible
from gateway.sinks.people.routing import Occasion, Way

_FIELDS: Final = (
    "id", "device", "asset", "time_ms", "alarm", "change", "name", "kind", "severity", "text",
    "raised_ms", "by",
)  # fmt: skip
_TOLD: Final = (
    "SELECT DISTINCT n.route, n.target FROM transition t JOIN notice n ON n.transition = t.id"
    " WHERE t.alarm = ?"
)
_WAITING: Final = (
    "SELECT route, target, min(due_ms) FROM notice WHERE told_ms IS NULL AND due_ms > ?"
    " GROUP BY route, target"
)
_TARGETS: Final = (
    "SELECT target, count(*), min(due_ms) FROM notice WHERE told_ms IS NULL GROUP BY target"
)
_NEXT: Final = (
    "SELECT n.id, t.id, d.name, d.asset, t.time_ms, t.alarm, t.change, t.name, t.kind, t.severity,"
    " t.text, t.raised_ms, t.by FROM notice n JOIN transition t ON t.id = n.transition"
    " JOIN device d ON d.id = t.device WHERE n.told_ms IS NULL AND n.target = ? AND n.due_ms <= ?"
    " ORDER BY n.transition LIMIT ?"
)
_OF_TARGET: Final = "SELECT id FROM notice WHERE told_ms IS NULL AND target = ? LIMIT ?"
_EXPIRED: Final = "SELECT id FROM notice WHERE told_ms IS NULL AND due_ms < ? LIMIT ?"
_BEHIND: Final = (
    "SELECT (SELECT count(*) FROM notice WHERE told_ms IS NULL)"
    " + (SELECT count(*) FROM transition WHERE id > ?)"
)
_NEWEST: Final = "SELECT coalesce(max(id), 0) FROM transition"
AT_ONCE: Final = 1_000


class Waiting(NamedTuple):
    """What a target still has to be told, and when the first of it is due."""

    target: str
    notices: int
    due_ms: int


class Box:
    """Read-only, for one thread."""

    def __init__(self, journal: apsw.Connection) -> None:
        self._journal = journal
        self._path = Path(journal.filename)

    def occasion(self, row: Row | Sequence[Any]) -> Occasion:
        """A row of the stream of transitions. Raises Damaged."""
        with legible(self._path):
            return msgspec.convert(dict(zip(_FIELDS, row, strict=True)), Occasion)

    def told(self, alarm: int) -> set[Way]:
        """The ways on which somebody was told of an alarm, or is going to be."""
        return {(route, target) for route, target in self._rows(_TOLD, alarm)}

    def waiting(self, *, after_ms: int) -> dict[Way, int]:
        """When the next message of each way is due, as far as that is later."""
        rows = self._rows(_WAITING, after_ms)
        return {(route, target): due_ms for route, target, due_ms in rows}

    def targets(self) -> list[Waiting]:
        return [Waiting(*row) for row in self._rows(_TARGETS)]

    def next(self, target: str, *, now_ms: int, limit: int) -> list[tuple[int, Occasion]]:
        """What a target is to be told now, each with the id of its notice."""
        rows = self._rows(_NEXT, target, now_ms, limit)
        return [(id_, self.occasion(row)) for id_, *row in rows]

    def of_target(self, target: str) -> list[int]:
        return [id_ for (id_,) in self._rows(_OF_TARGET, target, AT_ONCE)]

    def expired(self, *, before_ms: int) -> list[int]:
        return [id_ for (id_,) in self._rows(_EXPIRED, before_ms, AT_ONCE)]

    def _rows(self, sql: str, *bindings: Any) -> list[Any]:
        return self._journal.execute(sql, bindings).fetchall()


def behind(journal: apsw.Connection, *, after: int) -> int:
    """Notices that wait, and transitions nobody has looked at."""
    found: Any = journal.execute(_BEHIND, (after,)).fetchall()
    return int(found[0][0])


def newest(journal: apsw.Connection) -> dict[str, int]:
    """The cursor of who is told of nothing that was before."""
    found: Any = journal.execute(_NEWEST).fetchall()
    return {TRANSITIONS.name: int(found[0][0])}
