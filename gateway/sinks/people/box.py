"""The notices of the journal as the follower reads them: who was told, and what waits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import apsw
import msgspec

from gateway.journal.streams import TRANSITIONS, Row
from gateway.journal.trouble import legible
from gateway.sinks.people.routing import ASKING, Occasion, Way

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
_OCCASIONS: Final = (
    "SELECT n.id, t.id, d.name, d.asset, t.time_ms, t.alarm, t.change, t.name, t.kind, t.severity,"
    " t.text, t.raised_ms, t.by FROM notice n JOIN transition t ON t.id = n.transition"
    " JOIN device d ON d.id = t.device WHERE n.told_ms IS NULL AND n.target = ?"
)
_NEXT: Final = f"{_OCCASIONS} AND n.due_ms <= ? ORDER BY n.transition LIMIT ?"
_BOUND: Final = f"{_OCCASIONS} AND n.message = ? ORDER BY n.transition"
_MESSAGE: Final = (
    "SELECT message FROM notice WHERE told_ms IS NULL AND target = ? AND message IS NOT NULL"
    " ORDER BY id LIMIT 1"
)
_EVIDENCE: Final = (
    "SELECT severity || ': ' || text FROM alarm WHERE part_of = ? AND text <> ?"
    " ORDER BY raised_ms, id LIMIT 5"
)
# By which name it is known what was told, why that is over, where it has not just gone, and who
# has said a word of it since.
_CAUSE: Final = (
    "SELECT iif(instr(?2, a.text) = 1, a.cause, ?3), iif(a.part_of IS NULL, coalesce(a.over, ''),"
    " 'part of an older alarm'), iif(a.acknowledged_ms IS NULL, NULL, a.acknowledged_by)"
    " FROM alarm a WHERE a.id = ?1"
)
# Of an alarm ``a``: it asks for nobody at ``?1``.
_QUIET: Final = (
    "(coalesce(a.shelved_until_ms, 0) > ?1 OR a.suppressed_ms IS NOT NULL OR a.part_of IS NOT NULL)"
)
_IS_QUIET: Final = f"SELECT {_QUIET} FROM alarm a WHERE a.id = ?2"  # noqa: S608
# What nobody needs to be told any more, and is not under way.
_POINTLESS: Final = (
    "SELECT n.id FROM notice n JOIN transition t ON t.id = n.transition"  # noqa: S608
    " JOIN alarm a ON a.id = t.alarm WHERE n.told_ms IS NULL AND n.message IS NULL AND ("
    f" t.change IN ({','.join(repr(change) for change in ASKING)})"
    f" AND a.cleared_ms IS NULL AND {_QUIET}"
    " OR t.change = 'escalated' AND (a.acknowledged_ms IS NOT NULL OR a.cleared_ms IS NOT NULL)"
    ") LIMIT ?2"
)
_OVERDUE: Final = (
    "SELECT e.alarm, e.route FROM escalation e JOIN alarm a ON a.id = e.alarm"  # noqa: S608
    " WHERE e.done_ms IS NULL AND e.due_ms <= ?1 AND a.cleared_ms IS NULL"
    f" AND a.acknowledged_ms IS NULL AND NOT {_QUIET} ORDER BY e.due_ms LIMIT ?2"
)
_FAILING: Final = "SELECT name, failure FROM target WHERE failing_since_ms IS NOT NULL"
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
        return [(id_, self._whole(row)) for id_, *row in rows]

    def message(self, target: str) -> str | None:
        """The key of a message that was begun for a target, whose fate is not known."""
        return next((name for (name,) in self._rows(_MESSAGE, target)), None)

    def bound(self, target: str, message: str) -> list[tuple[int, Occasion]]:
        """What a message tells that was begun, each with the id of its notice."""
        return [(id_, self._whole(row)) for id_, *row in self._rows(_BOUND, target, message)]

    def _whole(self, row: Sequence[Any]) -> Occasion:
        """With what else was found of the same cause, and by the name of what it tells of."""
        found = self.occasion(row)
        told = tuple(text for (text,) in self._rows(_EVIDENCE, found.alarm, found.text))
        found = msgspec.structs.replace(found, evidence=told)
        for name, over, by in self._rows(_CAUSE, found.alarm, found.text, found.name):
            found = msgspec.structs.replace(found, name=name or found.name, over=over, heeded_by=by)
        return found

    def is_quiet(self, alarm: int, *, now_ms: int) -> bool:
        """Whether an alarm asks for nobody now."""
        return any(quiet for (quiet,) in self._rows(_IS_QUIET, now_ms, alarm))

    def pointless(self, *, now_ms: int) -> list[int]:
        """Notices that nobody needs any more: of what went on the shelf, or was acknowledged."""
        return [id_ for (id_,) in self._rows(_POINTLESS, now_ms, AT_ONCE)]

    def overdue(self, *, now_ms: int) -> list[tuple[int, str]]:
        """(alarm, route) of what nobody has acknowledged in time."""
        return [(alarm, route) for alarm, route in self._rows(_OVERDUE, now_ms, AT_ONCE)]

    def failing(self) -> dict[str, str]:
        """Targets whose last message has not arrived, and why."""
        return dict(self._rows(_FAILING))

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
